/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c -- see fold.h */
#include <stdlib.h>
#include <string.h>

#include "run/fold.h"

static ga_range
cases_of(const fold *f, size_t piece)
{
    const size_t first = (f->range.first / f->cases + piece) * f->cases, last = first + f->cases - 1;
    return (ga_range){ first > f->range.first ? first : f->range.first, last < f->range.last ? last : f->range.last };
}

static void
drop(void *data, void *made)
{
    deal_bytes *const b = made;
    (void)data;
    if (b != NULL)
        free(b->bytes);
    free(b);
}

static ga_code
new_bytes(deal_bytes **b, ga_status *st)
{
    *b = calloc(1, sizeof **b);
    return *b != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for a piece of work");
}

static ga_code
make(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    const fold *const f = data;
    deal_bytes *b;
    ga_code code = new_bytes(&b, st);
    if (code == GA_OK)
        code = f->make(f->data, b, cases_of(f, piece), threads, st);
    if (code == GA_OK)
        *made = b;
    else
        drop(data, b);
    return code;
}

static ga_code
finish(void *data, void *made, size_t piece, ga_status *st)
{
    const fold *const f = data;
    const ga_code code = f->add(f->data, made, cases_of(f, piece), st);
    drop(data, made);
    return code;
}

static ga_code
copy(deal_bytes *to, const deal_bytes *from, ga_status *st)
{
    *to = (deal_bytes){ malloc(from->n + 1), from->n };
    if (to->bytes == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a piece of work");
    if (from->n > 0)
        memcpy(to->bytes, from->bytes, from->n);
    return GA_OK;
}

static ga_code
pack(void *data, deal_bytes *packed, const void *made, ga_status *st)
{
    (void)data;
    return copy(packed, made, st);
}

static ga_code
unpack(void *data, void **made, size_t piece, const deal_bytes *packed, ga_status *st)
{
    deal_bytes *b;
    (void)piece;
    ga_code code = new_bytes(&b, st);
    if (code == GA_OK)
        code = copy(b, packed, st);
    if (code == GA_OK)
        *made = b;
    else
        drop(data, b);
    return code;
}

deal_work
fold_work(const fold *f)
{
    return (deal_work){ .n = f->range.last / f->cases - f->range.first / f->cases + 1, .data = (void *)(uintptr_t)f, .make = make,
                        .finish = finish, .drop = drop, .pack = pack, .unpack = unpack };
}

ga_code
fold_run(const fold *f, bool ordered, const fold_way *way, ga_status *st)
{
    const deal_work work = fold_work(f);
    return deal_run(&(deal){ .work = &work, .n = 1, .ordered = ordered, .threads = way->threads, .team = way->team,
                             .progress = way->progress, .progress_data = way->progress_data }, st);
}
