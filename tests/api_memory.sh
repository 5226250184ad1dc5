#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# After ga_own_gmp_memory a process that lacked memory goes on, with the right bits and without losing more (gradaudit_memory.c).
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
${CC:-cc} -shared -fPIC -O1 -o "$tmp/fault.so" "${srcdir:-.}/tests/alloc_fault.c" -ldl || exit 99
LD_PRELOAD=$tmp/fault.so MALLOC_PERTURB_=165 tests/gradaudit_memory
