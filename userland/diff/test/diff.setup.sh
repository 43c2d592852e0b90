# Files for diff.
printf 'a\n' >a
printf 'b\n' >b
mkdir -p d1/s d2/s d1/only d3/o
echo 1 >d1/x
echo 2 >d2/x
echo o >d1/o
echo p >d2/p
ln -s nowhere d3/x
mkfifo d3/only
mkdir "d'q"
echo s >'sp ace'
echo hi >p1
printf 'x\0y\n' >bin
printf 'x\0z\n' >bin2
printf 'a\nb' >nl1
printf 'a\nb\n' >nl2
printf 'l1\nint main()\n{\n\ta\tb\n  x y  z\n\nl7\nUPPER\nl9\nl10\nl11\nl12\nl13\nl14\nl15\nvoid f(void)\n{\nl17\nl18\nl19\nl20\nend\n.\n' >t1
printf 'l1\nint main()\n{\n        a       b\n  x  y z\nl7\nupper\nl9\nl10 \nl11\nnew\r\nl12\nl13\nl14\n\nl15\nvoid f(void)\n{\nl17\nl18\nl19\nl20x\nend longer line that is longer than the half of the width of the page, really long it is\n.\n..\n.\nq\n\té日本 wide\n' >t2
