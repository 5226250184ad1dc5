#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ONNX project's conformance data: what gradaudit makes of its models' inputs is what stands beside them; see conformance.py.
python=/usr/bin/python3
$python -c 'import numpy, onnx' 2>/dev/null || { echo "skip: onnx is not installed (Debian package python3-onnx)"; exit 77; }
$python -c 'from importlib.util import find_spec as find; exit(find("onnx.backend.test.data") is None)' 2>/dev/null ||
    { echo "skip: onnx's test data are not installed (Debian package libonnx-testdata)"; exit 77; }
[ -e python/gradaudit/_where.py ] || { echo "skip: configured without Python (Debian package python3)"; exit 77; }
unset GRADAUDIT_LIBRARY
PYTHONPATH=$PWD/python PYTHONDONTWRITEBYTECODE=1 $python "${srcdir:-.}/tests/conformance.py" "$@"
