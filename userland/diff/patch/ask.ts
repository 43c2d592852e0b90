/** patch's questions: asked on standard output, answered at the terminal; without one the answer is empty. */
import { O_CLOEXEC, O_RDONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { stdout } from '../../libc/stdio.ts';
import { close, open, read } from '../../libc/unistd.ts';

export function ask(question: string): string {
  stdout.write(question);
  stdout.flush();
  let fd: number;
  try {
    fd = open('/dev/tty', O_RDONLY | O_CLOEXEC);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    stdout.write('\n');
    return '';
  }
  const byte = new Uint8Array(1);
  let answer = '';
  while (read(fd, byte) > 0 && byte[0] !== 10) answer += String.fromCharCode(byte[0]!);
  close(fd);
  return answer;
}
