/**
 * The interpreter: a WebAssembly module with one function for each form of the instruction table. A function does one
 * instruction and goes on to the next with a tail call (threaded code). What it works on is a record, one for each
 * decoded instruction (layout in access.ts); registers stay in the context record.
 *
 *   handler(context, record) → answer        TRAP_* or EXIT_*
 *
 * A memory form has two functions: for plain operands (base + displacement), and for all of them.
 */
import type { Form } from './form.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import { EXIT_LOOKUP } from './access.ts';
import { FlagFunctions } from './flags.ts';
import type { Library } from './interpreter-control.ts';
import {
  HANDLER,
  enterFunction,
  gotoFunction,
  helpedFunction,
  leaveFunction,
} from './interpreter-control.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import { Module } from './wasm/module.ts';

/** Functions that the interpreter calls in JavaScript; see Processor. */
export interface InterpreterImports {
  /**
   * An access that the maps do not allow as it is. CPU_FAULT_ADDRESS holds the address, RIP the instruction; `kind` is
   * the bytes, ACCESS_* << 8. Returns where to do it (perhaps in CPU_BOUNCE), or 0: it traps (CPU_TRAP).
   */
  slow(context: number, kind: number): number;
  /** The bounced store was done: bring it home. Not 0: code was overwritten. */
  commit(context: number): number;
  /** The helper of the record's instruction. 0: it is done. Else the answer. */
  help(context: number, record: number): number;
}

/** Slots of the table that are no forms. */
export const SLOT_GOTO = 0;
export const SLOT_UNKNOWN = 1;
export const SLOT_TOO_LONG = 2;
/** Ends a block of one instruction (single step): the time to look up. */
export const SLOT_STOP = 3;
const FIRST_FORM_SLOT = 4;

export function slotOf(form: Form, isGeneral: boolean): number {
  return FIRST_FORM_SLOT + form.id * 2 + (isGeneral ? 1 : 0);
}
export function firstFreeSlot(formCount: number): number {
  return FIRST_FORM_SLOT + formCount * 2;
}

/** Builds the module; `tableSize` leaves room for regions behind the forms. */
export function buildInterpreter(forms: readonly Form[], tableSize: number): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const slow = module.import('slow', HANDLER);
  const commit = module.import('commit', { parameters: ['i32'], result: 'i32' });
  const help = module.import('help', HANDLER);
  const flags = new FlagFunctions(module);
  const library: Library = { slow, commit, help, handlerType: module.type(HANDLER), helped: -1, flags };
  library.helped = module.function(HANDLER, helpedFunction(library));
  const elements: number[] = [];
  elements.push(module.function(HANDLER, gotoFunction(library)));
  elements.push(module.function(HANDLER, leaveFunction(context.TRAP_INVALID_OPCODE)));
  elements.push(module.function(HANDLER, leaveFunction(context.TRAP_PROTECTION)));
  elements.push(module.function(HANDLER, leaveFunction(EXIT_LOOKUP)));
  for (const form of forms) {
    if (!form.row.does) {
      elements.push(library.helped, library.helped);
      continue;
    }
    const plain = module.function(HANDLER, new InterpreterEmitter(form, library, false).build());
    elements.push(
      plain,
      form.hasAddress ? module.function(HANDLER, new InterpreterEmitter(form, library, true).build()) : plain,
    );
  }
  module.tableElements = elements;
  module.tableSize = Math.max(tableSize, elements.length);
  module.export(
    'enter',
    module.function({ parameters: ['i32', 'i32', 'i32'], result: 'i32' }, enterFunction(library)),
  );
  module.export('table', 0);
  return module.toBytes();
}
