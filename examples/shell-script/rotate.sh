#!/bin/sh
# rotate.sh FILE [COUNT]: FILE becomes FILE.1, FILE.1 becomes FILE.2 …, and only COUNT (3) old ones stay.
set -eu
file=$1
count=${2:-3}

[ -e "$file" ] || { echo "rotate: $file: no such file" >&2; exit 2; }
while [ "$count" -gt 1 ]; do
  previous=$((count - 1))
  [ ! -e "$file.$previous" ] || mv "$file.$previous" "$file.$count"
  count=$previous
done
mv "$file" "$file.1"
: > "$file"
