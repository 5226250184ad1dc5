#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Networks that onnx.helper and, where PyTorch is installed, torch.onnx.export write are converted bit for bit, and their gradients
# are those of NumPy's and PyTorch's binary64 arithmetic within rounding; what is no chain of known operators is refused by name.
python=/usr/bin/python3
$python -c 'import numpy, onnx' 2>/dev/null || { echo "skip: onnx is not installed (Debian package python3-onnx)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/onnx_networks.py" ./gradaudit "$tmp"
