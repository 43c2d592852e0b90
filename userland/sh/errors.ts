/** The ways in which running a command ends early. They are thrown; nothing but the places named here catches them. */

/** A syntax error: message without the «name: line: Syntax error: » before it. */
export class ShellSyntaxError extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * An error that ends the command, and a shell that is not interactive (XCU 2.8.1): expansion errors, redirection and
 * assignment errors of special built-ins. The message has been written when `message` is empty.
 */
export class ShellError extends Error {
  readonly status: number;
  /** The user has been told: before the redirections that were in effect went away. */
  isReported = false;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

/** An assignment to a read-only variable: built-ins report it under their name. */
export class ReadOnlyError extends ShellError {
  constructor(name: string) {
    super(`${name}: is read only`);
  }
}

/** `exit`, or -e: unwinds to the place where this shell process began. */
export class ShellExit {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** SIGINT in an interactive shell: unwinds to the prompt. */
export class Interrupted {}
