#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source file names its licence; lines and tabs; templates never assign elements with `=`; links of READMEs
# lead to files.
cd "${srcdir:-.}" || exit 99
failed=0

# report TEXT: fails with TEXT when there are lines on standard input.
report() {
    found=$(cat)
    [ -z "$found" ] || { printf '%s:\n%s\n' "$1" "$found"; return 1; }
}

sources=$(find include src tests examples docs \( -name '*.[ch]' -o -name '*.map' -o -name '*.sh' \) | sort)
python=$(find python tests/python -name '*.py' | sort)
build="python/pyproject.toml python/python.am configure.ac Makefile.am docs/Doxyfile.in docs/layout.xml docs/footer.html $(find src tests -name '*.am') bootstrap quickstart .ci/run gradaudit.pc.in man/gradaudit.1 man/gradaudit-report.5 man/gradaudit-glossary.7 completions/gradaudit $(find m4 -name 'ga_*.m4')"
for file in $sources $python $build; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' || echo "$file"
done | report "no SPDX-License-Identifier in the first three lines" || failed=1

code="$(echo "$sources" | grep '\.[ch]$') $python"
grep -n "$(printf '\t')" $code | report "tabs" || failed=1
LC_ALL=C.UTF-8 grep -nE '^.{133}' $code | report "lines over 132 columns" || failed=1
grep -nE '[[:space:]]+$' $code | report "white space at the end of a line" || failed=1

# For MPFR `r[i] = x` and `*r = x` are shallow copies: what is declared `num *name` is assigned through num_set only.
for file in $(find src -name '*_tmpl.[ch]'); do
    names=$(grep -E '(^|[^a-zA-Z_])num \*' "$file" | grep -oE '(num |, )\*[a-z_0-9]+' | sed 's/.*\*//' | sort -u | paste -sd '|' -)
    names="e|t${names:+|$names}" # of NUM(mat) and of the context
    grep -nHE "(^|[^a-zA-Z_0-9])($names)\[[^]]*\][[:space:]]*=[^=]" "$file"
    grep -nHE "(^[[:space:]]*|[;{})][[:space:]]*)\*($names)[[:space:]]*=[^=]" "$file"
done | report "elements assigned with =" || failed=1

# Links of READMEs to files, relative to the README; a tarball must have them too.
for file in README.md HACKING.md examples/README.md reports/*/README.md; do
    grep -oE '\]\([^)#]+\)' "$file" | sed 's/^](//; s/)$//' | grep -v '^https\{0,1\}:' | while read -r link; do
        [ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
    done
done | report "links to files that are not there" || failed=1

exit $failed
