/** uname(2). */
import { SYS_uname } from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer } from './memory.ts';
import { native, syscall } from './native.ts';

export interface Utsname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly domainname: string;
}
const FIELD = 65;

export function uname(): Utsname {
  return withBuffer(FIELD * 6, buffer => {
    syscall(SYS_uname, buffer.address);
    const field = (n: number): string =>
      native().decode(buffer.bytes, n * FIELD, buffer.bytes.indexOf(0, n * FIELD));
    return {
      sysname: field(0),
      nodename: field(1),
      release: field(2),
      version: field(3),
      machine: field(4),
      domainname: field(5),
    };
  });
}
