/* SPDX-License-Identifier: Apache-2.0 */
/* elements.c -- see elements.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/elements.h"
#include "io/file.h"
#include "num/format.h"

static const char *const array_names[ELEMENTS_KINDS] = { "mantissa", "exponent", "gradient", "cell", "origin" };

struct elements_writer {
    const plan *p;
    ga_range range;
    size_t n; /* arrays: 2 for each function, 3 for each estimator */
    npy_writer *array[2 * GA_AUDIT_MOST_ESTIMATORS + 3 * GA_AUDIT_MOST_ESTIMATORS];
};

static elements_kind
kind_of(const plan *p, size_t i)
{
    return i < 2 * p->n_functions ? (elements_kind)(i % 2) : (elements_kind)(ELEMENTS_GRADIENT + (i - 2 * p->n_functions) % 3);
}

/* The function or estimator. */
static size_t
owner_of(const plan *p, size_t i)
{
    return i < 2 * p->n_functions ? i / 2 : (i - 2 * p->n_functions) / 3;
}

/* What an estimator computed is saved as binary32 or binary64, to which formats with more bits or exponents are rounded. */
static npy_dtype
dtype_of_kind(elements_kind kind, ga_format format)
{
    switch (kind) {
    case ELEMENTS_MANTISSA:
        return NPY_F64;
    case ELEMENTS_EXPONENT:
        return NPY_I64;
    case ELEMENTS_GRADIENT:
        return npy_dtype_of(format);
    default:
        return NPY_U8;
    }
}

static npy_dtype
dtype_of(const plan *p, size_t i)
{
    const elements_kind kind = kind_of(p, i);
    return dtype_of_kind(kind, kind == ELEMENTS_GRADIENT ? p->estimator[owner_of(p, i)].e.format : (ga_format){ 0 });
}

void
elements_file_name(char *text, size_t size, const char *name, elements_kind kind)
{
    char stem[PLAN_NAME];
    plan_file_name(stem, sizeof stem, name);
    snprintf(text, size, "%s.%s.npy", stem, array_names[kind]);
}

/* directory/elements, made if it is not there. */
static ga_code
make_directory(char *path, size_t size, const char *directory, ga_status *st)
{
    if (snprintf(path, size, "%s/elements", directory) >= (int)size)
        return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return file_fail_errno(st, path, "make the directory", errno);
    return GA_OK;
}

/* NULL if the array is finished under its name. */
static ga_code
open_array(npy_writer **array, const char *path, npy_dtype dtype, size_t rows, size_t cols, bool resume, ga_status *st)
{
    const ga_code code = npy_writer_open(array, path, dtype, rows, cols, resume, st);
    if (code != GA_USAGE || !resume || access(path, F_OK) != 0)
        return code;
    *st = (ga_status){ 0 };
    return GA_OK;
}

ga_code
elements_open(elements_writer **writer, const char *directory, const plan *p, ga_range range, bool resume, ga_status *st)
{
    elements_writer *w = *writer = calloc(1, sizeof *w);
    char path[8192], name[PLAN_NAME + 32];
    if (w == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the arrays of elements");
    w->p = p;
    w->range = range;
    ga_code code = make_directory(path, sizeof path - sizeof name, directory, st);
    const size_t stem = strlen(path), n = 2 * p->n_functions + 3 * p->n_estimators;
    for (; w->n < n && code == GA_OK; w->n++) {
        const size_t owner = owner_of(p, w->n);
        elements_file_name(name, sizeof name, w->n < 2 * p->n_functions ? p->function[owner].name : p->estimator[owner].name,
                           kind_of(p, w->n));
        snprintf(path + stem, sizeof path - stem, "/%s", name);
        code = open_array(&w->array[w->n], path, dtype_of(p, w->n), range.last - range.first + 1, ga_model_inputs(p->job->model),
                          resume, st);
    }
    if (code == GA_OK) { /* the names are on disk before the journal speaks of rows */
        out_sync_directory(path);
        path[stem] = '\0';
        out_sync_directory(path);
    }
    return code;
}

ga_code
part_elements_new(part_elements *b, const plan *p, size_t images, ga_status *st)
{
    const size_t all = images * ga_model_inputs(p->job->model);
    *b = (part_elements){ .mantissa = calloc(p->n_functions * all, sizeof *b->mantissa),
                           .exponent = calloc(p->n_functions * all, sizeof *b->exponent),
                           .gradient = calloc(p->n_estimators * all, sizeof *b->gradient),
                           .cell = calloc(p->n_estimators * all, 1), .origin = calloc(p->n_estimators * all, 1) };
    if (b->mantissa != NULL && b->exponent != NULL && b->gradient != NULL && b->cell != NULL && b->origin != NULL)
        return GA_OK;
    return ga_fail(st, GA_NO_MEMORY, "out of memory for the elements of %zu images", images);
}

void
part_elements_free(part_elements *b)
{
    free(b->mantissa);
    free(b->exponent);
    free(b->gradient);
    free(b->cell);
    free(b->origin);
    *b = (part_elements){ 0 };
}

/* Gradients that are binary32 numbers: narrowed in place, exactly. */
static const void *
narrow(double *gradient, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float x = (float)gradient[i];
        memcpy((char *)gradient + i * sizeof x, &x, sizeof x);
    }
    return gradient;
}

ga_code
elements_put(elements_writer *w, const part_elements *b, ga_range range, ga_status *st)
{
    const size_t images = range.last - range.first + 1, all = images * ga_model_inputs(w->p->job->model);
    for (size_t i = 0; i < w->n; i++) {
        const size_t at = owner_of(w->p, i) * all;
        const void *const data[ELEMENTS_KINDS] = { b->mantissa + at, b->exponent + at, b->gradient + at, b->cell + at,
                                                   b->origin + at };
        const elements_kind kind = kind_of(w->p, i);
        const void *rows = dtype_of(w->p, i) == NPY_F32 ? narrow(b->gradient + at, all) : data[kind];
        if (w->array[i] == NULL)
            continue;
        ga_code code = npy_writer_put(w->array[i], range.first - w->range.first, images, rows, st);
        if (code == GA_OK)
            code = npy_writer_sync(w->array[i], st);
        if (code != GA_OK)
            return code;
    }
    return GA_OK;
}

ga_code
elements_finish(elements_writer *w, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t i = 0; i < w->n && code == GA_OK; i++)
        if (w->array[i] != NULL && (code = npy_writer_finish(w->array[i], st)) == GA_OK)
            w->array[i] = NULL;
    elements_suspend(w);
    return code;
}

void
elements_suspend(elements_writer *w)
{
    for (size_t i = 0; w != NULL && i < w->n; i++)
        if (w->array[i] != NULL)
            npy_writer_suspend(w->array[i], NULL);
    free(w);
}

/* One array of all parts. */
static ga_code
merge_array(const elements_merging *m, const char *name, npy_dtype dtype, ga_status *st)
{
    char path[8192];
    npy_writer *w = NULL;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < m->n; i++)
        rows += m->rows[i];
    snprintf(path, sizeof path, "%s/elements/%s", m->directory, name);
    ga_code code = npy_writer_open(&w, path, dtype, rows, m->n_elements, false, st);
    for (size_t i = 0; i < m->n && code == GA_OK; i++) {
        npy *array;
        snprintf(path, sizeof path, "%s/elements/%s", m->parts[i], name);
        if ((code = npy_read(&array, path, st)) != GA_OK)
            break;
        if (array->n_dims != 2 || array->dim[0] != m->rows[i] || array->dim[1] != m->n_elements || array->dtype != dtype ||
            array->big_endian || array->fortran) /* as it was not written here */
            code = file_fail(st, GA_BAD_FILE, path, "it is not the array of this audit's %zu images", m->rows[i]);
        else
            code = npy_writer_put(w, row, m->rows[i], array->data, st);
        row += m->rows[i];
        npy_free(array);
    }
    if (code == GA_OK && (code = npy_writer_finish(w, st)) == GA_OK)
        return GA_OK;
    npy_writer_discard(w);
    return code;
}

/* Of a report's estimator; double if it has no such name. */
static ga_format
format_of_name(const char *name)
{
    ga_format format = format_of_dtype(GA_F64);
    ga_format_parse(&format, name != NULL ? name : "", NULL);
    return format;
}

static ga_code
merge_list(const elements_merging *m, const json_t *list, elements_kind first, elements_kind last, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t i = 0; i < json_array_size(list); i++)
        for (elements_kind kind = first; kind <= last && code == GA_OK; kind++) {
            char name[PLAN_NAME + 32];
            const json_t *o = json_array_get(list, i);
            const char *owner = json_string_value(json_object_get(o, "name"));
            const char *format = json_string_value(json_object_get(o, "format"));
            elements_file_name(name, sizeof name, owner != NULL ? owner : "", kind);
            code = merge_array(m, name, dtype_of_kind(kind, format_of_name(format)), st);
        }
    return code;
}

ga_code
elements_merge(const elements_merging *m, const json_t *head, ga_status *st)
{
    char path[8192];
    ga_code code = make_directory(path, sizeof path, m->directory, st);
    if (code == GA_OK)
        code = merge_list(m, json_object_get(head, "functions"), ELEMENTS_MANTISSA, ELEMENTS_EXPONENT, st);
    if (code == GA_OK)
        code = merge_list(m, json_object_get(head, "estimators"), ELEMENTS_GRADIENT, ELEMENTS_ORIGIN, st);
    return code;
}
