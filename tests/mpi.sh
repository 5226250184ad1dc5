#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An audit by several processes, with mpirun: the bytes of one process whatever their number; a signal or a kill leaves a journal from which
# any number goes on; processes that do not compute the same are refused, and so are commands that share nothing. Likewise the other commands.
# GRADAUDIT_TEST_KILLS=N: so many kills instead of 3.
set -u
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none # containers forbid it, and Open MPI says so
export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
./gradaudit --version | grep -q '^MPI: none$' && { echo "skip: built without MPI (Debian package libopenmpi-dev)"; exit 77; }
mpirun=mpirun
if ./gradaudit --version | grep -q '^MPI: MPICH' && command -v mpirun.mpich >/dev/null; then mpirun=mpirun.mpich; fi
command -v $mpirun >/dev/null || { echo "skip: mpirun is not installed (Debian package openmpi-bin)"; exit 77; }
data=$GRADAUDIT_DATADIR tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0 options=()
$mpirun --version 2>/dev/null | grep -q 'Open MPI' && options=(--oversubscribe --bind-to none)
fail() { echo "$*"; failed=1; }

audit=(audit "$data/models/saturated-sigmoid.safetensors" --data "$data/mnist/t10k-images-idx3-ubyte.gz"
       --labels "$data/mnist/t10k-labels-idx1-ubyte.gz" -e float,naive -e float,rewrite --seeds 2 --no-remedies --quiet --threads 1)
together() { timeout -k 9 300 $mpirun "${options[@]}" -n "$1" ./gradaudit "${@:2}"; }

# same DIR [OTHER]: it holds what one process has made, but for the provenance.
same() {
    rm -f "$1/provenance.json"
    diff -r "${2-$tmp/alone}" "$1" >"$tmp/diff" || fail "$1: $(head -n 3 "$tmp/diff")"
}

images=(--images 0-255 --elements)
./gradaudit "${audit[@]}" "${images[@]}" -o "$tmp/alone" || exit 1
rm "$tmp/alone/provenance.json"
for n in 1 2 7; do
    together $n "${audit[@]}" "${images[@]}" -o "$tmp/of$n" >"$tmp/said" 2>&1 || fail "$n processes: status $?: $(head -n 3 "$tmp/said")"
    same "$tmp/of$n"
done

# Eight parts: a signal finds some done, and some not.
longer=(--images 0-511)
./gradaudit "${audit[@]}" "${longer[@]}" -o "$tmp/longer" || exit 1
rm "$tmp/longer/provenance.json"

# lines DIR: parts in its journal.
lines() { { wc -l <"$1/journal"; } 2>/dev/null || echo 0; }

# stopped SIGNAL WHO NAME: the audit of 3 processes gets a signal once some parts are done, and goes on with 2, or alone.
stopped() {
    local directory=$tmp/$3 job processes status
    # timeout hands the signal on, and kills an mpirun that does not end: Open MPI's 4.1.4 may lock itself out as it does
    timeout --foreground -k 9 300 $mpirun "${options[@]}" -n 3 ./gradaudit "${audit[@]}" "${longer[@]}" -o "$directory" >"$tmp/said" 2>&1 &
    job=$!
    while [ "$(lines "$directory")" -lt 3 ] && kill -0 $job 2>/dev/null; do sleep 0.02; done
    mapfile -t processes < <(pgrep -f "^./gradaudit audit .*-o $directory\$" | sort -n)
    case $2 in
        launcher) kill "-$1" $job ;;
        *) [ "${#processes[@]}" -gt "$2" ] && kill "-$1" "${processes[$2]}" ;;
    esac
    wait $job
    status=$?
    while pgrep -f -- "-o $directory" >/dev/null; do sleep 0.05; done # mpirun does not wait for all
    if [ -e "$directory/report.json" ]; then
        return 1 # it was done before
    fi
    [ $status != 0 ] || fail "$3: status 0, and no report: $(head -n 3 "$tmp/said")"
    [ "$(lines "$directory")" -ge 3 ] || fail "$3: nothing is left to resume: $(head -n 3 "$tmp/said")"
    if [ $((RANDOM % 2)) = 0 ]; then
        together 2 "${audit[@]}" "${longer[@]}" --resume -o "$directory" >"$tmp/said" 2>&1
    else
        ./gradaudit "${audit[@]}" "${longer[@]}" --resume -o "$directory" >"$tmp/said" 2>&1
    fi || fail "$3: not resumed: status $?: $(head -n 3 "$tmp/said")"
    same "$directory" "$tmp/longer"
}
stops=0
for ((k = 0; k < ${GRADAUDIT_TEST_KILLS:-3}; k++)); do
    case $((k % 5)) in
        0) stopped KILL 1 "killed$k" ;;
        1) stopped KILL 0 "killed$k" ;;
        2) stopped TERM launcher "ended$k" ;;
        3) stopped INT launcher "interrupted$k" ;;
        4) stopped TERM 2 "left$k" ;;
    esac && stops=$((stops + 1))
done
[ $stops -gt 0 ] || fail "every audit was done before its signal came"
echo "$stops audits were stopped, and went on"

# refused STATUS WORDS COMMAND...: by one line that has the words, and without a result.
refused() {
    "${@:3}" >"$tmp/said" 2>&1
    local status=$?
    [ $status = "$1" ] || fail "status $status, not $1: ${*:3}: $(head -n 3 "$tmp/said")"
    [ "$(grep -c '^gradaudit[ a-z]*: ' "$tmp/said")" = 1 ] && grep -q -- "^gradaudit[ a-z]*: .*$2" "$tmp/said" || fail "it says: $(head -n 5 "$tmp/said"), not $2"
    [ ! -e "$tmp/refused" ] || { fail "a refused audit leaves something: $(ls "$tmp/refused")"; rm -rf "$tmp/refused"; }
}
refused 2 'process 1 differs in its options (seeds)' $mpirun "${options[@]}" -n 1 ./gradaudit "${audit[@]}" --images 0-63 -o "$tmp/refused" : \
    -n 1 ./gradaudit "${audit[@]}" --images 0-63 --seeds 3 -o "$tmp/refused"
refused 2 'process 1 differs in its images' $mpirun "${options[@]}" -n 1 ./gradaudit "${audit[@]}" --images 0-63 -o "$tmp/refused" : \
    -n 1 ./gradaudit "${audit[@]}" --images 0-64 -o "$tmp/refused"
refused 2 'process 2 differs in its model' $mpirun "${options[@]}" -n 2 ./gradaudit "${audit[@]}" --images 0-63 -o "$tmp/refused" : \
    -n 1 ./gradaudit audit "$data/models/vanilla-sigmoid.safetensors" "${audit[@]:2}" --images 0-63 -o "$tmp/refused"
refused 5 'process 1: .*nowhere' $mpirun "${options[@]}" -n 1 ./gradaudit "${audit[@]}" --images 0-63 -o "$tmp/refused" : \
    -n 1 ./gradaudit audit "$tmp/nowhere" "${audit[@]:2}" --images 0-63 -o "$tmp/refused"
refused 2 '--dry-run is for one process' together 2 "${audit[@]}" --images 0-63 --dry-run
refused 2 '--dry-run is for one process' $mpirun "${options[@]}" -n 1 ./gradaudit "${audit[@]}" --images 0-63 -o "$tmp/refused" : \
    -n 1 ./gradaudit "${audit[@]}" --images 0-63 --dry-run
OMP_THREAD_LIMIT=1 refused 2 'process 1: OpenMP gives it one thread' together 2 "${audit[@]}" --images 0-127 -o "$tmp/limited"
for ((k = 0; k < 4; k++)); do refused 2 'where to' together 4 "${audit[@]}" --images 0-63; done
[ "$(together 3 --version | grep -c '^MPI: ')" = 1 ] || fail "every process says its version"
refused 2 '2 processes were started for inspect' together 2 inspect "${audit[1]}"

# The other commands that share their work: what one process prints and writes.
inputs=("${audit[@]:1:5}" --quiet --images 5-400)
alike() {
    local file=$tmp/out.npy
    rm -f "$file"
    ./gradaudit "$@" >"$tmp/one" 2>&1 || fail "status $?: $*: $(head -n 3 "$tmp/one")"
    [ ! -e "$file" ] || mv "$file" "$tmp/one.npy"
    together 3 "$@" >"$tmp/several" 2>&1 || fail "3 processes: status $?: $*: $(head -n 3 "$tmp/several")"
    cmp "$tmp/one" "$tmp/several" || fail "3 processes print something else: $*"
    [ ! -e "$file" ] || cmp "$file" "$tmp/one.npy" || fail "3 processes write something else: $*"
}
alike gradient "${inputs[@]}" --threads 2
alike gradient "${inputs[@]}" --format exact --digits 3
alike gradient "${inputs[@]}" --format double -o "$tmp/out.npy"
[ -s "$tmp/one.npy" ] || fail "no array was written"
alike histogram "${inputs[@]}" --threads 1
alike attack "${inputs[@]}" -e float,naive -e exact -e random,seed=1
alike sweep "${inputs[@]}" --points 3
# Batches whose scales go across pieces; scales of a file, which must be the same for all.
./gradaudit scales "${audit[@]:1:5}" --quiet --images 0-31 --json >"$tmp/scales.json" || fail "scales: status $?"
sed 's/"scale": 256\.0/"scale": 128.0/' "$tmp/scales.json" >"$tmp/other.json"
cmp -s "$tmp/scales.json" "$tmp/other.json" && fail "no scale is 256"
alike gradient "${inputs[@]}" --format fp8-hybrid --batch 64
alike gradient "${inputs[@]}" --format "fp8-hybrid,scale=$tmp/scales.json"
refused 2 'process 1 differs in its options (estimator)' $mpirun "${options[@]}" \
    -n 1 ./gradaudit gradient "${inputs[@]}" --format "fp8-hybrid,scale=$tmp/scales.json" : \
    -n 1 ./gradaudit gradient "${inputs[@]}" --format "fp8-hybrid,scale=$tmp/other.json"
scaled=("${audit[@]}" -e fp8-hybrid -e "fp8-hybrid,scale=$tmp/scales.json" --images 100-227)
./gradaudit "${scaled[@]}" -o "$tmp/scaled" && rm "$tmp/scaled/provenance.json" || fail "recipes: status $?"
together 3 "${scaled[@]}" -o "$tmp/scaled3" >"$tmp/said" 2>&1 || fail "recipes, 3 processes: status $?: $(head -n 3 "$tmp/said")"
same "$tmp/scaled3" "$tmp/scaled"
refused 2 'process 1 differs in its estimators' $mpirun "${options[@]}" -n 1 ./gradaudit "${scaled[@]}" -o "$tmp/refused" : \
    -n 1 ./gradaudit "${scaled[@]/scales.json/other.json}" -o "$tmp/refused"
for study in "brendel-bethge-2017 --first 30" "low-precision --first 10"; do
    for n in 1 3; do
        rm -rf "$tmp/study$n"
        together $n reproduce $study --threads 1 --quiet -o "$tmp/study$n" >"$tmp/study$n.txt" 2>"$tmp/said" ||
            fail "reproduce $study, $n processes: status $?: $(head -n 3 "$tmp/said")"
        rm -f "$tmp/study$n/provenance.json"
    done
    diff -r "$tmp/study1" "$tmp/study3" >"$tmp/diff" && cmp "$tmp/study1.txt" "$tmp/study3.txt" ||
        fail "reproduce $study differs: $(head -n 3 "$tmp/diff")"
done
refused 2 '--train is for one process' together 2 reproduce --train -o "$tmp/refused"
for command in gradient histogram attack sweep; do
    refused 5 'process 1: .*nowhere' $mpirun "${options[@]}" -n 1 ./gradaudit $command "${inputs[@]}" : \
        -n 1 ./gradaudit $command "$tmp/nowhere" "${inputs[@]:1}"
done
refused 2 'process 1 differs in its options (output)' $mpirun "${options[@]}" -n 1 ./gradaudit gradient "${inputs[@]}" : \
    -n 1 ./gradaudit gradient "${inputs[@]}" -o "$tmp/refused"
refused 2 'process 1 differs in its options (output)' $mpirun "${options[@]}" -n 1 ./gradaudit gradient "${inputs[@]}" -o "$tmp/refused" : \
    -n 1 ./gradaudit gradient "${inputs[@]}"
refused 2 '--wrt weights is for one process' together 2 gradient "${inputs[@]}" --wrt weights

# The type of core matters where OpenBLAS multiplies, and only there. cores COMMAND...: by one process as on an old core, and by one on the newest.
cores() { timeout 300 $mpirun "${options[@]}" -n 1 env OPENBLAS_CORETYPE=Prescott ./gradaudit "$@" : -n 1 ./gradaudit "$@"; }
if [ "$(OPENBLAS_CORETYPE=Prescott ./gradaudit --version | grep '^OpenBLAS')" != "$(./gradaudit --version | grep '^OpenBLAS')" ]; then
    refused 2 'process 1 differs in its arithmetic (openblas' cores gradient "${inputs[@]}"
    refused 2 'process 1 differs in its arithmetic (openblas' cores "${audit[@]}" --images 0-63 -o "$tmp/refused"
    ./gradaudit gradient "${inputs[@]}" --gemm loop >"$tmp/one" 2>&1
    cores gradient "${inputs[@]}" --gemm loop >"$tmp/several" 2>&1 || fail "--gemm loop: status $?: $(head -n 3 "$tmp/several")"
    cmp "$tmp/one" "$tmp/several" || fail "--gemm loop: other bytes on another core"
fi
exit $failed
