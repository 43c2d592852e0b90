/**
 * KTAP, the kernel's dialect of TAP, as a tree of results: Documentation/dev-tools/ktap.rst. Levels are told by their
 * indentation. Diagnostics stand in front of the result that they belong to. Lines of a kernel log around it, and a
 * prefix of each line such as a time stamp, do no harm. A plan may be missing.
 */
import type { SuiteResult, TestResult } from './suite-result.ts';

const HEADER = /^\s*K?TAP version \d+$/;
const PLAN = /^1\.\.(\d+)(?:\s*#\s*(.*))?$/;
const RESULT = /^(not )?ok\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)$/;
const DIRECTIVE = /(?:^|\s)#\s*(SKIP|TODO|XFAIL|XPASS|TIMEOUT|ERROR)\b[:\s]*(.*)$/i;
const SUBTEST = /^#\s*Subtest:\s*(.*)$/;
const BAIL_OUT = /^Bail out!\s*(.*)$/;

/** Whether some output is KTAP rather than TAP. */
export function looksLikeKtap(text: string): boolean {
  return /^.*\bKTAP version \d+\s*$/m.test(text);
}

interface Level {
  readonly indent: number;
  name: string;
  planned: number | undefined;
  readonly results: (TestResult | SuiteResult)[];
  readonly problems: string[];
  /** Lines that belong to the next result. */
  diagnostics: string[];
  /** A level inside that is complete but for its result. */
  child: SuiteResult | undefined;
}

/** Reads the whole output of a suite. Nothing is too wrong to be read: what is missing is a problem of the suite. */
export function parseKtap(text: string, name = 'ktap'): SuiteResult {
  const reader = new KtapReader();
  for (const line of withoutPrefix(text.split(/\r?\n/))) reader.take(line);
  return reader.finish(name);
}

/** Without what stands before the first header: each line of the console may have so much in front. */
function withoutPrefix(lines: readonly string[]): string[] {
  for (const [n, line] of lines.entries()) {
    const match = /^(.*)KTAP version \d+\s*$/.exec(line);
    if (match === null) continue;
    const length = match[1]!.trim() === '' ? 0 : match[1]!.length;
    return lines.slice(n).map(rest => rest.slice(length));
  }
  return [...lines];
}

class KtapReader {
  readonly #levels: Level[] = [newLevel(0)];
  #isGivenUp = false;

  take(line: string): void {
    const text = line.trim();
    if (text === '' || this.#isGivenUp) return;
    const indent = line.length - line.trimStart().length;
    if (HEADER.test(line)) {
      this.#enter(indent);
      return;
    }
    const bail = BAIL_OUT.exec(text);
    if (bail !== null) {
      this.#levels.at(-1)!.problems.push(`Bail out!${bail[1] === '' ? '' : ` ${bail[1]}`}`);
      this.#isGivenUp = true;
      return;
    }
    const plan = PLAN.exec(text);
    const result = plan === null ? RESULT.exec(text) : null;
    const subtest = SUBTEST.exec(text);
    if (plan === null && result === null && subtest === null) {
      this.#levels.at(-1)!.diagnostics.push(text.replace(/^#\s?/, ''));
      return;
    }
    const level = this.#enter(indent);
    if (plan !== null) level.planned = Number(plan[1]);
    else if (subtest !== null) level.name ||= subtest[1]!;
    else this.#addResult(level, result!);
  }

  finish(name: string): SuiteResult {
    while (this.#levels.length > 1) this.#leave();
    const root = this.#levels[0]!;
    giveUpChild(root);
    const suite = complete(root, this.#isGivenUp);
    if (suite.results.length > 0 || suite.problems.length > 0) return { ...suite, name };
    return { ...suite, name, problems: [root.planned === 0 ? 'no tests were run' : 'there are no results'] };
  }

  /** The level with this indentation: deeper ones are complete, and one that is deeper than all is new. */
  #enter(indent: number): Level {
    while (this.#levels.length > 1 && this.#levels.at(-1)!.indent > indent) this.#leave();
    const level = this.#levels.at(-1)!;
    if (level.indent >= indent) return level;
    const inner = newLevel(indent);
    this.#levels.push(inner);
    return inner;
  }

  #leave(): void {
    const inner = this.#levels.pop()!;
    const outer = this.#levels.at(-1)!;
    giveUpChild(inner);
    giveUpChild(outer);
    outer.child = complete(inner, this.#isGivenUp);
    outer.diagnostics.push(...inner.diagnostics);
  }

  #addResult(level: Level, [, not, number, rest]: RegExpExecArray): void {
    const directive = DIRECTIVE.exec(rest!);
    const own = (directive === null ? rest! : rest!.slice(0, directive.index)).trim();
    const name = own || level.child?.name || `test ${number ?? level.results.length + 1}`;
    const status = statusOf(not === undefined, directive?.[1]?.toUpperCase());
    const reason = directive === null ? '' : `${directive[1]!.toUpperCase()} ${directive[2]!}`.trim();
    const details = level.diagnostics.join('\n');
    const { child } = level;
    level.child = undefined;
    level.diagnostics = [];
    if (child === undefined || status === 'skip' || status === 'todo') {
      const text = status === 'fail' && reason !== '' ? `${reason}\n${details}`.trim() : details;
      level.results.push({
        kind: 'test',
        name,
        status,
        reason: status === 'fail' ? '' : reason.replace(/^(SKIP|TODO) ?/, ''),
        details: text,
      });
      return;
    }
    const problems = [...child.problems];
    const isFailing =
      problems.length > 0 || child.results.some(one => one.kind === 'suite' || one.status === 'fail');
    if (status === 'fail' && !isFailing) {
      problems.push(`it is not ok, although all in it is${details === '' ? '' : `\n${details}`}`);
    }
    level.results.push({ ...child, name, problems });
  }
}

/** XFAIL: it failed as it should. TIMEOUT and ERROR come with `not ok`. */
function statusOf(isOk: boolean, directive: string | undefined): TestResult['status'] {
  if (directive === 'SKIP') return 'skip';
  if (directive === 'TODO' || directive === 'XFAIL') return 'todo';
  return isOk && directive !== 'XPASS' ? 'pass' : 'fail';
}

function newLevel(indent: number): Level {
  return {
    indent,
    name: '',
    planned: undefined,
    results: [],
    problems: [],
    diagnostics: [],
    child: undefined,
  };
}

/** A level inside whose result never came: what it was in has crashed, or the suite was given up. */
function giveUpChild(level: Level): void {
  const { child } = level;
  if (child === undefined) return;
  level.child = undefined;
  const isEmpty = child.results.length === 0 && child.problems.length === 0;
  if (!isEmpty) {
    level.results.push({
      ...child,
      name: child.name || 'unnamed',
      problems: child.problems.length > 0 ? child.problems : ['it has no result'],
    });
  }
}

function complete(level: Level, isGivenUp: boolean): SuiteResult {
  const { name, planned, results, problems } = level;
  const all = [...problems];
  if (planned !== undefined && planned !== results.length && !isGivenUp) {
    all.push(`${planned} tests were planned, ${results.length} have a result`);
  }
  return { kind: 'suite', name, results, problems: all };
}
