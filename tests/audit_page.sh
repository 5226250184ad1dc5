#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Pages of audits of the shipped networks: well-formed, the same bytes from `gradaudit report`, and all but PNG and PDF without
# gnuplot.
python=/usr/bin/python3
$python -c '' 2>/dev/null || { echo "skip: Python is not installed (Debian package python3)"; exit 77; }
check=${srcdir:-.}/tests/audit_page.py
mnist=$GRADAUDIT_DATADIR/mnist PATH=${PATH#*/tests/stand_in:}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
    echo "$1"
    failed=1
}

for name in saturated-sigmoid vanilla-relu; do
    echo "$name:"
    a=$tmp/$name
    ./gradaudit audit "$GRADAUDIT_DATADIR/models/$name.safetensors" --data "$mnist/t10k-images-idx3-ubyte.gz" \
        --labels "$mnist/t10k-labels-idx1-ubyte.gz" --images 3-4 --progress=none -o "$a" >"$tmp/out" 2>"$tmp/err" || fail "audit: $(cat "$tmp/err")"
    [ -s "$tmp/out" ] && fail "the words are on standard output"
    [ -e "$a/journal" ] && fail "the journal is still there"
    lines=$(grep -vc '^gradaudit: gnuplot' "$tmp/err")
    [ "$lines" -ge 6 ] && [ "$lines" -le 28 ] || fail "$lines lines of words"
    sed -n 's/^\(Page\|Figures\|Results\): *//p' "$tmp/err" | tr , '\n' | tr -d ' ' >"$tmp/paths"
    [ "$(wc -l <"$tmp/paths")" = 5 ] || fail "paths: $(cat "$tmp/paths")"
    while read -r path; do
        [ -e "$path" ] || fail "there is no $path"
    done <"$tmp/paths"
    $python "$check" "$a/report.html" "$a"/figures/*.svg || failed=1
    [ "$(ls "$a"/figures/*.svg "$a"/figures/*.tsv "$a"/figures/*.gp | wc -l)" = 15 ] || fail "figures: $(ls "$a/figures")"
    if command -v gnuplot >"$tmp/out"; then
        [ "$(ls "$a"/figures/*.png "$a"/figures/*.pdf | wc -l)" = 10 ] || fail "figures: $(ls "$a/figures")"
        grep gnuplot "$tmp/err" && failed=1
    fi
    cp -r "$a" "$tmp/first"
    rm -r "$a/report.html" "$a/figures"
    PATH=/nonexistent ./gradaudit report "$a" 2>"$tmp/err" || fail "report: status $?"
    grep -qxF "Page:    $a/report.html" "$tmp/err" && grep -qxF "Figures: $a/figures/" "$tmp/err" || fail "report: no paths"
    [ "$(grep -c gnuplot "$tmp/err")" = 1 ] || fail "without gnuplot: $(cat "$tmp/err")"
    cmp "$a/report.html" "$tmp/first/report.html" || failed=1
    for file in "$a"/figures/*; do
        cmp "$file" "$tmp/first/figures/${file##*/}" || failed=1
    done
    [ "$(ls "$a/figures" | wc -l)" = 15 ] || fail "without gnuplot: $(ls "$a/figures")"
    rm -r "$tmp/first"
done

# Merged parts have the page of the whole.
part() {
    ./gradaudit audit "$GRADAUDIT_DATADIR/models/vanilla-relu.safetensors" --data "$mnist/t10k-images-idx3-ubyte.gz" \
        --labels "$mnist/t10k-labels-idx1-ubyte.gz" --images "$1" --progress=none -o "$tmp/part$1" 2>"$tmp/err" || fail "$(cat "$tmp/err")"
}
part 3-3 && part 4-4 && ./gradaudit merge "$tmp/part3-3" "$tmp/part4-4" -o "$tmp/whole" || fail "merge"
cmp "$tmp/whole/report.html" "$tmp/vanilla-relu/report.html" || failed=1

# What is said of estimators that cannot be formed is said by an audit, by its dry run and whenever it is rendered.
case=${srcdir:-.}/tests/cases/infinite
set -- "$case/m.safetensors" --data "$case/x.npy" --labels "$case/y.npy" --progress=none
./gradaudit audit "$@" --dry-run >"$tmp/out" 2>"$tmp/dry"
./gradaudit audit "$@" -o "$tmp/infinite" 2>"$tmp/audit"
./gradaudit report "$tmp/infinite" 2>"$tmp/report"
for said in dry audit report; do
    grep 'auto: ' "$tmp/$said" >"$tmp/remarks.$said"
    cmp "$tmp/remarks.$said" "$tmp/remarks.dry" || failed=1
done
grep -q 'left out' "$tmp/remarks.dry" || fail "no remarks: $(cat "$tmp/dry")"

echo '{"kind": "audit", "schema_version": 1}' >"$tmp/whole/report.json"
./gradaudit report "$tmp/whole" 2>"$tmp/err"
[ $? = 3 ] || fail "a report without content: status is not 3"
exit $failed
