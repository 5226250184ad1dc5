/* SPDX-License-Identifier: Apache-2.0 */
/* npz_write.c -- arrays under names, as numpy.savez writes them: a zip archive of .npy files, stored as they are; see npz.h.
   The same arrays are the same bytes: entries have no time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "io/npz.h"

struct npz_writer {
    zip_source_t *bytes; /* where the archive goes, in memory */
    zip_t *zip;          /* NULL: it is closed */
};

enum { NO_DATE = 0x21, NO_TIME = 0 }; /* 1980-01-01 in zip's own */

npz_writer *
npz_writer_new(void)
{
    npz_writer *const w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->bytes = zip_source_buffer_create(NULL, 0, 0, NULL);
    w->zip = w->bytes != NULL ? zip_open_from_source(w->bytes, ZIP_TRUNCATE, NULL) : NULL;
    if (w->zip == NULL) {
        zip_source_free(w->bytes);
        free(w);
        return NULL;
    }
    zip_source_keep(w->bytes); /* beyond zip_close */
    return w;
}

void
npz_writer_free(npz_writer *w)
{
    if (w == NULL)
        return;
    if (w->zip != NULL)
        zip_discard(w->zip);
    zip_source_free(w->bytes);
    free(w);
}

ga_code
npz_writer_add(npz_writer *w, const char *name, const ga_array *numbers, ga_status *st)
{
    file_view file;
    const ga_code code = npy_save(&file, numbers, name, st);
    if (code != GA_OK)
        return code;
    const size_t size = file.bytes.size;
    char *const entry = malloc(strlen(name) + sizeof ".npy");
    void *const data = file_take(&file, 0);
    zip_source_t *const source = entry != NULL && data != NULL ? zip_source_buffer(w->zip, data, size, 1) : NULL;
    zip_int64_t at = -1;
    if (source == NULL) {
        free(data);
    } else {
        sprintf(entry, "%s.npy", name);
        if ((at = zip_file_add(w->zip, entry, source, ZIP_FL_ENC_UTF_8)) < 0)
            zip_source_free(source); /* and data with it */
    }
    free(entry);
    if (at >= 0 && zip_set_file_compression(w->zip, (zip_uint64_t)at, ZIP_CM_STORE, 0) == 0 &&
        zip_file_set_dostime(w->zip, (zip_uint64_t)at, NO_TIME, NO_DATE, 0) == 0)
        return GA_OK;
    return ga_fail(st, GA_NO_MEMORY, "out of memory for the array '%s' of a .npz file", name);
}

/* Copies the archive to the file. */
static ga_code
write_out(npz_writer *w, const char *path, ga_status *st)
{
    char part[1 << 14];
    zip_int64_t n = 0;
    out_file out;
    if (zip_source_open(w->bytes) != 0)
        return ga_fail(st, GA_NO_MEMORY, "%s: out of memory for a .npz file", path);
    ga_code code = out_open(&out, path, st);
    while (code == GA_OK && (n = zip_source_read(w->bytes, part, sizeof part)) > 0)
        fwrite(part, 1, (size_t)n, out.stream);
    if (code == GA_OK && n < 0) {
        out_abort(&out);
        code = ga_fail(st, GA_NO_MEMORY, "%s: out of memory for a .npz file", path);
    } else if (code == GA_OK) {
        code = out_commit(&out, st);
    }
    zip_source_close(w->bytes);
    return code;
}

ga_code
npz_writer_finish(npz_writer *w, const char *path, ga_status *st)
{
    const bool closed = zip_close(w->zip) == 0;
    if (!closed)
        return ga_fail(st, GA_NO_MEMORY, "%s: out of memory for a .npz file", path);
    w->zip = NULL;
    return write_out(w, path, st);
}
