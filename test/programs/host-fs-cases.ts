/**
 * What hostfs asks of a host, as a table that runs with any HostFs in an empty directory: on Node, and on the files of
 * a guest. The answers are to be the same. Each case prints one line: its name, and its result or the error.
 */
import type { HostFs } from '../../host/machine.ts';

const O_PATH = 0o10000000;
const TYPE = 0o170000n;

interface Entry {
  readonly name: string | Uint8Array;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const bytes = (text: string): Uint8Array => Uint8Array.from(text, c => c.charCodeAt(0));

/** Runs all cases below `root` (an absolute path without special characters). */
export function runHostFsCases(fs: HostFs, root: string, print: (line: string) => void): void {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const at = (name: string): string => `${root}/${name}`;
  // Node's types ask for a Buffer where bytes do.
  const raw = (name: string): string => bytes(at(name)) as unknown as string;
  const show = (value: unknown): string =>
    JSON.stringify(value, (_key, part: unknown) =>
      part instanceof Uint8Array ? `bytes:${latin1(part)}` : typeof part === 'bigint' ? `${part}n` : part,
    ) ?? 'undefined';
  const test = (name: string, action: () => unknown): void => {
    let result: string;
    try {
      result = show(action());
    } catch (error) {
      // The words of the message are libuv's there and strerror's here.
      const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
      if (code === undefined) throw error;
      result = `! ${show({ code, errno, syscall, path, dest })}`.replaceAll(root, '');
    }
    print(`${name}: ${result}`);
  };
  const typeAndMode = (path: string): string => fs.lstatSync(path, { bigint: true }).mode.toString(8);
  const put = (name: string, text: string): void => {
    const fd = fs.openSync(at(name), O_CREAT | O_WRONLY, 0o644);
    fs.writeSync(fd, bytes(text), 0, text.length, 0);
    fs.closeSync(fd);
  };
  const content = (name: string): string => {
    const fd = fs.openSync(at(name), O_RDONLY);
    const into = new Uint8Array(100);
    const count = fs.readSync(fd, into, 0, 100, 0);
    fs.closeSync(fd);
    return latin1(into.subarray(0, count));
  };

  test('creates exclusively', () => {
    const fd = fs.openSync(at('f'), O_CREAT | O_EXCL | O_RDWR, 0o640);
    fs.fchmodSync(fd, 0o640);
    const written = fs.writeSync(fd, bytes('0123456789'), 2, 6, 0);
    const into = new Uint8Array(10).fill(0x2e);
    const read = fs.readSync(fd, into, 1, 9, 3);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
    return [written, read, into];
  });
  test('creates exclusively once', () => fs.openSync(at('f'), O_CREAT | O_EXCL | O_RDWR, 0o640));
  test('reads and writes at the descriptor', () => {
    const fd = fs.openSync(at('f'), O_RDWR);
    const into = new Uint8Array(4);
    const read = fs.readSync(fd, into, 0, 4, null);
    fs.writeSync(fd, bytes('XY'), 0, 2, null);
    fs.closeSync(fd);
    return [read, into, content('f')];
  });
  test('moves more than any buffer', () => {
    const many = new Uint8Array(300_000).map((_, i) => i % 251);
    const fd = fs.openSync(at('big'), O_CREAT | O_RDWR, 0o600);
    const written = fs.writeSync(fd, many, 0, many.length, 0);
    const into = new Uint8Array(400_000);
    const read = fs.readSync(fd, into, 0, into.length, 10);
    fs.closeSync(fd);
    fs.unlinkSync(at('big'));
    return [written, read, into.subarray(0, read).every((byte, i) => byte === (i + 10) % 251)];
  });
  test('stat', () => {
    const { mode, nlink, size } = fs.statSync(at('f'), { bigint: true });
    const plain = fs.lstatSync(at('f'));
    const big = fs.lstatSync(at('f'), { bigint: true });
    return [
      mode,
      nlink,
      size,
      plain.mode,
      plain.size,
      BigInt(plain.ino) === big.ino,
      BigInt(plain.dev) === big.dev,
    ];
  });
  test('times are nanoseconds', () => {
    const s = fs.lstatSync(at('f'), { bigint: true });
    return [s.atimeNs, s.mtimeNs, s.ctimeNs, s.birthtimeNs].map(
      time => typeof time === 'bigint' && (time === 0n || time > 10n ** 18n),
    );
  });
  test('stat of nothing', () => fs.statSync(at('absent')));
  test('lstat of nothing', () => fs.lstatSync(at('absent'), { bigint: true, throwIfNoEntry: false }));
  test('lstat below a file', () => fs.lstatSync(at('f/x'), { throwIfNoEntry: false }));
  test('open of nothing', () => fs.openSync(at('absent'), O_RDONLY));
  test('directories', () => {
    fs.mkdirSync(at('d'), { mode: 0o750 });
    fs.mkdirSync(at('d/e'));
    return typeAndMode(at('d'));
  });
  test('mkdir twice', () => fs.mkdirSync(at('d')));
  test('rmdir of a full one', () => fs.rmdirSync(at('d')));
  test('rmdir of a file', () => fs.rmdirSync(at('f')));
  test('opens a directory for writing', () => fs.openSync(at('d'), O_RDWR));
  test('links', () => {
    fs.symlinkSync('../some where', at('l'));
    fs.symlinkSync(raw('\xff'), raw('l\xfe'));
    fs.linkSync(at('f'), at('hard'));
    return [
      fs.readlinkSync(at('l')),
      fs.readlinkSync(raw('l\xfe'), { encoding: 'buffer' }).length - root.length,
      fs.lstatSync(at('f'), { bigint: true }).nlink,
      typeAndMode(at('l')),
    ];
  });
  test('link over a name', () => fs.linkSync(at('f'), at('hard')));
  test('readlink of a file', () => fs.readlinkSync(at('f')));
  test('opens no link with O_NOFOLLOW', () => fs.openSync(at('l'), O_RDONLY | O_NOFOLLOW));
  test('opens no file with O_DIRECTORY', () => fs.openSync(at('f'), O_RDONLY | O_DIRECTORY));
  test('names', () => fs.readdirSync(raw('d'), { encoding: 'buffer' }).map(latin1));
  test('entries', () => {
    const entries = fs.readdirSync(root, {
      withFileTypes: true,
      encoding: 'buffer',
    } as never) as unknown as Entry[];
    return entries
      .map(e => [latin1(e.name as Uint8Array), e.isFile(), e.isDirectory(), e.isSymbolicLink()].join(' '))
      .sort();
  });
  test('readdir of a file', () => fs.readdirSync(at('f')));
  test('rename', () => {
    put('g', 'g');
    fs.renameSync(at('g'), raw('d/\xe9'));
    fs.renameSync(raw('d/\xe9'), at('hard'));
    return [content('hard'), content('f')];
  });
  test('rename of nothing', () => fs.renameSync(at('absent'), at('x')));
  test('rename into itself', () => fs.renameSync(at('d'), at('d/e/d')));
  test('sizes', () => {
    fs.truncateSync(at('f'), 3);
    const fd = fs.openSync(at('f'), O_RDWR);
    fs.ftruncateSync(fd, 5);
    fs.closeSync(fd);
    return content('f');
  });
  test('modes and owners', () => {
    const { uid, gid } = fs.lstatSync(at('f'));
    fs.chmodSync(at('f'), 0o4711);
    fs.chownSync(at('f'), uid, gid);
    fs.lchownSync(at('l'), uid, gid);
    const fd = fs.openSync(at('f'), O_RDWR);
    fs.fchownSync(fd, uid, gid);
    const before = fs.fstatSync(fd, { bigint: true }).mode & 0o777n;
    fs.fchmodSync(fd, 0o600);
    fs.closeSync(fd);
    return [before, typeAndMode(at('f'))];
  });
  test('times', () => {
    const times = (path: string): readonly bigint[] => {
      const { atimeNs, mtimeNs } = fs.lstatSync(path, { bigint: true });
      return [atimeNs, mtimeNs].map(time => time / 1_000_000n);
    };
    fs.utimesSync(at('f'), 1_700_000_001.25, 1_700_000_002.5);
    fs.lutimesSync(at('l'), 1_700_000_003.125, 1);
    const first = times(at('f'));
    const fd = fs.openSync(at('f'), O_RDWR);
    fs.futimesSync(fd, 1_600_000_000.000_000_5, 2_000_000_000);
    fs.closeSync(fd);
    return [first, times(at('f')), times(at('l'))];
  });
  test('a bad descriptor', () => fs.fstatSync(999));
  test('a bad descriptor closed', () => fs.closeSync(999));
  test('reads from a descriptor for writing', () => {
    const fd = fs.openSync(at('f'), O_WRONLY);
    try {
      return fs.readSync(fd, new Uint8Array(1), 0, 1, 0);
    } finally {
      fs.closeSync(fd);
    }
  });
  test('statfs', () => {
    const { bsize, blocks, bavail, files, ffree, type } = fs.statfsSync(root);
    return [bsize, blocks, bavail, files, ffree, type].map(number => typeof number);
  });
  test('realpath', () => {
    fs.symlinkSync('d/../d', at('way'));
    return fs.realpathSync(at('./way/e/..')).slice(root.length);
  });
  test('a descriptor of a directory names what is in it, wherever it goes', () => {
    const fd = fs.openSync(at('d'), O_PATH | O_DIRECTORY);
    fs.renameSync(at('d'), at('moved'));
    fs.symlinkSync('/', at('d'));
    const inside = `/proc/self/fd/${fd}`;
    const file = fs.openSync(`${inside}/new`, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const held = fs.openSync(`${inside}/new`, O_PATH | O_NOFOLLOW);
    fs.chmodSync(`/proc/self/fd/${held}`, 0o604);
    fs.utimesSync(`/proc/self/fd/${held}`, 5, 6);
    fs.writeSync(file, bytes('in'), 0, 2, 0);
    fs.linkSync(`${inside}/new`, `${inside}/other`);
    fs.unlinkSync(`${inside}/new`);
    fs.unlinkSync(`${inside}/other`);
    const again = fs.openSync(`/proc/self/fd/${file}`, O_RDONLY);
    const { nlink, mode, mtimeNs } = fs.fstatSync(again, { bigint: true });
    const names = fs.readdirSync(inside, { encoding: 'buffer' }).map(latin1);
    const through = fs.lstatSync(`${inside}/.`, { bigint: true });
    const direct = fs.fstatSync(fd, { bigint: true });
    const self = fs.statSync(inside, { bigint: true });
    const owner = fs.statSync('/proc/self', { bigint: true });
    for (const each of [fd, file, held, again]) fs.closeSync(each);
    return [
      nlink,
      mode.toString(8),
      mtimeNs > 0n,
      names,
      [through, self].map(stats => stats.ino === direct.ino && stats.dev === direct.dev),
      owner.uid === direct.uid,
    ];
  });
  test('an O_PATH descriptor of a link', () => {
    const fd = fs.openSync(at('d'), O_PATH | O_NOFOLLOW);
    const type = fs.fstatSync(fd, { bigint: true }).mode & TYPE;
    fs.closeSync(fd);
    return type.toString(8);
  });
  test('rmdir', () => {
    fs.rmdirSync(at('moved/e'));
    return fs.rmdirSync(at('moved'));
  });
  test('unlink of nothing', () => fs.unlinkSync(at('absent')));
  test('unlink of a directory', () => {
    fs.mkdirSync(at('last'));
    fs.unlinkSync(at('last'));
  });
}
