/** What the tests of all parts of the kernel share: the error that an operation ends with. */
import { errnoName } from './abi/errno.ts';
import { Errno } from './errors.ts';

/** The number of the error; 0 if there is none. A bug goes on as an exception. */
export function errnoOf(operation: () => unknown): number {
  try {
    operation();
  } catch (error) {
    if (error instanceof Errno) return error.errno;
    throw error;
  }
  return 0;
}

/** Its name, such as ENOENT; 'no error' if there is none. */
export function errorOf(operation: () => unknown): string {
  const errno = errnoOf(operation);
  return errno === 0 ? 'no error' : errnoName(errno);
}
