import { describe, expect, it } from 'vitest';
import { Editor } from './editor.ts';
import { OutOfKeys, parseKeys } from './keys.ts';
import { normalCommand } from './normal.ts';
import type { System } from './system.ts';

/** A world of files in memory; `filter` sorts, or upper-cases for `tr`. */
function pretend(files: Record<string, string> = {}): System & { files: Record<string, string> } {
  return {
    files,
    readFile: path =>
      path in files ? { text: files[path]!, isReadOnly: path.startsWith('/ro') } : undefined,
    exists: path => path in files,
    writeFile(path, text, mode) {
      files[path] = mode === 'append' ? (files[path] ?? '') + text : text;
    },
    filter: (command, input) => ({
      output:
        command === 'sort'
          ? `${input.trimEnd().split('\n').toSorted().join('\n')}\n`
          : command.startsWith('echo ')
            ? `${command.slice(5)}\n`
            : input.toUpperCase(),
      status: 0,
    }),
    runShell() {},
    changeDirectory() {},
    currentDirectory: () => '/',
  };
}

/** Types keys (`dw<Esc>`) into an editor with this text. */
export function type(text: string, keys: string, system = pretend()): Editor {
  const queue = parseKeys(keys);
  const editor = new Editor(system, () => {
    const key = queue.shift();
    if (key === undefined) throw new OutOfKeys();
    return key;
  });
  editor.setText(text);
  try {
    while (!editor.isQuitting) normalCommand(editor);
  } catch (error) {
    if (!(error instanceof OutOfKeys)) throw error;
  }
  return editor;
}

/** The text after some keys, with the cursor as |. */
function after(text: string, keys: string): string {
  const { buffer, cursor } = type(text, keys);
  const lines = [...buffer.lines];
  const line = lines[cursor.line]!;
  lines[cursor.line] = `${line.slice(0, cursor.column)}|${line.slice(cursor.column)}`;
  return lines.join('\n');
}

type Case = readonly [text: string, keys: string, result: string];
function cases(name: string, list: readonly Case[]): void {
  describe(name, () => {
    it.each(list)('%j after %j', (text, keys, result) => {
      expect(after(text, keys)).toBe(result);
    });
  });
}

const PROSE = 'one two, three\n\nfour  five.six\n\tseven\n';

cases('motions', [
  [PROSE, 'w', 'one |two, three\n\nfour  five.six\n\tseven'],
  [PROSE, '2w', 'one two|, three\n\nfour  five.six\n\tseven'],
  [PROSE, '4w', 'one two, three\n|\nfour  five.six\n\tseven'],
  [PROSE, 'WW', 'one two, |three\n\nfour  five.six\n\tseven'],
  [PROSE, 'e', 'on|e two, three\n\nfour  five.six\n\tseven'],
  [PROSE, '5e', 'one two, three\n\nfou|r  five.six\n\tseven'],
  [PROSE, 'Gb', 'one two, three\n\nfour  five.|six\n\tseven'],
  [PROSE, 'Gge', 'one two, three\n\nfour  five.si|x\n\tseven'],
  [PROSE, 'GB', 'one two, three\n\nfour  |five.six\n\tseven'],
  [PROSE, '$', 'one two, thre|e\n\nfour  five.six\n\tseven'],
  [PROSE, '$jj', 'one two, three\n\nfour  five.si|x\n\tseven'],
  [PROSE, 'G^', 'one two, three\n\nfour  five.six\n\t|seven'],
  [PROSE, '3G$0', 'one two, three\n\n|four  five.six\n\tseven'],
  [PROSE, 'fe;', 'one two, thr|ee\n\nfour  five.six\n\tseven'],
  [PROSE, 'fe;,', 'on|e two, three\n\nfour  five.six\n\tseven'],
  [PROSE, 'tt;', 'one two,| three\n\nfour  five.six\n\tseven'],
  [PROSE, '$Fw', 'one t|wo, three\n\nfour  five.six\n\tseven'],
  [PROSE, '}', 'one two, three\n|\nfour  five.six\n\tseven'],
  [PROSE, 'G{', 'one two, three\n|\nfour  five.six\n\tseven'],
  [PROSE, '/v[ei]<CR>', 'one two, three\n\nfour  fi|ve.six\n\tseven'],
  [PROSE, '/v[ei]<CR>n', 'one two, three\n\nfour  five.six\n\tse|ven'],
  [PROSE, '/ve<CR>nn', 'one two, three\n\nfour  fi|ve.six\n\tseven'],
  [PROSE, '/ve<CR>N', 'one two, three\n\nfour  five.six\n\tse|ven'],
  [PROSE, '?o<CR>', 'one two, three\n\nf|our  five.six\n\tseven'],
  [PROSE, '/five/e<CR>', 'one two, three\n\nfour  fiv|e.six\n\tseven'],
  ['a b\nb a\nab\n', '*', 'a b\nb |a\nab'],
  ['f(a, (b), c)\n', '%', 'f(a, (b), c|)'],
  ['f(a, (b), c)\n', '$%', 'f|(a, (b), c)'],
  ['A b. C d.  E f.\n', '))', 'A b. C d.  |E f.'],
  ['A b. C d.  E f.\n', '$(', 'A b. C d.  |E f.'],
  ['a\nb\nc\nd\n', 'majj`a', '|a\nb\nc\nd'],
  ['a\nb\nc\nd\n', "Gma''", '|a\nb\nc\nd'],
  ['h\xc3\xa9\xe6\x97\xa5x\n', 'lll', 'h\xc3\xa9\xe6\x97\xa5|x'],
  ['\tx\n  y  z  w\n', 'j$k', '\t|x\n  y  z  w'],
]);

cases('operators', [
  ['one two three\n', 'dw', '|two three'],
  ['one two three\n', 'wd2w', 'one| '],
  ['one two\nthree\n', 'wdw', 'one| \nthree'],
  ['one two three\n', 'wcwxy<Esc>', 'one x|y three'],
  ['one  two\n', 'llllcwxy<Esc>', 'one x|ytwo'],
  ['one two three\n', 'd$', '|'],
  ['one two three\n', 'wD', 'one| '],
  ['a\nb\nc\nd\n', '2dd', '|c\nd'],
  ['a\nb\nc\nd\n', 'jdG', '|a'],
  ['a\nb\nc\nd\n', 'dj', '|c\nd'],
  ['a\nb\n', 'ddp', 'b\n|a'],
  ['a\nb\n', 'yyp', 'a\n|a\nb'],
  ['a\nb\n', 'yyP', '|a\na\nb'],
  ['a\nb\n', 'yy3p', 'a\n|a\na\na\nb'],
  ['ab\n', 'xp', 'b|a'],
  ['ab cd\n', 'dwwP', 'cab| d'],
  ['one two\n', 'yw$p', 'one twoone| '],
  ['one\ntwo\nthree\n', 'lyjp', 'one\n|one\ntwo\ntwo\nthree'],
  ['one\ntwo\n', 'ld/w<CR>', 'o|wo'],
  ['a (b c) d\n', 'wlldi(', 'a (|) d'],
  ['a (b c) d\n', 'wllda(', 'a | d'],
  ['a "b c" d\n', 'wlci"x<Esc>', 'a "|x" d'],
  ['one two three\n', 'wdiw', 'one | three'],
  ['one two three\n', 'wdaw', 'one |three'],
  ['one two\n', 'wdaw', 'on|e'],
  ['if {\n  a\n  b\n}\n', 'jdi{', 'if {\n|}'],
  ['a\nb\n\nc\n', 'dap', '|c'],
  ['a\nb\nc\n', '>j', '\t|a\n\tb\nc'],
  ['\ta\n\tb\nc\n', '<<', '|a\n\tb\nc'],
  ['a\n  b\nc\n', 'J', 'a| b\nc'],
  ['a\n  b\nc\n', '3J', 'a b| c'],
  ['abc def\n', 'g~w', '|ABC def'],
  ['\xc3\xa9a\n', '~', '\xc3\x89|a'],
  ['abc\n', '3~', 'AB|C'],
  ['c\nb\na\n', '!Gsort<CR>', '|a\nb\nc'],
  ['a7b\n', '5<C-a>', 'a1|2b'],
  ['f(a, (b), c)\n', 'd%', '|'],
  ['x = f(a)\n', 'wwcwgg<Esc>', 'x = g|g(a)'],
  ['one\n\ntwo\n', 'd}', '|\ntwo'],
  ['a,b,c\n', 'dt,', '|,b,c'],
  ['a,b,c\n', '$dT,', 'a,b,|c'],
]);

cases('insert and replace', [
  ['b\n', 'ia<Esc>', '|ab'],
  ['b\n', 'ac<Esc>', 'b|c'],
  ['b\n', 'A c<Esc>', 'b |c'],
  ['  b\n', 'Ia<Esc>', '  |ab'],
  ['b\n', 'oc<Esc>', 'b\n|c'],
  ['b\n', 'Oa<Esc>', '|a\nb'],
  ['b\n', '3ia<Esc>', 'aa|ab'],
  ['b\n', 'ia<CR>c<Esc>', 'a\n|cb'],
  ['', 'iab<BS>c<Esc>', 'a|c'],
  ['\n', 'ione two<C-w>x<Esc>', 'one |x'],
  ['abc\n', 'Rxy<Esc>', 'x|yc'],
  ['abc\n', 'Rxy<BS><Esc>', '|xbc'],
  ['abc\n', 'rx', '|xbc'],
  ['abc\n', '2rx', 'x|xc'],
  ['abc\n', 'lr<CR>', 'a\n|c'],
  ['abc\n', 'sx<Esc>', '|xbc'],
  ['abc\nd\n', 'Sx<Esc>', '|x\nd'],
  ['abc\n', 'lCx<Esc>', 'a|x'],
  ['\tb\n', ':set ai<CR>ox<Esc>', '\tb\n\t|x'],
  ['\tb\n', ':set ai<CR>o<Esc>', '\tb\n|'],
  ['ab\n', 'i<Right>x<Esc>', 'a|xb'],
]);

cases('undo and repeat', [
  ['a b c\n', 'dwdwu', '|b c'],
  ['a b c\n', 'dwdwuu', '|a b c'],
  ['a b c\n', 'dwdwuu<C-r>', '|b c'],
  ['a b c\n', 'xxxU', '|a b c'],
  ['a\nb\n', 'ddp:s/a/x/<CR>uuu', '|a\nb'],
  ['a\nb\nc\n', 'GOx<Esc>u', 'a\nb\n|c'],
  ['a b c d\n', 'dw.', '|c d'],
  ['a b c d e\n', '2dw.', '|e'],
  ['a b c d e\n', 'dw3.', '|e'],
  ['a\na\n', 'Ax<Esc>j.', 'ax\na|x'],
  ['a b\na b\n', 'cwxy<Esc>j0.', 'xy b\nx|y b'],
  ['a\nb\nc\nd\n', 'Vjdu.', '|c\nd'],
  ['abcdef\n', 'vld.', '|ef'],
  ['a\nb\nc\n', '"1yyddddu"1p', 'b\n|b\nc'],
  ['a\n', 'qaAx<Esc>q3@a', 'axxx|x'],
]);

cases('visual mode', [
  ['abcdef\n', 'lvld', 'a|def'],
  ['a\nb\nc\n', 'Vjd', '|c'],
  ['a\nb\nc\n', 'vjd', '|\nc'],
  ['one two\n', 'viwcx<Esc>', '|x two'],
  ['abc\n', 'vlU', '|ABc'],
  ['abc\n', 'vlrx', '|xxc'],
  ['a\nb\nc\n', 'VjJ', 'a| b\nc'],
  ['a\nb\n', 'V>', '\t|a\nb'],
  ['one two\n', 'yiwwviwp', 'one on|e'],
  ['a\nb\nc\n', 'Vj:s/$/x/<CR>', 'ax\n|bx\nc'],
  ['a (b) c\n', 'wlva(d', 'a | c'],
  ['abc\n', 'vly$p', 'abca|b'],
  ['abcd\n', 'lvlohd', '|d'],
]);

cases('abbreviations and corners of ex', [
  ['a\nb\nc\n', ":ka<CR>G:'a<CR>", '|a\nb\nc'],
  ['a\nb\nc\n', ":k a<CR>G:'a<CR>", '|a\nb\nc'],
  ['a\nb\nc\n', ':d2<CR>', '|c'],
  ['a\nb\nc\n', ':d a|$pu a<CR>', 'b\nc\n|a'],
  ['a\nb\nc\n', ':de<CR>', '|b\nc'],
  ['a\nb\nc\n', ':+2<CR>:-<CR>', 'a\n|b\nc'],
  ['a\nb\nc\n', ':2;+1d<CR>', '|a'],
  ['a\nb\n', ':1,2>><CR>', '\t\ta\n\t|\tb'.replace('\t|\tb', '\t\t|b')],
  ['a\nb\n', ':r!echo x<CR>', 'a\n|x\nb'],
  ['b\n', ':0r !echo x<CR>', '|x\nb'],
  ['aa\naa\n', ':s/a/b/g<CR>j:&&<CR>', 'bb\n|bb'],
  ['aa\naa\n', ':s/a/b<CR>j:s<CR>', 'ba\n|ba'],
  ['a.b\n', ':s/\\./\\\\&/<CR>', '|a\\.b'],
  ['ab\n', ':s/b*/x/g<CR>', '|xax'],
  ['a\nb\na\n', ':/b/,$s/a/c/<CR>', 'a\nb\n|c'],
  ['hello\n', ':s/.*/\\u&!/<CR>', '|Hello!'],
  ['a|b\n', ':s/|/x/<CR>', '|a|b'],
  ['a\nb\nc\n', ":2ka|'a,$d<CR>", '|a'],
  ['a\nb\nc\nd\n', ':1,2m$|1<CR>', '|c\nd\na\nb'],
  ['a\n\nb\n', ':g/^$/d<CR>', 'a\n|b'],
  ['a b\n', ':g/a/norm wrx<CR>', 'a |x'],
  ['a\nb\nc\n', ':2mark x<CR>G`x', 'a\n|b\nc'],
  ['a\nb\nc\n', 'yyjVp', 'a\n|a\nc'],
  ['ab\n', 'vy:s/\x12"/x/<CR>', '|xb'],
  ['a\nb\n', 'qq:s/$/!/<CR>jq@q', 'a!\n|b!'],
]);

cases('ex commands', [
  ['a\nb\nc\n', ':2<CR>', 'a\n|b\nc'],
  ['a\nb\nc\n', ':$<CR>', 'a\nb\n|c'],
  ['a\nb\nc\n', ':2,3d<CR>', '|a'],
  ['a\nb\nc\n', ':/c/d<CR>', 'a\n|b'],
  ['a\nb\nc\n', ':%s/[ab]/<lt>&>/<CR>', '<a>\n|<b>\nc'],
  ['aaa\n', ':s/a/b/g<CR>', '|bbb'],
  ['one two\n', ':s/\\(o\\)\\(n\\)/\\2\\1/<CR>', '|noe two'],
  ['a/b\n', ':s,/,-,<CR>', '|a-b'],
  ['aaa\n', ':s/a/b/gc<CR>yny', '|bab'],
  ['a b\n', ':s/ /\\r/<CR>', 'a\n|b'],
  ['a\na\n', ':s/a/b/<CR>j&', 'b\n|b'],
  ['a\nxb\nc\nxd\n', ':g/x/d<CR>', 'a\n|c'],
  ['a\nxb\nc\nxd\n', ':v/x/d<CR>', 'xb\n|xd'],
  ['a\nxb\nc\nxd\n', ':g/x/s/x/y/<CR>u', 'a\n|xb\nc\nxd'.replace('a\n|', '|a\n')],
  ['1\n2\n3\n', ':g/^/m0<CR>', '|3\n2\n1'],
  ['x1\n2\nx3\n', ':g/x/m$<CR>', '2\nx1\n|x3'],
  ['a\nb\nc\n', ':1m$<CR>', 'b\nc\n|a'],
  ['a\nb\nc\n', ':1t.<CR>', 'a\n|a\nb\nc'],
  ['a\nb\nc\n', ':1,2j<CR>', '|a b\nc'],
  ['a\nb\nc\n', ':1y|$pu<CR>', 'a\nb\nc\n|a'],
  ['a\nb\n', ':%norm Ax<CR>', 'ax\nb|x'],
  ['b\na\n', ':%!sort<CR>', '|a\nb'],
  ['a\n', ':r !echo hi<CR>', 'a\n|hi'],
  ['a\nb\nc\n', "jma:1,'ad<CR>", '|c'],
  ['ABC abc\n', ':set ic|s/abc/x/g<CR>', '|x x'],
  ['a\nb\nc\nd\n', ':.,+1>|$<CR>', '\ta\n\tb\nc\n|d'],
]);

describe('files', () => {
  it('are written as they were: a missing last newline stays missing, bytes stay bytes', () => {
    const system = pretend({ f: 'a\xff\0\r\nb' });
    expect(type('', ':e f<CR>:w<CR>', system).message).toBe('"f" [noeol] 2L, 6B written');
    expect(system.files['f']).toBe('a\xff\0\r\nb');
  });

  it('that are empty stay empty, also after undo', () => {
    const system = pretend({ f: '' });
    type('', ':e f<CR>ix<Esc>u:w!<CR>', system);
    expect(system.files['f']).toBe('');
  });

  it('are not left with changes unless one insists', () => {
    const system = pretend({ f: 'a\n', g: 'b\n' });
    const editor = type('', ':e f<CR>x:e g<CR>', system);
    expect(editor.message).toBe('E37: No write since last change (add ! to override)');
    expect(type('', ':e f<CR>x:e! g<CR>', system).buffer.lines).toEqual(['b']);
    expect(type('', ':e f<CR>xu:q<CR>', system).isQuitting).toBe(true);
  });

  it('that are read-only are written with :w! only', () => {
    const system = pretend({ '/ro': 'a\n' });
    expect(type('', ':e /ro<CR>x:w<CR>', system).message).toContain('E45');
    expect(type('', ':e /ro<CR>x:w!<CR>', system).message).toBe('"/ro" 1L, 1B written');
  });

  it('tell what they are', () => {
    const system = pretend({ f: 'a\nb\n' });
    expect(type('', ':e f<CR>', system).message).toBe('"f" 2L, 4B');
    expect(type('', ':e new<CR>', system).message).toBe('"new" [New]');
    expect(type('', ':e new<CR>ihi<Esc>:w<CR>', system).message).toBe('"new" [New] 1L, 3B written');
  });
});
