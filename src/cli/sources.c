/* SPDX-License-Identifier: Apache-2.0 */
/* sources.c -- the model and the data that a command reads; see command.h */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/doubts.h"
#include "cli/command.h"
#include "io/escape.h"
#include "io/file.h"
#include "model/dataset.h"
#include "model/names.h"
#include "pass/engine.h"

enum { OPTION_DATA = 1024, OPTION_LABELS, OPTION_IMAGES, OPTION_THREADS, OPTION_ROUND, OPTION_ACTIVATION, OPTION_LAYOUT,
       OPTION_NONFINITE, OPTION_MAX_FILE, OPTION_MAX_MEMORY, OPTION_DATA_KEY, OPTION_LABELS_KEY, OPTION_LABEL_COLUMN, OPTION_SCALE,
       OPTION_MEAN, OPTION_STD, OPTION_CLIP };

static const struct argp_option model_options[] = {
    { NULL, 0, NULL, 0, "Model:", 1 },
    { "round-model", OPTION_ROUND, NULL, 0, "round binary64 weights to binary32 first", 1 },
    { "activation", OPTION_ACTIVATION, "NAME", 0,
      "sigmoid, tanh or relu, in any case, or one for each hidden layer with commas (linear: none), where the file does not say",
          1 },
    { "layout", OPTION_LAYOUT, "ORDER", 0, "weights are out-in (PyTorch) or in-out (Keras), where shapes leave it open", 1 },
    { "allow-nonfinite", OPTION_NONFINITE, NULL, 0, "take NaN and infinite weights", 1 },
    { "max-file", OPTION_MAX_FILE, "SIZE", 0, "refuse larger files, such as 200M (4G)", 1 },
    { "max-mem", OPTION_MAX_MEMORY, "SIZE", 0, "refuse a model or data that need more memory (4G)", 1 },
    { 0 }
};

static const struct argp_option sources_options[] = {
    { NULL, 0, NULL, 0, "Inputs:", 1 },
    { "data", OPTION_DATA, "IMAGES", 0, "images: an IDX, .npy, .npz or CSV file, plain or gzip", 1 },
    { "labels", OPTION_LABELS, "LABELS", 0, "labels of the images, integers or one-hot, where IMAGES does not hold them", 1 },
    { "data-key", OPTION_DATA_KEY, "NAME", 0, "the array of images in a .npz file (x_test and the like)", 1 },
    { "labels-key", OPTION_LABELS_KEY, "NAME", 0, "the array of labels in a .npz file (y_test and the like)", 1 },
    { "label-column", OPTION_LABEL_COLUMN, "COLUMN", 0,
      "the column of labels in a CSV file, by name or number from 1 (label, class, target or y)", 1 },
    { "scale", OPTION_SCALE, "S", 0, "inputs are (value S - mean) / std; a number or a ratio (1/255 for bytes, else 1)", 1 },
    { "mean", OPTION_MEAN, "M,...", 0, "a number or a ratio, or one for each channel, channels first (0)", 1 },
    { "std", OPTION_STD, "D,...", 0, "a number or a ratio, or one for each channel, channels first (1)", 1 },
    { "threads", OPTION_THREADS, "N", 0, "threads (all cores)", 1 },
    { 0 }
};

static const struct argp_option images_options[] = {
    { "images", OPTION_IMAGES, "A-B", 0, "only images A to B, counted from 0 (all)", 1 },
    { 0 }
};

static const struct argp_option clip_options[] = {
    { "clip", OPTION_CLIP, "LOW,HIGH", 0,
      "attacks keep inputs to what data from LOW to HIGH become (0,255 for bytes; 0,1 for data within that; else the data's own "
      "range)", 1 },
    { 0 }
};

/* Bytes: 1000, 64K, 200M, 4G. */
static size_t
parse_size(const char *text, const char *what, struct argp_state *state)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    const char *const unit = *end != '\0' ? strchr(units, *end) : NULL;
    const unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (*text < '0' || *text > '9' || errno != 0 || n == 0 || (unit == NULL ? *end != '\0' : end[1] != '\0') ||
        n > (SIZE_MAX >> shift))
        usage_error(state, "%s must be a size such as 1000, 64K, 200M or 4G, not '%s'", what, text);
    return (size_t)n << shift;
}

static error_t
parse_model(int key, char *arg, struct argp_state *state)
{
    sources *in = state->input;
    switch (key) {
    case OPTION_ACTIVATION:
        in->load.activation = arg;
        return 0;
    case OPTION_LAYOUT:
        in->load.layout = (ga_layout)(GA_OUT_IN + parse_word(&layout_words, arg, "--layout", state));
        return 0;
    case OPTION_NONFINITE:
        in->load.allow_nonfinite = true;
        return 0;
    case OPTION_MAX_FILE:
        in->load.max_file = parse_size(arg, "--max-file", state);
        return 0;
    case OPTION_MAX_MEMORY:
        in->load.max_memory = parse_size(arg, "--max-mem", state);
        return 0;
    case OPTION_ROUND:
        in->round_model = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp model_argp = { model_options, parse_model, NULL, NULL, NULL, NULL, NULL };

static error_t
parse_sources(int key, char *arg, struct argp_state *state)
{
    sources *in = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = in;
        return 0;
    case OPTION_DATA:
        in->data_path = arg;
        return 0;
    case OPTION_LABELS:
        in->labels_path = arg;
        return 0;
    case OPTION_DATA_KEY:
        in->data.data_key = arg;
        return 0;
    case OPTION_LABELS_KEY:
        in->data.labels_key = arg;
        return 0;
    case OPTION_LABEL_COLUMN:
        in->data.label_column = arg;
        return 0;
    case OPTION_SCALE:
        in->data.scale = arg;
        return 0;
    case OPTION_MEAN:
        in->data.mean = arg;
        return 0;
    case OPTION_STD:
        in->data.std = arg;
        return 0;
    case OPTION_THREADS:
        in->threads = (int)parse_count(arg, "--threads", 1, 1024, state);
        return 0;
    case ARGP_KEY_ARG:
        if (in->model_path != NULL)
            usage_error(state, "one model only, not also '%s'", arg);
        in->model_path = arg;
        return 0;
    case ARGP_KEY_END:
        if (in->model_path == NULL)
            usage_error(state, "which model?");
        if (!in->labels_optional && in->data_path == NULL)
            usage_error(state, "--data and --labels are needed");
        if (in->data_needed && in->data_path == NULL)
            usage_error(state, "--data is needed");
        if (in->data_path == NULL && (in->labels_path != NULL || in->images != NULL))
            usage_error(state, "--labels and --images need --data");
        if (in->data_path == NULL && (in->data.scale != NULL || in->data.mean != NULL || in->data.std != NULL ||
                                      in->data.clip != NULL || in->data.data_key != NULL || in->data.labels_key != NULL ||
                                      in->data.label_column != NULL))
            usage_error(state, "what is said of the data needs --data");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Options that some commands have beside them; each hands the sources on. */
static error_t
parse_more(int key, char *arg, struct argp_state *state)
{
    sources *in = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = in;
        return 0;
    case OPTION_CLIP:
        in->data.clip = arg;
        return 0;
    case OPTION_IMAGES:
        in->images = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child model_child[] = { { &model_argp, 0, NULL, 1 }, { 0 } };
static const struct argp images_argp = { images_options, parse_more, NULL, NULL, model_child, NULL, NULL };
static const struct argp_child images_child[] = { { &images_argp, 0, NULL, 1 }, { 0 } };
static const struct argp clip_argp = { clip_options, parse_more, NULL, NULL, images_child, NULL, NULL };
static const struct argp_child clip_child[] = { { &clip_argp, 0, NULL, 1 }, { 0 } };
const struct argp sources_argp = { sources_options, parse_sources, NULL, NULL, images_child, NULL, NULL };
const struct argp one_image_argp = { sources_options, parse_sources, NULL, NULL, model_child, NULL, NULL };
const struct argp attacked_argp = { sources_options, parse_sources, NULL, NULL, clip_child, NULL, NULL };

ga_code
sources_read_model(sources *in, ga_status *st)
{
    const ga_code code = ga_model_load(&in->model, in->model_path, &in->load, st);
    if (code != GA_OK || !in->round_model)
        return code;
    ga_model *rounded = ga_model_round(in->model, st);
    if (rounded == NULL)
        return st->code;
    ga_model_free(in->model);
    in->model = rounded;
    return GA_OK;
}

ga_code
sources_read(sources *in, ga_status *st)
{
    ga_code code = sources_read_model(in, st);
    if (code != GA_OK || in->data_path == NULL)
        return code;
    in->data.max_file = in->load.max_file;
    in->data.max_memory = in->load.max_memory;
    in->data.labels_optional = in->labels_optional;
    if ((code = ga_dataset_load(&in->ds, in->data_path, in->labels_path, &in->data, st)) != GA_OK)
        return code;
    return ga_range_parse(&in->range, in->images, in->ds, st);
}

bool
sources_labelled(const sources *in)
{
    return in->ds != NULL && in->ds->label != NULL && ga_model_classes(in->model) > 1;
}

ga_code
sources_check(const sources *in, ga_status *st)
{
    ga_status fault = { 0 };
    if (!in->labels_optional && engine_check_outputs(in->model, in->loss, st) != GA_OK)
        return GA_USAGE;
    const bool no_labels = in->labels_optional && !sources_labelled(in);
    const ga_code code = (no_labels ? dataset_check_images : ga_dataset_check)(in->ds, in->model, &fault);
    const bool labels = in->labels_path != NULL && strncmp(fault.message, "label ", strlen("label ")) == 0;
    return code == GA_OK ? GA_OK : file_fail(st, code, labels ? in->labels_path : in->data_path, "%s", fault.message);
}

ga_code
sources_warn(const sources *in, bool quiet, ga_status *st)
{
    doubts d;
    if (quiet || in->ds == NULL)
        return GA_OK;
    const ga_code code = doubts_find(&d, in->model, in->ds, in->threads, st);
    for (size_t i = 0; code == GA_OK && i < d.n; i++) {
        fputs("gradaudit: warning: ", stderr);
        escape_terminal(stderr, in->data_path);
        fprintf(stderr, ": %s\n", d.text[i]);
    }
    return code;
}

void
sources_free(sources *in)
{
    ga_model_free(in->model);
    ga_dataset_free(in->ds);
}

ga_code
sources_spare(const sources *in, const char *path, ga_status *st)
{
    const char *const read[] = { in->model_path, in->data_path, in->labels_path };
    struct stat out, own;
    const bool there = stat(path, &out) == 0 && S_ISREG(out.st_mode);
    for (size_t i = 0; i < sizeof read / sizeof *read && there; i++)
        if (read[i] != NULL && stat(read[i], &own) == 0 && out.st_dev == own.st_dev && out.st_ino == own.st_ino)
            return file_fail(st, GA_USAGE, path, "is read too, and would be lost: give the output another name");
    return GA_OK;
}
