/**
 * Terminals: asm-generic/termbits.h, asm-generic/termios.h; termios(3), ioctl_tty(2).
 */
import { layout } from './layout.ts';

export const NCCS = 19;

// Indices into c_cc
export const VINTR = 0;
export const VQUIT = 1;
export const VERASE = 2;
export const VKILL = 3;
export const VEOF = 4;
export const VTIME = 5;
export const VMIN = 6;
export const VSWTC = 7;
export const VSTART = 8;
export const VSTOP = 9;
export const VSUSP = 10;
export const VEOL = 11;
export const VREPRINT = 12;
export const VDISCARD = 13;
export const VWERASE = 14;
export const VLNEXT = 15;
export const VEOL2 = 16;

/** A control character with this value is switched off. */
export const POSIX_VDISABLE = 0;

// c_iflag
export const IGNBRK = 0o1;
export const BRKINT = 0o2;
export const IGNPAR = 0o4;
export const PARMRK = 0o10;
export const INPCK = 0o20;
export const ISTRIP = 0o40;
export const INLCR = 0o100;
export const IGNCR = 0o200;
export const ICRNL = 0o400;
export const IUCLC = 0o1000;
export const IXON = 0o2000;
export const IXANY = 0o4000;
export const IXOFF = 0o10000;
export const IMAXBEL = 0o20000;
export const IUTF8 = 0o40000;

// c_oflag
export const OPOST = 0o1;
export const OLCUC = 0o2;
export const ONLCR = 0o4;
export const OCRNL = 0o10;
export const ONOCR = 0o20;
export const ONLRET = 0o40;
export const OFILL = 0o100;
export const OFDEL = 0o200;
export const TABDLY = 0o14000;
export const XTABS = 0o14000;

// c_cflag
export const CBAUD = 0o10017;
export const B0 = 0;
export const B9600 = 0o15;
export const B19200 = 0o16;
export const B38400 = 0o17;
export const BOTHER = 0o10000;
export const CSIZE = 0o60;
export const CS5 = 0;
export const CS6 = 0o20;
export const CS7 = 0o40;
export const CS8 = 0o60;
export const CSTOPB = 0o100;
export const CREAD = 0o200;
export const PARENB = 0o400;
export const PARODD = 0o1000;
export const HUPCL = 0o2000;
export const CLOCAL = 0o4000;
export const CRTSCTS = 0o20000000000;

// c_lflag
export const ISIG = 0o1;
export const ICANON = 0o2;
export const XCASE = 0o4;
export const ECHO = 0o10;
export const ECHOE = 0o20;
export const ECHOK = 0o40;
export const ECHONL = 0o100;
export const NOFLSH = 0o200;
export const TOSTOP = 0o400;
export const ECHOCTL = 0o1000;
export const ECHOPRT = 0o2000;
export const ECHOKE = 0o4000;
export const FLUSHO = 0o10000;
export const PENDIN = 0o40000;
export const IEXTEN = 0o100000;
export const EXTPROC = 0o200000;

// TCFLSH
export const TCIFLUSH = 0;
export const TCOFLUSH = 1;
export const TCIOFLUSH = 2;

// TCXONC
export const TCOOFF = 0;
export const TCOON = 1;
export const TCIOFF = 2;
export const TCION = 3;

export const N_TTY = 0;

/** struct termios (the kernel's, not the C library's longer one) */
export const TermiosStruct = layout('termios', 36, {
  iflag: [0, 'u32'],
  oflag: [4, 'u32'],
  cflag: [8, 'u32'],
  lflag: [12, 'u32'],
  line: [16, 'u8'],
  cc: [17, 'bytes', NCCS],
});

/** struct termios2 */
export const Termios2Struct = layout('termios2', 44, {
  iflag: [0, 'u32'],
  oflag: [4, 'u32'],
  cflag: [8, 'u32'],
  lflag: [12, 'u32'],
  line: [16, 'u8'],
  cc: [17, 'bytes', NCCS],
  ispeed: [36, 'u32'],
  ospeed: [40, 'u32'],
});

/** struct termio, the System V one of TCGETA */
export const TermioStruct = layout('termio', 18, {
  iflag: [0, 'u16'],
  oflag: [2, 'u16'],
  cflag: [4, 'u16'],
  lflag: [6, 'u16'],
  line: [8, 'u8'],
  cc: [9, 'bytes', 8],
});

/** struct winsize */
export const Winsize = layout('winsize', 8, {
  rows: [0, 'u16'],
  columns: [2, 'u16'],
  xpixels: [4, 'u16'],
  ypixels: [6, 'u16'],
});

/** Bits per second of the B* codes 0–15 and of 0x1001 and above (CBAUDEX). */
export const BAUD_RATES: readonly number[] = [
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400,
  460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
];
