#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program as a user meets it: exit statuses, one line on stderr for each failure, nothing but data on stdout, hostile names.
export LC_ALL=C
unset POSIXLY_CORRECT ARGP_HELP_FMT
top=$(pwd)
cases=$(cd "${srcdir:-.}/tests/cases/files" && pwd) || exit 99
program=$top/gradaudit
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
cd "$tmp" || exit 99
failures=0
"$program" --version | grep -q -e '-fsanitize=address' && sanitized=yes || sanitized=

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
    ran="$*"
    [ $got = "$want" ] || fail "status $got, not $want: $ran"
    [ "$want" != 2 ] || [ -z "$ran" ] || [ "$(wc -l <err)" = 1 ] || fail "a usage error is not one line: $ran"
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
one_line '^gradaudit: no command is called .nonsense.: forward, gradient, .* or help (see gradaudit --help)$'
# No line of a help is over 80 columns, ends in blanks or, as one that argp breaks at its last column does, has nothing but them.
fits() {
    awk 'length > 80 || / $/ { bad = 1; print FILENAME ": " $0 } END { exit bad }' out || fail "$1 has lines over 80 columns, or that end in blanks"
}
try 0 --help
[ -s out ] && [ ! -s err ] || fail "--help prints to stdout alone"
fits --help
mv out help
for words in -h help; do
    try 0 $words
    cmp -s help out || fail "not --help: $ran"
done
mv help out
commands=$(sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p' out)
for command in forward gradient histogram attack sweep inspect; do
    echo "$commands" | grep -qx $command || fail "--help does not name $command"
done
for command in $commands; do
    try 0 "$command" --help
    [ -s out ] && [ ! -s err ] || fail "$command --help prints to stdout alone"
    fits "$command --help"
    grep -q "^ *gradaudit $command " out || fail "$command --help has no example"
    mv out help
    for words in "$command -h" "$command -?" "help $command"; do
        try 0 $words
        cmp -s help out || fail "not $command --help: $ran"
    done
    try 0 "$command" --usage
    try 2 "$command" --no-such-option
    one_line "^gradaudit $command: no option is called '--no-such-option' (see gradaudit $command --help)$"
    try 2 "$command" --hepl
    one_line "; did you mean '--help'? (see gradaudit $command --help)$"
done
while IFS=: read -r words near; do
    try 2 $words
    one_line "; did you mean '$near'? (see gradaudit.* --help)$"
done <<'END'
adit:audit
Audit:audit
help gradeint:gradient
--verson:--version
audit --resme:--resume
audit -o new --fail-onn x:--fail-on
gradient --format flot:float
gradient --format mpfr:mpfr:BITS
gradient --formulas naiv:naive
gradient --loss marign:margin
gradient --gemm lop:loop
gradient --gemm-backend dgem:dgemm
gradient --layout outin:out-in
gradient --wrt weigths:weights
gradient --progress plian:plain
attack -e flaot:float
attack -e float,navie:naive
attack -e float,gian=1:gain=
sweep --parameter gian:gain
thresholds --format dobule:double
train --recipe saturated-rleu:saturated-relu
train --activation sigmod:sigmoid
END
try 2 audit --dat images
one_line "^gradaudit audit: '--dat' begins several options (see "
try 2 audit --resume=yes
one_line "^gradaudit audit: '--resume' takes no value (see "
try 2 audit -o
one_line "^gradaudit audit: '-o' needs a value, DIR (see "
try 2 audit model.safetensors --images
one_line "^gradaudit audit: '--images' needs a value, A-B (see "
try 2 help audit merge
try 2 train model
try 2 gradient model.safetensors $data --images 0:9
one_line "^gradaudit: images are one number (17) or a range with both its ends (0-9), not '0:9'; did you mean '0-9'?$"
for command in gradient histogram attack sweep "audit -o new"; do
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
try 2 gradient model.safetensors $data --format float16 --gemm blas
one_line "^gradaudit: the product 'blas' is not there in this format: loop$"
try 2 gradient model.safetensors $data --format float16 --gain 1e-9
one_line "^gradaudit: the gain must be positive and finite in float16, not 1e-09$"
for words in p=160,emin=-20,emax=20,naive mpfr:24,naive; do
    try 2 audit -o new model.safetensors $data -e float,naive -e $words
    one_line "^gradaudit: an audit is of estimators in formats with a range of exponents and at most 159 bits (gradaudit formats lists those with names), not '$words'$"
done
try 2 audit -o new model.safetensors $data -e float,naive -e store:loss-scale=auto,gradient=float16,loss-scale=8
one_line "loss-scale=auto is of a precision recipe that has no other loss scale$"
try 5 gradient model.safetensors $data --format 'fp8-hybrid,scale="nowhere,loss-scale=2' # the quote is not closed
one_line '^gradaudit: "nowhere: cannot read'
# Formats that there are, and that a command does not have: why, and one that it has.
try 2 explain model.safetensors $data --case 0 --element 0 --format mpfr:24
one_line "no format of explain is called 'mpfr:24': .*; it has no range of exponents, as p=24,emax=127 has (see "
try 0 explain model.safetensors $data --case 0 --element 0 --format p=24,emax=127
try 0 explain model.safetensors $data --case 0 --element 0 --format amp-float16,loss-scale=0.5
grep -q '^    scaled residual ' out || fail "explain has no scaled residual: $(cat out)"
try 2 explain model.safetensors $data --case 0 --element 0 --format mpfr:256
one_line "; it has no range of exponents, as p=159,emax=127 has (see "
try 0 explain model.safetensors $data --case 0 --element 0 --format p=159,emax=127
try 2 thresholds --format amp-float16
one_line "no format of thresholds is called .*; it is a precision recipe: name what it stores in, or rounds to, such as float16 (see "
try 2 thresholds --format mxfp8
one_line "such as e4m3,saturate (see "
try 2 scales model.safetensors $data --format float
one_line "no format of scales is called 'float': fp8-hybrid (see "
# What a recipe's scales come from is said: those that were chosen, and those that were made with another network.
try 0 audit -o new model.safetensors $data -e float,naive -e amp-float16,loss-scale=auto --dry-run
grep -q '^gradaudit: amp-float16,loss-scale=auto: its loss scale is 2^[0-9]*, the largest up to 2^24 with which' err || fail "auto: $(cat err)"
try 0 scales model.safetensors $data --json && cp out scales.json
try 0 audit -o new model.safetensors $data -e float,naive -e fp8-hybrid,scale=scales.json --dry-run
grep -q 'another network' err && fail "its own scales: $(cat err)"
sed -i 's/"sha256": "./"sha256": "/' scales.json
try 0 audit -o new model.safetensors $data -e float,naive -e fp8-hybrid,scale=scales.json --dry-run
grep -q '^gradaudit: .*: the scales of scales.json are those of another network' err || fail "other scales: $(cat err)"
try 2 explain model.safetensors $data --case 0 --element 0 --format fp16
one_line "no format of explain is called 'fp16': .*; did you mean 'float16'? (see "
"$program" thresholds --help | tr -s ' \n' ' ' >out
grep -q "whose argument is o_y - o_c, the label's logit minus the other's" out || fail "thresholds --help does not say of what"
try 2 audit -o new model.safetensors $data -e random,seed=3
one_line "not 'random,seed=3'; random signs are in every audit$"
try 2 audit -o new model.safetensors $data -e exact,margin
one_line "not 'exact,margin'; the exact gradient is in every audit$"
names=$("$program" formats | sed '1d; s/\t.*//')
[ "$(echo "$names" | wc -l)" -ge 14 ] || fail "only these formats: $names"
# Every format that a command says it has is taken; any other is refused.
for command in $commands; do
    "$program" "$command" --format '?' 2>&1 | sed -n "s/.*is called '?': \(.*\) (see .*/\1/p" |
        sed 's/ or / /; s/,/ /g; s/mpfr:BITS/mpfr:40/' >offered
    for format in $names mpfr:40 exact; do
        case $command in
            thresholds) words= ;;
            sweep) words="model.safetensors $data --images 0 --points 2 --from 1 --to 2" ;;
            explain) words="model.safetensors $data --image 0 --element 0" ;;
            *) words="model.safetensors $data --images 0" ;;
        esac
        grep -q . offered || continue
        if grep -qw -- "$format" offered; then
            [ "$sanitized$command" = yesthresholds ] || # which take long, and test_thresholds runs them
                try 0 "$command" $words --format $format
        else
            try 2 "$command" $words --format $format
            one_line "^gradaudit $command: --format: no format of $command is called '$format': \(float.* or .*\|fp8-hybrid\)[ ;]"
        fi
    done
done
try 0 gradient model.safetensors $data --images 0 --format float16
mv out half
try 0 gradient model.safetensors $data --images 0
! cmp -s half out || fail "float16 is float: $ran"
try 0 forward model.safetensors --data images --images 0 --format float16
try 0 attack model.safetensors $data --images 0-3 -e float16,naive -e float16,rewrite,margin
[ "$(grep -vc '^#' out)" = 2 ] || fail "attack has other lines than its estimators: $ran"
try 0 attack model.safetensors $data --images 0-3
[ "$(grep -vc '^#' out)" = 9 ] || fail "attack without -e has other lines than its help says: $ran"
try 2 forward
try 2 forward model.safetensors
grep -q -e "--data is needed" err || fail "what is missing is not said: $ran"
try 2 forward model.safetensors --data images --loss margin
try 5 forward model.safetensors --data images -o missing/new.npy
one_line "^gradaudit: missing/new.npy: "
for words in "--format half" "--gemm dot" "--gain 0" "--digits 0"; do
    try 2 forward model.safetensors --data images $words
done
for words in "-e half" "-e float,gain=0" "-e seed=x" "--eps -1" "--eps 1e-400" "--eps 1/0" "--eps 1/x" "--eps inf" "--eps 1e300"; do
    try 2 attack model.safetensors $data $words
    [ ! -s out ] || fail "something on stdout: $ran"
done
for words in "" "-o new --eps -0.1" "-o new --seeds 65" "-o new --seeds 0" "-o new --tolerance 1" "-o new --verdict-margin 0" "-o new --verdict-margin 100" "-o new --fail-on verdict=masked --seeds 19" "-o new --max-bits 1" \
    "-o new --reference-bits 9999" "-o new -e exact" "-o new -e mpfr:99" "-o new -e random" "-o new -e float,gain=0" "-o new -e double" \
    "-o new --foreign naive=x" "-o new --foreign stable=x" "-o new --foreign exact=x" \
    "-o new --foreign-scale nan" "-o new --foreign-scale 1/0" "-o new --foreign x" "-o new --foreign =x" "-o new --foreign a/b=x" "-o new --foreign-scale 0" "-o new --progress loud" \
    "-o new --fail-on lost" "-o new --fail-on loss>1" "-o new --fail-on lost>x" "-o new --fail-on lost>+1%" \
    "-o new --fail-on none:lost>1" "-o new --fail-on exact:lost>1" "-o new --fail-on naive:none-works>1" "-o new --baseline images"; do
    try 2 audit model.safetensors $data --images 0 $words
    [ ! -s out ] || fail "something on stdout: $ran"
    [ ! -e new ] || fail "a directory is made: $ran"
done
try 2 merge
try 2 merge -o new
try 2 merge missing
try 2 report
try 2 report a b
for words in "--parameter weight" "--points 1" "--from 0" "--to x" "-o a\`b" "-o .x" "-o a/"; do
    try 2 sweep model.safetensors $data $words
done

# ---- files ----
head -c 200 model.safetensors >cut.safetensors
head -c 1000 images >images-cut
printf 'no model' >text
: >empty
for command in forward gradient histogram attack sweep inspect "audit -o new"; do
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
    one_line "^gradaudit: labels-beyond: label 4 of image 299 "
    try 3 $command model.safetensors --data images-wide --labels labels-ten
    one_line "^gradaudit: images-wide: "
    try 3 $command . $data
    one_line "^gradaudit: \.: is a folder with a model.safetensors: name that file"
done

# What grows with the label's class is not attacked.
for loss in logit probability; do
    try 0 gradient --loss $loss --images 0 model.safetensors $data
    for command in "attack -e float,naive,$loss" "audit -e float,naive -e float,naive,$loss -o new" \
        "sweep --parameter logit-scale --loss $loss"; do
        try 2 $command model.safetensors $data
        one_line "^gradaudit: the $loss of the label's class is no loss: attacks and audits go up a loss"
    done
done
# One output is no softmax: whoever needs a loss says so, whatever the labels are.
for command in gradient histogram attack "attack -e random" sweep "audit -o new" "audit --dry-run" "explain --image 0 --element 0" \
    "gradient --wrt weights" "gradient --format exact"; do
    try 2 $command one-output.safetensors $data
    one_line "^gradaudit: this network has one output: a softmax of one class has no gradient. Say --loss bce if labels "
done
try 2 gradient --loss margin one-output.safetensors $data
one_line "^gradaudit: this network has one output: the margin is between two. Say --loss bce if labels are 0 and 1 .audit, attack: -e float,naive,bce., or --loss squared-error\$"
for command in "gradient --loss bce" "histogram --loss bce" "sweep --parameter logit-scale --loss bce" "attack -e float,naive,bce" \
    "audit -e float,naive,bce -o new" "explain --image 0 --element 0 --loss bce"; do
    try 3 $command one-output.safetensors $data
    one_line "^gradaudit: .*label [23] of image [0-9]* is neither 0 nor 1, which the loss bce of one output takes"
done
for command in "sweep --parameter logit-scale --loss squared-error" "attack -e float,naive,squared-error" "audit -e float,naive,squared-error -o new"; do
    try 2 $command one-output.safetensors $data
    one_line "^gradaudit: this network has one output, and the loss squared-error takes it for no class"
done
try 0 forward one-output.safetensors $data
try 0 inspect one-output.safetensors
try 0 inspect one-output.safetensors $data
grep -q '^fc2.preactivation' out || fail "inspect shows what one output is"
try 0 convert one-output.safetensors one-output-again.safetensors

[ ! -e new ] || fail "a directory is made for inputs that are none"
head -c -4 model.safetensors >nan.safetensors # the last weight becomes a NaN
printf '\377\377\377\177' >>nan.safetensors
for command in forward gradient inspect "audit -o new"; do
    try 3 $command nan.safetensors $data
    one_line "^gradaudit: nan.safetensors: "
done

# Waiting for a file it is stopped by a signal, as in a run.
mkfifo waiting
"$program" gradient model.safetensors --data waiting --labels labels >out 2>err &
sleep 1
kill -TERM $!
wait $!
[ $? = 143 ] || fail "SIGTERM while it waits for a file"

# OpenBLAS would wait for its memory for ever: before main for that of its own threads, in it for that of our products.
if [ -z "$sanitized" ]; then
    # limited KIBIBYTES THREADS STATUS ARGUMENT...: as try, in so much address space, with so many threads of OpenBLAS's own.
    limited() {
        limit=$1 own=$2 want=$3 ran="$4 in $1 KiB, with $2 threads of OpenBLAS"
        shift 3
        (ulimit -v "$limit" && OPENBLAS_NUM_THREADS=$own timeout -k 9 60 "$program" "$@" >out 2>err)
        got=$?
        [ $got = "$want" ] || fail "status $got, not $want: $ran: $(cat err)"
    }
    limited 120000 1 4 gradient model.safetensors $data --images 0 --threads 1
    one_line "^gradaudit: out of memory for OpenBLAS, .*OPENBLAS_NUM_THREADS=1)$"
    limited 240000 1 0 inspect model.safetensors
    if [ "$(env -u OMP_NUM_THREADS nproc)" != 1 ]; then
        limited 240000 2 4 inspect model.safetensors
        unset OMP_NUM_THREADS GOTO_NUM_THREADS
        limited 240000 '' 4 inspect model.safetensors
        export OMP_NUM_THREADS=1
        limited 240000 '' 0 inspect model.safetensors
        unset OMP_NUM_THREADS
    fi
    limited 320000 1 4 gradient model.safetensors --data images-many --labels labels-many --images 0-599 --threads 3
    [ "$(wc -l <err)" = 1 ] && grep -q "^gradaudit: out of memory for the products of [23] threads, .*--threads$" err || fail "not one line: $ran"
    # Between too little for two threads and enough for three: never without an end.
    three=
    for limit in $(seq 320000 20000 640000); do
        (ulimit -v "$limit" && OPENBLAS_NUM_THREADS=1 timeout -k 9 60 "$program" gradient model.safetensors --data images-many --labels labels-many \
            --images 0-599 --threads 3 >out 2>err)
        got=$?
        [ $got = 0 ] || [ $got = 4 ] || fail "status $got in $limit KiB: $(cat err)"
        if grep -q "^gradaudit: out of memory for the products of 3 threads, " err; then three=yes; fi
    done
    [ -n "$three" ] || fail "not all threads have products: $(cat err)"
fi

try 2 inspect model.safetensors --activation swish
one_line "^gradaudit: model.safetensors: --activation: no activation of hidden layers is called 'swish': linear, sigmoid, tanh, relu, softplus, silu, gelu, gelu-tanh, mish, elu, softsign, hardsigmoid, hardswish, relu6 or prelu$"
try 3 inspect model.safetensors --activation tanh
one_line '^gradaudit: model.safetensors: it says itself that hidden layer 1 is .*: --activation cannot make it tanh$'
try 3 convert nan.safetensors kept.safetensors
one_line "^gradaudit: nan.safetensors: "
[ ! -e kept.safetensors ] || fail "a model is written that was refused"
try 0 convert nan.safetensors kept.safetensors --allow-nonfinite
cmp -s nan.safetensors kept.safetensors || fail "not the bytes that were read: $ran"
try 3 inspect kept.safetensors
one_line "^gradaudit: kept.safetensors: .* is NaN"
try 0 inspect kept.safetensors --allow-nonfinite

# ---- the directory of an audit ----
audit="audit model.safetensors $data --images 0-3 --quiet --no-remedies -e float"
mkdir full
: >full/file
try 2 $audit -o full
one_line "^gradaudit: full: the directory is not empty"
for bad in labels labels/new missing/new /dev/full /dev/full/new /proc/new; do
    try 5 $audit -o $bad
    one_line "^gradaudit: $bad"
done
if [ "$(id -u)" != 0 ]; then
    mkdir locked
    chmod 555 locked
    for bad in locked locked/new; do
        try 5 $audit -o $bad
        one_line "^gradaudit: $bad"
    done
fi
try 2 $audit -o full --resume
one_line "^gradaudit: full/journal: no unfinished audit is there to resume"
try 0 $audit -o new --resume
mkdir nothing
try 0 $audit -o nothing --resume
try 0 $audit -o done
for directory in new nothing; do
    diff -rq -x provenance.json $directory done >err || fail "not the audit: -o $directory --resume"
    rm -r $directory
done
[ ! -s out ] && [ ! -s err ] || fail "an audit that is quiet says something"
try 2 $audit -o done
one_line "^gradaudit: done: it holds a result already: choose another directory"
try 0 $audit -o done --resume
try 0 $audit -o done --resume --gemm-backend dgemm
try 0 $audit -o by-dgemm --gemm-backend dgemm
cmp -s done/report.json by-dgemm/report.json || fail "a report that depends on the back end"
grep -q '"gemm_backend": "dgemm"' by-dgemm/provenance.json || fail "no back end in provenance.json"
try 2 $audit -o done --resume --eps 0.1
one_line "^gradaudit: done: "
try 2 merge done done -o new
one_line "^gradaudit: done: image 0 is in done too"
try 2 merge done -o full
one_line "^gradaudit: full: the directory is not empty"
try 5 merge missing -o new
one_line "^gradaudit: missing/report.json: "
try 3 audit model.safetensors $data -o new --foreign a=text
one_line "^gradaudit: text: "
try 5 audit model.safetensors $data -o new --foreign a=missing
one_line "^gradaudit: missing: "
try 0 $audit --dry-run
[ "$(wc -l <out)" = 2 ] || fail "a dry run is two lines"
[ ! -e new ] || fail "a directory is left"

# ---- gates ----
try 0 $audit -o passed --fail-on 'lost>100%' --fail-on 'correct<0' --baseline done --fail-on 'right<-0%'
[ ! -s err ] || fail "gates that hold say something"
try 1 $audit -o failed --fail-on 'right>=0%' --fail-on 'lost>100%' --fail-on 'float,naive:right>=+0' --baseline done/report.json
[ "$(wc -l <err)" = 2 ] && [ "$(grep -c '^gradaudit: gate .* failed: float naive: .*the limit is' err)" = 2 ] ||
    fail "not a line for each gate that failed"
cmp -s done/report.json failed/report.json && cmp -s done/images.tsv failed/images.tsv || fail "gates change the results"
try 1 report done --fail-on 'correct>=0' # after its summary
[ "$(grep -c '^gradaudit: gate correct>=0 failed: ' err)" = 1 ] || fail "the gate that failed is not said: $ran"
try 0 report done --fail-on 'correct<0'
try 0 report done/report.json
(cd done && "$program" report report.json 2>../err) || fail "report report.json"
try 5 report missing/report.json
one_line '^gradaudit: missing/report.json: '
try 0 merge done/report.json -o merged-one
cmp -s done/report.json merged-one/report.json || fail "merged from its report.json it is another"
try 1 report done --fail-on 'right>=+0' --baseline passed
try 2 report done --fail-on 'right>=+0'
try 2 report done --fail-on 'double,naive:right>=0'
one_line "no such estimator, but 'float naive'"
try 5 report full --fail-on 'right>0'
one_line '^gradaudit: full/report.json: '
try 5 $audit -o new --fail-on 'right>+0' --baseline missing/report.json
one_line '^gradaudit: missing/report.json: '
undecided="$audit --max-bits 128 --reference-bits 4000"
try 6 $undecided -o undecided --fail-on 'undecided<1'
one_line '^gradaudit: [0-9]* elements remain undecided, at most 2^[-0-9]* (raise --max-bits, or use --accept-below); the results are in undecided$'
[ -s undecided/report.json ] || fail "no results: $ran"
try 6 $undecided -o undecided-margin -e float,margin
one_line '^gradaudit: [0-9]* elements of the gradients of 2 functions together remain undecided, at most 2^'
try 0 $undecided -o accepted --accept-below 1e9
cmp -s accepted/report.json undecided/report.json || fail "what is accepted changes the results"
try 6 $undecided -o beyond --accept-below 1e-99
try 1 $undecided -o undecided2 --fail-on 'exact:undecided>0' # the gate wins
[ "$(wc -l <err)" = 2 ] && grep -q 'remain undecided' err || fail "a gate and undecided elements are not both said"
mkdir other
for text in '' '{}' '[]' '{"kind": "reproduction", "schema_version": 1}' '{"kind": "audit", "schema_version": 1}'; do
    printf '%s' "$text" >other/report.json
    try 3 $audit -o new --fail-on 'right>+0' --baseline other
    one_line '^gradaudit: other/report.json: '
done
printf '{"kind": "audit", "schema_version": 2}' >other/report.json
try 2 $audit -o new --fail-on 'right>+0' --baseline other
one_line 'the baseline has no such estimator'
[ ! -e new ] || fail "a directory is made, though a gate is none"
"$program" audit model.safetensors $data --images 0 --no-remedies -e float --eps 0.5 --progress none -o differs --baseline done 2>err
ran="an audit with a baseline of other options"
grep -qx 'gradaudit: the baseline differs in options (eps); images (0-0, before 0-3)' err || fail "what differs is not said"
harmless err

# ---- what a run took: for those who ask ----
for command in forward gradient histogram attack sweep; do
    try 0 $command model.safetensors $data --progress plain --threads 1
    grep -qx 'gradaudit: 300 images in [0-9.]* s, 1 thread, at most [0-9]* MiB' err || fail "what it took is not said: $ran"
done

# ---- examples work as they are ----
for command in audit merge; do
    "$program" $command --help | sed -n '/^Examples\{0,1\}:/,$p' | sed '1d; /^The same/d' >example
    (PATH=$top:$PATH && . ./example) >out 2>err
    status=$?
    ran="the example of $command"
    [ $status = 0 ] || [ $status = 1 ] || fail "status $status: $ran"
    ! grep '^gradaudit: ' err | grep -v -e ' failed: ' -e '^gradaudit: [0-9]*[/ ]' || fail "it complains: $ran"
done
[ -s whole/report.json ] && [ -s audit/report.json ] || fail "the examples leave no report"

# ---- float and binary64 weights ----
for command in forward gradient histogram sweep; do
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
for words in "--format exact" "--format mpfr:200"; do
    try 0 gradient model.safetensors $data $words --images 3-5
    mv out auto
    for backend in dgemm plain avx2 vnni; do
        if grep -q "$(echo $backend | sed 's/plain\|dgemm//; s/vnni/ avx512_vnni /; s/avx2/ avx2 /')" /proc/cpuinfo; then
            try 0 gradient model.safetensors $data $words --images 3-5 --gemm-backend $backend
            cmp -s auto out || fail "$backend: other bytes: $words"
        else
            for command in gradient attack "audit -o new" sweep histogram explain; do
                try 2 $command model.safetensors $data --gemm-backend $backend
            done
        fi
    done
done
try 2 reproduce -o new --gemm-backend none
# The page of a result names its directory; a role that an audit lacks is not hinted at; an empty name is said.
try 0 audit model.safetensors $data --images 0-3 --quiet --no-remedies -e float -o paged
try 0 report paged/report.html
try 2 report paged --fail-on 'stable:zeros>0'
one_line "this audit has no estimator that is 'stable': the one at a reduced gain or logit scale was left out, or not asked for; it has 'float naive'"
try 5 audit model.safetensors $data --images 0 -o ''
one_line "^gradaudit: '' (no name): cannot make the directory"
try 5 report ''
one_line "^gradaudit: '' (no name): cannot read"
try 5 train --recipe vanilla-sigmoid --data '' -o new
one_line "^gradaudit: '' (no name): cannot read"
try 2 attack model.safetensors $data --images 0 --clip 1,0
one_line 'of which LOW is less'
try 2 audit model.safetensors $data -o new --verdict-margin 0
one_line 'above 0, where one image would decide'
# It replaces a former reproduction that holds nothing else. Whether a directory is one is asked before the data are, which are not there.
former() {
    rm -rf former
    mkdir -p former/models
    echo "$1" >former/report.json
    touch former/index.html former/figure2-relu.svg former/models/vanilla-relu.safetensors
}
former '{"kind": "reproduction"}'
try 5 reproduce -o former --data-dir none
try 5 reproduce -o former/ --data-dir none
for own in thesis.txt .notes models/mine.safetensors figure3.png figure1; do
    former '{"kind": "reproduction"}'
    touch "former/$own"
    try 2 reproduce -o former --data-dir none
    one_line "holds '${own#*/}', which no reproduction makes and which would be lost; choose another directory, or remove this one"
    [ -e "former/$own" ] || fail "reproduce: former/$own is lost"
done
former '{"kind": "reproduction"}'
mkdir former/figure1.svg
try 2 reproduce -o former --data-dir none
former '{"kind": "audit"}'
try 2 reproduce -o former --data-dir none
one_line "the result of an audit stands here; choose another directory"
for report in '{}' '{"kind": 3}' 'no JSON' '{"kind": "reproductions"}'; do
    former "$report"
    try 2 reproduce -o former --data-dir none
    one_line "the directory is not empty, and holds no reproduction; choose another directory"
done
rm -rf former
# A study is found by its name, in the data directory.
try 0 reproduce --list
grep -q '^brendel-bethge-2017	Robust' out || fail "the first study is not listed"
try 2 reproduce no-such-study -o new --quiet
one_line "there is no study 'no-such-study' (gradaudit reproduce --list names all)"
try 2 reproduce one two -o new
one_line "one study only, not also 'two'"
mkdir -p broken/studies
echo '{"schema": 1, "title": "Broken"}' >broken/studies/broken.json
GRADAUDIT_DATADIR=broken try 3 reproduce broken -o new
one_line "^gradaudit: broken/studies/broken.json: it needs 'source' "
GRADAUDIT_DATADIR=broken try 3 reproduce --list
mkdir named
echo '{"kind": "reproduction", "schema_version": 3, "study": "no-such-study"}' >named/report.json
try 2 report named
one_line "there is no study 'no-such-study'"
rm -rf broken named
try 0 gradient model.safetensors $data --wrt weights
[ "$(grep -vc '^#' out)" = $((16 * 6 + 6 + 6 * 4 + 4)) ] || fail "not one line for each parameter"
try 0 gradient model.safetensors $data --wrt weights --reduction sum --format double --images 0-63
mv out sum
for format in double exact; do
    try 0 gradient model.safetensors $data --wrt weights --format $format --images 0-63
    paste out sum | awk -F '\t' '!/^#/ && ($3 * 64 - $6)^2 > 1e-20 * ($6^2 + 1e-6) { exit 1 }' || fail "$format: the mean of 64 is not a 64th of the sum"
done
try 2 gradient model.safetensors $data --reduction sum
one_line "^gradaudit gradient: --reduction is about --wrt weights"
try 2 gradient model.safetensors $data --wrt weights --format e2m1 --images 0-9
one_line "^gradaudit: a mean over 10 images divides by 10, which e2m1 cannot hold: take fewer images, or the sum (--reduction sum)"
try 0 gradient model.safetensors $data --wrt weights --format e2m1 --images 0-9 --reduction sum
try 2 gradient model.safetensors $data --wrt weights --format float16,rounding=stochastic --json
[ ! -s out ] || fail "a document is begun before it is refused"
try 0 histogram model.safetensors $data --images 0-99
! grep -q '^[-0-9]*	0	' out || fail "a decade that does not occur"
awk -F '\t' '/^#/ { next } $1 ~ /^(zero|infinite|nan|undecided|-?[0-9]+)$/ { n += $2 } END { exit n != 1600 }' out || fail "a histogram's bins do not add up"
try 0 attack model.safetensors $data -e float -e random,seed=7
[ "$(wc -l <out)" = 3 ] && awk -F '\t' 'NF != 19 { exit 1 }' out || fail "attack: two lines of 19 columns below their names"
for command in gradient histogram "sweep --points 2" "explain --image 3 --element 2"; do
    try 0 $command model.safetensors $data --loss margin --formulas rewrite
    mv out margin
    try 0 $command model.safetensors $data --loss cross-entropy --formulas rewrite
    ! cmp -s margin out || fail "$command: the margin is the cross-entropy"
    mv out cross-entropy
    try 0 $command model.safetensors $data --formulas rewrite
    cmp -s cross-entropy out || fail "$command: the default is not the cross-entropy"
done
try 2 attack model.safetensors $data -e float,double
one_line "'float,double': 'double' comes after another word of its kind; for two estimators say -e twice"
for words in , float,, ,float float,seed=3 gain=1,gain=2 naive,float,naive logit-scale=1,logit-scale=1 random,seed=1,seed=2 loop,blas margin,margin random,exact random,gain=1; do
    try 2 attack model.safetensors $data -e "$words"
done
cp images read
for words in "gradient model.safetensors --data read --labels labels" "forward model.safetensors --data read"; do
    try 2 $words -o read
    one_line "^gradaudit: read: is read too, and would be lost: give the output another name$"
done
cp labels read-labels && ln read-labels read-too
try 2 gradient model.safetensors --data images --labels read-labels -o read-too
try 2 convert model.safetensors model.safetensors
cmp images read || fail "an output went over what is read"
datadir=${GRADAUDIT_DATADIR:-$top/data}
relu="$datadir/models/vanilla-relu.safetensors --data $datadir/mnist/t10k-images-idx3-ubyte.gz --labels $datadir/mnist/t10k-labels-idx1-ubyte.gz"
try 2 sweep $relu --images 0-3
one_line "there is none in this network; --parameter logit-scale is one on the logits$"
for command in forward gradient histogram "sweep --parameter logit-scale --points 2" "explain --image 0 --element 300"; do
    images="--images 0-3"
    [ "${command#explain}" = "$command" ] || images=
    try 2 $command $relu $images --gain 0.5
    one_line "there is none in this network; --logit-scale S is one on the logits$"
    try 0 $command $relu $images --gain 1
done
try 2 attack $relu --images 0-3 -e float -e float,gain=0.5
one_line "there is none in this network; logit-scale=S is one on the logits$"
try 0 attack $relu --images 0-3 -e float,gain=1
try 0 audit $relu --images 0-3 -o no-gain --seeds 1 --no-remedies -e float,naive -e float,naive,Gain=AUTO -e float,naive,gain=0.5
[ "$(grep -c '^gradaudit: float,naive,.*: left out: ' err)" = 2 ] || fail "a gain without sigmoid or tanh: $(cat err)"
try 0 attack model.safetensors $data -e float,margin -e float
grep -q '^float naive margin	' out && grep -q '^float naive	' out || fail "attack: the names of two losses"
for words in "attack -e float -e double,gain=0.5 -e random -e exact" "sweep --points 2"; do
    try 0 $words model.safetensors $data --eps 0
    awk -F '\t' '/^#/ { for (i = 1; i <= NF; i++) if ($i == "fooled" || $i == "fooled_percent") at = i; next }
        { n++; bad = bad || $at != 0 } END { exit bad || !at || !n }' out || fail "a step of 0 succeeds: $ran"
done
try 0 attack model.safetensors $data -e float --eps 8/255
mv out fraction
try 0 attack model.safetensors $data -e float --eps 0.031372550129890442 # the float nearest to 8/255
cmp -s fraction out || fail "8/255 is another step"
try 0 gradient model.safetensors $data --images 0-9 --gain 1/3
mv out fraction
try 0 gradient model.safetensors $data --images 0-9 --gain 0.3333333432674408 # the float nearest to 1/3
cmp -s fraction out || fail "1/3 is another gain"
try 0 $audit -o still --eps 0
grep -q '"eps": 0.0' still/report.json || fail "no eps 0 in the report"
cut -f 5 still/images.tsv | grep -vx -e fact -e none-works -e misclassified && fail "an attack that does not move succeeds"
try 0 inspect model.safetensors --activation SIGMOID
try 0 gradient model.safetensors $data --images 0-9 --format Double --formulas NAIVE --loss Cross-Entropy
mv out upper
try 0 gradient model.safetensors $data --images 0-9 --format double
cmp -s upper out || fail "names in another case are others"
for words in "--format exact" "--format mpfr:99" "--wrt weights --digits 5" "--digits 5"; do
    try 2 gradient model.safetensors $data -o g.npy $words
    [ ! -e g.npy ] || fail "an array is written: $ran"
done
try 0 gradient model.safetensors $data --images 7-16 -o g.npy
[ ! -s out ] && [ "$(wc -c <g.npy)" = $((128 + 10 * 16 * 4)) ] || fail "not an array alone of 10 x 16 floats: $ran"
try 5 gradient model.safetensors $data --images 7-16 -o missing/g.npy
one_line '^gradaudit: missing/g.npy: '
try 3 gradient model.safetensors --data images --labels labels-beyond -o h.npy
[ ! -e h.npy ] || fail "an array is left of a gradient that is none"
try 0 sweep model.safetensors $data --points 3
[ "$(grep -vc '^#' out)" = 3 ] || fail "sweep: three points"
try 0 inspect model.safetensors
try 0 inspect model.safetensors $data

# ---- what cannot be written ----
for words in "forward model.safetensors $data" "gradient model.safetensors $data" "histogram model.safetensors $data" "attack model.safetensors $data" \
    "sweep model.safetensors $data --points 2" "inspect model.safetensors" "$audit --dry-run" "--help" "--version" "gradient --help" "inspect --help"; do
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
    for words in "inspect a" "forward --format" "gradient --threads" "gradient --gain" "gradient --format" "gradient --formulas" "gradient --loss" "gradient --gemm" \
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

# ---- a graph is taken by every command that reads a model but convert, which says so ----
awk 'BEGIN { for (i = 0; i < 6; i++) { printf "%d", i % 3; for (k = 0; k < 16; k++) printf ",%d", (i * 7 + k * k) % 9; print "" } }' >graph.csv
for command in forward gradient histogram attack inspect precision scales; do
    try 0 $command "$cases/cnn.onnx" --data graph.csv --label-column 1
done
try 0 sweep "$cases/cnn.onnx" --data graph.csv --label-column 1 --parameter logit-scale --points 2
try 0 explain "$cases/cnn.onnx" --data graph.csv --label-column 1 --case 0 --element 0
try 2 convert "$cases/cnn.onnx" graph.safetensors
one_line 'takes networks of fully connected layers only; all commands but convert take this one as it is$'

[ $failures = 0 ]
