/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_words.c -- the answer in words; see reproduction_answer.h. No sentence is there before its numbers are: each is chosen
   by comparing them. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "report/reproduction.h"
#include "report/reproduction_answer.h"

/* A report being told. */
typedef struct {
    answer_paragraph *paragraph;
    size_t n;
    const json_t *report, *answer, *network; /* network: the answer of the one that is spoken of */
    network_index k;
    size_t seeds;
    FILE *out; /* the paragraph under way */
    char *text;
    size_t size;
} story;

static void
begin(story *s, bool heading)
{
    s->out = s->n < ANSWER_PARAGRAPHS ? open_memstream(&s->text, &s->size) : NULL;
    if (s->out != NULL)
        s->paragraph[s->n].heading = heading;
}

static void
end(story *s)
{
    if (s->out == NULL)
        return;
    fclose(s->out);
    if (s->text != NULL)
        s->paragraph[s->n++].text = s->text;
    s->text = NULL;
}

__attribute__((format(printf, 2, 3))) static void
say(const story *s, const char *format, ...)
{
    va_list arguments;
    if (s->out == NULL)
        return;
    va_start(arguments, format);
    vfprintf(s->out, format, arguments);
    va_end(arguments);
}

static const json_t *
value_of(const story *s, const char *key)
{
    return json_object_get(s->network, key);
}

static double
mean_of(const story *s, const char *key)
{
    return report_number(value_of(s, key), "mean");
}

static double
least_of(const story *s, const char *key)
{
    return report_number(value_of(s, key), "least");
}

static double
greatest_of(const story *s, const char *key)
{
    return report_number(value_of(s, key), "greatest");
}

/* Two decimals; what would be rounded to 0 or 100 and is neither says so. */
static void
say_number(const story *s, double x, const char *unit)
{
    const bool share = strcmp(unit, " %") == 0;
    if (isnan(x))
        say(s, "an unknown number of%s", share ? " per cent" : " points");
    else if (share && x > 0 && x < 0.005)
        say(s, "less than 0.01%s", unit);
    else if (share && x < 100 && x >= 99.995)
        say(s, "more than 99.99%s", unit);
    else
        say(s, share && (x == 0 || x == 100) ? "%.0f%s" : "%.2f%s", x, unit);
}

/* "62.47 %", and with several seeds " (60.01 to 64.92)". */
static void
say_value(const story *s, const char *key, const char *unit)
{
    say_number(s, mean_of(s, key), unit);
    if (s->seeds > 1 && least_of(s, key) < greatest_of(s, key))
        say(s, " (%.2f to %.2f)", least_of(s, key), greatest_of(s, key));
}

static void
say_share(const story *s, const char *before, const char *key)
{
    say(s, "%s", before);
    say_value(s, key, " %");
}

static void
say_points(const story *s, const char *before, const char *key)
{
    say(s, "%s", before);
    say_value(s, key, " points");
}

/* The greatest p of the seeds. */
static void
say_p(const story *s, const char *before, const char *key)
{
    const double log10_p = greatest_of(s, key);
    if (isnan(log10_p))
        say(s, "%sp unknown", before);
    else if (log10_p < -3)
        say(s, "%sp < 1e%.0f", before, fmax(ceil(log10_p), -9999));
    else
        say(s, "%sp = %.2g", before, pow(10, log10_p));
}

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

static void
look_at(story *s, network_index k)
{
    s->k = k;
    s->network = json_object_get(s->answer, network_names[k]);
}

static size_t
count_answers(const story *s, answer_kind kind)
{
    size_t n = 0, i;
    json_t *answer;
    json_array_foreach(value_of(s, "answers"), i, answer)
        n += json_is_string(answer) && strcmp(json_string_value(answer), answer_names[kind]) == 0;
    return n;
}

static const char *const short_answers[N_ANSWERS] = {
    "it cannot be said", "there is nothing to explain", "it is not shown", "yes", "in part", "hardly"
};

/* "in part: …", or where the seeds differ "yes for 2 of 3 seeds, in part for 1". */
static void
say_answer(const story *s)
{
    answer_kind only = ANSWER_UNKNOWN;
    const size_t all = json_array_size(value_of(s, "answers"));
    for (answer_kind a = 0; a < N_ANSWERS; a++)
        only = all > 0 && count_answers(s, a) == all ? a : only;
    if (all == 0 || count_answers(s, only) == all)
        say(s, "%s", short_answers[only]);
    else
        for (size_t a = 0, said = 0; a < N_ANSWERS; a++)
            if (count_answers(s, (answer_kind)a) > 0)
                say(s, "%s%s for %zu of %zu seeds", said++ > 0 ? ", " : "", short_answers[a], count_answers(s, (answer_kind)a), all);
    if (only == ANSWER_NO_FALL)
        say(s, "; the reduced %s does not lower the accuracy by a point", scale_name(s->k));
    else if (only == ANSWER_RANDOM)
        say(s, "; in paired tests the exact gradient does not beat random signs");
    else if (count_answers(s, ANSWER_UNKNOWN) < all && !isnan(mean_of(s, "rounding_share"))) {
        say_share(s, "; ", "rounding_share");
        say_share(s, " of the fall in accuracy is rounding, ", "smoothing_share");
        say(s, " is smoothing");
    }
}

static void
say_seeds(const story *s)
{
    size_t i;
    json_t *seed;
    const json_t *all = json_object_get(s->answer, "seeds");
    if (s->seeds > 1)
        say(s, "The numbers are means over %zu trainings (seeds", s->seeds);
    else
        say(s, "The numbers are of one training (seed");
    json_array_foreach(all, i, seed)
        say(s, "%s %.0f", i > 0 ? "," : "", json_number_value(seed));
    say(s, s->seeds > 1 ? "), the least and the greatest in parentheses" : "), and another may give others");
    say(s, "; FGSM is on %.0f test images.", report_number(json_object_get(s->report, "settings"), "images"));
}

static void
tell_answer(story *s)
{
    begin(s, false);
    say(s, "The paper says: saturated networks withstand FGSM because floating point loses the gradient, and a stable gradient brings "
           "the attack back. Is that so? ");
    for (size_t k = 0; k < 2; k++) {
        look_at(s, k == 0 ? SATURATED_SIGMOID : SATURATED_RELU);
        say(s, "For the %s network: ", subject(s->k));
        say_answer(s);
        say(s, k == 0 ? ". " : ".");
    }
    end(s);
    begin(s, false);
    say_seeds(s);
    say(s, " Rounding is the part of the fall that the exact gradient of the network itself brings about; smoothing is the part that "
           "only the gradient of another network does, that of reduced gain. \"Yes\" is said where rounding is at least 90 %% of "
           "the fall and the exact gradient beats random signs, \"hardly\" where it is at most 10 %%. A zero is below range where the "
           "true value is not 0 but nearer to 0 than to the least number of the format, so that 0 is the correctly rounded answer; it "
           "is lost where the format has a better answer that the computation missed.");
    end(s);
}

static void
say_zeros(const story *s, const char *format, const char *zero, const char *below, const char *lost, const char *real)
{
    if (greatest_of(s, zero) == 0) {
        say(s, " In %s no element of the naive gradient is 0.", format);
        return;
    }
    say(s, " In %s ", format);
    say_value(s, zero, " %");
    say_share(s, " of the naive gradient's elements are 0; ", below);
    say_share(s, " of these are below range, ", lost);
    say(s, " lost, and ");
    if (greatest_of(s, real) == 0)
        say(s, "none is truly zero.");
    else {
        say_value(s, real, " %");
        say(s, " truly zero.");
    }
}

static void
tell_zeros(story *s)
{
    begin(s, false);
    say(s, "Zeros.");
    say_zeros(s, "float", "zero_float", "below_float", "lost_float", "true_float");
    say_zeros(s, "double", "zero_double", "below_double", "lost_double", "true_double");
    if (least_of(s, "below_float") > 50)
        say(s, " So most of float's zeros are the end of its range: 0 is the best answer it has, and no other formula would help.");
    else if (greatest_of(s, "lost_float") > 0 && least_of(s, "lost_float") > 50)
        say(s, " So most of float's zeros are made by the computation, not by the range of float.");
    if (!isnan(mean_of(s, "median"))) {
        say(s, " The median of the true magnitudes is 1e%.0f", floor(mean_of(s, "median")));
        if (s->seeds > 1 && floor(least_of(s, "median")) < floor(greatest_of(s, "median")))
            say(s, " (1e%.0f to 1e%.0f)", floor(least_of(s, "median")), floor(greatest_of(s, "median")));
        if (!isnan(mean_of(s, "vanilla_median")))
            say(s, ", that of the vanilla network's 1e%.0f", floor(mean_of(s, "vanilla_median")));
        say(s, ".");
    }
    if (!isnan(mean_of(s, "wrong_float")) && !isnan(mean_of(s, "wrong_double"))) {
        say_share(s, " Of the elements that are not 0, ", "wrong_float");
        say_share(s, " have the wrong sign in float, ", "wrong_double");
        say(s, " in double.");
    }
    if (mean_of(s, "undecided") > 0)
        say(s, " %.0f elements are undecided.", mean_of(s, "undecided"));
    end(s);
}

/* Of the first seed, the only one whose network is drawn: the intervals are of images, not of trainings. */
static void
say_successes(const story *s)
{
    static const char *const role[][2] = { { "naive-float", "naive float" }, { "exact", "the exact gradient" },
                                           { "stable", "the reduced" } };
    const json_t *success = value_of(s, "success");
    for (size_t i = 0; i < sizeof role / sizeof *role; i++)
        if (isnan(report_number(json_object_get(success, role[i][0]), "success_percent")))
            return;
    say(s, " Of the images classified correctly before");
    if (s->seeds > 1)
        say(s, " (seed %.0f)", json_number_value(json_array_get(json_object_get(s->answer, "seeds"), 0)));
    say(s, ", these succeed (95 %% intervals):");
    for (size_t i = 0; i < sizeof role / sizeof *role; i++) {
        const json_t *one = json_object_get(success, role[i][0]);
        say(s, "%s %s%s%s on %.2f %% (%.2f to %.2f)", i > 0 ? "," : "", role[i][1], i == 2 ? " " : "", i == 2 ? scale_name(s->k) : "",
            report_number(one, "success_percent"), report_number(one, "success_low_percent"),
            report_number(one, "success_high_percent"));
    }
    say(s, ".");
}

static void
tell_attack(story *s)
{
    const double drop = mean_of(s, "drop"), rounding = mean_of(s, "rounding"), smoothing = mean_of(s, "smoothing");
    begin(s, false);
    say_share(s, "Attack. Accuracy under FGSM is ", "naive_float");
    say_share(s, " with the naive gradient in float, ", "naive_double");
    say_share(s, " in double, ", "exact");
    say_share(s, " with the exact gradient, ", "stable");
    say(s, " with float's at %s %g", scale_name(s->k), scale(s));
    if (!isnan(mean_of(s, "exact_stable"))) {
        say_share(s, " and ", "exact_stable");
        say(s, " with the exact one there");
    }
    say(s, ".");
    if (!(drop > 0)) {
        say(s, " The reduced %s does not lower the accuracy: there is no fall to explain.", scale_name(s->k));
        end(s);
        return;
    }
    say(s, " From naive float to %s %g it falls by", scale_name(s->k), scale(s));
    say_points(s, " ", "drop");
    say(s, ".");
    if (rounding > 0) {
        say_points(s, " Rounding accounts for ", "rounding");
        say_share(s, ", ", "rounding_share");
        say(s, " of the fall: so much the exact gradient of the network itself brings about.");
    } else
        say(s, " Rounding accounts for none of them: the exact gradient does not lower the accuracy.");
    if (smoothing > 0) {
        say_points(s, " Smoothing accounts for ", "smoothing");
        say_share(s, ", ", "smoothing_share");
        say(s, ": the gradient of the network at %s %g brings them about, the network's own does not.", scale_name(s->k), scale(s));
    } else
        say(s, " Smoothing accounts for none: the exact gradient does no worse than the reduced %s.", scale_name(s->k));
    if (mean_of(s, "drop_double") > 0) {
        say_points(s, " From naive double it falls by ", "drop_double");
        if (mean_of(s, "rounding_double") > 0) {
            say_points(s, ", of which ", "rounding_double");
            say_share(s, ", ", "rounding_share_double");
            say(s, ", are rounding");
        }
        say(s, ".");
    }
    say_successes(s);
    end(s);
}

static void
tell_controls(story *s)
{
    const size_t all = json_array_size(value_of(s, "answers"));
    const bool better = mean_of(s, "beyond_random") > 0;
    begin(s, false);
    say_share(s, "Controls. Random signs leave an accuracy of ", "random");
    say_share(s, ", the naive float signs with their zeros filled at random ", "filled");
    say(s, ".");
    if (mean_of(s, "random_points") > 0)
        say_points(s, " So a step that knows nothing of the gradient takes ", "random_points");
    else
        say(s, " So a step that knows nothing of the gradient takes nothing");
    if (better)
        say_points(s, ", and the exact gradient ", "beyond_random");
    say(s, better ? " more" : ", and the exact gradient no more");
    say_p(s, " (McNemar's test against the best of the random seeds, ", "log10_p_random");
    say_p(s, "; against the filled signs, ", "log10_p_filled");
    say(s, s->seeds > 1 ? "; the greatest of the trainings)." : ").");
    if (count_answers(s, ANSWER_RANDOM) > 0)
        say(s, " %s that the exact gradient is better than random signs is not shown at the 1 %% level.",
            count_answers(s, ANSWER_RANDOM) == all ? "So" : "For at least one training");
    end(s);
}

static void
tell_direction(story *s)
{
    const double agreement = mean_of(s, "agreement");
    if (isnan(agreement))
        return;
    begin(s, false);
    say(s, "Direction. The signs of the exact gradient at %s %g are those of the network's own gradient in ", scale_name(s->k), scale(s));
    say_value(s, "agreement", " %");
    say(s, " of the elements (guessing: 50 %%)");
    if (!isnan(mean_of(s, "cosine")) && !isnan(mean_of(s, "rank")))
        say(s, "; for the median image the cosine of the two is %.2f and the rank correlation of their magnitudes %.2f",
            mean_of(s, "cosine"), mean_of(s, "rank"));
    say(s, agreement < 60   ? ". The reduced %s does not estimate the network's gradient: it is the gradient of another function."
           : agreement < 85 ? ". The reduced %s is a rough estimate of the network's gradient."
                            : ". The reduced %s is close to the network's gradient.",
        scale_name(s->k));
    end(s);
}

/* What is not as the paper has it, by a point or a decade at least. */
static void
tell_differences(story *s)
{
    enum { MOST = 64 };
    paper_figure figure[MOST];
    const size_t n = reproduction_paper(figure, MOST, s->report);
    size_t said = 0;
    begin(s, false);
    say(s, "Against the paper's numbers (ours of seed %.0f), what differs by a point or a decade or more: ",
        report_number(json_object_get(s->report, "settings"), "seed"));
    for (size_t i = 0; i < n; i++)
        if (fabs(figure[i].ours - figure[i].paper) >= 1)
            say(s, "%s%s: %.4g %s in the paper, %.4g here, %+.2f", said++ > 0 ? "; " : "", figure[i].what, figure[i].paper,
                figure[i].unit, figure[i].ours, figure[i].ours - figure[i].paper);
    say(s, said > 0 ? "." : "nothing.");
    end(s);
}

size_t
answer_write(answer_paragraph *paragraph, const json_t *report)
{
    story s = { .paragraph = paragraph, .report = report, .answer = json_object_get(report, "answer") };
    s.seeds = json_array_size(json_object_get(s.answer, "seeds"));
    tell_answer(&s);
    for (size_t k = 0; k < 2; k++) {
        look_at(&s, k == 0 ? SATURATED_SIGMOID : SATURATED_RELU);
        begin(&s, true);
        say(&s, "The saturated %s network", subject(s.k));
        end(&s);
        tell_zeros(&s);
        tell_attack(&s);
        tell_controls(&s);
        tell_direction(&s);
    }
    begin(&s, true);
    say(&s, "What does not match the paper");
    end(&s);
    tell_differences(&s);
    return s.n;
}

void
answer_free(answer_paragraph *paragraph, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paragraph[i].text);
}

/* Lines of at most 79 columns; text is ASCII. */
static void
wrap(FILE *out, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > 79) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        text += length + strspn(text + length, " ");
    }
    fputc('\n', out);
}

void
answer_text(FILE *out, const json_t *report)
{
    answer_row row[ANSWER_ROWS];
    answer_paragraph paragraph[ANSWER_PARAGRAPHS];
    fputs("\nIs the paper's explanation right?\n\n", out);
    fprintf(out, "%-31s %23s %23s\n", "", "sigmoid", "ReLU");
    const size_t rows = answer_table(row, report);
    for (size_t i = 0; i < rows; i++)
        if (row[i].value[0][0] == '\0')
            fprintf(out, "%s\n", row[i].label);
        else
            fprintf(out, "  %-29s %23s %23s\n", row[i].label, row[i].value[0], row[i].value[1]);
    const size_t n = answer_write(paragraph, report);
    for (size_t i = 0; i < n; i++) {
        fputc('\n', out);
        wrap(out, paragraph[i].text);
    }
    answer_free(paragraph, n);
}

void
answer_html(FILE *out, const json_t *report)
{
    answer_row row[ANSWER_ROWS];
    answer_paragraph paragraph[ANSWER_PARAGRAPHS];
    fputs("<h2 id=\"answer\">Is the paper&rsquo;s explanation right?</h2>\n", out);
    const size_t n = answer_write(paragraph, report), rows = answer_table(row, report);
    for (size_t i = 0; i < n; i++) {
        const size_t word = strcspn(paragraph[i].text, " ");
        const bool lead = !paragraph[i].heading && word > 1 && paragraph[i].text[word - 1] == '.'; /* "Zeros." */
        fputs(paragraph[i].heading ? "<h3>" : i == 0 ? "<p class=\"note\">" : "<p>", out);
        if (lead)
            fprintf(out, "<strong>%.*s</strong>", (int)word, paragraph[i].text);
        escape_html(out, paragraph[i].text + (lead ? word : 0));
        fputs(paragraph[i].heading ? "</h3>\n" : "</p>\n", out);
    }
    answer_free(paragraph, n);
    fputs("<h3>The numbers</h3>\n<div class=\"wide\"><table class=\"answer\">\n<tr><th></th><th>saturated sigmoid</th><th>saturated "
          "ReLU</th></tr>\n", out);
    for (size_t i = 0; i < rows; i++)
        if (row[i].value[0][0] == '\0')
            fprintf(out, "<tr><th colspan=\"3\">%s</th></tr>\n", row[i].label);
        else
            fprintf(out, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", row[i].label, row[i].value[0], row[i].value[1]);
    fputs("</table></div>\n", out);
}
