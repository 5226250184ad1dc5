# SPDX-License-Identifier: Apache-2.0
# GA_ARB: defines HAVE_ARB and sets ARB_LIBS where Arb is there, a second ball arithmetic for the tests to compare with.
# Nothing that is installed uses it.
AC_DEFUN([GA_ARB], [
    AC_CHECK_HEADER([arb.h], [
        AC_CHECK_LIB([flint-arb], [arb_exp], [ARB_LIBS='-lflint-arb -lflint'
            AC_DEFINE([HAVE_ARB], [1], [Define to 1 if the tests may use Arb.])], [], [-lflint])])
    AC_SUBST([ARB_LIBS])
    AM_CONDITIONAL([HAVE_ARB], [test -n "$ARB_LIBS"])
])
