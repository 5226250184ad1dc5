/* SPDX-License-Identifier: Apache-2.0 */
/* source.c -- see source.h */
#include "io/source.h"

size_t
ga_load_limit(size_t asked)
{
    return asked != 0 ? asked : FILE_CAP;
}

ga_load
load_limits(const ga_load *asked)
{
    ga_load options = asked != NULL ? *asked : (ga_load){ 0 };
    options.max_file = ga_load_limit(options.max_file);
    options.max_memory = ga_load_limit(options.max_memory);
    return options;
}

ga_code
source_take(tensors_source *source, size_t bytes)
{
    if (bytes > source->options->max_memory || source->used > source->options->max_memory - bytes)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "needs more than the limit of %zu bytes of memory (--max-mem)",
                         source->options->max_memory);
    source->used += bytes;
    return GA_OK;
}

ga_code
source_map(file_view *file, tensors_source *source, file_packing packing, file_bound_function *bound)
{
    const ga_load *o = source->options;
    const bool by_file = o->max_file < o->max_memory;
    const file_limits limits = { by_file ? o->max_file : o->max_memory, by_file ? "--max-file" : "--max-mem", packing, bound,
                                 FILE_SMALL };
    const ga_code code = source->memory != NULL ? file_lend(file, source->memory, source->path, &limits, source->st)
                                                : file_map(file, source->path, &limits, source->st);
    return code == GA_OK ? source_take(source, file->bytes.size) : code;
}

ga_code
source_own(file_view *file, tensors_source *source)
{
    source->used = file->bytes.size; /* what the look at it asked for is free */
    return file_own(file, source->path, source->st);
}
