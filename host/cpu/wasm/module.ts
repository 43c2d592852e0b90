/** A WebAssembly module: types, imports, functions, exports; one imported shared memory, perhaps a table of its own. */
import type { Code } from './code.ts';
import type { ValueType } from './ops.ts';
import { Bytes } from './bytes.ts';
import { typeCode } from './code.ts';

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
}

export class Module {
  readonly #types: Signature[] = [];
  readonly #imports: { name: string; type: number }[] = [];
  readonly #functions: { type: number; code: Code }[] = [];
  readonly #exports: { name: string; index: number }[] = [];
  /** Pages of the memory: WebAssembly wants the limits in the module. */
  readonly #maximumPages: number;
  /** Functions in table 0, from element 0; undefined: no table. */
  tableElements: readonly number[] | undefined;
  /** Elements that the table has at first, at least those above. */
  tableSize = 0;

  constructor(maximumPages = 65_536) {
    this.#maximumPages = maximumPages;
  }

  type(signature: Signature): number {
    const same = this.#types.findIndex(
      ({ parameters, result }) =>
        result === signature.result && parameters.join() === signature.parameters.join(),
    );
    return same >= 0 ? same : this.#types.push(signature) - 1;
  }
  /** Imports come before all functions. Returns the function's index. */
  import(name: string, signature: Signature): number {
    if (this.#functions.length > 0) throw new Error('imports come first');
    return this.#imports.push({ name, type: this.type(signature) }) - 1;
  }
  /** Returns the function's index. */
  function(signature: Signature, code: Code): number {
    this.#functions.push({ type: this.type(signature), code });
    return this.#imports.length + this.#functions.length - 1;
  }
  /** The index that the next function will have. */
  get nextFunction(): number {
    return this.#imports.length + this.#functions.length;
  }
  export(name: string, index: number): void {
    this.#exports.push({ name, index });
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    this.#section(out, 1, this.#types, (section, { parameters, result }) => {
      section.byte(0x60);
      section.unsigned(parameters.length);
      for (const type of parameters) section.byte(typeCode(type));
      section.unsigned(result === undefined ? 0 : 1);
      if (result !== undefined) section.byte(typeCode(result));
    });
    this.#section(out, 2, [undefined, ...this.#imports], (section, item) => {
      section.name('m');
      section.name(item?.name ?? 'memory');
      if (item === undefined) {
        section.append([0x02, 0x03, 0]);
        section.unsigned(this.#maximumPages);
      } else {
        section.byte(0x00);
        section.unsigned(item.type);
      }
    });
    this.#section(out, 3, this.#functions, (section, { type }) => section.unsigned(type));
    if (this.tableElements !== undefined)
      this.#section(out, 4, [this.tableSize], (section, size) => {
        section.append([0x70, 0x00]);
        section.unsigned(size);
      });
    this.#section(out, 7, this.#exports, (section, { name, index }) => {
      section.name(name);
      section.byte(name === 'table' ? 0x01 : 0x00);
      section.unsigned(index);
    });
    if (this.tableElements !== undefined)
      this.#section(out, 9, [this.tableElements], (section, elements) => {
        section.append([0x00, 0x41, 0x00, 0x0b]);
        section.unsigned(elements.length);
        for (const index of elements) section.unsigned(index);
      });
    this.#section(out, 10, this.#functions, (section, { code }) => code.finish(section));
    return out.view().slice();
  }

  #section<T>(out: Bytes, id: number, items: readonly T[], write: (section: Bytes, item: T) => void): void {
    if (items.length === 0) return;
    const section = new Bytes();
    section.unsigned(items.length);
    for (const item of items) write(section, item);
    out.byte(id);
    out.unsigned(section.length);
    out.append(section.view());
  }
}
