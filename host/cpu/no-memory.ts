/** Thrown where the processor has no memory for what it needs itself: the run ends with TRAP_NO_MEMORY. */
export const NO_MEMORY = Symbol('no memory');
