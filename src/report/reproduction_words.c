/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_words.c -- the answer in words; see reproduction_answer.h. Each sentence is chosen by comparing the numbers it
   holds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    "it cannot be said", "there is nothing to explain", "it is not shown", "yes", "in part", "hardly"
};

/* "in part: …", or where the seeds differ "yes for 2 of 3 seeds, in part for 1". */
static void
say_answer(const story *s)
{
    answer_kind only = ANSWER_UNKNOWN;
    const size_t all = json_array_size(story_value(s, "answers"));
    for (answer_kind a = 0; a < N_ANSWERS; a++)
        only = all > 0 && story_answers(s, a) == all ? a : only;
    if (all == 0 || story_answers(s, only) == all)
        story_say(s, "%s", short_answers[only]);
    else
        for (size_t a = 0, said = 0; a < N_ANSWERS; a++)
            if (story_answers(s, (answer_kind)a) > 0)
                story_say(s, "%s%s for %zu of %zu seeds", said++ > 0 ? ", " : "", short_answers[a], story_answers(s,
                                                                                                                  (answer_kind)a),
    all);
    if (only == ANSWER_NO_FALL)
        story_say(s, "; the reduced %s does not lower the accuracy by a point", scale_name(s->k));
    else if (only == ANSWER_RANDOM)
        story_say(s, "; in paired tests the exact gradient does not beat random signs");
    else if (story_answers(s, ANSWER_UNKNOWN) < all && story_mean(s, "smoothing") <= 0)
        story_say(s, "; all of the fall in accuracy is rounding, none is smoothing");
    else if (story_answers(s, ANSWER_UNKNOWN) < all && !isnan(story_mean(s, "rounding_share"))) {
        story_say_share(s, "; ", "rounding_share");
        story_say_share(s, " of the fall in accuracy is rounding, ", "smoothing_share");
        story_say(s, " is smoothing");
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
        story_say(s, "The numbers are of one training (seed");
    json_array_foreach(all, i, seed)
        story_say(s, "%s %.0f", i > 0 ? "," : "", json_number_value(seed));
    story_say(s, s->seeds > 1 ? "), the least and the greatest in parentheses" : "), and another may give others");
    story_say(s, "; FGSM is on %.0f test images.", report_number(json_object_get(s->report, "settings"), "images"));
}

static void
tell_answer(story *s)
{
    story_begin(s, false);
    story_say(s, "The paper says: saturated networks withstand FGSM because floating point loses the gradient, and a stable "
                 "gradient brings the attack back. Is that so? ");
    for (size_t k = 0; k < 2; k++) {
        story_look_at(s, k == 0 ? SATURATED_SIGMOID : SATURATED_RELU);
        story_say(s, "For the %s network: ", subject(s->k));
        say_answer(s);
        story_say(s, k == 0 ? ". " : ".");
    }
    story_end(s);
    story_begin(s, false);
    say_seeds(s);
    story_say(s, " Rounding is the part of the fall that the exact gradient of the network itself brings about; smoothing is the "
                 "part that only the gradient of another network does, that of reduced gain. \"Yes\" is said where rounding is at "
                 "least 90 %% of the fall and the exact gradient beats random signs, \"hardly\" where it is at most 10 %%. A zero "
                 "is below range where the true value is not 0 but nearer to 0 than to the least number of the format, so that 0 "
                 "is the correctly rounded answer; it is lost where the format has a better answer that the computation missed.");
    story_end(s);
}

static void
say_zeros(const story *s, const char *format, const char *zero, const char *below, const char *lost, const char *real)
{
    if (story_greatest(s, zero) == 0) {
        story_say(s, " In %s no element of the naive gradient is 0.", format);
        return;
    }
    story_say(s, " In %s ", format);
    story_say_value(s, zero, " %");
    story_say_share(s, " of the naive gradient's elements are 0; ", below);
    story_say_share(s, " of these are below range, ", lost);
    story_say(s, " lost, and ");
    if (story_greatest(s, real) == 0)
        story_say(s, "none is truly zero.");
    else {
        story_say_value(s, real, " %");
        story_say(s, " truly zero.");
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
        story_say(s, " So most of float's zeros are the end of its range: 0 is the best answer it has, and no other formula would "
                     "help.");
    else if (story_greatest(s, "lost_float") > 0 && story_least(s, "lost_float") > 50)
        story_say(s, " So most of float's zeros are made by the computation, not by the range of float.");
    if (!isnan(story_mean(s, "median"))) {
        story_say(s, " The median of the true magnitudes is 1e%.0f", floor(story_mean(s, "median")));
        if (s->seeds > 1 && floor(story_least(s, "median")) < floor(story_greatest(s, "median")))
            story_say(s, " (1e%.0f to 1e%.0f)", floor(story_least(s, "median")), floor(story_greatest(s, "median")));
        if (!isnan(story_mean(s, "vanilla_median")))
            story_say(s, ", that of the vanilla network's 1e%.0f", floor(story_mean(s, "vanilla_median")));
        story_say(s, ".");
    }
    if (!isnan(story_mean(s, "wrong_float")) && !isnan(story_mean(s, "wrong_double"))) {
        story_say_share(s, " Of the elements that are not 0, ", "wrong_float");
        story_say_share(s, " have the wrong sign in float, ", "wrong_double");
        story_say(s, " in double.");
    }
    if (story_mean(s, "undecided") > 0)
        story_say(s, " %.0f elements are undecided.", story_mean(s, "undecided"));
    story_end(s);
}

/* Of the first seed, the only one whose network is drawn: the intervals are of images, not of trainings. */
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
    story_say(s, ", these succeed (95 %% intervals):");
    for (size_t i = 0; i < sizeof role / sizeof *role; i++) {
        const json_t *one = json_object_get(success, role[i][0]);
        story_say(s, "%s %s%s%s on %.2f %% (%.2f to %.2f)", i > 0 ? "," : "", role[i][1], i == 2 ? " " : "",
                  i == 2 ? scale_name(s->k) : "",
                  report_number(one, "success_percent"), report_number(one, "success_low_percent"),
                  report_number(one, "success_high_percent"));
    }
    story_say(s, ".");
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
    story_say(s, " with float's at %s %g", scale_name(s->k), scale(s));
    if (!isnan(story_mean(s, "exact_stable"))) {
        story_say_share(s, " and ", "exact_stable");
        story_say(s, " with the exact one there");
    }
    story_say(s, ".");
    if (!(drop > 0)) {
        story_say(s, " The reduced %s does not lower the accuracy: there is no fall to explain.", scale_name(s->k));
        story_end(s);
        return;
    }
    story_say(s, " From naive float to %s %g it falls by", scale_name(s->k), scale(s));
    story_say_points(s, " ", "drop");
    story_say(s, ".");
    if (rounding > 0 && smoothing <= 0) {
        story_say_points(s, " Rounding accounts for all of it: the exact gradient of the network itself takes ", "rounding");
        story_say(s, ".");
    } else if (rounding > 0) {
        story_say_points(s, " Rounding accounts for ", "rounding");
        story_say_share(s, ", ", "rounding_share");
        story_say(s, " of the fall: so much the exact gradient of the network itself brings about.");
    } else
        story_say(s, " Rounding accounts for none of it: the exact gradient does not lower the accuracy.");
    if (smoothing > 0) {
        story_say_points(s, " Smoothing accounts for ", "smoothing");
        story_say_share(s, ", ", "smoothing_share");
        story_say(s, ": the gradient of the network at %s %g brings them about, the network's own does not.", scale_name(s->k),
                  scale(s));
    } else
        story_say(s, " Smoothing accounts for none: the exact gradient does no worse than the reduced %s.", scale_name(s->k));
    if (story_mean(s, "drop_double") > 0) {
        story_say_points(s, " From naive double it falls by ", "drop_double");
        if (story_mean(s, "rounding_double") >= story_mean(s, "drop_double"))
            story_say(s, ", all of it by rounding");
        else if (story_mean(s, "rounding_double") > 0) {
            story_say_points(s, ", of which ", "rounding_double");
            story_say_share(s, ", ", "rounding_share_double");
            story_say(s, ", are rounding");
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
    const bool better = story_mean(s, "beyond_random") > 0;
    story_begin(s, false);
    story_say_share(s, "Controls. Random signs leave an accuracy of ", "random");
    story_say_share(s, ", the naive float signs with their zeros filled at random ", "filled");
    story_say(s, ".");
    if (story_mean(s, "random_points") > 0)
        story_say_points(s, " So a step that knows nothing of the gradient takes ", "random_points");
    else
        story_say(s, " So a step that knows nothing of the gradient takes nothing");
    if (better)
        story_say_points(s, ", and the exact gradient ", "beyond_random");
    story_say(s, better ? " more" : ", and the exact gradient no more");
    story_say_p(s, " (McNemar's test against the best of the random seeds, ", "log10_p_random");
    story_say_p(s, "; against the filled signs, ", "log10_p_filled");
    story_say(s, s->seeds > 1 ? "; the greatest of the trainings)." : ").");
    if (story_answers(s, ANSWER_RANDOM) > 0)
        story_say(s, " %s that the exact gradient is better than random signs is not shown at the 1 %% level.",
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
    story_say(s, "Direction. The signs of the exact gradient at %s %g are those of the network's own gradient in ",
              scale_name(s->k), scale(s));
    story_say_value(s, "agreement", " %");
    story_say(s, " of the elements (guessing: 50 %%)");
    if (!isnan(story_mean(s, "cosine")) && !isnan(story_mean(s, "rank")))
        story_say(s, "; for the median image the cosine of the two is %.2f and the rank correlation of their magnitudes %.2f",
                  story_mean(s, "cosine"), story_mean(s, "rank"));
    if (agreement < 60)
        story_say(s, ". The reduced %s does not estimate the network's gradient: it gives that of another function.",
                  scale_name(s->k));
    else
        story_say(s, ". The reduced %s is %s the network's gradient.", scale_name(s->k),
                  agreement < 85 ? "a rough estimate of" : "close to");
    story_end(s);
}

/* What is not as the paper has it, by a point or a decade at least. */
static void
tell_differences(story *s)
{
    enum { MOST = 64 };
    paper_figure figure[MOST];
    const size_t n = reproduction_paper(figure, MOST, s->report);
    size_t said = 0;
    story_begin(s, false);
    story_say(s, "Against the paper's numbers (ours of seed %.0f), what differs by a point or a decade or more: ",
              report_number(json_object_get(s->report, "settings"), "seed"));
    for (size_t i = 0; i < n; i++)
        if (fabs(figure[i].ours - figure[i].paper) >= 1)
            story_say(s, "%s%s: %.4g %s in the paper, %.4g here, %+.2f", said++ > 0 ? "; " : "", figure[i].what, figure[i].paper,
                      figure[i].unit, figure[i].ours, figure[i].ours - figure[i].paper);
    story_say(s, said > 0 ? "." : "nothing.");
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
    story_say(&s, "What does not match the paper");
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
