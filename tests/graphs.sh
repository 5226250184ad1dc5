#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ONNX graphs that are no chains: logits and gradients against NumPy, which runs each operator by its definition.
python=/usr/bin/python3
$python -c 'import numpy, onnx' 2>/dev/null || { echo "skip: onnx is not installed (Debian package python3-onnx)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/graphs.py" "$tmp" "${srcdir:-.}/tests/cases/files"
