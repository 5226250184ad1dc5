/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.c -- gradaudit reproduce: the paper's table and figures from networks and images that come with the program */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "io/datadir.h"
#include "io/digest.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/provenance.h"
#include "report/reproduction.h"
#include "report/reproduction_answer.h"
#include "report/reproduction_former.h"
#include "report/retrain.h"

typedef struct {
    const char *output, *data;
    size_t first; /* 0: all images */
    bool train, seeds;
    int threads;
    ga_backend backend;
    int64_t accept;
    progress bar;
    int argc;
    char **argv;
} options;

static const option_row rows[] = {
    { "output", 'o', "DIR", "directory to make, or to replace if it holds a former reproduction and nothing else",
      INTO(read_text, options, output) },
    { "data-dir", 0, "DIR", "directory with mnist/ and models/ (the program's own)", INTO(read_text, options, data) },
    { "threads", 0, "N", "threads (all cores)", COUNT(options, threads, 1, 1024) },
    { "train", 0, NULL, "train the networks anew, by the recipes and the seed they came from", FLAG(options, train, true) },
    { "seeds", 0, NULL, "with --train: two more seeds, and the spread over the three", FLAG(options, seeds, true) },
    { "first", 0, "N", "only the first N test images, for a trial (all)", COUNT(options, first, 1, 10000) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    if (o->output == NULL)
        return ga_fail(st, GA_USAGE, "where to? (-o DIR)");
    return !o->seeds || o->train ? GA_OK : ga_fail(st, GA_USAGE, "--seeds needs --train");
}

static void
show_progress(void *data, const char *what, size_t done, size_t total)
{
    progress_update(data, what, done, total);
}

static ga_code
write_all(const char *directory, const json_t *report, const options *o, time_t start, double seconds, ga_status *st)
{
    json_t *provenance = provenance_json(o->argc, o->argv, o->threads, o->backend, start, seconds);
    ga_code code = json_write(directory, "report.json", report, st);
    if (code == GA_OK)
        code = json_write(directory, "provenance.json", provenance, st);
    json_decref(provenance);
    return code == GA_OK ? render_reproduction(directory, report, st) : code;
}

/* Writes the networks of the chosen seed, and says in the report what they are and whether they equal the shipped files. */
static ga_code
keep_trained(const trained_networks *networks, json_t *trained, const char *output, const char *data, ga_status *st)
{
    char path[8192], made[DIGEST_TEXT], shipped[DIGEST_TEXT] = "";
    snprintf(path, sizeof path, "%s/models", output);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return file_fail(st, GA_IO_ERROR, path, "%s", strerror(errno));
    for (size_t k = 0; k < PENALTY_SIGMOID_X300; k++) {
        snprintf(path, sizeof path, "%s/models/%s.safetensors", output, network_names[k]);
        if (ga_model_write(networks->model[k], path, st) != GA_OK || file_digest(made, path, st) != GA_OK)
            return st->code;
        snprintf(path, sizeof path, "%s/models/%s.safetensors", data, network_names[k]);
        const bool there = file_digest(shipped, path, NULL) == GA_OK;
        json_object_set_new(trained, network_names[k],
                            json_pack("{s:s,s:s,s:b}", "command", ga_model_meta(networks->model[k], "command"), "sha256", made,
                                      "same_as_shipped", there && strcmp(made, shipped) == 0));
    }
    return GA_OK;
}

static ga_code
train(reproduction_sources *in, trained_networks *networks, size_t n, json_t *trained, const options *o, const char *output,
      const char *data, ga_status *st)
{
    char directory[8192];
    ga_dataset *training = NULL;
    snprintf(directory, sizeof directory, "%s/mnist", data);
    for (size_t i = 0; i < n; i++)
        networks[i].seed = in->seed[i];
    ga_code code = ga_dataset_read_mnist(&training, directory, "train", st);
    if (code == GA_OK)
        code = retrain(networks, n, training, o->threads, in->progress, in->progress_data, st);
    ga_dataset_free(training);
    for (size_t i = 0; i < n && code == GA_OK; i++)
        if ((networks[i].model[PENALTY_SIGMOID_X300] = reproduction_control(networks[i].model[PENALTY_SIGMOID], st)) == NULL)
            code = st->code;
    return code == GA_OK ? keep_trained(networks, trained, output, data, st) : code;
}

/* The spread over seeds: Table 1 of each; the first seed's is in the report already. */
static void
add_seeds(json_t *report, const reproduction_sources *in, const trained_networks *networks, size_t n, ga_status *st)
{
    json_t *seeds = json_array();
    for (size_t i = 0; i < n && st->code == GA_OK; i++) {
        reproduction_sources one = *in;
        memcpy(one.model, networks[i].model, sizeof one.model);
        json_t *table = i == 0 ? json_copy(json_object_get(report, "networks")) : reproduction_table(&one, st);
        json_array_append_new(seeds, json_pack("{s:I,s:o*}", "seed", (json_int_t)networks[i].seed, "networks", table));
    }
    json_object_set_new(report, "seeds", seeds);
}

static ga_code
compute(json_t **report, options *o, const char *output, const char *data, ga_status *st)
{
    ga_dataset *ds = NULL;
    json_t *digests = json_object(), *trained = json_object();
    trained_networks networks[REPRODUCTION_MOST_SEEDS] = { { 0 } };
    reproduction_sources in = { .threads = o->threads, .backend = o->backend, .progress = show_progress, .progress_data = &o->bar };
    ga_code code = reproduction_read_choices(&in, digests, data, st);
    const size_t n = !o->train ? 0 : o->seeds ? in.n_seeds : 1;
    if (code == GA_OK)
        code = reproduction_read_images(&ds, digests, data, st);
    if (code == GA_OK)
        code = n > 0 ? train(&in, networks, n, trained, o, output, data, st) : reproduction_read_models(&in, digests, data, st);
    if (n > 0)
        memcpy(in.model, networks[0].model, sizeof in.model);
    if (code == GA_OK) {
        if (o->first > 0 && o->first < ds->n)
            ds->n = o->first;
        in.ds = ds;
        progress_start(&o->bar);
        *report = reproduction_compute(&in, st);
        if (*report != NULL && n > 1)
            add_seeds(*report, &in, networks, n, st);
        if (*report != NULL)
            json_object_set_new(*report, "answer", answer_compute(*report));
    }
    for (size_t k = 0; n == 0 && k < N_NETWORKS; k++)
        ga_model_free(in.model[k]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < N_NETWORKS; k++)
            ga_model_free(networks[i].model[k]);
    ga_dataset_free(ds);
    if (*report != NULL) {
        json_object_set(*report, "inputs", digests);
        if (n > 0)
            json_object_set(*report, "trained", trained);
    }
    json_decref(digests);
    json_decref(trained);
    return st->code;
}

static ga_code
run(options *o, ga_status *st)
{
    const time_t start = time(NULL);
    out_directory out;
    if (!ga_backend_usable(o->backend))
        return ga_fail(st, GA_USAGE, "this CPU, or this build, has no back end of products '%s'", ga_backend_name(o->backend));
    json_t *report = NULL;
    if (out_directory_open(&out, o->output, reproduction_former, st) != GA_OK)
        return st->code;
    char *data = o->data != NULL ? strdup(o->data) : datadir(st);
    progress_start(&o->bar);
    ga_code code = data != NULL ? compute(&report, o, out.temporary, data, st) : st->code;
    if (code != GA_OK)
        progress_stop(&o->bar);
    const size_t images = (size_t)json_integer_value(json_object_get(json_object_get(report, "settings"), "images"));
    const double seconds = code == GA_OK ? progress_end(&o->bar, images, "image", o->threads) : 0;
    if (code == GA_OK)
        code = write_all(out.temporary, report, o, start, seconds, st);
    if (code == GA_OK)
        code = out_directory_commit(&out, st);
    else
        out_directory_abort(&out);
    if (code == GA_OK) {
        reproduction_text(stdout, report);
        const undecided_count undecided = undecided_of_reproduction(report);
        code = undecided_check(&undecided, o->accept, false, o->output, st);
    }
    json_decref(report);
    free(data);
    return code;
}

int
command_reproduce(int argc, char **argv)
{
    static const option_part parts[] = {
        { &backend_set, offsetof(options, backend) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, bar) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "-o DIR",
        "Reproduces Brendel & Bethge (2017) on all 10,000 MNIST test images with the networks that come with gradaudit: Table 1, "
        "Figures 1, 2 and S1, each with the paper's value and the exact gradient's beside ours; and whether the paper's "
        "explanation is right. Prints the table and the answer, and makes DIR with index.html, "
        "report.json, provenance.json and the figures (.svg, .png, .pdf, with their .gp and .tsv)."
        "\vExample:\n"
        "  gradaudit reproduce -o reproduction"
    };
    options o = { .argc = argc, .argv = argv, .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
