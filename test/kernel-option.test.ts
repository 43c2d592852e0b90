/** Another kernel than the package's, names, and what of the options is refused. */
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bootGuest, cli, lodger } from './guest.ts';

const dist = dirname(cli);
const folder = mkdtempSync(join(tmpdir(), 'lodger-kernel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What booting with these options says. */
async function refusal(options: object): Promise<unknown> {
  return await lodger.boot(options).then(
    async guest => await guest.shutdown(),
    (error: unknown) => error,
  );
}

describe('boot({ kernel })', () => {
  it('boots another kernel, and says in the log which', async () => {
    const kernel = join(folder, 'other.js');
    copyFileSync(join(dist, 'kernel.js'), kernel);
    appendFileSync(kernel, '\n// another build\n');
    const sha256 = createHash('sha256').update(readFileSync(kernel)).digest('hex');
    const guest = await bootGuest({ kernel });
    expect((await guest.exec('echo', ['up'])).stdout).toBe('up\n');
    expect(guest.log[0]!.text).toBe(`kernel: ${kernel}, SHA-256 ${sha256}`);
  });

  it('refuses what is no kernel', async () => {
    const text = join(folder, 'text.js');
    writeFileSync(text, 'console.log(1);\n');
    expect(await refusal({ kernel: text })).toMatchObject({
      name: 'OptionError',
      message: expect.stringMatching(/^kernel: .*text\.js' is no kernel bundle/) as string,
    });
    expect(await refusal({ kernel: join(folder, 'none.js') })).toMatchObject({
      name: 'OptionError',
      message: expect.stringMatching(/^kernel: cannot read .*none\.js' on the host/) as string,
    });
  });
});

it('has a name: its own, that of the host in it, or guest', async () => {
  const guests = await Promise.all([
    bootGuest({ name: 'my box', kernelParameters: 'hostname=box' }),
    bootGuest({ kernelParameters: 'quiet hostname=box' }),
    bootGuest(),
  ]);
  expect(guests.map(({ name }) => name)).toEqual(['my box', 'box', 'guest']);
});

it.each([
  [{ name: '' }, /^name: /],
  [{ name: 'a\nb' }, /^name: /],
  [{ inspectNested: [0] }, /^inspectNested: give true, false, or a list of port numbers/],
  [{ inspectNested: 'yes' }, /^inspectNested: /],
])('refuses %j', async (options, message) => {
  expect(await refusal(options)).toMatchObject({
    name: 'OptionError',
    message: expect.stringMatching(message) as string,
  });
});
