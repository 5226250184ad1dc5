/* SPDX-License-Identifier: Apache-2.0 */
/* store_blame.c -- a number as it is stored. */
#include "blame/op_blame.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"

static void
store(mpfr_ptr r, const instruction *i)
{
    const ga_format f = i->a.format;
    mpfr_narrow(r, r, (int)f.bits, (int)format_emin(f), format_beyond(f));
}

const op_blame op_blame_store = { .out = { DEPENDS_STORED }, .runs = blame_run_same, .same = true, .store = store };
