/**
 * A line of the table of real programs: a command that nobody here wrote the program of, run on the host and in a
 * guest whose root is the host's. Both must print the same, end the same and leave the same files.
 */
export interface ProgramLine {
  /** Unique in the table: the program, and what it is asked for. Also the name of the working directory. */
  readonly name: string;
  /** The command: text for `shell`, or a program with its arguments. */
  readonly run: string | readonly string[];
  /** The shell that is given the text; default bash. */
  readonly shell?: string;
  /** Programs that must be on the host: names in PATH, or absolute paths. A line that lacks one counts as missing. */
  readonly needs?: readonly string[];
  readonly stdin?: string;
  /** Files made in the working directory before: text by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** How long the guest may take. Default 60. */
  readonly timeoutSeconds?: number;
  /** Part of the quick subset that `npm test` runs. */
  readonly quick?: true;
  /** What may differ, by nature, is replaced on both sides before the comparison: pattern and replacement. */
  readonly replace?: readonly (readonly [RegExp, string])[];
  /** Standard error is not compared. */
  readonly ignoreStderr?: true;
  /** Left-over files whose path matches are not compared. */
  readonly ignoreFiles?: RegExp;
  /** A difference that is known, and why it stays. Such a line does not fail. */
  readonly differs?: string;
}
