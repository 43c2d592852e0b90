import { Volume } from 'memfs';
import { expect, it } from 'vitest';
import { bootOptionsOf, checkOptions, keyOf, writesOutside } from './options.ts';

it('knows options that make equal guests', () => {
  expect(keyOf({ memory: '64M', env: { A: '1', B: '2' } })).toBe(
    keyOf({ env: { B: '2', A: '1' }, memory: '64M' }),
  );
  expect(keyOf({ memory: '64M' })).not.toBe(keyOf({ memory: '65M' }));
  expect(keyOf({ files: { '/a': new Uint8Array([1]) } })).toBe(
    keyOf({ files: { '/a': new Uint8Array([1]) } }),
  );
  expect(keyOf({ files: { '/a': new Uint8Array([1]) } })).not.toBe(
    keyOf({ files: { '/a': Buffer.from([2]) } }),
  );
  expect(keyOf({ programs: { '/a': new URL('file:///x') } })).not.toBe(
    keyOf({ programs: { '/a': new URL('file:///y') } }),
  );
});

it('takes a volume for itself only, whatever is in it', () => {
  const volume = Volume.fromJSON({ '/a': '1' });
  expect(keyOf({ mounts: { '/v': volume } })).toBe(keyOf({ mounts: { '/v': volume } }));
  expect(keyOf({ mounts: { '/v': volume } })).not.toBe(
    keyOf({ mounts: { '/v': Volume.fromJSON({ '/a': '1' }) } }),
  );
});

it('refuses what is no option, and what an option cannot be', () => {
  expect(() => checkOptions({ memroy: 1 } as object)).toThrow(/no option 'memroy'; there are root, memory/);
  expect(() => checkOptions(3 as unknown as object)).toThrow(/give an object/);
  expect(() => checkOptions({ files: { 'a/b': '' } })).toThrow(/'a\/b' is no absolute path/);
  expect(() => checkOptions({ timeoutMs: -1 })).toThrow(/timeoutMs/);
  expect(() => checkOptions({ tracedCalls: 1.5 })).toThrow(/from 0 to 4096/);
});

it('asks the kernel for calls, and knows guests that write to the host', () => {
  expect(bootOptionsOf({ kernelParameters: 'hostname=x' })).toEqual({
    kernelParameters: 'trace_calls=64 hostname=x',
  });
  expect(bootOptionsOf({ tracedCalls: 0 })).toEqual({ kernelParameters: '' });
  expect(
    [{}, { mounts: { '/a': '.' } }, { root: { source: '/', writable: true } }].map(writesOutside),
  ).toEqual([false, true, true]);
});
