#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The bash completion knows every command, every option and the words of their values, and completes files and directories.
shopt -u failglob nullglob
source "${srcdir:-.}/completions/gradaudit" || exit 1
top=$PWD
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/directory" "$tmp/data"
: >"$tmp/model one.safetensors"
: >"$tmp/images"
cd "$tmp" || exit 99
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# completed WORD...: what the last word may become, a line each.
completed() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _gradaudit 2>err || true
    [ ! -s err ] || fail "an error: $* ($(head -n 1 err))"
    printf '%s\n' "${COMPREPLY[@]}"
}

# want "EXPECTED..." WORD...
want() {
    local expected=$1 got
    shift
    got=$(completed "$@" | sort | paste -s -d ' ' -)
    [ "$got" = "$expected" ] || fail "'$*' becomes '$got', not '$expected'"
}

# ---- what the program says ----
commands=$("$top/gradaudit" --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p' | sort)
[ "$(completed gradaudit '' | grep -v '^-' | sort)" = "$commands" ] || fail "the commands are not those of --help"
for command in $commands; do
    "$top/gradaudit" "$command" --help >help
    said=$(grep -oE '^(  -[a-zA-Z?], |      )--[a-z-]+=?' help | grep -oE -- '--[a-z-]+=?' | sort)
    [ "$(completed gradaudit "$command" - | sort)" = "$said" ] || fail "$command: options are not those of --help:
$(diff <(completed gradaudit "$command" - | sort) <(echo "$said"))"
    # Every value that it offers is one: a wrong one is said before the model is looked for.
    for option in --format --formulas --gemm --loss --progress --wrt --reduction --parameter --activation --recipe; do
        case $said in *"$option="*) ;; *) continue ;; esac
        values=$(completed gradaudit "$command" "$option" '')
        [ -n "$values" ] || fail "$command $option: no values"
        extra=$([ "$command" != thresholds ] || echo one-too-many) # or it would compute them
        for value in $values; do
            "$top/gradaudit" "$command" "$option" "${value/mpfr:/mpfr:99}" $extra 2>&1 | grep -qF "'${value/mpfr:/mpfr:99}'" &&
                fail "$command $option $value is refused"
        done
    done
done
backends=$("$top/gradaudit" audit --gemm-backend none 2>&1 | sed -n "s/.*is called 'none': \(.*\) (see .*/\1/p" | sed 's/ or /, /' | tr -d ' ')
[ -n "$backends" ] && [ "$(completed gradaudit audit --gemm-backend '' | paste -s -d ,)" = "$backends" ] ||
    fail "the back ends are not $backends"
for command in gradient explain thresholds; do
    "$top/gradaudit" "$command" --format '?' 2>&1 | sed -n "s/.*is called '?': \(.*\) (see .*/\1/p" | sed 's/; nor a precision recipe: /, /; s/ or /, /g; s/, /\n/g; s/BITS//' | sort >named
    [ "$(completed gradaudit $command --format '' | grep -vx p= | sort)" = "$(cat named)" ] || fail "the formats of $command are not those of the program"
done
for word in $(completed gradaudit gradient --format p=4, | sed 's/^p=4,//'); do
    "$top/gradaudit" gradient --format "float16,$word" 2>&1 | grep -q "no format is called" && fail "$word is no word of a format"
done
for word in $(completed gradaudit gradient --format float16,rounding =); do
    "$top/gradaudit" formats "float16,rounding=$word" >out || fail "$word is no rounding"
done
for metric in $(completed gradaudit audit --fail-on '' | grep -v '^verdict!*=$'); do
    ! "$top/gradaudit" audit --fail-on "$metric>0" 2>&1 | grep -q 'gate' || fail "--fail-on $metric is no gate"
done
[ "$(completed gradaudit audit --fail-on '' | wc -l)" = "$("$top/gradaudit" audit --fail-on 'none>0' 2>&1 |
    sed -n 's/.*a gate is of \(.*\); not of.*/\1/p' | tr , '\n' | wc -l)" ] || fail "gates are missing"

# ---- words, files ----
want 'audit' gradaudit au
want '' gradaudit nonsense --
want '--round-model' gradaudit audit --ro
want 'double' gradaudit gradient --format d
want 'double' gradaudit gradient --format = d
want 'e4m3 e4m3fnuz' gradaudit formats e4
want 'e4m3,saturate' gradaudit gradient --format e4m3,s
want '4,emax= 4,emin=' gradaudit gradient --format p = 4,em
want '4,emax= 4,emin=' gradaudit gradient --format = p = 4,em
want '448,saturate' gradaudit attack -e p = 4,max = 448,s
want 'e4m3,ftz,rounding=' gradaudit attack -e e4m3,ftz,ro
want 'naive,e4m3 naive,e4m3fnuz' gradaudit attack -e naive,e4
want 'down nearest-away nearest-even odd stochastic toward-zero up' gradaudit gradient --format float16,rounding =
want 'toward-zero' gradaudit attack -e float16,rounding = t
want 'up,daz' gradaudit attack -e float16,rounding = up,d
want 'double float' gradaudit precision --format =
want 'x87' gradaudit thresholds --format x
want '' gradaudit thresholds --format amp
want 'e4m3 e4m3fnuz' gradaudit explain --format e4
want 'bfloat16,saturate' gradaudit explain --format bfloat16,s
want 'blas loop' gradaudit explain --gemm =
want 'float,naive float,nan' gradaudit audit -e float,na
want 'float,naive,gain= float,naive,gain=auto' gradaudit audit -e float,naive,g
want 'random reference-bits= rewrite' gradaudit attack --estimator r
want 'model one.safetensors' gradaudit audit mod
want 'images' gradaudit audit x --data im
want 'data directory' gradaudit audit x -o d
want 'data directory' gradaudit merge d
want 'merge' gradaudit help me
want 'images' gradaudit gradient x -o im
want 'data directory' gradaudit train --data ''
want '' gradaudit audit --eps ''

[ $failures = 0 ]
