#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every change in mutants.list, made to a copy of the one file and linked into the test program it names (a header or a
# template: compiled with it), turns that program red; unchanged copies of the files leave green the functions that were red. A
# changed program that crashes or does not end is red too; one that does not build is a fault of the list, and so is a text that is
# not in its file as often as said, which is checked for every line. It tries one line in 96, others after each commit (without
# git: each day), and at most 4 of those whose file or test the last 50 commits changed, others each time.
# GRADAUDIT_MUTANTS=all tries all, as make check-long does, =none none, =PATTERN those in which grep -E finds it.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GRADAUDIT_TEST_SEED GRADAUDIT_TEST_ONLY
: "${srcdir:=.}" "${MAKE:=make}" "${GRADAUDIT_MUTANTS:=}"
list=$srcdir/tests/mutants.list jobs=$(nproc 2>/dev/null || echo 2) parts=96 commits=50 most=4
tmp=$(mktemp -d tests/mutants-XXXXXX) || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
TMPDIR=$PWD/$tmp GRADAUDIT_TEST_STOP=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 LC_ALL=C
export TMPDIR GRADAUDIT_TEST_STOP OMP_NUM_THREADS OPENBLAS_NUM_THREADS LC_ALL

# fields LINE: sets file, nth, test, text and replacement. Fails for a line that is none.
fields() {
    IFS=' ' read -r file test change <<END_OF_LINE
$1
END_OF_LINE
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

# parallel COMMAND: runs it with the number and the text of every line of standard input, $jobs at a time.
parallel() {
    cat >"$tmp/$1.lines"
    worker=0
    while [ "$worker" -lt "$jobs" ]; do
        number=0
        while IFS= read -r line; do
            number=$((number + 1))
            ! mkdir "$tmp/$1.$number" 2>/dev/null || "$1" "$number" "$line" </dev/null # the directory is who takes it
        done <"$tmp/$1.lines" &
        worker=$((worker + 1))
    done
    wait
}

# ---- every text, and which are tried ----
grep -v -e '^#' -e '^$' "$list" >"$tmp/all" || exit 99
total=$(wc -l <"$tmp/all")
while IFS= read -r line; do
    if ! fields "$line"; then
        echo "NOT A MUTANT: $line"
    elif ! mutate >/dev/null; then
        echo "TEXT NOT FOUND AS OFTEN AS SAID: $line"
    fi
done <"$tmp/all" >"$tmp/faults"
cat "$tmp/faults"
echo "$((total - $(wc -l <"$tmp/faults"))) of $total mutants apply"
[ ! -s "$tmp/faults" ] || exit 1
[ "$total" -ge 30 ] || exit 1

# changed: the files that are not those of $commits commits ago. There is only this source's own repository.
in_git() { git -C "$srcdir" "$@" 2>/dev/null; }
in_git ls-files --error-unmatch tests/mutants.list >/dev/null && [ -z "$(in_git rev-parse --show-prefix)" ] && git=yes || git=
changed() { [ -z "$git" ] || { in_git log "-$commits" --format= --name-only; in_git diff --name-only HEAD; } | sort -u; }
turn=$([ -n "$git" ] && in_git rev-list --count HEAD || echo $(($(date +%s) / 86400)))
changed >"$tmp/changed"
awk -v turn="$turn" -v parts="$parts" -v most="$most" -v changes="$tmp/changed" '
    BEGIN { while ((getline file <changes) > 0) changed[file] = 1 }
    { line[++n] = $0; split($1, file_of, ":"); is[n] = file_of[1] in changed || "tests/" $2 ".c" in changed; count += is[n] }
    END {
        every = count > most ? int((count + most - 1) / most) : 1
        for (i = 1; i <= n; i++)
            if (i % parts == turn % parts || (is[i] && ++nth % every == turn % every))
                print line[i]
    }' "$tmp/all" >"$tmp/list"
[ -s "$tmp/list" ] || { echo "turn $turn: no mutant is tried"; exit 1; } # also where none is to be: a tarball has no git
case $GRADAUDIT_MUTANTS in
    none) exit 0 ;;
    all) cp "$tmp/all" "$tmp/list" ;;
    ?*) grep -E -e "$GRADAUDIT_MUTANTS" "$tmp/all" >"$tmp/list" ;;
    *) echo "turn $turn: one line in $parts, and at most $most of those whose file or test the last $commits commits changed" ;;
esac
[ -s "$tmp/list" ] || { echo "no mutant is tried"; exit 1; }

# ---- the commands of the Makefile, for eval: compile makes $mutant.o of $mutant.c, link the program $mutant of $object and $objects ----
$MAKE -s Makefile >/dev/null && # or make -n says how that is made
    compile=$($MAKE -n --no-print-directory mutant-object MUTANT='$$mutant' MUTANT_CPPFLAGS='$$cppflags') &&
    link=$($MAKE -s --no-print-directory mutant-program MUTANT=MUTANT MUTANTS=OBJECTS TEST=OBJECT |
        sed -n 's/^libtool: link: //; s/ MUTANT / $mutant /; s/ OBJECT\.o\(bj\)\{0,1\} OBJECTS / $object $objects /p') &&
    [ -n "$link" ] || exit 99

# build: the test with the mutant; where that is a header or a template, the test's own source is compiled with it.
build() {
    cppflags= object=tests/$test.o objects=$mutant.o
    case $file in
        *.h | *_tmpl.c)
            cppflags="-iquote $mutant.d" object=
            mkdir -p "$mutant.d/$(dirname "${file#src/}")" && mv "$mutant.c" "$mutant.d/${file#src/}" &&
                printf '#include "%s"\n' "$(cd "$srcdir/tests" && pwd)/$test.c" >"$mutant.c" || return 1 ;;
    esac
    eval "$compile" && eval "$link"
}

# run PROGRAM FUNCTION: that, or all if it is empty. Its exit status; its output in PROGRAM.out. The slowest program takes 10 s of
# a processor's time; how long that lasts depends on what else runs.
run() { (ulimit -S -t 40 && GRADAUDIT_TEST_ONLY=$2 timeout 600 "$1" >"$1.out" 2>&1); }

# red_function PROGRAM: that which the program had begun, or an empty line; its output may end within a line.
red_function() { echo "$(sed -n 's/^  \([A-Za-z_0-9]*\) \.\.\..*/\1/p' "$1.out" | tail -n 1)"; }

# try NUMBER LINE: prints a line of the table and makes NUMBER.killed when there is nothing to complain of.
try() {
    mutant=$tmp/$1 begun=$(date +%s)
    fields "$2"
    mutate >"$mutant.c"
    if ! build >"$mutant.log" 2>&1; then
        by='DOES NOT BUILD'
        cat "$mutant.log"
    else
        run "$mutant" ''
        status=$?
        case $status in
            0) by=SURVIVES ;;
            77 | 99 | 126 | 127) by='DOES NOT RUN' ;;
            124 | 152) by="$test, not ended" ;; # of timeout; SIGXCPU
            *) by=$(sed -n '/^[^ ]*\.c:[0-9]*: /{ s/^[^ ]*\/\([^ ]*\): .*/\1/p; q; }' "$mutant.out") ;;
        esac
        : "${by:=$test, status $status}"
        red_function "$mutant" >>"$tmp/$test.red"
    fi
    case $by in [A-Z]*) ;; *) : >"$mutant.killed" ;; esac
    printf '%3d  %-30s %3d s  %s\n' "$1" "$by" $(($(date +%s) - begun)) "$2"
    rm -rf "$mutant" "$mutant.o" "$mutant.out" "$mutant.c" "$mutant.d"
}

parallel try <"$tmp/list"

# ---- the control: every file of the list, copied and compiled in the same way, in every program of the list; what was red is green ----
copy() {
    mutant=$tmp/copy-$(basename "$2" .c) cppflags=
    cp "$srcdir/$2" "$mutant.c" && eval "$compile" || echo "$2 does not compile" >>"$tmp/red"
}
control() {
    mutant=$tmp/$2 object=tests/$2.o
    eval "$link" || { echo "$2 is not linked" >>"$tmp/red"; return; }
    functions=$(sort -u "$mutant.red")
    for function in ${functions:-''}; do
        run "$mutant" "$function" || { cat "$mutant.out"; echo "$2 is red without a change: $function" >>"$tmp/red"; }
    done
    rm -f "$mutant"
}
sed 's/[: ].*//' "$tmp/list" | grep '\.c$' | grep -v '_tmpl\.c$' | sort -u | parallel copy
objects=$(find "$tmp" -name 'copy-*.o' | tr '\n' ' ')
cut -d ' ' -f 2 "$tmp/list" | sort -u | parallel control
[ ! -e "$tmp/red" ] || { cat "$tmp/red"; exit 1; }

killed=$(find "$tmp" -name '*.killed' | wc -l) tried=$(wc -l <"$tmp/list")
echo "$killed of $tried mutants killed"
[ "$killed" -eq "$tried" ]
