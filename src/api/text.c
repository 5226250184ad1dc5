/* SPDX-License-Identifier: Apache-2.0 */
/* text.c -- text that is the caller's; see gradaudit/run.h */
#include <stdlib.h>

#include <gradaudit/run.h>

void
ga_text_free(char *text)
{
    free(text);
}
