#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Python package in the build tree: its tests (tests/python), and its types. Nothing is written to the source.
python=/usr/bin/python3
for module in numpy:python3-numpy pytest:python3-pytest pandas:python3-pandas tqdm:python3-tqdm torch:python3-torch \
    onnx:python3-onnx sklearn:python3-sklearn matplotlib:python3-matplotlib \
    nbconvert:python3-nbconvert ipykernel:python3-ipykernel; do
    $python -c "import ${module%:*}" 2>/dev/null || { echo "skip: ${module%:*} is not installed (Debian package ${module#*:})"; exit 77; }
done
[[ -e python/gradaudit/_where.py ]] || { echo "skip: configured without Python (Debian package python3)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
srcdir=$(cd "${srcdir:-.}" && pwd)
unset GRADAUDIT_LIBRARY
export PYTHONPATH=$PWD/python PYTHONDONTWRITEBYTECODE=1 GRADAUDIT_PROGRAM=$PWD/gradaudit
failed=0

# GRADAUDIT_PYTEST has more words for pytest, such as "-k model".
# shellcheck disable=SC2086 # a list of words
$python -m pytest -q -p no:cacheprovider --basetemp "$tmp/pytest" --rootdir "$srcdir/tests/python" -c /dev/null \
    -W error::pytest.PytestUnraisableExceptionWarning ${GRADAUDIT_PYTEST-} "$srcdir/tests/python" || failed=1

if command -v mypy >/dev/null; then
    (cd "$srcdir/python" && mypy --cache-dir "$tmp/mypy" --config-file pyproject.toml) || failed=1
else
    echo "skip: mypy is not installed (Debian package mypy)"
    [[ $failed != 0 ]] || failed=77
fi
exit $failed
