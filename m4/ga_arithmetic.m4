# SPDX-License-Identifier: Apache-2.0
# GA_ARITHMETIC: stops unless CC, CPPFLAGS, CFLAGS and LDFLAGS leave IEEE 754 arithmetic as it is. The conditions themselves are in
# src/num/guard.h, which every build compiles, and src/num/guard.c, which the program runs: flags given to make come later than this.
AC_DEFUN([GA_ARITHMETIC], [
    AC_MSG_CHECKING([whether the flags keep IEEE 754 arithmetic])
    for ga_flag in $CC $CPPFLAGS $CFLAGS $LDFLAGS; do
        AS_CASE([$ga_flag],
            [-ffast-math|-Ofast|-funsafe-math-optimizations|-fassociative-math|-freciprocal-math|-ffinite-math-only|-fno-signed-zeros \
             |-fsingle-precision-constant|-fcx-limited-range|-ffp-contract=fast|-ffp-contract=on|-ffp-model=*|-mdaz-ftz],
            [AC_MSG_RESULT([no])
             AC_MSG_ERROR([$ga_flag changes the numbers this program exists to audit: leave it out of CC, CPPFLAGS, CFLAGS and LDFLAGS])])
    done
    ga_saved_CFLAGS=$CFLAGS ga_saved_CPPFLAGS=$CPPFLAGS ga_saved_LIBS=$LIBS
    CPPFLAGS="$GA_CPPFLAGS $CPPFLAGS -I$srcdir/src" CFLAGS="$GA_CFLAGS $CFLAGS" LIBS="$LIBS -lm"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include "num/guard.h"]])], [], [
        AC_MSG_RESULT([no])
        AC_MSG_ERROR([this compiler or its flags do not keep IEEE 754 arithmetic; config.log has the reason, from src/num/guard.h])])
    AC_RUN_IFELSE([AC_LANG_SOURCE([[
        #include "num/guard.c"
        #include <stdio.h>
        int main(void)
        {
            const char *fault = guard_fault();
            if (fault != 0)
                printf("(%s) ", fault);
            return fault != 0;
        }]])], [AC_MSG_RESULT([yes])], [
        AC_MSG_RESULT([no])
        AC_MSG_ERROR([programs made with these flags do not keep IEEE 754 arithmetic: see the line above and config.log])], [
        AC_MSG_RESULT([yes, as far as can be seen without running a program])])
    CFLAGS=$ga_saved_CFLAGS CPPFLAGS=$ga_saved_CPPFLAGS LIBS=$ga_saved_LIBS
])
