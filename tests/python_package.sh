#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where the Python package finds its library, and what it says if that is none; pip builds a wheel of a read-only source, which works
# in a virtual environment; make install puts it where Python looks.
python=/usr/bin/python3
for module in numpy:python3-numpy pip:python3-pip setuptools:python3-setuptools wheel:python3-wheel ensurepip:python3-venv; do
    $python -c "import ${module%:*}" 2>/dev/null || { echo "skip: ${module%:*} is not installed (Debian package ${module#*:})"; exit 77; }
done
[[ -e python/gradaudit/_where.py ]] || { echo "skip: configured without Python (Debian package python3)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
srcdir=$(cd "${srcdir:-.}" && pwd)
build=$PWD
soname=$(sed -n 's/^SONAME = "\(.*\)".*/\1/p' "$srcdir/python/gradaudit/_library.py")
library=$build/.libs/$soname
unset GRADAUDIT_LIBRARY GRADAUDIT_DATADIR PYTHONPATH
export PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 HOME=$tmp
failed=0
fail() { echo "FAILED: $*"; failed=1; }

# use NAME WHERE PYTHON...: the package is found, its library is the file WHERE, and it computes.
use() {
    local name=$1 where=$2 said
    shift 2
    said=$(cd "$tmp" && "$@" -c 'import gradaudit as ga
model = ga.from_arrays([([[1.0, 2.0], [3.0, -4.0]], [0.0, 0.5])])
assert model.gradient([[0.5, 0.25]], [1], format="double").sign.any()
print(ga.library_path, ga.__version__)' 2>"$tmp/err") || { fail "$name: $(cat "$tmp/err")"; return; }
    [[ $(readlink -f "${said% *}") == "$(readlink -f "$where")" ]] || fail "$name: the library is ${said% *}, not $where"
}

# refuses NAME TEXT PYTHON...: one line, an ImportError with TEXT in it.
refuses() {
    local name=$1 text=$2
    shift 2
    (cd "$tmp" && "$@" -c 'import gradaudit') >"$tmp/out" 2>"$tmp/err" && fail "$name: it is imported"
    tail -n 1 "$tmp/err" | grep -q "^ImportError: gradaudit: .*$text.*set the environment variable GRADAUDIT_LIBRARY" ||
        fail "$name: $(tail -n 1 "$tmp/err")"
}

# ---- the build tree ------------------------------------------------------------------------------------------------
use build "$library" env PYTHONPATH="$build/python" $python
cp "$library" "$tmp/other.so"
use GRADAUDIT_LIBRARY "$tmp/other.so" env PYTHONPATH="$build/python" GRADAUDIT_LIBRARY="$tmp/other.so" $python
refuses 'no file' 'does not load' env PYTHONPATH="$build/python" GRADAUDIT_LIBRARY=/nonexistent $python
refuses 'another library' 'has no function ga_' env PYTHONPATH="$build/python" GRADAUDIT_LIBRARY=libm.so.6 $python
sed 's/^__version__ = .*/__version__ = "0.99.0"/' "$srcdir/python/gradaudit/_library.py" >"$tmp/_library.py"
cp -RL "$build/python" "$tmp/newer" && rm -f "$tmp/newer/gradaudit/_library.py" && cp "$tmp/_library.py" "$tmp/newer/gradaudit/_library.py"
refuses 'an older library' 'is gradaudit [0-9.]*, this package is 0.99.0' env PYTHONPATH="$tmp/newer" GRADAUDIT_LIBRARY="$library" $python
data=$(env PYTHONPATH="$build/python" $python -c 'import gradaudit; print(gradaudit.data_directory())')
[[ $(readlink -f "$data") == "$(readlink -f "$srcdir/data")" ]] || fail "the data are in $data"

# ---- pip -----------------------------------------------------------------------------------------------------------
$python -m venv --system-site-packages "$tmp/v" >"$tmp/log" 2>&1 || fail "venv: $(cat "$tmp/log")"
mkdir "$tmp/tree" && cp -R "$srcdir/python" "$tmp/tree/python" && chmod -R u+w "$tmp/tree" && rm -f "$tmp/tree/python/gradaudit/_where.py"
"$tmp/v/bin/pip" install -v --no-build-isolation --no-index "$tmp/tree/python" >"$tmp/log" 2>&1 || fail "pip: $(tail -n 20 "$tmp/log")"
grep -q 'gradaudit: no built library was found' "$tmp/log" || fail "pip does not say that there is no library"
(cd "$tmp" && LD_LIBRARY_PATH=$build/.libs "$tmp/v/bin/python" -c 'import gradaudit as ga; assert ga.library_path == "'$soname'"') ||
    fail "pip without a library: it does not take the loader's"
(cd "$tmp" && "$tmp/v/bin/python" -c 'import gradaudit') 2>"$tmp/err"
ldconfig -p 2>/dev/null | grep -q libgradaudit || grep -q '^ImportError: gradaudit: .*does not load' "$tmp/err" ||
    fail "pip without a library: $(tail -n 1 "$tmp/err")"
"$tmp/v/bin/pip" uninstall -y gradaudit >"$tmp/log" 2>&1 || fail "pip uninstall: $(cat "$tmp/log")"
rm -rf "$tmp/tree/python/build"
mkdir -p "$tmp/tree/build/.libs" && cp "$library" "$tmp/tree/build/.libs"
"$tmp/v/bin/pip" install --no-build-isolation --no-index "$tmp/tree/python" >"$tmp/log" 2>&1 || fail "pip: $(tail -n 20 "$tmp/log")"
rm -rf "$tmp/tree"
(cd "$tmp" && "$tmp/v/bin/python" -c 'import gradaudit as ga; ga.data_directory()') 2>"$tmp/err" && fail "pip: there are data"
tail -n 1 "$tmp/err" | grep -q 'GRADAUDIT_DATADIR to the directory data' || fail "pip: $(tail -n 1 "$tmp/err")"
data=$(cd "$tmp" && GRADAUDIT_DATADIR=$srcdir/data "$tmp/v/bin/python" -c 'import gradaudit as ga; print(ga.data_directory())')
[[ $data == "$srcdir/data" ]] || fail "GRADAUDIT_DATADIR: the data are in $data"
own=$(echo "$tmp"/v/lib/python3.*/site-packages/gradaudit/$soname)
use 'pip with the library' "$own" "$tmp/v/bin/python"

# Without setuptools, or without wheel where an old setuptools needs it, setup.py names the package in one line.
mkdir "$tmp/lacking"
lacks() { # MODULE PACKAGE
    echo "raise ImportError('there is no $1 here')" >"$tmp/lacking/$1.py"
    (cd "$tmp" && PYTHONPATH=$tmp/lacking $python "$srcdir/python/setup.py" --version) >"$tmp/out" 2>"$tmp/err" && fail "setup.py without $1 ends well"
    [[ $(wc -l <"$tmp/err") == 1 ]] && grep -q "^gradaudit: $1 is not installed (Debian package $2)" "$tmp/err" ||
        fail "setup.py without $1 says $(cat "$tmp/err")"
    rm "$tmp/lacking/$1.py"
}
lacks setuptools python3-setuptools
if $python -c 'from setuptools.command.bdist_wheel import bdist_wheel' 2>/dev/null; then
    echo "wheel is not looked for: setuptools has what it had"
else
    lacks wheel python3-wheel
fi

# ---- make install --------------------------------------------------------------------------------------------------
# the parts of make install and make uninstall that are the package's; make distcheck tries the whole
install() { ${MAKE:-make} -s "$@" DESTDIR="$tmp/root" >"$tmp/log" 2>&1 || fail "make $*: $(tail -n 5 "$tmp/log")"; }
install install-pkgpythonDATA
install python-install-where
where=$(find "$tmp/root" -name _where.py)
[[ -n $where ]] || fail "make install installs no package"
libdir=$(sed -n 's/^libdir = //p' Makefile) prefix=$(sed -n 's/^prefix = //p' Makefile)
libdir=${libdir//\$\{exec_prefix\}/$prefix} && libdir=${libdir//\$\{prefix\}/$prefix}
mkdir -p "$tmp/root/$libdir" && cp "$library" "$tmp/root/$libdir"
mv "$tmp/root/$prefix" "$tmp/moved"
folder=${where%/gradaudit/_where.py} && folder=$tmp/moved${folder#"$tmp/root$prefix"}
use 'an installed package in a moved prefix' "$tmp/moved${libdir#"$prefix"}/$soname" env PYTHONPATH="$folder" $python
[[ -e $folder/gradaudit/py.typed ]] || fail "py.typed is not installed"
mkdir -p "$(dirname "$tmp/root/$prefix")" && mv "$tmp/moved" "$tmp/root/$prefix"
install uninstall-pkgpythonDATA
install python-uninstall-where
left=$(find "$tmp/root" -path '*gradaudit*' -name '*.py')
[[ -z $left ]] || fail "make uninstall leaves $left"

# Under a prefix of the system it is a folder where that Python looks, without PYTHONPATH.
folder=$(sed -n 's/^pythondir = //p' Makefile)
[[ ! $prefix =~ ^/usr(/local)?$ ]] ||
    $python -c 'import site, sys; sys.exit(sys.argv[1] not in site.getsitepackages())' "${folder//\$\{prefix\}/$prefix}" ||
    fail "with the prefix $prefix the package goes to $folder"
exit $failed
