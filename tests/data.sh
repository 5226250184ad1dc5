#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Data files as NumPy and Python write them: the same images as IDX, .npy, .npz and CSV give the same gradients, byte for byte;
# inputs are the exact values that fractions.Fraction computes, rounded once by NumPy; what is malformed is refused in one line.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
tests/make_inputs "$tmp" || exit 99
$python "$srcdir/tests/data.py" "$(pwd)/gradaudit" "$(pwd)/tests/data_print" "$tmp"
