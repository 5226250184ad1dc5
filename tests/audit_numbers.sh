#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The numbers of audits of shipped networks, recomputed by tests/audit_oracle.py from their arrays; the arrays and counts against those
# of `gradaudit gradient` and `gradaudit attack`; foreign gradients.
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python=/usr/bin/python3
$python -c 'import mpmath, numpy' 2>/dev/null || {
    echo "skip: mpmath or NumPy is not installed (Debian packages python3-mpmath, python3-numpy)"
    exit 77
}
oracle=${srcdir:-.}/tests/audit_oracle.py
images=$GRADAUDIT_DATADIR/mnist/t10k-images-idx3-ubyte.gz
labels=$GRADAUDIT_DATADIR/mnist/t10k-labels-idx1-ubyte.gz
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0

# model NAME: what follows is about this shipped network.
model() { file=$GRADAUDIT_DATADIR/models/$1.safetensors; }

# audit STATUS NAME OPTION...: an audit with --elements, and all its numbers.
audit() {
    want=$1 name=$2
    shift 2
    ./gradaudit audit "$file" --data "$images" --labels "$labels" --elements -q -o "$tmp/$name" "$@" 2>"$tmp/err"
    got=$?
    [ "$got" = "$want" ] || { echo "FAILED: $name: status $got, not $want: $(cat "$tmp/err")"; failed=1; }
    [ "$want" = 3 ] || (cd "$tmp" && exec $python "$top/$oracle" audit "$name" "$file" "$images" "$labels") || failed=1
}
case $oracle in /*) top= ;; *) top=$(pwd) ;; esac

# same NAME RANGE ESTIMATOR ARRAY OPTION...: gradient and attack say the same of this estimator.
same() {
    name=$1 range=$2 words=$3 array=$4
    shift 4
    ./gradaudit gradient "$file" --data "$images" --labels "$labels" --images "$range" "$@" |
        $python "$oracle" gradient "$tmp/$name" "$array" "${range%-*}" || { echo "FAILED: $name: gradient $array"; failed=1; }
    [ -z "$words" ] || ./gradaudit attack "$file" --data "$images" --labels "$labels" --images "$range" -e "$words" |
        $python "$oracle" attack "$tmp/$name" "$array" || { echo "FAILED: $name: attack $array"; failed=1; }
}

model saturated-sigmoid
audit 0 saturated --images 254-259 --no-remedies
same saturated 254-259 float,naive 'float naive' --format float
same saturated 254-259 double,rewrite 'double rewrite' --format double --formulas rewrite
same saturated 254-259 '' exact --format exact

# Naive passes by NumPy, of a mean over 1000 images: their cells are nearly ours, and all their numbers are recomputed too.
model vanilla-sigmoid
for dtype in float32 float64; do
    $python "$oracle" backward "$file" "$images" "$labels" "$tmp/$dtype.npy" $dtype 1000 || failed=1
done
audit 0 vanilla --images 100-103 --no-remedies -e float,naive -e float,naive,gain=auto -e double,naive --foreign-scale 1000 \
    --foreign "numpy.single=$tmp/float32.npy" --foreign "numpy.double=$tmp/float64.npy"
same vanilla 100-103 float,naive 'float naive' --format float
$python - "$tmp/vanilla/report.json" <<'END' || failed=1
import json, sys
report = json.load(open(sys.argv[1]))
cells = {h['name']: g['cells'] for h, g in zip(report['head']['estimators'], report['estimators'])}
for theirs, ours in (('numpy.single', 'float naive'), ('numpy.double', 'double naive')):
    off = sum(abs(cells[theirs][c] - cells[ours][c]) for c in cells[ours])
    print(f'  {theirs}: {off} of {2 * sum(cells[ours].values())} elsewhere')
    if off > 0.05 * sum(cells[ours].values()):
        sys.exit(f'FAILED: {theirs} {cells[theirs]}, {ours} {cells[ours]}')
END

# More bits wanted than there may be, and every kind of number: what is undecided, infinite or NaN is counted everywhere.
model saturated-relu
$python -W ignore - "$tmp" <<'END'
import numpy as np, sys
kinds = [0.0, -0.0, 1e-45, -1e-40, 1.0, -1e30, np.inf, -np.inf, np.nan, 1e-30, -1e-3, 3e38, 2.0 ** -126, 2.0 ** -127]
odd = np.array(kinds, np.float32)[np.arange(10000 * 784) % len(kinds)]
np.save(sys.argv[1] + '/odd.npy', odd.reshape(10000, 28, 28))
np.save(sys.argv[1] + '/half.npy', odd.reshape(10000, 784).astype(np.float16))
np.save(sys.argv[1] + '/flat.npy', odd)
np.save(sys.argv[1] + '/few.npy', odd[:784].reshape(1, 784))
END
audit 6 undecided --images 511-513 --no-remedies -e float,naive -e float,naive,logit-scale=auto --max-bits 128 --reference-bits 120 \
    --foreign "odd=$tmp/odd.npy"
for bad in half flat few; do
    audit 3 bad --images 0-1 --no-remedies -e float,naive --foreign "bad=$tmp/$bad.npy"
    [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q "$bad.npy: " "$tmp/err" || { echo "FAILED: $bad: $(cat "$tmp/err")"; failed=1; }
done
exit $failed
