/* SPDX-License-Identifier: Apache-2.0 */
/* part_bytes.h -- a part of an audit, or what is beside it, from one process to another. */
#ifndef AUDIT_PART_BYTES_H
#define AUDIT_PART_BYTES_H

#include "audit/part.h"
#include "run/deal.h"

/* The part's text and a 0, then `more` bytes that the caller fills, from *at on. All processes compute alike, and so write numbers
   alike. GA_NO_MEMORY. */
ga_code part_pack(deal_bytes *packed, char **at, const part *p, size_t more, ga_status *st);

/* The part, if it is of those images; *behind: how many bytes come after it. GA_BAD_FILE, GA_NO_MEMORY. */
ga_code part_unpack(part **p, size_t *behind, const deal_bytes *packed, const part_shape *shape, ga_range range, ga_status *st);

#endif
