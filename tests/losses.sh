#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Losses: gradients of small ONNX networks against mpmath, PyTorch in float64, and textbook formulas in NumPy.
python=/usr/bin/python3
$python -c 'import numpy, onnx, mpmath' 2>/dev/null || { echo "skip: onnx or mpmath is not installed (Debian packages python3-onnx, python3-mpmath)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/losses.py" "$tmp"
