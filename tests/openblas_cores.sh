#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/test_blocks with the kernels of two processors: each agrees with itself; loop and dot, which are not OpenBLAS's, agree between
# the two. OpenBLAS reads OPENBLAS_CORETYPE when a program starts.
flags=$(sed -n '/^flags/{p;q;}' /proc/cpuinfo 2>/dev/null)
case "$flags " in *" avx2 "*) ;; *) echo "skip: CPU feature avx2"; exit 77 ;; esac
trap 'rm -f tests/openblas_cores.*.tmp' EXIT
for core in Haswell Sandybridge; do
    OPENBLAS_CORETYPE=$core tests/test_blocks >tests/openblas_cores.$core.tmp 2>&1 || { cat tests/openblas_cores.$core.tmp; exit 1; }
    grep -q "OpenBLAS core $core" tests/openblas_cores.$core.tmp || {
        echo "OPENBLAS_CORETYPE=$core had no effect:"
        grep "OpenBLAS core" tests/openblas_cores.$core.tmp
        exit 1
    }
    sed -nE 's/^digest (.* (loop|dot): [0-9a-f]*).*/\1/p' tests/openblas_cores.$core.tmp >tests/openblas_cores.loop-$core.tmp
done
cmp tests/openblas_cores.loop-Haswell.tmp tests/openblas_cores.loop-Sandybridge.tmp || exit 1
[ "$(wc -l <tests/openblas_cores.loop-Haswell.tmp)" = 10 ] || { echo "ten digests expected"; cat tests/openblas_cores.loop-Haswell.tmp; exit 1; }
