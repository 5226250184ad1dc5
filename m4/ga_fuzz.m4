# SPDX-License-Identifier: Apache-2.0
# GA_FUZZ: CLANG is a clang whose libFuzzer and sanitizers link, for "make fuzz"; empty where there is none. Nothing else needs it.
AC_DEFUN([GA_FUZZ], [
    AC_ARG_VAR([CLANG], [a clang with libFuzzer, for make fuzz])
    AC_MSG_CHECKING([for a clang with libFuzzer])
    AS_ECHO(['int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }']) >conftest-fuzz.c
    ga_clangs=${CLANG-clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14}
    CLANG=
    for ga_clang in $ga_clangs; do
        AS_IF([test -z "$CLANG" && $ga_clang -fsanitize=fuzzer,address,undefined -o conftest-fuzz conftest-fuzz.c >&AS_MESSAGE_LOG_FD 2>&1],
            [CLANG=$ga_clang])
    done
    rm -f conftest-fuzz conftest-fuzz.c
    AC_MSG_RESULT([${CLANG:-no}])
    AC_SUBST([CLANG])
])
