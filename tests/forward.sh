#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gradaudit forward prints what Python floats, NumPy, mpmath and PyTorch compute from the same numbers; see forward.py.
python=/usr/bin/python3
$python -c 'import mpmath, numpy' 2>/dev/null ||
    { echo "skip: NumPy or mpmath is not installed (Debian packages python3-numpy, python3-mpmath)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/forward.py" "$PWD/gradaudit" "$tmp" "${srcdir:-.}/man/gradaudit.1"
