/* SPDX-License-Identifier: Apache-2.0 */
/* other_files.c -- unsupported files of other programs, detected by content; see tensors.h */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <zlib.h>

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

/* ---- files of no kind that is read, each with its mark, and what to do ------------------------------------------- */

#define SAVEZ "save its weights where it was made: numpy.savez('model.npz', *model.get_weights())"
#define NO_MODEL "a model is a safetensors, ONNX or .npz file, or a folder of .npy files"
#define NO_DATA "data are IDX, .npy, .npz or CSV files"
#define PICTURE(kind)                                                                                                              \
    "is a picture (" kind ")", NO_MODEL, "data are arrays of pictures. In Python: numpy.save('images.npy', "                       \
                                         "[numpy.asarray(PIL.Image.open(f).convert('L')) for f in files])"
#define MATLAB                                                                                                                     \
    "is a MATLAB file (.mat)", "in Python: m = scipy.io.loadmat(file); numpy.savez('model.npz', W1=m['W1'], b1=m['b1'], ...)",     \
        "in Python: m = scipy.io.loadmat(file); numpy.savez('data.npz', x_test=m['x'], y_test=m['y'])"
#define SAME(way) way, way

static const struct {
    size_t at;
    const char *mark;
    size_t length;
    const char *is, *model_way, *data_way;
} marks[] = {
#define MARK(at, mark) at, mark, sizeof(mark) - 1
    { MARK(0, "version https://git-lfs."), "is a pointer of Git LFS, which stands in the place of the file",
      SAME("git lfs pull fetches it") },
    { MARK(0, "\xfd" "7zXZ\0"), "is compressed by xz", SAME("unxz it") },
    { MARK(4, "1AY&SY"), "is compressed by bzip2", SAME("bunzip2 it") },
    { MARK(0, "\x28\xb5\x2f\xfd"), "is compressed by zstd", SAME("unzstd it") },
    { MARK(0, "7z\xbc\xaf\x27\x1c"), "is a 7z archive", SAME("unpack it, and name the file in it") },
    { MARK(0, "Rar!\x1a\x07"), "is a RAR archive", SAME("unpack it, and name the file in it") },
    { MARK(257, "ustar"), "is a tar archive", SAME("unpack it (tar xf), and name the file in it") },
    { MARK(0, "MATLAB 7.3"), "is a MATLAB file of version 7.3", SAME("in MATLAB save it with '-v7', for scipy.io.loadmat") },
    { MARK(0, "MATLAB "), MATLAB },
    { MARK(0, "\x89PNG\r\n\x1a\n"), PICTURE("PNG") },
    { MARK(0, "\xff\xd8\xff"), PICTURE("JPEG") },
    { MARK(0, "GIF87a"), PICTURE("GIF") },
    { MARK(0, "GIF89a"), PICTURE("GIF") },
    { MARK(0, "II*\0"), PICTURE("TIFF") },
    { MARK(0, "MM\0*"), PICTURE("TIFF") },
    { MARK(8, "WEBPVP8"), PICTURE("WebP") },
    { MARK(0, "%PDF-"), "is a PDF", NO_MODEL, NO_DATA },
    { MARK(0, "GGUF\2\0"), "is a GGUF file, of a language model", TENSORS_READ, NO_DATA },
    { MARK(0, "GGUF\3\0"), "is a GGUF file, of a language model", TENSORS_READ, NO_DATA },
    { MARK(1, "\xa6params"), "is a msgpack file, as Flax writes",
      "in Python: p = flax.serialization.msgpack_restore(open(file, 'rb').read()); "
      "numpy.savez('model.npz', **flax.traverse_util.flatten_dict(p, sep='/'))", NO_DATA },
    { MARK(0, "\4\0\0\0\1\0\0\0\3\0\0\0V 1"), "is a file of Torch 7 (Lua)", NO_MODEL, NO_DATA },
    { MARK(0, "PAR1"), "is a Parquet file", NO_MODEL,
      "in Python: pandas.read_parquet(file).to_csv('data.csv', index=False)" },
    { MARK(0, "SIMPLE  ="), "is a FITS file", NO_MODEL,
      "in Python: numpy.save('images.npy', astropy.io.fits.getdata(file))" },
#undef MARK
};

/* A web page, as a failed download leaves. */
static bool
is_html(const file_bytes *file)
{
    static const char *const begins[] = { "<!doctype html", "<html", "<?xml" };
    const char *const text = (const char *)file->data;
    size_t i = 0;
    while (i < file->size && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
        i++;
    for (size_t k = 0; k < sizeof begins / sizeof *begins; k++)
        if (file->size - i >= strlen(begins[k]) && strncasecmp(text + i, begins[k], strlen(begins[k])) == 0)
            return true;
    return false;
}

/* GA_OK: it has none of the marks. */
static ga_code
refuse_marked(tensors_source *source, const file_bytes *file, bool model)
{
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
        if (file->size >= marks[k].at + marks[k].length && memcmp(file->data + marks[k].at, marks[k].mark, marks[k].length) == 0)
            return SOURCE_FAULT(source, "%s: %s", marks[k].is, model ? marks[k].model_way : marks[k].data_way);
    return !is_html(file) ? GA_OK
                          : SOURCE_FAULT(source, "is a web page (HTML or XML), as a failed download leaves: download the file");
}

ga_code
other_data_refuse(tensors_source *source, const file_bytes *file)
{
    static const char none[4];
    if (file_is_zip(file) && holds(file, "/data.pkl"))
        return SOURCE_FAULT(source, "is a file of PyTorch, which is a Python pickle; save with numpy.savez('data.npz', "
                                    "x_test=x.numpy(), y_test=y.numpy())");
    if (file->size > 8 && memcmp(file->data + 4, none, sizeof none) == 0 && file->data[8] == '{')
        return SOURCE_FAULT(source, "is a safetensors file, as a model is; " NO_DATA);
    return refuse_marked(source, file, false);
}

static bool
is_idx_bytes(const file_bytes *file)
{
    return FILE_STARTS(file, "\0\0\x08\x01") || FILE_STARTS(file, "\0\0\x08\x03");
}

/* A model that is packed; or something else, which is for another option or in an archive. */
static ga_code
refuse_gzip(tensors_source *source, const file_bytes *file)
{
    uint8_t first[512] = { 0 };
    z_stream z = { .next_in = file->data, .avail_in = (uInt)(file->size < ENDS ? file->size : ENDS),
                   .next_out = first, .avail_out = sizeof first };
    if (inflateInit2(&z, 15 + 16) == Z_OK) {
        inflate(&z, Z_SYNC_FLUSH);
        inflateEnd(&z);
    }
    const file_bytes unpacked = { first, sizeof first - z.avail_out };
    if (is_idx_bytes(&unpacked))
        return SOURCE_FAULT(source, "is an IDX file of images or labels (gzip), which are for --data and --labels");
    if (unpacked.size > 262 && memcmp(first + 257, "ustar", 5) == 0)
        return SOURCE_FAULT(source, "is a tar archive (gzip): unpack it (tar xzf), and name the file in it");
    return SOURCE_FAULT(source, "is compressed by gzip, as a model is not to be: gunzip it");
}

/* The index of a TensorFlow checkpoint, a table of LevelDB. */
static bool
is_checkpoint_index(const file_bytes *file)
{
    static const char end[] = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
    return file->size > 48 && memcmp(file->data + file->size - (sizeof end - 1), end, sizeof end - 1) == 0;
}

ga_code
other_file_refuse(tensors_source *source, const file_bytes *file)
{
    if (file_is_zip(file))
        return holds(file, "/data.pkl") ? refuse_torch(source, file)
               : is_keras(file)         ? refuse_convertible(source, "is a .keras file of Keras")
                                        : GA_OK;
    if (file_is_pickle(file) || is_old_pickle(file))
        return refuse_pickle(source, file);
    if (file_is_hdf5(file))
        return refuse_convertible(source, "is an HDF5 file, as Keras writes (.h5)");
    if (file_is_gzip(file))
        return refuse_gzip(source, file);
    if (FILE_STARTS(file, "\x93NUMPY"))
        return SOURCE_FAULT(source, "is one array; a model is a folder of .npy files, or a .npz file");
    if (is_tensorflow(file))
        return SOURCE_FAULT(source, "is a graph of TensorFlow (.pb), which is not read; " SAVEZ);
    if (file->size >= 8 && memcmp(file->data + 4, "TFL3", 4) == 0)
        return SOURCE_FAULT(source, "is a TensorFlow Lite file (.tflite), which is not read; " SAVEZ);
    if (FILE_STARTS(file, "//"))
        return SOURCE_FAULT(source, "is a text that begins with //, as .nnet files do, which are not read");
    if (is_json(file))
        return SOURCE_FAULT(source, "is JSON, which may describe a network but is not read; weights are in another file, such as "
                                    "Keras's .weights.h5");
    if (is_checkpoint_index(file))
        return SOURCE_FAULT(source, "is the index of a checkpoint of TensorFlow, which is not read; " SAVEZ);
    if (is_idx_bytes(file))
        return SOURCE_FAULT(source, "is an IDX file of images or labels, which are for --data and --labels");
    return refuse_marked(source, file, true);
}

ga_code
other_folder_refuse(tensors_source *source)
{
    static const struct {
        const char *file, *fault;
    } known[] = {
        { "saved_model.pb", "is a SavedModel of TensorFlow, which is not read; " SAVEZ },
        { "model.safetensors", "is a folder with a model.safetensors: name that file" },
        { "model.onnx", "is a folder with a model.onnx: name that file" },
        { "pytorch_model.bin", "is a folder with a pytorch_model.bin: name that file" },
    };
    char path[8192];
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (snprintf(path, sizeof path, "%s/%s", source->path, known[k].file) < (int)sizeof path && access(path, F_OK) == 0)
            return SOURCE_FAULT(source, "%s", known[k].fault);
    return SOURCE_FAULT(source, "a folder without .npy files is no model");
}
