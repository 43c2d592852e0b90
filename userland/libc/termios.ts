/** Terminals: termios.h, sys/ioctl.h. */
import * as abi from '../../kernel/abi/termios.ts';
import {
  TCGETS,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCSPGRP,
  TIOCSWINSZ,
} from '../../kernel/abi/ioctl.ts';
import { viewOf } from '../../kernel/abi/layout.ts';
import { withBuffer, withBytes } from './memory.ts';
import { ioctl } from './unistd.ts';

export * from '../../kernel/abi/termios.ts';

export interface Termios {
  iflag: number;
  oflag: number;
  cflag: number;
  lflag: number;
  line: number;
  /** Control characters, indexed by V*. */
  cc: Uint8Array;
}

export function tcgetattr(fd: number): Termios {
  return withBuffer(abi.TermiosStruct.size, buffer => {
    ioctl(fd, TCGETS, buffer.address);
    return abi.TermiosStruct.decode(buffer.bytes);
  });
}
export function tcsetattr(fd: number, when: 'now' | 'drain' | 'flush', termios: Termios): void {
  const request = when === 'now' ? TCSETS : when === 'drain' ? TCSETSW : TCSETSF;
  withBytes(abi.TermiosStruct.encode(termios), at => ioctl(fd, request, at));
}
/** A copy of the settings in raw mode: cfmakeraw(3). */
export function cfmakeraw(termios: Termios): Termios {
  const cc = termios.cc.slice();
  cc[abi.VMIN] = 1;
  cc[abi.VTIME] = 0;
  return {
    ...termios,
    iflag:
      termios.iflag &
      ~(abi.IGNBRK | abi.BRKINT | abi.PARMRK | abi.ISTRIP | abi.INLCR | abi.IGNCR | abi.ICRNL | abi.IXON),
    oflag: termios.oflag & ~abi.OPOST,
    lflag: termios.lflag & ~(abi.ECHO | abi.ECHONL | abi.ICANON | abi.ISIG | abi.IEXTEN),
    cflag: (termios.cflag & ~(abi.CSIZE | abi.PARENB)) | abi.CS8,
    cc,
  };
}
export function tcgetpgrp(fd: number): number {
  return withBuffer(4, buffer => {
    ioctl(fd, TIOCGPGRP, buffer.address);
    return viewOf(buffer.bytes).getInt32(0, true);
  });
}
export function tcsetpgrp(fd: number, pgid: number): void {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, pgid, true);
  withBytes(bytes, at => ioctl(fd, TIOCSPGRP, at));
}
/** Size of the terminal's window; rows and columns are 0 if nobody set them. */
export function winsize(fd: number): { rows: number; columns: number } {
  return withBuffer(abi.Winsize.size, buffer => {
    ioctl(fd, TIOCGWINSZ, buffer.address);
    const { rows, columns } = abi.Winsize.decode(buffer.bytes);
    return { rows, columns };
  });
}
export function setWinsize(fd: number, rows: number, columns: number): void {
  withBytes(abi.Winsize.encode({ rows, columns }), at => ioctl(fd, TIOCSWINSZ, at));
}
