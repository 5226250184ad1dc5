#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# README.md is short; the options it names exist; its audits write to directories of their own; its audit prints the summary that it shows, except the numbers, which may
# differ with another CPU's OpenBLAS.
readme=${srcdir:-.}/README.md
failed=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "README.md: $*"
    failed=1
}

lines=$(wc -l <"$readme")
[ "$lines" -le 150 ] || fail "$lines lines, more than 150"

commands=$(./gradaudit --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p')
for command in $commands; do
    ./gradaudit "$command" --help
done >"$tmp/helps"
grep -oE -- '--[a-z][a-z-]*' "$readme" | sort -u >"$tmp/options"
[ -s "$tmp/options" ] || fail "no options"
while read -r option; do
    case $option in
        --sudo | --no-apt) "${srcdir:-.}/quickstart" --help ;;
        --system-site-packages | --no-build-isolation) cat "${srcdir:-.}/tests/python_package.sh" ;; # of venv and pip, which it runs
        *) cat "$tmp/helps" ;;
    esac | grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" || fail "nothing has $option"
done <"$tmp/options"

# The commands can be run one after the other: no two write to the same directory.
grep -oE -- ' -o [a-z-]+' "$readme" | sort | uniq -d >"$tmp/twice"
[ ! -s "$tmp/twice" ] || fail "two commands write to$(cat "$tmp/twice")"

# The block of code after a marker.
block() {
    sed -n "/^<!-- $1 -->\$/,\$p" "$readme" | awk '/^```/ { if (n++) exit; next } n'
}

# Words alone, a number each as #.
words() {
    tr -s ' \n' '  ' | sed 's/[0-9][0-9,.]*[0-9]/#/g; s/[0-9]/#/g'
}

block example | sed "s,build/gradaudit,./gradaudit,; s,-o audit,--quiet --progress none -o $tmp/audit," >"$tmp/example"
sh -e "$tmp/example" || fail "the audit fails"
./gradaudit report "$tmp/audit" 2>&1 >/dev/null | sed '/^gradaudit: gnuplot is not installed/d; /^Page: /,$d' | words >"$tmp/printed"
block summary | words >"$tmp/shown"
[ -s "$tmp/printed" ] && cmp -s "$tmp/printed" "$tmp/shown" ||
    { fail "the audit prints another summary:"; ./gradaudit report "$tmp/audit"; }
exit $failed
