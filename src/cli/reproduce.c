/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.c -- gradaudit reproduce: the paper's table and figures from networks and images that come with the program */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "io/datadir.h"
#include "io/digest.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/provenance.h"
#include "report/reproduction.h"

typedef struct {
    const char *output, *data;
    size_t first; /* 0: all images */
    int threads;
    progress bar;
    int argc;
    char **argv;
} options;

enum { OPTION_DATA_DIR = 1, OPTION_THREADS, OPTION_FIRST };

static const struct argp_option option_table[] = {
    { "output", 'o', "DIR", 0, "directory to make (or to replace, where it is a former one)", 0 },
    { "data-dir", OPTION_DATA_DIR, "DIR", 0, "directory with mnist/ and models/ (the program's own)", 0 },
    { "threads", OPTION_THREADS, "N", 0, "threads (all cores)", 0 },
    { "first", OPTION_FIRST, "N", 0, "only the first N test images, for a trial (all)", 0 },
    { 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->bar;
        return 0;
    case 'o':
        o->output = arg;
        return 0;
    case OPTION_DATA_DIR:
        o->data = arg;
        return 0;
    case OPTION_THREADS:
        o->threads = (int)parse_count(arg, "--threads", 1, 1024, state);
        return 0;
    case OPTION_FIRST:
        o->first = (size_t)parse_count(arg, "--first", 1, 10000, state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "no argument is expected, not '%s'", arg);
        return 0;
    case ARGP_KEY_END:
        if (o->output == NULL)
            argp_error(state, "where to? (-o DIR)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void
show_progress(void *data, const char *what, size_t done, size_t total)
{
    progress_update(data, what, done, total);
}

/* directory/name for the caller to free, and its digest into the report's inputs. */
static char *
input_path(json_t *digests, const char *directory, const char *name, ga_status *st)
{
    char digest[DIGEST_TEXT], *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
        return NULL;
    }
    if (digest_file(digest, path, st) != GA_OK) {
        free(path);
        return NULL;
    }
    json_object_set_new(digests, name, json_string(digest));
    return path;
}

/* The hidden layers' weights and biases times a factor, rounded to the model's dtype: the control. */
static ga_model *
scaled_copy(const ga_model *model, double factor, ga_status *st)
{
    ga_model *copy = ga_model_copy(model, st);
    for (size_t l = 0; copy != NULL && l + 1 < copy->n_layers; l++) {
        ga_layer *layer = copy->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(copy, layer->weight, i, factor * ga_model_get(copy, layer->weight, i));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(copy, layer->bias, i, factor * ga_model_get(copy, layer->bias, i));
    }
    return copy;
}

static ga_code
read_models(reproduction_input *in, json_t *digests, const char *directory, ga_status *st)
{
    for (size_t k = 0; k < PENALTY_SIGMOID_X300; k++) {
        char name[64];
        snprintf(name, sizeof name, "models/%s.safetensors", network_names[k]);
        char *path = input_path(digests, directory, name, st);
        const ga_code code = path != NULL ? ga_model_read(&in->model[k], path, st) : st->code;
        free(path);
        if (code != GA_OK)
            return code;
    }
    in->model[PENALTY_SIGMOID_X300] = scaled_copy(in->model[PENALTY_SIGMOID], 300, st);
    return in->model[PENALTY_SIGMOID_X300] != NULL ? GA_OK : st->code;
}

/* eps, gain and logit scale as chosen on validation images and committed before the test set was looked at. */
static ga_code
read_choices(reproduction_input *in, json_t *digests, const char *directory, ga_status *st)
{
    json_error_t error;
    char *path = input_path(digests, directory, "models/choices.json", st);
    if (path == NULL)
        return st->code;
    json_t *choices = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    in->eps = report_number(choices, "eps");
    in->gain = report_number(choices, "gain");
    in->logit_scale = report_number(choices, "logit_scale");
    if (!(in->eps > 0 && in->gain > 0 && in->logit_scale > 0))
        file_fail(st, GA_BAD_FILE, path, "%s", choices == NULL ? error.text : "needs positive numbers eps, gain and logit_scale");
    json_decref(choices);
    free(path);
    return st->code;
}

static ga_code
read_images(ga_dataset **ds, json_t *digests, const char *directory, ga_status *st)
{
    char *images = input_path(digests, directory, "mnist/t10k-images-idx3-ubyte.gz", st);
    char *labels = images != NULL ? input_path(digests, directory, "mnist/t10k-labels-idx1-ubyte.gz", st) : NULL;
    const ga_code code = labels != NULL ? ga_dataset_read(ds, images, labels, st) : st->code;
    free(images);
    free(labels);
    return code;
}

static ga_code
write_page(const char *directory, const json_t *report, ga_status *st)
{
    char path[8192];
    out_file out;
    snprintf(path, sizeof path, "%s/index.html", directory);
    const ga_code code = out_open(&out, path, st);
    if (code != GA_OK)
        return code;
    reproduction_html(out.stream, report, directory);
    return out_commit(&out, st);
}

static ga_code
write_all(const char *directory, const json_t *report, const options *o, time_t start, double seconds, ga_status *st)
{
    bool drawn = true;
    json_t *provenance = provenance_json(o->argc, o->argv, o->threads > 0 ? o->threads : omp_get_max_threads(), start, seconds);
    ga_code code = json_write(directory, "report.json", report, st);
    if (code == GA_OK)
        code = json_write(directory, "provenance.json", provenance, st);
    json_decref(provenance);
    if (code == GA_OK)
        code = reproduction_figures(directory, report, &drawn, st);
    if (code == GA_OK && !drawn)
        fprintf(stderr, "gradaudit: gnuplot is not installed (Debian: gnuplot-nox): no figure was drawn\n");
    return code == GA_OK ? write_page(directory, report, st) : code;
}

static ga_code
compute(json_t **report, options *o, const char *data, ga_status *st)
{
    ga_dataset *ds = NULL;
    json_t *digests = json_object();
    reproduction_input in = { .threads = o->threads, .progress = show_progress, .progress_data = &o->bar };
    *report = NULL;
    if (read_choices(&in, digests, data, st) == GA_OK && read_models(&in, digests, data, st) == GA_OK &&
        read_images(&ds, digests, data, st) == GA_OK) {
        if (o->first > 0 && o->first < ds->n)
            ds->n = o->first;
        in.ds = ds;
        *report = reproduction_compute(&in, st);
    }
    for (size_t k = 0; k < N_NETWORKS; k++)
        ga_model_free(in.model[k]);
    ga_dataset_free(ds);
    if (*report != NULL)
        json_object_set(*report, "inputs", digests);
    json_decref(digests);
    return st->code;
}

static ga_code
run(options *o, ga_status *st)
{
    const time_t start = time(NULL);
    out_directory out;
    json_t *report = NULL;
    if (out_directory_open(&out, o->output, "report.json", st) != GA_OK)
        return st->code;
    char *data = o->data != NULL ? strdup(o->data) : datadir(st);
    progress_start(&o->bar);
    ga_code code = data != NULL ? compute(&report, o, data, st) : st->code;
    const double seconds = progress_end(&o->bar);
    if (code == GA_OK)
        code = write_all(out.temporary, report, o, start, seconds, st);
    if (code == GA_OK)
        code = out_directory_commit(&out, st);
    else
        out_directory_abort(&out);
    if (code == GA_OK)
        reproduction_text(stdout, report);
    json_decref(report);
    free(data);
    return code;
}

int
command_reproduce(int argc, char **argv)
{
    static const struct argp_child children[] = { { &progress_argp, 0, NULL, 8 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "-o DIR",
        "Reproduces Brendel & Bethge (2017) on all 10,000 MNIST test images with the networks that come with gradaudit: Table 1, "
        "Figures 1, 2 and S1, each with the paper's value beside ours. Prints the table and makes DIR with index.html, "
        "report.json, provenance.json and the figures (.svg, .png, .pdf, with their .gp and .tsv)."
        "\vExample:\n"
        "  gradaudit reproduce -o reproduction",
        children, NULL, NULL
    };
    options o = { .argc = argc, .argv = argv };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
