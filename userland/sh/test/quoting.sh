# Quoting and the shape of words.
x='a  b'; y="it's"; z=\$x
echo $x "$x" '$x' $y "$z" "\$x \\ \a \"q\""
echo a\ b "a\
b" a\
b
echo "`echo "in \`echo deep\`"`" $(echo "a)" ')' \))
echo '' "" | cat -A
set -- '' "" x''y ""$novar
echo $#
echo "${x}y" ${x}y "a${x:-b}c"
echo "*" '*' \* "[a]" 
echo a#b #comment
echo '#no' \#no
echo "a'b" 'a"b' "'" '"'
echo \a\b\\c "\\" '\'
echo "$(printf 'a\n\n\n')"x
printf '[%s]' "a b" c\ d 'e f'; echo
echo "${x#"a "}" "${x%' b'}" "${x%"}"}"
echo "$((1+2))$(echo 3)`echo 4`$x"
echo ~root ~/ ~nosuchuser "~" a~b x=~ 
a=~/x:~/y; echo $a
echo "a${novar-"b c"}d" ${novar-"e  f"} ${novar-g h}
cat <<'E' ; cat <<E2
$x `echo no` \$ \
E
$x `echo yes` \$ \\ "$y" ${x#a} $((2*3)) a\
b
E2
cat <<-EOT
	tab stripped $x
		two
	EOT
echo after
cat <<A; cat <<B
first
A
second
B
echo "${x:-$(echo "nested ${y}")}" "${novar:-$(echo "nested ${y}")}"
