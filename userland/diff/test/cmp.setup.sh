# Files for cmp.
printf 'abc\ndef\n' >a
printf 'abd\ndef\nmore\n' >b
printf 'abc\n' >c
: >e
printf 'a\0\377\nq' >f1
printf 'b\1\376\tq' >f2
printf 'x\ny' >g1
printf 'x\nyz' >g2
printf 'q\nyz' >g3
