/* SPDX-License-Identifier: Apache-2.0 */
/* store_blame.c -- a number as it is stored. */
#include "blame/op_blame.h"
#include "num/mpfr_narrow.h"

static void
store(mpfr_ptr r, const instruction *i)
{
    mpfr_narrow(r, r, &i->a.format, 0);
}

const op_blame op_blame_store = { .out = { DEPENDS_STORED }, .runs = blame_run_same, .same = true, .store = store };
