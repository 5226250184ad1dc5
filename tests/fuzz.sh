#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the fuzz targets built by "make fuzz" and "make fuzz-smoke": fuzz.sh smoke|long TARGET...
# smoke: 60 seconds of a core in all, from the seeds, as many targets at once as there are cores. long: one target after another, each
# for FUZZ_RUNS executions or FUZZ_TIME seconds (none: until stopped; several targets: an hour each), and keeps new inputs in
# fuzz-corpus/TARGET. Fails on a crash, a leak, an input that takes 5 seconds or too much memory; the input is kept in fuzz-crashes/.
set -u
srcdir=${srcdir:-.}
mode=$1
shift
[[ $# -gt 0 ]] || { echo "fuzz: no targets were built: configure found no clang with libFuzzer (Debian packages clang, libclang-rt-dev; in Debian 12 libclang-rt-14-dev)" >&2; exit 1; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
mkdir -p fuzz-crashes
export ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:allocator_may_return_null=0:malloc_context_size=8 UBSAN_OPTIONS=print_stacktrace=1
[[ $mode == smoke ]] && at_once=$(nproc) || at_once=1
printf '%-12s %12s %10s %8s %8s %8s  %s\n' target executions seconds cover corpus rss result

# fuzz TARGETS TARGET: one of so many.
fuzz() {
    local target=$2 log=$tmp/$2.log options corpus time status last seconds
    options=(-rss_limit_mb=256 -malloc_limit_mb=64 -timeout=5 -max_len=4096 -print_final_stats=1 "-artifact_prefix=fuzz-crashes/$target-")
    [[ -r $srcdir/tests/fuzz/$target.dict ]] && options+=("-dict=$srcdir/tests/fuzz/$target.dict")
    if [[ $mode == smoke ]]; then
        corpus=$tmp/$target
        options+=("-max_total_time=$((60 / $1))")
    else
        corpus=fuzz-corpus/$target
        [[ -n ${FUZZ_RUNS-} ]] && options+=("-runs=$FUZZ_RUNS")
        time=${FUZZ_TIME-}
        [[ -n ${time:-${FUZZ_RUNS-}} || $1 == 1 ]] || time=3600
        [[ -n $time ]] && options+=("-max_total_time=$time")
    fi
    mkdir -p "$corpus"
    # what a target says on its own is not of interest: the log has libFuzzer's lines, and the fault
    fuzz/"$target" "${options[@]}" "$corpus" "$srcdir/tests/fuzz/seeds/$target" >"$log" 2>&1
    status=$?
    last=$(grep -E '^#[0-9]+.*cov: ' "$log" | tail -n 1)
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    field() { sed -n "s/.* $1: \([0-9]*\).*/\1/p" <<<"$last"; }
    seconds=$(sed -n 's/^Done .* in \([0-9]*\) second.*/\1/p' "$log")
    printf '%-12s %12s %10s %8s %8s %8s  %s\n' "$target" "$(stat number_of_executed_units)" "${seconds:--}" "$(field cov)" "$(field corp)" \
        "$(stat peak_rss_mb)M" "$([[ $status == 0 ]] && echo ok || echo FAILED)"
    [[ $status == 0 ]] && : >"$tmp/$target.passed" || tail -n 60 "$log"
}

for target; do
    [[ $(jobs -pr | wc -l) -lt $at_once ]] || wait -n
    fuzz $# "$target" &
done
wait
for target; do
    [[ -e $tmp/$target.passed ]] || exit 1
done
