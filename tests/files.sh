#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Networks as PyTorch, ONNX, NumPy, scikit-learn, Flax and Keras write them (tests/cases/files): each is read bit for bit, or refused in one
# line, and what that line advises works. convert_checkpoint.py reads pickles without running them.
python=/usr/bin/python3
$python -c 'import numpy, onnx' 2>/dev/null || { echo "skip: NumPy or onnx is not installed (Debian packages python3-numpy, python3-onnx)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/files.py" "$(pwd)/gradaudit" "${srcdir:-.}/tests/cases/files" "$tmp"
