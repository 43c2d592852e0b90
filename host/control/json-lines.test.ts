import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';
import { LineSplitter, type Message, decodeJson, encodeMessage, readRequest } from './json-lines.ts';
import { problemOf } from './requests.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (line: Uint8Array | 'too long'): string =>
  line === 'too long' ? line : new TextDecoder().decode(line);

describe('base64', () => {
  it('is what Buffer makes of it, for every length and byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => (i * 7) & 255);
    for (let length = 0; length <= 256; length++) {
      const part = all.subarray(0, length);
      expect(toBase64(part)).toBe(Buffer.from(part).toString('base64'));
      expect(fromBase64(toBase64(part))).toEqual(part);
      expect(fromBase64(toBase64(part).replace(/=+$/, ''))).toEqual(part);
    }
  });
  it('is nothing else', () => {
    for (const wrong of ['A', 'A===', 'AA=A', '====', 'A B=', 'ä===', 'AAAA\n']) {
      expect(fromBase64(wrong), wrong).toBeUndefined();
    }
  });
});

describe('lines', () => {
  it('come out whole, however they come in', () => {
    const sent = bytes('one\n\ntwo ä\nthree');
    for (let size = 1; size < sent.length; size++) {
      const splitter = new LineSplitter();
      const lines: string[] = [];
      const chunk = new Uint8Array(size); // used again, as a socket's buffer is
      for (let at = 0; at < sent.length; at += size) {
        const part = sent.subarray(at, at + size);
        chunk.set(part);
        lines.push(...splitter.feed(chunk.subarray(0, part.length)).map(text));
      }
      expect(lines).toEqual(['one', 'two ä']);
      expect(splitter.feed(bytes('\n')).map(text)).toEqual(['three']);
    }
  });

  it('that are too long are told once, and the next one is taken', () => {
    const splitter = new LineSplitter(8);
    expect(splitter.feed(bytes('12345678\n123456789')).map(text)).toEqual(['12345678', 'too long']);
    expect(splitter.feed(bytes('0123456789')).map(text)).toEqual([]);
    expect(splitter.feed(bytes('\nshort\n')).map(text)).toEqual(['short']);
  });
});

describe('messages', () => {
  it('keep bytes and text', () => {
    const message: Message = {
      id: 3,
      method: 'fs',
      args: [{ data: Uint8Array.of(0, 255, 10), path: '/ä\n' }],
    };
    const line = encodeMessage(message);
    expect(line.indexOf(10)).toBe(line.length - 1);
    expect(decodeJson(line)).toEqual({ value: message });
  });

  it.each([
    ['', null],
    ['{', null],
    ['[]', null],
    ['null', null],
    ['7', null],
    ['{"id":"x","method":"ready"}', null],
    ['{"id":4}', 4],
    ['{"id":4,"method":7}', 4],
    ['{"id":4,"method":"ready","args":{}}', 4],
    ['{"id":4,"method":"fs","args":[{"data":{"$base64":"*"}}]}', null],
    ['['.repeat(1e6), null],
  ])('that are no requests are told as such: %.40s', (line, id) => {
    expect(readRequest(bytes(line))).toEqual({ id, problem: expect.any(String) });
  });
  it('that are no UTF-8 too', () => {
    expect(readRequest(Uint8Array.of(0x7b, 0xff, 0x7d))).toMatchObject({ id: null });
  });
});

describe('arguments', () => {
  const spawn = { file: 'sh', args: ['sh'], env: [], uid: 0, gid: 0, stdio: [0, 1, 2] };
  it.each<[string, unknown[]]>([
    ['ready', []],
    ['kill', [1, 15]],
    ['mount', ['tag', '/mnt', true]],
    ['spawn', [spawn]],
    ['spawn', [{ ...spawn, cwd: '/', stdio: { terminal: 0 }, args: [Uint8Array.of(1)], isAnnounced: true }]],
    ['fs', [{ op: 'readFile', path: '/' }]],
    ['fs', [{ op: 'writeFile', path: '/', data: Uint8Array.of(1), mode: 0o644, isAppending: false }]],
  ])('of %s that fit', (method, args) => expect(problemOf(method, args)).toBeUndefined());

  it.each<[string, unknown[]]>([
    ['constructor', []],
    ['__proto__', []],
    ['ready', [1]],
    ['kill', ['1', 15]],
    ['kill', [1.5, 15]],
    ['kill', [2 ** 40, 15]],
    ['mount', ['tag', '/mnt']],
    ['spawn', [null]],
    ['spawn', [{ ...spawn, args: 'sh' }]],
    ['spawn', [{ ...spawn, uid: -1 }]],
    ['spawn', [{ ...spawn, stdio: [-1] }]],
    ['spawn', [{ ...spawn, stdio: { terminal: 'x' } }]],
    ['fs', [{ op: 'readFile' }]],
    ['fs', [{ op: 'toString', path: '/' }]],
    ['fs', [{ op: 'writeFile', path: '/', data: 'text', mode: 0o644, isAppending: false }]],
    ['fs', [{ op: 'truncate', path: '/', size: -1 }]],
  ])('of %s that do not', (method, args) => expect(problemOf(method, args)).toEqual(expect.any(String)));
});
