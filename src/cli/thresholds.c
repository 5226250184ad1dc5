/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.c -- gradaudit thresholds: where float or double loses a factor of the gradient */
#include <stdio.h>

#include <gradaudit/thresholds.h>

#include "cli/command.h"

enum { OPTION_FORMAT = 1 };

static const struct argp_option option_table[] = {
    { "format", OPTION_FORMAT, "FORMAT", 0, "float or double (float)", 1 },
    { 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    static const char *const names[] = { "float", "double" };
    static const word_list formats = WORD_LIST("format of thresholds", names);
    ga_format *format = state->input;
    if (key == ARGP_KEY_ARG)
        usage_error(state, "no argument is expected, not '%s'", arg);
    if (key != OPTION_FORMAT)
        return ARGP_ERR_UNKNOWN;
    ga_format_parse(format, names[parse_word(&formats, arg, "--format", state)], NULL);
    return 0;
}

static void
print_threshold(const ga_threshold *t, int digits)
{
    printf("%s\t%s\t%d", t->quantity, t->formulas == GA_NAIVE ? "naive" : "rewrite", t->becomes);
    const double argument[] = { t->exact, t->rounded, t->first, t->last };
    for (size_t i = 0; i < sizeof argument / sizeof *argument; i++)
        printf("\t%a\t%.*g", argument[i], digits, argument[i]);
    printf("\t%lld\n", (long long)t->distance);
}

int
command_thresholds(int argc, char **argv)
{
    static const struct argp argp = {
        option_table, parse, NULL,
        "Prints the first arguments, counted from 0, at which sigma(z) becomes 1 or 0 and a factor of the gradient 0: "
        "sigma' = s(1-s) and its rewriting e/(1+e)^2, tanh' = 1-t^2 and its rewriting 4q/(1+q)^2, and of two classes p_y - 1 and "
        "p_c, whose argument is the margin of the logits. Tab-separated: quantity, formulas, what it becomes; then, each as a "
        "hexadecimal and as a decimal number, where the true value rounded to the format does (exact), the formulas with correctly "
        "rounded exp and tanh (rounded), and those with the C library's, first and from which on always (libm_first, libm_last); "
        "and how many numbers of the format libm_first is beyond rounded. exact and rounded are proved; libm_first and libm_last "
        "are of all numbers up to 2^20 (float) or 2^12 (double) away, and that libm crosses nowhere else is assumed."
        "\vExample:\n"
        "  gradaudit thresholds --format double",
        NULL, NULL, NULL
    };
    ga_format format = { .kind = GA_FLOAT, .bits = 24 };
    ga_threshold threshold[GA_THRESHOLDS];
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &format);
    if (ga_thresholds_find(threshold, format.kind, &st) == GA_OK) {
        printf("#quantity\tformulas\tbecomes\texact_hex\texact\trounded_hex\trounded\tlibm_first_hex\tlibm_first\tlibm_last_hex\t"
               "libm_last\tdistance\n");
        for (size_t i = 0; i < GA_THRESHOLDS; i++)
            print_threshold(threshold + i, format.kind == GA_FLOAT ? 9 : 17);
    }
    return command_end(&st);
}
