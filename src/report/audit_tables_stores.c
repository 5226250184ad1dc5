/* SPDX-License-Identifier: Apache-2.0 */
/* audit_tables_stores.c -- what becomes of the elements of a gradient that is stored, with other loss scales; see audit_page.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_page.h"
#include "report/audit_words.h"
#include "report/html.h"

static const ga_cell shown[] = { GA_CELL_LOST, GA_CELL_BELOW_RANGE, GA_CELL_ABOVE_RANGE, GA_CELL_NONFINITE, GA_CELL_WRONG_SIGN,
                                 GA_CELL_INACCURATE, GA_CELL_RIGHT };
enum { SHOWN = sizeof shown / sizeof *shown };

static void
scales_table(FILE *out, const part_estimator *e, const char *label)
{
    char title[256];
    snprintf(title, sizeof title, "%s with other loss scales, in %% of all elements", label);
    html_table(out, title);
    fputs("<thead><tr><th scope=\"col\">loss scale</th>", out);
    for (size_t c = 0; c < SHOWN; c++)
        html_head(out, ga_cell_names[shown[c]]);
    fputs("</tr></thead>\n<tbody>", out);
    for (size_t s = 0; s < PART_SCALES; s++) {
        if (s > 0 && memcmp(e->scale_cell[s], e->scale_cell[s - 1], sizeof e->scale_cell[s]) == 0)
            continue;
        html_row(out, amount_count(UINT64_C(1) << s).s);
        for (size_t c = 0; c < SHOWN; c++)
            html_share(out, e->scale_cell[s][shown[c]], e->tally.elements);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
    html_table_end(out);
}

/* What a table says, and then, after that, what else it shows; nothing where memory is out. */
static void
stores_words(FILE *out, const audit_damage *d)
{
    char *text = NULL;
    size_t size;
    FILE *const more = open_memstream(&text, &size);
    if (more == NULL)
        return;
    fputs("<p>", out);
    audit_words_stores(out, more, d);
    if (fclose(more) == 0 && size > 0)
        fprintf(out, " %s", text);
    fputs("</p>\n", out);
    free(text);
}

void
audit_tables_stores(FILE *out, const audit_view *v)
{
    bool any = false;
    for (size_t i = 0; i < v->p->shape.n_estimators; i++) {
        const part_estimator *const e = v->p->estimator + i;
        uint64_t tried = 0;
        for (size_t c = 0; c < GA_CELLS; c++)
            tried += e->scale_cell[0][c];
        if (tried == 0)
            continue;
        if (!any)
            fputs("<h2>Which loss scale would save it</h2>\n", out);
        any = true;
        scales_table(out, e, v->label[i]);
        const audit_damage d = audit_damage_of(v, i);
        stores_words(out, &d);
    }
    if (any)
        fprintf(out, "<p class=\"note\">Every power of two up to %s was run; one that a table leaves out does as the one before "
                     "it. Lost: 0 though the format has a better value; below-range: 0 as the correctly rounded value is; "
                     "above-range: infinite or the largest number, as the correctly rounded value is; nonfinite: any other "
                     "infinity, and NaN. %s</p>\n", amount_count(UINT64_C(1) << (PART_SCALES - 1)).s,
                AUDIT_SCALES_WORDS);
}
