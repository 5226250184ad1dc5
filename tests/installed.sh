#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make installcheck: the program GRADAUDIT, installed under PREFIX, finds its data there, and in a copy of the prefix elsewhere. The
# library in LIBDIR builds into other programs: those in EXAMPLES print what is known by hand, or what GRADAUDIT prints.
set -eu
unset GRADAUDIT_DATADIR
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

try() { # PROGRAM PREFIX
    data=$("$1" --version | sed -n 's/^data: //p')
    [ "$(readlink -f "$data")" = "$(readlink -f "$2/share/gradaudit")" ] || fail "$1 takes its data from $data"
    "$1" reproduce --first 256 --quiet -o "$tmp/out"
    [ -s "$tmp/out/index.html" ] && [ -s "$tmp/out/report.json" ] || fail "$1 reproduce left no report"
    rm -r "$tmp/out"
}

try "$GRADAUDIT" "$PREFIX"
mkdir -p "$tmp/moved/bin" "$tmp/moved/share"
cp "$GRADAUDIT" "$tmp/moved/bin"
cp -R "$PREFIX/share/gradaudit" "$tmp/moved/share"
try "$tmp/moved/bin/${GRADAUDIT##*/}" "$tmp/moved"

# ---- programs with the library -------------------------------------------------------------------------------------
PKG_CONFIG_PATH=$LIBDIR/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$LIBDIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
flags=$($PKG_CONFIG --define-prefix --cflags --libs gradaudit)
for source in "$srcdir/tests/installed.c" "$EXAMPLES"/*.c; do
    lines=$(wc -l <"$source")
    [ "$lines" -le 60 ] || fail "$source has $lines lines, more than a page of 60"
    # shellcheck disable=SC2086 # lists of words
    $CC -std=c11 -Wall -Wextra -pedantic -Werror -o "$tmp/$(basename "$source" .c)" "$source" $flags
done
"$tmp/installed" || fail "the headers are of another version than the library"

# prints PROGRAM TEXT: it prints just that, and ends well.
prints() {
    "$tmp/$1" >"$tmp/printed" || fail "$1 ends with status $?"
    [ "$(cat "$tmp/printed")" = "$2" ] || fail "$1 prints
$(cat "$tmp/printed")"
}
prints arrays 'logits 14 14
logits 14 14
gradient 2.5 -9
gradient -2.5 9'
prints threads 'weight 1: 0 lost, 64 right
weight 60: 32 lost, 32 right'
case $CC in
    *-fsanitize*) echo "memory.c: left out, because sanitizers have an allocator of their own" ;;
    *)
        "$tmp/memory" >"$tmp/printed" || fail "memory ends with status $?"
        sed -n 1p "$tmp/printed" | grep -q '^4000 inputs: GA_NO_MEMORY: .' || fail "memory does not run out: $(cat "$tmp/printed")"
        [ "$(sed -n '2,$p' "$tmp/printed")" = "2 inputs: -1" ] || fail "memory does not go on: $(cat "$tmp/printed")"
        ;;
esac

# gradient: the numbers that the program prints in decimal, within the rounding of what it prints.
models=$PREFIX/share/gradaudit/models mnist=$PREFIX/share/gradaudit/mnist
images=$mnist/t10k-images-idx3-ubyte.gz labels=$mnist/t10k-labels-idx1-ubyte.gz
"$tmp/gradient" "$models/vanilla-sigmoid.safetensors" "$images" "$labels" 7 >"$tmp/pairs"
for format in float exact; do
    "$GRADAUDIT" gradient "$models/vanilla-sigmoid.safetensors" --data "$images" --labels "$labels" --images 7 --format $format --digits 17 |
        grep -v '^#' >"$tmp/$format"
done
paste "$tmp/pairs" "$tmp/float" "$tmp/exact" | awk -F '\t' '
    function value(text, part) { split(text, part, " 2\\^"); return part[1] * 2 ^ part[2] }
    function far(a, b) { return a == b ? 0 : (a > b ? a - b : b - a) > 1e-14 * (b < 0 ? -b : b) }
    far(value($2), $6) || far(value($3), $9) || $1 != $5 || $1 != $8 { print; wrong = 1 }
    END { exit wrong || NR != 784 }' || fail "gradient prints other numbers than $GRADAUDIT"

# audit: stopped by SIGINT and gone on with, it leaves the files that the program leaves.
set -- "$tmp/by-program" "$models/saturated-sigmoid.safetensors" "$images" "$labels" 0-255
"$GRADAUDIT" audit "$2" --data "$3" --labels "$4" --images "$5" -o "$tmp/by-command" --quiet --progress none >/dev/null
"$tmp/audit" "$@" >/dev/null 2>"$tmp/said" &
# A line of the journal is its head; more are finished parts.
while [ "$(cat "$1/journal" 2>/dev/null | wc -l)" -lt 2 ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
kill -INT $! 2>/dev/null || fail "the audit ended before it was stopped: $(cat "$tmp/said")"
wait $! && fail "a stopped audit ends with status 0"
grep -q '^The same command goes on from here\.$' "$tmp/said" || fail "a stopped audit says $(cat "$tmp/said")"
"$tmp/audit" "$@" >"$tmp/summary" 2>"$tmp/said" || fail "the audit does not go on: $(cat "$tmp/said")"
for file in report.json images.tsv report.html; do
    cmp "$tmp/by-command/$file" "$1/$file" || fail "audit.c leaves another $file than $GRADAUDIT"
done
# Without gnuplot the program says so first.
"$GRADAUDIT" report "$1" 2>&1 >/dev/null | sed '/^gradaudit: gnuplot is not installed/d; /^Page: /,$d' | cmp - "$tmp/summary" || fail "audit.c prints another summary"
echo "programs with the library: arrays, audit, gradient, memory, threads"
