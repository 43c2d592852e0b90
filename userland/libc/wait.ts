/** Wait statuses: sys/wait.h. */
export * from '../../kernel/abi/wait.ts';
