#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make installcheck: the program GRADAUDIT, installed under PREFIX, finds its data there, and in a copy of the prefix elsewhere; the
# library in LIBDIR builds into another program.
set -eu
unset GRADAUDIT_DATADIR
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

try() { # PROGRAM PREFIX
    data=$("$1" --version | sed -n 's/^data: //p')
    [ "$(readlink -f "$data")" = "$(readlink -f "$2/share/gradaudit")" ] || { echo "$1 takes its data from $data"; exit 1; }
    "$1" reproduce --first 256 --quiet -o "$tmp/out"
    [ -s "$tmp/out/index.html" ] && [ -s "$tmp/out/report.json" ] || { echo "$1 reproduce left no report"; exit 1; }
    rm -r "$tmp/out"
}

try "$GRADAUDIT" "$PREFIX"
mkdir -p "$tmp/moved/bin" "$tmp/moved/share"
cp "$GRADAUDIT" "$tmp/moved/bin"
cp -R "$PREFIX/share/gradaudit" "$tmp/moved/share"
try "$tmp/moved/bin/${GRADAUDIT##*/}" "$tmp/moved"

# shellcheck disable=SC2046,SC2086 # lists of words
$CC -std=c11 -o "$tmp/installed" "$srcdir/tests/installed.c" \
    $(PKG_CONFIG_PATH=$LIBDIR/pkgconfig $PKG_CONFIG --define-prefix --cflags --libs gradaudit)
LD_LIBRARY_PATH=$LIBDIR "$tmp/installed"
