#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The man pages format without a warning, at 80 columns; every command, option and gate is in gradaudit(1);
# every operator of ONNX files and row of explain there too; every key of the schema and every column of images.tsv in gradaudit-report(5), every key of two reports
# in its entry; every cell and verdict, once, in gradaudit-glossary(7).
command -v groff >/dev/null || { echo "skip: groff is not installed (Debian package groff-base)"; exit 77; }
python=/usr/bin/python3
$python -c '' 2>/dev/null || { echo "skip: Python is not installed (Debian package python3)"; exit 77; }
man=${srcdir:-.}/man
failed=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$*"
    failed=1
}

for page in gradaudit.1 gradaudit-report.5 gradaudit-glossary.7; do
    warnings=$(groff -t -man -ww -rLL=78n -Tutf8 -Kutf8 "$man/$page" 2>&1 >/dev/null)
    [ -z "$warnings" ] || fail "$warnings"
    # As plain text on long lines, so that no name is broken; a hyphen is one however it is written.
    groff -t -man -rLL=2000n -Tutf8 -Kutf8 -P-cbou "$man/$page" | sed 's/‐/-/g; s/−/-/g' >"$tmp/$page"
done

# named NAME PAGE: NAME is in the page, and not only as part of another name.
named() {
    grep -qE -- "(^|[^a-zA-Z0-9_-])$(printf '%s' "$1" | sed 's/[][().+]/\\&/g')([^a-zA-Z0-9_-]|\$)" "$tmp/$2" || fail "$2: no $1"
}

commands=$(./gradaudit --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p')
[ -n "$commands" ] || fail "no commands"
for command in $commands; do
    named "$command" gradaudit.1
    ./gradaudit "$command" --help >"$tmp/help"
    cat "$tmp/help" >>"$tmp/helps"
    options=$(grep -oE '^(  -[a-zA-Z?], |      )--[a-z-]+' "$tmp/help" | grep -oE -- '--[a-z-]+|-[a-zA-Z?],' | tr -d ,)
    [ -n "$options" ] || fail "$command: no options"
    for option in $options; do
        named "$option" gradaudit.1
    done
done
# shellcheck disable=SC2013 # words
for option in $(grep -oE -- '--[a-z-]+' "$tmp/gradaudit.1" | sort -u); do
    grep -qE -- "$option([^a-z-]|\$)" "$tmp/helps" || [ "$option" = --version ] || fail "gradaudit.1: no command has $option"
done
./gradaudit audit x --fail-on 'none>0' 2>&1 | sed -n 's/.*a gate is of \(.*\); not of.*/\1/p' | tr -d ' ' | tr , '\n' >"$tmp/metrics"
[ -s "$tmp/metrics" ] || fail "no gates"
while read -r metric; do
    named "$metric" gradaudit.1
done <"$tmp/metrics"

# The rows of explain: every label of what an operation makes, but for those of no path to the input: gradients to parameters, what
# training adds, what only arranges or scales numbers, the square in a complement, the loss itself, and the network's own end behind the logits.
awk '/^\.BI "explain / { on = 1 } /^\.BI "audit / { on = 0 } on && tp { sub(/^\.B /, ""); gsub(/\\-/, "-"); print } { tp = /^\.TP/ }' \
    "$man/gradaudit.1" | grep -v '^\.' | sort >"$tmp/defined"
grep -ohE '\.out = \{ [^}]*\}|made\(r, OP_.*|scaled_by\(r, .*' "${srcdir:-.}"/src/op/*.c "${srcdir:-.}"/src/graph/stored*.c | grep -o '"[^"]*"' | tr -d '"' | sort -u |
    grep -vxE 'weight gradient|bias gradient|gain gradient|penalty|slope of penalty|columns|places|chunk|scale|unscaled gradient|square|turned weights|slope gradient|lower part|log-probability|loss' >"$tmp/labels"
[ "$(wc -l <"$tmp/labels")" -ge 13 ] || fail "too few labels of operations"
printf '%s\n' argument gradient | sort - "$tmp/labels" -o "$tmp/labels"
cmp -s "$tmp/defined" "$tmp/labels" || fail "gradaudit.1: the rows of explain: $(diff "$tmp/defined" "$tmp/labels")"

# The operators of ONNX files: those that the program lists, which are those of the operations' columns among them.
./gradaudit inspect --operators >"$tmp/operators" || fail "inspect --operators"
grep -ohE '\.(operator|also) = "[A-Za-z]+"' "${srcdir:-.}"/src/op/*.c "${srcdir:-.}/src/io/onnx_rename.c" | grep -o '"[^"]*"' | tr -d '"' | LC_ALL=C sort -u >"$tmp/rows"
[ "$(wc -l <"$tmp/rows")" -ge 25 ] || fail "too few operators in columns"
[ -z "$(LC_ALL=C comm -23 "$tmp/rows" "$tmp/operators")" ] || fail "inspect --operators lacks $(comm -23 "$tmp/rows" "$tmp/operators")"
sed -n '/^\.\\" operators: /,/^\.\\" end of operators/{/^\./d;s/[,.]$//;p;}' "$man/gradaudit.1" | diff - "$tmp/operators" >"$tmp/differ" ||
    fail "gradaudit.1: the operators of ONNX files: $(cat "$tmp/differ")"

# Kinds of origins are counted in elements/*.npy in the order of their table.
sed -n '/^const char \*const origin_names/,/^};/p' "${srcdir:-.}/src/blame/origin.c" | grep -oE '"[^"]+"' | tr -d '"' >"$tmp/kinds"
[ "$(wc -l <"$tmp/kinds")" -ge 18 ] || fail "too few kinds of origins"
sed -n '/^sigma-absorption\t/,/^\.TE/{/^\.TE/d;s/\t.*//;p;}' "$man/gradaudit-report.5" | cmp -s - "$tmp/kinds" || fail "gradaudit-report.5: the order of origins"

# Names of properties: what stands before ": {" inside "properties"; keys of JSON Schema itself begin with $ or are few.
grep -oE '"[^"]+": (\{|\[)' "${srcdir:-.}/data/schema/audit-2.json" | sed 's/": .$//; s/^"//' | sort -u |
    grep -vxE '\$.*|properties|required|items|enum|anyOf|oneOf|dependentRequired|additionalProperties|type|count|percent|real|sha256|headFunction|headEstimator|function|estimator|picture|gradient|histogram|spread|notListed|byScale' >"$tmp/keys"
[ "$(wc -l <"$tmp/keys")" -gt 120 ] || fail "too few keys in the schema"
while read -r key; do
    named "$key" gradaudit-report.5
done <"$tmp/keys"

# The columns of images.tsv, in their order; FUNCTION, ESTIMATOR and CELL stand for names.
if [ -d "${GRADAUDIT_DATADIR:-none}/models" ]; then
    ./gradaudit audit "$GRADAUDIT_DATADIR/models/vanilla-relu.safetensors" --data "$GRADAUDIT_DATADIR/mnist/t10k-images-idx3-ubyte.gz" \
        --labels "$GRADAUDIT_DATADIR/mnist/t10k-labels-idx1-ubyte.gz" --images 0-1 -e float --seeds 1 --no-remedies --quiet -o "$tmp/audit" ||
        fail "no audit"
    # The keys of the reports of a chain of layers and of a graph.
    awk 'BEGIN { for (i = 0; i < 6; i++) { printf "%d", i % 3; for (k = 0; k < 16; k++) printf ",%d", (i * 7 + k * k) % 9; print "" } }' >"$tmp/data.csv"
    ./gradaudit audit "${srcdir:-.}/tests/cases/files/cnn.onnx" --data "$tmp/data.csv" --label-column 1 --seeds 1 --quiet -o "$tmp/graph" ||
        fail "no audit of a graph"
    PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/man_page.py" "$man/gradaudit-report.5" "${srcdir:-.}/data/schema/audit-2.json" \
        "$tmp/audit/report.json" "$tmp/graph/report.json" || failed=1

    head -n 1 "$tmp/audit/images.tsv" | tr '\t' '\n' >"$tmp/columns"
    cells=$(sed -n 's/^float naive: \([a-z-]*\)$/\1/p' "$tmp/columns" | sed '/^moved$/,$d' | tr '\n' ' ')
    [ "$(echo "$cells" | wc -w)" = 10 ] || fail "images.tsv: cells $cells"
    sed -n '/^\.SH IMAGES\.TSV/,/^\.SH ELEMENTS/{/^\.TP/{n;p;}}' "$man/gradaudit-report.5" | sed 's/^\.I*B *//; s/\\f[IBRP]//g; s/"//g; s/ *: */: /' |
        awk -v cells="$cells" '{
            n = split($0, column, /, /); who = ""
            for (i = 1; i <= n; i++) {
                c = column[i]
                if (c ~ /: /) { who = c; sub(/: .*/, ": ", who) } else if (who ~ /^[A-Z]/) c = who c
                if (c ~ /\.\\\|/) continue
                if (c ~ /CELL/) { m = split(cells, cell, " "); for (k = 1; k <= m; k++) print who cell[k] } else print c
            }
        }' >"$tmp/said"
    sed 's/^exact: /FUNCTION: /; s/^float naive: /ESTIMATOR: /; s/seed 1$/seed N/' "$tmp/columns" >"$tmp/wanted"
    cmp -s "$tmp/said" "$tmp/wanted" || fail "gradaudit-report.5: the columns of images.tsv: $(diff "$tmp/said" "$tmp/wanted" | head -n 6)"
fi

# A term of the glossary is a line of its own after .TP; two terms of one entry stand in one line.
sed -n '/^\.TP/{n;p;}' "$man/gradaudit-glossary.7" | sed 's/^\.B //; s/\\f[RP]//g; s/\\-/-/g; s/, /\n/g' | sort >"$tmp/terms"
[ "$(wc -l <"$tmp/terms")" -gt 50 ] || fail "gradaudit-glossary.7: too few terms"
uniq -d "$tmp/terms" >"$tmp/twice"
[ ! -s "$tmp/twice" ] || fail "gradaudit-glossary.7: twice: $(cat "$tmp/twice")"
# Of a verdict's names those of one word; a cell's hyphens are blanks there.
{
    printf '%s\n' naive rewrite gain "logit scale" origin remedy saved estimator exact reference enclosure midpoint radius ulp binade \
        absorption cancellation fact verdict control gate remark block part "precision recipe" store "loss scale" "scale of a tensor" batch
    sed -n '/^  "cells": {/,/^  }/s/.*"\([a-z-]*\)": {"$ref".*/\1/p' "${srcdir:-.}/data/schema/audit-2.json" | tr - ' '
    sed -n '/^    "model": {/,/}/s/.*"enum": \[\(.*\)\].*/\1/p' "${srcdir:-.}/data/schema/audit-2.json" | head -n 1 |
        sed 's/", "/"\n"/g' | tr -d '"' | grep -v ' '
} >"$tmp/words"
[ "$(wc -l <"$tmp/words")" -ge 36 ] || fail "too few cells and verdicts in the schema"
# The remedies have the names that reports give them, but for the article.
sed -n '/A change that might have computed/p' "$tmp/gradaudit-glossary.7" | sed 's/([^)]*)//g; s/ a wider/ wider/g; s/  */ /g; s/ \([;.]\)/\1/g' >"$tmp/remedies"
sed -n '/remedy_names\[N_REMEDIES\] =/,/;/p' "${srcdir:-.}/src/audit/remedy.c" | grep -o '"[^"]*"' | tr -d '"' >"$tmp/names"
[ "$(wc -l <"$tmp/names")" -ge 5 ] || fail "too few remedies"
while read -r name; do
    grep -q "[:;] \(or \)\{0,1\}$name[;.]" "$tmp/remedies" || fail "gradaudit-glossary.7: no remedy '$name'"
done <"$tmp/names"
while read -r word; do
    grep -qx -- "$word" "$tmp/terms" || fail "gradaudit-glossary.7: no $word"
done <"$tmp/words"
exit $failed
