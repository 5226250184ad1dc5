#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `gradaudit formats` and the manual's table against the formats' standards, with integers as large as it takes (formats.py); formats
# that there are not are refused in one line; commands take any spelling of a format for the same one.
python=/usr/bin/python3
$python -c '' 2>/dev/null || { echo "skip: Python is not installed (Debian package python3)"; exit 77; }
srcdir=${srcdir:-.}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

PYTHONDONTWRITEBYTECODE=1 $python "$srcdir/tests/formats.py" ./gradaudit "$srcdir/man/gradaudit.1" || failed=1

# refused PATTERN FORMAT...: status 2 and one line that matches.
refused() {
    pattern=$1
    shift
    ./gradaudit formats -- "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? = 2 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q -- "^gradaudit formats: .*$pattern" "$tmp/err" ||
        fail "$* is not refused by '$pattern': $(cat "$tmp/out" "$tmp/err")"
}
refused "no format is called 'half': float, double, .* or binary128; nor a precision recipe: .*; did you mean 'float16'? (see" half
refused "did you mean 'saturate'?" e4m3,satrate
refused "did you mean 'emax='?" p=4,emx=3
refused "no format is called ''" ""
refused "no format is called ','\|no word between two commas" ,
refused "p is an integer from 2 to 4096, not '1'" p=1,emax=3
refused "p is an integer from 2 to 4096, not '0x4'" p=0x4,emax=3
refused "p is an integer from 2 to 4096, not '4097'" p=4097,emax=3
refused "emin is an integer from .* to 0, not '1'" p=4,emin=1,emax=3
refused "emax is an integer from 0 to .*, not '-1'" p=4,emax=-1
refused "emax is an integer .* not ''" p=4,emax=
refused "max=449 is no number of 4 bits" p=4,max=449
refused "max is the largest number, such as 448, not 'inf'" p=4,max=inf
refused "max is the largest number, such as 448, not '-448'" p=4,max=-448
refused "max= is of formats of at most 53 bits, not 63" p=63,max=448
refused "there is no word between two commas" float16,,ftz
refused "max=448 is no number" p=4,emax=7,max=448
refused "max=0.5 is no number" p=4,max=0.5
refused "which format?" p=4
refused "which format?" emax=3
refused "which format?" saturate
refused "a format has a name, or p=" float16,p=11
refused "'double' comes after another word of its kind" float,double
refused "'nan' comes after another word of its kind" e4m3,inf,nan
refused "'ftz' comes after another word of its kind" e4m3,ftz,ftz
refused "only a format with a range of exponents" mpfr:24,ftz
refused "only a format with a range of exponents" exact,rounding=up
refused "no rounding is called 'bogus': nearest-even, .* or stochastic" float16,rounding=bogus
refused "only stochastic rounding has a seed" float16,rounding=up:1
refused "only stochastic rounding has a seed, .* not 'stochastic:-1'" float16,rounding=stochastic:-1
refused "ftz is of formats that round to nearest or toward zero" float16,ftz,rounding=up
refused "a precision is 2 to 65536 bits" mpfr:1
refused "did you mean 'bfloat16'?" float16 bfloat61
refused "a power of two from 2^-100 to 2^100.*; loss-scale=auto is of audit alone" amp-float16,loss-scale=auto

# lines WORDS: the first column of a recipe's table, but for its name, which ends at the first blank.
lines() {
    ./gradaudit formats -- "$1" | sed '1d; s/\t.*//; s/^[^ ]* //'
}
[ "$(lines amp-float16,loss-scale=1024,elementwise=each | sed 1d)" = "stores activations of each operator in float16
stores gradients of each operator, times the loss scale 2^10, in float16
stores weights and biases in float16" ] || fail "formats of amp-float16: $(lines amp-float16,loss-scale=1024,elementwise=each)"
[ "$(lines fp8-hybrid,batch=32 | sed 1d)" = "rounds activations for products, with a scale for each batch of 32 images, to e4m3,saturate
rounds gradients for products, with a scale for each batch of 32 images, to e5m2,saturate
rounds weights for products, with a scale for each batch of 32 images, to e4m3,saturate" ] || fail "formats of fp8-hybrid: $(lines fp8-hybrid,batch=32)"
[ "$(lines fp8-hybrid,scale=s.json | sed -n 3p)" = "rounds gradients for products, with the scales of a file, to e5m2,saturate" ] ||
    fail "formats of scales of a file: $(lines fp8-hybrid,scale=s.json)"
[ "$(lines mxfp8,scale=ceil | sed -n 2p)" = "rounds activations for products, in blocks of 32 with scale=ceil, to e4m3,saturate" ] ||
    fail "formats of mxfp8: $(lines mxfp8,scale=ceil)"
[ "$(lines amp-tf32 | sed -n 2p)" = "rounds activations for products to tf32,rounding=toward-zero" ] || fail "formats of amp-tf32"

# One format, whatever its spelling, in every command that takes one.
model=$srcdir/tests/cases/nan_in_part/m.safetensors
data="--data $srcdir/tests/cases/nan_in_part/x.npy"
labels="--labels $srcdir/tests/cases/nan_in_part/y.npy"
for command in "gradient $labels" "forward" "histogram $labels" "sweep $labels --parameter logit-scale --points 2 --from 0.5 --to 2" "attack $labels"; do
    rm -f "$tmp/first"
    for format in "p=4,max=448,emin=-6,saturate" "SATURATE,e4m3" "emin=-6,saturate,emax=8,p=4,max=0x1cp4"; do
        option="--format $format"
        [ "${command%% *}" != attack ] || option="-e $format,naive -e naive,$format,margin"
        # shellcheck disable=SC2086 # words
        ./gradaudit $command "$model" $data $option -q >"$tmp/out" 2>"$tmp/err" && [ -s "$tmp/out" ] ||
            fail "$command $option: $(cat "$tmp/err")"
        [ -e "$tmp/first" ] || cp "$tmp/out" "$tmp/first"
        cmp -s "$tmp/first" "$tmp/out" || fail "$command $option is another format"
    done
done
[ "$(cut -f1 "$tmp/first" | sed 1d | paste -s -d /)" = "e4m3,saturate naive/e4m3,saturate naive margin" ] || fail "attack names $(cut -f1 "$tmp/first")"

# A sweep and an audit in formats that MPFR computes; what is drawn depends neither on threads nor on which part an image is in.
mkdir "$tmp/in" && tests/make_inputs "$tmp/in" || fail "no inputs"
model=$tmp/in/model.safetensors
data="--data $tmp/in/images --labels $tmp/in/labels"
wide="-e float -e bfloat16,rounding=stochastic:4 -e e5m2,rounding=stochastic -e x87,rounding=down -e float16,daz"
# shellcheck disable=SC2086 # words
for part in "whole 1 252-259" "first 2 252-255" "second 1 256-259"; do
    set -- $part
    ./gradaudit audit "$model" $data $wide --threads "$2" --images "$3" -o "$tmp/$1.audit" -q 2>"$tmp/err" ||
        fail "an audit of $part: $(cat "$tmp/err")"
done
./gradaudit merge "$tmp/first.audit" "$tmp/second.audit" -o "$tmp/merged.audit" 2>"$tmp/err" || fail "merge: $(cat "$tmp/err")"
for file in report.json images.tsv; do
    cmp "$tmp/whole.audit/$file" "$tmp/merged.audit/$file" || failed=1
done
# shellcheck disable=SC2086 # words
./gradaudit sweep "$model" $data --images 0-1 --format x87,rounding=stochastic --parameter gain --points 2 --from 0.5 --to 1 -q \
    >"$tmp/out" && [ "$(wc -l <"$tmp/out")" = 4 ] || fail "a sweep in x87: $(cat "$tmp/out")"
exit $failed
