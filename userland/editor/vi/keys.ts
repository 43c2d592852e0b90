/**
 * Keys. A key is a byte string: one character (control characters as their byte), or a name in angle brackets such as
 * `<Up>`. Commands pull them one by one; the queue in front of the terminal replays repeats (.), macros (@) and :normal,
 * and recordings note what was read.
 */

export type Key = string;

export const ESCAPE = '\x1b';
export const ENTER = '\r';

/** A command failed: the terminal rings, and what was to be replayed is forgotten. */
export class Beep extends Error {}

/** Replayed keys ran out within a command (:normal, tests): it ends as if by escape. */
export class OutOfKeys extends Error {}

const NAMED: Readonly<Record<string, Key>> = {
  Esc: ESCAPE,
  CR: ENTER,
  Enter: ENTER,
  Tab: '\t',
  BS: '\x7f',
  Space: ' ',
  lt: '<',
};

/** Keys written as text, as vim does it: `dw<Esc>`, `<C-r>`, `<Up>`. */
export function parseKeys(text: string): Key[] {
  return Array.from(text.matchAll(/<(C-[a-z[\]^])>|<([A-Za-z]+)>|[^]/g), ([whole, control, name]) => {
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(2) & 31);
    if (name !== undefined) return NAMED[name] ?? whole;
    return whole === '\n' ? ENTER : whole;
  });
}

/** Keys of text that is replayed as typed: characters, with a newline as the enter key. */
export function keysOfText(text: string): Key[] {
  const chars = text.match(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g);
  return (chars ?? []).map(char => (char === '\n' ? ENTER : char));
}

const MAX_REPLAYED = 1_000_000;

export class KeyQueue {
  private queue: Key[] = [];
  private at = 0;
  private readonly readTyped: () => Key;
  /** What the command under way has read, for `.`; undefined while a repeat is replayed. */
  private command: Key[] | undefined;
  /** What q records. */
  macro: Key[] | undefined;
  private replayed = 0;

  /** `readTyped` waits for a key; OutOfKeys when there is nobody to wait for. */
  constructor(readTyped: () => Key) {
    this.readTyped = readTyped;
  }

  get isReplaying(): boolean {
    return this.at < this.queue.length;
  }

  read(): Key {
    const key = this.isReplaying ? this.replayedKey() : this.typedKey();
    this.command?.push(key);
    return key;
  }

  private replayedKey(): Key {
    // A macro that calls itself ends with an error only if it comes to the end of the text.
    if (++this.replayed > MAX_REPLAYED) throw new Beep();
    const key = this.queue[this.at++]!;
    if (this.at > 4096) this.compact();
    return key;
  }

  private typedKey(): Key {
    this.replayed = 0;
    const key = this.readTyped();
    this.macro?.push(key);
    return key;
  }

  private compact(): void {
    this.queue = this.queue.slice(this.at);
    this.at = 0;
  }

  /** The next replayed key, without taking it. */
  peek(): Key | undefined {
    return this.queue[this.at];
  }

  /** Keys to be read before everything else. */
  push(keys: readonly Key[]): void {
    this.queue = [...keys, ...this.queue.slice(this.at)];
    this.at = 0;
  }

  discard(): void {
    this.queue = [];
    this.at = 0;
  }

  /** Sets the queue aside while some keys are run to their end. */
  isolated(keys: readonly Key[], run: () => void): void {
    const { queue, at } = this;
    this.queue = [...keys];
    this.at = 0;
    try {
      run();
    } finally {
      this.queue = queue;
      this.at = at;
    }
  }

  startRecording(): void {
    this.command = [];
  }
  /** What was read since; recording goes on. */
  get recorded(): readonly Key[] {
    return this.command ?? [];
  }
  /** Adds keys to the recording that were not read so. */
  note(keys: readonly Key[]): void {
    this.command?.push(...keys);
  }
  stopRecording(): void {
    this.command = undefined;
  }
  /** Takes back the last key of the recording: counts are recorded apart. */
  forgetLast(): void {
    this.command?.pop();
  }
}
