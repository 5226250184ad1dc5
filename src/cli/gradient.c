/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- gradaudit gradient: elements of gradients as tab-separated text, or as a NumPy array */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "io/escape.h"
#include "io/npy.h"
#include "num/format.h"
#include "pass/engine.h"

typedef struct {
    sources in;
    progress progress;
    estimator_options estimator;
    int digits;
    bool weights;
    const char *output; /* NULL: as text */
    npy_writer *writer;
    undecided_count undecided;
    int64_t accept;
} options;

static const char *const leaf_names[] = { "input", "weights" };
static const word_list leaves = WORD_LIST("value of --wrt", leaf_names);

static const option_row rows[] = {
    HEADING("Output:"),
    { "output", 'o', "FILE.npy",
      "write a NumPy array of images x elements instead: float32 for --format float and float16, float64 for double",
      INTO(read_text, options, output) },
    { "digits", 0, "N", "significant digits (enough to read back the same number)", COUNT(options, digits, 1, 100000) },
    { "wrt", 0, "WHAT", "input, or weights: summed over the images, in mpfr term by term, which is slow; not of exact (input)",
      WORD(options, weights, &leaves, 0) },
    { 0 }
};

/* No NumPy type has the other formats' exponents: rounded to float64, what only float loses would be 0 too. */
static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    ga_dtype dtype;
    if (o->output == NULL)
        return GA_OK;
    if (!format_dtype(&dtype, o->estimator.e.format))
        return ga_fail(st, GA_USAGE, "-o writes float32 or float64, which cannot hold every mpfr or exact gradient: print it "
                       "without -o; audit --elements writes exact ones as mantissas and exponents");
    if (o->weights)
        return ga_fail(st, GA_USAGE, "-o writes an array of images x elements: print the gradient to the weights without -o");
    if (o->digits > 0)
        return ga_fail(st, GA_USAGE, "--digits is about printed numbers; with -o they are written as they are");
    return GA_OK;
}

static ga_code
read_sources(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK)
        return code;
    o->in.loss = o->estimator.e.loss;
    code = ga_estimator_check(&o->estimator.e, o->in.model, st);
    if (code != GA_OK || (code = sources_check(&o->in, st)) != GA_OK)
        return code;
    return sources_warn(&o->in, o->progress.quiet, st);
}

static ga_code
count_undecided(options *o, const ga_block *b, size_t i, ga_status *st)
{
    if (!format_is_reference(o->estimator.e.format))
        return GA_OK;
    ga_truth *truth = malloc(ga_block_elements(b) * sizeof *truth);
    if (truth == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    ga_block_truth(truth, b, i);
    for (size_t e = 0; e < ga_block_elements(b); e++)
        if (truth[e].state == GA_UNDECIDED_ELEMENT)
            ga_undecided_add(&o->undecided.elements, (ga_undecided){ 1, truth[e].bound });
    free(truth);
    return GA_OK;
}

static ga_code
print_block(void *data, const ga_block *b, ga_status *st)
{
    options *o = data;
    ga_code code = GA_OK;
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        for (size_t e = 0; e < ga_block_elements(b) && code == GA_OK; e++) {
            printf("%zu\t%zu\t", ga_block_first(b) + i, e);
            code = print_number(ga_block_print, b, i, e, o->digits, st);
            putchar('\n');
        }
        if (code == GA_OK)
            code = count_undecided(o, b, i, st);
    }
    return code;
}

/* Rows of the array, which begins with the first image of the range. */
static ga_code
save_block(void *data, const ga_block *b, ga_status *st)
{
    options *o = data;
    const size_t n = ga_block_elements(b), first = ga_block_first(b) - o->in.range.first;
    ga_number *row = malloc(n * sizeof *row);
    double *wide = malloc(n * sizeof *wide);
    float *narrow = malloc(n * sizeof *narrow);
    const bool enough = row != NULL && wide != NULL && narrow != NULL;
    ga_code code = enough ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        ga_block_row(row, b, i);
        for (size_t e = 0; e < n; e++) {
            wide[e] = engine_double(row + e);
            narrow[e] = (float)wide[e];
        }
        const bool single = npy_dtype_of(o->estimator.e.format) == NPY_F32;
        code = npy_writer_put(o->writer, first + i, 1, single ? (const void *)narrow : wide, st);
    }
    free(row);
    free(wide);
    free(narrow);
    return code;
}

static ga_code
save(options *o, ga_status *st)
{
    const npy_dtype dtype = npy_dtype_of(o->estimator.e.format);
    const size_t images = o->in.range.last - o->in.range.first + 1;
    ga_code code = sources_spare(&o->in, o->output, st);
    if (code == GA_OK)
        code = npy_writer_open(&o->writer, o->output, dtype, images, ga_model_inputs(o->in.model), false, st);
    if (code == GA_OK)
        code = ga_gradient(o->in.model, o->in.ds, o->in.range, &o->estimator.e, o->in.threads,
                           &(ga_sink){ .ordered = save_block, .data = o }, st);
    if (code == GA_OK)
        code = npy_writer_finish(o->writer, st);
    if (code != GA_OK)
        npy_writer_discard(o->writer);
    return code;
}

static ga_code
print_weight(void *data, const char *tensor, size_t element, const char *text)
{
    (void)data;
    escape_tsv(stdout, tensor); /* of a file's own node */
    return printf("\t%zu\t%s\n", element, text) < 0 ? GA_IO_ERROR : GA_OK;
}

static void
print(options *o, ga_status *st)
{
    printf("#%s\telement\tvalue\n", o->weights ? "tensor" : "image");
    if (o->weights)
        ga_weight_gradient(o->in.model, o->in.ds, o->in.range, &o->estimator.e, o->in.threads, o->digits, print_weight, NULL, st);
    else
        ga_gradient(o->in.model, o->in.ds, o->in.range, &o->estimator.e, o->in.threads,
                    &(ga_sink){ .ordered = print_block, .data = o }, st);
}

int
command_gradient(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &estimator_set, offsetof(options, estimator) },
        { &accept_set, offsetof(options, accept) }, { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "MODEL --data IMAGES --labels LABELS",
        "Prints the gradient of the loss as tab-separated lines, image, element, value (--wrt weights: tensor, element, value), "
        "after one line of names that starts with #, or with -o writes it as an array. The loss is the cross-entropy, the "
        "margin (the largest logit of another class minus the label's) or the squared error of the outputs. Where the model "
        "normalises its inputs, the gradient is with respect to the normalised ones."
        "\vExample:\n"
        "  gradaudit gradient model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-9 \\\n"
        "    --format mpfr:256 --formulas rewrite --digits 20"
    };
    options o = { .progress.terminal_only = true, .estimator = estimator_default, .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    if (format_is_reference(o.estimator.e.format))
        o.estimator.e.format.digits = o.digits > 0 ? o.digits : 17;
    if (read_sources(&o, &st) == GA_OK && o.output != NULL)
        save(&o, &st);
    else if (st.code == GA_OK)
        print(&o, &st);
    if (st.code == GA_OK) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        undecided_check(&o.undecided, o.accept, undecided_can_rise(o.estimator.e.format.bits, o.in.model), NULL, &st);
    }
    sources_free(&o.in);
    return command_end(&st);
}
