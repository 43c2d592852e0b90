import { expect, it } from 'vitest';
import * as layout from '../../../kernel/abi/cpu-context.ts';
import { computeFlags } from '../flags.ts';
import { Random } from '../fuzz/random.ts';
import { TestMachine } from '../testing/test-machine.ts';
import type { Row } from './row.ts';
import { sseStringRows } from './sse-strings.ts';

const CODE = 0x10_0000;
const PCMPESTRI = 0x61;
const PCMPISTRI = 0x63;

/** One instruction on xmm1 and xmm2, for lengths in rax and rdx; what is left in rcx and of the flags. */
class Comparer {
  readonly #machine: TestMachine;

  constructor(rows: readonly Row[]) {
    this.#machine = new TestMachine(rows);
    this.#machine.map(CODE, 1, { isReadable: true, isExecutable: true });
  }
  run(
    opcode: number,
    control: number,
    a: Uint8Array,
    b: Uint8Array,
    lengths: readonly [bigint, bigint],
  ): string {
    const machine = this.#machine;
    const { context, view } = machine;
    machine.poke(CODE, [0x66, 0x0f, 0x3a, opcode, 0xca, control]);
    machine.bytes.set(a, context + layout.CPU_XMM + 16);
    machine.bytes.set(b, context + layout.CPU_XMM + 32);
    machine.setGpr(layout.RAX, lengths[0]);
    machine.setGpr(layout.RDX, lengths[1]);
    machine.rip = CODE;
    expect(machine.processor.step(context, machine.space)).toBe(layout.TRAP_DEBUG);
    const part = (offset: number): bigint => view.getBigInt64(context + offset, true);
    const kind = view.getUint32(context + layout.CPU_FLAGS_KIND, true);
    const record = [layout.CPU_FLAGS_A, layout.CPU_FLAGS_B, layout.CPU_FLAGS_RESULT].map(part);
    return `${machine.gpr(layout.RCX)} ${computeFlags(kind, record[0]!, record[1]!, record[2]!).toString(2)}`;
  }
}

it('finds what the helper finds, for all ways to compare bytes', () => {
  const inWasm = new Comparer(sseStringRows);
  const helped = sseStringRows.map(({ name, encoding, operands, helper }): Row => ({
    name,
    encoding,
    operands,
    helper: helper!,
    isInterpreted: true,
  }));
  const inTypeScript = new Comparer(helped);
  const random = new Random(4);
  // Few letters, so that much is equal; both strings may end, and bytes may be negative.
  const letters = [0, 0x20, 0x61, 0x61, 0x61, 0x62, 0x63, 0x80, 0xff];
  const text = (): Uint8Array =>
    Uint8Array.from({ length: 16 }, () => letters[random.between(random.below(2), 8)]!);
  for (let control = 0; control < 0x80; control += 2)
    for (let i = 0; i < 12; i++) {
      const [a, b] = [text(), text()];
      const lengths = [BigInt(random.between(-20, 20)), BigInt(random.between(-20, 20))] as const;
      for (const opcode of [PCMPESTRI, PCMPISTRI])
        expect(inWasm.run(opcode, control, a, b, lengths), `${opcode} ${control} ${a} ${b} ${lengths}`).toBe(
          inTypeScript.run(opcode, control, a, b, lengths),
        );
    }
});
