#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A failing CUnit assertion makes its program exit non-zero and `make check` red. CUnit's own exit code would be 0.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
trap 'rm -f tests/planted.log tests/planted.trs tests/planted-suite.log' EXIT

if tests/planted.test; then
    echo "tests/planted.test exits 0 with a failed assertion"
    exit 1
fi
rm -f tests/planted.log tests/planted.trs
if ${MAKE:-make} check-TESTS TESTS=tests/planted.test TEST_SUITE_LOG=tests/planted-suite.log; then
    echo "make check is green with a failed assertion"
    exit 1
fi
grep '^:test-result: FAIL' tests/planted.trs
