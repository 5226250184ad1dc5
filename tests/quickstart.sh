#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What quickstart, bootstrap and configure say and do if something is missing or has changed. quickstart and bootstrap run in a copy
# with a list of two things, which come and go, and with stand-ins for all that they call. On real systems: make check-long LONG=bare.
srcdir=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "FAILED: $*"; sed 's/^/    /' "$tmp/err"; failed=1; }

# ---- the list itself, and what else names packages -----------------------------------------------------------------
list=$srcdir/packages.txt
rows() { grep -v '^#' "$list"; }
: >"$tmp/err"
rows | grep -vE '^(bootstrap|build|reproduce|check) +(program|module|header|python|compiler|fuzzer|openmp|file):[^ ]+( +[a-z0-9A-Z.,+-]+){3}$' &&
    fail "packages.txt: a line has other than five fields, or another kind of thing"
rows | awk '($1 == "bootstrap" || $1 == "build") && $3 != $4' | grep . && fail "bootstrap and configure name one package of Debian, whatever its release"
for what in program:python3 python:numpy; do
    rows | grep -q "^build  *$what " || fail "quickstart build does not provide $what, which the Python package needs"
done
# What a test says when it is skipped, and other messages that send a reader to a package.
grep -ohE 'Debian( packages?)?:? [A-Za-z0-9.,; -]+[)"]' "$srcdir"/tests/*.sh "$srcdir"/tests/test_*.c "$srcdir"/src/cli/*.c |
    sed -E 's/^Debian( packages?)?:? //; s/in Debian 12//; s/[)"]$//' | tr -s ',; ' '\n' | grep . | sort -u >"$tmp/named"
[[ $(wc -l <"$tmp/named") -gt 5 ]] || fail "the names of packages in tests are not found"
while read -r package; do
    [[ $package != debootstrap && $package != dataset-fashion-mnist ]] || continue # of check-long
    rows | awk '{ print $3 "," $4 }' | tr , '\n' | grep -Fqx "$package" || fail "a message names the package $package, which is not in packages.txt"
done <"$tmp/named"

# ---- configure names everything that is missing at once, with its packages -----------------------------------------
mkdir "$tmp/configure"
(cd "$tmp/configure" && PKG_CONFIG=false ONNX_PROTO=/nonexistent "$srcdir/configure" -q) >"$tmp/out" 2>"$tmp/err" && fail "configure without libraries ends well"
rows | awk '$1 == "build" && $2 ~ /^(module|header):/ { print $4, $5 }' >"$tmp/wanted"
[[ -s $tmp/wanted ]] || fail "packages.txt has no libraries"
while read -r debian fedora; do
    grep -q "(Debian package $debian, Fedora package $fedora)" "$tmp/err" || fail "configure does not name $debian and $fedora"
done <"$tmp/wanted"
grep -q '(Debian package ,' "$tmp/err" && fail "configure looks for what is not in packages.txt"
[[ $(grep -c '(Debian package' "$tmp/err") == $(($(wc -l <"$tmp/wanted") + 1)) ]] || fail "configure names more, or less, than the libraries and pkg-config"

# ---- bootstrap without autotools -----------------------------------------------------------------------------------
mkdir "$tmp/tools" "$tmp/tree"
for tool in sh awk dirname; do ln -s "$(command -v $tool)" "$tmp/tools/$tool"; done
cp "$srcdir/bootstrap" "$srcdir/quickstart" "$list" "$tmp/tree"
PATH=$tmp/tools "$tmp/tree/bootstrap" >"$tmp/out" 2>"$tmp/err" && fail "bootstrap ends well without autotools"
for package in autoconf automake libtool; do
    grep -q "(Debian package $package, Fedora package $package)" "$tmp/err" || fail "bootstrap does not name $package"
done

# ---- quickstart ----------------------------------------------------------------------------------------------------
rm -f "$tmp/tree/packages.txt" # which may be read-only
cat >"$tmp/tree/packages.txt" <<'END'
# a comment
build  module:one   one-12           one-13           one-fedora
check  program:two  two-12,extra-12  two-13,extra-13  two-fedora
END
mkdir "$tmp/bin"
# stand_in NAME COMMANDS: a program that notes its call in $tmp/log
stand_in() { printf '#!/bin/sh\necho "%s $*" >>"%s/log"\n%s\n' "${1##*/}" "$tmp" "$2" >"$1" && chmod +x "$1"; }
stand_in "$tmp/bin/make" "[ \"\$5\" != check ] || echo '# PASS:  3' >build/test-suite.log; exit 0"
stand_in "$tmp/bin/pkg-config" "[ -e '$tmp/one' ]"
stand_in "$tmp/bin/id" "cat '$tmp/uid'"
stand_in "$tmp/bin/apt-get" "case \$* in *one-1*) touch '$tmp/one' ;; esac"
stand_in "$tmp/tree/configure" "cp ../status config.status"
stand_in "$tmp/tree/status" ''
touch "$tmp/tree/Makefile.in"
echo 1000 >"$tmp/uid"
# quickstart STATUS CALLS ARGUMENT...: runs it; of what it calls, configure, status (config.status) and apt-get are to be CALLS.
quickstart() {
    local want=$1 calls=$2 status=0 called
    shift 2
    : >"$tmp/log"
    PATH=$tmp/bin:$PATH "$tmp/tree/quickstart" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
    called=$(sed -nE 's/ *$//; /^(configure|status|apt-get)/p' "$tmp/log" | paste -sd ';')
    [[ $status == "$want" ]] || fail "status $status, not $want: quickstart $*"
    [[ $called == "$calls" ]] || fail "quickstart $* called '$called', not '$calls'"
}
says() { grep -q -e "$1" "$tmp/err" || fail "does not say '$1'"; }

system=$(. /etc/os-release && echo "$ID ${VERSION_ID-}")
[[ $system == 'debian 12' ]] && debian=12 || debian=13
quickstart 2 ''
quickstart 2 '' build more
touch "$tmp/one"
quickstart 0 configure --no-apt build
[[ $(cat "$tmp/out") == "$tmp/tree/build/gradaudit" ]] || fail "build does not print where the program is"
quickstart 0 '' --no-apt build
quickstart 0 '' --no-apt check
says "program two .*Debian package two-$debian,extra-$debian, Fedora package two-fedora$"
says "apt-get install extra-$debian two-$debian$"
says 'dnf install two-fedora$'
grep -qx '3 passed, 0 failed, 0 skipped' "$tmp/out" || fail "check does not count"
again='status --recheck;status'
stand_in "$tmp/bin/two" ''
quickstart 0 "$again" --no-apt build
quickstart 0 '' --no-apt check
rm "$tmp/bin/two"
quickstart 0 "$again" --no-apt build
rm "$tmp/tree/build/missing.txt" # configured by hand
quickstart 0 "$again" --no-apt build
quickstart 0 '' build # nothing is missing, on any system

rm "$tmp/one"
if [[ $system =~ ^debian\ 1[23]$ ]]; then
    quickstart 1 '' check
    says "apt-get update && apt-get install --yes --no-install-recommends extra-$debian one-$debian two-$debian$"
    echo 0 >"$tmp/uid"
    quickstart 0 "apt-get update;apt-get install --yes --no-install-recommends one-$debian" build
    # what apt-get has, but this package does not: two is missing still
    quickstart 1 "apt-get update;apt-get install --yes --no-install-recommends extra-$debian two-$debian" check
    says 'program two'
else
    quickstart 1 '' check
    says 'dnf install one-fedora two-fedora$'
    says '--no-apt'
fi
exit $failed
