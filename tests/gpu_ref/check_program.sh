#!/bin/sh
# The measuring program as linked: it names its device, or skips with exit code 77 and a line that
# says why; its sources' hashes are those of the tree that it was built from.
#   check_program.sh PROGRAM TREE
"$1" properties >/dev/null 2>"$1.said"
code=$?
said=$(cat "$1.said")
rm "$1.said"
case "$code $said" in
  "0 "*) echo "there is a GPU" ;;
  "77 skipped, nothing was measured: "*) echo "$said" ;;
  *) echo "exit code $code: $said" && exit 1 ;;
esac
"$1" hashes --tree "$2" | while read -r line; do
  grep -qxF "$line" "$1.build" || { echo "not built from this tree: $line" && exit 1; }
done
