/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction.h -- the paper's experiments (Brendel & Bethge, arXiv 1704.01547) as one report: computed once into JSON, then
   rendered as text, HTML and figures from that JSON and nothing else. */
#ifndef GRADAUDIT_REPORT_REPRODUCTION_H
#define GRADAUDIT_REPORT_REPRODUCTION_H

#include <stdio.h>

#include <jansson.h>

#include <gradaudit/gradient.h>
#include <gradaudit/model.h>
#include <gradaudit/status.h>

enum { REPRODUCTION_SCHEMA = 3, REPRODUCTION_RANDOM_SEEDS = 20, REPRODUCTION_MOST_SEEDS = 16 };

/* The networks of the report, in its order. penalty-sigmoid is the saturated sigmoid network before stage C of its training;
   penalty-sigmoid-x300 is that network with the weights and biases of its hidden layers times 300, made here. */
typedef enum { VANILLA_SIGMOID, SATURATED_SIGMOID, VANILLA_RELU, SATURATED_RELU, PENALTY_SIGMOID, PENALTY_SIGMOID_X300,
               N_NETWORKS } network_index;
extern const char *const network_names[N_NETWORKS];

typedef struct {
    ga_model *model[N_NETWORKS];
    const ga_dataset *ds; /* all of the test set */
    double gain, logit_scale, eps; /* chosen on validation images */
    uint64_t seed[REPRODUCTION_MOST_SEEDS]; /* of the training: the chosen one, then others for the spread */
    size_t n_seeds;
    int threads;
    ga_backend backend; /* of exact products */
    void (*progress)(void *data, const char *what, size_t done, size_t total); /* or NULL */
    void *progress_data;
} reproduction_sources;

/* Reads from a data directory, each file's SHA-256 into digests: eps, gain, logit scale and seeds, as chosen on validation images
   and committed before the test set was looked at (models/choices.json); the networks (models/NAME.safetensors) and the control;
   the test images (mnist/). On failure st names the file; the caller owns what was read. */
ga_code reproduction_read_choices(reproduction_sources *in, json_t *digests, const char *directory, ga_status *st);
ga_code reproduction_read_models(reproduction_sources *in, json_t *digests, const char *directory, ga_status *st);
ga_code reproduction_read_images(ga_dataset **ds, json_t *digests, const char *directory, ga_status *st);

/* The control: a copy with the weights and biases of the hidden layers times 300, rounded to the model's dtype. */
ga_model *reproduction_control(const ga_model *model, ga_status *st);

/* The report, for the caller to json_decref; NULL with st set on failure. The caller adds what concerns files. */
json_t *reproduction_compute(const reproduction_sources *in, ga_status *st);

/* Table 1 alone, for one set of networks, for the spread over seeds: an object with the keys of the report's networks. */
json_t *reproduction_table(const reproduction_sources *in, ga_status *st);

/* Table 1 in at most 80 columns, and every difference from the paper. */
void reproduction_text(FILE *out, const json_t *report);

/* The figures' files into directory; *drawn as in figures_make. */
ga_code reproduction_figures(const char *directory, const json_t *report, bool *drawn, ga_status *st);

/* One self-contained page, with the figures' SVG if directory has them. */
void reproduction_html(FILE *out, const json_t *report, const char *directory);

/* What the paper says, each with our figure from the report. */
typedef struct {
    const char *what;   /* "Sigmoid vanilla, plain" */
    const char *unit;   /* "%" or "decades" */
    double paper, ours; /* ours is NaN if the report has none */
    const char *reason; /* the likely reason of a difference */
} paper_figure;
#define PAPER_NOTHING "none of the images or elements here is of that kind"
size_t reproduction_paper(paper_figure *figures, size_t most, const json_t *report);

/* The paper's Table 1: accuracy in % of a network, plain (role NULL) or after an attack; NaN if the paper has none. */
double paper_value(network_index network, const char *role);

/* Readers shared by the renderers; NaN if the report has no such number. report_accuracy: accuracy in % after the attack of that
   role; report_random_signs: its mean, least and greatest over the seeds of the random signs. */
const json_t *report_network(const json_t *report, network_index network);
const json_t *report_attack(const json_t *network, const char *role);
double report_number(const json_t *object, const char *key);
double report_accuracy(const json_t *network, const char *role);
void report_random_signs(double *mean, double *low, double *high, const json_t *network);

#endif
