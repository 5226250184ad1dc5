#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reports of several networks and options fit data/schema/audit-2.json, and broken ones do not.
export LC_ALL=C
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null ||
    { echo "skip: jsonschema is not installed (Debian package python3-jsonschema)"; exit 77; }
program=$(pwd)/gradaudit
source=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
cd "$tmp" || exit 99

# audit NAME MODEL OPTION...: the audit NAME.
audit() {
    name=$1
    shift
    "$program" audit "$@" --quiet -o "$name" || { echo "status $? of audit $*"; exit 1; }
}

data="--data images --labels labels"
mnist="--data $source/data/mnist/t10k-images-idx3-ubyte.gz --labels $source/data/mnist/t10k-labels-idx1-ubyte.gz"
/usr/bin/python3 - <<'EOF' || exit 99
header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (300, 16), }"
with open("foreign.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n" + bytes(300 * 16 * 4))
images, labels = open("images", "rb").read()[16:], open("labels", "rb").read()[8:]
with open("images.csv", "w") as file:
    for i, label in enumerate(labels):
        print(label, *images[16 * i:16 * i + 16], sep=",", file=file)
EOF
audit whole model.safetensors $data --images 250-299
audit a model.safetensors $data --images 0-255 --seeds 1 --no-remedies -e float
audit b model.safetensors $data --images 256-299 --seeds 1 --no-remedies -e float
"$program" merge b a -o merged || exit 1
audit foreign model.safetensors $data --images 0-9 --foreign torch=foreign.npy --foreign-scale 300 --elements --seeds 3
audit ea model.safetensors $data --images 0-255 --seeds 1 -e amp-float16
audit eb model.safetensors $data --images 256-299 --seeds 1 -e amp-float16
audit ewhole model.safetensors $data --images 0-299 --seeds 1 -e amp-float16
"$program" merge eb ea -o emerged || exit 1
cmp ewhole/report.json emerged/report.json || { echo "an audit of a recipe, merged, differs"; exit 1; }
grep -q '"loss_scales"' ewhole/report.json || { echo "no loss scales"; exit 1; }
audit recipes model.safetensors $data --images 0-9 --seeds 1 -e fp8-hybrid,gradient=e5m2 -e mxfp8 -e amp-tf32 -e float
audit double f64.safetensors $data --images 0-3 --eps 0.1 --tolerance 0.5 -e double,naive -e double,rewrite,loop
audit scaled model.safetensors --data images.csv --label-column 1 --scale 1/100 --mean 1,0 --std 1.5 --images 0-7 --seeds 2
audit doubted model.safetensors --data images.csv --label-column 1 --images 0-1 --seeds 2 -e float
grep -q '"warnings"' doubted/report.json || { echo "no warning, though bytes are taken as numbers"; exit 1; }
audit rounded f64.safetensors $data --images 0-3 --round-model
# Commas in the names of formats: in gates, which take them for blanks, and in names of files, which have none.
audit narrow model.safetensors $data --images 0-3 --seeds 2 --elements -e float,naive -e e4m3,saturate,naive -e 'rewrite p=5,emax=7,ftz' \
    --fail-on 'e4m3,saturate,naive:right<0' --fail-on 'E4M3 Saturate naive:zeros<0' --fail-on 'p=5,emin=-6,emax=7,ftz,rewrite:lost<0'
[ -s narrow/elements/e4m3-saturate-naive.cell.npy ] && [ -s narrow/elements/p-5-emin--6-emax-7-ftz-rewrite.gradient.npy ] ||
    { echo "other names of files: $(ls narrow/elements)"; exit 1; }
audit saturated "$source/data/models/saturated-sigmoid.safetensors" $mnist --images 0-1 --no-remedies
audit relu "$source/data/models/vanilla-relu.safetensors" $mnist --images 7-7 --no-remedies
/usr/bin/python3 "$source/tests/report_schema.py" "$source/data/schema/audit-2.json" foreign/report.json whole/report.json \
    merged/report.json double/report.json rounded/report.json scaled/report.json doubted/report.json saturated/report.json relu/report.json \
    narrow/report.json ewhole/report.json recipes/report.json || exit 1

# The lists of the schema are those of the sources.
for list in cells:ga_cell_names origins:origin_names remedies:remedy_names; do
    names=$(sed -n "/${list#*:}\[.*\] *= *{/,/};/p" "$source"/src/audit/*.c "$source"/src/blame/*.c | grep -o '"[^"]*"' | sort)
    [ -n "$names" ] || { echo "no names of $list"; exit 1; }
    echo "$names" | while read -r name; do
        grep -q "$name" "$source/data/schema/audit-2.json" || { echo "$list: $name is not in the schema"; exit 1; }
    done || exit 1
done
