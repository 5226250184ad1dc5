#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --fuse: compositions that torch.onnx.export writes, read as the functions that they are, against PyTorch in float64.
python=/usr/bin/python3
$python -c 'import numpy, onnx, torch' 2>/dev/null ||
    { echo "skip: PyTorch or onnx is not installed (Debian packages python3-torch, python3-onnx)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/fuse.py" "$tmp"
