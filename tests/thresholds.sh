#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every line of `gradaudit thresholds` against mpmath, there and one number before; and public reports of lost derivatives.
python=/usr/bin/python3
$python -c 'import mpmath' 2>/dev/null || { echo "skip: mpmath is not installed (Debian package python3-mpmath)"; exit 77; }
srcdir=${srcdir:-.}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
for format in float double; do
    ./gradaudit thresholds --format $format >"$tmp/$format" || exit 1
done
$python "$srcdir/tests/thresholds.py" "$tmp/float" "$tmp/double" "$srcdir/data/measured/thresholds-reports.json"
