# SPDX-License-Identifier: Apache-2.0
# GA_FLINT: where FLINT 3 is there, or FLINT_CFLAGS and FLINT_LIBS say where it is, the benchmarks compare with it.
AC_DEFUN([GA_FLINT], [
    PKG_CHECK_MODULES([FLINT], [flint >= 3], [ga_flint=yes], [ga_flint=no])
    AM_CONDITIONAL([HAVE_FLINT], [test "$ga_flint" = yes])
])
