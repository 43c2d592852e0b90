import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as elf from '../abi/elf.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { buildVdso } from './vdso.ts';

const page = buildVdso();
const view = new DataView(page.buffer);

function text(at: number): string {
  return fromBytes(page.subarray(at, page.indexOf(0, at)));
}

/** Looks a symbol up as the C libraries do: by hash and version, with what PT_DYNAMIC tells. */
function find(name: string, version: string): number | undefined {
  const { phoff, phnum } = elf.Ehdr.decode(page);
  const headers = Array.from({ length: phnum }, (_, i) => elf.Phdr.decode(page, phoff + i * elf.Phdr.size));
  const dynamic = headers.find(({ type }) => type === elf.PT_DYNAMIC)!;
  const tags = new Map<number, number>();
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.filesz; at += elf.Dyn.size) {
    const { tag, value } = elf.Dyn.decode(page, at);
    tags.set(tag, value);
  }
  const hash = tags.get(elf.DT_HASH)!;
  const bucketCount = view.getUint32(hash, true);
  let number = view.getUint32(hash + 8 + (elf.elfHash(name) % bucketCount) * 4, true);
  for (; number !== 0; number = view.getUint32(hash + 8 + (bucketCount + number) * 4, true)) {
    const symbol = elf.Sym.decode(page, tags.get(elf.DT_SYMTAB)! + number * elf.Sym.size);
    const strings = tags.get(elf.DT_STRTAB)!;
    if (text(strings + symbol.name) !== name) continue;
    const index = view.getUint16(tags.get(elf.DT_VERSYM)! + number * 2, true);
    for (let at = tags.get(elf.DT_VERDEF)!; ;) {
      const definition = elf.Verdef.decode(page, at);
      const auxiliary = elf.Verdaux.decode(page, at + definition.aux);
      const isIt = definition.ndx === index && text(strings + auxiliary.name) === version;
      if (isIt && definition.hash === elf.elfHash(version)) return symbol.value;
      if (definition.next === 0) break;
      at += definition.next;
    }
  }
  return undefined;
}

it('the vDSO has the functions that C libraries and Go look for', () => {
  for (const name of ['clock_gettime', 'gettimeofday', 'time', 'getcpu', 'clock_getres']) {
    const at = find(`__vdso_${name}`, 'LINUX_2.6')!;
    expect(page[at]).toBe(0xb8); // mov $number, %eax
    expect([...page.subarray(at + 5, at + 8)]).toEqual([0x0f, 0x05, 0xc3]); // syscall; ret
    expect(find(name, 'LINUX_2.6')).toBe(at);
  }
  expect(find('__vdso_clock_gettime', 'LINUX_2.5')).toBeUndefined();
  expect(find('clock_settime', 'LINUX_2.6')).toBeUndefined();
  expect(elf.elfHash('LINUX_2.6')).toBe(0x3ae75f6);
});

const PROGRAM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
int main(int argc, char **argv) {
  void *vdso = dlopen(argv[1], RTLD_NOW);
  if (!vdso) return puts(dlerror());
  int (*clock_gettime)(int, struct timespec *) = dlvsym(vdso, "__vdso_clock_gettime", "LINUX_2.6");
  int (*gettimeofday)(struct timeval *, void *) = dlvsym(vdso, "__vdso_gettimeofday", "LINUX_2.6");
  time_t (*time)(time_t *) = dlvsym(vdso, "__vdso_time", "LINUX_2.6");
  int (*getcpu)(unsigned *, unsigned *, void *) = dlvsym(vdso, "__vdso_getcpu", "LINUX_2.6");
  struct timespec now;
  struct timeval same;
  unsigned cpu = -1;
  printf("%d %d %d\\n", clock_gettime(CLOCK_REALTIME, &now), gettimeofday(&same, 0), getcpu(&cpu, 0, 0));
  printf("%d %d\\n", same.tv_sec - now.tv_sec < 2, time(0) - now.tv_sec < 2);
  return 0;
}`;

const hasCompiler =
  process.platform === 'linux' && process.arch === 'x64' && spawnSync('gcc', ['-v']).status === 0;

it.skipIf(!hasCompiler)("the host's dynamic linker accepts it, and its functions work", () => {
  const folder = mkdtempSync(join(tmpdir(), 'lodger-vdso-'));
  try {
    const [library, source, program] = ['vdso.so', 'test.c', 'test'].map(name => join(folder, name));
    writeFileSync(library!, page);
    writeFileSync(source!, PROGRAM);
    execFileSync('gcc', ['-o', program!, source!, '-ldl']);
    expect(execFileSync(program!, [library!]).toString()).toBe('0 0 0\n1 1\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
