#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports ga_* and nothing else, and its SONAME has a version.
lib=.libs/libgradaudit.so
${NM:-nm} -D --defined-only $lib | awk '{ sub(/@.*/, "", $3); print $2, $3 }' >tests/exported_symbols.tmp || exit 99
trap 'rm -f tests/exported_symbols.tmp' EXIT
if grep -v -e '^[TDBR] ga_' -e '^A GRADAUDIT_' tests/exported_symbols.tmp; then
    echo "exported by $lib, but not the public API's"
    exit 1
fi
grep -q '^T ga_version$' tests/exported_symbols.tmp || { echo "$lib does not export ga_version"; exit 1; }
case $(readlink $lib) in
    libgradaudit.so.[0-9]*) ;;
    *) echo "$lib has no version"; exit 1 ;;
esac
