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
#include "graph/fuse.h"
#include "io/data.h"
#include "io/escape.h"
#include "io/file.h"
#include "model/dataset.h"
#include "model/names.h"
#include "pass/engine.h"

/* Bytes: 1000, 64K, 200M, 4G. */
static ga_code
read_size(void *into, const option_row *row, const char *text, ga_status *st)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    const char *const unit = *end != '\0' ? strchr(units, *end) : NULL;
    const unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (*text < '0' || *text > '9' || errno != 0 || n == 0 || (unit == NULL ? *end != '\0' : end[1] != '\0') ||
        n > (SIZE_MAX >> shift))
        return ga_fail(st, GA_USAGE, "--%s must be a size such as 1000, 64K, 200M or 4G, not '%s'", row->name, text);
    *(size_t *)option_field(into, row) = (size_t)n << shift;
    return GA_OK;
}

static const option_row model_rows[] = {
    HEADING("Model:"),
    { "round-model", 0, NULL, "round binary64 weights to binary32 first", FLAG(sources, round_model, true) },
    { "activation", 0, "NAME",
      "sigmoid, tanh, relu, softplus, silu, gelu, gelu-tanh, mish, elu, softsign, hardsigmoid, hardswish, relu6 or prelu, in any "
      "case, or one for each hidden layer with commas (linear: none), where the file does not say",
      INTO(read_text, sources, load.activation) },
    { "layout", 0, "ORDER", "weights are out-in (PyTorch) or in-out (Keras), where shapes leave it open",
      WORD(sources, load.layout, &layout_words, GA_OUT_IN) },
    { "allow-nonfinite", 0, NULL, "take NaN and infinite weights", FLAG(sources, load.allow_nonfinite, true) },
    { "fuse", 0, NULL, "read compositions in an ONNX file as the functions that they are, such as GELU",
      FLAG(sources, load.fuse, true) },
    { "max-file", 0, "SIZE", "refuse larger files, such as 200M (4G)", INTO(read_size, sources, load.max_file) },
    { "max-mem", 0, "SIZE", "refuse a model or data that need more memory (4G)", INTO(read_size, sources, load.max_memory) },
    { 0 }
}, inputs_rows[] = {
    HEADING("Inputs:"),
    { NULL, 0, "model", NULL, INTO(read_once, sources, model_path) },
    { "data", 0, "IMAGES", "images: an IDX, .npy, .npz or CSV file, plain or gzip", INTO(read_text, sources, data_path) },
    { "labels", 0, "LABELS", "labels of the images, integers or one-hot, where IMAGES does not hold them",
      INTO(read_text, sources, labels_path) },
    { "data-key", 0, "NAME", "the array of images in a .npz file (x_test and the like)", INTO(read_text, sources, data.data_key) },
    { "labels-key", 0, "NAME", "the array of labels in a .npz file (y_test and the like)",
      INTO(read_text, sources, data.labels_key) },
    { "label-column", 0, "COLUMN", "the column of labels in a CSV file, by name or number from 1 (label, class, target or y)",
      INTO(read_text, sources, data.label_column) },
    { "scale", 0, "S", "inputs are (value S - mean) / std; a number or a ratio (1/255 for bytes, else 1)",
      INTO(read_text, sources, data.scale) },
    { "mean", 0, "M,...", "a number or a ratio, or one for each channel, channels first (0)",
      INTO(read_text, sources, data.mean) },
    { "std", 0, "D,...", "a number or a ratio, or one for each channel, channels first (1)", INTO(read_text, sources, data.std) },
    { "threads", 0, "N", "threads (all cores)", COUNT(sources, threads, 1, 1024) },
    { 0 }
}, images_rows[] = {
    { "images", 0, "A-B", "only images A to B, counted from 0 (all)", INTO(read_text, sources, images) },
    { 0 }
}, clip_rows[] = {
    { "clip", 0, "LOW,HIGH",
      "attacks keep inputs to what data from LOW to HIGH become (0,255 for bytes; 0,1 for data within that; else the data's own "
      "range)", INTO(read_text, sources, data.clip) },
    { 0 }
};

static ga_code
check_sources(void *into, ga_status *st)
{
    const sources *const in = into;
    const ga_data_options *const d = &in->data;
    if (in->model_path == NULL && !in->model_optional)
        return ga_fail(st, GA_USAGE, "which model?");
    if (in->data_path != NULL)
        return GA_OK;
    if (!in->labels_optional)
        return ga_fail(st, GA_USAGE, "--data and --labels are needed");
    if (in->data_needed)
        return ga_fail(st, GA_USAGE, "--data is needed");
    if (in->labels_path != NULL || in->images != NULL)
        return ga_fail(st, GA_USAGE, in->model_path == NULL ? "which model?" : "--labels and --images need --data");
    if (d->scale != NULL || d->mean != NULL || d->std != NULL || d->clip != NULL || d->data_key != NULL || d->labels_key != NULL ||
        d->label_column != NULL)
        return ga_fail(st, GA_USAGE, "what is said of the data needs --data");
    return GA_OK;
}

static const option_row targets_rows[] = {
    { "targets", 0, "FILE",
      "targets in place of labels, [images, outputs]: from 0 to 1 for cross-entropy and bce, any for squared-error; .npy, .npz "
      "or CSV", INTO(read_text, sources, targets_path) },
    { "upstream", 0, "FILE",
      "in place of a loss, its gradient with respect to the logits, [images, outputs] or one row; .npy, .npz or CSV",
      INTO(read_text, sources, upstream_path) },
    { 0 }
};

static ga_code
check_targets(void *into, ga_status *st)
{
    const sources *const in = into;
    return in->targets_path == NULL || in->upstream_path == NULL
               ? GA_OK : ga_fail(st, GA_USAGE, "--targets are of a loss, and --upstream is there instead of one: say one of them");
}

const option_set targets_set = { targets_rows, PLACE_ESTIMATOR, check_targets, NULL };
const option_set model_set = { model_rows, PLACE_MODEL, NULL, NULL };
static const option_set images_set = { images_rows, PLACE_IMAGES, NULL, &model_set },
    clip_set = { clip_rows, PLACE_CLIP, NULL, &images_set };
const option_set sources_set = { inputs_rows, PLACE_INPUTS, check_sources, &images_set },
    one_image_set = { inputs_rows, PLACE_INPUTS, check_sources, &model_set },
    attacked_set = { inputs_rows, PLACE_INPUTS, check_sources, &clip_set };

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
    const char *const rows = in->targets_path != NULL ? in->targets_path : in->upstream_path;
    in->data.labels_optional = in->labels_optional || rows != NULL;
    if ((code = ga_dataset_load(&in->ds, in->data_path, in->labels_path, &in->data, st)) != GA_OK)
        return code;
    if (rows != NULL &&
        (code = data_load_targets(in->ds, &(data_file){ .path = rows }, in->upstream_path != NULL, &in->data, st)) != GA_OK)
        return code;
    return ga_range_parse(&in->range, in->images, in->ds, st);
}

ga_code
sources_targets(const sources *in, ga_estimator *e, ga_status *st)
{
    return engine_take_targets(e, in->model, in->ds, st);
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
    if (!in->labels_optional && !in->losses && engine_check_outputs(in->model, in->loss, st) != GA_OK)
        return GA_USAGE;
    const bool no_labels = in->labels_optional && !sources_labelled(in);
    ga_code code = (no_labels ? dataset_check_images : ga_dataset_check)(in->ds, in->model, &fault);
    if (code == GA_OK && !in->labels_optional && !in->losses)
        code = engine_check_labels(in->model, in->loss, in->ds, &fault);
    const bool labels = in->labels_path != NULL && strncmp(fault.message, "label ", strlen("label ")) == 0;
    const char *const rows = in->targets_path != NULL ? in->targets_path : in->upstream_path;
    const bool targets = rows != NULL && (strncmp(fault.message, "target ", strlen("target ")) == 0 ||
                                          strncmp(fault.message, "rows ", strlen("rows ")) == 0);
    if (code == GA_USAGE)
        return ga_fail(st, code, "%s", fault.message);
    return code == GA_OK ? GA_OK : file_fail(st, code, targets ? rows : labels ? in->labels_path : in->data_path, "%s",
                                             fault.message);
}

/* Nothing was fused, though that was asked for. */
static void
note_unfused(const sources *in)
{
    char fused[GRAPH_FUSED];
    ga_model_fused(fused, sizeof fused, in->model);
    if (!in->load.fuse || *fused != '\0')
        return;
    fputs("gradaudit: note: ", stderr);
    escape_terminal(stderr, in->model_path);
    fputs(": --fuse found no composition of a function that it knows: the network is read as without it\n", stderr);
}

ga_code
sources_warn(const sources *in, bool quiet, ga_status *st)
{
    doubts d;
    if (!quiet)
        note_unfused(in);
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
    const char *const read[] = { in->model_path, in->data_path, in->labels_path, in->targets_path, in->upstream_path };
    struct stat out, own;
    const bool there = stat(path, &out) == 0 && S_ISREG(out.st_mode);
    for (size_t i = 0; i < sizeof read / sizeof *read && there; i++)
        if (read[i] != NULL && stat(read[i], &own) == 0 && out.st_dev == own.st_dev && out.st_ino == own.st_ino)
            return file_fail(st, GA_USAGE, path, "is read too, and would be lost: give the output another name");
    return GA_OK;
}
