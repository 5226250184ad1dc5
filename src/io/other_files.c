/* SPDX-License-Identifier: Apache-2.0 */
/* other_files.c -- unsupported files of other programs, detected by content; see tensors.h */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/datadir.h"
#include "io/tensors.h"

/* Bytes searched at a file's beginning and end; characters of paths in a command, which must fit a message with the rest. */
enum { ENDS = 1 << 16, SHOWN_FILE = 100, SHOWN_PROGRAM = 120 };

/* The path as one word for a shell; NULL: it has more than most bytes, or memory is out. */
static char *
shell_word(const char *path, size_t most)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./_+,=@%-";
    char *word = malloc(4 * most + 5), *to = word;
    if (word == NULL || strlen(path) > most) {
        free(word);
        return NULL;
    }
    const bool quoted = path[strspn(path, plain)] != '\0' || *path == '\0';
    to += sprintf(to, "%s%s", *path == '-' ? "./" : "", quoted ? "'" : "");
    for (; *path != '\0'; path++)
        to += *path == '\'' ? sprintf(to, "'\\''") : sprintf(to, "%c", *path);
    sprintf(to, "%s", quoted ? "'" : "");
    return word;
}

ga_code
refuse_convertible(tensors_source *source, const char *format, ...)
{
    char what[128];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    char *const word = shell_word(source->path, SHOWN_FILE), *const directory = datadir(NULL);
    char *const path = directory != NULL ? malloc(strlen(directory) + sizeof "/convert_checkpoint.py") : NULL;
    if (path != NULL)
        sprintf(path, "%s/convert_checkpoint.py", directory);
    char *const program = path != NULL ? shell_word(path, SHOWN_PROGRAM) : NULL;
    static const char found[] = "\"$(gradaudit --version | sed -n 's/^data: //p')\"/convert_checkpoint.py";
    const ga_code code = SOURCE_FAULT(source, "%s. To convert it without running it: python3 %s %s model.safetensors", what,
                                      program != NULL ? program : found, word != NULL ? word : "FILE");
    free(program);
    free(path);
    free(directory);
    free(word);
    return code;
}

static bool
holds(const file_bytes *file, const char *text)
{
    const size_t n = file->size < ENDS ? file->size : ENDS;
    return memmem(file->data, n, text, strlen(text)) != NULL || memmem(file->data + file->size - n, n, text, strlen(text)) != NULL;
}

/* PyTorch's zip files have their pickle in NAME/data.pkl. An archive stores names as they are, and so the pickle, unpacked: its
   beginning tells what was saved. */
static ga_code
refuse_torch(tensors_source *source, const file_bytes *file)
{
    static const char dictionary[] = "\x80\002}", ordered[] = "\x80\002ccollections\nOrderedDict";
    const size_t n = file->size < ENDS ? file->size : ENDS;
    if (holds(file, "/constants.pkl"))
        return refuse_convertible(source, "is a TorchScript program of PyTorch");
    const uint8_t *const entry = memmem(file->data, n, "/data.pkl", strlen("/data.pkl"));
    const uint8_t *const pickle = entry != NULL ? memmem(entry, n - (size_t)(entry - file->data), "\x80\002", 2) : NULL;
    const size_t left = pickle != NULL ? file->size - (size_t)(pickle - file->data) : 0;
    if (left >= sizeof ordered - 1 && memcmp(pickle, ordered, sizeof ordered - 1) == 0)
        return refuse_convertible(source, "is a state_dict of PyTorch, which is a Python pickle");
    if (left >= sizeof dictionary - 1 && memcmp(pickle, dictionary, sizeof dictionary - 1) == 0)
        return refuse_convertible(source, "is a dictionary of PyTorch (a checkpoint), which is a Python pickle");
    return refuse_convertible(source, "is a whole module of PyTorch, which is a Python pickle");
}

static ga_code
refuse_pickle(tensors_source *source, const file_bytes *file)
{
    static const char legacy[] = "\x80\002\x8a\nl\xfc\x9c" "F\xf9 j\xa8P\x19.";
    if (file->size >= sizeof legacy - 1 && memcmp(file->data, legacy, sizeof legacy - 1) == 0)
        return refuse_convertible(source, "is a checkpoint of PyTorch before 1.6, which is a Python pickle");
    if (holds(file, "sklearn"))
        return refuse_convertible(source, "is a model of scikit-learn, which is a Python pickle");
    return refuse_convertible(source, "is a Python pickle, which runs code when it is read");
}

/* Keras's own archives begin with an entry of this name. */
static bool
is_keras(const file_bytes *file)
{
    static const char first[] = "metadata.json";
    return (file->size >= 30 + sizeof first - 1 && memcmp(file->data + 30, first, sizeof first - 1) == 0) ||
           holds(file, "model.weights.h5");
}

/* Protocols 0 and 1, which have no mark of their own: from ( ] } or c to a full stop, and no length of a safetensors header. */
static bool
is_old_pickle(const file_bytes *file)
{
    static const char none[4];
    const char *const text = (const char *)file->data;
    return file->size > 8 && strchr("(]}c", text[0]) != NULL && text[0] != '\0' && memcmp(text + 4, none, 4) != 0 &&
           text[file->size - 1] == '.';
}

/* JSON, after spaces; not a safetensors header's length. */
static bool
is_json(const file_bytes *file)
{
    size_t i = 0;
    while (i < file->size && strchr(" \t\r\n", file->data[i]) != NULL && file->data[i] != '\0')
        i++;
    const uint8_t *const at = file->data + i;
    return file->size - i >= 2 && ((at[0] == '{' && strchr("\"} \t\r\n", at[1]) != NULL && at[1] != '\0') ||
                                   (at[0] == '[' && strchr("[]{\"-0123456789 \t\r\n", at[1]) != NULL && at[1] != '\0'));
}

/* TensorFlow's protobufs: a SavedModel has the version 1 and then a message that begins with a message, a GraphDef begins with a
   node, whose name comes first. An ONNX file of version 1 goes on with the name of the program that wrote it. */
static bool
is_tensorflow(const file_bytes *file)
{
    size_t at = FILE_STARTS(file, "\x08\x01\x12") ? 3 : FILE_STARTS(file, "\n") ? 1 : 0;
    if (at == 0)
        return false;
    for (size_t n = 0; n < 5 && at < file->size && (file->data[at] & 0x80) != 0; n++)
        at++;
    if (at + 2 >= file->size || file->data[at + 1] != '\n')
        return false;
    const size_t after = at + 3 + file->data[at + 2]; /* the node's name, whose operator follows */
    return file->data[0] == '\b' || (after < file->size && file->data[after] == '\x12');
}

ga_code
other_file_refuse(tensors_source *source, const file_bytes *file)
{
    static const char savez[] = "save its weights where it was made: numpy.savez('model.npz', *model.get_weights())";
    if (file_is_zip(file))
        return holds(file, "/data.pkl") ? refuse_torch(source, file)
               : is_keras(file)         ? refuse_convertible(source, "is a .keras file of Keras")
                                        : GA_OK;
    if (file_is_pickle(file) || is_old_pickle(file))
        return refuse_pickle(source, file);
    if (file_is_hdf5(file))
        return refuse_convertible(source, "is an HDF5 file, as Keras writes (.h5)");
    if (file_is_gzip(file))
        return SOURCE_FAULT(source, "is compressed by gzip, as a model is not to be: gunzip it");
    if (FILE_STARTS(file, "\x93NUMPY"))
        return SOURCE_FAULT(source, "is one array; a model is a folder of .npy files, or a .npz file");
    if (is_tensorflow(file))
        return SOURCE_FAULT(source, "is a graph of TensorFlow (.pb), which is not read; %s", savez);
    if (file->size >= 8 && memcmp(file->data + 4, "TFL3", 4) == 0)
        return SOURCE_FAULT(source, "is a TensorFlow Lite file (.tflite), which is not read; %s", savez);
    if (FILE_STARTS(file, "//"))
        return SOURCE_FAULT(source, "is a text that begins with //, as .nnet files do, which are not read");
    if (is_json(file))
        return SOURCE_FAULT(source, "is JSON, which may describe a network but is not read; weights are in another file, such as "
                                    "Keras's .weights.h5");
    return GA_OK;
}
