/* SPDX-License-Identifier: Apache-2.0 */
/* api_audit.c -- what the commands audit, merge and explain do, by the public headers alone; for tests/api_same_bytes.sh:

       api_audit audit MODEL IMAGES LABELS [KEY=VALUE]...
       api_audit merge OUT PART...
       api_audit explain MODEL IMAGES LABELS IMAGE ELEMENT WORDS [KEY=VALUE]...

   memory=1: the model's bytes, and the numbers of .npy files, are handed over in memory. Prints a report's summary, or the story;
   the status is minus the ga_code. */
#include <gradaudit/gradaudit.h>

#include "directories.h"

static ga_status st;

static ga_code
die(void)
{
    fprintf(stderr, "api_audit: %s\n", st.message);
    exit(-(int)st.code);
}

static ga_code
check(ga_code code)
{
    return code != st.code && code != GA_OK ? abort(), code : code != GA_OK ? die() : code;
}

/* The value of KEY=VALUE in the arguments, which end with NULL; NULL if it is not there. *at: where to go on. */
static const char *
next(char **argv, size_t *at, const char *key)
{
    const size_t n = strlen(key);
    while (argv[*at] != NULL) {
        const char *const word = argv[(*at)++];
        if (strncmp(word, key, n) == 0 && word[n] == '=')
            return word + n + 1;
    }
    return NULL;
}

static const char *
value(char **argv, const char *key)
{
    size_t at = 0;
    return next(argv, &at, key);
}

static long
number(char **argv, const char *key)
{
    const char *const text = value(argv, key);
    return text != NULL ? strtol(text, NULL, 10) : 0;
}

static char *
read_all(size_t *n, const char *path)
{
    char *const bytes = file_bytes_of(path, n);
    return bytes != NULL ? bytes : (perror(path), exit(99), NULL);
}

/* A .npy file of up to four dimensions as NumPy writes it; at most 8, which stay until the end. */
static ga_array
read_array(const char *path)
{
    static struct {
        char type[8], *bytes;
        size_t dim[4];
    } kept[8], *next_kept = kept;
    size_t n, *const dim = next_kept->dim;
    char *const bytes = next_kept->bytes = read_all(&n, path), *const type = next_kept++->type;
    const size_t before = 10 + (uint8_t)bytes[8] + 256 * (size_t)(uint8_t)bytes[9];
    bytes[before - 1] = '\0';
    if (sscanf(bytes + 10, "{'descr': '%7[^']', 'fortran_order': False, 'shape': (%zu, %zu, %zu, %zu", type, dim, dim + 1, dim + 2,
               dim + 3) < 2)
        exit(99);
    size_t n_dims = 1;
    while (n_dims < 4 && dim[n_dims] > 0)
        n_dims++;
    return (ga_array){ type, n_dims, dim, bytes + before };
}

static void
open_inputs(ga_model **model, ga_dataset **ds, char **argv)
{
    ga_model_options m = GA_MODEL_OPTIONS;
    ga_dataset_options d = GA_DATASET_OPTIONS;
    m.round = (int)number(argv, "round");
    d.scale = value(argv, "scale");
    if (number(argv, "memory") == 0) {
        check(ga_model_open(model, argv[0], &m, &st));
        check(ga_dataset_open(ds, argv[1], argv[2], &d, &st));
        return;
    }
    size_t n;
    char *const bytes = read_all(&n, argv[0]);
    const ga_array images = read_array(argv[1]), labels = read_array(argv[2]);
    check(ga_model_open_bytes(model, bytes, n, "model", &m, &st));
    check(ga_dataset_from_arrays(ds, &images, &labels, &d, &st));
    free(bytes);
}

/* foreign=NAME:FILE[:SCALE] */
static void
add_foreign(ga_audit *audit, const char *text)
{
    char name[65] = "", path[4096] = "", scale[64] = "";
    if (sscanf(text, "%64[^:]:%4095[^:]:%63s", name, path, scale) < 2)
        exit(99);
    const ga_array gradient = read_array(path);
    check(ga_audit_add_foreign(audit, name, &gradient, scale[0] != '\0' ? scale : NULL, &st));
}

static ga_audit *
make_audit(const ga_model *model, const ga_dataset *ds, char **argv)
{
    ga_audit_options o = GA_AUDIT_OPTIONS;
    ga_audit *audit;
    size_t at = 0;
    o.images = value(argv, "images");
    o.eps = value(argv, "eps");
    o.seeds = (size_t)number(argv, "seeds");
    o.max_bits = number(argv, "max-bits");
    o.reference_bits = number(argv, "reference-bits");
    o.tolerance = value(argv, "tolerance") != NULL ? strtod(value(argv, "tolerance"), NULL) : 0;
    o.verdict_margin = value(argv, "verdict-margin") != NULL ? strtod(value(argv, "verdict-margin"), NULL) : 0;
    o.no_remedies = (int)number(argv, "no-remedies");
    o.elements = (int)number(argv, "elements");
    o.backend = value(argv, "backend");
    check(ga_audit_new(&audit, model, ds, &o, &st));
    for (const char *words; (words = next(argv, &at, "estimator")) != NULL;)
        check(ga_audit_add(audit, words, &st));
    at = 0;
    for (const char *text; (text = next(argv, &at, "foreign")) != NULL;)
        add_foreign(audit, text);
    return audit;
}

/* The call is stopped once it has asked so often; progress never falls, and ends at all of it unless it was stopped. */
static long asks;
static double progress;

static int
stop(void *data)
{
    return *(const long *)data > 0 && __atomic_add_fetch(&asks, 1, __ATOMIC_SEQ_CST) > *(const long *)data;
}

static void
show(void *data, double done, double all)
{
    (void)data;
    if (done < progress || done > all * (1 + 1e-9))
        abort();
    progress = done;
}

static void
print_report(ga_report *report, const char *out)
{
    fputs(ga_report_text(report), stdout);
    if (out != NULL) {
        size_t n;
        char path[4096];
        ga_report *again;
        snprintf(path, sizeof path, "%s/report.json", out);
        char *const bytes = read_all(&n, path);
        if (n != strlen(ga_report_json(report)) || memcmp(bytes, ga_report_json(report), n) != 0)
            abort();
        check(ga_report_open(&again, path, &st));
        if (strcmp(ga_report_json(report), ga_report_json(again)) != 0 ||
            strcmp(ga_report_text(report), ga_report_text(again)) != 0)
            abort();
        ga_report_free(again);
        free(bytes);
    }
    ga_report_free(report);
}

static void
do_audit(char **argv)
{
    ga_model *model;
    ga_dataset *ds;
    ga_report *report;
    long most = number(argv, "stop");
    const ga_run run = { .size = sizeof run, .threads = (int)number(argv, "threads"), .progress = show, .stop = stop,
                         .data = &most };
    const char *const out = value(argv, "out"), *const json = value(argv, "json");
    open_inputs(&model, &ds, argv);
    ga_audit *const audit = make_audit(model, ds, argv);
    check(ga_audit_run(&report, audit, out, (int)number(argv, "resume"), &run, &st));
    if (json != NULL)
        file_put(json, ga_report_json(report), strlen(ga_report_json(report)));
    print_report(report, out);
    ga_audit_free(audit);
    ga_dataset_free(ds);
    ga_model_free(model);
}

static void
do_explain(char **argv)
{
    ga_model *model;
    ga_dataset *ds;
    char *text;
    const char *const tolerance = value(argv, "tolerance");
    open_inputs(&model, &ds, argv);
    const ga_code code = ga_explain(&text, model, ds, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10), argv[5],
                                    tolerance != NULL ? strtod(tolerance, NULL) : 0, NULL, &st);
    if (text != NULL)
        fputs(text, stdout);
    ga_text_free(text);
    fflush(stdout);
    check(code);
    ga_dataset_free(ds);
    ga_model_free(model);
}

int
main(int argc, char **argv)
{
    ga_report *report;
    if (argc >= 5 && strcmp(argv[1], "audit") == 0)
        do_audit(argv + 2);
    else if (argc >= 8 && strcmp(argv[1], "explain") == 0)
        do_explain(argv + 2);
    else if (argc >= 3 && strcmp(argv[1], "merge") == 0) {
        check(ga_audit_join(&report, argv[2], (const char *const *)argv + 3, (size_t)argc - 3, &st));
        print_report(report, argv[2]);
    } else
        return 99;
    return fclose(stdout) == 0 ? 0 : 99;
}
