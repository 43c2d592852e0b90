/** The line at the bottom where commands and patterns are typed, with history and the usual editing keys. */
import type { Editor } from './editor.ts';
import { ENTER, ESCAPE, OutOfKeys } from './keys.ts';
import { nextColumn, previousColumn } from './text.ts';

const HISTORY_LIMIT = 200;

/** Reads a line; undefined when the user gave up. */
export function promptLine(editor: Editor, prefix: string, initial = ''): string | undefined {
  const history = editor.histories[prefix === '?' ? '/' : prefix] ?? [];
  const prompt = { prefix, text: initial, cursor: initial.length };
  let historyAt = history.length;
  let typed = initial;
  editor.prompt = prompt;
  editor.message = '';
  const set = (text: string): void => {
    prompt.text = text;
    prompt.cursor = text.length;
  };
  const insert = (text: string): void => {
    prompt.text = prompt.text.slice(0, prompt.cursor) + text + prompt.text.slice(prompt.cursor);
    prompt.cursor += text.length;
  };
  const recall = (step: number): void => {
    if (historyAt === history.length) typed = prompt.text;
    const at = historyAt + step;
    if (at < 0 || at > history.length) return;
    historyAt = at;
    set(at === history.length ? typed : history[at]!);
  };
  try {
    for (;;) {
      const key = editor.keys.read();
      const { text, cursor } = prompt;
      switch (key) {
        case ENTER:
        case '\n':
          if (text !== '' && history.at(-1) !== text) history.push(text);
          if (history.length > HISTORY_LIMIT) history.shift();
          return text;
        case ESCAPE:
        case '\x03':
          return undefined;
        case '\x08':
        case '\x7f': {
          if (text === '') return undefined;
          const from = previousColumn(text, cursor);
          prompt.text = text.slice(0, from) + text.slice(cursor);
          prompt.cursor = from;
          break;
        }
        case '<Delete>':
          prompt.text = text.slice(0, cursor) + text.slice(nextColumn(text, cursor));
          break;
        case '\x15':
          prompt.text = text.slice(cursor);
          prompt.cursor = 0;
          break;
        case '\x17': {
          const kept = text.slice(0, cursor).replace(/(\w+|[^\w\s]+)?\s*$/, '');
          prompt.text = kept + text.slice(cursor);
          prompt.cursor = kept.length;
          break;
        }
        case '\x16':
          insert(editor.keys.read());
          break;
        case '\x12':
          insert((editor.registers.get(editor.keys.read())?.pieces ?? []).join('\r'));
          break;
        case '<Up>':
        case '\x10':
          recall(-1);
          break;
        case '<Down>':
        case '\x0e':
          recall(1);
          break;
        case '<Left>':
          prompt.cursor = previousColumn(text, cursor);
          break;
        case '<Right>':
          prompt.cursor = nextColumn(text, cursor);
          break;
        case '<Home>':
        case '\x02':
          prompt.cursor = 0;
          break;
        case '<End>':
        case '\x05':
          prompt.cursor = text.length;
          break;
        default:
          if (key.length === 1 || !key.startsWith('<')) insert(key);
      }
    }
  } catch (error) {
    // :normal with an unfinished command gives it up.
    if (error instanceof OutOfKeys) return undefined;
    throw error;
  } finally {
    editor.prompt = undefined;
  }
}
