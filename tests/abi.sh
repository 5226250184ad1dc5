#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The binary interface is the one that tests/abi/libgradaudit-1.abi lists: functions with the types of their arguments, structures with
# the places of their members, values of enumerations. Compared are what the headers say, compiled, and the library. "abi.sh update"
# lists an addition; any other change breaks programs that were built before (HACKING.md, Versions). Tests itself on headers with a
# change each.
command -v abidiff >/dev/null || { echo "skip: abidiff is not installed (Debian package abigail-tools)"; exit 77; }
: "${srcdir:=.}" "${CC:=cc}"
listed=$srcdir/tests/abi/libgradaudit-1.abi library=.libs/libgradaudit.so
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

# list INCLUDE FILE: the interface that the headers there declare, from a library in which every function is empty: handles have no
# members in it, as in the headers. No function has an argument of type ga_class, so it is named.
list() {
    {
        printf '#include <stdlib.h>\n#include <gradaudit/gradaudit.h>\nga_class named;\n'
        echo '#include <gradaudit/gradaudit.h>' | $CC -E -P -I "$1" - | tr '\n;' ' \n' |
            grep -E '^ *(const )?[a-z0-9_]+ [ *]*ga_[a-z0-9_]+\([^()]*\)$' | sed 's/$/ { abort(); }/'
    } >"$tmp/empty.c"
    [ "$(wc -l <"$tmp/empty.c")" -gt 40 ] || { echo "few functions were found"; exit 1; }
    soname=$(readlink $library | sed 's/\(\.so\.[0-9]*\).*/\1/')
    $CC -g -shared -fPIC -I "$1" -Wl,-soname,"$soname" -Wl,--version-script="$srcdir/src/libgradaudit.map" -o "$tmp/empty.so" "$tmp/empty.c" &&
        abidw --load-all-types --no-elf-needed --no-corpus-path --no-comp-dir-path --no-show-locs --out-file "$2" "$tmp/empty.so" || exit 99
}

if [ "${1-}" = update ]; then
    list "$srcdir/include" "$tmp/new.abi" && sed "s, path='[^']*', path='gradaudit.h'," "$tmp/new.abi" >"$listed"
    exit
fi

list "$srcdir/include" "$tmp/headers.abi"
abidiff --non-reachable-types "$listed" "$tmp/headers.abi" >"$tmp/said" 2>&1 || { cat "$tmp/said"; failed=1; }
# Without debugging information (CFLAGS=-O2) the library has names alone, which exported_symbols.sh compares.
if ${READELF:-readelf} -S $library | grep -q '\.debug_info'; then
    abidiff "$listed" $library >"$tmp/said" 2>&1 || { cat "$tmp/said"; failed=1; }
fi
[ $failed = 0 ] || echo "FAILED: the interface is not the one in $listed: HACKING.md says, under Versions, what to do"

# planted HEADER PATTERN REPLACEMENT TEXT: in a copy of the headers, changed like this, a change is found that has this text.
planted() {
    rm -rf "$tmp/include"
    mkdir -p "$tmp/include/gradaudit"
    for header in "$srcdir"/include/gradaudit/*.h; do
        cat "$header" >"$tmp/include/gradaudit/${header##*/}"
    done
    sed "s/$2/$3/" "$srcdir/include/gradaudit/$1" >"$tmp/include/gradaudit/$1"
    list "$tmp/include" "$tmp/planted.abi"
    abidiff --non-reachable-types "$tmp/headers.abi" "$tmp/planted.abi" >"$tmp/said" 2>&1 && { echo "FAILED: not seen: $3"; failed=1; }
    grep -q "$4" "$tmp/said" || { echo "FAILED: $3 is said to be $(cat "$tmp/said")"; failed=1; }
}
planted report.h '^void ga_report_free.*' '' '1 Removed'
planted version.h '^const char \*ga_version(void);' 'int ga_version(void);' 'return type changed'
planted gradient.h 'GA_NAN,' 'GA_NEW, GA_NAN,' "'ga_class::GA_NAN' from value"
planted run.h '    int threads;' '    int threads, more;' "'int more'"
exit $failed
