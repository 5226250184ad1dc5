#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whole images through the program, exact and in mpfr:256 with the rewritten formulas, against an implementation in mpmath.
python=/usr/bin/python3
$python -c 'import mpmath' 2>/dev/null || { echo "skip: mpmath is not installed (Debian package python3-mpmath)"; exit 77; }
oracle=${srcdir:-.}/tests/mpmath_oracle.py
images=$GRADAUDIT_DATADIR/mnist/t10k-images-idx3-ubyte.gz
labels=$GRADAUDIT_DATADIR/mnist/t10k-labels-idx1-ubyte.gz
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

# compare MODEL LOSS GAIN LOGIT_SCALE DIGITS IMAGES FORMAT...
compare() {
    model=$1 loss=$2 gain=$3 scale=$4 digits=$5 range=$6
    shift 6
    echo "  $loss, gain $gain, logit scale $scale, $*"
    ./gradaudit gradient "$model" --loss "$loss" --data "$images" --labels "$labels" --images "$range" --gain "$gain" --logit-scale "$scale" \
        "$@" >"$tmp/out" && $python "$oracle" check "$model" "$images" "$labels" "$gain" "$scale" "$digits" "$loss" <"$tmp/out" || failed=1
}

# DTYPE, activations, scale of the weights, gain, logit scale
while read -r dtype activations weights gain scale; do
    echo "$dtype $activations, weights $weights:"
    $python "$oracle" write "$tmp/model" "$dtype" "$activations" "$weights" 7 784 11 7 10 || exit 99
    compare "$tmp/model" cross-entropy "$gain" "$scale" 25 0-2 --format exact --digits 25
    compare "$tmp/model" cross-entropy "$gain" "$scale" 0 17 --format mpfr:256 --formulas rewrite
    compare "$tmp/model" margin "$gain" "$scale" 25 3 --format exact --digits 25
done <<END
F32 sigmoid 5 1 1
F32 sigmoid 3000 1 1
F32 sigmoid 3000 3e-4 1
F64 tanh 3000 1 1
F32 tanh 30 3e-4 1e-3
F32 relu 2 1 1
F64 relu 3000 1 1e-3
F32 relu,sigmoid 100 1 1
F64 tanh,relu 3000 3e-4 1e-3
F32 linear,tanh 30 1e-2 1
F64 sigmoid,linear 300 1 1
F32 softplus 5 1 1
F64 softplus,silu 30 1 1e-2
F32 silu 5 1 1
F64 gelu 5 1 1
F32 gelu,sigmoid 10 1e-1 1
F32 gelu-tanh 5 1 1
F64 mish,gelu-tanh 10 1 1
F32 mish 5 1 1
F32 elu 30 1 1e-2
F64 softsign 30 1 1
F32 hardsigmoid,relu6 10 1 1
F64 hardswish 10 1 1
END
for name in saturated-sigmoid saturated-relu; do
    echo "$name:"
    compare "$GRADAUDIT_DATADIR/models/$name.safetensors" margin 1 1 25 0-1 --format exact --digits 25
    compare "$GRADAUDIT_DATADIR/models/$name.safetensors" margin 1 1 0 2 --format mpfr:256 --formulas rewrite
done
exit $failed
