/* SPDX-License-Identifier: Apache-2.0 */
/* datadir.h -- where the models and images that come with the program are. */
#ifndef GRADAUDIT_DATADIR_H
#define GRADAUDIT_DATADIR_H

#include "core/status.h"

/* The first of: $GRADAUDIT_DATADIR, when set and not empty, whether it exists or not; ../share/gradaudit beside the running
   program's directory, so that a prefix can be moved; data in it, as in a build tree; the directory configure was given.
   The caller frees it. NULL, with st set, when memory is out. */
char *datadir(ga_status *st);

/* The same for a program in directory bin; NULL: not known. */
char *datadir_of(const char *bin, ga_status *st);

#endif
