/* SPDX-License-Identifier: Apache-2.0 */
/* assemble_steps.c -- a model's steps on its inputs, from tensors normalise.1.subtract and the like; see tensors.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/tensors.h"
#include "model/preprocessing.h"

const char *
normalise_tensor(char name[NORMALISE_NAME], size_t step, ga_step_kind kind)
{
    snprintf(name, NORMALISE_NAME, "normalise.%zu.%s", step + 1, ga_step_name(kind));
    return name;
}

bool
normalise_is_tensor(const char *name)
{
    return strncmp(name, "normalise.", strlen("normalise.")) == 0;
}

bool
normalise_tensor_parse(size_t *step, ga_step_kind *kind, const char *name)
{
    char own[NORMALISE_NAME];
    for (*step = 0; *step < GA_NORMALISE_STEPS; ++*step)
        for (*kind = GA_SUBTRACT; *kind <= GA_DIVIDE; ++*kind)
            if (strcmp(normalise_tensor(own, *step, *kind), name) == 0)
                return true;
    return false;
}

static double
number(const tensor *t, size_t i)
{
    double x;
    tensor_get(&x, GA_F64, t, i);
    return x;
}

static ga_code
check_step(const tensor *t, ga_step_kind kind, const ga_model *model, const tensors_source *source)
{
    if (t->element == ELEMENT_OTHER)
        return SOURCE_FAULT(source, "%s: its numbers are no floating-point numbers", t->name);
    if (t->n_dims != 1 || t->dim[0] != ga_model_inputs(model))
        return SOURCE_FAULT(source, "%s: its shape is not [%zu], one number for each input", t->name, ga_model_inputs(model));
    for (size_t i = 0; i < t->dim[0]; i++)
        if (!isfinite(number(t, i)) || (kind == GA_DIVIDE && number(t, i) == 0))
            return SOURCE_FAULT(source, "%s: element %zu is %s", t->name, i, isfinite(number(t, i)) ? "0" : "not finite");
    return GA_OK;
}

static ga_code
add_step(ga_model *model, const tensor *t, ga_step_kind kind, tensors_source *source)
{
    const size_t n = ga_model_inputs(model);
    ga_code code = source_take(source, 2 * n * sizeof(double)); /* here and the copy; fits: t has as many numbers */
    if (code != GA_OK)
        return code;
    double *const constant = malloc(n * sizeof *constant);
    for (size_t i = 0; constant != NULL && i < n; i++)
        constant[i] = number(t, i);
    if (constant == NULL || !ga_model_add_step(model, kind, constant)) /* check_step saw its numbers */
        code = file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    free(constant);
    return code;
}

typedef struct {
    size_t n;
    const tensor *tensor[GA_NORMALISE_STEPS];
    ga_step_kind kind[GA_NORMALISE_STEPS];
} steps;

static ga_code
find_steps(steps *found, const tensors *t, tensors_source *source)
{
    *found = (steps){ 0 };
    for (size_t i = 0; i < t->n; i++) {
        ga_step_kind kind;
        size_t step;
        if (!normalise_is_tensor(t->tensor[i].name))
            continue;
        if (!normalise_tensor_parse(&step, &kind, t->tensor[i].name))
            return SOURCE_FAULT(source, "'%s' is no step: they are normalise.K.subtract, .multiply or .divide, K from 1 to %d",
                                t->tensor[i].name, GA_NORMALISE_STEPS);
        if (found->tensor[step] != NULL)
            return SOURCE_FAULT(source, "'%s' and '%s' are the same step", found->tensor[step]->name, t->tensor[i].name);
        found->tensor[step] = t->tensor + i;
        found->kind[step] = kind;
        found->n++;
    }
    for (size_t s = 0; s < found->n; s++)
        if (found->tensor[s] == NULL)
            return SOURCE_FAULT(source, "there is no normalise.%zu, but one after it", s + 1);
    return GA_OK;
}

ga_code
steps_check(const tensors *t, tensors_source *source)
{
    steps found;
    return find_steps(&found, t, source);
}

ga_code
steps_assemble(ga_model *model, const tensors *t, tensors_source *source)
{
    steps found;
    ga_code code = find_steps(&found, t, source);
    for (size_t s = 0; code == GA_OK && s < found.n; s++)
        if ((code = check_step(found.tensor[s], found.kind[s], model, source)) == GA_OK)
            code = add_step(model, found.tensor[s], found.kind[s], source);
    return code == GA_OK ? source_take(source, preprocessing_memory(model)) : code;
}
