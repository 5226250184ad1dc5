/* SPDX-License-Identifier: Apache-2.0 */
/* test_explain.c -- explain prints what the functions behind it say, and prints something for every element. */
#include <string.h>

#include "networks.h"
#include "report/explain.h"
#include "shipped.h"

/* An image examined, with its remedies. */
typedef struct {
    examination x;
    ga_number *rescued[N_REMEDIES];
    size_t image;
} story;

static bool
story_open(story *s, const ga_model *m, const ga_dataset *ds, size_t image, const ga_estimator *e)
{
    *s = (story){ .image = image };
    ga_status st = { 0 };
    for (remedy r = 0; r < N_REMEDIES; r++)
        s->rescued[r] = malloc(ga_model_inputs(m) * sizeof *s->rescued[r]);
    return ASSERT(examine(&s->x, m, ds, image, e, 0.01, &st) == GA_OK, "%s", st.message) &&
           ASSERT(remedy_run(s->rescued, m, ds, image, e, &st) == GA_OK, "%s", st.message);
}

static void
story_close(story *s)
{
    examination_free(&s->x);
    for (remedy r = 0; r < N_REMEDIES; r++)
        free(s->rescued[r]);
}

/* The text for element j; the caller frees it. */
static char *
told(const story *s, size_t j, bool with_remedies)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    explain_element(out, &s->x, s->image, j, with_remedies ? s->rescued : NULL);
    fclose(out);
    ASSERT(size > 0 && strlen(text) == size);
    return text;
}

/* Of the line that follows the first one that begins with head; NULL: there is none. */
static const char *
after(const char *text, const char *head)
{
    const char *p = text;
    while (p != NULL && strncmp(p, head, strlen(head)) != 0)
        p = (p = strchr(p, '\n')) != NULL ? p + 1 : NULL;
    return p != NULL && (p = strchr(p, '\n')) != NULL ? p + 1 : NULL;
}

static bool
begins(const char *line, const char *with)
{
    return line != NULL && strncmp(line, with, strlen(with)) == 0;
}

static size_t right_though_off, different; /* how many texts, stages had such */

/* A line of the path, and the heading above it, which may be that of the line before. */
typedef struct {
    const char *name;
    char heading[64];
    value_id value;
    size_t at;
} stage;

enum { MOST_STAGES = 64 };

static void
add_stage(stage *to, size_t *n, const char *heading, const char *name, value_id v, size_t at)
{
    if (!ASSERT(*n < MOST_STAGES))
        return;
    stage *const s = to + (*n)++;
    *s = (stage){ .name = name, .value = v, .at = at };
    snprintf(s->heading, sizeof s->heading, "%s", heading);
}

/* The lines of the path to element j, whose units are those of the deltas on it: forward, what the loss makes, and back, with what
   factors make where there are some. */
static size_t
stages_of(stage *to, const story *s, size_t j)
{
    const examination *x = &s->x;
    const program *p = x->view.net->p;
    const size_t last = x->model->n_layers - 1;
    blame_place path[ORIGIN_PATH];
    const size_t n_path = origin_path(path, &x->view, j);
    mlp_layer *layer = layers_of(p, last + 1);
    size_t n = 0, unit[GA_MAX_LAYERS] = { 0 };
    char text[64];
    for (size_t l = 0; l <= last; l++) {
        size_t i = 0;
        while (i < n_path && path[i].value != layer[l].delta)
            i++;
        if (ASSERT(i < n_path, "layer %zu", l))
            unit[l] = path[i].at;
    }
    for (size_t l = 0; l < last; l++) {
        snprintf(text, sizeof text, "  fc%zu, unit %zu\n", l + 1, unit[l]);
        add_stage(to, &n, text, "argument", layer[l].z, unit[l]);
        add_stage(to, &n, text, "activation", layer[l].a, unit[l]);
        add_stage(to, &n, text, "derivative", layer[l].d, unit[l]);
    }
    snprintf(text, sizeof text, "  class %zu%s\n", unit[last], unit[last] == x->label ? ", the label" : "");
    add_stage(to, &n, text, x->view.e.loss == GA_MARGIN ? "chosen" : "probability",
              network_value(p, last + 1, TENSOR_PROBABILITY, 0), unit[last]);
    add_stage(to, &n, text, "residual", layer[last].delta, unit[last]);
    for (size_t l = last + 1; l-- > 0;) {
        snprintf(text, sizeof text, "  gradient of fc%zu, unit %zu\n", l + 1, unit[l]);
        if (l < last) {
            add_stage(to, &n, text, "back-sum", layer[l].back, unit[l]);
            add_stage(to, &n, text, "product", layer[l].delta, unit[l]);
        }
        if (layer[l].scaled != layer[l].delta)
            add_stage(to, &n, text, "scaled value", layer[l].scaled, unit[l]);
    }
    snprintf(text, sizeof text, "  element %zu\n", j);
    add_stage(to, &n, text, "gradient", p->gradient_of[p->input], j);
    free(layer);
    return n;
}

/* By the midpoints and in double: whether a step of the path is off by more than the tolerance. */
static bool
any_step_off(const story *s, size_t j)
{
    stage to[MOST_STAGES];
    const size_t n = stages_of(to, s, j);
    bool off = false;
    for (size_t k = 0; k < n; k++) {
        const ga_number *a = s->x.view.computed->value[to[k].value] + to[k].at;
        const ga_truth *t = s->x.view.truth->truth[to[k].value] + to[k].at;
        const double ratio = ldexp(a->mantissa / t->mantissa, (int)fmax(-900, fmin(900, (double)(a->exponent - t->exponent))));
        if (t->state == GA_UNDECIDED_ELEMENT)
            continue;
        off = off || a->klass == GA_NAN || a->klass == GA_INFINITE || a->sign != (t->state == GA_TRUE_ZERO ? 0 : t->sign) ||
              (a->sign != 0 && t->sign != 0 && fabs(ratio - 1) > 0.01);
    }
    return off;
}

static void
check_verdict(const char *text, const story *s, size_t j)
{
    static const char *const words[GA_CELLS] = {
        [GA_CELL_ZERO] = "Zero: ", [GA_CELL_SPURIOUS] = "Spurious: ", [GA_CELL_LOST] = "Lost: ",
        [GA_CELL_BELOW_RANGE] = "Below range: ", [GA_CELL_WRONG_SIGN] = "Wrong sign. Relative error ",
        [GA_CELL_INACCURATE] = "Inaccurate: the sign is right, the magnitude is off. Relative error ",
        [GA_CELL_RIGHT] = "Right, within the tolerance or an ulp. Relative error ", [GA_CELL_NONFINITE] = "Nonfinite: ",
        [GA_CELL_UNDECIDED] = "Undecided: "
    };
    const char *line = after(text, "True:");
    const ga_cell cell = s->x.finding[j].cell;
    const bool right = cell == GA_CELL_RIGHT || cell == GA_CELL_ZERO;
    const bool said = line != NULL && strstr(line, " off all the same: ") != NULL;
    const bool steps_off = any_step_off(s, j);
    ASSERT(said == (right && steps_off), "%s: %.200s", ga_cell_names[cell], line != NULL ? line : "-");
    right_though_off += said;
    ASSERT(begins(line, words[s->x.finding[j].cell]), "%s: %.60s", ga_cell_names[s->x.finding[j].cell], line != NULL ? line : "-");
}

/* The computed value to the bit; of the true one its sign and the digits that are printed. */
static void
check_values(const char *text, const story *s, size_t j)
{
    const ga_number *g = s->x.gradient + j;
    const ga_truth *t = s->x.truth + j;
    const char *computed = strstr(text, "\nComputed: "), *truth = strstr(text, "\nTrue:     ");
    if (!ASSERT(computed != NULL && truth != NULL))
        return;
    const double want = g->klass == GA_NORMAL || g->klass == GA_SUBNORMAL ? ldexp(g->mantissa, (int)g->exponent) : g->mantissa;
    const double got = strtod(computed + 11, NULL);
    ASSERT(got == want || (isnan(got) && isnan(want)), "%a, not %a", got, want);
    truth += 11;
    if (t->state == GA_UNDECIDED_ELEMENT) {
        ASSERT(strstr(truth, "(not decided at ") != NULL && !begins(truth, "0"));
        return;
    }
    char *end;
    const double digits = fabs(strtod(truth, &end)); /* 0 where the exponent is below binary64's */
    const bool negative = *truth == '-';
    ASSERT(begins(end, " (proved at "), "%.40s", truth);
    ASSERT(negative == (t->state == GA_TRUE_NONZERO && t->sign < 0), "%.40s", truth);
    if (t->state == GA_TRUE_ZERO) {
        ASSERT(digits == 0);
        return;
    }
    const char *e = memchr(truth, 'e', (size_t)(end - truth));
    const double decade = log10(fabs(t->mantissa)) + (double)t->exponent * log10(2);
    if (e == NULL || t->exponent > -40) {
        ASSERT(fabs(log10(digits) - decade) < 1e-5, "%.40s", truth);
        return;
    }
    char figures[32];
    snprintf(figures, sizeof figures, "%.*s", (int)(e - truth), truth);
    const double head = fabs(strtod(figures, NULL));
    ASSERT(head >= 1 && head < 10, "%.40s", truth);
    ASSERT(fabs(log10(head) + strtod(e + 1, NULL) - decade) < 3e-4, "%.40s", truth);
}

/* "1 - 1.2e-25": what is left of the computed value x. */
static void
check_difference(const char *words, double x, const ga_truth *t)
{
    const char *const sign = strpbrk(words + 1, "+-");
    const double left = ldexp(t->mantissa, (int)t->exponent) - x;
    if (left == 0 && t->tail.e < -1000)
        return;
    const double want = left + ldexp(t->tail.m, (int)t->tail.e), got = (*sign == '-' ? -1 : 1) * strtod(sign + 2, NULL);
    ASSERT(fabs(got - want) <= 0.051 * fabs(want), "%.40s: %g", words, want);
    different++;
}

/* The hexadecimal and the decimal are one number, to the bit, in columns that begin at the same place; no line is over 80. Two
   spaces are between columns, unless a line were then over 80. */
static void
check_path(const char *text, const story *s, size_t j)
{
    stage to[MOST_STAGES];
    size_t stages = 0, hex = 0, decimal = 0, truth = 0, longest = 0;
    bool apart = true;
    const size_t n = stages_of(to, s, j);
    const bool binary32 = s->x.view.e.format.kind == GA_FLOAT;
    const char *line = after(text, "The path that carries"), *end, *heading = "";
    for (size_t number = 0; line != NULL && *line != '\0' && *line != '\n'; line = end + 1, number++) {
        end = strchr(line, '\n');
        ASSERT(end - line <= 80, "%.*s", (int)(end - line), line);
        if (number == 0) {
            hex = (size_t)(strstr(line, "computed") - line);
            decimal = (size_t)(strstr(line, "as a decimal") - line);
            truth = (size_t)(strstr(line, "true") - line);
        }
        longest = (size_t)(end - line) > longest ? (size_t)(end - line) : longest;
        if (number == 0)
            continue;
        if (!begins(line, "    ")) {
            ASSERT(stages < n && begins(line, to[stages].heading), "%.60s, not %s", line, stages < n ? to[stages].heading : "none");
            heading = line;
            continue;
        }
        char first[32], second[32];
        if (!ASSERT(stages < n))
            return;
        const stage *this = to + stages++;
        ASSERT(begins(heading, this->heading), "%.60s, not %s", heading, this->heading);
        ASSERT(begins(line + 4, this->name) && line[4 + strlen(this->name)] == ' ', "%.30s, not %s", line, this->name);
        ASSERT(line[hex - 1] == ' ' && line[decimal - 1] == ' ' && line[truth - 1] == ' ' && line[hex] != ' ' &&
               line[decimal] != ' ' && line[truth] != ' ', "%.*s", (int)(end - line), line);
        apart = apart && line[hex - 2] == ' ' && line[decimal - 2] == ' ' && line[truth - 2] == ' ';
        ASSERT(sscanf(line + hex, "%31s", first) == 1 && sscanf(line + decimal, "%31s", second) == 1);
        const double x = strtod(first, NULL), again = binary32 ? (double)strtof(second, NULL) : strtod(second, NULL);
        const double want = engine_double(s->x.view.computed->value[this->value] + this->at);
        ASSERT(x == want || (isnan(x) && isnan(want)), "%s is not %a", first, want);
        ASSERT(memcmp(&x, &again, sizeof x) == 0 || (isnan(x) && isnan(again)), "%s is not %s", first, second);
        ASSERT(strchr(second, 'x') == NULL, "%s", second);
        const char *const words = line + truth, *const sign = strpbrk(words, " ");
        if (sign != NULL && sign < end && (sign[1] == '+' || sign[1] == '-') && sign[2] == ' ')
            check_difference(words, x, s->x.view.truth->truth[this->value] + this->at);
    }
    ASSERT(stages == n, "%zu stages, not %zu", stages, n);
    ASSERT(apart || longest + 3 > 80, "the columns touch in lines of at most %zu", longest);
}

/* "derivative of fc1, unit 3", of what layers make and of gradients; "residual of class 2, the label". */
static void
check_origin(const char *line, const examination *x, const origin *o)
{
    static const char *const words[N_TENSORS] = {
        [TENSOR_PREACTIVATION] = "sum of", [TENSOR_DERIVATIVE] = "derivative of", [TENSOR_DELTA] = "product in the gradient of",
        [TENSOR_SCALED] = "scaled value in the gradient of", [TENSOR_BACK_SUM] = "back-sum in the gradient of" };
    const program *p = x->view.net->p;
    const size_t n_layers = x->model->n_layers;
    char want[160] = "";
    const char *const name = origin_names[o->kind];
    const bool argument = o->kind == ORIGIN_ARGUMENT_ERROR;
    if (o->value == network_value(p, n_layers, TENSOR_DELTA, n_layers - 1))
        snprintf(want, sizeof want, "  %s: the residual of class %zu%s%s\n", name, o->at, o->at == x->label ? ", the label" : "",
                 argument ? ", from the error of the logits" : "");
    else if (o->value == p->gradient_of[p->input])
        snprintf(want, sizeof want, "  %s: the sum of the gradient, element %zu\n", name, o->at);
    else
        for (size_t l = 0; l < n_layers; l++)
            for (network_tensor t = 0; t < N_TENSORS; t++)
                if (words[t] != NULL && want[0] == '\0' && network_value(p, n_layers, t, l) == o->value)
                    snprintf(want, sizeof want, "  %s: the %s fc%zu, unit %zu%s\n", name, words[t], l + 1, o->at,
                             argument ? ", from the error of its argument" : "");
    ASSERT(want[0] != '\0' && begins(line, want), "%.60s, not %s", line != NULL ? line : "-", want);
}

/* The layer, from 1, that an audit counts an origin in: that of the value that it is, or is the gradient of. */
static size_t
layer_of(const examination *x, const origin *o)
{
    const size_t n_layers = x->model->n_layers;
    if (o->value == network_value(x->view.net->p, n_layers, TENSOR_DELTA, n_layers - 1))
        return n_layers;
    for (size_t l = 0; l < n_layers; l++)
        for (network_tensor t = 0; t < N_TENSORS; t++)
            if (network_value(x->view.net->p, n_layers, t, l) == o->value)
                return l + 1;
    return 1; /* the gradient's own sum */
}

/* Its computed number to the bit, as far as there are digits, and its place. */
static void
check_origin_numbers(const char *line, const story *s, const origin *o)
{
    char place[64];
    const double want = engine_double(s->x.view.computed->value[o->value] + o->at);
    const bool binary32 = s->x.view.e.format.kind == GA_FLOAT;
    const char *const end = strchr(line, '\n'), *const truth = strstr(line, ", true "), *const in = strstr(line, "; counted in ");
    if (!ASSERT(begins(line, "    computed ") && truth != NULL && in != NULL && truth < in && in < end, "%.80s", line))
        return;
    const char *const digits = line + strlen("    computed ");
    const double got = binary32 ? (double)strtof(digits, NULL) : strtod(digits, NULL);
    ASSERT(got == want || (isnan(got) && isnan(want)), "%.80s", line);
    snprintf(place, sizeof place, "; counted in layer %zu\n", layer_of(&s->x, o));
    ASSERT(begins(in, place), "%.80s", in);
    const ga_truth *const t = s->x.view.truth->truth[o->value] + o->at;
    ASSERT(t->state != GA_TRUE_NONZERO || (truth[strlen(", true ")] == '-') == (t->sign < 0), "%.80s", line);
}

/* What each kind is, once; no line is longer than 80. Returns what follows. */
static const char *
check_meanings(const char *line, const origin *found, size_t n)
{
    if (n == 0)
        return line;
    ASSERT(begins(line, "In words:\n"), "%.60s", line);
    line = strchr(line, '\n') + 1;
    for (size_t i = 0; i < n; i++) {
        bool said = false;
        char want[64];
        for (size_t k = 0; k < i; k++)
            said = said || found[k].kind == found[i].kind;
        if (said)
            continue;
        snprintf(want, sizeof want, "  %s: ", origin_names[found[i].kind]);
        ASSERT(begins(line, want), "%.60s, not %s", line, want);
        do {
            ASSERT(strcspn(line, "\n") <= 82, "%.90s", line); /* bytes: an apostrophe has three */
            line = strchr(line, '\n') + 1;
        } while (begins(line, "    "));
    }
    return line;
}

static size_t beside, not_listed; /* how many texts had such */

/* As many lines as there are origins, then those beside under a line of their own, then an empty one or the end; a line for each
   remedy; none of them where there is no origin. */
static void
check_parts(const char *text, const story *s, size_t j)
{
    origin found[MOST_ORIGINS];
    size_t unlisted;
    const size_t n = origin_find(found, &unlisted, &s->x.view, j, s->x.finding[j].cell);
    const char *const where = n > 0 && found[0].beside                        ? "may make:"
                              : s->x.finding[j].cell == GA_CELL_BELOW_RANGE ? "Where it became 0" : "Where it went wrong";
    const char *line = after(text, where), *head = s->x.truth[j].state == GA_TRUE_ZERO
                           ? "What makes it 0:" : "What makes it right, within the tolerance or an ulp:";
    ASSERT((line != NULL) == (n + unlisted > 0) && (n == 0 || unlisted == 0));
    if (unlisted > 0 && line != NULL) {
        char want[64];
        snprintf(want, sizeof want, "  %zu origin%s, not listed: ", unlisted, unlisted > 1 ? "s" : "");
        ASSERT(begins(line, want), "%.60s, not %s", line, want);
        line = strchr(line, '\n') + 1;
        not_listed++;
    }
    ASSERT((strstr(text, ", the loss side first:\n") != NULL) == (n > 1 && !found[0].beside && !found[1].beside));
    for (size_t i = 0; i < n && line != NULL; i++) {
        if (found[i].beside && i > 0 && !found[i - 1].beside) {
            const bool value = s->x.finding[j].cell == GA_CELL_INACCURATE;
            ASSERT(begins(line, value ? "At fault too, though the value comes out right without:\n"
                                      : "At fault too, though the sign comes out right without:\n"));
            line = strchr(line, '\n') + 1;
            beside++;
        }
        check_origin(line, &s->x, found + i);
        line = strchr(line, '\n') + 1;
        check_origin_numbers(line, s, found + i);
        line = strchr(line, '\n') + 1;
    }
    line = check_meanings(line, found, n);
    ASSERT(n + unlisted == 0 || (line[0] == '\n' && begins(line + 1, head)), "%.60s", line);
    line = after(text, head);
    ASSERT((line != NULL) == (n + unlisted > 0));
    for (remedy r = 0; r < N_REMEDIES && line != NULL; r++) {
        const ga_estimator remedied = remedy_estimator(&s->x.view.e, r);
        const ga_cell cell = ga_find(s->rescued[r] + j, s->x.truth + j, remedied.format, 0.01).cell;
        const bool saves = cell == GA_CELL_RIGHT || cell == GA_CELL_ZERO;
        char want[96];
        snprintf(want, sizeof want, "  %-40s%s\n", remedy_names[r], cell == GA_CELL_UNDECIDED ? "undecided" : saves ? "yes" : "no");
        ASSERT(begins(line, want), "%.60s", line);
        line = strchr(line, '\n') + 1;
    }
    ASSERT(line == NULL || strcmp(line, "All but rewritten formulas also round each sum of products once only.\n") == 0, "%.90s",
           line);
}

static void
check(const story *s, size_t j)
{
    char head[128], *text = told(s, j, true);
    snprintf(head, sizeof head, "Image %zu, label %d, element %zu, ", s->image, s->x.label, j);
    ASSERT(begins(text, head), "%.60s", text);
    ASSERT((strstr(text, "\n    chosen ") != NULL) == (s->x.view.e.loss == GA_MARGIN));
    ASSERT((strstr(text, "\n    probability ") != NULL) == (s->x.view.e.loss == GA_CROSS_ENTROPY));
    check_path(text, s, j);
    check_verdict(text, s, j);
    check_values(text, s, j);
    check_parts(text, s, j);
    free(text);
    text = told(s, j, false);
    ASSERT(strstr(text, "What makes it") == NULL);
    free(text);
}

/* 98 elements of each of some images. */
static void
shipped_networks(void)
{
    static const struct {
        const char *model, *format;
        double gain, logit_scale;
        size_t image;
        ga_loss loss;
    } runs[] = { { "saturated-sigmoid", "float", 1, 1, 2, 0 }, { "saturated-sigmoid", "double", 1, 1, 18, 0 },
                 { "saturated-sigmoid", "double", 1, 1, 2, 0 }, { "vanilla-sigmoid", "float", 1, 1, 0, 0 },
                 { "vanilla-sigmoid", "float", 1, 8, 1, 0 }, { "saturated-relu", "float", 1, 1, 3, 0 },
                 { "saturated-sigmoid", "float", 1, 1, 2, GA_MARGIN }, { "saturated-relu", "float", 1, 1, 3, GA_MARGIN },
                 { "vanilla-sigmoid", "float", 4, 8, 2, 0 } };
    size_t cells[GA_CELLS] = { 0 };
    ga_dataset *ds = shipped_images(256);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        ga_model *m = shipped_model(runs[i].model);
        ga_estimator e = network_estimator(runs[i].format, GA_NAIVE, GA_PRODUCT_DEFAULT);
        e.gain = runs[i].gain;
        e.logit_scale = runs[i].logit_scale;
        e.loss = runs[i].loss;
        story s;
        if (story_open(&s, m, ds, runs[i].image, &e))
            for (size_t j = i % 8; j < s.x.n; j += 8) {
                check(&s, j);
                cells[s.x.finding[j].cell]++;
            }
        story_close(&s);
        ga_model_free(m);
    }
    ga_dataset_free(ds);
    ASSERT(beside > 0 && different > 0, "%zu", different);
    for (ga_cell c = 0; c < GA_CELLS; c++)
        printf("%s %s %zu", c == 0 ? "\n " : ",", ga_cell_names[c], cells[c]);
    printf("\n");
}

/* One image of n inputs that are 0, label 0. */
static ga_dataset *
blank(size_t n)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    *ds = (ga_dataset){ .n = 1, .rows = 1, .cols = n, .pixel = calloc(n, 1), .label = calloc(1, sizeof(uint32_t)) };
    return ds;
}

/* Three classes, no hidden layer, logits 17, 0, 0: a lost element, a right one, one of wrong sign, one below the range, a true 0,
   and r_1 - r_2 = 0, which no enclosure decides. */
static void
no_hidden_layer(void)
{
    enum { N = 6 };
    static const double w[N][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 1.4, 3, -1 }, { 0, 1e-45, 0 }, { 0, 0, 0 }, { 0, 1, -1 } };
    static const ga_cell cells[N] = { GA_CELL_LOST, GA_CELL_RIGHT, GA_CELL_WRONG_SIGN, GA_CELL_BELOW_RANGE, GA_CELL_ZERO,
                                      GA_CELL_UNDECIDED };
    const size_t sizes[] = { N, 3 };
    ga_model *m = ga_model_new(GA_F32, 1, sizes, NULL, NULL);
    ga_dataset *ds = blank(N);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    for (size_t j = 0; j < N; j++)
        for (size_t c = 0; c < 3; c++)
            ga_model_set(m, m->layer[0].weight, c * N + j, w[j][c]);
    ga_model_set(m, m->layer[0].bias, 0, 17);
    story s;
    if (story_open(&s, m, ds, 0, &e))
        for (size_t j = 0; j < N; j++) {
            ASSERT(s.x.finding[j].cell == cells[j], "%zu: %s", j, ga_cell_names[s.x.finding[j].cell]);
            check(&s, j);
        }
    story_close(&s);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* Where gradients are made: a product and a sum that underflow. */
static void
origins_behind_the_loss(void)
{
    static const size_t sizes[] = { 2, 2, 3 };
    static const ga_activation sigmoid[] = { GA_SIGMOID };
    static const char *const words[] = { "\n  product-underflow: the product in the gradient of fc1, unit 0\n",
                                         "\n  sum-underflow: the back-sum in the gradient of fc1, unit 1\n" };
    ga_model *m = ga_model_new(GA_F32, 2, sizes, sigmoid, NULL);
    ga_dataset *ds = blank(2);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    for (size_t k = 0; k < 2; k++)
        ga_model_set(m, m->layer[0].weight, 3 * k, 1e30);
    ga_model_set(m, m->layer[0].bias, 0, -40);
    ga_model_set(m, m->layer[1].weight, 2, 1e-30);
    ga_model_set(m, m->layer[1].weight, 5, 1e-45);
    story s;
    if (story_open(&s, m, ds, 0, &e))
        for (size_t j = 0; j < 2; j++) {
            check(&s, j);
            char *text = told(&s, j, false);
            ASSERT(strstr(text, words[j]) != NULL, "%s", text);
            free(text);
        }
    story_close(&s);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* A pre-activation of 8 that is 5, 1e8 + 5 - 1e8, whose ReLU has the right derivative all the same, and which the logits hardly
   feel. */
static void
off_on_the_way(void)
{
    static const double w[3] = { 1e8, 5, -1e8 };
    static const size_t sizes[] = { 3, 1, 2 };
    static const ga_activation relu[] = { GA_RELU };
    ga_model *m = ga_model_new(GA_F32, 2, sizes, relu, NULL);
    ga_dataset *ds = blank(3);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    for (size_t k = 0; k < 3; k++) {
        ga_model_set(m, m->layer[0].weight, k, w[k]);
        ds->pixel[k] = 255;
    }
    ga_model_set(m, m->layer[1].weight, 0, 1e-6);
    story s;
    if (story_open(&s, m, ds, 0, &e))
        for (size_t j = 0; j < 3; j++) {
            ASSERT(s.x.finding[j].cell == GA_CELL_RIGHT, "%s", ga_cell_names[s.x.finding[j].cell]);
            check(&s, j);
            char *text = told(&s, j, false);
            ASSERT(strstr(text, "\n2 steps on the path below are off all the same: their errors do not reach the element, or "
                                "cancel on the way.\n") != NULL, "%s", text);
            free(text);
        }
    ASSERT(right_though_off >= 3, "%zu", right_though_off);
    story_close(&s);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* Every cell, by giving an element of a random network other truths and computed values: also an undecided element of which nothing
   is known. The path is the same. */
static void
every_cell(void)
{
    uint64_t state = test_seed();
    const size_t sizes[] = { 12, 5, 4, 3 };
    const ga_activation f[] = { GA_SIGMOID, GA_RELU };
    ga_model *m = network_new(GA_F32, 3, sizes, f, 2, &state);
    ga_dataset *ds = network_images(m, 1, &state);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    int exponent;
    const double nines = 2 * frexp(9.99996e-100, &exponent); /* four digits of it are 1.000e-99 */
    static const double value[6] = { 0, -0.0, 1.5, -1.5, INFINITY, NAN };
    const ga_truth truth[] = { { .state = GA_TRUE_ZERO },
                               { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1.5 },
                               { .state = GA_TRUE_NONZERO, .sign = -1, .mantissa = -1.9999, .exponent = -5000 },
                               { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = nines, .exponent = exponent - 1 },
                               { .state = GA_UNDECIDED_ELEMENT, .bound = -100000 },
                               { .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX } };
    story s;
    if (!story_open(&s, m, ds, 0, &e))
        return;
    for (size_t v = 0; v < 6; v++)
        for (size_t t = 0; t < sizeof truth / sizeof *truth; t++) {
            const double a = value[v];
            s.x.gradient[3] = (ga_number){ .klass = a == 0 ? GA_ZERO : isnan(a) ? GA_NAN : isinf(a) ? GA_INFINITE : GA_NORMAL,
                                           .sign = (a > 0) - (a < 0), .mantissa = a };
            s.x.truth[3] = truth[t];
            s.x.finding[3] = ga_find(s.x.gradient + 3, s.x.truth + 3, e.format, 0.01);
            check(&s, 3);
        }
    char *text = told(&s, 3, true);
    ASSERT(strstr(text, "9223372036854775807") == NULL, "%s", text);
    free(text);
    story_close(&s);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* With each loss, product and set of formulas every element has its story, also where a pre-activation overflows that is truly near
   0: then the functions of blame/group.h are asked for what comes of the true one. */
static void
every_estimator(void)
{
    static const char *const formats[] = { "float", "double" };
    static const size_t sizes[] = { 6, 8, 3 };
    static const ga_activation sigmoid[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    for (int k = 0; k < 32; k++) {
        ga_model *m = network_new(GA_F32, 2, sizes, sigmoid, k & 16 ? 100 : 3, &state);
        ga_dataset *ds = network_images(m, 1, &state);
        ga_estimator e = network_estimator(formats[k & 1], k & 2 ? GA_REWRITE : GA_NAIVE, k & 4 ? GA_LOOP : GA_BLAS);
        story s;
        for (size_t j = 0; j < 4; j++) {
            ga_model_set(m, m->layer[0].weight, j, j < 2 ? 3e38 : -3e38);
            ds->pixel[j] = 255;
        }
        e.loss = k & 8 ? GA_MARGIN : GA_CROSS_ENTROPY;
        if (story_open(&s, m, ds, 0, &e))
            for (size_t j = 0; j < sizes[0]; j++)
                free(told(&s, j, true));
        story_close(&s);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
}

TEST_MAIN("explain", TEST(shipped_networks), TEST(no_hidden_layer), TEST(origins_behind_the_loss), TEST(off_on_the_way),
          TEST(every_cell), TEST(every_estimator))
