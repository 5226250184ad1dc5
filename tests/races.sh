#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two audits in two threads of a host give the bytes that they give alone, without a data race (two_audits.c): clang's
# ThreadSanitizer looks for one, and Archer tells it what OpenMP synchronises. Code that was not compiled for it (OpenBLAS, MPFR, GMP)
# is left out. A planted race is found.
export ARCHER_OPTIONS=verbose=1 OMP_NUM_THREADS=2
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:exitcode=66:halt_on_error=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/two_audits || exit 1
clang=$(sed -n 's/^CLANG = //p' Makefile)
needed="Debian packages clang, libomp-19-dev; in Debian 12 libomp-14-dev"
[[ -n $clang ]] || { echo "skip: configure found no clang ($needed)"; exit 77; }
OMP_TOOL_LIBRARIES=$(dirname "$(readlink -f "$(command -v "$clang")")")/../lib/libarcher.so
export OMP_TOOL_LIBRARIES
[[ -e $OMP_TOOL_LIBRARIES ]] || { echo "skip: clang's OpenMP has no Archer ($needed)"; exit 77; }

make -s -j2 races/two_audits >"$tmp/make" 2>&1 || { cat "$tmp/make"; exit 99; }
races/two_audits >"$tmp/out" 2>&1
status=$?
grep -q 'Archer detected OpenMP application with TSan' "$tmp/out" || { echo "Archer is not at work:"; head -n 5 "$tmp/out"; exit 1; }
if [[ $status != 0 ]] || grep -q 'WARNING: ThreadSanitizer' "$tmp/out"; then
    echo "status $status:"
    head -n 200 "$tmp/out"
    exit 1
fi
# Two threads that are never at work at once, on a busy machine, do not race: five runs will do.
for _ in 1 2 3 4 5; do
    races/two_audits race >"$tmp/out" 2>&1
    status=$?
    [[ $status == 66 ]] && grep -q "ThreadSanitizer: data race.* in count" "$tmp/out" && exit 0
done
echo "a planted race is not found (status $status):"
head -n 20 "$tmp/out"
exit 1
