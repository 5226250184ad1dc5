#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program as a user meets it: exit statuses, one line on stderr for each failure, nothing but data on stdout, hostile names.
export LC_ALL=C
unset POSIXLY_CORRECT ARGP_HELP_FMT
top=$(pwd)
program=$top/gradaudit
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
cd "$tmp" || exit 99
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    sed 's/^/    stderr: /' err | cat -v | head -n 5
    failures=$((failures + 1))
}

# try STATUS ARGUMENT...: runs the program and compares its status; its output is in out and err.
try() {
    want=$1
    shift
    "$program" "$@" >out 2>err </dev/null
    got=$?
    [ $got = "$want" ] || fail "status $got, not $want: $*"
    ran="$*"
}

# one_line PATTERN: stderr is one line, which matches; stdout is empty.
one_line() {
    [ "$(wc -l <err)" = 1 ] && grep -q "$1" err || fail "stderr is not one line '$1': $ran"
    [ ! -s out ] || fail "something on stdout: $ran"
}

# harmless FILE...: no control bytes but tabs and newlines.
harmless() {
    for output in "$@"; do
        ! tr -d '\11\12\40-\176\200-\377' <"$output" | grep -q . || fail "control bytes in $output: $ran"
    done
}

data="--data images --labels labels"

# ---- usage ----
try 2
try 2 nonsense
try 0 --help
[ -s out ] && [ ! -s err ] || fail "--help prints to stdout alone"
commands=$(sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p' out)
for command in gradient histogram attack sweep inspect; do
    echo "$commands" | grep -qx $command || fail "--help does not name $command"
done
for command in $commands; do
    try 0 "$command" --help
    [ -s out ] && [ ! -s err ] || fail "$command --help prints to stdout alone"
    awk 'length > 80 { bad = 1; print FILENAME ": " $0 } END { exit bad }' out || fail "$command --help is over 80 columns"
    grep -q "^ *gradaudit $command " out || fail "$command --help has no example"
    try 2 "$command" --no-such-option
    [ ! -s out ] && [ -s err ] || fail "$command: a usage error is said on stderr alone"
done
for command in gradient histogram attack sweep; do
    try 2 $command
    try 2 $command model.safetensors
    try 2 $command model.safetensors --data images
    try 2 $command model.safetensors model.safetensors $data
    try 2 $command model.safetensors $data --threads 0
    try 2 $command model.safetensors $data --images 5-3
    try 2 $command model.safetensors $data --images 300
    try 2 $command model.safetensors $data --images x
done
for words in "--format half" "--format mpfr:1" "--formulas best" "--loss hinge" "--gemm dot" "--format mpfr:99 --gemm blas" "--gain 0" "--gain -1" \
    "--gain 1x" "--gain nan" "--gain 1e300" "--logit-scale 1e-300" "--digits 0" "--wrt logits"; do
    try 2 gradient model.safetensors $data $words
done
for words in "-e half" "-e float,gain=0" "-e seed=x" "--eps 0" "--eps inf" "--eps 1e300"; do
    try 2 attack model.safetensors $data $words
    [ ! -s out ] || fail "something on stdout: $ran"
done
for words in "--parameter weight" "--points 1" "--from 0" "--to x" "-o a\`b" "-o .x" "-o a/"; do
    try 2 sweep model.safetensors $data $words
done

# ---- files ----
head -c 200 model.safetensors >cut.safetensors
head -c 1000 images >images-cut
printf 'no model' >text
: >empty
for command in gradient histogram attack sweep inspect; do
    for bad in cut.safetensors text empty images; do
        try 3 $command $bad $data
        one_line "^gradaudit: $bad: "
    done
    try 5 $command missing.safetensors $data
    one_line "^gradaudit: missing.safetensors: "
    for bad in images-cut text empty labels; do
        try 3 $command model.safetensors --data $bad --labels labels
        one_line "^gradaudit: $bad: "
    done
    try 5 $command model.safetensors --data missing --labels labels
    one_line "^gradaudit: missing: "
    for bad in labels-few images text; do
        try 3 $command model.safetensors --data images --labels $bad
        one_line "^gradaudit: $bad: "
    done
    try 5 $command model.safetensors --data images --labels missing
    one_line "^gradaudit: missing: "
    try 3 $command model.safetensors --data images --labels labels-beyond
    one_line "^gradaudit: images: label 4 of image 299 "
    try 3 $command model.safetensors --data images-wide --labels labels-ten
    one_line "^gradaudit: images-wide: "
    try 5 $command . $data
    one_line "^gradaudit: \.: "
done

# ---- float and binary64 weights ----
for command in gradient histogram sweep; do
    try 2 $command f64.safetensors $data --images 0 --format float
    one_line "^gradaudit: .*--round-model"
    try 0 $command f64.safetensors $data --images 0 --format float --round-model
    try 0 $command f64.safetensors $data --images 0 --format double
done
try 2 attack f64.safetensors $data -e float
one_line "^gradaudit: .*--round-model"
try 0 attack f64.safetensors $data -e float --round-model
try 0 attack f64.safetensors $data
! grep -q '^float' out || fail "attack takes float by default on binary64 weights"

# ---- data ----
for words in "--format float" "--format double --formulas rewrite" "--format mpfr:80 --digits 5"; do
    try 0 gradient model.safetensors $data $words
    [ ! -s err ] || fail "something on stderr: $ran"
    awk 'NR == 1 ? $0 != "#image\telement\tvalue" : NF != 3 || $1 != int((NR - 2) / 16) || $2 != (NR - 2) % 16 { exit 1 }
         END { if (NR != 4801) exit 1 }' out || fail "not 300 x 16 lines: $ran"
    mv out all
    for image in 0 17 255 256 299; do
        try 0 gradient model.safetensors $data $words --images $image --threads 1
        { sed 1q all; grep "^$image	" all; } | cmp -s - out || fail "image $image alone has other bytes: $words"
    done
done
try 0 gradient model.safetensors $data --wrt weights
[ "$(grep -vc '^#' out)" = $((16 * 6 + 6 + 6 * 4 + 4)) ] || fail "not one line for each parameter"
try 0 histogram model.safetensors $data --images 0-99
awk -F '\t' '/^#/ { next } $1 ~ /^(zero|infinite|nan|-?[0-9]+)$/ { n += $2 } END { exit n != 1600 }' out || fail "a histogram's bins do not add up"
try 0 attack model.safetensors $data -e float -e random,seed=7
[ "$(wc -l <out)" = 3 ] && awk -F '\t' 'NF != 18 { exit 1 }' out || fail "attack: two lines of 18 columns below their names"
for command in gradient histogram "sweep --points 2" "explain --image 3 --element 2"; do
    try 0 $command model.safetensors $data --loss margin --formulas rewrite
    mv out margin
    try 0 $command model.safetensors $data --loss cross-entropy --formulas rewrite
    ! cmp -s margin out || fail "$command: the margin is the cross-entropy"
    mv out cross-entropy
    try 0 $command model.safetensors $data --formulas rewrite
    cmp -s cross-entropy out || fail "$command: the default is not the cross-entropy"
done
try 0 attack model.safetensors $data -e float,margin -e float
grep -q '^float naive margin	' out && grep -q '^float naive	' out || fail "attack: the names of two losses"
try 0 sweep model.safetensors $data --points 3
[ "$(grep -vc '^#' out)" = 3 ] || fail "sweep: three points"
try 0 inspect model.safetensors
try 0 inspect model.safetensors $data

# ---- what cannot be written ----
for words in "gradient model.safetensors $data" "histogram model.safetensors $data" "attack model.safetensors $data" \
    "sweep model.safetensors $data --points 2" "inspect model.safetensors" "--help" "--version" "gradient --help" "inspect --help"; do
    for how in full closed; do
        if [ $how = full ]; then
            "$program" $words >/dev/full 2>err
        else
            "$program" $words >&- 2>err
        fi
        got=$?
        : >out
        ran="$words, stdout $how"
        [ $got = 5 ] || fail "status $got, not 5: $ran"
        one_line "^gradaudit: writing to standard output failed$"
    done
done

# ---- hostile text ----
try 0 inspect hostile.safetensors
harmless out err
[ "$(grep -c '^metadata\.' out)" = 3 ] || fail "metadata is not three lines"
grep -q '\\x1B' out || fail "an escape sequence is not shown as \\x1B"
name=$(ls -b | grep pwned) # for the message only
for file in *pwned*; do
    [ -e "$file" ] || fail "no file has a hostile name"
    try 0 inspect "$file"
    try 3 gradient model.safetensors --data "$file" --labels labels
    one_line '^gradaudit: .*pwned'
    harmless out err
    head -c 150 "$file" >cut && mv cut "$file"
    try 3 inspect "$file"
    one_line '^gradaudit: .*pwned'
    harmless out err
    rm "$file"
    try 5 inspect "$file"
    one_line '^gradaudit: .*pwned'
    harmless out err
    for words in "inspect a" "gradient --threads" "gradient --gain" "gradient --format" "gradient --formulas" "gradient --loss" "gradient --gemm" \
        "gradient --wrt" "attack --eps" "attack -e" "sweep --parameter" "sweep -o" "histogram -o"; do
        try 2 $words "$file"
        harmless out err
        [ ! -s out ] || fail "something on stdout: $words $name"
    done
    try 2 "$file"
    harmless out err
    for option in "--$file" "--$file=1" "-$(printf '\033')x"; do
        try 2 inspect "$option"
        harmless out err
    done
done
try 0 histogram hostile.safetensors $data --images 0-9 -o figure
[ -s figure.gp ] && [ -s figure.tsv ] || fail "no figure"
try 0 sweep hostile.safetensors $data --images 0-9 --points 2 -o figure2
! grep -l '`' ./*.gp | grep . || fail "gnuplot would run that"
harmless ./*.gp ./*.tsv
[ ! -e pwned ] || fail "a name was run"

[ $failures = 0 ]
