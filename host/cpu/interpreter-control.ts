/**
 * How the interpreter goes from one instruction to the next: by tail calls along the records of a block, and from block
 * to block through the jump cache (layout in access.ts).
 */
import type { FlagFunctions } from './flags.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { Code } from './wasm/code.ts';
import { call, i32, i64, load, makeNode } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

/** handler(context, record) → answer */
export const HANDLER = { parameters: ['i32', 'i32'], result: 'i32' } as const;

/** Index of the functions that handlers use. */
export interface Library {
  readonly slow: number;
  readonly commit: number;
  readonly help: number;
  readonly handlerType: number;
  /** handler: the helper, then the next instruction. */
  helped: number;
  readonly flags: FlagFunctions;
}

/** enter(context, record, slot): runs until there is an answer that is not EXIT_DISPATCH. */
export function enterFunction(library: Library): Code {
  const code = new Code(['i32', 'i32', 'i32']);
  const ctx = code.parameter(0);
  const record = code.parameter(1);
  const slot = code.parameter(2);
  const answer = code.local('i32');
  const rip = code.local('i64');
  code.loop(again => {
    code.callIndirect(answer, library.handlerType, slot, ctx, record);
    code.if(answer, () => code.return(answer));
    code.set(rip, load(wasmOp('i64.load'), ctx, context.CPU_RIP));
    const entry = writeDispatch(code, ctx, rip);
    code.set(record, load(wasmOp('i32.load'), entry, access.JUMP_RECORD));
    code.set(slot, load(wasmOp('i32.load16_u'), entry, access.JUMP_SLOT));
    code.branch(again);
  });
  code.unreachable();
  return code;
}

const op = (name: string, a: Node, b?: Node): Node => makeNode(wasmOp(name), a, b);

/**
 * Finds the code for `target` (i64, pinned down): the entry of the jump cache. Returns from the function if the fuel
 * is used up, the cache does not know the address, or the code is hot; RIP is then the target.
 */
function writeDispatch(code: Code, ctx: Local, target: Local): Local {
  const leave = (answer: number): void => {
    code.store(wasmOp('i64.store'), ctx, context.CPU_RIP, target);
    code.return(i32(answer));
  };
  const fuel = code.temporary('i32');
  code.set(fuel, op('i32.sub', load(wasmOp('i32.load'), ctx, context.CPU_FUEL), i32(1)));
  code.store(wasmOp('i32.store'), ctx, context.CPU_FUEL, fuel);
  code.if(op('i32.lt_s', fuel, i32(0)), () => leave(context.TRAP_INTERRUPT));
  const low = code.temporary('i32');
  code.set(low, op('i32.wrap_i64', target));
  const entry = code.temporary('i32');
  const hash = op('i32.and', op('i32.xor', low, op('i32.shr_u', low, i32(14))), i32(access.JUMP_ENTRIES - 1));
  code.set(
    entry,
    op(
      'i32.add',
      load(wasmOp('i32.load'), ctx, context.CPU_JUMP_CACHE),
      op('i32.shl', hash, i32(Math.log2(access.JUMP_ENTRY_BYTES))),
    ),
  );
  const upper = code.temporary('i64');
  code.set(upper, op('i64.add', op('i64.shr_u', target, i64(32)), i64(1)));
  const isOther = (): Node => {
    const isLowOther = op('i32.ne', load(wasmOp('i32.load'), entry, access.JUMP_LOW), low);
    const known = load(wasmOp('i64.load16_u'), entry, access.JUMP_UPPER);
    return op('i32.or', isLowOther, op('i64.ne', known, upper));
  };
  code.if(isOther(), () => {
    code.set(entry, op('i32.xor', entry, i32(access.JUMP_ENTRY_BYTES)));
    code.if(isOther(), () => leave(access.EXIT_LOOKUP));
  });
  const turns = code.temporary('i32');
  code.set(turns, op('i32.sub', load(wasmOp('i32.load'), entry, access.JUMP_TURNS), i32(1)));
  code.store(wasmOp('i32.store'), entry, access.JUMP_TURNS, turns);
  code.if(op('i32.eqz', turns), () => leave(access.EXIT_HOT));
  return entry;
}

export function writeJump(code: Code, ctx: Local, target: Local, handlerType: number): void {
  const entry = writeDispatch(code, ctx, target);
  code.returnCallIndirect(
    handlerType,
    load(wasmOp('i32.load16_u'), entry, access.JUMP_SLOT),
    ctx,
    load(wasmOp('i32.load'), entry, access.JUMP_RECORD),
  );
}

export function writeNext(code: Code, ctx: Local, record: Local, handlerType: number): void {
  code.returnCallIndirect(
    handlerType,
    load(wasmOp('i32.load'), record, access.RECORD_BYTES + access.RECORD_SLOT),
    ctx,
    op('i32.add', record, i32(access.RECORD_BYTES)),
  );
}

export function gotoFunction(library: Library): Code {
  const code = new Code(HANDLER.parameters);
  const target = code.local('i64');
  code.set(target, load(wasmOp('i64.load'), code.parameter(1), access.RECORD_PC));
  writeJump(code, code.parameter(0), target, library.handlerType);
  return code;
}

/** A handler that leaves with an answer, at the record's own address. */
export function leaveFunction(answer: number): Code {
  const code = new Code(HANDLER.parameters);
  const pc = load(wasmOp('i64.load'), code.parameter(1), access.RECORD_PC);
  code.store(wasmOp('i64.store'), code.parameter(0), context.CPU_RIP, pc);
  code.return(i32(answer));
  return code;
}

export function helpedFunction(library: Library): Code {
  const code = new Code(HANDLER.parameters);
  const [ctx, record] = [code.parameter(0), code.parameter(1)];
  const answer = code.local('i32');
  code.set(answer, call(library.help, 'i32', ctx, record));
  code.if(answer, () => code.return(answer));
  writeNext(code, ctx, record, library.handlerType);
  return code;
}
