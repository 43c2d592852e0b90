/** The long lines of -tv, -cvv and -xvv. */
import { modeString, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from '../../libc/stat.ts';
import { breakDown, localZone, strftime } from '../../libc/time.ts';
import { UTC } from '../../libc/time-zone.ts';
import { type Entry, TYPE } from './entry.ts';
import { quote } from './quote.ts';

const INITIAL_WIDTH = 19;

const MODE_TYPES: Readonly<Record<string, number>> = {
  [TYPE.symlink]: S_IFLNK,
  [TYPE.character]: S_IFCHR,
  [TYPE.block]: S_IFBLK,
  [TYPE.directory]: S_IFDIR,
  [TYPE.gnuDumpDirectory]: S_IFDIR,
  [TYPE.fifo]: S_IFIFO,
};

export interface ListStyle {
  readonly isNumericOwner: boolean;
  readonly isUtc: boolean;
  readonly hasFullTime: boolean;
}

export class Lister {
  readonly #style: ListStyle;
  /** The widest owner and size so far: later lines are as wide. */
  #width = INITIAL_WIDTH;

  constructor(style: ListStyle) {
    this.#style = style;
  }

  /** One line. `name` is what is shown for the member. */
  line(entry: Entry, name: string, linkName: string): string {
    const { isNumericOwner, isUtc, hasFullTime } = this.#style;
    const mode = modeString((MODE_TYPES[entry.type] ?? S_IFREG) | entry.mode);
    const letter = entry.type === TYPE.hardLink ? 'h' : entry.type === TYPE.gnuVolume ? 'V' : mode[0]!;
    const user = isNumericOwner || entry.userName === '' ? String(entry.uid) : entry.userName;
    const group = isNumericOwner || entry.groupName === '' ? String(entry.gid) : entry.groupName;
    const isDevice = entry.type === TYPE.character || entry.type === TYPE.block;
    const size = isDevice ? `${entry.deviceMajor},${entry.deviceMinor}` : String(entry.size);
    const owner = `${user}/${group}`;
    this.#width = Math.max(this.#width, owner.length + 1 + size.length);
    const when = breakDown(entry.mtime.sec, isUtc ? UTC : localZone());
    let time = strftime(hasFullTime ? '%Y-%m-%d %H:%M:%S' : '%Y-%m-%d %H:%M', when);
    if (hasFullTime && entry.mtime.nsec !== 0) time += `.${String(entry.mtime.nsec).padStart(9, '0')}`;
    let text = `${letter}${mode.slice(1)} ${owner} ${size.padStart(this.#width - owner.length - 1)} ${time} ${quote(name)}`;
    if (entry.type === TYPE.symlink) text += ` -> ${quote(linkName)}`;
    else if (entry.type === TYPE.hardLink) text += ` link to ${quote(linkName)}`;
    else if (entry.type === TYPE.gnuVolume) text += '--Volume Header--';
    else if (!/^[\0-7DMSVKLgxX]$/.test(entry.type)) text += ` unknown file type ‘${entry.type}’`;
    return text;
  }
}
