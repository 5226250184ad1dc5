#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone, as C11 and as C++, without a warning; gradaudit.h includes them all. The version stands in
# version.h as configure has it, and in all other files that name it. Tests itself on a header with a fault.
: "${srcdir:=.}" "${CC:=cc}"
cxx=g++
command -v $cxx >/dev/null || { echo "skip: a C++ compiler is not installed (Debian package g++)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# compiles DIRECTORY HEADER: in both languages.
compiles() {
    echo "#include <gradaudit/$2>" >"$tmp/header.c"
    $CC -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only -I "$1" "$tmp/header.c" &&
        $cxx -std=c++11 -x c++ -Wall -Wextra -pedantic -Werror -fsyntax-only -I "$1" "$tmp/header.c"
}

cd "$srcdir/include/gradaudit" && headers=$(echo *.h) && cd "$OLDPWD" || exit 99
for header in $headers; do
    compiles "$srcdir/include" "$header" || fail "$header"
    [ "$header" = gradaudit.h ] || grep -q "^#include <gradaudit/$header>\$" "$srcdir/include/gradaudit/gradaudit.h" ||
        fail "gradaudit.h does not include $header"
done
mkdir "$tmp/gradaudit"
for fault in 'size_t ga_none(void);' 'int ga_none(int new);'; do # without its header; a word of C++
    echo "$fault" >"$tmp/gradaudit/fault.h"
    ! compiles "$tmp" fault.h 2>/dev/null || fail "the fault is not seen: $fault"
done

version=$(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"$/\1/p' config.h)
[ -n "$version" ] || fail "config.h has no version"
# is FILE TEXT: what FILE has where the version is to be.
is() { [ "$2" = "$version" ] || fail "$1 has version '$2', not $version"; }
printf '#include <gradaudit/version.h>\nversion GA_VERSION GA_VERSION_MAJOR.GA_VERSION_MINOR.GA_VERSION_PATCH\n' >"$tmp/version.c"
$CC -E -I "$srcdir/include" "$tmp/version.c" | sed -n 's/^version "\([^"]*\)" \(.*\)/\1 \2/p' | tr -d '\n' >"$tmp/both"
is "version.h: GA_VERSION" "$(cut -d ' ' -f 1 "$tmp/both")"
is "version.h: its parts" "$(cut -d ' ' -f 2- "$tmp/both" | tr -d ' ')"
is gradaudit.pc "$(sed -n 's/^Version: //p' gradaudit.pc)"
is NEWS "$(sed -n '1s/^gradaudit \([^ ]*\).*/\1/p' "$srcdir/NEWS")"
is "the Python package" "$(sed -n 's/^__version__ = "\([^"]*\)".*/\1/p' "$srcdir/python/gradaudit/_library.py")"
is pyproject.toml "$(sed -n 's/^version = "\(.*\)"$/\1/p' "$srcdir/python/pyproject.toml")"
for page in "$srcdir"/man/*; do
    is "$page" "$(sed -n 's/^\.TH .*"gradaudit \([^"]*\)".*/\1/p' "$page")"
done

# The interface's version, in the library's name that Python loads and in the symbols' version.
api=$(sed -n 's/^#define GA_API \([0-9]*\).*/\1/p' "$srcdir/include/gradaudit/version.h")
grep -q "^SONAME = \"libgradaudit.so.$api\"" "$srcdir/python/gradaudit/_library.py" || fail "_library.py loads a library that is not of interface $api"
grep -q "^GRADAUDIT_$api {" "$srcdir/src/libgradaudit.map" || fail "libgradaudit.map is not of interface $api"
exit $failed
