# Files and patches for patch.
r() {
  cp f.0 f
  rm -f *.orig *.rej
}
t() {
  sed "$1" f.0 >f
  patch <p.u
  echo "rc $?"
  cat f f.rej f.orig | cksum
  ls
  cat f.rej
  r
}
seq 1 30 >f
cp f f.0
sed 's/^5$/five/; s/^20$/twenty/' f >g
(sed -n '1,3p' f; printf 'i1\ni2\ni3\n'; sed -n '4,14p' f; sed -n '16,30p' f | sed 's/^25$/z/'; echo end) >h
diff -u --label f --label g f g >p.u
diff -c --label f --label g f g >p.c
diff f g >p.n
diff -u --label f --label f f h >p.ins
diff -u --label /dev/null --label b/new /dev/null g >p.new
diff -u --label a/new --label /dev/null g /dev/null >p.del
(
  cat p.u
  diff -u --label d/f2 --label d/g2 f g
) >p.m
cat >p.git <<'END'
diff --git a/f b/f
index 123..456 100644
--- a/f
+++ b/f
@@ -3,5 +3,5 @@
 3
 4
-5
+FIVE
 6
 7
END
printf 'a\nb' >n1
printf 'a\nc' >n2
diff -u --label n1 --label n2 n1 n2 >p.nl
diff n1 n2 >p.nln
