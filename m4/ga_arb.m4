# SPDX-License-Identifier: Apache-2.0
# GA_ARB, after GA_FLINT: where Arb is there, a second ball arithmetic for the tests to compare with, defines HAVE_ARB and sets
# ORACLE_CFLAGS and ORACLE_LIBS. Arb was a library of its own (ARB_LIBS) up to FLINT 2; FLINT 3 has it inside (ARB_IN_FLINT).
# Where both are there the tests take the first, because the two have the same symbols. Nothing that is installed uses either.
AC_DEFUN([GA_ARB], [
    AC_CHECK_HEADER([arb.h], [
        AC_CHECK_LIB([flint-arb], [arb_exp], [ARB_LIBS='-lflint-arb -lflint'], [], [-lflint])])
    AS_IF([test -n "$ARB_LIBS"], [ORACLE_LIBS=$ARB_LIBS],
        [test "$ga_flint" = yes], [ORACLE_CFLAGS=$FLINT_CFLAGS ORACLE_LIBS=$FLINT_LIBS
            AC_DEFINE([ARB_IN_FLINT], [1], [Define to 1 if Arb's headers are in flint/.])])
    AS_IF([test -n "$ORACLE_LIBS"], [AC_DEFINE([HAVE_ARB], [1], [Define to 1 if the tests may use Arb.])])
    AC_SUBST([ARB_LIBS])
    AC_SUBST([ORACLE_CFLAGS])
    AC_SUBST([ORACLE_LIBS])
    AM_CONDITIONAL([HAVE_ARB], [test -n "$ARB_LIBS"])
])
