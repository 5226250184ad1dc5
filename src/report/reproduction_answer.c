/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_answer.c -- the numbers of the answer; see reproduction_answer.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/reproduction.h"
#include "report/reproduction_answer.h"

const char *const answer_names[N_ANSWERS] = { "unknown", "no fall", "no better than random", "rounding", "rounding and smoothing",
                                              "smoothing" };

/* The numbers an answer is made of: their path within a network of the report, and the label of their row in the table (NULL: no
   row). A heading has no key. */
static const struct {
    const char *key, *path, *label;
} quantity[] = {
    { NULL, NULL, "Accuracy under FGSM, %" },
    { "plain", "plain_percent", "no attack" },
    { "naive_float", "attacks.naive-float.accuracy_percent", "naive, float" },
    { "naive_double", "attacks.naive-double.accuracy_percent", "naive, double" },
    { "random", "controls.random_accuracy_percent", "random signs" },
    { "filled", "controls.filled_accuracy_percent", "naive float, zeros filled" },
    { "exact", "attacks.exact.accuracy_percent", "exact" },
    { "exact_stable", "attacks.exact-stable.accuracy_percent", "exact, reduced gain" },
    { "stable", "attacks.stable.accuracy_percent", "float, reduced gain" },
    { NULL, NULL, "Fall from naive float to float at reduced gain, points" },
    { "drop", "split.float.drop_points", "total" },
    { "rounding", "split.float.rounding_points", "rounding (to exact)" },
    { "rounding_share", "split.float.rounding_percent", "  of the fall, %" },
    { "random_points", "split.float.random_points", "  random signs alone" },
    { "beyond_random", "split.float.exact_beyond_random_points", NULL },
    { "smoothing", "split.float.smoothing_points", "smoothing (from exact)" },
    { "smoothing_share", "split.float.smoothing_percent", "  of the fall, %" },
    { "drop_double", "split.double.drop_points", "from naive double, total" },
    { "rounding_double", "split.double.rounding_points", "  rounding (to exact)" },
    { "rounding_share_double", "split.double.rounding_percent", "  of the fall, %" },
    { NULL, NULL, "Elements, naive float" },
    { "zero_float", "findings.naive-float.zero_percent", "zero, %" },
    { "below_float", "findings.naive-float.below_range_of_zero_percent", "  of these, below range, %" },
    { "lost_float", "findings.naive-float.lost_of_zero_percent", "  of these, lost, %" },
    { "true_float", "findings.naive-float.true_of_zero_percent", "  of these, true zeros, %" },
    { "wrong_float", "findings.naive-float.wrong_sign_of_nonzero_percent", "wrong sign, % of non-zero" },
    { NULL, NULL, "Elements, naive double" },
    { "zero_double", "findings.naive-double.zero_percent", "zero, %" },
    { "below_double", "findings.naive-double.below_range_of_zero_percent", "  of these, below range, %" },
    { "lost_double", "findings.naive-double.lost_of_zero_percent", "  of these, lost, %" },
    { "true_double", "findings.naive-double.true_of_zero_percent", "  of these, true zeros, %" },
    { "wrong_double", "findings.naive-double.wrong_sign_of_nonzero_percent", "wrong sign, % of non-zero" },
    { NULL, NULL, "Exact gradient at reduced gain, against the network's own" },
    { "agreement", "findings.stable.sign_agreement.its_function_as_the_network_percent", "same sign, %" },
    { "cosine", "truth.exact-stable.cosine.median", "cosine, median" },
    { "rank", "truth.exact-stable.rank_correlation.median", "rank correlation, median" },
    { NULL, NULL, "Magnitudes of the exact gradient" },
    { "median", "truth.exact.log10_median", "median" },
    { "vanilla_median", "vanilla.truth.exact.log10_median", "  of the vanilla network" },
    { "undecided", "truth.exact.undecided", NULL },
};
enum { QUANTITIES = sizeof quantity / sizeof *quantity };

static const network_index answer_network[2] = { SATURATED_SIGMOID, SATURATED_RELU };

static double
number_at(const json_t *o, const char *path)
{
    char key[64];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
        o = json_object_get(o, key);
        path = dot + 1;
    }
    return report_number(o, path);
}

static const json_t *
test_of(const json_t *network, const char *attack, const char *control)
{
    size_t i;
    json_t *test;
    json_array_foreach(json_object_get(network, "tests"), i, test) {
        const char *a = json_string_value(json_object_get(test, "attack")), *c = json_string_value(json_object_get(test,
                                                                                                                   "control"));
        if (a != NULL && c != NULL && strcmp(a, attack) == 0 && strcmp(c, control) == 0)
            return test;
    }
    return NULL;
}

answer_kind
answer_of(const json_t *network)
{
    enum { MOST = 90, LEAST = 10 };
    const double drop = number_at(network, "split.float.drop_points"), share = number_at(network, "split.float.rounding_percent");
    const json_t *random = test_of(network, "exact", "random signs"), *filled = test_of(network, "exact", "zeros filled");
    if (isnan(drop) || random == NULL || filled == NULL)
        return ANSWER_UNKNOWN;
    if (drop < 1)
        return ANSWER_NO_FALL;
    if (!json_is_true(json_object_get(random, "beaten")) || !json_is_true(json_object_get(filled, "beaten")))
        return ANSWER_RANDOM;
    return share >= MOST ? ANSWER_ROUNDING : share <= LEAST ? ANSWER_SMOOTHING : ANSWER_BOTH;
}

/* Mean, least and greatest over the seeds, NaN left out. */
static json_t *
spread(const double *value, size_t n)
{
    json_t *o = json_object();
    double sum = 0, low = INFINITY, high = -INFINITY;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        known++;
        sum += value[i];
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    json_object_set_new(o, "mean", known > 0 ? json_real(sum / (double)known) : json_null());
    json_object_set_new(o, "least", known > 0 ? json_real(low) : json_null());
    json_object_set_new(o, "greatest", known > 0 ? json_real(high) : json_null());
    return o;
}

/* A network's number. "vanilla." refers to the network it was trained from, which comes just before it. */
static double
quantity_of(const json_t *networks, network_index k, const char *path)
{
    const bool vanilla = strncmp(path, "vanilla.", 8) == 0;
    return number_at(json_object_get(networks, network_names[vanilla ? k - 1 : k]), vanilla ? path + 8 : path);
}

/* Success among the images classified correctly before, with its interval, for the first seed. */
static json_t *
successes(const json_t *network)
{
    static const char *const role[] = { "naive-float", "exact", "stable" };
    static const char *const key[] = { "success_percent", "success_low_percent", "success_high_percent" };
    json_t *o = json_object();
    for (size_t r = 0; r < sizeof role / sizeof *role; r++) {
        json_t *one = json_object();
        for (size_t i = 0; i < sizeof key / sizeof *key; i++)
            json_object_set(one, key[i], json_object_get(report_attack(network, role[r]), key[i]));
        json_object_set_new(o, role[r], one);
    }
    return o;
}

static json_t *
network_answer(const json_t *const *networks, size_t n, network_index k)
{
    double value[REPRODUCTION_MOST_SEEDS];
    json_t *o = json_object(), *answers = json_array();
    for (size_t q = 0; q < QUANTITIES; q++) {
        for (size_t i = 0; i < n; i++)
            value[i] = quantity[q].key != NULL ? quantity_of(networks[i], k, quantity[q].path) : NAN;
        if (quantity[q].key != NULL)
            json_object_set_new(o, quantity[q].key, spread(value, n));
    }
    static const char *const controls[][2] = { { "random signs", "log10_p_random" }, { "zeros filled", "log10_p_filled" } };
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < n; i++)
            value[i] = report_number(test_of(json_object_get(networks[i], network_names[k]), "exact", controls[c][0]), "log10_p");
        json_object_set_new(o, controls[c][1], spread(value, n));
    }
    for (size_t i = 0; i < n; i++)
        json_array_append_new(answers, json_string(answer_names[answer_of(json_object_get(networks[i], network_names[k]))]));
    json_object_set_new(o, "answers", answers);
    json_object_set_new(o, "success", successes(json_object_get(networks[0], network_names[k])));
    return o;
}

json_t *
answer_compute(const json_t *report)
{
    const json_t *networks[REPRODUCTION_MOST_SEEDS] = { json_object_get(report, "networks") };
    const json_t *all = json_object_get(report, "seeds");
    json_t *o = json_object(), *seeds = json_array();
    size_t n = json_array_size(all);
    for (size_t i = 0; i < n && i < REPRODUCTION_MOST_SEEDS; i++) {
        networks[i] = json_object_get(json_array_get(all, i), "networks");
        json_array_append(seeds, json_object_get(json_array_get(all, i), "seed"));
    }
    if (n == 0)
        json_array_append(seeds, json_object_get(json_object_get(report, "settings"), "seed"));
    n = n == 0 ? 1 : n < REPRODUCTION_MOST_SEEDS ? n : REPRODUCTION_MOST_SEEDS;
    json_object_set_new(o, "seeds", seeds);
    for (size_t k = 0; k < 2; k++)
        json_object_set_new(o, network_names[answer_network[k]], network_answer(networks, n, answer_network[k]));
    return o;
}

/* "62.47", or if the seeds differ "62.47 (60.01 to 64.92)". A logarithm becomes the power of ten below it, "1e-808". */
static void
print_value(char *text, size_t size, const json_t *value, size_t seeds, bool log10)
{
    const double mean = report_number(value, "mean"), low = report_number(value, "least"), high = report_number(value, "greatest");
    if (isnan(mean))
        snprintf(text, size, "-");
    else if (log10 && (seeds < 2 || floor(low) == floor(high)))
        snprintf(text, size, "1e%.0f", floor(mean));
    else if (log10)
        snprintf(text, size, "1e%.0f (%.0f to %.0f)", floor(mean), floor(low), floor(high));
    else if (seeds < 2 || low == high)
        snprintf(text, size, "%.2f", mean);
    else
        snprintf(text, size, "%.2f (%.2f to %.2f)", mean, low, high);
}

size_t
answer_table(answer_row *row, const json_t *report)
{
    const json_t *answer = json_object_get(report, "answer");
    const size_t seeds = json_array_size(json_object_get(answer, "seeds"));
    size_t n = 0;
    for (size_t q = 0; q < QUANTITIES && n < ANSWER_ROWS; q++) {
        if (quantity[q].label == NULL)
            continue;
        row[n] = (answer_row){ .label = quantity[q].label };
        for (size_t k = 0; k < 2 && quantity[q].key != NULL; k++)
            print_value(row[n].value[k], sizeof row[n].value[k],
                        json_object_get(json_object_get(answer, network_names[answer_network[k]]), quantity[q].key), seeds,
                        strstr(quantity[q].path, "log10") != NULL);
        n++;
    }
    return n;
}
