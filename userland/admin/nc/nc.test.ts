/** nc in a guest: Unix sockets and TCP over the loopback interface, as OpenBSD's netcat. */
import { describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../../test/guest.ts';

/** Waits until somebody listens on a path or port of /proc/net. */
const UNIX = `until grep -q '00010000.*/tmp/s$' /proc/net/unix; do sleep 0.02; done`;
const TCP = `until grep -q ':2329 00000000:0000 0A' /proc/net/tcp; do sleep 0.02; done`;

describe('nc', () => {
  it('connects two programs by a Unix socket', async () => {
    const guest = await bootGuest();
    const script = `echo pong | nc -lU /tmp/s > /tmp/got & ${UNIX}; echo ping | nc -N -U /tmp/s; wait; cat /tmp/got`;
    expect(await sh(guest, script)).toMatchObject({ code: 0, stdout: 'pong\nping\n', stderr: '' });
  });

  it('connects them by TCP, with the port as an operand or after -p', async () => {
    const guest = await bootGuest();
    const script = `
      echo pong | nc -lv 127.0.0.1 9001 > /tmp/got 2> /tmp/log & ${TCP}
      echo ping | nc -N localhost 9001; wait; cat /tmp/got; sed 's/[0-9]*$//' /tmp/log
      nc -l -p 9001 < /dev/null & ${TCP}; nc -zv localhost 9001; nc -z localhost 9002; echo $?; wait`;
    expect(await sh(guest, script)).toMatchObject({
      stdout: 'pong\nping\nListening on 127.0.0.1 \nConnection received on 127.0.0.1 \n1\n',
      stderr: 'Connection to localhost 9001 port [tcp/*] succeeded!\n',
    });
  });

  it('serves one after the other with -k, gives up with -w, and stays for an answer', async () => {
    const guest = await bootGuest();
    const script = `nc -lkU /tmp/s > /tmp/got < /dev/null & ${UNIX}
      echo one | nc -N -U /tmp/s; echo two | nc -N -U /tmp/s; kill $!; wait; cat /tmp/got; rm /tmp/s
      sleep 5 | nc -lU /tmp/s & ${UNIX}; nc -d -w 1 -U /tmp/s; echo gave up $?; kill %%`;
    expect((await sh(guest, script)).stdout).toBe('one\ntwo\ngave up 0\n');
  });

  it('says what is wrong', async () => {
    const guest = await bootGuest();
    const script = `nc -U /none; nc -U; nc localhost x; nc nowhere 1; nc -v localhost 1; nc -lU /etc/passwd; nc -q x -U /none; nc -h | head -1`;
    const { stdout, stderr } = await sh(guest, script);
    expect(stdout).toBe(
      'usage: nc [-46dhklNnUvz] [-p source_port] [-q seconds] [-w timeout] [destination] [port]\n',
    );
    expect(stderr.replace(/Try .*\n/g, '')).toBe(
      'nc: unix connect failed: No such file or directory\nnc: missing destination\n' +
        'nc: port number invalid: x\nnc: getaddrinfo for host "nowhere": Name or service not known\n' +
        'nc: connect to localhost port 1 (tcp) failed: Connection refused\n' +
        'nc: Address already in use\nnc: timeout invalid: x\n',
    );
  });
});
