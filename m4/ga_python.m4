# SPDX-License-Identifier: Apache-2.0
# GA_PYTHON: unless --without-python is given, PYTHON is the Python that the package is installed for, and pythondir a directory under
# the prefix in which that Python looks for packages; where it looks in none, lib/pythonX.Y/site-packages. /usr/bin goes first: the
# packages of packages.txt are those of the system's Python. --with-python=PATH chooses, pythondir=DIR as well.
AC_DEFUN([GA_PYTHON], [
    AC_ARG_WITH([python], [AS_HELP_STRING([--with-python=PATH], [the Python, 3.11 or later, to install the package for; --without-python: none])],
        [], [with_python=check])
    AC_ARG_VAR([pythondir], [where the Python package is installed])
    AS_CASE([$with_python],
        [no], [PYTHON=],
        [check|yes], [AC_PATH_PROG([PYTHON], [python3], [], [/usr/bin$PATH_SEPARATOR$PATH])],
        [PYTHON=$with_python])
    AC_SUBST([PYTHON])
    AS_IF([test -n "$PYTHON"], [AC_MSG_CHECKING([where $PYTHON looks for packages])
        ga_prefix=$prefix
        AS_IF([test "x$ga_prefix" = xNONE], [ga_prefix=$ac_default_prefix])
        ga_python_found=`"$PYTHON" - "$ga_prefix" 2>&AS_MESSAGE_LOG_FD <<'END'
import site, sys
prefix = sys.argv[[1]].rstrip("/")
if sys.version_info >= (3, 11):
    own = [[place for place in site.getsitepackages() if place.startswith(prefix + "/lib/")]]
    print("$""{prefix}" + own[[0]][[len(prefix):]] if own else "$""{prefix}/lib/python%d.%d/site-packages" % sys.version_info[[:2]])
END`
        AS_IF([test -z "$ga_python_found"], [AC_MSG_RESULT([it is no Python 3.11 or later])
            AS_CASE([$with_python], [check], [PYTHON=], [AC_MSG_ERROR([--with-python: $PYTHON is no Python 3.11 or later])])],
            [AS_IF([test -z "$pythondir"], [pythondir=$ga_python_found])
            AC_MSG_RESULT([$pythondir])])],
        [AS_CASE([$with_python], [yes], [AC_MSG_ERROR([--with-python: there is no python3])])])
    AS_IF([test -z "$PYTHON" && test "x$with_python" != xno],
        [AC_MSG_WARN([there is no Python 3.11 or later: the Python package is not built (Debian packages python3 and python3-numpy)])])
    AM_CONDITIONAL([PYTHON], [test -n "$PYTHON"])
])
