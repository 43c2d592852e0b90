/** Guest instructions a second of an integer loop: by the interpreter alone, and with translation. */
import { TestMachine } from '../../host/cpu/testing/test-machine.ts';
import { TRAP_INTERRUPT } from '../../kernel/abi/cpu-context.ts';

const CODE = 0x40_0000;
const TURNS = 0x100_0000;
const INSTRUCTIONS_A_TURN = 5;

/** Millions a second. */
export function integerLoop(isTranslating: boolean): number {
  const machine = new TestMachine(undefined, isTranslating ? {} : { hotTurns: 0 });
  machine.map(CODE, 1, { isReadable: true, isExecutable: true });
  // mov ecx, TURNS; loop: add eax, ecx; xor edx, eax; add rbx, rax; sub ecx, 1; jnz loop; int3
  const loop = [0x01, 0xc8, 0x31, 0xc2, 0x48, 0x01, 0xc3, 0x83, 0xe9, 0x01, 0x75, 0xf4, 0xcc];
  machine.poke(CODE, [0xb9, 0, 0, 0, TURNS >>> 24, ...loop]);
  machine.rip = CODE;
  const start = performance.now();
  while (machine.run() === TRAP_INTERRUPT);
  return (TURNS * INSTRUCTIONS_A_TURN) / (performance.now() - start) / 1e3;
}
