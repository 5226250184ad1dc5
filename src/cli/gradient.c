/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- gradaudit gradient: elements of gradients as tab-separated text, as JSON, or as a NumPy array */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/document.h"
#include "cli/gradient_save.h"
#include "cli/together.h"
#include "cli/weights.h"
#include "io/npy.h"
#include "num/format.h"
#include "pass/engine.h"
#include "run/blocks.h"
#include "run/weights.h"

typedef struct {
    sources in;
    progress progress;
    estimator_options estimator;
    int digits;
    bool weights, sum, json;
    const char *output; /* NULL: as text */
    bool npz; /* it is a .npz file: */
    npy_writer *writer;
    gradient_rows rows;
    engine_pool *pool;
    undecided_count undecided;
    size_t beyond; /* images beyond the hinge of cw */
    int64_t accept;
} options;

static const char *const leaf_names[] = { "input", "weights" };
static const word_list leaves = WORD_LIST("value of --wrt", leaf_names);
static const char *const reduction_names[] = { "mean", "sum" };
static const word_list reductions = WORD_LIST("reduction", reduction_names);

static const option_row rows[] = {
    HEADING("Output:"),
    { "output", 'o', "FILE",
      "FILE.npy: write a NumPy array of images x elements instead: of float32 if that holds all numbers of the format, else of "
      "float64; FILE.npz: in any format, or with --wrt weights an array for each parameter",
      INTO(read_text, options, output) },
    { "digits", 0, "N", "significant digits (enough to read back the same number)", COUNT(options, digits, 1, 100000) },
    { "wrt", 0, "WHAT", "input, or weights: the gradient of the images' mean loss to all parameters (input)",
      WORD(options, weights, &leaves, 0) },
    { "reduction", 0, "HOW", "of --wrt weights: mean or sum of the images' losses (mean)", WORD(options, sum, &reductions, 0) },
    { 0 }
};

/* No NumPy type has the other formats' exponents: rounded to float64, what only float loses would be 0 too. */
static ga_code
check(void *into, ga_status *st)
{
    options *const o = into;
    ga_dtype dtype;
    if (o->sum && !o->weights)
        return ga_fail(st, GA_USAGE, "--reduction is about --wrt weights: an input has the gradient of its own image's loss");
    if (o->output == NULL)
        return GA_OK;
    if (o->json)
        return ga_fail(st, GA_USAGE, "-o writes an array, --json prints a document: ask for one of them");
    if (o->digits > 0)
        return ga_fail(st, GA_USAGE, "--digits is about printed numbers; with -o they are written as they are");
    o->npz = strlen(o->output) >= 4 && strcasecmp(o->output + strlen(o->output) - 4, ".npz") == 0;
    if (o->weights && !o->npz)
        return ga_fail(st, GA_USAGE, "-o with --wrt weights writes an array for each parameter: name a .npz file, not '%.200s'",
                       o->output);
    if (o->npz)
        return GA_OK;
    if (!format_dtype(&dtype, o->estimator.e.format))
        return ga_fail(st, GA_USAGE, "-o FILE.npy is of float32 or float64, which cannot hold every gradient in this format: name "
                       "a .npz file, which has mantissas and exponents, or print it without -o");
    return GA_OK;
}

static ga_code
read_sources(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK)
        return code;
    if ((code = sources_targets(&o->in, &o->estimator.e, st)) != GA_OK)
        return code;
    o->in.loss = o->estimator.e.loss;
    if (o->weights) {
        o->estimator.e = weights_estimator(&o->estimator.e, o->in.range, !o->sum);
        o->sum = o->sum || o->estimator.e.loss == GA_UPSTREAM;
        if ((code = weights_check(&o->estimator.e, st)) != GA_OK)
            return code;
    }
    code = ga_estimator_check(&o->estimator.e, o->in.model, st);
    if (code != GA_OK || (code = sources_check(&o->in, st)) != GA_OK)
        return code;
    return sources_warn(&o->in, o->progress.quiet, st);
}

/* What is counted of images: undecided elements, and images whose margin is beyond kappa. */
typedef struct {
    ga_undecided undecided;
    size_t beyond;
} counts;

/* What is made of a block: lines, pieces of JSON or rows of the array, and before them the counts. */
typedef struct {
    const options *o;
    FILE *out;
    counts counted;
} making;

/* The loss is then kappa, and no element is anything but 0. */
static ga_code
count_beyond(making *m, const ga_block *b, size_t i, ga_status *st)
{
    const ga_estimator e = engine_estimator(&m->o->estimator.e, m->o->in.model);
    if (e.loss != GA_CW || b->ops->loss(b->engine, b->row + i) != e.number)
        return GA_OK;
    ga_number *const row = malloc(ga_block_elements(b) * sizeof *row);
    if (row == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    bool zero = true;
    ga_block_row(row, b, i);
    for (size_t k = 0; k < ga_block_elements(b); k++)
        zero = zero && row[k].klass == GA_ZERO;
    m->counted.beyond += zero;
    free(row);
    return GA_OK;
}

static ga_code
count(making *m, const ga_block *b, size_t i, ga_status *st)
{
    const ga_code code = count_beyond(m, b, i, st);
    if (code != GA_OK)
        return code;
    if (!format_is_reference(m->o->estimator.e.format))
        return GA_OK;
    ga_truth *truth = malloc(ga_block_elements(b) * sizeof *truth);
    if (truth == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    ga_block_truth(truth, b, i);
    for (size_t e = 0; e < ga_block_elements(b); e++)
        if (truth[e].state == GA_UNDECIDED_ELEMENT)
            ga_undecided_add(&m->counted.undecided, (ga_undecided){ 1, truth[e].bound });
    free(truth);
    return GA_OK;
}

static ga_code
print_block(void *data, const ga_block *b, ga_status *st)
{
    making *const m = data;
    ga_code code = GA_OK;
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        for (size_t e = 0; e < ga_block_elements(b) && code == GA_OK; e++) {
            fprintf(m->out, "%zu\t%zu\t", ga_block_first(b) + i, e);
            code = print_number(m->out, ga_block_print, b, i, e, m->o->digits, st);
            putc('\n', m->out);
        }
        if (code == GA_OK)
            code = count(m, b, i, st);
    }
    return code;
}

static ga_code
put_block(void *data, const ga_block *b, ga_status *st)
{
    making *const m = data;
    ga_code code = GA_OK;
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        const size_t image = ga_block_first(b) + i;
        json_t *const one = document_case(json_pack("{s:I}", "image", (json_int_t)image), b, i, ga_block_elements(b), ga_block_row,
                                          ga_block_print, &m->o->estimator.e, m->o->digits);
        code = document_piece(m->out, one, image == m->o->in.range.first, st);
        if (code == GA_OK)
            code = count(m, b, i, st);
    }
    return code;
}

static ga_code
save_block(void *data, const ga_block *b, ga_status *st)
{
    making *const m = data;
    ga_code code = gradient_rows_print(m->out, b, m->o->estimator.e.format, st);
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++)
        code = count(data, b, i, st);
    return code;
}

static ga_code
make(void *data, deal_bytes *made, ga_range images, int threads, ga_status *st)
{
    const options *const o = data;
    making m = { .o = o, .out = open_memstream(&made->bytes, &made->n) };
    if (m.out == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the gradients of a block");
    fwrite(&m.counted, sizeof m.counted, 1, m.out);
    const blocks_job job = { .model = o->in.model, .ds = o->in.ds, .range = images, .estimator = o->estimator.e,
                             .threads = threads, .pool = o->pool,
                             .sink = { .ordered = o->output != NULL ? save_block : o->json ? put_block : print_block,
                                       .data = &m } };
    const ga_code code = blocks_check_and_run(&job, st);
    const bool kept = !ferror(m.out);
    if (fclose(m.out) != 0 || !kept)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the gradients of a block");
    memcpy(made->bytes, &m.counted, sizeof m.counted);
    return code;
}

static ga_code
add(void *data, const deal_bytes *made, ga_range images, ga_status *st)
{
    options *const o = data;
    counts counted;
    memcpy(&counted, made->bytes, sizeof counted);
    ga_undecided_add(&o->undecided.elements, counted.undecided);
    o->beyond += counted.beyond;
    const char *const bytes = made->bytes + sizeof counted;
    const size_t row = images.first - o->in.range.first, n = images.last - images.first + 1;
    if (o->npz)
        gradient_rows_put(&o->rows, row, n, bytes);
    else if (o->output != NULL)
        return npy_writer_put(o->writer, row, n, bytes, st);
    if (o->output != NULL)
        return GA_OK;
    if (fwrite(bytes, 1, made->n - sizeof counted, stdout) < made->n - sizeof counted)
        return ga_fail(st, GA_IO_ERROR, "writing to standard output failed");
    return GA_OK;
}

/* Of a document. */
static json_t *
head(const options *o, ga_status *st)
{
    json_t *const h = document_head("gradient", &o->in, &o->estimator.e, st);
    json_object_set_new(h, "wrt", json_string(leaf_names[o->weights]));
    if (o->weights)
        json_object_set_new(h, "reduction", json_string(reduction_names[o->sum]));
    return h;
}

static ga_code
compute(options *o, ga_team *team, ga_status *st)
{
    const blocks_job pass = { .model = o->in.model, .range = o->in.range,
                              .estimator = engine_estimator(&o->estimator.e, o->in.model) };
    const fold f = { .range = o->in.range, .cases = blocks_images(&pass), .data = o, .make = make, .add = add };
    together_bar bar;
    const fold_way way = together_way(&bar, &o->in, team, &o->progress, 1);
    o->pool = engine_pool_new(0, NULL);
    const ga_code code = o->pool != NULL && f.cases > 0 ? fold_run(&f, true, &way, st)
                                                        : ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    engine_pool_free(o->pool);
    return code;
}

static ga_code
open_output(options *o, ga_status *st)
{
    const size_t images = o->in.range.last - o->in.range.first + 1;
    const size_t elements = ga_model_inputs(o->in.model);
    const ga_code code = sources_spare(&o->in, o->output, st);
    return code != GA_OK ? code
           : o->npz      ? gradient_rows_new(&o->rows, o->estimator.e.format, images, elements, st)
                         : npy_writer_open(&o->writer, o->output, npy_dtype_of(o->estimator.e.format), images, elements, false, st);
}

static ga_code
close_output(options *o, ga_code code, ga_status *st)
{
    if (o->rows.rows > 0 && code == GA_OK)
        code = gradient_rows_save(&o->rows, o->output, st);
    gradient_rows_free(&o->rows);
    if (o->writer == NULL)
        return code;
    if (code == GA_OK)
        code = npy_writer_finish(o->writer, st);
    if (code != GA_OK)
        npy_writer_discard(o->writer);
    return code;
}

static ga_code
run(void *data, ga_team *team, ga_status *st)
{
    options *const o = data;
    bool go;
    ga_code code = read_sources(o, st);
    if (code != GA_OK || (o->weights && (code = together_refuse(team, "--wrt weights", st)) != GA_OK))
        return code;
    if (o->weights && o->output != NULL)
        return weights_save(&o->undecided.elements, &o->in, &o->estimator.e, o->output, st);
    if (o->weights)
        return weights_print(&o->undecided.elements, &o->in, &o->estimator.e, o->digits, o->json, o->json ? head(o, st) : NULL, st);
    if (o->output != NULL && together_leads(team) && (code = open_output(o, st)) != GA_OK)
        return code;
    code = together_agree(&go, team, &o->in, !engine_rows_independent(&o->estimator.e),
                          json_pack("{s:o,s:i,s:i}", "estimator", together_estimator(&o->estimator.e), "digits", o->digits,
                                    "output", o->output != NULL ? 2 : o->json), st);
    if (go) {
        if (o->json)
            code = document_begin(head(o, st), "cases", st);
        else if (o->output == NULL)
            puts("#image\telement\tvalue");
        if (code == GA_OK)
            code = compute(o, team, st);
        if (code == GA_OK && o->json)
            code = document_end(st);
    }
    return close_output(o, code, st);
}

int
command_gradient(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &targets_set, offsetof(options, in) },
        { &estimator_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "MODEL --data IMAGES --labels LABELS",
        "Prints the gradient of the loss as tab-separated lines, image, element, value (--wrt weights: tensor, element, value), "
        "after one line of names that starts with #. With -o it writes an array instead, with --json it prints a document. The "
        "losses are the cross-entropy; the margin (the largest logit of another class minus the label's); cw, the hinge of Carlini "
        "and Wagner: that margin, cut off by --kappa; dlr, the difference of logits ratio; the squared error of the outputs; bce, "
        "the binary cross-entropy of each output's sigmoid; and nll, the negative log-likelihood of a network that ends in softmax "
        "or log-softmax, computed from its outputs. For a saliency map, take the label's logit or probability. Where the model "
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
    if (together_run(run, &o, &st)) {
        const size_t images = o.in.range.last - o.in.range.first + 1;
        progress_end(&o.progress, images, "image", o.in.threads);
        if (o.beyond > 0)
            fprintf(stderr, "gradaudit: the margin of %zu of %zu images is beyond kappa, where cw is constant: their gradient is "
                            "0\n", o.beyond, images);
        undecided_check(&o.undecided, o.accept, undecided_can_rise(o.estimator.e.format.bits, o.in.model), NULL, &st);
    }
    estimator_free(&o.estimator);
    sources_free(&o.in);
    return command_end(&st);
}
