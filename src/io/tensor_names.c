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
add_number(tensor_name_parts *parts, size_t *end, unsigned long number)
{
    if (parts->n_numbers == NAME_NUMBERS)
        return false;
    parts->number[parts->n_numbers++] = number;
    parts->pattern[(*end)++] = '0';
    return true;
}

/* The end of a component: one without a number has the number 0. No digit of the text is in the pattern. */
static bool
end_component(tensor_name_parts *parts, size_t *end)
{
    return (*end > 0 && parts->pattern[*end - 1] == '0') || add_number(parts, end, 0);
}

/* "_" and digits leave the text and become numbers. */
static bool
take_numbers(tensor_name_parts *parts, const char *text, size_t length)
{
    size_t end = 0;
    for (size_t i = 0; i < length;) {
        const size_t digits = i + (text[i] == '_');
        if (digits >= length || !is_digit(text[digits])) {
            if ((text[i] == '.' || text[i] == '/') && !end_component(parts, &end))
                return false;
            parts->pattern[end++] = text[i++];
            continue;
        }
        unsigned long value = 0;
        for (i = digits; i < length && is_digit(text[i]); i++)
            if ((value = 10 * value + (unsigned long)(text[i] - '0')) > 1000000000)
                return false;
        if (!add_number(parts, &end, value + 1))
            return false;
    }
    return end_component(parts, &end); /* the rest of the pattern is 0 */
}

/* Takes word off the end of text; what is before it must be a separator, or nothing. */
static bool
ends_in(size_t *length, const char *text, const char *word)
{
    const size_t n = strlen(word);
    if (*length < n || memcmp(text + *length - n, word, n) != 0)
        return false;
    if (*length > n && strchr("./_", text[*length - n - 1]) == NULL) /* "_" where a folder's files cannot have the others */
        return false;
    *length -= n + (*length > n);
    return true;
}

/* W1, b1, weight_1, …: the word and a number. */
static bool
begins_with(const char *text, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(text, word, n) != 0)
        return false;
    text += n + (text[n] == '_');
    return is_digit(*text) && text[strspn(text, "0123456789")] == '\0';
}

bool
tensor_name_parse(tensor_name_parts *parts, const char *name)
{
    static const char *const last[] = { "weight", "bias", "kernel", "bias" };
    static const char *const first[] = { "W", "b", "w", "b", "weight", "bias" };
    size_t length = strlen(name);

    *parts = (tensor_name_parts){ 0 };
    if (length > NAME_CAP)
        return false;
    if (length > 2 && strcmp(name + length - 2, ":0") == 0)
        length -= 2;
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (ends_in(&length, name, last[i])) {
            parts->bias = i % 2 == 1;
            return take_numbers(parts, name, length);
        }
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (begins_with(name, first[i])) {
            parts->bias = i % 2 == 1;
            return take_numbers(parts, name + strlen(first[i]), length - strlen(first[i]));
        }
    parts->place = begins_with(name, "arr");
    return parts->place && take_numbers(parts, name, length);
}

int
tensor_name_compare(const tensor_name_parts *a, const tensor_name_parts *b)
{
    for (size_t i = 0; i < NAME_NUMBERS; i++)
        if (a->number[i] != b->number[i])
            return a->number[i] < b->number[i] ? -1 : 1;
    return 0;
}

bool
tensor_name_same_layer(const tensor_name_parts *a, const tensor_name_parts *b)
{
    return strcmp(a->pattern, b->pattern) == 0 && tensor_name_compare(a, b) == 0;
}
