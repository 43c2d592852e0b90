/**
 * The devices that need no hardware: null(4), zero(4), full(4), random(4). Linux counterpart: drivers/char/mem.c and
 * random.c.
 */
import { EINVAL, ENOSPC, EPERM } from '../abi/errno.ts';
import * as io from '../abi/ioctl.ts';
import { fail } from '../errors.ts';
import { File, type OpenContext } from '../fs/file.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { DeviceTable } from './device-table.ts';

const MEM_MAJOR = 1;
/** Entropy in bits that a ready generator reports. */
const POOL_BITS = 256;
const RANDOM_CHUNK = 65536;

export function registerMemoryDevices(devices: DeviceTable): void {
  const add = (minor: number, name: string, open: (context: OpenContext) => File): void =>
    devices.register({ kind: 'char', major: MEM_MAJOR, minor, name, mode: 0o666, open });
  add(3, 'null', context => new NullFile(context.path, context.flags));
  add(5, 'zero', context => new ZeroFile(context.path, context.flags));
  add(7, 'full', context => new FullFile(context.path, context.flags));
  add(8, 'random', context => new RandomFile(context.path, context.flags));
  add(9, 'urandom', context => new RandomFile(context.path, context.flags));
}

/** Swallows what is written. Its position can be set and stays 0. */
/** Linux: looks at no address that is below the kernel's; here a bad one is EFAULT as for other files. */
class NullFile extends File {
  override get isSeekable(): boolean {
    return true;
  }
  override seek(): number {
    return 0;
  }
  override read(_buffer: IoBuffer): number {
    return 0;
  }
  override write(buffer: IoBuffer): number {
    const count = buffer.remaining;
    buffer.advance(count);
    return count;
  }
}

class ZeroFile extends NullFile {
  override read(buffer: IoBuffer): number {
    return buffer.putZeros(buffer.remaining);
  }
}

class FullFile extends ZeroFile {
  override write(_buffer: IoBuffer): number {
    return fail(ENOSPC, '/dev/full');
  }
}

/** /dev/random and /dev/urandom: the machine's generator, which is always ready. Writing mixes nothing in. */
class RandomFile extends NullFile {
  override read(buffer: IoBuffer): number {
    const { machine } = this.inode.superBlock.kernel;
    const chunk = new Uint8Array(Math.min(buffer.remaining, RANDOM_CHUNK));
    let done = 0;
    while (buffer.remaining > 0) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, buffer.remaining));
      machine.random(bytes);
      done += buffer.put(bytes);
    }
    return done;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    switch (request) {
      case io.RNDGETENTCNT:
        task.memory.writeI32(argument, POOL_BITS);
        return 0;
      case io.RNDADDTOENTCNT:
      case io.RNDADDENTROPY:
      case io.RNDZAPENTCNT:
      case io.RNDCLEARPOOL:
      case io.RNDRESEEDCRNG:
        if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'random: changing the pool');
        return 0;
      default:
        return fail(EINVAL, 'random: unknown request');
    }
  }
}
