/* SPDX-License-Identifier: Apache-2.0 */
/* npz.h -- the arrays of a .npz file, one after another. */
#ifndef GRADAUDIT_IO_NPZ_H
#define GRADAUDIT_IO_NPZ_H

#include "io/npy.h"
#include "io/tensors.h"

/* name: the entry's without .npy, hostile text. The array is npz_visit's. */
typedef ga_code npz_entry_function(void *data, tensors_source *source, const char *name, const npy *array);

/* Whether an entry is to be read; what is not wanted is not looked at. */
typedef bool npz_wanted_function(void *data, const char *name);

/* Calls entry_function for each entry that is wanted (NULL: all), in the archive's order, until one fails. GA_BAD_FILE for an
   archive that is damaged, says two things at once or is a bomb (FILE_EXPANSION), entries that are encrypted, packed by other
   methods than NumPy's, of one name, or no .npy files. */
ga_code npz_visit(tensors_source *source, const file_bytes *file, npz_wanted_function *wanted, npz_entry_function *entry_function,
                  void *data);

/* An array among the tensors: '<f8', '<f4', '<f2'. */
ga_code tensors_add_npy(tensors *t, tensors_source *source, const char *name, const npy *array);

#endif
