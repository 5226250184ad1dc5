#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gradaudit.pc names what a program needs, and for static linking all that the library itself needs: examples/arrays.c links with an
# archive of the library's objects and Libs.private.
: "${srcdir:=.}" "${CC:=cc}" "${PKG_CONFIG:=pkg-config}"
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PKG_CONFIG_PATH=.
export PKG_CONFIG_PATH
[ "$($PKG_CONFIG --libs gradaudit | tr ' ' '\n' | grep '^-l')" = -lgradaudit ] ||
    { echo "a shared library brings its own libraries: $($PKG_CONFIG --libs gradaudit)"; exit 1; }
libraries=$($PKG_CONFIG --static --libs gradaudit | tr ' ' '\n' | grep -v '^-lgradaudit$' | tr '\n' ' ')
# shellcheck disable=SC2086 # lists of words
$CC -std=c11 -I "$srcdir/include" -o "$tmp/arrays" "$srcdir/examples/arrays.c" .libs/libgradaudit-core.a $libraries || exit 1
[ "$("$tmp/arrays" | sed -n 3p)" = "gradient 2.5 -9" ] || { echo "the program prints another gradient"; exit 1; }
