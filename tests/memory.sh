#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an audit of a large network, 784-2048-2048-10, takes on two threads: at most 1 GiB. Its blocks are of 64 images, and its
# parts of 32, which the report and the journal say.
set -u
export LC_ALL=C
program=$(pwd)/gradaudit measure=$(pwd)/tests/measure data=${GRADAUDIT_DATADIR:-$(pwd)/data}
python=/usr/bin/python3
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
$python - "$tmp/large.npz" <<'END' || exit 99
import sys
import numpy
random = numpy.random.default_rng(1)
arrays = {"activation": "relu"}
for layer, (n_in, n_out) in enumerate([(784, 2048), (2048, 2048), (2048, 10)], 1):
    arrays[f"W{layer}"] = (random.standard_normal((n_out, n_in)) / n_in ** 0.5).astype("float32")
    arrays[f"b{layer}"] = numpy.zeros(n_out, "float32")
numpy.savez(sys.argv[1], **arrays)
END
"$measure" "$tmp/measured" "$program" audit "$tmp/large.npz" --data "$data/mnist/t10k-images-idx3-ubyte.gz" \
    --labels "$data/mnist/t10k-labels-idx1-ubyte.gz" --images 0-127 --threads 2 -q -o "$tmp/audit" >"$tmp/out" 2>&1 || exit 99
read -r status milliseconds kibibytes <"$tmp/measured"
echo "exit status $status, $milliseconds ms of processor time, $((kibibytes / 1024)) MiB"
[ "$status" -eq 0 ] || { cat "$tmp/out"; exit 1; }
grep -q '"block": 64,' "$tmp/audit/report.json" || { echo "the report does not say that blocks are of 64 images"; exit 1; }
[ "$kibibytes" -le $((1024 * 1024)) ] || { echo "more than 1 GiB"; exit 1; }
