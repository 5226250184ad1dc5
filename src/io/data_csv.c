/* SPDX-License-Identifier: Apache-2.0 */
/* data_csv.c -- the images and the labels of a CSV file: which column is which; see data.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/data.h"
#include "num/words.h"

enum { LIST = 300 };

static const char *const label_columns[] = { "label", "class", "target", "y", NULL };

/* The column that option names: by the header, else by its number. */
static ga_code
find_column(size_t *column, const csv *c, const char *text, tensors_source *source)
{
    char list[LIST] = "";
    size_t found = 0, number = 0;
    for (size_t i = 0; c->name != NULL && i < c->columns; i++) {
        const size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", i > 0 ? ", " : ": ", c->name[i]);
        if (strcmp(c->name[i], text) == 0) {
            found++;
            *column = i;
        }
    }
    if (found == 1)
        return GA_OK;
    if (found > 1)
        return SOURCE_FAULT(source, "%zu columns are called '%s'", found, text);
    for (const char *s = text; *s >= '0' && *s <= '9' && number <= c->columns; s++)
        number = 10 * number + (size_t)(*s - '0');
    if (text[strspn(text, "0123456789")] != '\0' || number == 0 || number > c->columns) {
        const word_list names = { "column", (const char *const *)c->name, c->name != NULL ? c->columns : 0 };
        char hint[100];
        word_hint(hint, sizeof hint, &names, text);
        return SOURCE_FAULT(source, "no column is '%s' (--label-column), among %zu%s%s", text, c->columns, list, hint);
    }
    *column = number - 1;
    return GA_OK;
}

/* How many columns have names of labels; *column: the last of them. */
static size_t
named_columns(size_t *column, const csv *c)
{
    size_t found = 0;
    for (size_t i = 0; c->name != NULL && i < c->columns; i++)
        for (size_t k = 0; label_columns[k] != NULL; k++)
            if (strcasecmp(c->name[i], label_columns[k]) == 0) {
                found++;
                *column = i;
            }
    return found;
}

/* The column of labels beside images: c->columns if there is none. */
static ga_code
label_column(size_t *column, const csv *c, const ga_data_options *options, tensors_source *source)
{
    *column = c->columns;
    if (options->label_column != NULL)
        return find_column(column, c, options->label_column, source);
    const size_t found = named_columns(column, c);
    if (found == 1 || (found == 0 && options->labels_optional))
        return GA_OK;
    return SOURCE_FAULT(source, "which of its %zu columns holds the labels (--label-column)? %s", c->columns,
                        found > 1 ? "more than one is called label, class, target or y" :
                        c->name != NULL ? "none is called label, class, target or y" : "it has no header");
}

/* One column of the file, or all but one. */
static ga_code
take_columns(data_array *a, const csv *c, size_t column, bool all_but, tensors_source *source)
{
    const size_t width = all_but ? c->columns - (column < c->columns) : 1;
    const ga_code code = source_take(source, c->rows * width * sizeof *a->value); /* no more than c->value has */
    if (code != GA_OK)
        return code;
    *a = (data_array){ .n_dims = 2, .dim = { c->rows, width }, .value = malloc(c->rows * width * sizeof *a->value) };
    if (a->value == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    double *to = a->value;
    for (size_t i = 0; i < c->rows; i++)
        for (size_t k = 0; k < c->columns; k++)
            if ((k == column) != all_but)
                *to++ = c->value[i * c->columns + k];
    return GA_OK;
}

/* pandas writes such a column unless it is told not to. */
static bool
is_index(const csv *c)
{
    bool is = c->name != NULL && c->columns > 1 && c->rows > 1 && (*c->name[0] == '\0' || strcmp(c->name[0], "Unnamed: 0") == 0);
    for (size_t i = 0; i < c->rows && is; i++)
        is = c->value[i * c->columns] == (double)i;
    return is;
}

static ga_code
split(data_array *images, data_array *labels, const csv *c, const ga_data_options *options, tensors_source *source)
{
    size_t column = c->columns;
    ga_code code = GA_OK;
    if (images != NULL && labels != NULL)
        code = label_column(&column, c, options, source);
    else if (labels != NULL && options->label_column != NULL)
        code = find_column(&column, c, options->label_column, source);
    else if (labels != NULL && named_columns(&column, c) != 1) /* for labels alone the rest are no images: one-hot */
        column = c->columns;
    if (code != GA_OK)
        return code;
    if (images != NULL && is_index(c))
        return SOURCE_FAULT(source, "its first column has no name and numbers the lines, as pandas writes them: save it with "
                                    "df.to_csv('data.csv', index=False)");
    if (images != NULL && c->columns - (column < c->columns) == 0)
        return SOURCE_FAULT(source, "has no column but that of the labels");
    if (images != NULL)
        code = take_columns(images, c, column, true, source);
    if (code == GA_OK && labels != NULL && (column < c->columns || images == NULL))
        code = take_columns(labels, c, column, column == c->columns, source);
    return code;
}

ga_code
data_from_csv(data_array *images, data_array *labels, tensors_source *source, const file_bytes *file,
              const ga_data_options *options)
{
    csv c;
    ga_code code = csv_parse(&c, source, file);
    if (code != GA_OK)
        return code;
    code = split(images, labels, &c, options, source);
    csv_free(&c);
    return code;
}
