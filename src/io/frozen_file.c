/* SPDX-License-Identifier: Apache-2.0 */
/* frozen_file.c -- see frozen_file.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/file.h"
#include "io/frozen_file.h"
#include "op/op.h"

enum { CAP = 1 << 20 };

static ga_code
read_scale(frozen_scale *to, const json_t *of, size_t i, const char *path, ga_status *st)
{
    const json_t *const scale = json_object_get(of, "scale");
    const char *const name = json_string_value(json_object_get(of, "tensor"));
    if (name == NULL || !json_is_number(scale))
        return file_fail(st, GA_BAD_FILE, path, "tensor %zu of its list has no \"tensor\", a name, and \"scale\", a number", i + 1);
    int e;
    const double x = json_number_value(scale), m = frexp(x, &e);
    if (m > 0 && m < 1 && e - 1 <= OP_MOST_SCALE && e - 1 >= -OP_MOST_SCALE && m != 0.5)
        return file_fail(st, GA_BAD_FILE, path, "the scale of '%.100s' is %.17g, and scales are powers of two, so that dividing by "
                                                "them is exact: %.17g is the next one below", name, x, ldexp(1, e - 1));
    if (m != 0.5 || abs(e - 1) > OP_MOST_SCALE)
        return file_fail(st, GA_BAD_FILE, path, "the scale of '%.100s' is %.17g, and scales are powers of two from 2^-%d to 2^%d",
                         name, x, OP_MOST_SCALE, OP_MOST_SCALE);
    *to = (frozen_scale){ strdup(name), e - 1 };
    return to->tensor != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the scales of tensors");
}

static ga_code
take(ga_frozen *f, const json_t *file, const char *path, ga_status *st)
{
    const json_t *const tensors = json_object_get(file, "tensors");
    const size_t n = json_array_size(tensors);
    if (!json_is_array(tensors))
        return file_fail(st, GA_BAD_FILE, path, "it is no file of scales, an object with a list \"tensors\" (see gradaudit "
                                                "help scales)");
    const char *const model = json_string_value(json_object_get(json_object_get(file, "model"), "sha256"));
    if (model != NULL && strlen(model) < sizeof f->model)
        memcpy(f->model, model, strlen(model) + 1);
    f->path = strdup(path);
    f->scale = calloc(n + 1, sizeof *f->scale);
    if (f->path == NULL || f->scale == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the scales of tensors");
    for (; f->n < n; f->n++) {
        const ga_code code = read_scale(f->scale + f->n, json_array_get(tensors, f->n), f->n, path, st);
        if (code != GA_OK)
            return code;
    }
    const char *const twice = frozen_sort(f);
    return twice == NULL ? GA_OK : file_fail(st, GA_BAD_FILE, path, "'%.100s' is there twice", twice);
}

ga_code
frozen_read(const ga_frozen **f, const char *path, ga_status *st)
{
    file_bytes bytes;
    json_error_t fault;
    *f = NULL;
    ga_code code = file_read(&bytes, path, CAP, FILE_PLAIN, st);
    if (code != GA_OK)
        return code;
    ga_frozen *const made = calloc(1, sizeof *made);
    const char *const text = bytes.size > 0 ? (const char *)bytes.data : ""; /* of an empty file there are no bytes */
    json_t *const file = json_loadb(text, bytes.size, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &fault);
    if (made == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the scales of tensors");
    else if (file == NULL)
        code = file_fail(st, GA_BAD_FILE, path, "line %d is no JSON: %s", fault.line, fault.text);
    else {
        digest_bytes(made->sha256, bytes.data, bytes.size);
        code = take(made, file, path, st);
    }
    json_decref(file);
    free(bytes.data);
    if (code == GA_OK)
        *f = made;
    else
        frozen_free(made);
    return code;
}
