/** Ends gzip before its last operand: after damage nothing that follows could be trusted. */
export class Aborted extends Error {}
