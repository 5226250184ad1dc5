/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_words.c -- the answer in words; see reproduction_answer.h. Each sentence is chosen by comparing the numbers in
   it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/reproduction_story.h"

static const char *
subject(network_index k)
{
    return k == SATURATED_SIGMOID ? "sigmoid" : "ReLU";
}

static const char *
scale_name(network_index k)
{
    return k == SATURATED_SIGMOID ? "gain" : "logit scale";
}

static double
scale(const story *s)
{
    return report_number(json_object_get(s->report, "settings"), s->k == SATURATED_SIGMOID ? "gain" : "logit_scale");
}

static const char *const short_answers[N_ANSWERS] = {
    "cannot be said", "there is nothing to explain", "not shown", "yes", "in part", "hardly"
};

/* "in part. …", or if the seeds differ "yes for 2 of 3 seeds, in part for 1 of 3 seeds. …". */
static void
say_answer(const story *s)
{
    answer_kind only = ANSWER_UNKNOWN;
    const size_t all = json_array_size(story_value(s, "answers"));
    for (answer_kind a = 0; a < N_ANSWERS; a++)
        only = all > 0 && story_answers(s, a) == all ? a : only;
    if (all == 0 || story_answers(s, only) == all)
        story_say(s, "%s.", short_answers[only]);
    else {
        for (size_t a = 0, said = 0; a < N_ANSWERS; a++)
            if (story_answers(s, (answer_kind)a) > 0)
                story_say(s, "%s%s for %zu of %zu seeds", said++ > 0 ? ", " : "", short_answers[a],
                          story_answers(s, (answer_kind)a), all);
        story_say(s, ".");
    }
    if (only == ANSWER_NO_FALL)
        story_say(s, " The reduced %s does not lower the accuracy by a point.", scale_name(s->k));
    else if (only == ANSWER_RANDOM)
        story_say(s, " In paired tests the exact gradient does not beat both controls.");
    else if (story_answers(s, ANSWER_UNKNOWN) < all && story_mean(s, "smoothing") <= 0)
        story_say(s, " Rounding accounts for all of the fall in accuracy, smoothing for none.");
    else if (story_answers(s, ANSWER_UNKNOWN) < all && !isnan(story_mean(s, "rounding_share"))) {
        story_say_share(s, " Rounding accounts for ", "rounding_share");
        story_say_share(s, " of the fall in accuracy, smoothing for ", "smoothing_share");
        story_say(s, ".");
    }
}

static void
say_seeds(const story *s)
{
    size_t i;
    json_t *seed;
    const json_t *all = json_object_get(s->answer, "seeds");
    if (s->seeds > 1)
        story_say(s, "The numbers are means over %zu trainings (seeds", s->seeds);
    else
        story_say(s, "The numbers come from one training (seed");
    json_array_foreach(all, i, seed)
        story_say(s, "%s %.0f", i > 0 ? "," : "", json_number_value(seed));
    story_say(s, s->seeds > 1 ? "), with the lowest and the highest in parentheses." : "); another training may give others.");
    story_say(s, " FGSM is run on %s.", amount_nouns(amount_integer(json_object_get(s->report, "settings"), "images"),
                                                     "test image").s);
}

/* How far a step comes that knows nothing of the gradient, beside the others. */
static void
say_three(const story *s)
{
    const double exact = story_mean(s, "exact"), random = story_mean(s, "random"), naive = story_mean(s, "naive_float");
    if (isnan(exact) || isnan(random) || isnan(naive))
        return;
    story_say(s, " FGSM leaves an accuracy of %.2f %% with the exact gradient, %.2f %% on average with random signs and %.2f %% "
                 "with the naive gradient in float.", exact, random, naive);
}

static void
tell_answer(story *s)
{
    story_begin(s, false);
    story_say(s, "The paper says that saturated networks withstand FGSM because floating point loses the gradient, and that a "
                 "stable gradient brings the attack back. Is that right?");
    for (size_t k = 0; k < 2; k++) {
        story_look_at(s, k == 0 ? SATURATED_SIGMOID : SATURATED_RELU);
        story_say(s, " For the %s network: ", subject(s->k));
        say_answer(s);
        say_three(s);
    }
    story_end(s);
    story_begin(s, false);
    say_seeds(s);
    story_say(s, " Rounding is the part of the fall in accuracy that the network's own exact gradient already causes. Smoothing is "
                 "the rest: it takes the gradient of another network, one with a reduced gain or logit scale. The answer is "
                 "\"yes\" if rounding makes up at least 90 %% of the fall and the exact gradient beats both controls, and "
                 "\"hardly\" if it makes up at most 10 %%. A computed zero is below range if the true value is not 0 but rounds "
                 "to 0 in the format, so that 0 is the correctly rounded answer. It is lost if the true value rounds to something "
                 "else, which the computation missed.");
    story_end(s);
}

static void
say_zeros(const story *s, const char *format, const char *zero, const char *below, const char *lost, const char *real)
{
    if (story_greatest(s, zero) == 0) {
        story_say(s, " In %s, no element of the naive gradient is 0.", format);
        return;
    }
    story_say(s, " In %s, ", format);
    story_say_value(s, zero, " %");
    story_say_share(s, " of the naive gradient's elements are 0. Of these zeros, ", below);
    story_say_share(s, " are below range, ", lost);
    story_say(s, " are lost, and ");
    if (story_greatest(s, real) == 0)
        story_say(s, "none is a true zero.");
    else {
        story_say_value(s, real, " %");
        story_say(s, " are true zeros.");
    }
}

static void
tell_zeros(story *s)
{
    story_begin(s, false);
    story_say(s, "Zeros.");
    say_zeros(s, "float", "zero_float", "below_float", "lost_float", "true_float");
    say_zeros(s, "double", "zero_double", "below_double", "lost_double", "true_double");
    if (story_least(s, "below_float") > 50)
        story_say(s, " So most of float's zeros are due to its range: 0 is the best answer that float has, and no other formula "
                     "would help.");
    else if (story_greatest(s, "lost_float") > 0 && story_least(s, "lost_float") > 50)
        story_say(s, " So most of float's zeros are due to the computation, not to float's range.");
    if (!isnan(story_mean(s, "median"))) {
        story_say(s, " The median magnitude of the exact gradient is 1e%.0f", floor(story_mean(s, "median")));
        if (s->seeds > 1 && floor(story_least(s, "median")) < floor(story_greatest(s, "median")))
            story_say(s, " (1e%.0f to 1e%.0f)", floor(story_least(s, "median")), floor(story_greatest(s, "median")));
        if (!isnan(story_mean(s, "vanilla_median")))
            story_say(s, "; for the vanilla network it is 1e%.0f", floor(story_mean(s, "vanilla_median")));
        story_say(s, ".");
    }
    if (!isnan(story_mean(s, "wrong_float")) && !isnan(story_mean(s, "wrong_double"))) {
        story_say_share(s, " Of the non-zero elements, ", "wrong_float");
        story_say_share(s, " have the wrong sign in float and ", "wrong_double");
        story_say(s, " in double.");
    }
    if (story_mean(s, "undecided") > 0)
        story_say(s, " %.0f elements are undecided.", story_mean(s, "undecided"));
    story_end(s);
}

/* For the first seed only: the intervals are over images, not over trainings. */
static void
say_successes(const story *s)
{
    static const char *const role[][2] = { { "naive-float", "naive float" }, { "exact", "the exact gradient" },
                                           { "stable", "the reduced" } };
    const json_t *success = story_value(s, "success");
    for (size_t i = 0; i < sizeof role / sizeof *role; i++)
        if (isnan(report_number(json_object_get(success, role[i][0]), "success_percent")))
            return;
    story_say(s, " Of the images classified correctly before");
    if (s->seeds > 1)
        story_say(s, " (seed %.0f)", json_number_value(json_array_get(json_object_get(s->answer, "seeds"), 0)));
    story_say(s, ", FGSM fools the network on");
    for (size_t i = 0; i < sizeof role / sizeof *role; i++) {
        const json_t *one = json_object_get(success, role[i][0]);
        story_say(s, "%s %.2f %% (%.2f to %.2f) with %s%s%s", i == 0 ? "" : i == 1 ? "," : " and",
                  report_number(one, "success_percent"), report_number(one, "success_low_percent"),
                  report_number(one, "success_high_percent"), role[i][1], i == 2 ? " " : "", i == 2 ? scale_name(s->k) : "");
    }
    story_say(s, " (95 %% intervals).");
}

static void
tell_attack(story *s)
{
    const double drop = story_mean(s, "drop"), rounding = story_mean(s, "rounding"), smoothing = story_mean(s, "smoothing");
    story_begin(s, false);
    story_say_share(s, "Attack. Accuracy under FGSM is ", "naive_float");
    story_say_share(s, " with the naive gradient in float, ", "naive_double");
    story_say_share(s, " in double, ", "exact");
    story_say_share(s, " with the exact gradient, ", "stable");
    story_say(s, " with the float gradient at %s %g", scale_name(s->k), scale(s));
    if (!isnan(story_mean(s, "exact_stable"))) {
        story_say_share(s, " and ", "exact_stable");
        story_say(s, " with the exact gradient there");
    }
    story_say(s, ".");
    if (!(drop > 0)) {
        story_say(s, " The reduced %s does not lower the accuracy: there is no fall to explain.", scale_name(s->k));
        story_end(s);
        return;
    }
    story_say(s, " From naive float to float at %s %g it falls by", scale_name(s->k), scale(s));
    story_say(s, " ");
    story_say_value(s, "drop", " percentage points");
    story_say(s, ".");
    if (rounding > 0 && smoothing <= 0) {
        story_say_points(s, " Rounding accounts for all of it: the network's own exact gradient lowers the accuracy by ",
                         "rounding");
        story_say(s, ".");
    } else if (rounding > 0) {
        story_say_points(s, " Rounding accounts for ", "rounding");
        story_say_share(s, ", ", "rounding_share");
        story_say(s, " of the fall: the network's own exact gradient already achieves that much.");
    } else
        story_say(s, " Rounding accounts for none of it: the exact gradient does not lower the accuracy.");
    if (smoothing > 0) {
        story_say_points(s, " Smoothing accounts for ", "smoothing");
        story_say_share(s, ", ", "smoothing_share");
        story_say(s, ": that part takes the gradient of the network at %s %g.", scale_name(s->k), scale(s));
    } else
        story_say(s, " Smoothing accounts for none: the exact gradient does no worse than the reduced %s.", scale_name(s->k));
    if (story_mean(s, "drop_double") > 0) {
        story_say_points(s, " From naive double it falls by ", "drop_double");
        if (story_mean(s, "rounding_double") >= story_mean(s, "drop_double"))
            story_say(s, ", all of it due to rounding");
        else if (story_mean(s, "rounding_double") > 0) {
            story_say_points(s, "; rounding accounts for ", "rounding_double");
            story_say_share(s, " of these, ", "rounding_share_double");
        }
        story_say(s, ".");
    }
    say_successes(s);
    story_end(s);
}

static void
tell_controls(story *s)
{
    const size_t all = json_array_size(story_value(s, "answers"));
    story_begin(s, false);
    story_say_share(s, "Controls. On average over their seeds, random signs leave an accuracy of ", "random");
    story_say_share(s, "; the naive float signs with their zeros filled at random leave ", "filled");
    story_say(s, ". So a step that knows nothing of the gradient takes ");
    if (story_mean(s, "random_points") > 0)
        story_say_points(s, "", "random_points");
    else
        story_say(s, "nothing");
    story_say(s, " off the accuracy, and the exact gradient takes off ");
    if (story_mean(s, "beyond_random") > 0) {
        story_say_points(s, "", "beyond_random");
        story_say(s, " more");
    } else
        story_say(s, "no more");
    story_say_p(s, " (McNemar's test: ", "log10_p_random");
    story_say_p(s, " against the best of the random seeds, ", "log10_p_filled");
    story_say(s, " against the filled signs%s).", s->seeds > 1 ? "; the largest p of the trainings" : "");
    if (story_answers(s, ANSWER_RANDOM) > 0)
        story_say(s, " %s it is not shown at the 1 %% level that the exact gradient beats both controls.",
                  story_answers(s, ANSWER_RANDOM) == all ? "So" : "For at least one training");
    story_end(s);
}

static void
tell_direction(story *s)
{
    const double agreement = story_mean(s, "agreement");
    if (isnan(agreement))
        return;
    story_begin(s, false);
    story_say(s, "Direction. The exact gradient at %s %g has the sign of the network's own exact gradient in ", scale_name(s->k),
              scale(s));
    story_say_value(s, "agreement", " %");
    story_say(s, " of the elements (guessing: 50 %%)");
    if (!isnan(story_mean(s, "cosine")) && !isnan(story_mean(s, "rank")))
        story_say(s, ". The median cosine of the two is %.2f, the median rank correlation of their magnitudes %.2f",
                  story_mean(s, "cosine"), story_mean(s, "rank"));
    if (agreement < 60)
        story_say(s, ". The reduced %s does not estimate the network's gradient: it gives the gradient of another function.",
                  scale_name(s->k));
    else
        story_say(s, ". The gradient at the reduced %s is %s the network's own.", scale_name(s->k),
                  agreement < 85 ? "a rough estimate of" : "close to");
    story_end(s);
}

/* Where our number and the paper's differ by at least a point or a decade. */
static void
tell_differences(story *s)
{
    enum { MOST = 64 };
    paper_figure figure[MOST];
    const size_t n = reproduction_paper(figure, MOST, s->report);
    size_t said = 0;
    story_begin(s, false);
    story_say(s, "Numbers (ours: seed %.0f) that differ from the paper's by at least a point or a decade: ",
              report_number(json_object_get(s->report, "settings"), "seed"));
    for (size_t i = 0; i < n; i++)
        if (fabs(figure[i].ours - figure[i].paper) >= 1)
            story_say(s, "%s%s: %.4g %s in the paper, %.4g here (%+.2f)", said++ > 0 ? "; " : "", figure[i].what, figure[i].paper,
                      figure[i].unit, figure[i].ours, figure[i].ours - figure[i].paper);
    story_say(s, said > 0 ? "." : "none.");
    story_end(s);
}

size_t
answer_write(answer_paragraph *paragraph, const json_t *report)
{
    story s = { .paragraph = paragraph, .report = report, .answer = json_object_get(report, "answer") };
    s.seeds = json_array_size(json_object_get(s.answer, "seeds"));
    tell_answer(&s);
    for (size_t k = 0; k < 2; k++) {
        story_look_at(&s, k == 0 ? SATURATED_SIGMOID : SATURATED_RELU);
        story_begin(&s, true);
        story_say(&s, "The saturated %s network", subject(s.k));
        story_end(&s);
        tell_zeros(&s);
        tell_attack(&s);
        tell_controls(&s);
        tell_direction(&s);
    }
    story_begin(&s, true);
    story_say(&s, "Where the numbers differ from the paper's");
    story_end(&s);
    tell_differences(&s);
    return s.n;
}

void
answer_free(answer_paragraph *paragraph, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paragraph[i].text);
}
