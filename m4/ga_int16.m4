# SPDX-License-Identifier: Apache-2.0
# GA_INT16: defines HAVE_AVX2 and HAVE_VNNI where the compiler takes these instructions in functions of their own; whether the CPU
# has them is asked at run time.
AC_DEFUN([GA_INT16_TRY], [
    AC_MSG_CHECKING([whether functions may use $2])
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
        #include <immintrin.h>
        __attribute__((target("$2"))) int one(int *p) { $3; return 0; }
        int main(void) { int x[16] = { 0 }; return __builtin_cpu_supports("$4") ? one(x) : 0; }]])],
        [AC_MSG_RESULT([yes])
         AC_DEFINE([$1], [1], [Define to 1 if functions may use $4.])], [AC_MSG_RESULT([no])])
])
AC_DEFUN([GA_INT16], [
    GA_INT16_TRY([HAVE_AVX2], [avx2], [__m256i x = _mm256_loadu_si256((void *)p);
        _mm256_storeu_si256((void *)p, _mm256_madd_epi16(x, x))], [avx2])
    GA_INT16_TRY([HAVE_VNNI], [avx512f,avx512bw,avx512dq,avx512vnni], [__m512i x = _mm512_loadu_si512((void *)p);
        _mm512_storeu_si512((void *)p, _mm512_dpwssd_epi32(x, x, x))], [avx512vnni])
])
