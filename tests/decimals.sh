#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Decimal options against Python's fractions: every command rounds what was written once, to the type of the model.
/usr/bin/python3 -c '' 2>/dev/null || { echo "skip: Python is not installed (Debian package python3)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
/usr/bin/python3 "${srcdir:-.}/tests/decimals.py" "$(pwd)/gradaudit" "$tmp"
