#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program of another revision and this build's, interleaved on one thread: same_speed.sh [REV], in the build directory. REV is
# $before_house of old_build.sh unless it is said.
#    GRADAUDIT_SAME_OLD=DIR         a build of REV, instead of building one
#    GRADAUDIT_SAME_ONLY='pass'     only the lines that match with grep -E
#    GRADAUDIT_SPEED_ROUNDS=N       how often each runs, an odd number (5); 0: instructions alone
#    GRADAUDIT_SPEED_ALL=1          also the whole of reproduce, once
# For each command: the median of its processor seconds, user and system, and of its peak memory, old, new and new/old; then the
# instructions that callgrind counts (it has no AVX-512, so OpenBLAS takes other kernels), on fewer images. It gates nothing; status 1 if a
# command fails.
set -u
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 srcdir=${srcdir:-..}
unset OPENBLAS_CORETYPE GRADAUDIT_DATADIR
source=$(cd "$srcdir" && pwd) || exit 99
data=$source/data models=$source/data/models new=$(pwd)/gradaudit measure=$(pwd)/tests/measure
mnist=(--data "$data/mnist/t10k-images-idx3-ubyte.gz" --labels "$data/mnist/t10k-labels-idx1-ubyte.gz")
rounds=${GRADAUDIT_SPEED_ROUNDS:-5} only=${GRADAUDIT_SAME_ONLY:-.} failed=0
PATH=$source/tests/stand_in:$PATH # gnuplot's time is its own
. "$source/tests/old_build.sh"

# time_of SIDE COMMAND...: sets seconds and memory (MiB) of one run.
time_of() {
    local status milliseconds kib
    rm -rf "$tmp/out"*
    "$measure" "$tmp/measured" "${!1}" "${@:2}" >/dev/null 2>"$tmp/said" </dev/null && read -r status milliseconds kib <"$tmp/measured"
    if [[ ${status-99} != 0 ]]; then
        echo "fails: the $1 program with status ${status-99}: ${*:2}"
        head -n 1 "$tmp/said"
        return 1
    fi
    echo "$milliseconds" >>"$tmp/$1.milliseconds"
    echo "$kib" >>"$tmp/$1.kib"
}

median() { sort -n "$1" | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

# line NAME UNIT DIVISOR OLD NEW
line() { awk -v name="$1" -v unit="$2" -v by="$3" -v a="$4" -v b="$5" 'BEGIN {
    printf "%-22s %-10s %12.3f %12.3f %8s\n", name, unit, a / by, b / by, (a > 0 ? sprintf("%.3f", b / a) : "-") }'; }

# contest NAME COMMAND...
contest() {
    local name=$1 round side sides=(old new)
    shift
    grep -qE -e "$only" <<<"$name" && [[ $rounds != 0 ]] || return
    rm -f "$tmp"/*.milliseconds "$tmp"/*.kib
    for ((round = 0; round < rounds; round++)); do
        for side in "${sides[@]}"; do time_of $side "$@" || { failed=1; return; }; done
        sides=("${sides[1]}" "${sides[0]}")
    done
    line "$name" seconds 1000 "$(median "$tmp/old.milliseconds")" "$(median "$tmp/new.milliseconds")"
    line "$name" MiB 1024 "$(median "$tmp/old.kib")" "$(median "$tmp/new.kib")"
}

# instructions NAME COMMAND...
instructions() {
    local name=$1 side old_count new_count
    shift
    grep -qE -e "$only" <<<"$name" && [[ $have_valgrind == yes ]] || return
    for side in old new; do
        rm -rf "$tmp/out"*
        if ! valgrind --tool=callgrind --callgrind-out-file=/dev/null "${!side}" "$@" >/dev/null 2>"$tmp/said" </dev/null; then
            echo "fails under callgrind: the $side program: $*"
            grep -v '^==' "$tmp/said" | head -n 1
            failed=1
            return
        fi
        printf -v "${side}_count" '%s' "$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$tmp/said")"
    done
    line "$name" Minstr 1000000 "$old_count" "$new_count"
}

begin
[[ -x $new ]] || { echo "there is no program ./gradaudit: run this in a build directory"; exit 2; }
[[ $((rounds % 2)) == 1 || $rounds == 0 ]] || { echo "GRADAUDIT_SPEED_ROUNDS: an odd number, or 0"; exit 2; }
[[ -x $measure ]] || (unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES && "${MAKE:-make}" -s tests/measure) || exit 99
command -v valgrind >/dev/null && have_valgrind=yes || { have_valgrind=no; echo "no instructions: valgrind is not installed (Debian package valgrind)"; }
old_build "${1:-$before_house}"

vanilla=$models/vanilla-sigmoid.safetensors saturated=$models/saturated-sigmoid.safetensors
relu=$models/vanilla-relu.safetensors dead=$models/saturated-relu.safetensors
quiet=(--threads 1 -q)
gradient() { "$1" "$2" gradient "$3" "${mnist[@]}" --images "0-$4" "${quiet[@]}" "${@:5}"; }
passes() { "$1" "$2" sweep "$3" "${mnist[@]}" --images "0-$4" "${quiet[@]}" --parameter logit-scale --from 0.1 --to 1 "${@:5}"; }
attack() { "$1" "$2" attack "$3" "${mnist[@]}" --images "0-$4" "${quiet[@]}" "${@:5}"; }
audit() { "$1" "$2" audit "$3" "${mnist[@]}" --images "0-$4" "${quiet[@]}" -o "$tmp/out" "${@:5}"; }

printf '%-22s %-10s %12s %12s %8s\n' command unit old new new/old
# The whole command, with the file read and the array written; then one with ten passes on the same images and little else.
gradient contest float-gradient "$relu" 9999 -o "$tmp/out.npy"
gradient contest double-gradient "$relu" 9999 --format double -o "$tmp/out.npy"
passes contest float-passes "$relu" 9999 --points 10
passes contest double-passes "$relu" 9999 --points 10 --format double
passes contest rewrite-passes "$vanilla" 9999 --points 10 --formulas rewrite
gradient contest mpfr-gradient "$vanilla" 31 --format mpfr:100 --digits 3
gradient contest exact-gradient "$vanilla" 511 --format exact --digits 3
gradient contest exact-gradient-relu "$dead" 511 --format exact --digits 3
attack contest exact-attack "$saturated" 9999 -e exact
attack contest exact-attack-relu "$dead" 9999 -e exact
audit contest audit-sigmoid "$vanilla" 1023
audit contest audit-relu "$dead" 1023

gradient instructions float-gradient "$relu" 511 -o "$tmp/out.npy"
passes instructions float-passes "$relu" 127 --points 4
passes instructions double-passes "$relu" 127 --points 4 --format double
gradient instructions exact-gradient "$vanilla" 15 --format exact --digits 3
attack instructions exact-attack "$saturated" 63 -e exact
audit instructions audit-sigmoid "$vanilla" 1 --seeds 2
audit instructions audit-relu "$dead" 1 --seeds 2

if [[ -n ${GRADAUDIT_SPEED_ALL-} ]]; then
    rounds=1
    contest reproduce reproduce --data-dir "$data" "${quiet[@]}" -o "$tmp/out"
fi
exit $failed
