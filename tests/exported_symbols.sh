#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports the functions that include/gradaudit declares, under the version of the interface, and nothing else; so
# does the linker's list, and its SONAME has a version. Tests itself on headers with a function more and a function less.
lib=.libs/libgradaudit.so
LC_ALL=C
export LC_ALL
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

# declared DIR: the functions of its headers, a name a line; a name before a parenthesis outside of comments is one.
declared() {
    cat "$1"/*.h | tr '\n' ' ' | sed -E 's,/\*[^*]*\*+([^/*][^*]*\*+)*/, ,g' | grep -oE '\bga_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

# check DIR: says what is declared there and not exported, or the other way round, and fails then.
check() {
    declared "$1" >"$tmp/declared"
    comm -3 "$tmp/declared" "$tmp/exported" | sed 's/^\t\(.*\)/exported and not declared: \1/; t; s/^/declared and not exported: /' >"$tmp/faults"
    cat "$tmp/faults"
    [ ! -s "$tmp/faults" ]
}

# planted PATTERN REPLACEMENT FAULT: in a copy of the headers that the pattern changes, just this fault is found.
planted() {
    rm -rf "$tmp/include"
    mkdir "$tmp/include"
    for header in "${srcdir:-.}"/include/gradaudit/*.h; do
        sed "s/$1/$2/" "$header" >"$tmp/include/${header##*/}"
    done
    found=$(check "$tmp/include")
    [ "$found" = "$3" ] || { printf 'planted: %s\nfound: %s\n' "$3" "$found"; exit 1; }
}

${NM:-nm} -D --defined-only $lib | awk '$2 != "A" { print $3 }' | sed 's/@@*/@/' >"$tmp/symbols" || exit 99
grep -v '^ga_[a-z0-9_]*@GRADAUDIT_1$' "$tmp/symbols" | sed 's/^/exported, but not by this interface: /' | { ! grep .; } || exit 1
sed 's/@.*//' "$tmp/symbols" | sort >"$tmp/exported"
check "${srcdir:-.}/include/gradaudit" || exit 1
sed -n 's/^ *\(ga_[a-z0-9_]*\);$/\1/p' "${srcdir:-.}/src/libgradaudit.map" | sort | diff "$tmp/declared" - || exit 1
[ "$(wc -l <"$tmp/declared")" -gt 30 ] || { echo "few functions were found"; exit 1; }
planted '^const char \*ga_version(void);' '&\nint ga_new(int a);' 'declared and not exported: ga_new'
planted '^const char \*ga_version(void);' '\/* ga_new(a) *\/' 'exported and not declared: ga_version'
case $(readlink $lib) in
    libgradaudit.so.[1-9]*) ;;
    *) echo "$lib has no version"; exit 1 ;;
esac
