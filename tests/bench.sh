#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The benchmarks run: a quick run succeeds, with tables of numbers, a text and, with gnuplot, figures. Nothing checks the numbers.
PATH=${PATH#*/tests/stand_in:}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/bench/bench --quick --source "${srcdir:-.}" --out "$tmp/out" >"$tmp/log" 2>&1 || { cat "$tmp/log"; echo "the benchmarks failed"; exit 1; }
failed=0
convolutions=convolutions
grep -qx 'PyTorch: not found' "$tmp/log" && convolutions= # it makes the networks
for suite in peak product elementwise pass $convolutions formats growth; do
    # A case and a way in words, everything else a number; times are positive, in order, and of at least one round.
    awk -F '\t' -v suite=$suite '
        function bad(what) { print suite ".tsv, line " NR ": " what ": " $0; failed = 1; exit }
        NR == 1 { if ($0 !~ /^#case\tx\twho\tratio\t/) bad("no header"); fields = NF; next }
        NF != fields { bad("not as many fields as in the header") }
        $1 == "" || $3 == "" { bad("no name") }
        { for (i = 2; i <= NF; i++) if (i != 3 && $i !~ /^-?[0-9.]+(e[-+][0-9]+)?$/) bad("field " i " is no number") }
        !($10 > 0 && $10 <= $8 && $8 <= $7 && $7 <= $9 && $9 <= $11 && $12 >= 1) { bad("least, quartiles, median, greatest, rounds") }
        END { if (!failed && NR < 2) { print suite ".tsv is empty"; failed = 1 }; exit failed }' "$tmp/out/$suite.tsv" || failed=1
done
for heading in '# Benchmarks' '## What was to be reached' '## Machine' '## What limits each case' '## Products' '## Whole passes' '## Convolutions' '## Formats and recipes' '## Growth'; do
    grep -qx "$heading" "$tmp/out/README.md" || { echo "README.md has no line '$heading'"; failed=1; }
done
if grep -nE '(^|[^a-z])(-?nan|-?inf)([^a-z]|$)|not measured \| (aim )?reached' "$tmp/out/README.md"; then
    echo "README.md has what is no number"
    failed=1
fi
if command -v gnuplot >/dev/null; then
    for figure in product elementwise growth-time growth-memory; do
        test -s "$tmp/out/figure-$figure.svg" || { echo "figure-$figure.svg is not there"; failed=1; }
    done
fi
exit $failed
