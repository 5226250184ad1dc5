#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A study that the program was not made for: networks of several seeds, thresholds, and what others measured, from its file alone.
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
exit $((failures > 0))
