#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every line of `gradaudit thresholds` against mpmath, there and one number before, in formats of many bits, and with all numbers tried
# in formats of few; and public reports of lost derivatives.
python=/usr/bin/python3
$python -c 'import mpmath, numpy' 2>/dev/null ||
    { echo "skip: mpmath or NumPy is not installed (Debian packages python3-mpmath, python3-numpy)"; exit 77; }
srcdir=${srcdir:-.}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
for format in float double x87 binary128; do
    ./gradaudit thresholds --format $format >"$tmp/$format" || exit 1
done
$python "$srcdir/tests/thresholds.py" "$tmp/float" "$tmp/double" "$tmp/x87" "$tmp/binary128" "$srcdir/data/measured/thresholds-reports.json" || exit 1
$python "$srcdir/tests/threshold_formats.py" ./gradaudit
