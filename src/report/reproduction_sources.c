/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_sources.c -- the choices, networks and images a reproduction reads from its data directory; see reproduction.h */
#include <stdio.h>
#include <stdlib.h>

#include "io/digest.h"
#include "io/file.h"
#include "report/reproduction.h"

#define CONTROL_FACTOR 300

/* directory/name, for the caller to free. */
static char *
source_path(const char *directory, const char *name, ga_status *st)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) >= 0)
        return path;
    ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    return NULL;
}

ga_model *
reproduction_control(const ga_model *model, ga_status *st)
{
    ga_model *copy = ga_model_copy(model, st);
    for (size_t l = 0; copy != NULL && l + 1 < copy->n_layers; l++) {
        const ga_layer *layer = copy->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(copy, layer->weight, i, CONTROL_FACTOR * ga_model_get(copy, layer->weight, i));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(copy, layer->bias, i, CONTROL_FACTOR * ga_model_get(copy, layer->bias, i));
    }
    return copy;
}

ga_code
reproduction_read_models(reproduction_sources *in, json_t *digests, const char *directory, ga_status *st)
{
    for (size_t k = 0; k < PENALTY_SIGMOID_X300; k++) {
        char name[64];
        snprintf(name, sizeof name, "models/%s.safetensors", network_names[k]);
        char *path = source_path(directory, name, st);
        const ga_code code = path != NULL ? ga_model_load(&in->model[k], path, NULL, st) : st->code;
        free(path);
        if (code != GA_OK)
            return code;
        json_object_set_new(digests, name, json_string(in->model[k]->sha256));
    }
    in->model[PENALTY_SIGMOID_X300] = reproduction_control(in->model[PENALTY_SIGMOID], st);
    return in->model[PENALTY_SIGMOID_X300] != NULL ? GA_OK : st->code;
}

/* The chosen seed comes first. */
static void
read_seeds(reproduction_sources *in, const json_t *choices)
{
    const json_t *seeds = json_object_get(choices, "seeds");
    for (size_t i = 0; i < json_array_size(seeds) && i < REPRODUCTION_MOST_SEEDS; i++)
        if (json_is_integer(json_array_get(seeds, i)) && json_integer_value(json_array_get(seeds, i)) >= 0)
            in->seed[in->n_seeds++] = (uint64_t)json_integer_value(json_array_get(seeds, i));
}

ga_code
reproduction_read_choices(reproduction_sources *in, json_t *digests, const char *directory, ga_status *st)
{
    static const char name[] = "models/choices.json";
    char digest[DIGEST_TEXT], *path = source_path(directory, name, st);
    json_error_t error;
    file_bytes bytes;
    if (path == NULL || file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st) != GA_OK) {
        free(path);
        return st->code;
    }
    digest_bytes(digest, bytes.data, bytes.size);
    json_object_set_new(digests, name, json_string(digest));
    json_t *choices = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &error);
    free(bytes.data);
    in->eps = report_number(choices, "eps");
    in->gain = report_number(choices, "gain");
    in->logit_scale = report_number(choices, "logit_scale");
    read_seeds(in, choices);
    if (!(in->eps > 0 && in->n_seeds > 0 && in->gain > 0 && in->logit_scale > 0))
        file_fail(st, GA_BAD_FILE, path, "%s", choices == NULL ? error.text : "needs positive numbers eps, gain, logit_scale "
                                         "and an array seeds");
    json_decref(choices);
    free(path);
    return st->code;
}

ga_code
reproduction_read_images(ga_dataset **ds, json_t *digests, const char *directory, ga_status *st)
{
    static const char images_name[] = "mnist/t10k-images-idx3-ubyte.gz", labels_name[] = "mnist/t10k-labels-idx1-ubyte.gz";
    char *images = source_path(directory, images_name, st);
    char *labels = images != NULL ? source_path(directory, labels_name, st) : NULL;
    const ga_code code = labels != NULL ? ga_dataset_read(ds, images, labels, st) : st->code;
    free(images);
    free(labels);
    if (code != GA_OK)
        return code;
    json_object_set_new(digests, images_name, json_string((*ds)->images_sha256));
    json_object_set_new(digests, labels_name, json_string((*ds)->labels_sha256));
    return GA_OK;
}
