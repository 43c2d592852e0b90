/** personality(2): linux/personality.h. */
/** The low byte is the system that is imitated. */
export const PER_MASK = 0xff;
export const PER_LINUX32 = 0x08;
export const UNAME26 = 0x0020000;
export const ADDR_NO_RANDOMIZE = 0x0040000;
export const MMAP_PAGE_ZERO = 0x0100000;
export const ADDR_COMPAT_LAYOUT = 0x0200000;
export const READ_IMPLIES_EXEC = 0x0400000;
/** Bits that a program with more rights than its caller does not inherit: PER_CLEAR_ON_SETID. */
export const CLEARED_BY_GAIN = READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO;
