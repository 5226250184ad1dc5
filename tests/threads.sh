#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every computing command gives the same bytes with 1, 2, 4 and 8 threads, on images of several blocks that begin within one.
set -u
export LC_ALL=C
top=$(pwd) program=$(pwd)/gradaudit data=${GRADAUDIT_DATADIR:-$(pwd)/data}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failures=0

mnist="--data $data/mnist/t10k-images-idx3-ubyte.gz --labels $data/mnist/t10k-labels-idx1-ubyte.gz"
sigmoid=$data/models/saturated-sigmoid.safetensors relu=$data/models/saturated-relu.safetensors
"$top/tests/make_inputs" "$tmp" || exit 99
mkdir "$tmp/train" && cp "$tmp/images-many" "$tmp/train/train-images-idx3-ubyte" && cp "$tmp/labels-many" "$tmp/train/train-labels-idx1-ubyte" ||
    exit 99

# all DIRECTORY: every command; what it prints and writes goes there.
all() {
    mkdir "$1" && cd "$1" || exit 99
    # shellcheck disable=SC2086 # words
    for format in float double mpfr:100 exact; do
        "$program" gradient "$sigmoid" $mnist --images 250-258 --format $format -q >"gradient-$format" || return 1
        "$program" histogram "$sigmoid" $mnist --images 200-330 --format $format -q >"histogram-$format" || return 1
    done
    # shellcheck disable=SC2086 # words
    "$program" gradient "$sigmoid" $mnist --images 200-800 --format double -q >gradient-blocks &&
        "$program" gradient "$relu" $mnist --images 200-800 --wrt weights -q >gradient-weights &&
        "$program" attack "$sigmoid" $mnist --images 100-2400 -q >attack &&
        "$program" attack "$relu" $mnist --images 100-250 -e exact -e exact,margin -e mpfr:100,rewrite -q >attack-exact &&
        "$program" sweep "$sigmoid" $mnist --images 100-900 --points 5 -q -o sweep >sweep &&
        "$program" sweep "$relu" $mnist --images 200-280 --points 3 --parameter logit-scale --format exact -q >sweep-exact &&
        "$program" thresholds --format double >thresholds &&
        "$program" histogram "$sigmoid" $mnist --images 200-900 -q -o magnitudes >histogram &&
        "$program" inspect "$sigmoid" $mnist --images 100-900 >inspect &&
        "$program" explain "$sigmoid" $mnist --image 300 --element 400 >explain &&
        "$program" audit "$tmp/model.safetensors" --data "$tmp/images-many" --labels "$tmp/labels-many" --images 100-1400 --elements -q \
            -o audit-small &&
        "$program" audit "$sigmoid" $mnist --images 250-265 --elements -q -o audit &&
        "$program" audit "$relu" $mnist --images 3-9 -q --no-remedies -o audit-relu &&
        "$program" reproduce --first 80 -q --data-dir "$data" -o reproduce >reproduce-text &&
        "$program" train --recipe vanilla-sigmoid --data "$tmp/train" --arch 16-6-4 --set validation=500 -q -o trained >train || return 1
    find . -name provenance.json -exec rm {} +
    cd "$top" || exit 99
}

counts='1 2 4 8'
for threads in $counts; do
    OMP_NUM_THREADS=$threads all "$tmp/$threads" || { echo "a command failed with $threads threads"; exit 1; }
    diff -r "$tmp/1" "$tmp/$threads" >"$tmp/diff" || { head -n 5 "$tmp/diff"; echo "other bytes with $threads threads"; failures=1; }
done
# These pictures are not drawn elsewhere: gnuplot takes every script, and leaves a picture.
PATH=${PATH#*/tests/stand_in:} drawn=0
if command -v gnuplot >/dev/null; then
    for script in $(cd "$tmp/1" && find . -name '*.gp' ! -path '*/figures/*'); do
        (cd "$tmp/1/${script%/*}" && name=${script##*/} && gnuplot -e "kind='pdf'" "$name" && grep -aq '^%%EOF' "${name%.gp}.pdf") ||
            { echo "gnuplot does not draw $script"; failures=1; }
        drawn=$((drawn + 1))
    done
    [ "$drawn" -ge 7 ] || { echo "$drawn scripts for gnuplot"; failures=1; }
fi
[ "$(find "$tmp/1" -type f -size +0 | wc -l)" -ge 40 ] || { echo "the commands wrote too little"; exit 1; }
exit $failures
