/* SPDX-License-Identifier: Apache-2.0 */
/* number_parts.c -- see number_parts.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number_parts.h"
#include "num/format.h"
#include "pass/engine.h"

static void
set_float(void *to, const ga_number *number)
{
    *(float *)to = (float)engine_double(number);
}

static void
set_double(void *to, const ga_number *number)
{
    *(double *)to = engine_double(number);
}

static void
set_sign(void *to, const ga_number *number)
{
    *(int8_t *)to = (int8_t)number->sign;
}

static void
set_mantissa(void *to, const ga_number *number)
{
    *(double *)to = number->mantissa;
}

static void
set_exponent(void *to, const ga_number *number)
{
    *(int64_t *)to = number->exponent;
}

static void
set_state(void *to, const ga_number *number)
{
    *(uint8_t *)to = (uint8_t)number->klass;
}

static const number_part single = { "<f4", "", sizeof(float), set_float }, wide = { "<f8", "", sizeof(double), set_double };
static const number_part parts[] = { { "|i1", ".sign", 1, set_sign }, { "<f8", ".mantissa", sizeof(double), set_mantissa },
                              { "<i8", ".exponent", sizeof(int64_t), set_exponent }, { "|u1", ".state", 1, set_state } };

const number_part *
number_parts(size_t *n, ga_format format)
{
    ga_dtype dtype;
    const bool plain = format_dtype(&dtype, format);
    *n = plain ? 1 : NUMBER_PARTS;
    return !plain ? parts : dtype == GA_F32 ? &single : &wide;
}

ga_code
number_part_add(npz_writer *to, const number_part *p, const char *name, size_t n_dims, const size_t *dim, const void *data,
                ga_status *st)
{
    char *const whole = malloc(strlen(name) + strlen(p->suffix) + 1);
    if (whole == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an array's name");
    sprintf(whole, "%s%s", name, p->suffix);
    const ga_code code = npz_writer_add(to, whole, &(ga_array){ p->type, n_dims, dim, data }, st);
    free(whole);
    return code;
}
