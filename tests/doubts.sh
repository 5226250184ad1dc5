#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Inputs that a network was not made for get a warning, others do not; see doubts.py.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PATH=$(cd "${srcdir:-.}" && pwd)/tests/stand_in:$PATH \
    $python "${srcdir:-.}/tests/doubts.py" "$PWD/gradaudit" "$GRADAUDIT_DATADIR" "$tmp"
