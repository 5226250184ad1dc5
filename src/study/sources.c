/* SPDX-License-Identifier: Apache-2.0 */
/* sources.c -- the choices, networks, images and measurements that a study reads from its data directory; see compute.h */
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "report/amount.h"
#include "study/compute.h"

enum { PATH = 8192 };

static void
keep_digest(study_inputs *in, const char *name, const char *digest)
{
    json_object_set_new(in->digests, name, json_string(digest));
}

/* The object in a file, for the caller; NULL with st set. */
static json_t *
read_object(study_inputs *in, const char *data, const char *name, ga_status *st)
{
    char digest[DIGEST_TEXT], path[PATH];
    json_error_t error;
    file_bytes bytes;
    snprintf(path, sizeof path, "%s/%s", data, name);
    if (file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st) != GA_OK)
        return NULL;
    digest_bytes(digest, bytes.data, bytes.size);
    keep_digest(in, name, digest);
    json_t *const object = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &error);
    free(bytes.data);
    if (json_is_object(object))
        return object;
    file_fail(st, GA_BAD_FILE, path, "line %d is no JSON, or no object", object == NULL ? error.line : 1);
    json_decref(object);
    return NULL;
}

static void
keep_numbers(study_inputs *in, const json_t *numbers)
{
    const char *name;
    json_t *x;
    json_object_foreach((json_t *)(uintptr_t)numbers, name, x)
        if (json_is_number(x))
            json_object_set_new(in->settings, name, json_real(json_number_value(x)));
}

/* The chosen seed comes first. */
static void
keep_seeds(study_inputs *in, const json_t *seeds)
{
    size_t i;
    const json_t *seed;
    json_array_foreach(seeds, i, seed)
        if (in->n_seeds < STUDY_MOST_SEEDS && json_is_integer(seed) && json_integer_value(seed) >= 0)
            in->seed[in->n_seeds++] = (uint64_t)json_integer_value(seed);
}

static ga_code
read_choices(study_inputs *in, const char *data, ga_status *st)
{
    const char *const name = amount_string(in->study->json, "choices"), *key;
    json_t *x, *const choices = *name != '\0' ? read_object(in, data, name, st) : NULL;
    char path[PATH];
    bool positive = true;
    if (*name != '\0' && choices == NULL)
        return st->code;
    keep_numbers(in, choices);
    keep_numbers(in, json_object_get(in->study->json, "settings"));
    keep_seeds(in, json_object_get(choices, "seeds"));
    json_decref(choices);
    json_object_foreach(in->settings, key, x)
        positive = positive && json_number_value(x) > 0;
    snprintf(path, sizeof path, "%s/%s", data, name);
    if (*name != '\0' && (!positive || !(amount_number(in->settings, "eps") > 0) || in->n_seeds == 0))
        return file_fail(st, GA_BAD_FILE, path, "needs a positive number eps, other numbers above 0, and an array seeds");
    return GA_OK;
}

static ga_code
read_images(ga_dataset **ds, study_inputs *in, const char *data, const char *folder, ga_status *st)
{
    char images[PATH], labels[PATH], images_name[1100], labels_name[1100]; /* a study's paths are shorter than 1000 */
    snprintf(images_name, sizeof images_name, "%.1000s/t10k-images-idx3-ubyte.gz", folder);
    snprintf(labels_name, sizeof labels_name, "%.1000s/t10k-labels-idx1-ubyte.gz", folder);
    snprintf(images, sizeof images, "%s/%s", data, images_name);
    snprintf(labels, sizeof labels, "%s/%s", data, labels_name);
    if (ga_dataset_read(ds, images, labels, st) != GA_OK)
        return st->code;
    keep_digest(in, images_name, (*ds)->images_sha256);
    keep_digest(in, labels_name, (*ds)->labels_sha256);
    return GA_OK;
}

ga_code
study_inputs_read(study_inputs *in, const char *data, ga_status *st)
{
    const char *name;
    json_t *file;
    in->settings = json_object();
    in->measured = json_object();
    in->digests = json_object();
    const json_t *const study = in->study->json;
    ga_code code = read_choices(in, data, st);
    for (size_t k = 0; k < study_networks(study) && code == GA_OK; k++) {
        const size_t same = study_network_same_data(study, k);
        if (same == k)
            code = read_images(&in->ds[k], in, data, study_network_data(study_network_at(study, k)), st);
        in->ds[k] = in->ds[same];
    }
    json_object_foreach(json_object_get(study, "measured"), name, file) {
        json_t *const measured = code == GA_OK ? read_object(in, data, json_string_value(file), st) : NULL;
        code = code == GA_OK && measured == NULL ? st->code : code;
        json_object_set_new(in->measured, name, measured);
    }
    return code;
}

ga_code
study_inputs_read_models(study_inputs *in, const char *data, ga_status *st)
{
    for (size_t k = 0; k < study_networks(in->study->json); k++) {
        const json_t *const network = study_network_at(in->study->json, k);
        char name[1024], path[PATH];
        if (json_object_get(network, "from") != NULL)
            continue;
        study_network_file(name, sizeof name, network);
        snprintf(path, sizeof path, "%s/%s", data, name);
        if (ga_model_load(&in->model[k], path, NULL, st) != GA_OK)
            return st->code;
        keep_digest(in, name, in->model[k]->sha256);
    }
    return study_inputs_derive(in->model, in->study, st);
}

/* A copy with the weights and biases of the hidden layers times a number, rounded to the model's dtype. */
static ga_model *
multiplied(const ga_model *model, double times, ga_status *st)
{
    ga_model *copy = ga_model_copy(model, st);
    for (size_t l = 0; copy != NULL && l + 1 < copy->n_layers; l++) {
        const ga_layer *layer = copy->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(copy, layer->weight, i, times * ga_model_get(copy, layer->weight, i));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(copy, layer->bias, i, times * ga_model_get(copy, layer->bias, i));
    }
    return copy;
}

ga_code
study_inputs_derive(ga_model **model, const study_file *s, ga_status *st)
{
    for (size_t k = 0; k < study_networks(s->json); k++) {
        const json_t *const network = study_network_at(s->json, k);
        const char *const from = json_string_value(json_object_get(network, "from"));
        const ga_model *const of = from != NULL ? model[study_network_index(s->json, from)] : NULL;
        if (of != NULL && (model[k] = multiplied(of, amount_number(network, "times"), st)) == NULL)
            return st->code;
    }
    return GA_OK;
}

void
study_images_free(ga_dataset **ds, const json_t *study)
{
    for (size_t k = 0; k < study_networks(study); k++)
        if (study_network_same_data(study, k) == k)
            ga_dataset_free(ds[k]);
}

void
study_inputs_free(study_inputs *in)
{
    for (size_t k = 0; k < STUDY_MOST_NETWORKS; k++)
        ga_model_free(in->model[k]);
    study_images_free(in->ds, in->study->json);
    json_decref(in->settings);
    json_decref(in->measured);
    json_decref(in->digests);
}
