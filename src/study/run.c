/* SPDX-License-Identifier: Apache-2.0 */
/* run.c -- all of a study's report: reads or trains the networks, computes, and adds the spread, the answer and the inputs; see
   compute.h */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/digest.h"
#include "io/file.h"
#include "study/train.h"

/* Writes the networks of the chosen seed, and says in the report what they are and whether they equal the shipped files. */
static ga_code
keep_trained(const trained_networks *networks, const json_t *study, json_t *trained, const char *output, const char *data,
             ga_status *st)
{
    char path[8192], file[1024], made[DIGEST_TEXT], shipped[DIGEST_TEXT] = "";
    snprintf(path, sizeof path, "%s/models", output);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return file_fail(st, GA_IO_ERROR, path, "%s", strerror(errno));
    for (size_t k = 0; k < study_networks(study); k++) {
        const char *const name = study_network_name(study, k);
        if (json_object_get(study_network_at(study, k), "from") != NULL)
            continue;
        snprintf(path, sizeof path, "%s/models/%s.safetensors", output, name);
        if (ga_model_write(networks->model[k], path, st) != GA_OK || file_digest(made, path, st) != GA_OK)
            return st->code;
        study_network_file(file, sizeof file, study_network_at(study, k));
        snprintf(path, sizeof path, "%s/%s", data, file);
        const bool there = file_digest(shipped, path, NULL) == GA_OK;
        json_object_set_new(trained, name,
                            json_pack("{s:s,s:s,s:b}", "command", ga_model_meta(networks->model[k], "command"), "sha256", made,
                                      "same_as_shipped", there && strcmp(made, shipped) == 0));
    }
    return GA_OK;
}

#define WAY_OUT "; put train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz there (README.md beside says where they are " \
                "from), or leave out --train"

/* Training images need not come with the program, as test images do. */
static ga_code
read_training(ga_dataset **ds, const json_t *study, const char *data, ga_status *st)
{
    ga_status fault = { 0 };
    st->code = GA_OK;
    for (size_t k = 0; k < study_networks(study) && st->code == GA_OK; k++) {
        char directory[8192];
        const size_t same = study_network_same_data(study, k);
        snprintf(directory, sizeof directory, "%s/%s", data, study_network_data(study_network_at(study, k)));
        if (same == k && ga_dataset_read_mnist(&ds[k], directory, "train", &fault) != GA_OK)
            ga_fail(st, fault.code, "%s%s", fault.message, fault.code == GA_IO_ERROR ? WAY_OUT : "");
        ds[k] = ds[same];
    }
    return st->code;
}

static ga_code
train(const study_inputs *in, trained_networks *networks, size_t n, json_t *trained, const char *output, const char *data,
      ga_status *st)
{
    ga_dataset *training[STUDY_MOST_NETWORKS] = { NULL };
    ga_code code = read_training(training, in->study->json, data, st);
    if (code == GA_OK)
        code = study_train(networks, n, in, training, st);
    study_images_free(training, in->study->json);
    return code == GA_OK ? keep_trained(networks, in->study->json, trained, output, data, st) : code;
}

/* The spread over seeds: the networks of each; the first seed's are in the report already. */
static void
add_seeds(json_t *report, const study_inputs *in, const trained_networks *networks, size_t n, ga_status *st)
{
    json_t *seeds = json_array();
    for (size_t i = 0; i < n && st->code == GA_OK; i++) {
        study_inputs one = *in;
        memcpy(one.model, networks[i].model, sizeof one.model);
        json_t *table = i == 0 ? json_copy(json_object_get(report, "networks")) : study_compute(&one, true, st);
        json_array_append_new(seeds, json_pack("{s:I,s:o*}", "seed", (json_int_t)networks[i].seed, "networks", table));
    }
    json_object_set_new(report, "seeds", seeds);
}

/* The report of what was read, and trained: n seeds, 0 for none. */
static ga_code
compute_report(json_t **report, const study_inputs *in, const trained_networks *networks, size_t n, json_t *trained, ga_status *st)
{
    if (in->begin != NULL)
        in->begin(in->progress_data);
    *report = study_compute(in, false, st);
    if (*report != NULL && n > 1)
        add_seeds(*report, in, networks, n, st);
    if (*report == NULL)
        return st->code;
    json_t *const answer = study_answer(in->study->json, *report);
    if (answer != NULL)
        json_object_set_new(*report, "answer", answer);
    json_object_set(*report, "inputs", in->digests);
    if (n > 0)
        json_object_set(*report, "trained", trained);
    return st->code;
}

ga_code
study_run(json_t **report, study_inputs *in, const char *data, const char *output, ga_status *st)
{
    json_t *trained = json_object();
    trained_networks networks[STUDY_MOST_SEEDS] = { { 0 } };
    if (in->begin != NULL)
        in->begin(in->progress_data);
    *report = NULL;
    ga_code code = study_inputs_read(in, data, st);
    const size_t n = !in->train ? 0 : in->seeds ? in->n_seeds : 1;
    if (code == GA_OK && in->seeds && n < 2)
        code = ga_fail(st, GA_USAGE, "the study %s has no other seeds: leave out --seeds", in->study->name);
    if (code == GA_OK)
        code = n > 0 ? train(in, networks, n, trained, output, data, st) : study_inputs_read_models(in, data, st);
    if (n > 0)
        memcpy(in->model, networks[0].model, sizeof in->model);
    for (size_t k = 0; k < study_networks(in->study->json) && code == GA_OK; k++)
        if (in->first > 0 && in->first < in->ds[k]->n)
            in->ds[k]->n = in->first;
    if (code == GA_OK)
        compute_report(report, in, networks, n, trained, st);
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < STUDY_MOST_NETWORKS; k++)
            ga_model_free(networks[i].model[k]);
    study_inputs_free(in);
    json_decref(trained);
    return st->code;
}
