/** The syntax tree of an awk program. POSIX awk, «Grammar». */

export type Expr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'regex'; readonly source: string }
  | Lvalue
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Lvalue; readonly value: Expr }
  | { readonly kind: 'step'; readonly by: 1 | -1; readonly isPrefix: boolean; readonly target: Lvalue }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expr }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'conditional'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: 'match'; readonly isNegated: boolean; readonly text: Expr; readonly regex: Expr }
  | { readonly kind: 'in'; readonly subscripts: readonly Expr[]; readonly array: string }
  | { readonly kind: 'group'; readonly item: Expr }
  /** (a, b): only what print takes. */
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[]; readonly line: number }
  | { readonly kind: 'builtin'; readonly name: string; readonly args: readonly Expr[] }
  | {
      readonly kind: 'getline';
      readonly from: 'main' | 'file' | 'command';
      readonly source: Expr | undefined;
      readonly target: Lvalue | undefined;
    };

export type Lvalue =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'element'; readonly name: string; readonly subscripts: readonly Expr[] }
  | { readonly kind: 'field'; readonly index: Expr };

export type Statement =
  | { readonly kind: 'expression'; readonly value: Expr }
  | {
      readonly kind: 'print';
      readonly isFormatted: boolean;
      readonly args: readonly Expr[];
      readonly redirect: '' | '>' | '>>' | '|';
      readonly target: Expr | undefined;
    }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'if'; readonly test: Expr; readonly yes: Statement; readonly no: Statement | undefined }
  | { readonly kind: 'while'; readonly test: Expr; readonly body: Statement }
  | { readonly kind: 'do'; readonly test: Expr; readonly body: Statement }
  | {
      readonly kind: 'for';
      readonly first: Statement | undefined;
      readonly test: Expr | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    }
  | { readonly kind: 'forIn'; readonly variable: Lvalue; readonly array: string; readonly body: Statement }
  | { readonly kind: 'delete'; readonly name: string; readonly subscripts: readonly Expr[] | undefined }
  | { readonly kind: 'break' | 'continue' | 'next' | 'nextfile' }
  | { readonly kind: 'exit' | 'return'; readonly value: Expr | undefined };

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Statement;
}

export interface Rule {
  readonly kind: 'BEGIN' | 'END' | 'pattern' | 'range';
  readonly first: Expr | undefined;
  readonly last: Expr | undefined;
  /** undefined: print the record. */
  readonly action: Statement | undefined;
}

export interface Program {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}

export class AwkSyntaxError extends Error {}
