/* SPDX-License-Identifier: Apache-2.0 */
/* model_load.c -- a model from a file of any known format, detected by its first bytes; see core/model.h */
#include <string.h>
#include <sys/stat.h>

#include "io/npz.h"
#include "io/safetensors.h"
#include "io/tensors.h"

enum { LONGEST_MARK = 9 /* of those that tell a format */ };

/* A graph leaves none of this open; the activation may be repeated if it is the file's. */
static ga_code
read_onnx(tensors *t, tensors_source *source, const file_bytes *file)
{
    const ga_code code = onnx_read(t, source, file);
    return code != GA_OK || source->options->layout == GA_ANY_LAYOUT
               ? code : SOURCE_FAULT(source, "an ONNX file says the layout of its weights itself: --layout is not for it");
}

/* A length of less than 4 GiB and a brace: no other format's mark goes on so, though the length may begin as one does. */
static bool
is_safetensors(const file_bytes *file)
{
    static const char none[4];
    return file->size > 8 && memcmp(file->data + 4, none, 4) == 0 && file->data[8] == '{';
}

static ga_code
read_tensors(tensors *t, tensors_source *source, const file_bytes *file)
{
    if (is_safetensors(file))
        return safetensors_read(t, source, file);
    const ga_code code = other_file_refuse(source, file);
    if (code != GA_OK)
        return code;
    if (file_is_zip(file))
        return npz_read(t, source, file);
    return onnx_is(file) ? read_onnx(t, source, file) : safetensors_read(t, source, file);
}

static ga_code
finish(ga_model **model, tensors *t, tensors_source *source, ga_code code)
{
    ga_status inner = { 0 };
    if (code == GA_OK)
        code = model_assemble(model, t, source);
    if (code == GA_OK && ga_model_check(*model, source->options->allow_nonfinite, &inner) != GA_OK)
        code = SOURCE_FAULT(source, "%s%s", inner.message,
                            ga_model_check(*model, true, NULL) == GA_OK ? "; --allow-nonfinite takes it as it is" : "");
    if (code != GA_OK) {
        ga_model_free(*model);
        *model = NULL;
    }
    return code;
}

ga_code
model_parse(ga_model **model, tensors_source *source, const file_bytes *file)
{
    tensors t = { 0 };
    *model = NULL;
    const ga_code code = finish(model, &t, source, read_tensors(&t, source, file));
    tensors_free(&t);
    return code;
}

/* Refuses what is no model, if that can be told without its numbers. */
static ga_code
look(tensors_source *source, const file_bytes *file)
{
    tensors t = { 0 };
    ga_model *none = NULL;
    source->look = true;
    ga_code code = read_tensors(&t, source, file);
    if (code == GA_OK && t.n > 0) /* a graph leaves nothing to check, and has no tensors without its numbers */
        code = model_assemble(&none, &t, source);
    source->look = false;
    tensors_free(&t);
    return code;
}

/* A model may come through a pipe: its beginning tells whether we read it. */
static size_t
bound(const uint8_t *bytes, size_t n)
{
    const file_bytes first = { (uint8_t *)(uintptr_t)bytes, n };
    return n < LONGEST_MARK || is_safetensors(&first) || file_is_zip(&first) || onnx_is(&first) ? SIZE_MAX : 0;
}

static ga_code
read_file(ga_model **model, tensors_source *source)
{
    file_view file;
    ga_code code = source_map(&file, source, FILE_PLAIN, bound);
    if (code == GA_OK && file.mapped && (code = look(source, &file.bytes)) == GA_OK)
        code = source_own(&file, source);
    if (code == GA_OK && (code = model_parse(model, source, &file.bytes)) == GA_OK)
        memcpy((*model)->sha256, file.sha256, sizeof file.sha256);
    file_unmap(&file);
    return code;
}

static ga_code
read_folder(ga_model **model, tensors_source *source)
{
    tensors t = { 0 };
    const ga_code code = finish(model, &t, source, npy_folder_read(&t, source));
    if (code == GA_OK)
        npy_folder_digest((*model)->sha256, &t);
    tensors_free(&t);
    return code;
}

ga_code
ga_model_load(ga_model **model, const char *path, const ga_load *asked, ga_status *st)
{
    const ga_load options = load_limits(asked);
    tensors_source source = { .path = path, .options = &options, .st = st };
    struct stat about;

    *model = NULL;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? read_folder(model, &source) : read_file(model, &source);
}

ga_code
model_load_bytes(ga_model **model, const file_bytes *bytes, const char *name, const ga_load *asked, ga_status *st)
{
    const ga_load options = load_limits(asked);
    tensors_source source = { .path = name, .memory = bytes, .options = &options, .st = st };

    *model = NULL;
    return read_file(model, &source);
}
