#!/usr/bin/env bash
# What script/measure runs, in which order, and how it ends, with stand-ins for the program that it
# builds and for the tools: no GPU is needed.
#   measure_script_test.sh TREE
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir -p "$here"/{tree/script,tree/gpu_ref,tools}
cp "$1/script/measure" "$here/tree/script/"
touch "$here/tree/gpu_ref/points.csv" "$here/tree/gpu_ref/predictions.jsonl"
echo 'print("bytes")' >"$here/tree/gpu_ref/ncu_bytes.py"

# The program ends as the file of its command says, a line for each start; 0 without one.
cat >"$here/program" <<'PROGRAM'
#!/usr/bin/env bash
echo "program $*" >>"$PLAY/said"
[[ -s $PLAY/$1 ]] || exit 0
code=$(head -n 1 "$PLAY/$1")
sed -i 1d "$PLAY/$1"
exit "$code"
PROGRAM
cat >"$here/tree/gpu_ref/build_measure" <<'BUILD'
#!/usr/bin/env bash
mkdir -p "$2" && cp "$PLAY/../program" "$2/einfall-gpu-measure" && sleep "${BUILD_S:-0}"
BUILD
# A tool: what it was asked, then the program behind its own options.
for tool in ncu compute-sanitizer; do
  cat >"$here/tools/$tool" <<'TOOL'
#!/usr/bin/env bash
echo "$(basename "$0")" >>"$PLAY/said"
while [[ $1 != */einfall-gpu-measure ]]; do [[ $1 == --log-file ]] && touch "$2"; shift; done
"$@"
TOOL
done
chmod +x "$here/program" "$here/tree/gpu_ref/build_measure" "$here"/tools/*

wrong=0
# expect NAME CODE ORDER ARGUMENTS...: of the last play; ORDER: the first two words of each start.
expect() {
  local name=$1 wanted=$2 order=$3 code=0 found
  shift 3
  : >"$PLAY/said"
  "$here/tree/script/measure" --out "$PLAY/out" --build "$PLAY/build" "$@" \
    >"$PLAY/text" 2>&1 || code=$?
  found=$(cut -d' ' -f1,2 "$PLAY/said" | tr '\n' ',')
  [[ $code == "$wanted" && $found == "$order" ]] && return
  wrong=1
  echo "$name: exit code $code, not $wanted; ran '$found', not '$order'"
  cat "$PLAY/text"
}
play() { export PLAY=$here/$1; mkdir -p "$PLAY"; }
path=$PATH
# Only what is needed of the system, so that its own tools are not found.
mkdir "$here/bin"
for command in bash basename cat cp cut dirname grep head mkdir mv nproc python3 sed sleep tail \
  touch tr; do
  ln -s "$(command -v $command)" "$here/bin/"
done
checks=compute-sanitizer,program\ validate,
checks=$checks$checks$checks$checks
p='program properties,'

play bare
PATH=$here/bin:/nowhere expect "no tools" 0 "${p}program all,"
grep -q "ncu: left out" "$PLAY/text" && grep -q "sanitizer: left out" "$PLAY/text" ||
  { wrong=1; echo "a tool that is not here is not said to be"; }
PATH=$here/bin expect "no tool that was asked for" 77 "$p" --ncu
export PATH=$here/tools:$path

code=0
"$here/tree/script/measure" --help >"$here/help" || code=$?
[[ $code == 0 ]] && grep -q -- '--limit-s S' "$here/help" ||
  { wrong=1; echo "--help: exit code $code"; cat "$here/help"; }

play whole
expect "a command that is none, before anything is built" 1 "" --command blah
[[ ! -e $PLAY/build ]] || { wrong=1; echo "it was built for a command that is none"; }
expect "everything" 0 "${p}program all,ncu,program time,$checks"
expect "again: ncu's bytes are known" 0 "${p}program all,$checks"
expect "a command alone" 0 "${p}program time," --command time
expect "a tool alone" 0 "${p}ncu,program time," --ncu
[[ -e $PLAY/out/ncu-1.csv && -e $PLAY/out/ncu-2.csv ]] ||
  { wrong=1; echo "ncu's runs have not each their own file"; }

play skipped
echo 77 >"$PLAY/properties"
expect "no GPU" 77 "$p"
play lost
printf '75\n75\n0\n' >"$PLAY/all"
expect "started again after 75" 0 "${p}program all,program all,program all,ncu,program time,$checks"
play failed
echo 2 >"$PLAY/all"
expect "a failed check ends nothing" 2 "${p}program all,ncu,program time,$checks"
play input
echo 1 >"$PLAY/all"
expect "wrong input ends it" 1 "${p}program all,"
play forbidden
echo 9 >"$PLAY/time"
expect "ncu that may not count is left out" 0 "${p}program all,ncu,program time,$checks"
play finding
printf '0\n2\n' >"$PLAY/validate"
expect "a finding of a tool" 2 "${p}program all,ncu,program time,$checks"
play late
BUILD_S=2 expect "no time left" 75 "$p" --limit-s 1
exit $wrong
