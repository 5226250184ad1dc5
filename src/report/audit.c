/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- an audit from its job, or from parts, to its directory; see gradaudit/audit.h */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/block.h"
#include "audit/elements.h"
#include "audit/run.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/audit.h"
#include "report/audit_report.h"
#include "report/provenance.h"

static ga_code
join(char *path, size_t size, const char *directory, const char *name, ga_status *st)
{
    if (snprintf(path, size, "%s/%s", directory, name) < (int)size)
        return GA_OK;
    return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
}

static bool
holds(const char *directory, const char *name)
{
    char path[8192];
    return join(path, sizeof path, directory, name, NULL) == GA_OK && access(path, F_OK) == 0;
}

bool
audit_is_drawn(const char *directory)
{
    return holds(directory, "figures/cells.png");
}

/* A directory that is not there, or is empty. */
static ga_code
check_empty(const char *directory, ga_status *st)
{
    struct stat about;
    if (stat(directory, &about) != 0)
        return errno == ENOENT ? GA_OK : file_fail_errno(st, directory, "open", errno);
    if (holds(directory, "journal"))
        return file_fail(st, GA_USAGE, directory, "an unfinished audit stands here: go on with --resume, or remove it");
    if (holds(directory, "report.json"))
        return file_fail(st, GA_USAGE, directory, "a result stands here; choose another directory, or remove it");
    DIR *d = opendir(directory);
    size_t entries = 0;
    if (d == NULL)
        return file_fail_errno(st, directory, "open", errno);
    while (readdir(d) != NULL)
        entries++;
    closedir(d);
    return entries <= 2 ? GA_OK : file_fail(st, GA_USAGE, directory, "the directory is not empty, and holds no audit");
}

json_t *
audit_read(const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes;
    json_error_t fault;
    if (join(path, sizeof path, directory, "report.json", st) != GA_OK ||
        file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st) != GA_OK)
        return NULL;
    json_t *report = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &fault);
    const char *kind = json_string_value(json_object_get(report, "kind"));
    free(bytes.data);
    if (report == NULL)
        file_fail(st, GA_BAD_FILE, path, "line %d is no JSON: %s", fault.line, fault.text);
    else if (kind == NULL || strcmp(kind, "audit") != 0)
        file_fail(st, GA_BAD_FILE, path, "it is not the report of an audit");
    else if (json_integer_value(json_object_get(report, "schema_version")) != GA_AUDIT_SCHEMA)
        file_fail(st, GA_BAD_FILE, path, "its schema_version is not %d", GA_AUDIT_SCHEMA);
    else
        return report;
    json_decref(report);
    return NULL;
}

static ga_code
write_rows(const char *directory, const json_t *head, const part *p, ga_status *st)
{
    char path[8192];
    out_file out;
    ga_code code = join(path, sizeof path, directory, "images.tsv", st);
    if (code != GA_OK || (code = out_open(&out, path, st)) != GA_OK)
        return code;
    row_heading(out.stream, &p->shape, head);
    fputc('\n', out.stream);
    for (size_t r = 0; r < p->n_rows; r++) {
        row_print(out.stream, p->row + r, &p->shape);
        fputc('\n', out.stream);
    }
    return out_commit(&out, st);
}

/* What an audit that was killed left behind. */
static void
sweep(const char *directory)
{
    char path[8192];
    out_sweep(directory);
    if (join(path, sizeof path, directory, "figures", NULL) == GA_OK)
        out_sweep(path);
}

/* images.tsv, then report.json, which says that the audit is whole, then what is rendered from it. */
static ga_code
write_results(const char *directory, const json_t *head, const part *p, ga_status *st)
{
    json_t *report = audit_report(head, p);
    if (report == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    ga_code code = write_rows(directory, head, p, st);
    if (code == GA_OK)
        code = json_write(directory, "report.json", report, st);
    bool drawn;
    if (code == GA_OK)
        code = audit_render(directory, report, &drawn, st);
    json_decref(report);
    return code;
}

/* A finished audit that is asked for again: nothing is to be done if it is the same. */
static ga_code
check_finished(const char *directory, const ga_audit_job *job, ga_status *st)
{
    plan p;
    char difference[128];
    ga_status own = { 0 };
    json_t *report = audit_read(directory, &own), *head = NULL;
    if (report != NULL && plan_make(&p, job, &own) == GA_OK && (head = plan_head(&p, &own)) != NULL) {
        const json_t *images = json_object_get(report, "images");
        plan_difference(difference, sizeof difference, head, json_object_get(report, "head"));
        if (difference[0] == '\0' && ((size_t)json_integer_value(json_object_get(images, "first")) != job->range.first ||
                                      (size_t)json_integer_value(json_object_get(images, "last")) != job->range.last))
            snprintf(difference, sizeof difference, "images");
        if (difference[0] != '\0')
            file_fail(&own, GA_USAGE, directory, "the audit that stands here is finished, and differs in its %s", difference);
        else
            sweep(directory);
    }
    if (report != NULL)
        plan_free(&p);
    json_decref(head);
    json_decref(report);
    if (own.code != GA_OK && st != NULL)
        *st = own;
    return own.code;
}

ga_code
ga_audit(const char *directory, const ga_audit_job *job, bool resume, ga_status *st)
{
    audit_run r;
    if (resume && !holds(directory, "journal") && holds(directory, "report.json"))
        return check_finished(directory, job, st);
    ga_code code = resume ? GA_OK : check_empty(directory, st);
    if (code != GA_OK)
        return code;
    const bool made = !resume && mkdir(directory, 0777) == 0;
    if (!resume && !made && errno != EEXIST)
        return file_fail_errno(st, directory, "make the directory", errno);
    code = audit_run_blocks(&r, directory, job, resume, st);
    if (code == GA_OK) {
        sweep(directory);
        code = write_results(directory, r.head, r.result, st);
    }
    if (code == GA_OK)
        code = journal_remove(&r.journal, st);
    audit_run_free(&r);
    if (code != GA_OK && made && !holds(directory, "journal"))
        rmdir(directory); /* it was refused before anything was computed */
    return code;
}

/* A finished audit: its head and its part. */
typedef struct {
    json_t *report;
    part *p;
} finished;

/* The heading is the one that the head asks for. */
static ga_code
check_heading(const char *line, const part_shape *shape, const json_t *head, ga_status *st)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (f != NULL)
        row_heading(f, shape, head);
    if (f == NULL || fclose(f) != 0) {
        free(text);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a heading");
    }
    const bool same = strcmp(text, line) == 0;
    free(text);
    return same ? GA_OK : ga_fail(st, GA_BAD_FILE, "it is not the heading of this audit");
}

static ga_code
parse_rows(part *p, const json_t *head, const file_bytes *bytes, const char *path, ga_status *st)
{
    char *line = (char *)bytes->data, *end = line + bytes->size;
    ga_code code = GA_OK;
    for (size_t n = 0; line < end && code == GA_OK; n++) {
        ga_status fault = { 0 };
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL || memchr(line, '\0', (size_t)(stop - line)) != NULL)
            code = file_fail(st, GA_BAD_FILE, path, "line %zu is torn", n + 1);
        if (code != GA_OK)
            break;
        *stop = '\0';
        if (n == 0)
            check_heading(line, &p->shape, head, &fault);
        else {
            part_row *row = part_add_row(p, 0);
            if (row == NULL)
                ga_fail(&fault, GA_NO_MEMORY, "out of memory for the images of an audit");
            else
                row_parse(row, line, &p->shape, &fault);
        }
        if (fault.code != GA_OK)
            code = file_fail(st, fault.code, path, "line %zu: %s", n + 1, fault.message);
        line = stop + 1;
    }
    return code;
}

/* What is read adds up, and is all that the report says: made anew from it, the report is the same. */
static ga_code
check_whole(finished *a, const char *directory, ga_status *st)
{
    part *counted = NULL;
    const char *fault = part_fault_found(a->p);
    if (fault != NULL)
        return file_fail(st, GA_BAD_FILE, directory, "report.json and images.tsv do not fit each other: %s", fault);
    ga_code code = part_merge(&counted, &a->p, 1, st); /* what is not in the file: medians */
    json_t *report = code == GA_OK ? audit_report(json_object_get(a->report, "head"), counted) : NULL;
    if (code == GA_OK && report == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    if (code == GA_OK && !json_equal(report, a->report)) {
        char difference[128];
        plan_difference(difference, sizeof difference, report, a->report);
        code = file_fail(st, GA_BAD_FILE, directory, "report.json does not follow from its counts and images.tsv: %s", difference);
    }
    json_decref(report);
    part_free(counted);
    return code;
}

/* There is room for as many images as there are lines, whatever the report says. */
static ga_code
read_part(finished *a, const char *directory, const file_bytes *bytes, const char *path, ga_status *st)
{
    part_shape shape;
    ga_status fault = { 0 };
    const json_t *head = json_object_get(a->report, "head");
    const json_int_t images = json_integer_value(json_object_get(json_object_get(a->report, "images"), "n"));
    size_t lines = 0;
    for (size_t i = 0; i < bytes->size; i++)
        lines += bytes->data[i] == '\n';
    if (images < 1 || lines != (uint64_t)images + 1)
        return file_fail(st, GA_BAD_FILE, path, "%zu lines, and report.json is of %lld images", lines, (long long)images);
    ga_code code = audit_report_shape(&shape, head, &fault);
    if (code == GA_OK && (a->p = part_new(&shape, lines)) == NULL)
        code = ga_fail(&fault, GA_NO_MEMORY, "out of memory for an audit");
    if (code == GA_OK)
        code = part_from_json(a->p, a->report, &fault);
    if (code != GA_OK)
        return file_fail(st, code, directory, "report.json: %s", fault.message);
    return parse_rows(a->p, head, bytes, path, st);
}

static ga_code
read_finished(finished *a, const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes;
    a->report = audit_read(directory, st);
    if (a->report == NULL)
        return st->code;
    ga_code code = join(path, sizeof path, directory, "images.tsv", st);
    if (code != GA_OK || (code = file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st)) != GA_OK)
        return code;
    code = read_part(a, directory, &bytes, path, st);
    free(bytes.data);
    return code == GA_OK ? check_whole(a, directory, st) : code;
}

/* Parts in the order of their images, without overlap or gap. */
static ga_code
order_parts(finished *a, const char **names, size_t n, ga_status *st)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && a[k].p->row[0].image < a[k - 1].p->row[0].image; k--) {
            const finished swapped = a[k];
            const char *name = names[k];
            a[k] = a[k - 1];
            a[k - 1] = swapped;
            names[k] = names[k - 1];
            names[k - 1] = name;
        }
    for (size_t i = 1; i < n; i++) {
        const size_t end = a[i - 1].p->row[a[i - 1].p->n_rows - 1].image, start = a[i].p->row[0].image;
        if (start <= end)
            return file_fail(st, GA_USAGE, names[i], "image %zu is in %s too", start, names[i - 1]);
        if (start != end + 1)
            return file_fail(st, GA_USAGE, names[i], "images %zu to %zu are in none of the parts", end + 1, start - 1);
    }
    return GA_OK;
}

static ga_code
check_heads(const finished *a, const char *const *names, size_t n, ga_status *st)
{
    for (size_t i = 1; i < n; i++) {
        char difference[128];
        plan_difference(difference, sizeof difference, json_object_get(a[0].report, "head"), json_object_get(a[i].report, "head"));
        if (difference[0] != '\0')
            return file_fail(st, GA_USAGE, names[i], "it differs from %s in its %s", names[0], difference);
    }
    return GA_OK;
}

/* The directory appears complete or not at all. */
static ga_code
write_merged(const char *directory, const finished *a, const char *const *names, size_t n, const part *sum, const size_t *rows,
             ga_status *st)
{
    out_directory out;
    const json_t *head = json_object_get(a[0].report, "head");
    ga_code code = check_empty(directory, st);
    if (code != GA_OK || (code = out_directory_open(&out, directory, "report.json", st)) != GA_OK)
        return code;
    const elements_merging arrays = { .directory = out.temporary, .parts = names, .rows = rows, .n = n,
                                      .n_elements = sum->shape.n_elements };
    if (json_is_true(json_object_get(json_object_get(head, "options"), "elements")))
        code = elements_merge(&arrays, head, st);
    if (code == GA_OK)
        code = write_results(out.temporary, head, sum, st);
    if (code == GA_OK && ga_stop_requested != 0)
        code = ga_fail(st, (ga_code)ga_stop_requested, "stopped by a signal");
    if (code == GA_OK)
        return out_directory_commit(&out, st);
    out_directory_abort(&out);
    return code;
}

static ga_code
merge(const char *directory, finished *a, const char **names, size_t n, ga_status *st)
{
    part *sum = NULL;
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = read_finished(a + i, names[i], st);
    if (code == GA_OK)
        code = check_heads(a, names, n, st);
    if (code == GA_OK)
        code = order_parts(a, names, n, st);
    if (code != GA_OK)
        return code;
    part **parts = malloc(n * sizeof(part *));
    size_t *rows = malloc(n * sizeof *rows);
    for (size_t i = 0; parts != NULL && rows != NULL && i < n; i++) {
        parts[i] = a[i].p;
        rows[i] = a[i].p->n_rows;
    }
    code = parts != NULL && rows != NULL ? part_merge(&sum, parts, n, st)
                                         : ga_fail(st, GA_NO_MEMORY, "out of memory for the parts");
    if (code == GA_OK)
        code = write_merged(directory, a, names, n, sum, rows, st);
    part_free(sum);
    free(parts);
    free(rows);
    return code;
}

ga_code
ga_audit_merge(const char *directory, const char *const *parts, size_t n, ga_status *st)
{
    ga_status own = { 0 };
    finished *a = calloc(n + 1, sizeof *a);
    const char **names = calloc(n + 1, sizeof *names);
    ga_code code = a != NULL && names != NULL ? GA_OK : ga_fail(&own, GA_NO_MEMORY, "out of memory for the parts");
    for (size_t i = 0; i < n && code == GA_OK; i++)
        names[i] = parts[i];
    if (code == GA_OK)
        code = n > 0 ? merge(directory, a, names, n, &own) : ga_fail(&own, GA_USAGE, "there is nothing to merge");
    for (size_t i = 0; a != NULL && i < n; i++) {
        part_free(a[i].p);
        json_decref(a[i].report);
    }
    free(a);
    free(names);
    if (st != NULL)
        *st = own;
    return code;
}

/* Bytes in memory; 0 where the system does not say. */
static double
resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL && fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double
seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of a block of n images in one thread: seconds in passes that threads share, and in the rest, fixed + n each. */
typedef struct {
    double shared, fixed, each;
} cost;

/* n images from the first on, of one block and of the job. */
static ga_range
images_from(const ga_audit_job *job, size_t first, size_t n)
{
    ga_range r = { first, first + n - 1 };
    const size_t block_end = (first / GA_BLOCK + 1) * GA_BLOCK - 1;
    r.last = r.last < block_end ? r.last : block_end;
    r.last = r.last < job->range.last ? r.last : job->range.last;
    return r;
}

static double
n_images(ga_range r)
{
    return (double)(r.last - r.first + 1);
}

/* Some images, and fewer, tell what a block costs however few it has (blas always computes whole blocks) from what each image
   costs; others from the middle, because images differ: those that went wrong take longer. */
static ga_code
probe(cost *c, size_t *most, const plan *p, ga_status *st)
{
    const ga_audit_job *job = p->job;
    const size_t middle = job->range.first + (job->range.last - job->range.first) / 2;
    const ga_range range[] = { images_from(job, job->range.first, 3), images_from(job, job->range.first, 10),
                               images_from(job, middle, 10) };
    double alone[3], shared[3];
    ga_code code = GA_OK;
    for (size_t i = 0; i < 3 && code == GA_OK; i++)
        code = block_probe(alone + i, shared + i, p, range[i], st);
    if (code != GA_OK)
        return code;
    const double few = n_images(range[0]), more = n_images(range[1]) + n_images(range[2]);
    c->shared = (shared[1] + shared[2]) / more;
    c->each = more > 2 * few ? fmax(0, alone[1] + alone[2] - 2 * alone[0]) / (more - 2 * few) : 0;
    c->fixed = fmax(0, alone[0] - few * c->each);
    *most = (size_t)fmax(n_images(range[1]), n_images(range[2]));
    return GA_OK;
}

/* The bytes of an image's row in the arrays of --elements: mantissa and exponent; gradient, cell and origin. */
static double
elements_bytes(const plan *p)
{
    double bytes = 16 * (double)p->n_functions;
    for (size_t e = 0; e < p->n_estimators; e++)
        bytes += p->estimator[e].e.format.kind == GA_FLOAT ? 6 : 10;
    return bytes * (double)ga_model_inputs(p->job->model);
}

static void
estimate_all(ga_audit_estimate *e, const plan *p, const cost *c, double before, double engines)
{
    const ga_range all = p->job->range;
    const size_t images = all.last - all.first + 1, blocks = all.last / GA_BLOCK - all.first / GA_BLOCK + 1;
    const size_t cores = (size_t)(p->job->options.threads > 0 ? p->job->options.threads : sysconf(_SC_NPROCESSORS_ONLN));
    const size_t at_once = blocks < cores ? blocks : cores, sharing = cores / at_once; /* as in audit/run.c */
    const double n = (double)images / (double)blocks, passes = (double)((blocks + at_once - 1) / at_once);
    const double shares = fmin((double)sharing, ceil(n / 16));
    e->seconds += passes * (c->fixed + n * (c->each + c->shared / shares));
    e->bytes = before + (double)at_once * (block_bytes(p, (size_t)ceil(n)) + shares * engines) +
               2 * (double)blocks * block_part_bytes(p, (size_t)ceil(n));
    e->bytes *= 1.25; /* what the heap leaves between them, and parts as text; 1.2 was seen */
    e->disk_bytes = p->job->options.elements ? (double)images * elements_bytes(p) : 0;
    e->functions = e->passes_per_image = p->n_functions;
    e->estimators = p->n_estimators;
    for (size_t i = 0; i < p->n_estimators; i++)
        e->passes_per_image += p->estimator[i].remedies ? N_REMEDIES - 1 : 0;
}

ga_code
ga_audit_dry_run(ga_audit_estimate *estimate, const ga_audit_job *job, ga_status *st)
{
    plan p;
    cost c;
    struct rusage usage;
    size_t most;
    const double start = seconds_now();
    *estimate = (ga_audit_estimate){ 0 };
    ga_code code = plan_make(&p, job, st);
    estimate->seconds = seconds_now() - start;
    const double before = resident();
    if (code == GA_OK && (code = probe(&c, &most, &p, st)) == GA_OK) {
        getrusage(RUSAGE_SELF, &usage);
        const double engines = 1024 * (double)usage.ru_maxrss - before - block_bytes(&p, most);
        estimate_all(estimate, &p, &c, before, engines > 0 ? engines : 0);
    }
    plan_free(&p);
    return code;
}
