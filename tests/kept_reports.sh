#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The studies in reports/: a page is what `gradaudit report` renders of the report.json beside it, and every number of a README is one of
# the page. tests/test_reproduction.c compares the README of the first study, which repeats the whole answer.
set -u
source=$(cd "${srcdir:-.}" && pwd) program=$(pwd)/gradaudit
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failures=0 studies=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# words FILE: the page's words, a line for each; gnuplot's drawings are left out
words() {
    sed 's/<figure>.*<\/figure>//; s/<[^>]*>/ /g; s/&nbsp;/ /g' "$1" | tr -s ' ' '\n'
}

# numbers: of standard input, each once
numbers() {
    grep -oE '[0-9]+([.,:-]?[0-9]+)*(e-?[0-9]+)?' | sort -u
}

for page in "$source"/reports/*/index.html; do
    kept=${page%/index.html} study=$(basename "${page%/index.html}")
    studies=$((studies + 1))
    mkdir "$tmp/$study" && cp "$kept/report.json" "$tmp/$study/" || exit 99
    "$program" report "$tmp/$study" >"$tmp/text" || fail "$study: status $?"
    [ "$(awk '{ print length }' "$tmp/text" | sort -n | tail -n 1)" -le 80 ] || fail "$study: a line of text is wider than 80 columns"
    diff <(words "$page") <(words "$tmp/$study/index.html") >"$tmp/diff" ||
        { fail "reports/$study/index.html is not what its report.json makes"; head -n 20 "$tmp/diff"; }
    [ "$study" = brendel-bethge-2017 ] && continue
    [ -n "$(find "$kept" -name '*.gp')" ] || # gnuplot has drawn in it
        cmp -s "$page" "$tmp/$study/index.html" || fail "reports/$study/index.html has other bytes"
    numbers <"$kept/README.md" >"$tmp/said"
    { words "$page" | paste -s -d ' '; cat "$tmp/text"; } | numbers >"$tmp/known"
    [ "$(wc -l <"$tmp/said")" -gt 5 ] || fail "reports/$study/README.md has no numbers"
    unknown=$(comm -23 "$tmp/said" "$tmp/known" | paste -s -d ' ')
    [ -z "$unknown" ] || fail "reports/$study/README.md has numbers that its report has not: $unknown"
done
[ "$studies" -ge 3 ] || fail "$studies studies"
exit $((failures > 0))
