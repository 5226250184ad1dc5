/* SPDX-License-Identifier: Apache-2.0 */
/* test.h -- what every test program shares: assertions that print their context, a seed, and main.

   static void adds(void) { ASSERT(1 + 1 == 2, "at step %d", i); ASSERT_ULP(sinf(x), sin(x), 1); }
   TEST_MAIN("sums", TEST(adds), TEST(subtracts))

   An assertion does not leave the function; it is an expression, true when it holds: if (!ASSERT(p != NULL)) return;
   With GRADAUDIT_TEST_STOP in the environment the first that fails ends the program, with status 1. */
#ifndef GRADAUDIT_TEST_H
#define GRADAUDIT_TEST_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <CUnit/Basic.h>

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

#define TEST(function) { #function, function }
#define TEST_MAIN(suite, ...)                                                                                          \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        static const test_case cases[] = { __VA_ARGS__ };                                                              \
        return test_main(suite, cases, sizeof cases / sizeof *cases);                                                  \
    }

/* ASSERT(condition) or ASSERT(condition, "format", ...): the text is printed when the condition is false. */
#define ASSERT(condition, ...) test_assert((condition), __FILE__, __LINE__, #condition, " " __VA_ARGS__)

/* |got - want| <= k ulp of want in the type of got (float or double); below the normal range the ulp is the least
   subnormal. Equal infinities and two NaNs agree. The sign of zero is not looked at. */
#define ASSERT_ULP(got, want, k)                                                                                       \
    test_assert_ulp((got), (want), (k), sizeof(got) == sizeof(float), __FILE__, __LINE__, #got)

/* The seed of the whole program: GRADAUDIT_TEST_SEED, else 1. */
static inline uint64_t
test_seed(void)
{
    const char *text = getenv("GRADAUDIT_TEST_SEED");
    return text == NULL ? 1 : strtoull(text, NULL, 0);
}

/* The next number of a splitmix64 sequence; start with uint64_t state = test_seed(). */
static inline uint64_t
test_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

__attribute__((format(printf, 5, 6))) static inline bool
test_assert(bool holds, const char *file, int line, const char *what, const char *format, ...)
{
    CU_assertImplementation(holds, (unsigned)line, what, file, "", CU_FALSE);
    if (!holds) {
        va_list args;
        va_start(args, format);
        printf("\n%s:%d: %s is false; seed %llu;", file, line, what, (unsigned long long)test_seed());
        vprintf(format, args);
        va_end(args);
        if (getenv("GRADAUDIT_TEST_STOP") != NULL)
            exit(1);
    }
    return holds;
}

static inline bool
test_assert_ulp(double got, double want, double k, bool is_float, const char *file, int line, const char *what)
{
    int digits = is_float ? FLT_MANT_DIG : DBL_MANT_DIG, least = is_float ? FLT_MIN_EXP : DBL_MIN_EXP, exponent;
    if (got == want || (isnan(got) && isnan(want)))
        return test_assert(true, file, line, what, " ");
    frexp(want, &exponent);
    double ulp = ldexp(1, (want == 0 || exponent < least ? least : exponent) - digits);
    return test_assert(fabs(got - want) <= k * ulp, file, line, what, " got %a, want %a, off by %g ulp of %g allowed", got,
                       want, fabs(got - want) / ulp, k);
}

static inline int
test_main(const char *suite, const test_case *cases, size_t n)
{
    printf("%s: GRADAUDIT_TEST_SEED=%llu\n", suite, (unsigned long long)test_seed());
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 99; /* automake: hard error */
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; s != NULL && i < n; i++)
        CU_add_test(s, cases[i].name, cases[i].run);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    if (CU_get_error() != CUE_SUCCESS || CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_tests_run() != n)
        return 99;
    int failed = CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    return failed;
}

#endif
