/* SPDX-License-Identifier: Apache-2.0 */
/* format_parse.c -- formats and precision recipes as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/recipe.h"

bool
format_is_word(const char *word)
{
    return format_is_plain_word(word) || recipe_is_word(word);
}

enum { MOST = 200 /* letters of a text */ };

/* The first word between commas of which something holds; false: none, or the text is too long. */
static bool
any_word(char found[MOST], const char *text, bool (*holds)(const char *word))
{
    char words[MOST], *rest = NULL;
    if (strlen(text) >= sizeof words)
        return false;
    strcpy(words, text);
    for (const char *word = strtok_r(words, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
        if (holds(word)) {
            strcpy(found, word);
            return true;
        }
    return false;
}

static bool
is_no_word(const char *word)
{
    return !format_is_word(word);
}

static bool
is_of_recipes(const char *word)
{
    return recipe_is_word(word) && !format_is_plain_word(word);
}

static ga_code
parse_recipe(ga_format *format, const char *text, ga_status *st)
{
    char words[MOST], *rest = NULL;
    ga_format f = format_f32;
    unsigned said = 0;
    ga_code code = GA_OK;
    strcpy(words, text);
    code = format_check_commas(text, st);
    for (const char *word = strtok_r(words, ",", &rest); word != NULL && code == GA_OK; word = strtok_r(NULL, ",", &rest))
        code = recipe_read(&f, &said, word, st);
    if (code == GA_OK && (code = recipe_check(&f, said, st)) == GA_OK)
        *format = f;
    return code;
}

static ga_code
parse(ga_format *format, const char *text, ga_status *st)
{
    char word[MOST], recipes[100], after[140];
    if (any_word(word, text, recipe_names))
        return parse_recipe(format, text, st);
    if (any_word(word, text, is_no_word)) {
        word_names(recipes, sizeof recipes, &recipe_words);
        snprintf(after, sizeof after, "; nor a precision recipe: %s", recipes);
        return format_unknown(word, &recipe_words, after, st);
    }
    if (any_word(word, text, is_of_recipes))
        return ga_fail(st, GA_USAGE, "'%.100s' is of a precision recipe, such as amp-float16: name one", word);
    return format_plain_parse(format, text, st);
}

ga_code
ga_format_parse(ga_format *format, const char *text, ga_status *st)
{
    char *const words = recipe_take_file(NULL, text, ",");
    const ga_code code = words != NULL ? parse(format, words, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for a format's name");
    free(words);
    return code;
}

void
format_name(char *text, size_t size, ga_format f)
{
    if (recipe_is(f) && format_is_known(f) && format_has_range(f))
        recipe_name(text, size, f);
    else
        format_plain_name(text, size, f);
}
