/**
 * TtyLayer: all terminals of one kernel, and the devices that open them: /dev/console and /dev/tty1 (the machine's
 * port 0), /dev/tty (the controlling terminal of whoever opens it), /dev/ptmx and the ptys, terminals on other ports.
 * Linux counterpart: tty_open in drivers/tty/tty_io.c.
 */
import type { Device } from '../device/device-table.ts';
import type { Kernel } from '../kernel.ts';
import type { OpenContext, File } from '../fs/file.ts';
import type { Path } from '../fs/path.ts';
import type { Port } from '../../host/machine.ts';
import type { Session } from '../task/session.ts';
import { ENXIO } from '../abi/errno.ts';
import { O_NOCTTY, O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import { S_IFCHR, makedev } from '../abi/stat.ts';
import { IUTF8 } from '../abi/termios.ts';
import { Errno, fail } from '../errors.ts';
import { openPtmx, openPtySlave } from '../fs/devpts.ts';
import { hangUp, terminalOf } from './job-control.ts';
import { TTYAUX_MAJOR, openTerminal } from './open-terminal.ts';
import { PortDriver } from './port-driver.ts';
import { UNIX98_PTY_SLAVE_MAJOR } from './pty.ts';
import { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

const TTY_MAJOR = 4;
const CONSOLE_PORT = 0;
/** Linux's first serial line. */
const SERIAL_MINOR = 64;

interface PortTty {
  readonly tty: Tty;
  readonly driver: PortDriver;
  /** /dev/ttyS…; the console has its nodes for ever. */
  readonly device: Device | undefined;
}

export class TtyLayer {
  readonly kernel: Kernel;
  /** Terminals on ports, by the port's number. */
  readonly #portTtys = new Map<number, PortTty>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    const add = (major: number, minor: number, name: string, mode: number, open: Device['open']): void =>
      kernel.devices.register({ kind: 'char', major, minor, name, mode, open });
    add(TTYAUX_MAJOR, 0, 'tty', 0o666, context => this.#openControlling(context));
    add(TTYAUX_MAJOR, 1, 'console', 0o600, context => openTerminal(context, this.console, 'console'));
    add(TTYAUX_MAJOR, 2, 'ptmx', 0o666, openPtmx);
    add(TTY_MAJOR, 1, 'tty1', 0o620, context => openTerminal(context, this.console, 'terminal'));
    kernel.devices.register({
      kind: 'char',
      major: UNIX98_PTY_SLAVE_MAJOR,
      minor: 0,
      minorCount: 1 << 20,
      name: '',
      mode: 0o620,
      open: openPtySlave,
    });
  }

  /** The terminal on port 0; ENXIO on a machine without one. */
  get console(): Tty {
    return this.portTty(CONSOLE_PORT) ?? fail(ENXIO, 'no console port');
  }

  /** The terminal on a port, made when first asked for; undefined if there is no such port. */
  portTty(number: number): Tty | undefined {
    const known = this.#portTtys.get(number);
    if (known !== undefined) return known.tty;
    const port = this.kernel.machine.port(number);
    return port === undefined ? undefined : this.#makePortTty(number, port);
  }

  #makePortTty(number: number, port: Port): Tty {
    const isConsole = number === CONSOLE_PORT;
    const minor = isConsole ? 1 : SERIAL_MINOR + number;
    const name = isConsole ? 'tty1' : `ttyS${number}`;
    let driver: PortDriver | undefined;
    const rdev = makedev(TTY_MAJOR, minor);
    const tty = new Tty(this.kernel, name, rdev, tty => (driver = new PortDriver(tty, port, number)));
    tty.termios.iflag |= IUTF8;
    const device: Device | undefined = isConsole
      ? undefined
      : {
          kind: 'char',
          major: TTY_MAJOR,
          minor,
          name,
          mode: 0o620,
          open: context => openTerminal(context, tty, 'terminal'),
        };
    if (device !== undefined) this.kernel.devices.register(device);
    this.#portTtys.set(number, { tty, driver: driver!, device });
    driver!.moved();
    return tty;
  }

  /**
   * A file of the terminal on a port, for a command that the embedder starts: that of its node /dev/ttyS…, so that
   * ttyname(3) finds it, or else (no devtmpfs there) one on `path`.
   */
  openPort(number: number, path: Path): TtyFile {
    const tty = this.portTty(number) ?? fail(ENXIO, 'no such port');
    const { vfs } = this.kernel;
    try {
      const file = vfs.open(
        vfs.kernelContext(),
        vfs.root,
        `/dev/${tty.name}`,
        O_RDWR | O_NOCTTY | O_NONBLOCK,
      );
      file.flags &= ~O_NONBLOCK;
      if (file instanceof TtyFile && file.tty === tty) return file;
      vfs.put(file);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
    const inode = path.dentry.inode!;
    inode.mode = S_IFCHR | 0o620;
    inode.rdev = tty.rdev;
    return new TtyFile(path, O_RDWR, tty, false);
  }

  /** The machine says that a port has input, room, another window size, or an end. */
  portChanged(number: number): void {
    this.#portTtys.get(number)?.driver.moved();
  }

  /** The last file of the terminal on a port was closed. */
  portClosed(number: number): void {
    const device = this.#portTtys.get(number)?.device;
    if (device !== undefined) this.kernel.devices.unregister(device);
    this.#portTtys.delete(number);
  }

  /** vhangup(2) */
  hangUpTerminalOf(session: Session): void {
    const tty = terminalOf(session);
    if (tty !== undefined) hangUp(tty);
  }

  /** /dev/tty */
  #openControlling(context: OpenContext): File {
    const session = context.task?.group.session;
    const tty = session && terminalOf(session);
    if (tty === undefined) return fail(ENXIO, '/dev/tty without a controlling terminal');
    return openTerminal({ ...context, flags: context.flags | O_NOCTTY }, tty, 'terminal');
  }
}
