#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each command's JSON says what its text says, number by number, fits its schema, and is the same for any number of threads; see json.py.
/usr/bin/python3 -c 'import jsonschema, numpy' 2>/dev/null ||
    { echo "skip: jsonschema or NumPy is not installed (Debian packages python3-jsonschema, python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
top=$(cd "${srcdir:-.}" && pwd)
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$top/tests/json_text.py" "$PWD/gradaudit" "$top" "$tmp" || exit 1

# Options that contradict each other: one line.
data="$top/tests/cases/nan_in_part/x.npy --labels $top/tests/cases/nan_in_part/y.npy"
for command in "gradient -o $tmp/g.npy" "forward -o $tmp/f.npy"; do
    # shellcheck disable=SC2086 # words
    ./gradaudit $command "$top/tests/cases/nan_in_part/m.safetensors" --data $data --json >"$tmp/out" 2>"$tmp/err"
    [ $? = 2 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q -- '-o writes an array, --json prints a document' "$tmp/err" ||
        { echo "$command --json: $(cat "$tmp/err")"; exit 1; }
done

# A full disk is said, and ends in 5.
if [ -w /dev/full ]; then
    for command in forward gradient "gradient --wrt weights" histogram attack "sweep --parameter logit-scale --points 2" inspect; do
        # shellcheck disable=SC2086 # words
        ./gradaudit $command "$top/tests/cases/nan_in_part/m.safetensors" --data $data --json >/dev/full 2>"$tmp/err"
        [ $? = 5 ] && grep -q 'writing .*failed' "$tmp/err" || { echo "$command --json to a full disk: $(cat "$tmp/err")"; exit 1; }
    done
fi
