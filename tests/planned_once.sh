#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A command plans an audit once, for its gates, its estimate and its run, and does not read back the report that it wrote.
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C GRADAUDIT_COUNTS="$tmp/counts"
program=$(pwd)/tests/gradaudit_counted
tests/make_inputs "$tmp" || exit 99
cd "$tmp" || exit 99
failures=0

fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# counts STATUS WANT ARGUMENT...: the program ends with the status, and what it does is WANT.
counts() {
    status=$1 want=$2
    shift 2
    : >counts
    "$program" "$@" >out 2>err
    got=$?
    [ "$got" -eq "$status" ] || fail "$*: status $got, not $status: $(cat err)"
    did=$(tr '\n' ';' <counts)
    [ "$did" = "$want" ] || fail "$*: '$did', not '$want'"
}

set -- model.safetensors --data images --labels labels -q --no-remedies -e float,naive -e float,naive,gain=auto
counts 0 'plan;' audit "$@" --images 0-1 -o a
counts 0 'plan;' audit "$@" --images 0-1 -o a --resume
counts 1 'plan;' audit "$@" --images 2-3 -o b --fail-on 'float naive:lost>=0' --fail-on 'exact:undecided>0'
counts 0 'plan;read a;' audit "$@" --images 2-3 -o c --fail-on 'float naive:lost>+100%' --baseline a
counts 0 'plan;' audit "$@" --images 0-1 --dry-run --fail-on 'exact:undecided>0'
counts 2 'plan;' audit "$@" --images 0-1 -o d --fail-on 'double naive:lost>1%'
[ ! -e d ] || fail "a directory is made for gates that are refused"
counts 2 '' audit "$@" --images 0-1 -o a
counts 0 'read a;read b;' merge a b -o m
counts 1 'read m;' report m --fail-on 'naive:lost>=0'
exit $((failures > 0))
