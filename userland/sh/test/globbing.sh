# Pathname expansion and patterns.
mkdir d; cd d; : >a.c; : >b.c; : >ab.h; : >.hid; mkdir sub; : >sub/x.c; : >'sp ace'; : >'[x]'; : >'st*r'
echo *; echo *.c; echo ?.c; echo [ab]*; echo [!a]*.c; echo .*; echo */; echo */*.c; echo nomatch*; echo "*".c
echo \*; echo st\*r; echo 'st*'*; echo [[]x]; echo sub/*; echo ./*.h; echo */x.?
for f in *' '*; do echo "<$f>"; done
x='*.c'; echo $x; echo "$x"; y='[ab]'; echo $y.c
set -f; echo *; set +f
echo {a,b}; echo a.[ch] ab.[a-h]; echo [a-b].c [[:alpha:]].c [[:upper:]]*
case a.c in *.c) echo c;; esac; case .hid in *) echo hidden ok;; esac; case abc in a[!x]c) echo 1;; esac
case 'a*' in 'a*') echo lit;; esac; case ']' in []]) echo br;; esac; case '\' in \\) echo bs;; esac
case abc in ???) echo 3;; esac; case '' in '') echo empty;; esac; case x in "") ;; ?) echo one;; esac
cd ..; echo d/*.c; echo d/[!.]*.h; ls d | sort | head -3; rm -r d
