#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make docs: the reference of the C library, without a warning. Every function of the headers is in it, every program has its page, and
# no link leads nowhere. Tests itself on a function without a comment.
command -v doxygen >/dev/null || { echo "skip: Doxygen is not installed (Debian package doxygen)"; exit 77; }
: "${srcdir:=.}"
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# reference SETTING...: as make docs makes it, in $tmp.
reference() {
    { cat docs/Doxyfile; printf '%s\n' "OUTPUT_DIRECTORY = $tmp" "$@"; } | doxygen - 2>&1
}

said=$(reference) || fail "Doxygen fails"
[ -z "$said" ] || fail "$said"
html=$tmp/html

# What each header declares: the name before the parenthesis, on a line that begins with a type.
cat "$srcdir"/include/gradaudit/*.h | sed -nE 's/^[a-z].*[ *](ga_[a-z0-9_]+)\(.*/\1/p' | sort >"$tmp/declared"
[ "$(wc -l <"$tmp/declared")" -ge 40 ] || fail "$(wc -l <"$tmp/declared") functions are declared"
grep -ohE '>ga_[a-z0-9_]+\(\)' "$html/globals_func.html" | tr -d '>()' | sort -u >"$tmp/listed"
diff "$tmp/declared" "$tmp/listed" || fail "the reference lists other functions than the headers"

for program in "$srcdir"/examples/*.c; do
    name=$(basename "$program" .c)
    grep -q "href=\"${name}_8c-example.html\"" "$html/index.html" || fail "the first page has no link to $name.c"
done
for header in "$srcdir"/include/gradaudit/*.h; do
    name=$(basename "$header" .h)
    [ "$name" = gradaudit ] || grep -q "href=\"${name}_8h.html\"[^>]*>$name.h</a>:" "$html/gradaudit_8h.html" ||
        fail "the page of gradaudit.h has no link to $name.h"
done
# In a paragraph, code aside, each function that it names is a link.
cat "$html"/*_8h.html | awk -v RS='<p>' 'NR > 1 { print substr($0, 1, index($0, "</p>")) }' |
    sed -E 's,<a [^>]*>[^<]*</a>,,g; s,<code>[^<]*</code>,,g' | grep -oE 'ga_[a-z0-9_]+' | sort -u >"$tmp/bare"
comm -12 "$tmp/declared" "$tmp/bare" >"$tmp/unlinked"
[ ! -s "$tmp/unlinked" ] || fail "comments name without a link: $(paste -sd ' ' "$tmp/unlinked")"
grep -ohE '(href|src)="[^"#:]+' "$html"/*.html | sed 's/^[^"]*"//' | sort -u | while read -r target; do
    [ -e "$html/$target" ] || echo "$target"
done >"$tmp/nowhere"
[ ! -s "$tmp/nowhere" ] || fail "links to $(cat "$tmp/nowhere")"

mkdir "$tmp/planted"
cp "$srcdir"/include/gradaudit/*.h "$tmp/planted" && chmod u+w "$tmp/planted/status.h"
sed -i 's/^ga_code ga_no.*//; $i int ga_planted(void);' "$tmp/planted/status.h"
reference "INPUT = $tmp/planted" "USE_MDFILE_AS_MAINPAGE =" >"$tmp/said" && fail "a function without a comment is not seen"
grep -q 'ga_planted.*is not documented' "$tmp/said" || fail "a function without a comment is not named"
exit $failed
