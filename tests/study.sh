#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A study that the program was not made for: networks of several seeds, thresholds, and what others measured, from its file alone; one
# with loss scales, which are those of gradaudit sweep; and one with two data sets.
set -u
source=$(cd "${srcdir:-.}" && pwd) program=$(pwd)/gradaudit
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/data/studies" "$tmp/data/measured" && cp "$source/tests/cases/studies/unmoved.json" "$tmp/data/studies/" || exit 99
ln -s "$source/data/mnist" "$source/data/models" "$tmp/data/" || exit 99
echo '{"reports": [{"id": "<b>issue</b> 7", "argument": 37.42994775023705}]}' >"$tmp/data/measured/elsewhere.json"
cd "$tmp" || exit 99
export GRADAUDIT_DATADIR=$tmp/data
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# has FILE TEXT
has() { grep -qF -- "$2" "$1" || fail "$1 lacks: $2"; }

# number PATH...: of report.json
number() {
    python3 - "$@" <<'END'
import json
import sys
x = json.load(open('out/report.json'))
for key in sys.argv[1:]:
    x = x[int(key)] if isinstance(x, list) else x[key]
print('%.2f' % x)
END
}

[ "$("$program" reproduce --list)" = "unmoved	How many images does a gradient of zeros leave unmoved?" ] || fail "the list"
"$program" reproduce unmoved -o out --first 20 --quiet >text || fail "status $?"
"$program" reproduce unmoved -o out --first 20 --quiet >again || fail "a former one is not replaced: $?"
cmp -s text again || fail "another text"
cp out/index.html page.html
"$program" report out >again 2>err || fail "report: status $?"
cmp -s text again && cmp -s page.html out/index.html || fail "report renders something else"
has out/report.json '"study": "unmoved"'
has out/provenance.json '"name": "unmoved"'
for network in seed-1 seed-2; do
    row=$(grep "^$network " text | tr -s ' ')
    want=$(for role in naive-float naive-double exact; do number networks $network attacks $role accuracy_percent; done | paste -s -d ' ' -)
    zeros=$(for role in naive-float naive-double; do number networks $network attacks $role all_zero_percent; done | paste -s -d ' ' -)
    [ "$row" = "$network $(number networks $network plain_percent) $want $zeros" ] || fail "$network: '$row'"
done
has text 'issue #350, says that 96 %'
# sigma' of float is 0 from 16.6355 on, of double from 36.7368, where 1 - sigma is.
awk '$1 == "sigma'\''" && $2 == "naive" && $3 == 0 && $5 > 0 { print $5 }' text | paste -s -d ' ' - | grep -q '^16\.6[0-9]* 36\.[0-9]*$' ||
    fail "thresholds"
has out/index.html '&lt;b&gt;issue&lt;/b&gt; 7'
grep -qE '^<b>issue</b> 7 +37\.429947750237048$' text || fail "what was measured"
! grep -q '<b>issue' out/index.html || fail "hostile text on the page"
"$program" reproduce unmoved -o spread --first 5 --train --seeds --quiet 2>err && fail "no seeds, and a spread"
has err 'has no other seeds'
rm data/measured/elsewhere.json
"$program" reproduce unmoved -o missing --first 5 --quiet 2>err && fail "what was measured is not missed"
[ "$(wc -l <err)" = 1 ] && grep -q 'measured/elsewhere.json' err || fail "$(cat err)"
[ ! -e missing ] || fail "a directory is left"

cp "$source/tests/cases/studies/scales.json" "$tmp/data/studies/" || exit 99
"$program" reproduce scales -o scales --first 20 --quiet >text || fail "scales: status $?"
for format in amp-float16 amp-float16,gradient=e5m2; do
    "$program" sweep data/models/vanilla-sigmoid.safetensors --data data/mnist/t10k-images-idx3-ubyte.gz \
        --labels data/mnist/t10k-labels-idx1-ubyte.gz --images 0-19 --format "$format" --parameter loss-scale --from 0.5 --to 4 \
        --json --quiet >"$format.json" || fail "sweep: status $?"
done
python3 - amp-float16 amp-float16,gradient=e5m2 <<'END' || fail "the study's loss scales are not those of gradaudit sweep"
import json
import sys
report = json.load(open('scales/report.json'))
for name in sys.argv[1:]:
    of = [s for s in report['sweeps'] if s['format'] == name]
    points = of[0]['points']
    assert len(of) == 1 and points == json.load(open(name + '.json'))['points'], name
    assert [p['value'] for p in points] == [0.5, 1, 2, 4] and sum(p['lost'] + p['below-range'] for p in points) > 0, name
half = report['networks']['vanilla-sigmoid']['findings']['half']['cells']
at_1 = report['sweeps'][1]['points'][1]
assert all(at_1[cell] == n for cell, n in half.items()), 'the audit, and the sweep at 1'
assert [len(s['points']) for s in report['sweeps']] == [2, 4, 4] and 'success_percent' in report['sweeps'][0]['points'][0]
END
[ "$(grep -c . scales/scales.tsv)" = 6 ] && grep -q '^# amp-float16$' scales/scales.tsv || fail "the figure of loss scales"
grep -q '^set yrange \[0\.001:100\]$' scales/scales.gp || fail "an axis of 15,680 elements begins above one of them, or far below"
[ "$(grep -c . scales/gains.tsv)" = 4 ] || fail "the figure of gains has other points"
[ "$(awk 'NF == 4 && $1 > 0 && $2 != "-" && $4 != "-"' text | wc -l)" = 4 ] || fail "the table of loss scales"

# A network has the images of its folder: black on white in one, white on black in the other, and more of them. What the study says of it
# and trains is what single commands do with that folder.
cp "$source/tests/cases/studies/folders.json" "$tmp/data/studies/" || exit 99
python3 - <<'END' || exit 99
import gzip
import os
inverted = bytes(range(255, -1, -1))
for folder, tests in ('ink', 12), ('paper', 20):
    os.mkdir('data/' + folder)
    for part, n in ('t10k', tests), ('train', 10200):
        for name, head, size in ('images-idx3', 16, 784), ('labels-idx1', 8, 1):
            name = '/%s-%s-ubyte.gz' % (part, name)
            data = gzip.open('data/mnist' + name).read(head + n * size)
            values = data[head:].translate(inverted) if folder == 'paper' and size > 1 else data[head:]
            with gzip.open('data/' + folder + name, 'wb', 1) as f:
                f.write(data[:4] + n.to_bytes(4, 'big') + data[8:head] + values)
END

# folders DIR NAME=FILE...: what the study of folders in DIR says of a network is what commands print of the model in FILE.
folders() {
    local directory=$1 pair name model folder
    shift
    for pair; do
        name=${pair%%=*} model=${pair#*=} folder=${name#of-} folder=${folder%-too}
        images=(--data "data/$folder/t10k-images-idx3-ubyte.gz" --labels "data/$folder/t10k-labels-idx1-ubyte.gz" --quiet --json)
        "$program" attack "$model" "${images[@]}" --eps 0.1 -e float,naive >attack.json || fail "$name: attack $?"
        "$program" sweep "$model" "${images[@]}" --format amp-float16 --parameter loss-scale --from 1 --to 2 >sweep.json || fail "$name: sweep $?"
        python3 - "$directory" "$name" "data/$folder/t10k-images-idx3-ubyte.gz" <<'END' || fail "$directory: $name has other images"
import hashlib
import json
import sys
directory, name, images = sys.argv[1:]
report = json.load(open(directory + '/report.json'))
network, attack = report['networks'][name], json.load(open('attack.json'))['attacks'][0]
assert network['images'] == attack['images'] == {'ink': 12, 'paper': 20}[name.split('-')[1]]
assert network['correct'] == attack['correct']
assert network['attacks']['naive-float'] == network['attacks']['naive-float'] | {k: attack[k] for k in ('fooled', 'correct_after', 'zero')}
for sweep in report['sweeps']:
    if sweep['network'] == name:
        assert sweep['points'] == json.load(open('sweep.json'))['points']
assert report['inputs'][images[len('data/'):]] == hashlib.sha256(open(images, 'rb').read()).hexdigest()
END
    done
}
"$program" reproduce folders -o folders --quiet >text || fail "folders: status $?"
folders folders of-ink=data/models/vanilla-relu.safetensors of-paper=data/models/vanilla-relu.safetensors \
    of-ink-too=data/models/vanilla-sigmoid.safetensors
"$program" reproduce folders -o trained --train --quiet >text || fail "folders, trained: status $?"
folders trained of-ink=trained/models/of-ink.safetensors of-paper=trained/models/of-paper.safetensors \
    of-ink-too=trained/models/of-ink-too.safetensors
for pair in of-ink=ink,3 of-paper=paper,3 of-ink-too=ink,4; do
    folder=${pair#*=} seed=${pair#*,}
    "$program" train --recipe overconfident-relu --seed "$seed" --data "data/${folder%,*}" -o alone.safetensors --quiet >/dev/null || fail "train: $?"
    cmp alone.safetensors "trained/models/${pair%%=*}.safetensors" || fail "${pair%%=*} is trained on other images"
done
rm data/paper/train-images-idx3-ubyte.gz
"$program" reproduce folders -o untrained --train --quiet 2>err
status=$?
[ "$status" = 5 ] && [ "$(wc -l <err)" = 1 ] && grep -q 'data/paper/train-images-idx3-ubyte.gz: .*; put train-.* there .*, or leave out --train$' err ||
    fail "status $status: $(cat err)"
[ ! -e untrained ] || fail "a directory is left"

# The study of low precision on a few images: every element is in one cell, and a loss scale has the cells of its audit.
GRADAUDIT_DATADIR=$source/data "$program" reproduce low-precision -o low --first 10 --quiet >text || fail "low-precision: status $?"
python3 - <<'END' || fail "low-precision: cells"
import json
report = json.load(open('low/report.json'))
elements = 10 * 784
for name, network in report['networks'].items():
    of = {role: f['cells'] for role, f in network['findings'].items()}
    assert all(sum(cells.values()) == elements for cells in of.values()), name
    points = {p['value']: p for s in report['sweeps'] if s['network'] == name for p in s['points']}
    assert len(points) == 21
    for scale, role in (1, 'amp-float16'), (1024, 'amp-float16-scaled'):
        assert all(points[scale][cell] == n for cell, n in of[role].items()), (name, role)
assert len(report['networks']) == 5
END
! grep -q 'unknown\| - *$' text || fail "low-precision: a number is missing"
[ -s low/scales-relu.tsv ] && [ -s low/scales-sigmoid.tsv ] && [ -s low/scales-fashion.tsv ] || fail "low-precision: its figures"
exit $((failures > 0))
