#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pictures of a page, decoded, against the bytes that the network was given: colour of 3 and 4 channels, first and last; strips; bars.
/usr/bin/python3 -c '' 2>/dev/null || { echo "skip: Python is not installed (Debian package python3)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
/usr/bin/python3 "${srcdir:-.}/tests/pictures.py" "$(pwd)/gradaudit" "$tmp"
