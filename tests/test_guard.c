/* SPDX-License-Identifier: Apache-2.0 */
/* test_guard.c -- this build's arithmetic is found sound, and a changed one is not. */
#include <fenv.h>

#include "num/guard.h"
#include "test.h"

#if defined __SSE2__
#include <xmmintrin.h>
#endif

static void
sound(void)
{
    const char *fault = guard_fault();
    ASSERT(fault == NULL, "%s", fault);
}

static void
rounding_mode(void)
{
    fesetround(FE_UPWARD);
    const char *fault = guard_fault();
    fesetround(FE_TONEAREST);
    ASSERT(fault != NULL);
}

static void
flush_to_zero(void)
{
#if defined __SSE2__
    unsigned saved = _mm_getcsr();
    for (unsigned bit = 0x8000; bit != 0; bit = bit == 0x8000 ? 0x40 : 0) { /* FTZ, DAZ */
        _mm_setcsr(saved | bit);
        const char *fault = guard_fault();
        _mm_setcsr(saved);
        ASSERT(fault != NULL, "with bit %#x", bit);
    }
#endif
}

TEST_MAIN("guard", TEST(sound), TEST(rounding_mode), TEST(flush_to_zero))
