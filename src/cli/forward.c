/* SPDX-License-Identifier: Apache-2.0 */
/* forward.c -- gradaudit forward: logits, or the network's output, and predicted classes, an image a line */
#include <stdio.h>
#include <stdlib.h>

#include "cli/document.h"
#include "cli/progress.h"
#include "exact/engines.h"
#include "io/npy.h"
#include "num/format.h"
#include "run/forward.h"

typedef struct {
    sources in;
    progress progress;
    estimator_options estimator;
    int digits;
    bool json;
    const char *path;   /* of an array, or NULL */
    npy_writer *writer;
    double *value;      /* of one image's outputs; and */
    float *narrow;
    ga_truth *truth;
    undecided_count undecided;
    size_t open; /* images whose class is */
    int64_t accept;
} options;

static const option_row rows[] = {
    HEADING("Output:"),
    { "digits", 0, "N", "significant digits (enough to read back the same number)", COUNT(options, digits, 1, 100000) },
    { "output", 'o', "FILE", "write the outputs as a NumPy array, images x outputs, instead", INTO(read_text, options, path) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    return o->json && o->path != NULL ? ga_fail(st, GA_USAGE, "-o writes an array, --json prints a document: ask for one of them")
                                      : GA_OK;
}

/* What an output is called. */
static const char *
output_word(const ga_model *m)
{
    static const char *const names[] = { [GA_LOGITS] = "logit", [GA_SOFTMAX] = "probability",
                                         [GA_LOG_SOFTMAX] = "log-probability",
                                         [GA_SIGMOID_OUTPUT] = "probability",
                                         [GA_COMPOSED_LOG_SOFTMAX] = "log-probability" };
    return names[ga_model_output(m)];
}

static json_t *
head(const options *o, ga_status *st)
{
    json_t *const h = document_head("forward", &o->in, &o->estimator.e, st);
    json_object_del(json_object_get(h, "estimator"), "loss");
    json_object_set_new(h, "output", json_string(output_word(o->in.model)));
    return h;
}

static void
print_head(const options *o)
{
    const ga_model *m = o->in.model;
    fputs("#image", stdout);
    if (sources_labelled(&o->in))
        fputs("\tlabel", stdout);
    if (ga_model_classes(m) > 1)
        fputs("\tpredicted", stdout);
    for (size_t c = 0; c < ga_model_classes(m); c++)
        printf("\t%s.%zu", output_word(m), c);
    putchar('\n');
}

static ga_code
print_image(const options *o, const ga_block *b, size_t i, ga_status *st)
{
    const size_t image = ga_block_first(b) + i, classes = ga_model_classes(o->in.model);
    const int predicted = forward_predicted(b, i);
    ga_code code = GA_OK;
    printf("%zu", image);
    if (sources_labelled(&o->in))
        printf("\t%d", o->in.ds->label[image]);
    if (classes > 1 && predicted >= 0)
        printf("\t%d", predicted);
    else if (classes > 1)
        fputs(predicted == PREDICTED_OPEN ? "\tundecided" : "\tnone", stdout);
    for (size_t c = 0; c < classes && code == GA_OK; c++) {
        putchar('\t');
        code = print_number(stdout, forward_print, b, i, c, o->digits, st);
    }
    putchar('\n');
    return code;
}

/* The class that is predicted, or why none is. */
static json_t *
predicted_json(const ga_block *b, size_t i)
{
    const int predicted = forward_predicted(b, i);
    return predicted >= 0 ? json_integer(predicted) : json_string(predicted == PREDICTED_OPEN ? "undecided" : "none");
}

static ga_code
put_image(const options *o, const ga_block *b, size_t i, ga_status *st)
{
    const size_t image = ga_block_first(b) + i, classes = ga_model_classes(o->in.model);
    json_t *one = json_pack("{s:I}", "image", (json_int_t)image);
    if ((sources_labelled(&o->in) && json_object_set_new(one, "label", json_integer(o->in.ds->label[image])) != 0) ||
        (classes > 1 && json_object_set_new(one, "predicted", predicted_json(b, i)) != 0))
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's outputs");
    one = document_case(one, b, i, classes, forward_row, forward_print, &o->estimator.e, o->digits);
    return document_piece(stdout, one, image == o->in.range.first, st);
}

static ga_code
write_image(const options *o, const ga_block *b, size_t i, ga_status *st)
{
    const size_t n = ga_model_classes(o->in.model);
    forward_values(o->value, b, i);
    for (size_t c = 0; c < n; c++)
        o->narrow[c] = (float)o->value[c];
    return npy_writer_put(o->writer, ga_block_first(b) + i - o->in.range.first, 1,
                          npy_dtype_of(o->estimator.e.format) == NPY_F32 ? (const void *)o->narrow : o->value, st);
}

static void
count_undecided(options *o, const ga_block *b, size_t i)
{
    if (!forward_truth(o->truth, b, i))
        return;
    o->open += forward_predicted(b, i) == PREDICTED_OPEN && ga_model_classes(o->in.model) > 1;
    for (size_t c = 0; c < ga_model_classes(o->in.model); c++)
        if (o->truth[c].state == GA_UNDECIDED_ELEMENT)
            ga_undecided_add(&o->undecided.elements, (ga_undecided){ 1, o->truth[c].bound });
}

static ga_code
take_block(void *data, const ga_block *b, ga_status *st)
{
    options *o = data;
    ga_code code = GA_OK;
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        code = (o->writer != NULL ? write_image : o->json ? put_image : print_image)(o, b, i, st);
        count_undecided(o, b, i);
    }
    return code;
}

static ga_code
run(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK)
        return code;
    if (o->estimator.format_text == NULL)
        o->estimator.e.format = format_of_dtype(o->in.model->dtype);
    if ((code = engine_check_forward(&o->estimator.e, o->in.model, st)) != GA_OK || (code = sources_check(&o->in, st)) != GA_OK ||
        (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    const size_t outputs = ga_model_classes(o->in.model), images = o->in.range.last - o->in.range.first + 1;
    o->value = malloc(outputs * sizeof *o->value);
    o->narrow = malloc(outputs * sizeof *o->narrow);
    o->truth = malloc(outputs * sizeof *o->truth);
    if (o->value == NULL || o->narrow == NULL || o->truth == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's outputs");
    const npy_dtype dtype = npy_dtype_of(o->estimator.e.format);
    if (o->path != NULL && (code = sources_spare(&o->in, o->path, st)) != GA_OK)
        return code;
    if (o->path != NULL && (code = npy_writer_open(&o->writer, o->path, dtype, images, outputs, false, st)) != GA_OK)
        return code;
    if (o->json)
        code = document_begin(head(o, st), "cases", st);
    else if (o->writer == NULL)
        print_head(o);
    if (code == GA_OK)
        code = forward_run(o->in.model, o->in.ds, o->in.range, &o->estimator.e, o->in.threads,
                           &(ga_sink){ .ordered = take_block, .data = o }, st);
    if (code == GA_OK && o->json)
        code = document_end(st);
    if (code == GA_OK && o->writer != NULL && (code = npy_writer_finish(o->writer, st)) == GA_OK)
        o->writer = NULL;
    return code;
}

/* GA_UNDECIDED if an output that is not accepted remains, or a class. */
static ga_code
check_undecided(const options *o, ga_status *st)
{
    const bool raise = undecided_can_rise(o->estimator.e.format.bits, o->in.model);
    ga_status elements = { 0 };
    undecided_check(&o->undecided, o->accept, raise, NULL, &elements);
    if (o->open == 0) {
        *st = elements;
        return st->code;
    }
    return ga_fail(st, GA_UNDECIDED, "%zu predicted class%s undecided%s%s%s", o->open, o->open == 1 ? " remains" : "es remain",
                   raise ? " (raise --max-bits)" : "", elements.code != GA_OK ? "; " : "", elements.message);
}

int
command_forward(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &pass_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "MODEL --data IMAGES [--labels LABELS]",
        "Prints what the network makes of each image, to compare with what the framework it comes from says: a tab-separated line "
        "of the image, its label if there are labels, the predicted class, and the outputs: the logits, or where the network "
        "ends in a softmax or log-softmax the result of that; or with --json a document. The predicted class is that of the "
        "largest logit, none where that is not alone or a logit is NaN; attacks and audits count an image as correct where it is "
        "the label."
        "\vExample:\n"
        "  gradaudit forward model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-9"
    };
    options o = { .in = { .labels_optional = true, .data_needed = true }, .progress.terminal_only = true,
                  .estimator = estimator_default, .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    if (format_is_reference(o.estimator.e.format))
        o.estimator.e.format.digits = o.digits > 0 ? o.digits : 17;
    if (run(&o, &st) == GA_OK) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        check_undecided(&o, &st);
    }
    npy_writer_discard(o.writer);
    free(o.value);
    free(o.narrow);
    free(o.truth);
    estimator_free(&o.estimator);
    sources_free(&o.in);
    return command_end(&st);
}
