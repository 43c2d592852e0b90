/** Values of vm.overcommit_memory. Linux counterpart: Documentation/mm/overcommit-accounting.rst. */

export const OVERCOMMIT_GUESS = 0;
export const OVERCOMMIT_ALWAYS = 1;
export const OVERCOMMIT_NEVER = 2;
