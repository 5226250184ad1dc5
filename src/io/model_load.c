/* SPDX-License-Identifier: Apache-2.0 */
/* model_load.c -- a model from a file of any format that is known, told by its first bytes; see gradaudit/model.h */
#include <string.h>
#include <sys/stat.h>

#include "io/npz.h"
#include "io/safetensors.h"
#include "io/tensors.h"

size_t
ga_load_limit(size_t asked)
{
    return asked != 0 ? asked : FILE_CAP;
}

enum { FIRST_ENTRIES = 1 << 16, LONGEST_MARK = 9 /* of those that tell a format */ };

/* PyTorch's zip files begin with their pickle, NAME/data.pkl. Names stand in an archive as they are. */
static bool
holds_pickle(const file_bytes *file)
{
    return memmem(file->data, file->size < FIRST_ENTRIES ? file->size : FIRST_ENTRIES, "/data.pkl", strlen("/data.pkl")) != NULL;
}

static ga_code
refuse_pickle(tensors_source *source)
{
    return SOURCE_FAULT(source, "is a Python pickle, which runs code when it is read. In Python: import torch, safetensors.torch; "
                                "m = torch.load('model.pt', map_location='cpu'); safetensors.torch.save_file("
                                "getattr(m, 'state_dict', lambda: m)(), 'model.safetensors')");
}

static ga_code
refuse_keras(tensors_source *source, const char *kind, const char *suffix)
{
    return SOURCE_FAULT(source, "is %s of Keras. In Python: import keras, numpy; "
                                "numpy.savez('model.npz', *keras.models.load_model('model.%s').get_weights())", kind, suffix);
}

/* Keras's own archives begin with an entry of this name. */
static bool
is_keras(const file_bytes *file)
{
    static const char first[] = "metadata.json";
    return file->size >= 30 + sizeof first - 1 && memcmp((const char *)file->data + 30, first, sizeof first - 1) == 0;
}

/* Of the protocols 0 and 1, which have no mark of their own: from ( ] } or c to a full stop, and no length of a safetensors
   header. */
static bool
is_old_pickle(const file_bytes *file)
{
    static const char none[4];
    const char *const text = (const char *)file->data;
    return file->size > 8 && strchr("(]}c", text[0]) != NULL && text[0] != '\0' && memcmp(text + 4, none, 4) != 0 &&
           text[file->size - 1] == '.';
}

/* A graph leaves nothing of this open. */
static ga_code
read_onnx(tensors *t, tensors_source *source, const file_bytes *file)
{
    if (source->options->layout != GA_ANY_LAYOUT || source->options->activation != NULL)
        return SOURCE_FAULT(source, "an ONNX file says its layout and activations itself: --layout and --activation are not for "
                                    "it");
    return onnx_read(t, source, file);
}

/* A length of less than 4 GiB and a brace: none of the marks of other formats goes on so, and the length may begin as one does. */
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
    if (file_is_zip(file))
        return holds_pickle(file) ? refuse_pickle(source) : is_keras(file) ? refuse_keras(source, "a .keras file", "keras")
                                                                           : npz_read(t, source, file);
    if (file_is_pickle(file))
        return refuse_pickle(source);
    if (file_is_hdf5(file))
        return refuse_keras(source, "an HDF5 file", "h5");
    if (file_is_gzip(file))
        return SOURCE_FAULT(source, "is compressed by gzip, as a model is not to be: gunzip it");
    if (FILE_STARTS(file, "\x93NUMPY"))
        return SOURCE_FAULT(source, "is one array; a model is a folder of .npy files, or a .npz file");
    if (onnx_is(file))
        return read_onnx(t, source, file);
    return is_old_pickle(file) ? refuse_pickle(source) : safetensors_read(t, source, file);
}

static ga_code
finish(ga_model **model, tensors *t, tensors_source *source, ga_code code)
{
    ga_status inner = { 0 };
    if (code == GA_OK)
        code = model_assemble(model, t, source);
    if (code == GA_OK && ga_model_check(*model, source->options->allow_nonfinite, &inner) != GA_OK)
        code = SOURCE_FAULT(source, "%s", inner.message);
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

/* Refuses what is no model, as far as that can be told without its numbers. */
static ga_code
look(tensors_source *source, const file_bytes *file)
{
    tensors t = { 0 };
    ga_model *none = NULL;
    source->look = true;
    ga_code code = read_tensors(&t, source, file);
    if (code == GA_OK && t.n > 0) /* of a graph nothing is left to check, and there are no tensors without its numbers */
        code = model_assemble(&none, &t, source);
    source->look = false;
    tensors_free(&t);
    return code;
}

/* Of a model that comes through a pipe: how it begins tells whether it is one that is read. */
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
    ga_load options = asked != NULL ? *asked : (ga_load){ 0 };
    options.max_file = ga_load_limit(options.max_file);
    options.max_memory = ga_load_limit(options.max_memory);
    tensors_source source = { .path = path, .options = &options, .st = st };
    struct stat about;

    *model = NULL;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? read_folder(model, &source) : read_file(model, &source);
}
