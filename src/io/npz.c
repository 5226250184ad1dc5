/* SPDX-License-Identifier: Apache-2.0 */
/* npz.c -- the arrays of NumPy's .npz files, which are zip files of .npy files, stored or deflated; see tensors.h

   libzip reads the archive from the bytes in memory; names and sizes are checked before anything is unpacked. No entry's name is
   used as a path. An entry is unpacked only if it can have the size that it claims: deflate (RFC 1951) packs at most 1032 bytes
   into one. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>
#include <zlib.h>

#include "io/npy.h"
#include "io/npz.h"

enum { MOST_EXPANSION = 1032, DEFLATE_SLACK = 1 << 16, END_LENGTH = 22 /* of the end record, its comment apart */,
       LOCATOR_LENGTH = 20, RECORD_LENGTH = 56 };

#define FAULT(source, ...) SOURCE_FAULT(source, __VA_ARGS__)

/* *error: of an entry or the archive. */
static ga_code
zip_fault(tensors_source *source, const char *what, zip_error_t *error)
{
    const int kind = zip_error_code_zip(error);
    /* libzip 1.11 sets no error if it has no memory to convert a name */
    const bool no_memory = kind == ZIP_ER_OK || kind == ZIP_ER_MEMORY ||
                           (kind == ZIP_ER_ZLIB && zip_error_code_system(error) == Z_MEM_ERROR);
    return file_fail(source->st, no_memory ? GA_NO_MEMORY : GA_BAD_FILE, source->path, "%s: %s", what,
                     no_memory ? "out of memory" : zip_error_strerror(error));
}

/* A readable member of the archive: by itself, with a possible size, and packed in a way that NumPy packs. */
static ga_code
check_entry(const zip_stat_t *entry, tensors_source *source)
{
    const zip_uint64_t all = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((entry->valid & all) != all)
        return FAULT(source, "an entry of the archive without a name, size or method");
    if (entry->encryption_method != ZIP_EM_NONE)
        return FAULT(source, "%s: is encrypted", entry->name);
    if (entry->comp_method != ZIP_CM_STORE && entry->comp_method != ZIP_CM_DEFLATE)
        return FAULT(source, "%s: is packed by a method that NumPy does not use (%u)", entry->name, entry->comp_method);
    if (entry->name[0] == '/' || strstr(entry->name, "../") != NULL || strchr(entry->name, '\\') != NULL)
        return FAULT(source, "an entry is called '%s', which is no name of an array", entry->name);
    if (entry->comp_method == ZIP_CM_STORE ? entry->size != entry->comp_size :
                                             entry->size > DEFLATE_SLACK && entry->size / MOST_EXPANSION > entry->comp_size)
        return FAULT(source, "%s: its %ju bytes cannot be packed in %ju", entry->name, (uintmax_t)entry->size,
                     (uintmax_t)entry->comp_size);
    return GA_OK;
}

struct npz {
    zip_t *zip;
    size_t n;
    char **name; /* of the arrays */
};

/* The first *room bytes of the entry, or all if there are fewer. */
static ga_code
unpack(uint8_t *bytes, size_t *room, npz *archive, size_t i, tensors_source *source)
{
    const size_t most = *room;
    zip_int64_t got = 0;
    ga_code code = GA_OK;
    zip_file_t *file = zip_fopen_index(archive->zip, i, 0);

    *room = 0;
    while (file != NULL && *room < most && (got = zip_fread(file, bytes + *room, most - *room)) > 0)
        *room += (size_t)got;
    if (file == NULL || got < 0)
        code = zip_fault(source, zip_get_name(archive->zip, i, 0),
                         file != NULL ? zip_file_get_error(file) : zip_get_error(archive->zip));
    if (file != NULL)
        zip_fclose(file);
    return code;
}

static ga_code
entry_of(zip_stat_t *entry, npz *archive, size_t i, tensors_source *source)
{
    zip_stat_init(entry);
    if (zip_stat_index(archive->zip, i, 0, entry) != 0)
        return zip_fault(source, "an entry of the archive", zip_get_error(archive->zip));
    return check_entry(entry, source);
}

static ga_code
look(npy *array, const file_bytes *first, const zip_stat_t *entry, tensors_source *source)
{
    ga_status inner = { 0 };
    const ga_code code = npy_look(array, first, (size_t)entry->size, entry->name, &inner);
    return code == GA_OK ? GA_OK : file_fail(source->st, code, source->path, "%s", inner.message);
}

ga_code
npz_look(npy *array, npz *archive, size_t i, tensors_source *source)
{
    file_bytes first = { malloc(NPY_FIRST), NPY_FIRST };
    zip_stat_t entry;
    ga_code code = first.data != NULL ? entry_of(&entry, archive, i, source) :
                                        file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    if (code == GA_OK)
        code = unpack(first.data, &first.size, archive, i, source);
    if (code == GA_OK)
        code = look(array, &first, &entry, source);
    array->data = NULL;
    free(first.data);
    return code;
}

static ga_code
read_entry(npy *array, file_bytes *bytes, npz *archive, size_t i, tensors_source *source)
{
    zip_stat_t entry;
    ga_code code = entry_of(&entry, archive, i, source);
    if (code != GA_OK || (code = source_take(source, (size_t)entry.size)) != GA_OK || source->look)
        return code;
    bytes->size = (size_t)entry.size + 1;
    if ((bytes->data = malloc(bytes->size)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory for %s", entry.name);
    if ((code = unpack(bytes->data, &bytes->size, archive, i, source)) != GA_OK)
        return code;
    return bytes->size == entry.size ? look(array, bytes, &entry, source) :
                                       FAULT(source, "%s: does not unpack to the %ju bytes of the archive's directory", entry.name,
                                             (uintmax_t)entry.size);
}

ga_code
npz_entry(npy *array, file_view *bytes, npz *archive, size_t i, tensors_source *source)
{
    *bytes = (file_view){ 0 };
    ga_code code = npz_look(array, archive, i, source); /* before there is memory for all */
    if (code == GA_OK && (code = read_entry(array, &bytes->bytes, archive, i, source)) != GA_OK)
        file_unmap(bytes);
    return code;
}

/* Two entries of one name: whichever is read, another program reads the other. Entries that together unpack to far more than the
   archive are a bomb. */
static ga_code
check_directory(zip_t *archive, zip_int64_t n, size_t size, tensors_source *source)
{
    uintmax_t unpacked = 0;
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t entry;
        zip_stat_init(&entry);
        if (zip_stat_index(archive, (zip_uint64_t)i, 0, &entry) != 0)
            return zip_fault(source, "an entry of the archive", zip_get_error(archive));
        if ((entry.valid & ZIP_STAT_NAME) == 0)
            return FAULT(source, "entry %jd of the archive has no name", (intmax_t)i);
        const zip_int64_t first = zip_name_locate(archive, entry.name, 0);
        if (first < 0)
            return zip_fault(source, entry.name, zip_get_error(archive));
        if (first != i)
            return FAULT(source, "two entries are called '%s'", entry.name);
        if ((entry.valid & ZIP_STAT_SIZE) != 0 && __builtin_add_overflow(unpacked, entry.size, &unpacked))
            return FAULT(source, "%s: its size overflows", entry.name);
        if (unpacked > FILE_BOMB && unpacked / FILE_EXPANSION > size)
            return FAULT(source, "unpacks to more than %d times its size at %s: a zip bomb", FILE_EXPANSION, entry.name);
    }
    return GA_OK;
}

/* What the end record, at bytes before the end of the file, says of the archive's entries, or the zip64 record that it refers to;
   0: neither. APPNOTE.TXT 4.3.14 to 4.3.16. */
static uint64_t
entries_of(const file_bytes *file, size_t at)
{
    const uint8_t *const end = file->data + file->size - at;
    const uint64_t n = little_endian(end + 10, 2);
    if (n < UINT16_MAX)
        return n;
    if (file->size < RECORD_LENGTH || file->size - at < LOCATOR_LENGTH || memcmp(end - LOCATOR_LENGTH, "PK\006\007", 4) != 0)
        return 0;
    const uint64_t record = little_endian(end - LOCATOR_LENGTH + 8, 8);
    return record > file->size - RECORD_LENGTH ? 0 : little_endian(file->data + record + 32, 8);
}

/* libzip reads all entries before anything can be asked. 0 if the archive has no end, as libzip will say. */
static uint64_t
count_entries(const file_bytes *file)
{
    for (size_t at = END_LENGTH; at <= file->size && at <= END_LENGTH + UINT16_MAX; at++) {
        const uint8_t *const end = file->data + file->size - at;
        if (memcmp(end, "PK\005\006", 4) == 0 && little_endian(end + 20, 2) == at - END_LENGTH)
            return entries_of(file, at);
    }
    return 0;
}

/* Their names, without .npy. */
static ga_code
take_names(npz *archive, tensors_source *source)
{
    if ((archive->name = calloc(archive->n + 1, sizeof *archive->name)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    for (size_t i = 0; i < archive->n; i++) {
        const char *const name = zip_get_name(archive->zip, i, 0); /* which check_directory has seen */
        const size_t length = strlen(name);
        const bool suffixed = length > 4 && strcmp(name + length - 4, ".npy") == 0;
        if ((archive->name[i] = strndup(name, length - (suffixed ? 4 : 0))) == NULL)
            return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    }
    return GA_OK;
}

/* NULL: it is damaged, or memory is out, which libzip may report as damage: a second try tells. */
static zip_t *
open_zip(const file_bytes *file, zip_error_t *error)
{
    zip_source_t *const bytes = zip_source_buffer_create(file->data, file->size, 0, error);
    zip_t *const zip = bytes != NULL ? zip_open_from_source(bytes, ZIP_RDONLY | ZIP_CHECKCONS, error) : NULL;
    if (bytes == NULL)
        zip_error_set(error, ZIP_ER_MEMORY, 0);
    else if (zip == NULL)
        zip_source_free(bytes);
    return zip;
}

/* A zip archive of other files: none is named or begins as an array. */
static ga_code
check_arrays(npz *archive, tensors_source *source)
{
    uint8_t mark[6];
    size_t room = sizeof mark;
    for (size_t i = 0; i < archive->n; i++)
        if (strlen(archive->name[i]) != strlen(zip_get_name(archive->zip, i, 0)))
            return GA_OK;
    zip_stat_t entry;
    if (archive->n == 0 || entry_of(&entry, archive, 0, source) != GA_OK || unpack(mark, &room, archive, 0, source) != GA_OK)
        return archive->n == 0 ? GA_OK : source->st->code;
    if (room == sizeof mark && memcmp(mark, "\x93NUMPY", sizeof mark) == 0)
        return GA_OK;
    return FAULT(source, "is a zip archive of other files ('%.80s', ...), not of .npy files: unzip it, and name the file in it",
                 archive->name[0]);
}

static ga_code
open_archive(npz *archive, tensors_source *source, const file_bytes *file)
{
    zip_error_t error;
    zip_error_init(&error);
    for (int attempt = 0; attempt < 2 && archive->zip == NULL; attempt++)
        archive->zip = open_zip(file, &error);
    ga_code code = archive->zip == NULL ? zip_fault(source, "damaged archive", &error) : GA_OK;
    zip_error_fini(&error);
    if (code != GA_OK)
        return code;
    const zip_int64_t n = zip_get_num_entries(archive->zip, 0);
    if (n > TENSORS_CAP)
        return FAULT(source, "more than %d entries", TENSORS_CAP);
    archive->n = (size_t)n;
    code = check_directory(archive->zip, n, file->size, source);
    if (code == GA_OK)
        code = take_names(archive, source);
    return code == GA_OK ? check_arrays(archive, source) : code;
}

ga_code
npz_open(npz **archive, tensors_source *source, const file_bytes *file)
{
    *archive = NULL;
    if (count_entries(file) > TENSORS_CAP)
        return FAULT(source, "more than %d entries", TENSORS_CAP);
    if ((*archive = calloc(1, sizeof **archive)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    const ga_code code = open_archive(*archive, source, file);
    if (code != GA_OK) {
        npz_close(*archive);
        *archive = NULL;
    }
    return code;
}

void
npz_close(npz *archive)
{
    if (archive == NULL)
        return;
    if (archive->zip != NULL)
        zip_discard(archive->zip);
    for (size_t i = 0; archive->name != NULL && i < archive->n; i++)
        free(archive->name[i]);
    free(archive->name);
    free(archive);
}

size_t
npz_count(const npz *archive)
{
    return archive->n;
}

const char *
npz_name(const npz *archive, size_t i)
{
    return archive->name[i];
}
