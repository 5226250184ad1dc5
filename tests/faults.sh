#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An audit whose allocations fail (ours, GMP's, MPFR's, jansson's), one in each run, ends with status 4 and one line; one whose
# writes, syncs or renames fail, with status 5 and one line. Only finished files remain, and --resume makes the rest from the
# journal, to the same bytes; what several runs leave, byte for byte, is looked at and resumed once. The first allocation of each chain
# of callers is tried (of every 6th with two threads), and ever fewer calls. No process substitution: bash 5.2 takes its status for
# that of a later program with the same process number.
# GRADAUDIT_TEST_FAULTS=all tries every allocation and every call (an hour for each number of threads).
command -v strace >/dev/null || { echo "skip: strace is not installed (Debian package strace)"; exit 77; }
srcdir=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "$*"; failed=1; }

tests/make_inputs "$tmp" || exit 99
${CC:-cc} -shared -fPIC -O1 -o "$tmp/fault.so" "$srcdir/tests/alloc_fault.c" -ldl || exit 99
under=() # what runs the program
export MALLOC_PERTURB_=165 # what is freed is overwritten

audit() {
    local out=$1
    shift
    PATH=$srcdir/tests/stand_in:$PATH "${under[@]}" ./gradaudit audit "$tmp/model.safetensors" --data "$tmp/images" --labels "$tmp/labels" -o "$tmp/$out" --quiet "${options[@]}" "$@"
}

# check_rest WHAT STATUS WANTED: the run said one line; its finished files are those of the whole run; the journal can be resumed.
declare -A seen # what a run has left, by the sums of its files
check_rest() {
    local file left
    [[ $2 == "$3" ]] || fail "$1: status $2: $(head -n 1 "$tmp/err")"
    [[ $(wc -l <"$tmp/err") == 1 ]] || fail "$1: not one line: $(head -n 3 "$tmp/err")"
    [[ -d $tmp/out ]] || return
    left="${options[*]} $(cd "$tmp/out" && find . -type f ! -name provenance.json -exec sha256sum {} + | sort)"
    [[ -z ${seen[$left]-} ]] || return
    seen[$left]=yes
    (cd "$tmp/out" && find . -type f | sed 's,^\./,,') >"$tmp/files"
    while read -r file; do
        case $file in
            *.partial | journal | provenance.json) ;;
            *.tmp*) fail "$1: $file is left" ;;
            *) cmp -s "$tmp/out/$file" "$tmp/whole/$file" || fail "$1: $file is there, and is not whole" ;;
        esac
    done <"$tmp/files"
    [[ -e $tmp/out/journal ]] || return
    audit out --resume 2>"$tmp/err" || fail "$1: not resumed: $(cat "$tmp/err")"
    cmp "$tmp/out/report.json" "$tmp/whole/report.json" || fail "$1: resumed to something else"
    diff -rq "$tmp/out/elements" "$tmp/whole/elements" 2>/dev/null | grep . && fail "$1: resumed to other elements"
}

# next I N: all of the first N, then ever fewer.
next() { [[ $GRADAUDIT_TEST_FAULTS == all ]] && echo $(($1 + 1)) || echo $(($1 + 1 + $1 / $2)); }

tried=0
for threads in 1 2; do
    [[ $threads == 1 ]] && images=0-7 || images=252-259 # two blocks of images, one for each thread
    options=(--images $images --threads "$threads" -e float,naive)
    rm -rf "$tmp/whole" "$tmp/out"
    audit whole || fail "no audit"
    GRADAUDIT_TEST_ALLOCATIONS=$tmp/count LD_PRELOAD=$tmp/fault.so audit out || fail "no audit with the allocator"
    { read -r count; sort -n | awk -v every=$((5 * threads - 4)) 'NR % every == 0' >"$tmp/numbers"; } <"$tmp/count"
    [[ $count -gt 1000 && $(wc -l <"$tmp/numbers") -gt 50 ]] || fail "$count allocations, of which $(wc -l <"$tmp/numbers")"
    [[ $GRADAUDIT_TEST_FAULTS == all ]] && seq "$count" >"$tmp/numbers"
    mapfile -t numbers <"$tmp/numbers"
    for i in "${numbers[@]}"; do
        rm -rf "$tmp/out"
        GRADAUDIT_TEST_FAIL_ALLOCATION=$i LD_PRELOAD=$tmp/fault.so audit out 2>"$tmp/err" >"$tmp/stdout"
        status=$?
        # what is kept to be faster may be missing, and of two threads either may come first
        if [[ $status == 0 ]]; then
            cmp -s "$tmp/out/report.json" "$tmp/whole/report.json" || fail "allocation $i: another result"
        else
            check_rest "allocation $i of $count, $threads threads" $status 4
        fi
        tried=$((tried + 1))
    done
done
echo "$tried allocations failed"

# What a reader, or a forward pass, says when an allocation fails is that, or what it says of the whole file.
tried=0
seeds=$srcdir/tests/fuzz/seeds
of_images=(gradient "$tmp/model.safetensors" --images 0 --labels "$tmp/labels" --data)
for file in model:safetensors/ownf4 model:npz/numbers model:onnx/normalised data:x.npz data:x.npy.gz data:images.gz data:header.csv \
    forward:double forward:exact; do
    case $file in
        model:npz/*) command=(./gradaudit inspect "$seeds/${file#*:}" --activation relu) ;;
        model:*) command=(./gradaudit inspect "$seeds/${file#*:}") ;;
        forward:*) command=(./gradaudit forward "${of_images[@]:1}" "$tmp/images" --threads 1 --format "${file#*:}") ;;
        data:*) command=(./gradaudit "${of_images[@]}" "$seeds/data/${file#*:}") ;;
    esac
    GRADAUDIT_TEST_ALLOCATIONS=$tmp/count LD_PRELOAD=$tmp/fault.so "${command[@]}" >"$tmp/whole-out" 2>"$tmp/whole-err"
    wanted=$?
    [[ $file != forward:* || $wanted == 0 ]] || fail "$file: status $wanted: $(head -n 1 "$tmp/whole-err")"
    { read -r count; sort -n >"$tmp/numbers"; } <"$tmp/count"
    [[ $GRADAUDIT_TEST_FAULTS == all ]] && seq "$count" >"$tmp/numbers"
    mapfile -t numbers <"$tmp/numbers"
    for i in "${numbers[@]}"; do
        GRADAUDIT_TEST_FAIL_ALLOCATION=$i LD_PRELOAD=$tmp/fault.so "${command[@]}" >"$tmp/stdout" 2>"$tmp/err"
        status=$?
        [[ $status == 4 && $(wc -l <"$tmp/err") == 1 ]] || { [[ $status == "$wanted" ]] && cmp -s "$tmp/err" "$tmp/whole-err" &&
            cmp -s "$tmp/stdout" "$tmp/whole-out"; } || fail "allocation $i of $file: status $status: $(head -n 3 "$tmp/err")"
        tried=$((tried + 1))
    done
done
echo "$tried allocations of readers and forward passes failed"
[[ $tried -gt 200 ]] || fail "too few"

tried=0
options=(--images 0-7 --threads 1 -e float,naive --elements)
rm -rf "$tmp/whole"
audit whole || fail "no audit"
strace -o "$tmp/trace" true 2>/dev/null || { echo "skip: strace may not trace here"; exit 77; }
for call in write pwrite64 fsync rename fallocate mkdir; do
    rm -rf "$tmp/out"
    under=(strace -o "$tmp/trace" -e "trace=$call")
    audit out
    count=$(grep -c "^$call(" "$tmp/trace")
    [[ $count -gt 0 ]] || fail "no $call"
    for ((i = 1; i <= count; i = $(next $i 3))); do
        [[ $((i % 2)) == 0 ]] && error=EIO || error=ENOSPC
        rm -rf "$tmp/out"
        under=(strace -o "$tmp/trace" -e "trace=$call" -e "inject=$call:error=$error:when=$i")
        audit out 2>"$tmp/err" >"$tmp/stdout"
        status=$?
        under=()
        # not every file system can sync a directory, or reserve space
        if [[ $status == 0 && ($call == fsync || $call == fallocate) ]]; then
            cmp -s "$tmp/out/report.json" "$tmp/whole/report.json" || fail "$call $i: another result"
        else
            check_rest "$call $i of $count, $error" $status 5
        fi
        tried=$((tried + 1))
    done
done
echo "$tried calls failed"
exit $failed
