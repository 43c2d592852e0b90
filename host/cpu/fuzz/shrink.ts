/** Makes a block that fails smaller and simpler, as long as it fails. */
import type { Block, Group } from './block.ts';
import { undefinedFlags } from './block.ts';
import type { Failure, Tester } from './tester.ts';
import { FLOAT_ST, FLOAT_XMM, STATE_FLOAT, type State } from './state.ts';

export function shrink(tester: Tester, failure: Failure): Failure {
  let best = failure;
  const attempt = (block: Block, image = best.image): boolean => {
    if (undefinedFlags(block).isRead) return false;
    const found = tester.check({ layout: best.layout, image, block }, best.batch, failure.tier);
    if (found !== undefined) best = found;
    return found !== undefined;
  };
  const attemptGroups = (groups: readonly Group[]): boolean => attempt({ ...best.block, groups });
  const attemptState = (change: (state: State) => void): void => {
    const state = best.block.state.copy();
    change(state);
    if (Buffer.compare(state.bytes, best.block.state.bytes) !== 0) attempt({ ...best.block, state });
  };
  if (!attempt(failure.block)) return failure; // it does not fail alone

  // Groups keep their numbers, which jumps name: what goes is left empty.
  for (let i = best.block.groups.length - 1; i >= 0; i--)
    attemptGroups(best.block.groups.map((group, j) => (i === j ? { ...group, items: [] } : group)));
  for (let i = 0; i < best.block.groups.length; i++)
    for (let j = best.block.groups[i]!.items.length - 1; j >= 0; j--)
      attemptGroups(
        best.block.groups.map((group, k) =>
          i === k ? { ...group, items: group.items.filter((_, item) => item !== j) } : group,
        ),
      );
  for (let i = 0; i < 16; i++) attemptState(state => state.setGpr(i, 0n));
  for (let i = 0; i < 16; i++) attemptState(({ bytes }) => zero(bytes, STATE_FLOAT + FLOAT_XMM + i * 16));
  for (let i = 0; i < 8; i++) attemptState(({ bytes }) => zero(bytes, STATE_FLOAT + FLOAT_ST + i * 16));
  attemptState(state => (state.flags = 0));
  attemptState(state => (state.mxcsr = 0x1f82));
  attemptState(state => {
    state.fcw = 0x37f;
    state.fsw &= 0x7f7f;
  });
  attemptState(state => (state.fsw = 0));
  attemptState(state => (state.ftw = 0xff));
  attemptState(state => (state.ftw = 0));
  attemptState(state => (state.fsBase = 0n));
  attemptState(state => (state.gsBase = 0n));
  if (!attempt(best.block, new Uint8Array(best.image.length)))
    for (const size of [4096, 512, 64])
      for (let at = 0; at < best.image.length; at += size) {
        if (best.image.subarray(at, at + size).every(byte => byte === 0)) continue;
        attempt(best.block, best.image.slice().fill(0, at, at + size));
      }
  return best;
}

function zero(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at, at + 16);
}
