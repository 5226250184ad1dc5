#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every change in mutants.list, made to a copy of the one file and linked into the test program it names (a header: compiled with it),
# turns that program red; without a change the copies leave it green. A changed program that crashes or does not end is red too; one that does not build is a fault of
# the list. With GRADAUDIT_MUTANTS_EVERY=N only every N-th is tried.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GRADAUDIT_TEST_SEED
: "${srcdir:=.}" "${MAKE:=make}"
list=$srcdir/tests/mutants.list jobs=2 seconds=300
tmp=$(mktemp -d tests/mutants-XXXXXX) || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
TMPDIR=$PWD/$tmp GRADAUDIT_TEST_STOP=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 LC_ALL=C
export TMPDIR GRADAUDIT_TEST_STOP OMP_NUM_THREADS OPENBLAS_NUM_THREADS LC_ALL

# fields LINE: sets file, nth, test, text and replacement. Fails for a line that is none.
fields() {
    IFS=' ' read -r file test change <<END
$1
END
    case $file in *:*/*) nth=${file#*:} file=${file%%:*} ;; *) nth=1/1 ;; esac
    case $change in
        ?*' => '?*) text=${change%% => *} replacement=${change#* => } ;;
        ?*' =>') text=${change% =>} replacement= ;;
        *) return 1 ;;
    esac
}

# mutate: the file with its nth occurrence of the text replaced. Fails unless there are as many as nth says.
mutate() {
    TEXT=$text REPLACEMENT=$replacement awk -v nth="$nth" '
        BEGIN { split(nth, of, "/"); text = ENVIRON["TEXT"] }
        {
            line = ""
            for (rest = $0; (at = index(rest, text)) > 0; rest = substr(rest, at + length(text)))
                line = line substr(rest, 1, at - 1) (++n == of[1] ? ENVIRON["REPLACEMENT"] : text)
            print line rest
        }
        END { exit !(n == of[2] && of[1] >= 1 && of[1] <= of[2]) }' "$srcdir/$file"
}

# build: the test with the mutant; where that is a header, the test's own source is compiled with it.
build() {
    case $file in
        *.h)
            mkdir -p "$mutant.d/$(dirname "${file#src/}")" && mv "$mutant.c" "$mutant.d/${file#src/}" &&
                printf '#include "%s"\n' "$(cd "$srcdir/tests" && pwd)/$test.c" >"$mutant.c" &&
                $MAKE -s mutant-object mutant-program MUTANT="$mutant" MUTANT_CPPFLAGS="-iquote $mutant.d" MUTANTS= TEST="$mutant" ;;
        *) $MAKE -s mutant-object mutant-program MUTANT="$mutant" MUTANTS="$mutant.o" TEST="tests/$test" ;;
    esac
}

# run PROGRAM [SECONDS]: its exit status; its output in PROGRAM.out.
run() { timeout "${2:-$seconds}" "$1" >"$1.out" 2>&1; }

# try NUMBER LINE: prints a line of the table and makes NUMBER.killed when there is nothing to complain of.
try() {
    mutant=$tmp/$1 begun=$(date +%s)
    if ! fields "$2"; then
        by='NOT A MUTANT'
    elif ! mutate >"$mutant.c"; then
        by='TEXT NOT FOUND AS OFTEN AS SAID'
    elif ! build >"$mutant.log" 2>&1; then
        by='DOES NOT BUILD'
        cat "$mutant.log"
    else
        run "$mutant"
        status=$?
        case $status in
            0) by=SURVIVES ;;
            77 | 126 | 127) by='DOES NOT RUN' ;;
            124) by="$test, not ended" ;;
            *) by=$(sed -n '/^[^ ]*\.c:[0-9]*: /{ s/^[^ ]*\/\([^ ]*\): .*/\1/p; q; }' "$mutant.out") ;;
        esac
        : "${by:=$test, status $status}"
    fi
    case $by in [A-Z]*) ;; *) : >"$mutant.killed" ;; esac
    printf '%3d  %-30s %3d s  %s\n' "$1" "$by" $(($(date +%s) - begun)) "$2"
    rm -f "$mutant" "$mutant.o" "$mutant.out"
}

grep -v -e '^#' -e '^$' "$list" | awk -v every="${GRADAUDIT_MUTANTS_EVERY:-1}" 'NR % every == 0' >"$tmp/list" || exit 99
total=$(wc -l <"$tmp/list")

# The control: every file of the list, copied and compiled in the same way, in every program of the list.
objects=
for file in $(sed 's/[: ].*//' "$tmp/list" | grep '\.c$' | sort -u); do
    copy=$tmp/copy-$(basename "$file" .c)
    cp "$srcdir/$file" "$copy.c" && $MAKE -s mutant-object MUTANT="$copy" || exit 99
    objects="$objects $copy.o"
done
for test in $(cut -d ' ' -f 2 "$tmp/list" | sort -u); do
    $MAKE -s mutant-program MUTANT="$tmp/$test" MUTANTS="$objects" TEST="tests/$test" || exit 99
    run "$tmp/$test" 1800 || { cat "$tmp/$test.out"; echo "$test is red without a change"; exit 1; }
done

worker=0
while [ "$worker" -lt "$jobs" ]; do
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        [ $((number % jobs)) -ne "$worker" ] || try "$number" "$line" </dev/null
    done <"$tmp/list" &
    worker=$((worker + 1))
done
wait
killed=$(find "$tmp" -name '*.killed' | wc -l)
echo "$killed of $total mutants killed"
[ "$total" -ge $((${GRADAUDIT_MUTANTS_EVERY:-1} == 1 ? 30 : 1)) ] && [ "$killed" -eq "$total" ]
