/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_scan_tmpl.c -- in float or double, with the C library's functions: nothing is wrong before `first`, all is from `last` to
   `exact`. */

static void
NUM(try)(quantity k, const line *t, const threshold_row *row, uint64_t i)
{
    const num x = (num)NUM(argument)(row, i);
    const bool wrong = NUM(plainly)(k, x, NUM(plain)(k, x, &NUM(c_libm)));
    if (i < NUM(index)(row, t->first) || i >= NUM(index)(row, t->exact))
        ASSERT(!wrong, "threshold %d is wrong at %a", (int)k, (double)x);
    else if (i >= NUM(index)(row, t->last))
        ASSERT(wrong, "threshold %d is right at %a", (int)k, (double)x);
}

/* Numbers of all sizes; those next to the ends; some between half of what is first wrong and twice the last, or all floats. */
static void
NUM(agrees)(quantity k, const line *t)
{
    const threshold_row *const row = row_of(k);
    uint64_t state = test_seed();
    const double by = row->inward ? 0.5 : 2, ends[] = { t->first, t->last, t->exact };
    const uint64_t most = NUM(most)(row), from = NUM(index)(row, t->first / by), to = NUM(index)(row, t->last * by);
    for (size_t i = 0; i < 20000; i++) {
        NUM(try)(k, t, row, 1 + test_random(&state) % (most - 1));
        NUM(try)(k, t, row, from + test_random(&state) % (to - from));
    }
    for (size_t end = 0; end < 3; end++)
        for (uint64_t i = 0, middle = NUM(index)(row, ends[end]); i < 2000; i++)
            if (middle - 1000 + i < most)
                NUM(try)(k, t, row, middle - 1000 + i);
    for (uint64_t i = from; everything() && sizeof(num) == sizeof(float) && i < to; i++)
        NUM(try)(k, t, row, i);
}
