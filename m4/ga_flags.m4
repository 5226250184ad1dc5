# SPDX-License-Identifier: Apache-2.0
# GA_CFLAG(FLAG, [VARIABLE = GA_CFLAGS], [ACTION-IF-REFUSED]): appends FLAG to VARIABLE if the compiler takes it.
AC_DEFUN([GA_CFLAG], [
    AS_VAR_PUSHDEF([taken], [ga_cv_cflag_$1])
    AC_CACHE_CHECK([whether $CC takes $1], [taken], [
        ga_saved_CFLAGS=$CFLAGS
        CFLAGS="-Werror $1"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([taken], [yes])], [AS_VAR_SET([taken], [no])])
        CFLAGS=$ga_saved_CFLAGS
    ])
    AS_VAR_IF([taken], [yes], [AS_VAR_APPEND([m4_default([$2], [GA_CFLAGS])], [" $1"])], [$3])
    AS_VAR_POPDEF([taken])
])

# GA_LDFLAG(FLAG, VARIABLE, [NAME = FLAG]): appends FLAG to VARIABLE if the linker takes it.
AC_DEFUN([GA_LDFLAG], [
    AC_MSG_CHECKING([whether the linker takes m4_default([$3], [$1])])
    ga_saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_APPEND([$2], [" $1"])
        AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])])
    LDFLAGS=$ga_saved_LDFLAGS
])
