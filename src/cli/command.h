/* SPDX-License-Identifier: Apache-2.0 */
/* command.h -- what the subcommands share: their table, common options, and how a run ends. */
#ifndef GRADAUDIT_CLI_COMMAND_H
#define GRADAUDIT_CLI_COMMAND_H

#include <jansson.h>

#include "core/attack.h"
#include "core/gradient.h"

#include "cli/options.h"
#include "report/figure.h"
#include "report/gate.h"
#include "report/undecided.h"

typedef struct {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "gradaudit NAME"; returns the exit status */
    const char *summary;
    bool shared; /* its work can be shared by several processes (together.h) */
} command;

extern const command commands[]; /* ends with a NULL name */

int command_attack(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_formats(int argc, char **argv);
int command_forward(int argc, char **argv);
int command_gradient(int argc, char **argv);
int command_help(int argc, char **argv);
int command_histogram(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_precision(int argc, char **argv);
int command_report(int argc, char **argv);
int command_reproduce(int argc, char **argv);
int command_scales(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_thresholds(int argc, char **argv);
int command_train(int argc, char **argv);

/* Prints "gradaudit: MESSAGE" on stderr if st->code is not GA_OK and there is a message, and returns the code. */
int command_end(const ga_status *st);

/* Flushes and closes stdout; GA_IO_ERROR, said on stderr, if anything written to it was lost. Called once, at exit. */
int command_close_stdout(void);

/* A command's sources: MODEL and its options, --data and --labels and theirs, --images, --threads. sources_set fills sources,
   sources_read reads them. */
typedef struct {
    const char *model_path, *data_path, *labels_path, *images;
    const char *targets_path, *upstream_path;
    int threads;
    bool round_model;
    ga_loss loss;         /* that is to be taken, */
    bool losses;          /* or several are, which the command checks */
    bool labels_optional; /* and the data too, unless they are needed */
    bool data_needed;
    bool model_optional;  /* the command asks for it */
    ga_load load;
    ga_data_options data;
    ga_model *model;
    ga_dataset *ds;
    ga_range range;
} sources;

extern const option_set sources_set, one_image_set, attacked_set; /* the second without --images, the third with --clip */
extern const option_set targets_set; /* --targets, --upstream; with sources_targets after sources_read and estimator_settle */
extern const option_set model_set; /* the options of the model alone */
ga_code sources_read_model(sources *in, ga_status *st);
ga_code sources_read(sources *in, ga_status *st);
void sources_free(sources *in);

/* e's loss as the data set's targets make it (engine_take_targets). */
ga_code sources_targets(const sources *in, ga_estimator *e, ga_status *st);

/* Whether there are labels that name classes: those of a network of one output do not. */
bool sources_labelled(const sources *in);

/* GA_OK if the images and labels fit the model; else GA_BAD_FILE with the data file's name. GA_USAGE if labels are needed, for a
   loss, and the model has only one output. */
ga_code sources_check(const sources *in, ga_status *st);

/* GA_USAGE if an output of that path would overwrite the model, the images or the labels. */
ga_code sources_spare(const sources *in, const char *path, ga_status *st);

/* Reports on stderr what is odd about the images (audit/doubts.h), and that --fuse found nothing, unless quiet. After
   sources_check. */
ga_code sources_warn(const sources *in, bool quiet, ga_status *st);

/* --format, --formulas, --loss, --gemm, --gemm-backend, --gain, --logit-scale, which estimator_default fills first; pass_set has
   all but --loss, explained_set the formats in which elements are explained, with their products, native_set float and double, and
   scaled_set recipes that scale tensors by batches.
   estimator_settle sets e's gain, logit scale, batch and frozen scales once the model is read; GA_USAGE if it takes no gain, and
   one is asked for, or has no batches; or what reading the scales says. estimator_free frees the scales. */
typedef struct {
    ga_estimator e;
    const char *format_text; /* NULL: nobody said a format */
    int batch;               /* 0: nobody said */
    decimal gain, logit_scale, smoothing, kappa;
    decimal cooling; /* the logit scale of a temperature */
    bool heated, smoothed, hinged; /* a temperature, label smoothing, kappa were said */
} estimator_options;
extern const option_set pass_set, estimator_set, explained_set, native_set, scaled_set;
extern const estimator_options estimator_default;
ga_code estimator_settle(estimator_options *o, const ga_model *model, ga_status *st);
void estimator_free(estimator_options *o);

/* --batch, into an int. */
#define BATCH_ROW(...) \
    { "batch", 0, "B", \
      "images of a batch, 1, 2, 4, to 256, of each recipe that scales by batches and has no batch= of its own (256)", \
      __VA_ARGS__ }
option_reader read_batch;

/* Number k of image i of a block in decimal, as ga_block_print has it: printed, and as JSON. GA_NO_MEMORY, which NULL stands for,
   GA_IO_ERROR. */
typedef int number_printer(char *text, size_t size, const ga_block *b, size_t i, size_t k, int digits);
ga_code print_number(FILE *out, number_printer *print, const ga_block *b, size_t i, size_t k, int digits, ga_status *st);
json_t *number_json(number_printer *print, const ga_block *b, size_t i, size_t k, int digits);

/* --gemm-backend into a ga_backend; pass_set has it too. */
extern const option_set backend_set;

/* A reader of one of the formats that a command has; what: "format of COMMAND". */
ga_code read_format_of(void *into, const option_row *row, const char *text, const char *what, bool (*has)(ga_format),
                       ga_status *st);

/* --accept-below B into an int64_t, the largest k with 2^k <= B; ACCEPT_NONE without it. */
#define ACCEPT_NONE INT64_MIN
extern const option_set accept_set;

/* GA_OK, or GA_UNDECIDED with what remains undecided: elements unless all are at most 2^accept, and cells. Called once everything
   is written. raise: more bits may be had by --max-bits; where: a directory, or NULL. */
ga_code undecided_check(const undecided_count *u, int64_t accept, bool raise, const char *where, ga_status *st);

/* Whether more bits may decide what max_bits did not: it can rise, and the model's weights are numbers. */
bool undecided_can_rise(long max_bits, const ga_model *model);

/* --fail-on and --baseline. gates_set reads them; gates_open reads the baseline and checks the gates before anything is computed,
   against a finished report or what one will have (gate_planned). gates_close reports failed gates on stderr and then is
   GA_GATE_FAILED, whatever *st was: a message in it is kept. */
typedef struct {
    gate gate[GATE_MOST];
    size_t n;
    const char *baseline_path;
    json_t *baseline;
} gates;
extern const option_set gates_set;
ga_code gates_open(gates *g, const json_t *report, ga_status *st);
ga_code gates_close(const gates *g, const json_t *report, bool quiet, ga_status *st);
void gates_free(gates *g);

/* -o BASE: a directory and the stem of the figure's files, made of letters, digits and "._-" because gnuplot reads it. */
typedef struct {
    char directory[4096], name[256];
} figure_base;
option_reader read_figure_base;

/* Makes the figure's files; says on stderr if there is no gnuplot to draw it. */
ga_code draw_figure(const figure_base *base, const figure *f, ga_status *st);

#endif
