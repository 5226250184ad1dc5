#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The audited bytes are the hashed ones: the digests in a report's head are hashlib's of the inputs, also for folders, pipes and
# files replaced after they are read; strace sees each input opened once.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
strace -o "$tmp/trace" true 2>/dev/null || { echo "skip: strace is not installed (Debian package strace), or may not trace here"; exit 77; }
export LC_ALL=C
tests/make_inputs "$tmp" || exit 99
$python "$srcdir/tests/read_once.py" "$(pwd)/gradaudit" "$tmp" "$(cd "$srcdir" && pwd)/tests/hostile"
