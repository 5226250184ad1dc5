/* SPDX-License-Identifier: Apache-2.0 */
/* planted.c -- a test program with one failing assertion; tests/planted_failure.sh expects a report of it. */
#include "test.h"

static void
holds(void)
{
    ASSERT(1 + 1 == 2);
}

static void
fails(void)
{
    ASSERT(1 + 1 == 3, "(planted)");
}

TEST_MAIN("planted", TEST(holds), TEST(fails))
