#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Certified gradients of networks with every operator and every loss, against mpmath: some networks, others after each commit (without git:
# each day). GRADAUDIT_TEST_ELEMENTS=N, or make check-long: all networks and losses, N elements at least.
python=/usr/bin/python3
$python -c 'import mpmath, numpy, onnx, torch' 2>/dev/null ||
    { echo "skip: PyTorch, onnx or mpmath is not installed (Debian packages python3-torch, python3-onnx, python3-mpmath)"; exit 77; }
: "${srcdir:=.}"
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export GRADAUDIT_TEST_SEED="${GRADAUDIT_TEST_SEED:-$(git -C "$srcdir" rev-list --count HEAD 2>/dev/null || echo $(($(date +%s) / 86400)))}"
PYTHONDONTWRITEBYTECODE=1 $python "$srcdir/tests/every_operator.py" "$tmp" "$srcdir/tests/cases/files" "${GRADAUDIT_TEST_ELEMENTS:-0}" "$GRADAUDIT_TEST_SEED"
