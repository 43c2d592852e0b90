/** guest.install(): native programs written in TypeScript, installed while the guest runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bootGuest, lodger, sh } from './guest.ts';

const folder = mkdtempSync(join(tmpdir(), 'lodger-install-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a source file; its URL. */
function source(name: string, text: string): URL {
  const path = join(folder, name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

const GREET = `
  import { writeAll } from 'lodger/program';
  import { shout } from './shout.ts';
  export function main(argv: string[]): number {
    writeAll(1, shout(\`hello \${argv[1] ?? 'nobody'}\`) + '\\n');
    return argv.length;
  }`;

describe('guest.install', () => {
  it('makes a program of a TypeScript file and trusts it in a guest that runs', async () => {
    source('shout.ts', 'export const shout = (text: string): string => text.toUpperCase();');
    const guest = await bootGuest();
    await guest.exec('true'); // threads are there already
    await guest.install('/opt/tools/greet', source('greet.ts', GREET));
    expect(await guest.exec('/opt/tools/greet', ['carol'])).toMatchObject({
      code: 2,
      stdout: 'HELLO CAROL\n',
    });
    expect((await guest.fs.stat('/opt/tools/greet')).mode & 0o7777).toBe(0o755);
    // All threads know it: more at once than there were.
    const many = await sh(guest, 'for i in 1 2 3 4 5 6; do /opt/tools/greet $i & done; wait');
    expect(many.stdout.split('\n').sort()).toEqual(['', 1, 2, 3, 4, 5, 6].map(i => i && `HELLO ${i}`));
  });

  it('installs the new version of a file that has changed', async () => {
    const guest = await bootGuest();
    const file = 'version.ts';
    const text = (version: number): string => `export const main = (): number => ${version};`;
    await guest.install('/bin/version', source(file, text(1)));
    expect((await guest.exec('/bin/version')).code).toBe(1);
    await guest.install('/bin/version', source(file, text(22)));
    expect((await guest.exec('/bin/version')).code).toBe(22);
  });

  it('takes bundles, default exports and programs with a start of their own', async () => {
    const guest = await bootGuest();
    await guest.install('/bin/a', source('a.ts', 'export default () => 4;'));
    const own = "import { program } from 'lodger/program'; export const start = program(() => 5);";
    await guest.install('/bin/b', source('b.ts', own));
    const c = join(folder, 'c.js');
    writeFileSync(c, await guest.fs.readFile('/bin/a'));
    await guest.install('/bin/c', c);
    const codes = await Promise.all(['a', 'b', 'c'].map(async name => (await guest.exec(name)).code));
    expect(codes).toEqual([4, 5, 4]);
  });

  it('still refuses what was not installed', async () => {
    const guest = await bootGuest();
    await guest.install('/bin/a', source('a.ts', 'export default () => 4;'));
    const { stderr } = await sh(guest, 'cp /bin/a /tmp/b && echo "//" >> /tmp/b && exec /tmp/b');
    expect(stderr).toMatch(/exec format error/i);
  });

  it('says what is wrong with a source', async () => {
    const guest = await bootGuest();
    const install = async (name: string, text: string): Promise<unknown> =>
      await guest.install('/bin/x', source(name, text)).catch((error: unknown) => error);
    await expect(guest.install('/bin/x', join(folder, 'none.ts'))).rejects.toThrow(/cannot read .*none\.ts/);
    expect(await install('d.ts', 'export const x = 1;')).toMatchObject({
      name: 'OptionError',
      message: expect.stringMatching(/exports no main/) as string,
    });
    expect(await install('e.ts', 'export default (')).toMatchObject({
      name: 'OptionError',
      message: expect.stringMatching(/cannot bundle .*e\.ts/s) as string,
    });
    expect(await install('f.ts', "import 'node:fs'; export default () => 0;")).toBeInstanceOf(
      lodger.OptionError,
    );
    expect(await guest.fs.exists('/bin/x')).toBe(false);
  });
});
