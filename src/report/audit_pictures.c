/* SPDX-License-Identifier: Apache-2.0 */
/* audit_pictures.c -- the images that were affected most, as pictures; see audit_page.h */
#include <string.h>

#include "audit/verdict.h"
#include "report/amount.h"
#include "report/audit_tile.h"
#include "report/audit_words.h"
#include "report/html.h"

static const char *
says(const json_t *picture, const char *key)
{
    const json_t *fools = json_object_get(picture, key);
    return json_is_true(fools) ? "\u2717 wrong" : json_is_false(fools) ? "\u2713 right" : "";
}

static void
legend(FILE *out, const audit_view *v, const layout *l)
{
    fputs("<p class=\"legend\">Gradients: negative ", out);
    tile_key(out);
    fputs(" positive. White is 0; the darker, the more decades; each picture has a scale of its own, written below it. "
          "Pink is NaN, or undecided. Below the attacked images: whether the network is right or wrong on them.", out);
    layout_say(out, l);
    if (v->p->shape.stable < v->p->shape.n_estimators) {
        fprintf(out, " The %s is that of ", audit_words_reduced(v));
        html_text(out, v->label[v->p->shape.stable]);
        fputs(".", out);
    }
    fputs("</p>\n", out);
}

/* The attacked inputs of an image, after the input and its gradients. */
static bool
tiles(FILE *out, const audit_view *v, const layout *l, const part_picture *p, const json_t *picture)
{
    const bool scale = strcmp(audit_words_reduced(v), "reduced gain") != 0;
    const struct {
        size_t which;
        const char *gradient, *attack, *fools;
    } shown[] = { { PICTURE_NAIVE, "naive", "FGSM, naive", "naive_fools" },
                  { PICTURE_STABLE, scale ? "reduced logit scale" : "reduced gain",
                    scale ? "FGSM, reduced logit scale" : "FGSM, reduced gain", "stable_fools" },
                  { PICTURE_EXACT, "exact", "FGSM, exact", "exact_fools" } };
    const double eps = amount_number(v->options, "eps");
    bool done = tile_input(out, v, l, p, NULL, 0, "input", "");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (p->sign[shown[i].which] != NULL && p->sign[shown[i].which][0] != '\0')
            done = tile_gradient(out, l, p, shown[i].which, shown[i].gradient) && done;
    for (size_t i = 0; i < sizeof shown / sizeof *shown && eps > 0; i++)
        if (p->sign[shown[i].which] != NULL && p->sign[shown[i].which][0] != '\0')
            done = tile_input(out, v, l, p, p->sign[shown[i].which], eps, shown[i].attack, says(picture, shown[i].fools)) && done;
    return done;
}

/* A fact as a clause; what is not one as it stands. */
static amount
fact_words(const audit_view *v, const char *fact)
{
    static const char *const words[N_FACTS] = {
        [FACT_MISCLASSIFIED] = "misclassified before any attack",
        [FACT_BOTH_WORK] = "fooled with the naive gradient and with the exact one",
        [FACT_ONLY_NAIVE] = "fooled with the naive gradient, not with the exact one",
        [FACT_ONLY_EXACT] = "fooled with the exact gradient, not with the naive one",
        [FACT_ONLY_REDUCED] = "", /* below */
        [FACT_NONE] = "fooled with none of these gradients",
    };
    amount a;
    snprintf(a.s, sizeof a.s, "%.100s", fact);
    for (size_t k = 0; k < N_FACTS; k++)
        if (strcmp(fact, image_fact_names[k]) == 0 && k == FACT_ONLY_REDUCED)
            snprintf(a.s, sizeof a.s, "fooled with the %s alone", audit_words_reduced(v));
        else if (strcmp(fact, image_fact_names[k]) == 0)
            snprintf(a.s, sizeof a.s, "%s", words[k]);
    return a;
}

bool
audit_pictures_html(FILE *out, const audit_view *v)
{
    const layout l = layout_of(json_object_get(v->head, "data"), v->p->shape.n_elements);
    bool done = true;
    if (v->p->n_pictures == 0)
        return true;
    fprintf(out, "<h2>The most affected image%s</h2>\n", v->p->n_pictures > 1 ? "s" : "");
    legend(out, v, &l);
    for (size_t k = 0; k < v->p->n_pictures; k++) {
        const part_picture *p = v->p->picture + k;
        const json_t *picture = json_array_get(json_object_get(v->report, "pictures"), k);
        fprintf(out, "<section class=\"picture\"><h3>Image %s", amount_count(p->image).s);
        if (json_is_integer(json_object_get(picture, "label")))
            fprintf(out, ", label %s", amount_count(amount_integer(picture, "label")).s);
        fputs(": ", out);
        html_text(out, fact_words(v, amount_string(picture, "fact")).s);
        fprintf(out, "</h3>\n<div class=\"tiles%s\">\n", l.kind != LAYOUT_PICTURE || l.cols > 2 * l.rows ? " strips" : "");
        done = tiles(out, v, &l, p, picture) && done;
        fputs("</div></section>\n", out);
    }
    return done;
}
