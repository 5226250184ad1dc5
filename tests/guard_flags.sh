#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sources refuse flags that change arithmetic, given to make after configure has run.
: "${CC:=cc}"
header='#include "num/guard.h"'
try() { echo "$header" | $CC -std=c11 -I"${srcdir:-.}/src" "$@" -fsyntax-only -xc - 2>/dev/null; }

try -O2 || { echo "num/guard.h refuses -O2"; exit 1; }
for flag in -ffast-math -Ofast -ffinite-math-only; do
    ! try $flag || { echo "num/guard.h takes $flag"; exit 1; }
done
# Only GCC tells the preprocessor about these; with others configure's look at the flags and guard_fault() remain.
if echo __GCC_IEC_559 | $CC -E -P - | grep -q '^[0-9]'; then
    for flag in -funsafe-math-optimizations -freciprocal-math -fno-signed-zeros -ffp-contract=fast; do
        ! try $flag || { echo "num/guard.h takes $flag"; exit 1; }
    done
fi
