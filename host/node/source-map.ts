/** Stack traces in terms of the TypeScript source, by the source maps beside the bundles. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

/** By name of the bundle; null: it has none. Read only when something went wrong. */
const maps = new Map<string, SourceMap | null>();

function mapOf(bundle: string, directories: readonly string[]): SourceMap | null {
  const known = maps.get(bundle);
  if (known !== undefined) return known;
  let map: SourceMap | null = null;
  for (const directory of directories) {
    try {
      map = new SourceMap(JSON.parse(readFileSync(join(directory, `${bundle}.map`), 'utf8')) as never);
      break;
    } catch {
      // The next folder may have it.
    }
  }
  maps.set(bundle, map);
  return map;
}

/** A stack trace, or a line of one. The bundles that it names lie in these folders. */
export function mapStack(stack: string, directories: readonly string[]): string {
  return stack.replace(
    /(\(|at )(?:file:\/\/)?(?:[^\s()]*\/)?([^\s()/]+\.js):([0-9]+):([0-9]+)/g,
    (whole, before: string, bundle: string, line: string, column: string) => {
      const entry = mapOf(bundle, directories)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (!entry || !('originalSource' in entry)) return whole;
      const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
      return `${before}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}
