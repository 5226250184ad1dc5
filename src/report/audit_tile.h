/* SPDX-License-Identifier: Apache-2.0 */
/* audit_tile.h -- one image as a figure of the page: an input, as it was or attacked, or a gradient. */
#ifndef REPORT_AUDIT_TILE_H
#define REPORT_AUDIT_TILE_H

#include "report/audit_page.h"
#include "report/layout.h"

/* The input of p, moved by eps along the signs unless sign is NULL; title and says stand below it. False: out of memory. */
bool tile_input(FILE *out, const audit_view *v, const layout *l, const part_picture *p, const char *sign, double eps,
                const char *title, const char *says);

/* A gradient of p, of the PICTURE_… in audit/part.h, with its range of decades below it. False: out of memory. */
bool tile_gradient(FILE *out, const layout *l, const part_picture *p, size_t which, const char *title);

/* The colours of gradients, from large negative to large positive. */
void tile_key(FILE *out);

#endif
