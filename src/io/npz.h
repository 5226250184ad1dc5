/* SPDX-License-Identifier: Apache-2.0 */
/* npz.h -- the arrays of a .npz file, one after another. */
#ifndef GRADAUDIT_IO_NPZ_H
#define GRADAUDIT_IO_NPZ_H

#include "io/npy.h"
#include "io/tensors.h"

/* Opens an archive, whose bytes stay the caller's and must remain until npz_close. GA_BAD_FILE if it is damaged, contradicts itself
   or is a bomb (FILE_EXPANSION), or two entries have one name. On failure *archive is NULL. */
ga_code npz_open(npz **archive, tensors_source *source, const file_bytes *file);
void npz_close(npz *archive); /* or NULL */

size_t npz_count(const npz *archive);
const char *npz_name(const npz *archive, size_t i); /* of entry i, without .npy; hostile text */

/* What the header of entry i says; no more is unpacked. Its data are NULL. GA_BAD_FILE for entries that are encrypted, packed by
   methods other than NumPy's, or no .npy files. */
ga_code npz_look(npy *array, npz *archive, size_t i, tensors_source *source);

/* All of entry i: the array is in *bytes, the caller's, and not aligned. GA_BAD_FILE as npz_look, and for an entry that does not
   unpack to what the directory says. On failure *bytes is empty, and with source->look, when the array has no data. */
ga_code npz_entry(npy *array, file_view *bytes, npz *archive, size_t i, tensors_source *source);

/* The digest of a folder's tensors, once their numbers are there: of a line "DIGEST  NAME.npy" for each. */
void npy_folder_digest(char sha256[DIGEST_TEXT], const tensors *t);

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* An archive being made in memory. NULL if that runs out. */
typedef struct npz_writer npz_writer;
npz_writer *npz_writer_new(void);
void npz_writer_free(npz_writer *w); /* or NULL */

/* Adds a copy of an array. GA_NO_MEMORY; GA_USAGE as npy_save. */
ga_code npz_writer_add(npz_writer *w, const char *name, const ga_array *numbers, ga_status *st);

/* Writes the file, complete or not at all; once. GA_NO_MEMORY, GA_IO_ERROR. */
ga_code npz_writer_finish(npz_writer *w, const char *path, ga_status *st);

#endif
