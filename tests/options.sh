#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every option of every command, as its --help has them: a wrong value, one too many or none at all is refused in one line that names
# the option; a count takes its ends and nothing beyond. Sanitizers have each option once, not again in every command that has it.
export LC_ALL=C GRADAUDIT_DATADIR=/nonexistent # or reproduce would start
unset POSIXLY_CORRECT ARGP_HELP_FMT
program=$(pwd)/gradaudit
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99
failures=0 n=0

fail() {
    echo "FAILED: $command $name: $*: $(cat err)"
    failures=$((failures + 1))
}

# refused PATTERN ARGUMENT...: GA_USAGE, and one line, which matches.
refused() {
    pattern="^gradaudit $command: $1 (see gradaudit $command --help)$"
    shift
    "$program" "$command" "$@" >out 2>err </dev/null
    [ $? = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q -- "$pattern" err || fail "'$*' is not refused by '$pattern'"
}

# taken ARGUMENT...: whatever is missing else, no fault names the option, and the program does not crash.
taken() {
    "$program" "$command" "$@" >out 2>err </dev/null
    [ $? -lt 128 ] && ! grep -qF -e "--$name" -e "'?'" err || fail "'$*' is not taken"
}

# What becomes of a wrong value: taken, because it is a text that is looked at later; named, with the option's name before the fault;
# else how the fault begins.
kind() {
    case $command.$name.$value in
        *.data.* | *.labels.* | *.targets.* | *.upstream.* | *.*-key.* | *.label-column.* | *.scale.* | *.mean.* | *.std.* | *.images.* | *.clip.* | *.arch.* | *.set.* | \
            *.data-dir.* | *.baseline.* | *.output.DIR | *.output.FILE* | audit.estimator.*) echo taken ;;
        train.activation.*) echo named ;;
        *.activation.*) echo taken ;;
        explain.format.* | precision.format.* | scales.format.* | thresholds.format.*) echo named ;;
        *.format.*) echo "no format is called" ;;
        *.formulas.*) echo "no formulas is called" ;;
        *.loss.*) echo "no loss is called" ;;
        *.gemm.*) echo "no product is called" ;;
        attack.estimator.*) echo "no estimator has" ;;
        *.output.BASE) echo "-o needs" ;;
        *) echo named ;;
    esac
}

# A number from its least to its most.
check_ends() {
    ends=$(sed -n 's/.* must be a number from \([0-9]*\) to \([0-9]*\), not .*/\1 \2/p' err)
    [ -n "$ends" ] || return 0
    least=${ends% *} most=${ends#* }
    before=
    case $name in *-bits) [ "$command" = audit ] || before="--format=exact" ;; esac
    [ "$least" = 0 ] || refused "--$name must be .*, not '$((least - 1))'" $before "--$name=$((least - 1))"
    refused "--$name must be .*, not '${most}0'" $before "--$name=${most}0"
    refused "--$name must be .*, not '${least}x'" $before "--$name" "${least}x"
    for end in $ends; do
        taken $before "--$name=$end"
    done
    counts=$((counts + 1))
}

"$program" --version | grep -q -e '-fsanitize=address' && sanitized=yes || sanitized=
counts=0 tried=' '
for command in $("$program" --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p'); do
    "$program" "$command" --help | sed -n 's/^\(  -\([a-zA-Z]\),\|     \) --\([a-z-]*\)\(=\([^ ]*\)\)\{0,1\}  *.*/\3 \2- \5/p' >options
    while read -r name letter value; do
        n=$((n + 1))
        case $sanitized$tried in yes*" $name=$value "*) continue ;; esac
        tried="$tried$name=$value "
        letter=${letter%-}
        if [ -z "$value" ]; then
            refused "'--$name' takes no value" "--$name=?"
            taken "--$name"
            continue
        fi
        escaped=$(printf '%s' "$value" | sed 's/[.]/\\./g')
        refused "'--$name' needs a value, $escaped" "--$name"
        [ -z "$letter" ] || refused "'-$letter' needs a value, $escaped" "-$letter"
        what=$(kind)
        case $what in
            taken) [ "$command.$name" = train.data ] || taken "--$name=?" ;;
            named)
                refused "--$name.*" "--$name" '?'
                check_ends ;;
            *) refused "$what.*" "--$name=?" ;;
        esac
    done <options
done
[ $n -ge 200 ] || fail "only $n options"
[ $counts -ge "$([ -n "$sanitized" ] && echo 10 || echo 20)" ] || fail "only $counts counts"
[ $failures = 0 ]
