/* SPDX-License-Identifier: Apache-2.0 */
/* test.h -- what every test program shares: assertions that print their context, a seed, and main.

   static void adds(void) { ASSERT(1 + 1 == 2, "at step %d", i); ASSERT_ULP(sinf(x), sin(x), 1); }
   TEST_MAIN("sums", TEST(adds), TEST(subtracts))

   An assertion does not leave the function; it is an expression, true when it holds: if (!ASSERT(p != NULL)) return;
   With GRADAUDIT_TEST_STOP in the environment the first failure ends the program, with status 1.
   GRADAUDIT_TEST_ONLY="subtracts adds" runs only these functions, in this order. The time is printed after each. */
#ifndef GRADAUDIT_TEST_H
#define GRADAUDIT_TEST_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>

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

/* |got - want| <= k ulp of want in the type of got (float or double); below the normal range the ulp is the least subnormal. Equal
   infinities and two NaNs agree. The sign of zero is ignored. */
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

#ifdef __SANITIZE_ADDRESS__
enum { TEST_SANITIZED = 1 };
#else
enum { TEST_SANITIZED = 0 };
#endif

/* Long tests run one in so many of their cases, all with GRADAUDIT_TEST_LONG (make check-long). Sanitizers look for what happens at
   all, not how often. Primes: in nested loops no inner one is always at the same place. */
static inline size_t
test_every(void)
{
    return getenv("GRADAUDIT_TEST_LONG") != NULL ? 1 : TEST_SANITIZED ? 17 : 5;
}

/* Whether to run the case with this number; the seed decides. */
static inline bool
test_does(size_t i)
{
    return (i + test_seed()) % test_every() == 0;
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

static double test_began;

static inline double
test_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Printed before and after a function; an assertion that failed has already been reported. */
static inline void
test_begins(const CU_pTest test, const CU_pSuite suite)
{
    (void)suite;
    printf("  %s ...", test->pName);
    fflush(stdout);
    test_began = test_now();
}

static inline void
test_ends(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
    (void)suite;
    if (failure != NULL)
        printf("\n  %s ...", test->pName);
    printf(" %s, %.3f s\n", failure == NULL ? "passed" : "FAILED", test_now() - test_began);
    fflush(stdout);
}

/* Adds the cases named in GRADAUDIT_TEST_ONLY, in its order, to the suite, or all of them. Returns how many; 0 if a name is
   unknown. */
static inline size_t
test_add(CU_pSuite suite, const test_case *cases, size_t n)
{
    const char *only = getenv("GRADAUDIT_TEST_ONLY");
    size_t added = 0;
    if (only == NULL || *only == '\0') {
        while (added < n && CU_add_test(suite, cases[added].name, cases[added].run) != NULL)
            added++;
        return added == n ? n : 0;
    }
    for (size_t length; only += strspn(only, " "), length = strcspn(only, " "), length > 0; only += length, added++) {
        size_t i = 0;
        while (i < n && (strlen(cases[i].name) != length || strncmp(cases[i].name, only, length) != 0))
            i++;
        if (i == n || CU_add_test(suite, cases[i].name, cases[i].run) == NULL) {
            printf("GRADAUDIT_TEST_ONLY: no test, or twice: %.*s\n", (int)length, only);
            return 0;
        }
    }
    return added;
}

static inline int
test_main(const char *suite, const test_case *cases, size_t n)
{
    printf("%s: GRADAUDIT_TEST_SEED=%llu\n", suite, (unsigned long long)test_seed());
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 99; /* automake: hard error */
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    const size_t added = s == NULL ? 0 : test_add(s, cases, n);
    CU_set_test_start_handler(test_begins);
    CU_set_test_complete_handler(test_ends);
    if (added == 0 || CU_run_all_tests() != CUE_SUCCESS || CU_get_number_of_tests_run() != added)
        return 99;
    printf("%zu tests, %u assertions, %u of them failed\n", added, CU_get_number_of_asserts(), CU_get_number_of_failures());
    int failed = CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    return failed;
}

#endif
