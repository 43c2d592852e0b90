/**
 * The database of dpkg(1) in a root directory: the state that dpkg would have left after unpacking the packages, before
 * their maintainer scripts ran. deb-control(5), dpkg-query(1), deb-triggers(5).
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deb } from './deb.ts';
import { pathInside } from './inside.ts';

/** The control files that dpkg keeps as they are. */
const SCRIPTS = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);
const NOT_KEPT = new Set(['control']);

export interface UnpackedPackage {
  /** Its name in the database: with the architecture if several may be installed at once. */
  readonly id: string;
  readonly hasPreinst: boolean;
}

export class DpkgDatabase {
  readonly #root: string;
  readonly #directory: string;
  readonly #stanzas: string[] = [];

  constructor(root: string, architecture: string) {
    this.#root = root;
    this.#directory = pathInside(root, '/var/lib/dpkg', 'follow');
    for (const name of ['', 'info', 'updates', 'triggers', 'parts', 'alternatives']) {
      mkdirSync(join(this.#directory, name), { recursive: true, mode: 0o755 });
    }
    for (const name of ['available', 'diversions', 'statoverride', 'triggers/Unincorp'])
      this.#write(name, '');
    this.#write('arch', `${architecture}\n`);
    this.#write('info/format', '1\n');
  }

  /** Enters a package whose files are unpacked. */
  add(deb: Deb, files: readonly string[]): UnpackedPackage {
    const control = deb.control.get('control')!.toString('utf8').trim();
    const name = field(control, 'Package');
    const isShared = field(control, 'Multi-Arch') === 'same';
    const id = isShared ? `${name}:${field(control, 'Architecture')}` : name;
    for (const [file, content] of deb.control) {
      if (NOT_KEPT.has(file) || file.includes('/')) continue;
      this.#write(`info/${id}.${file}`, content, SCRIPTS.has(file) ? 0o755 : 0o644);
    }
    this.#write(`info/${id}.list`, files.map(file => `${file}\n`).join(''));
    this.#addTriggers(id, deb.control.get('triggers')?.toString('utf8') ?? '');
    const lines = control.split('\n');
    lines.splice(1, 0, 'Status: install ok unpacked');
    this.#stanzas.push([...lines, ...this.#conffiles(deb)].join('\n'));
    return { id, hasPreinst: deb.control.has('preinst') };
  }

  /** Writes what can only be written when all packages are known. */
  close(): void {
    this.#write('status', this.#stanzas.map(stanza => `${stanza}\n\n`).join(''));
  }

  /** Configuration files are in place as they came, which their sums say. */
  #conffiles(deb: Deb): string[] {
    const names = (deb.control.get('conffiles')?.toString('utf8') ?? '')
      .split('\n')
      .filter(line => line.startsWith('/'));
    if (names.length === 0) return [];
    const lines = names.flatMap(name => {
      const path = pathInside(this.#root, name, 'follow');
      if (!existsSync(path)) return [];
      return [` ${name} ${createHash('md5').update(readFileSync(path)).digest('hex')}`];
    });
    return ['Conffiles:', ...lines];
  }

  /** Who wants to be told of what. */
  #addTriggers(id: string, text: string): void {
    for (const line of text.split('\n')) {
      const match = /^interest(-noawait|-await)?\s+(\S+)/.exec(line.trim());
      if (match === null) continue;
      const who = match[1] === '-noawait' ? `${id}/noawait` : id;
      const what = match[2]!;
      if (what.startsWith('/')) appendFileSync(join(this.#directory, 'triggers/File'), `${what} ${who}\n`);
      else if (/^[\w.+-]+$/.test(what)) appendFileSync(join(this.#directory, 'triggers', what), `${who}\n`);
    }
  }

  #write(name: string, content: string | Buffer, mode = 0o644): void {
    writeFileSync(join(this.#directory, name), content, { mode });
  }
}

/** The value of a field of a control file; empty if it is not there. */
export function field(control: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(control)?.[1]?.trim() ?? '';
}
