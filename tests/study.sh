#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A study that the program was not made for: networks of several seeds, thresholds, and what others measured, from its file alone; and
# one with loss scales, which are those of gradaudit sweep.
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
[ "$(grep -c . scales/gains.tsv)" = 4 ] || fail "the figure of gains has other points"
[ "$(awk 'NF == 4 && $1 > 0 && $2 != "-" && $4 != "-"' text | wc -l)" = 4 ] || fail "the table of loss scales"

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
assert len(report['networks']) == 4
END
! grep -q 'unknown\| - *$' text || fail "low-precision: a number is missing"
[ -s low/scales-relu.tsv ] && [ -s low/scales-sigmoid.tsv ] || fail "low-precision: its figures"
exit $((failures > 0))
