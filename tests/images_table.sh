#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# images.tsv of several audits, and of merged ones, against tests/images_table.py.
export LC_ALL=C OMP_NUM_THREADS=2
python=/usr/bin/python3
source=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
program=$(pwd)/gradaudit
cd "$tmp" || exit 99

# audit NAME OPTION...: its directory.
audit() {
    name=$1
    shift
    "$program" audit "$@" --quiet --no-remedies -o "$name" 2>err
    status=$?
    [ $status = 0 ] || [ $status = 6 ] || { echo "FAILED: status $status of $name: $(cat err)"; exit 1; }
}

data="--data images --labels labels"
mnist="--data $source/data/mnist/t10k-images-idx3-ubyte.gz --labels $source/data/mnist/t10k-labels-idx1-ubyte.gz"
audit all model.safetensors $data -e float
audit first model.safetensors $data -e float --images 0-99
audit second model.safetensors $data -e float --images 100-299
"$program" merge second first/report.json -o merged || exit 1
cmp all/images.tsv merged/images.tsv || exit 1
audit few f64.safetensors $data --seeds 3 -e double,rewrite -e double --images 7-40
audit open model.safetensors $data -e float --images 0-9 --seeds 1 --max-bits 128 --reference-bits 4000
audit saturated "$source/data/models/saturated-sigmoid.safetensors" $mnist --images 0-15
exec $python "$source/tests/images_table.py" "all:float naive:20" "merged:float naive:20" "few:double naive:3" "open:float naive:1" \
    "saturated:float naive:20"
