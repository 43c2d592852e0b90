/**
 * The page of vsyscalls: three fixed addresses near the end of the address space that old C libraries call for the
 * time. Nothing is mapped there; a fetch from one of them is the call. Linux counterpart: vsyscall=xonly,
 * arch/x86/entry/vsyscall.
 */
import type { Task } from './task.ts';
import { CPU_RIP, RAX, RDI, RDX, RSI, RSP } from '../abi/cpu-context.ts';
import { EFAULT } from '../abi/errno.ts';
import { Errno } from '../errors.ts';
import { register, registerNumber, setFieldNumber, setRegisterNumber } from './registers.ts';

const PAGE = 0xffff_ffff_ff60_0000n;
/** gettimeofday(2), time(2), getcpu(2), 1 KiB apart. */
const CALLS = [96, 201, 309];

/** Makes the call whose address was to be executed. False: it is none of them, or a bad pointer: SIGSEGV is due. */
export function emulateVsyscall(task: Task, address: bigint): boolean {
  const offset = Number(address - PAGE);
  const number = offset % 1024 === 0 ? CALLS[offset / 1024] : undefined;
  if (number === undefined) return false;
  const { args, call, kernel } = task;
  try {
    const stack = registerNumber(task, RSP);
    const caller = task.memory.readU64(stack);
    [RDI, RSI, RDX].forEach((index, i) => {
      const value = register(task, index);
      args.words[i * 2] = Number(BigInt.asIntN(32, value));
      args.words[i * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
    });
    call.attempt = 0;
    setRegisterNumber(task, RAX, kernel.table.get(number)!.handler!(task, args));
    setRegisterNumber(task, RSP, stack + 8);
    setFieldNumber(task, CPU_RIP, caller);
    return true;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (error.errno === EFAULT) return false;
    throw new Error(`vsyscall ${number} fails`, { cause: error });
  }
}
