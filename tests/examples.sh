#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command lines and gates in every --help, README and manual page parse: run where no file is, none is a fault of usage (2).
source=$(cd "${srcdir:-.}" && pwd)
program=$(pwd)/gradaudit
failed=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/empty" || exit 99

fail() {
    echo "FAILED: $*"
    failed=1
}

# It notes what it is called with, and its status.
cat >"$tmp/bin/gradaudit" <<END
#!/bin/sh
"$program" "\$@" >>"$tmp/out" 2>"$tmp/err"
status=\$?
echo "\$status gradaudit \$*: \$(tail -n 1 "$tmp/err")" >>"$tmp/calls"
exit \$status
END
chmod +x "$tmp/bin/gradaudit"

for command in $("$program" --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p'); do
    "$program" "$command" --help >"$tmp/help"
    cat "$tmp/help" >>"$tmp/helps"
    sed -n '/^Examples*:$/,$p' "$tmp/help" >>"$tmp/shown" # a line of prose may begin with the program's name, too
done
sed 's/\\-/-/g; s/\\e$/\\/' "$source/man/gradaudit.1" >"$tmp/man"

# Examples begin with the program, or set what it is called with. Lines that a backslash continues become one.
{
    cat "$tmp/shown"
    sed -n '/^\.EX/,/^\.EE/p' "$tmp/man"
    sed -n '/^```sh/,/^```$/p' "$source/README.md"
} | sed -e ':more' -e '/\\$/{N' -e 's/\\\n//' -e 'bmore' -e '}' |
    sed -n 's,^ *build/gradaudit ,gradaudit ,; s,^ *\(gradaudit \|set -- \|data=\),\1,; /^\(gradaudit \|set -- \|data=\)/p' |
    sed '/^data=/s/.*/data=data/' >"$tmp/examples"
[ "$(wc -l <"$tmp/examples")" -ge 30 ] || fail "$(wc -l <"$tmp/examples") examples"
# In a sentence, in backquotes, they may leave out what is asked for first: the model, where to.
for file in "$source"/README.md "$source"/HACKING.md "$source"/data/*.md "$source"/data/*/README.md "$source"/reports/*/README.md; do
    tr '\n' ' ' <"$file" | grep -oE '`(build/)?gradaudit [a-z]+ [^`]*`' | sed 's/`//g; s,^build/,,' | grep -v COMMAND
done >"$tmp/said"
[ "$(wc -l <"$tmp/said")" -ge 7 ] || fail "$(wc -l <"$tmp/said") in sentences"

# All gates, quoted or not, and those of the manual's table.
grep -ohE -- "--fail-on ('[^']*'|[^'\" \`,.;:)]+)" "$tmp/helps" "$tmp/man" "$source"/README.md "$source"/*/*/README.md | grep -v ' GATE$' |
    sed 's/^--fail-on //' | tr -d "'" >"$tmp/gates"
sed -n "/^Some gates, and when they fail/,/^\.TE/s/^\([^.	]*\)	.*/\1/p" "$tmp/man" >>"$tmp/gates"
[ "$(wc -l <"$tmp/gates")" -ge 12 ] || fail "$(wc -l <"$tmp/gates") gates"

cd "$tmp/empty" || exit 99
GRADAUDIT_DATADIR=/nonexistent PATH=$tmp/bin:$PATH
export GRADAUDIT_DATADIR PATH
timeout 60 sh "$tmp/said" >/dev/null 2>&1 </dev/null
grep -vE 'which model\?|where to\?' "$tmp/calls" >"$tmp/whole"
mv "$tmp/whole" "$tmp/calls"
timeout 60 sh "$tmp/examples" >/dev/null 2>&1 </dev/null
while read -r gate; do
    gradaudit report nowhere --fail-on "$gate" --baseline nowhere
done <"$tmp/gates"
[ "$(grep -c . "$tmp/calls")" -ge 50 ] || fail "$(grep -c . "$tmp/calls") calls"
grep '^2 ' "$tmp/calls" && failed=1
exit $failed
