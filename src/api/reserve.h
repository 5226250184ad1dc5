/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.h -- memory put aside for libraries that cannot fail: a call that lacks memory goes on with it until it can end. */
#ifndef API_RESERVE_H
#define API_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: there is none left. Any thread may take and give. A block that is lost is lost to all later calls. */
void *reserve_take(size_t size);
void reserve_give(void *block);
bool reserve_has(const void *block);

/* Bytes in use, and the most that have been. */
size_t reserve_used(void);
size_t reserve_peak(void);

#endif
