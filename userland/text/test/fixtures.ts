/** The files that the command lines in *.cases work on. */
const numbers = Array.from({ length: 30 }, (_, i) => `${i + 1}\n`).join('');

export const files: Readonly<Record<string, string | Uint8Array>> = {
  nums: numbers,
  words:
    'the quick brown fox\njumps over the lazy dog\n\nFoo BAR baz\nfoo bar baz foo\nfoobar\n' +
    '  indented line\ttab\n123 456 foo123\nend of file\n',
  fruit:
    'banana 3 yellow\napple 10 red\ncherry 7 red\ndate 1 brown\napple 2 green\nfig 20 purple\nBanana 3 green\n',
  csv: 'id,name,qty\n1,nail,10\n2,bolt,5\n3,"nut, hex",7\n4,,0\n',
  utf8: 'äöü ÄÖÜ\nnaïve café\n日本語テキスト\nplain\nαβγ δεζ\n',
  bin: Uint8Array.of(104, 105, 10, 0, 1, 2, 255, 104, 105, 10, 65),
  latin1: Uint8Array.from('caf\xe9 bar\nfoo\n', char => char.charCodeAt(0)),
  nonl: 'one\ntwo\nthree',
  empty: '',
  a1: 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n',
  a2: 'a\nb\nX\nd\ne\nf\ng\nY\nZ\ni\n',
  'dir/x.c': 'int main;\nfoo\n',
  'dir/y.h': 'foo h\n',
  'dir/sub/z.c': 'bar\nfoo z\n',
};
