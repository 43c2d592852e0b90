/**
 * The settings of a terminal, and what a new one starts with: tty_std_termios and INIT_C_CC of Linux.
 */
import * as abi from '../abi/termios.ts';

export interface Termios {
  iflag: number;
  oflag: number;
  cflag: number;
  lflag: number;
  /** Number of the line discipline: always N_TTY. */
  line: number;
  /** Control characters by V*; never changed in place. */
  cc: Uint8Array;
  /** Bits per second; only shown, nothing is slowed down. */
  ispeed: number;
  ospeed: number;
}

/** A terminal as Linux makes it: cooked, echoing, CR → NL in, NL → CR NL out. */
export function standardTermios(): Termios {
  return {
    iflag: abi.ICRNL | abi.IXON,
    oflag: abi.OPOST | abi.ONLCR,
    cflag: abi.B38400 | abi.CS8 | abi.CREAD,
    lflag: abi.ISIG | abi.ICANON | abi.ECHO | abi.ECHOE | abi.ECHOK | abi.ECHOCTL | abi.ECHOKE | abi.IEXTEN,
    line: abi.N_TTY,
    cc: standardControlCharacters(),
    ispeed: 38400,
    ospeed: 38400,
  };
}

function standardControlCharacters(): Uint8Array {
  const cc = new Uint8Array(abi.NCCS);
  cc[abi.VINTR] = 0x03; // ^C
  cc[abi.VQUIT] = 0x1c; // ^\
  cc[abi.VERASE] = 0x7f; // ^?
  cc[abi.VKILL] = 0x15; // ^U
  cc[abi.VEOF] = 0x04; // ^D
  cc[abi.VMIN] = 1;
  cc[abi.VSTART] = 0x11; // ^Q
  cc[abi.VSTOP] = 0x13; // ^S
  cc[abi.VSUSP] = 0x1a; // ^Z
  cc[abi.VREPRINT] = 0x12; // ^R
  cc[abi.VDISCARD] = 0x0f; // ^O
  cc[abi.VWERASE] = 0x17; // ^W
  cc[abi.VLNEXT] = 0x16; // ^V
  return cc;
}

/** Bits per second that a CBAUD code stands for; `other` is the number that came with BOTHER. */
export function baudRate(cflag: number, other: number): number {
  const code = cflag & abi.CBAUD;
  if (code === abi.BOTHER) return other;
  const index = code & abi.BOTHER ? (code & 0o17) + 15 : code;
  return abi.BAUD_RATES[index] ?? 0;
}

/** The CBAUD code of a rate; BOTHER when there is none. */
export function baudCode(rate: number): number {
  const index = abi.BAUD_RATES.indexOf(rate);
  if (index < 0) return abi.BOTHER;
  return index <= 15 ? index : abi.BOTHER | (index - 15);
}
