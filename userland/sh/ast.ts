/**
 * The syntax tree of the shell language: plain data that goes through JSON unchanged, because a subshell is a new
 * process that gets the tree it has to run from its parent. POSIX XCU 2.10.
 */

/** A word before expansion: its pieces in order. */
export type Word = readonly WordPart[];

export type WordPart =
  /** Characters as they stand: subject to tilde and pathname expansion. */
  | { readonly type: 'text'; readonly text: string }
  /** Characters from '…', $'…' or after a backslash. */
  | { readonly type: 'quoted'; readonly text: string }
  /** "…" */
  | { readonly type: 'double'; readonly parts: Word }
  | ParameterPart
  /** $(…) or `…` */
  | { readonly type: 'command'; readonly body: Command | undefined }
  /** $((…)): the expression is expanded as if in double quotes before it is read. */
  | { readonly type: 'arithmetic'; readonly expression: Word };

/** ${name operator word} */
export interface ParameterPart {
  readonly type: 'parameter';
  readonly name: string;
  readonly operator: ParameterOperator;
  /** ':' before - = ? +: null counts as unset. */
  readonly isColon?: boolean;
  readonly word?: Word;
  /** The second word of ${x/pattern/replacement} and ${x:offset:length}. */
  readonly second?: Word;
}

/** 'length' is ${#x}, 'slice' ${x:offset:length}, 'bad' an expansion that is an error when it is reached. */
export type ParameterOperator =
  '' | '-' | '=' | '?' | '+' | '#' | '##' | '%' | '%%' | '/' | '//' | 'length' | 'slice' | 'bad';

export interface Redirect {
  /** The descriptor redirected: given, or 0 or 1 by the operator. */
  readonly fd: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '<<' | '<<<';
  /** File name, descriptor, or a here-document's text. */
  readonly target: Word;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export interface CaseItem {
  readonly patterns: readonly Word[];
  readonly body: Command | undefined;
  /** ';&': goes on with the next item's body. */
  readonly isFallThrough?: boolean;
}

export interface SimpleCommand {
  readonly type: 'simple';
  readonly line: number;
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

export type Command =
  | SimpleCommand
  | { readonly type: 'pipeline'; readonly isNegated: boolean; readonly commands: readonly Command[] }
  | { readonly type: 'and' | 'or'; readonly left: Command; readonly right: Command }
  | { readonly type: 'sequence'; readonly commands: readonly Command[] }
  | { readonly type: 'background'; readonly command: Command }
  | CompoundCommand
  | { readonly type: 'function'; readonly line: number; readonly name: string; readonly body: Command };

export type CompoundCommand = (
  | { readonly type: 'subshell'; readonly body: Command | undefined }
  | { readonly type: 'group'; readonly body: Command | undefined }
  | {
      readonly type: 'if';
      readonly condition: Command;
      readonly body: Command | undefined;
      readonly otherwise: Command | undefined;
    }
  | { readonly type: 'while' | 'until'; readonly condition: Command; readonly body: Command | undefined }
  /** Without `words` it is `for name` over the positional parameters. */
  | {
      readonly type: 'for';
      readonly name: string;
      readonly words: readonly Word[] | undefined;
      readonly body: Command | undefined;
    }
  | { readonly type: 'case'; readonly subject: Word; readonly items: readonly CaseItem[] }
) & { readonly line: number; readonly redirects: readonly Redirect[] };

/** The text of a word without any quoting or expansion in it; undefined for other words. */
export function plainText(word: Word): string | undefined {
  if (word.length === 1 && word[0]!.type === 'text') return word[0]!.text;
  return undefined;
}

export const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
