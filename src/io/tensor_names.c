/* SPDX-License-Identifier: Apache-2.0 */
/* tensor_names.c -- see tensor_names.h */
#include <string.h>

#include "io/tensor_names.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
add_number(layer_name *parsed, size_t *end, unsigned long number)
{
    if (parsed->n_numbers == NAME_NUMBERS)
        return false;
    parsed->number[parsed->n_numbers++] = number;
    parsed->pattern[(*end)++] = '0';
    return true;
}

/* Ends a component: one without a number gets the number 0. The text's digits are not in the pattern. */
static bool
end_component(layer_name *parsed, size_t *end)
{
    return (*end > 0 && parsed->pattern[*end - 1] == '0') || add_number(parsed, end, 0);
}

/* "_" and digits leave the text and become numbers. */
static bool
take_numbers(layer_name *parsed, const char *text, size_t length)
{
    size_t end = 0;
    for (size_t i = 0; i < length;) {
        const size_t digits = i + (text[i] == '_');
        if (digits >= length || !is_digit(text[digits])) {
            if ((text[i] == '.' || text[i] == '/') && !end_component(parsed, &end))
                return false;
            parsed->pattern[end++] = text[i++];
            continue;
        }
        unsigned long value = 0;
        for (i = digits; i < length && is_digit(text[i]); i++)
            if ((value = 10 * value + (unsigned long)(text[i] - '0')) > 1000000000)
                return false;
        if (!add_number(parsed, &end, value + 1))
            return false;
    }
    return end_component(parsed, &end); /* the rest of the pattern is 0 */
}

/* Takes word off the end of text; a separator, or nothing, must precede it. */
static bool
ends_in(size_t *length, const char *text, const char *word)
{
    const size_t n = strlen(word);
    if (*length < n || memcmp(text + *length - n, word, n) != 0)
        return false;
    if (*length > n && strchr("./_", text[*length - n - 1]) == NULL) /* "_" if a folder's files cannot have the others */
        return false;
    *length -= n + (*length > n);
    return true;
}

/* W1, b1, weight_1, coefs_.0, …: the word and a number; *rest: what follows the word. */
static bool
begins_with(const char **rest, const char *text, size_t length, const char *word)
{
    const size_t n = strlen(word);
    const char *const end = text + length;
    if (length < n || memcmp(text, word, n) != 0)
        return false;
    *rest = text += n;
    text += text < end && *text == '_';
    text += text < end && *text == '.';
    if (text == end || !is_digit(*text))
        return false;
    while (text < end && is_digit(*text))
        text++;
    return text == end;
}

/* What TensorFlow appends to a name. */
static size_t
without_suffix(const char *name)
{
    static const char *const suffixes[] = { ":0", "/.ATTRIBUTES/VARIABLE_VALUE" };
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const size_t n = strlen(suffixes[i]);
        if (length > n && strcmp(name + length - n, suffixes[i]) == 0)
            return length - n;
    }
    return length;
}

/* The first word between separators that tells the layer's place. */
static int
find_precedence(const char *name, size_t length)
{
    static const struct {
        const char *word;
        int precedence;
    } words[] = { { "in", -1 },      { "input", -1 }, { "encoder", -1 }, { "features", -1 }, { "backbone", -1 },
                  { "out", 1 },      { "output", 1 }, { "classifier", 1 }, { "head", 1 },    { "logits", 1 },
                  { "readout", 1 },  { "decoder", 1 }, { "predictions", 1 } };
    for (size_t i = 0, n; i < length; i += n + 1) {
        for (n = 0; i + n < length && strchr("./_", name[i + n]) == NULL;)
            n++;
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (strlen(words[k].word) == n && memcmp(words[k].word, name + i, n) == 0)
                return words[k].precedence;
    }
    return 0;
}

bool
tensor_name_parse(layer_name *parsed, const char *name)
{
    static const char *const last[] = { "weight", "bias", "kernel", "bias", "weights", "biases", "W", "b", "w", "b" };
    static const char *const first[] = { "W", "b", "w", "b", "weight", "bias", "coefs", "intercepts",
                                         "Theta" };
    size_t length = without_suffix(name);
    const char *rest;

    *parsed = (layer_name){ 0 };
    if (length > NAME_CAP)
        return false;
    parsed->precedence = find_precedence(name, length);
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (ends_in(&length, name, last[i])) {
            parsed->bias = i % 2 == 1;
            return take_numbers(parsed, name, length);
        }
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (begins_with(&rest, name, length, first[i])) {
            parsed->bias = i % 2 == 1;
            return take_numbers(parsed, rest, length - (size_t)(rest - name));
        }
    parsed->place = begins_with(&rest, name, length, "arr") || begins_with(&rest, name, length, "Variable") ||
                   (length == strlen("Variable") && memcmp(name, "Variable", length) == 0);
    return parsed->place && take_numbers(parsed, name, length);
}

int
tensor_name_compare(const layer_name *a, const layer_name *b)
{
    for (size_t i = 0; i < NAME_NUMBERS; i++)
        if (a->number[i] != b->number[i])
            return a->number[i] < b->number[i] ? -1 : 1;
    return 0;
}

bool
tensor_name_same_layer(const layer_name *a, const layer_name *b)
{
    return strcmp(a->pattern, b->pattern) == 0 && tensor_name_compare(a, b) == 0;
}
