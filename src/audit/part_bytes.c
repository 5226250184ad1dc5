/* SPDX-License-Identifier: Apache-2.0 */
/* part_bytes.c -- see part_bytes.h */
#include <stdlib.h>
#include <string.h>

#include "audit/part_bytes.h"
#include "io/json_line.h"

ga_code
part_pack(deal_bytes *packed, char **at, const part *p, size_t more, ga_status *st)
{
    json_t *const json = part_with_rows_json(p);
    char *const text = json != NULL ? json_line(json, 0) : NULL;
    const size_t n = text != NULL ? strlen(text) + 1 : 0;
    json_decref(json);
    *packed = (deal_bytes){ text != NULL ? malloc(n + more) : NULL, n + more };
    if (packed->bytes != NULL)
        *at = (char *)memcpy(packed->bytes, text, n) + n;
    free(text);
    return packed->bytes != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for a part");
}

ga_code
part_unpack(part **p, size_t *behind, const deal_bytes *packed, const part_shape *shape, ga_range range, ga_status *st)
{
    ga_status own = { 0 };
    const size_t text = strnlen(packed->bytes, packed->n);
    json_t *const json = text < packed->n ? json_loadb(packed->bytes, text, 0, NULL) : NULL;
    *p = json != NULL ? part_with_rows(json, shape, &own) : NULL;
    json_decref(json);
    if (*p != NULL && (*p)->n_rows == range.last - range.first + 1 && (*p)->row[0].image == range.first) {
        *behind = packed->n - text - 1;
        return GA_OK;
    }
    part_free(*p);
    *p = NULL;
    if (own.code == GA_NO_MEMORY)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a part");
    return ga_fail(st, GA_BAD_FILE, "what another process sent is no part of this audit");
}
