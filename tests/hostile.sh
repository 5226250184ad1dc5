#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Attacks on file readers (tests/hostile/make.py): each is refused with the status of its manifest and one line that says what is
# wrong, within 1 s of processor time and 64 MiB more than a valid file takes, with nothing written. Sanitizers cost more of both:
# time may be ten times as much; memory, which they shadow, is not compared (libFuzzer does).
srcdir=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0 tried=0
fail() { echo "$name: $*"; failed=$((failed + 1)); }

program=$PWD/gradaudit measure=$PWD/tests/measure
mkdir "$tmp/good" "$tmp/bombs" "$tmp/work" "$tmp/folder"
tests/make_inputs "$tmp/good" || exit 99
cd "$tmp/work" || exit 99

# run HOW FILE OPTIONS...: leaves status, milliseconds, kibibytes.
run() {
    local how=$1 file=$2
    shift 2
    case $how in
        model) set -- inspect "$file" "$@" ;;
        folder) cp -f "$file" "$tmp/folder/W1.npy" && set -- inspect "$tmp/folder" "$@" ;;
        images) set -- gradient "$tmp/good/model.safetensors" --data "$file" --labels "$tmp/good/labels" --images 0 "$@" ;;
        scales)
            set -- gradient "$tmp/good/model.safetensors" --data "$tmp/good/images" --labels "$tmp/good/labels" --images 0 \
                --format "fp8-hybrid,scale=$file" "$@" ;;
        labels) set -- gradient "$tmp/good/model.safetensors" --data "$tmp/good/images" --labels "$file" --images 0 "$@" ;;
    esac
    "$measure" "$tmp/measured" "$program" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || fail "measure failed"
    read -r status milliseconds kibibytes <"$tmp/measured"
}

name=valid
run model "$tmp/good/model.safetensors"
[[ $status == 0 ]] || fail "a valid model: $(cat "$tmp/err")"
base=$kibibytes
run images "$tmp/good/images"
[[ $status == 0 ]] || fail "valid images: $(cat "$tmp/err")"
[[ $kibibytes -gt $base ]] && base=$kibibytes
"$program" --version | grep -q -e '-fsanitize=address' && factor=10 most=unlimited || factor=1 most=$((base + 65536))
slowest=0 largest=0

replay() {
    local set how want options fault files=$1
    while IFS=$'\t' read -r set name how want options fault; do
        [[ $options == - ]] && options=
        [[ $fault == - ]] && fault=
        run "$how" "$files/$name" $options
        tried=$((tried + 1))
        [[ $status == "$want" ]] || fail "status $status, not $want: $(head -c 300 "$tmp/err")"
        [[ $(wc -l <"$tmp/err") == 1 && $(tail -c 1 "$tmp/err") == '' ]] || fail "not one line: $(head -c 600 "$tmp/err")"
        grep -Fqe "${fault// \/\/ /$'\n'}" "$tmp/err" || fail "does not say '$fault': $(head -c 600 "$tmp/err")" # ONE // ANOTHER
        LC_ALL=C grep -q '[^ -~]' "$tmp/err" && LC_ALL=C grep -q '[[:cntrl:]]' "$tmp/err" && fail "control characters in the message"
        [[ ! -s $tmp/out ]] || fail "wrote to stdout"
        [[ -z $(ls -A) ]] || fail "wrote files: $(ls -A)"
        [[ $milliseconds -le $((1000 * factor)) ]] || fail "took $milliseconds ms"
        [[ $most == unlimited || $kibibytes -le $most ]] || fail "took $kibibytes KiB, $((kibibytes - base)) more than a valid file"
        [[ $milliseconds -gt $slowest ]] && slowest=$milliseconds
        [[ $kibibytes -gt $largest ]] && largest=$kibibytes
        [[ -n $GRADAUDIT_TEST_VERBOSE ]] && printf '%-34s %5d ms %6d KiB  %s\n' "$name" "$milliseconds" "$((kibibytes - base))" "$(head -c 300 "$tmp/err")"
    done <"$files/manifest.tsv"
}

replay "$srcdir/tests/hostile/files"
# What is no regular file, or leads to one that has no end.
special() {
    local want=$1 fault=$2
    shift 2
    "$measure" "$tmp/measured" timeout 5 "$program" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || fail "measure failed"
    read -r status milliseconds kibibytes <"$tmp/measured"
    tried=$((tried + 1))
    [[ $status == "$want" && $(wc -l <"$tmp/err") == 1 && ! -s $tmp/out ]] || fail "status $status, not $want: $(head -c 300 "$tmp/err")"
    grep -Fqe "$fault" "$tmp/err" || fail "does not say '$fault': $(head -c 600 "$tmp/err")"
    [[ $milliseconds -le $((1000 * factor)) ]] || fail "took $milliseconds ms"
    [[ $most == unlimited || $kibibytes -le $most ]] || fail "took $kibibytes KiB"
}
mkdir "$tmp/pipes" "$tmp/links" && mkfifo "$tmp/pipes/W1.npy" && ln -s /dev/zero "$tmp/links/W1.npy" || exit 99
name=folder-pipe && special 3 'W1.npy: not a regular file' inspect "$tmp/pipes"
name=folder-device && special 3 'W1.npy: not a regular file' inspect "$tmp/links"
name=model-device && special 3 'is a device, not a file' inspect /dev/zero
for name in zero urandom; do
    special 3 'is a device, not a file' gradient "$tmp/good/model.safetensors" --data /dev/$name --labels "$tmp/good/labels" --images 0
    special 3 'is a device, not a file' gradient "$tmp/good/model.safetensors" --data "$tmp/good/images" --labels /dev/$name --images 0
done
# endless WANT FAULT BEGINNING OPTIONS...: a pipe that begins so and never ends.
endless() {
    local want=$1 fault=$2 begin=$3 writer
    shift 3
    mkfifo "$tmp/endless" && { printf "$begin"; cat /dev/zero; } >"$tmp/endless" 2>/dev/null & writer=$!
    while [[ ! -p $tmp/endless ]]; do sleep 0.01; done
    special "$want" "$fault" "$@"
    kill $writer 2>/dev/null
    wait $writer 2>/dev/null
    rm "$tmp/endless"
}
name=endless-model && endless 3 'does not begin with {' x inspect "$tmp/endless"
name=endless-pickle && endless 3 'pickle' '\200\002' inspect "$tmp/endless"
name=endless-header && endless 3 'header' '\377\377\377\377\377\000\000\000{' inspect "$tmp/endless"
name=endless-limit && endless 4 'limit of 33554432 bytes (--max-file)' 'PK\003\004' inspect "$tmp/endless" --max-file 32M
name=endless-images && endless 3 'zero byte' x gradient "$tmp/good/model.safetensors" --data "$tmp/endless" --labels "$tmp/good/labels" --images 0
name=folder-links
mkdir "$tmp/copies" && printf '\223NUMPY\1\0v\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 25000), }" >"$tmp/array" &&
    truncate -s 100000128 "$tmp/array" && for i in {1..100}; do ln -s "$tmp/array" "$tmp/copies/W$i.npy"; done || exit 99
special 3 'W2' inspect "$tmp/copies" --activation relu
name=folder-link
mkdir "$tmp/linked" && ln -s "$srcdir/tests/hostile/files/npy-not-finite" "$tmp/linked/W1.npy"
special 3 'infinite' inspect "$tmp/linked" --layout out-in # a link to a regular file is followed

if command -v python3 >/dev/null; then
    python3 "$srcdir/tests/hostile/make.py" bombs "$tmp/bombs" || exit 99
    replay "$tmp/bombs"
else
    echo "skip: python3 is not installed, which makes the bombs (Debian package python3)"
    [[ $failed == 0 ]] && exit 77
fi
echo "$tried attacks, $failed faults; the slowest took $slowest ms, the largest $((largest - base)) KiB more than a valid file"
[[ $failed == 0 && $tried -gt 200 ]]
