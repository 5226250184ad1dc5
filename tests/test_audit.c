/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit.c -- an audit is a fold: any partition, any order, any number of threads, any interruption gives the same bytes; and
   nothing else is taken for one of its parts. */
#include <fcntl.h>
#include <sys/file.h>

#include "core/audit.h"
#include "core/distribution.h"

#include "audit/journal.h"
#include "audit/plan.h"
#include "audit/verdict.h"
#include "directories.h"
#include "io/npy.h"
#include "networks.h"
#include "report/audit.h"
#include "report/audit_report.h"
#include "run/agree.h"
#include "shipped.h"

static ga_model *model;
static ga_dataset *ds;
static const char *words[] = { "float,naive", "double,rewrite", "float,naive,gain=auto" };
static char message[512];

/* 900 images of 4 x 4 pixels, a network that goes wrong on them in every way it can. */
static void
prepare(void)
{
    setenv("PATH", "/nonexistent", 1); /* without gnuplot: what it draws is looked at elsewhere */
    static const size_t sizes[] = { 16, 7, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    if (model != NULL)
        return;
    model = network_new(GA_F32, 2, sizes, hidden, 150, &state);
    ds = network_images(model, 900, &state);
    bool *correct = malloc(ds->n);
    for (size_t i = 0; i < ds->n; i += 2) /* half of them are right */
        for (ds->label[i] = 0; ds->label[i] + 1U < ga_model_classes(model); ds->label[i]++)
            if (ga_classify(correct, model, ds, (ga_range){ i, i }, 1, NULL) == GA_OK && correct[0])
                break;
    free(correct);
}

static ga_audit_job
job_of(size_t first, size_t last)
{
    ga_audit_job job = { .model = model, .ds = ds, .range = { first, last }, .options = ga_audit_defaults };
    job.options.estimators = words;
    job.options.n_estimators = 3;
    job.options.seeds = 20;
    job.options.threads = 1;
    job.options.remedies = false;
    return job;
}

static ga_code
audit(const char *directory, const ga_audit_job *job, bool resume)
{
    ga_status st = { 0 };
    ga_stop_requested = 0;
    const ga_code code = ga_audit_into(in_root("%s", directory), job, resume, &st);
    ga_stop_requested = 0;
    snprintf(message, sizeof message, "%s", st.message);
    return code;
}

static ga_code
merge(const char *directory, const char *const *names, size_t n)
{
    const char *path[16];
    ga_status st = { 0 };
    for (size_t i = 0; i < n; i++)
        path[i] = strdup(in_root("%s", names[i]));
    directory_remove(in_root("%s", directory));
    const ga_code code = ga_audit_merge(in_root("%s", directory), path, n, &st);
    snprintf(message, sizeof message, "%s", st.message);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)path[i]);
    ASSERT(code == GA_OK || strchr(message, '\n') == NULL, "%s", message);
    return code;
}

static bool
same(const char *a, const char *b)
{
    const char *difference = directory_difference(in_root("%s", a), in_root("%s", b));
    return ASSERT(difference == NULL, "%s and %s differ in %s", a, b, difference);
}

/* ---- the fold --------------------------------------------------------------------------------------------------- */

static void
partitions(void)
{
    static const char *const name[] = { "p0", "p1", "p2", "p3" };
    uint64_t state = test_seed();
    prepare();
    ga_audit_job job = job_of(230, 540);
    job.options.elements = true;
    job.options.remedies = true;
    ASSERT(audit("whole", &job, false) == GA_OK, "%s", message);
    for (job.options.threads = 2; job.options.threads <= 7; job.options.threads += job.options.threads == 3 ? 4 : 1) {
        directory_remove(in_root("threads"));
        ASSERT(audit("threads", &job, false) == GA_OK, "%s", message);
        same("whole", "threads");
    }
    for (int round = 0; round < 4; round++) {
        size_t cut[5] = { 230, 0, 0, 0, 541 };
        for (size_t i = 1; i < 4; i++)
            cut[i] = round == 0 ? 230 + i : 231 + (size_t)(test_random(&state) % 310); /* parts of one image */
        for (size_t i = 1; i < 4; i++)
            for (size_t k = i; k > 1 && cut[k] < cut[k - 1]; k--) {
                const size_t swapped = cut[k];
                cut[k] = cut[k - 1];
                cut[k - 1] = swapped;
            }
        const char *piece[4];
        size_t n = 0;
        for (size_t i = 0; i < 4; i++) {
            if (cut[i] == cut[i + 1])
                continue;
            job.range = (ga_range){ cut[i], cut[i + 1] - 1 };
            job.options.threads = (int)(i % 3) + 1;
            directory_remove(in_root("%s", name[i]));
            ASSERT(audit(name[i], &job, false) == GA_OK, "%zu-%zu: %s", job.range.first, job.range.last, message);
            piece[n++] = name[i];
        }
        const char *first_two[] = { piece[1], piece[0] };
        if (n > 2) { /* a merge of a merge and the rest */
            ASSERT(merge("some", first_two, 2) == GA_OK, "%s", message);
            const char *rest[] = { piece[2], "some", n > 3 ? piece[3] : NULL };
            ASSERT(merge("merged", rest, n - 1) == GA_OK, "%s", message);
            same("whole", "merged");
        }
        for (size_t i = n; i > 1; i--) {
            const size_t k = test_random(&state) % i;
            const char *swapped = piece[k];
            piece[k] = piece[i - 1];
            piece[i - 1] = swapped;
        }
        ASSERT(merge("merged", piece, n) == GA_OK, "%s", message);
        same("whole", "merged");
    }
    static const char *const alone[] = { "whole" };
    ASSERT(merge("merged", alone, 1) == GA_OK, "%s", message);
    same("whole", "merged");
}

static void
mismatches(void)
{
    prepare();
    ga_audit_job job = job_of(0, 9);
    ASSERT(audit("a", &job, false) == GA_OK, "%s", message);
    static const char *const pair[] = { "b", "a" }, *const twice[] = { "a", "a" };
    ASSERT(merge("m", twice, 2) == GA_USAGE && strstr(message, "image 0 is in") != NULL, "%s", message);
    job.range = (ga_range){ 9, 12 };
    ASSERT(audit("b", &job, false) == GA_OK && merge("m", pair, 2) == GA_USAGE && strstr(message, "image 9 is in") != NULL, "%s",
           message);
    for (size_t gap = 0; gap < 2; gap++) {
        directory_remove(in_root("b"));
        job.range = (ga_range){ 10 + gap, 12 };
        ASSERT(audit("b", &job, false) == GA_OK);
        ASSERT(merge("m", pair, 2) == (gap ? GA_USAGE : GA_OK) && (!gap || strstr(message, "images 10 to 10") != NULL), "%s",
               message);
    }
    ASSERT(access(in_root("m"), F_OK) != 0, "nothing is left of a merge that is refused");
    const ga_foreign none[1] = { { NULL, NULL, NULL, NULL } };
    for (size_t i = 0; i < 9; i++) {
        static const char *const want[] = { "options (eps)", "options (tolerance)", "options (verdict_margin)", "options (seeds)",
                                            "options (max_bits)", "options (reference_bits)", "options (elements)", "functions",
                                                "data" };
        job = job_of(10, 12);
        job.options.foreign = none;
        ga_dataset more = *ds;
        switch (i) {
        case 0: job.options.eps = 0.125; break;
        case 1: job.options.tolerance = 0.02; break;
        case 2: job.options.verdict_margin = 2; break;
        case 3: job.options.seeds = 19; break;
        case 4: job.options.max_bits = 2048; break;
        case 5: job.options.reference_bits = 90; break;
        case 6: job.options.elements = true; break;
        case 7: job.options.n_estimators = 2; break;
        default: more.n = 800; job.ds = &more;
        }
        directory_remove(in_root("b"));
        ASSERT(audit("b", &job, false) == GA_OK, "%s", message);
        ASSERT(merge("m", pair, 2) == GA_USAGE && strstr(message, want[i]) != NULL, "%s, not %s", want[i], message);
    }
    /* Models and data are told apart by their files' digests. */
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 2; k++) {
            job = job_of(k == 0 ? 0 : 10, k == 0 ? 9 : 12);
            ga_model one_model = *model;
            ga_dataset one_ds = *ds;
            memset(one_model.sha256, k == 1 && i == 0 ? 'b' : 'a', GA_SHA256 - 1);
            memset(one_ds.images_sha256, k == 1 && i == 1 ? 'b' : 'a', GA_SHA256 - 1);
            memset(one_ds.labels_sha256, k == 1 && i == 2 ? 'b' : 'a', GA_SHA256 - 1);
            job.model = &one_model;
            job.ds = &one_ds;
            directory_remove(in_root("%s", pair[1 - k]));
            ASSERT(audit(pair[1 - k], &job, false) == GA_OK, "%s", message);
        }
        static const char *const want[] = { "model (sha256)", "data (images_sha256)", "data (labels_sha256)" };
        ASSERT(merge("m", pair, 2) == GA_USAGE && strstr(message, want[i]) != NULL, "%s", message);
    }
}

/* Arrays of a part that are another's, or are gone. */
static void
arrays(void)
{
    static const char *const pair[] = { "a", "b" };
    prepare();
    for (size_t i = 0; i < 2; i++) {
        ga_audit_job job = job_of(10 * i, 10 * i + 9 - i);
        job.options.elements = true;
        directory_remove(in_root("%s", pair[i]));
        ASSERT(audit(pair[i], &job, false) == GA_OK, "%s", message);
    }
    ASSERT(merge("m", pair, 2) == GA_OK, "%s", message);
    size_t size;
    static const char *const wrong[] = { "a/elements/exact.mantissa.npy", "b/elements/exact.exponent.npy",
                                         "b/elements/float-naive.cell.npy" };
    char *kept = file_bytes_of(in_root("b/elements/exact.mantissa.npy"), &size);
    for (size_t i = 0; i < 3; i++) {
        size_t other;
        char *data = file_bytes_of(in_root("%s", wrong[i]), &other);
        file_put(in_root("b/elements/exact.mantissa.npy"), data, other);
        free(data);
        ASSERT(merge("m", pair, 2) == GA_BAD_FILE, "%s: %s", wrong[i], message);
        ASSERT(access(in_root("m"), F_OK) != 0, "nothing is left");
    }
    unlink(in_root("b/elements/exact.mantissa.npy"));
    ASSERT(merge("m", pair, 2) == GA_IO_ERROR && access(in_root("m"), F_OK) != 0, "%s", message);
    file_put(in_root("b/elements/exact.mantissa.npy"), kept, size);
    free(kept);
    ASSERT(merge("m", pair, 2) == GA_OK, "%s", message);
}

/* ---- the journal ------------------------------------------------------------------------------------------------ */

static size_t stop_after;

static void
stop(void *data, size_t done, size_t total)
{
    (void)data, (void)total;
    if (done >= stop_after)
        ga_stop_requested = GA_INTERRUPTED;
}

/* The audit plain, as which unfinished ones are to end. */
static ga_audit_job
plain(void)
{
    ga_audit_job job = job_of(200, 560);
    job.options.elements = true;
    job.options.n_estimators = 1;
    directory_remove(in_root("plain"));
    ASSERT(audit("plain", &job, false) == GA_OK, "%s", message);
    return job;
}

/* An unfinished audit with a journal of some parts; the job goes on with it. */
static ga_audit_job
unfinished(const char *directory, size_t images)
{
    ga_audit_job job = job_of(200, 560);
    job.options.elements = true;
    job.options.n_estimators = 1;
    job.progress = stop;
    stop_after = images;
    directory_remove(in_root("%s", directory));
    ASSERT(audit(directory, &job, false) == GA_INTERRUPTED && strstr(message, "--resume") != NULL, "%s", message);
    job.progress = NULL;
    return job;
}

static size_t computed_images;

static void
count_computed(void *data, size_t done, size_t total)
{
    (void)data, (void)total;
    if (computed_images == 0)
        computed_images = done + 1; /* those of the journal, and one */
}

/* Resumed, it ends as it was to, and had kept so many images. */
static void
resumes(const char *directory, ga_audit_job job, size_t kept)
{
    computed_images = 0;
    job.progress = count_computed;
    ASSERT(audit(directory, &job, true) == GA_OK, "%s", message);
    ASSERT(computed_images == kept + 1, "%zu images, not %zu", computed_images - 1, kept);
    same("plain", directory);
}

static void
journals(void)
{
    uint64_t state = test_seed();
    size_t size;
    prepare();
    ga_audit_job job = plain();
    ASSERT(audit("plain", &job, true) == GA_OK, "finished: nothing to do: %s", message);
    ASSERT(audit("plain", &job, false) == GA_USAGE && strstr(message, "it holds a result already") != NULL, "%s", message);
    mkdir(in_root("other"), 0700);
    file_put(in_root("other/file"), "", 0);
    ASSERT(audit("other", &job, true) == GA_USAGE && strstr(message, "no unfinished audit") != NULL, "%s", message);
    ASSERT(access(in_root("other/journal"), F_OK) != 0, "a journal is left");
    directory_remove(in_root("nowhere"));
    ASSERT(audit("nowhere", &job, true) == GA_OK, "there is nothing yet: it starts: %s", message);
    ASSERT(directory_difference(in_root("plain"), in_root("nowhere")) == NULL, "it is another");
    unfinished("j", 100); /* parts of 56 images, 64 and so on: two are done */
    char *text = file_bytes_of(in_root("j/journal"), &size);
    char *line[4] = { text };
    for (size_t i = 1; i < 4; i++)
        line[i] = (char *)memchr(line[i - 1], '\n', size - (size_t)(line[i - 1] - text)) + 1;
    ASSERT(line[3] == text + size, "a head and two parts");
    resumes("j", job, 120);
    for (size_t i = 0; i < 14; i++) { /* torn: anywhere in the lines of the parts, the head's newline included */
        const size_t head = (size_t)(line[1] - text), second = (size_t)(line[2] - text);
        const size_t edge[] = { 0, 1, 64, 65, head - 1, head, head + 1, second - 1, second, second + 1, size - 1 };
        const size_t at = i < 11 ? edge[i] : head + test_random(&state) % (size - head);
        unfinished("j", 100);
        file_put(in_root("j/journal"), text, at);
        resumes("j", job, at < second ? 0 : 56);
    }
    /* Torn, gone on with, and stopped again: what was torn is no longer there. */
    unfinished("j", 100);
    file_put(in_root("j/journal"), text, size - 9);
    job.progress = stop;
    stop_after = 100;
    ASSERT(audit("j", &job, true) == GA_INTERRUPTED, "%s", message);
    resumes("j", job, 120);
    /* Stopped before there were arrays. */
    unfinished("j", 100);
    file_put(in_root("j/journal"), text, (size_t)(line[1] - text));
    directory_remove(in_root("j/elements"));
    resumes("j", job, 0);
    /* Its arrays are gone, and it promises rows. */
    unfinished("j", 100);
    directory_remove(in_root("j/elements"));
    ASSERT(audit("j", &job, true) == GA_USAGE, "%s", message);
    for (size_t i = 0; i < 8; i++) { /* a byte that is another in the first part, or the second: what follows is computed again */
        const size_t first = (size_t)(line[1 + i % 2] - text), end = (size_t)(line[2 + i % 2] - text);
        const size_t at = i < 2 ? first + 3 : i < 4 ? end - 1 : first + test_random(&state) % (end - first);
        unfinished("j", 100);
        text[at] ^= 1;
        file_put(in_root("j/journal"), text, size);
        text[at] ^= 1;
        resumes("j", job, i % 2 == 0 ? 0 : 56);
    }
    for (size_t i = 0; i < 3; i++) { /* a head that is changed, a file that is no journal: refused, and left as it is */
        static const char foreign[] = "what I did today\n\nnothing\n";
        unfinished("j", 100);
        text[i == 0 ? 2 : 300] ^= 1;
        file_put(in_root("j/journal"), i < 2 ? text : foreign, i < 2 ? size : sizeof foreign - 1);
        ASSERT(audit("j", &job, true) == GA_BAD_FILE && strstr(message, "journal") != NULL, "%s", message);
        size_t still;
        char *there = file_bytes_of(in_root("j/journal"), &still);
        ASSERT(still == (i < 2 ? size : sizeof foreign - 1) && memcmp(there, i < 2 ? text : foreign, still) == 0,
               "it is as it was");
        free(there);
        text[i == 0 ? 2 : 300] ^= 1;
    }
    unlink(in_root("j/journal"));
    ASSERT(mkfifo(in_root("j/journal"), 0600) == 0 && audit("j", &job, true) == GA_BAD_FILE, "a pipe: %s", message);
    /* One that has a part twice. */
    unfinished("j", 100);
    char *twice = malloc(2 * size);
    memcpy(twice, text, size);
    memcpy(twice + size, line[2], (size_t)(text + size - line[2]));
    file_put(in_root("j/journal"), twice, size + (size_t)(text + size - line[2]));
    ASSERT(audit("j", &job, true) == GA_BAD_FILE, "%s", message);
    free(twice);
    free(text);
}

static void
journal_of_another(void)
{
    prepare();
    plain();
    ga_audit_job job = unfinished("j", 50);
    for (size_t i = 0; i < 8; i++) {
        static const char *const want[] = { "options (eps)", "options (seeds)", "options (remedies)", "options (elements)",
                                            "functions",
                                            "images", "images", "differs in its" };
        static const char *const doubles[] = { "double,naive", "double,rewrite", "double,naive,gain=auto" };
        static const size_t sizes[] = { 16, 7, 5 };
        static const ga_activation hidden[] = { GA_SIGMOID };
        uint64_t state = 5;
        ga_audit_job asked = job;
        ga_model *wide = NULL;
        switch (i) {
        case 0: asked.options.eps = nextafter(0.25, 0); break;
        case 1: asked.options.seeds = 21; break;
        case 2: asked.options.remedies = true; break;
        case 3: asked.options.elements = false; break;
        case 4: asked.options.n_estimators = 3; break;
        case 5: asked.range.first = 201; break;
        case 6: asked.range.last = 559; break;
        default:
            asked.model = wide = network_new(GA_F64, 2, sizes, hidden, 150, &state);
            asked.options.estimators = doubles;
        }
        const ga_code code = audit("j", &asked, true);
        if (i == 0) /* eps is rounded to binary32 for this model: the same */
            ASSERT(code == GA_OK, "%s", message);
        else
            ASSERT(code == GA_USAGE && strstr(message, want[i]) != NULL, "%s, not %s", want[i], message);
        ga_model_free(wide);
        if (i == 0)
            job = unfinished("j", 50);
    }
    const int fd = open(in_root("j/journal"), O_RDONLY);
    ASSERT(flock(fd, LOCK_EX) == 0 && audit("j", &job, true) == GA_USAGE && strstr(message, "another audit") != NULL, "%s",
           message);
    close(fd);
    ASSERT(audit("j", &job, false) == GA_USAGE && strstr(message, "--resume") != NULL, "%s", message);
    file_put(in_root("j/.gradaudit-999999999-0.tmp"), "x", 1); /* what a killed one left */
    ASSERT(audit("j", &job, true) == GA_OK, "%s", message);
    same("plain", "j");
    ASSERT(audit("j", &job, true) == GA_OK, "%s", message);
    job.options.verdict_margin = 7;
    ASSERT(audit("j", &job, true) == GA_USAGE && strstr(message, "options (verdict_margin)") != NULL, "%s", message);
    ga_status st = { 0 };
    mkdir(in_root("mine"), 0700);
    job.options.eps = -1;
    ASSERT(ga_audit_into(in_root("mine"), &job, false, &st) == GA_USAGE && access(in_root("mine"), F_OK) == 0,
           "a directory that was there stays");
    ASSERT(ga_audit_into(in_root("j"), &job, true, NULL) == GA_USAGE);
    file_put(in_root("mine/thesis"), "x", 1);
    job.options.eps = 0.25;
    ASSERT(ga_audit_into(in_root("mine"), &job, false, &st) == GA_USAGE && directory_entries(in_root("mine")) == 1, "%s",
           st.message);
}

/* ---- what is no audit ------------------------------------------------------------------------------------------- */

typedef struct {
    const char *file, *find, *put; /* the first find is replaced; "" for find: the file becomes put */
} edit;

static bool
apply(const edit *e)
{
    size_t size;
    char *text = file_bytes_of(in_root("bad/%s", e->file), &size);
    char *at = text != NULL && e->find[0] != '\0' ? strstr(text, e->find) : text;
    if (at != NULL) {
        const size_t before = (size_t)(at - text), skip = e->find[0] != '\0' ? strlen(e->find) : size, length = strlen(e->put);
        char *made = malloc(size + length + 1);
        memcpy(made, text, before);
        memcpy(made + before, e->put, length);
        memcpy(made + before + length, at + skip, size - before - skip);
        file_put(in_root("bad/%s", e->file), made, size - skip + length);
        free(made);
    }
    free(text);
    return at != NULL;
}

static void
make_bad(void)
{
    static const char *const names[] = { "report.json", "images.tsv" };
    mkdir(in_root("bad"), 0700);
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        char *text = file_bytes_of(in_root("good/%s", names[i]), &size);
        file_put(in_root("bad/%s", names[i]), text, size);
        free(text);
    }
}

/* Of the byte of a table. */
static size_t
column_of(const char *table, size_t at)
{
    size_t tabs = 0;
    while (at > 0 && table[at - 1] != '\n')
        tabs += table[--at] == '\t';
    return tabs;
}

static void
malformed(void)
{
    static const char *const alone[] = { "bad" };
    static const edit edits[] = {
        { "report.json", "", "" }, { "report.json", "", "{}" }, { "report.json", "", "[]" }, { "report.json", "", "\xff" },
        { "report.json", "\"audit\"", "\"reproduction\"" }, { "report.json", "\"schema_version\": 2", "\"schema_version\": 3" },
        { "report.json", "\"schema_version\": 2", "\"schema_version\": \"2\"" },
        { "report.json", "\"kind\"", "\"schema_version\": 2, \"kind\"" },
        { "report.json", "\"kind\"", "\"more\": 1, \"kind\"" }, { "report.json", "\"first\": 3", "\"first\": 4" },
        { "report.json", "\"first\": 3", "\"first\": -3" }, { "report.json", "\"n\": 20", "\"n\": 19" },
        { "report.json", "\"n\": 20", "\"n\": 21" }, { "report.json", "\"n\": 20", "\"n\": 0" },
        { "report.json", "\"n\": 20", "\"n\": 4294967295" }, { "report.json", "\"n\": 20", "\"n\": -1" },
        { "report.json", "\"n\": 20", "\"n\": 9223372036854775807" },
        { "report.json", "\"n\": 20", "\"n\": 9223372036854775808" }, { "report.json", "\"n\": 20", "\"n\": 20.0" },
        { "report.json", "\"n\": 20", "\"n\": 1e999" }, { "report.json", "\"n\": 20", "\"n\": null" },
        { "report.json", "\"head\"", "\"heads\"" }, { "report.json", "\"seeds\": 20", "\"seeds\": 65" },
        { "report.json", "\"seeds\": 20", "\"seeds\": 19" }, { "report.json", "\"seeds\": 20", "\"seeds\": -1" },
        { "report.json", "\"naive\": 0", "\"naive\": 3" }, { "report.json", "\"stable\": 2", "\"stable\": 4" },
        { "report.json", "\"stable\": 2", "\"stable\": 3" }, { "report.json", "\"inputs\": 16", "\"inputs\": 17" },
        { "report.json", "\"inputs\": 16", "\"inputs\": 4611686018427387904" },
        { "report.json", "\"inputs\": 16", "\"inputs\": 2147483647" }, { "report.json", "\"inputs\": 16", "\"inputs\": 0" },
        { "report.json", "\"layers\": [", "\"layers\": [[]," },
        { "report.json", "\"name\": \"float naive\"", "\"name\": \"float\\tnaive\"" },
        { "report.json", "\"name\": \"float naive\"", "\"name\": 5" },
        { "report.json", "\"name\": \"float naive\"", "\"name\": \"\"" },
        { "report.json", "\"name\": \"float naive\"", "\"name\": \"../../x\"" },
        { "report.json", "\"undecided\": 0", "\"undecided\": 1" },
        { "report.json", "\"undecided\": 0", "\"undecided\": false" },
        { "report.json", "\"images_by_bits\": [", "\"images_by_bits\": [1," }, { "report.json", "\"cells\"", "\"cell\"" },
        { "report.json", "\"lost\": ", "\"lost\": 1" }, { "report.json", "\"matrix\"", "\"xirtam\"" },
        { "report.json", "\"ulp\"", "\"upl\"" }, { "report.json", "\"none\": ", "\"none\": 1" },
        { "report.json", "\"log10_ratio\"", "\"ratio\"" }, { "report.json", "\"log10_ratio\": [", "\"log10_ratio\": [{}," },
        { "report.json", "\"decades\": {", "\"decades\": { \"x\": 1," },
        { "report.json", "\"decade\": [", "\"decade\": [-100," }, { "report.json", "\"decade\": [", "\"decade\": [[]," },
        { "report.json", "\"decade\": [", "\"decade\": [], \"decades\": [" },
        { "report.json", "\"decade\": [", "\"decade\": 5, \"d\": [" },
        { "report.json", "\"undecided_bound\": null", "\"undecided_bound\": -5" },
        { "report.json", "\"undecided_bound\": null", "\"undecided_bound\": {}" },
        { "report.json", "\"negative_zero\": ", "\"negative_zero\": 9" },
        { "report.json", "\"infinite\": 0", "\"infinite\": 18446744073709551615" },
        { "report.json", "\"origins\"", "\"origin\"" }, { "report.json", "\"remedies\": {", "\"cures\": {" },
        { "report.json", "\"joint_signs\": [", "\"joint_signs\": [[]," },
        { "report.json", "\"pictures\": [", "\"pictures\": [{}," },
        { "report.json", "\"pictures\": [", "\"pictures\": [1,1,1,1,1,1,1,1,1," },
        { "report.json", "\"pixels\": [", "\"pixels\": [256," }, { "report.json", "\"signs\": \"", "\"signs\": \"x" },
        { "report.json", "\"rank\": ", "\"rank\": 1" }, { "report.json", "\"success_percent\": ", "\"success_percent\": 1" },
        { "report.json", "\"model\": \"", "\"model\": \"very " }, { "report.json", "\"low_points\": ", "\"low_points\": 1" },
        { "report.json", "\"verdict\": {", "\"verdict\": { \"sure\": true," }, { "images.tsv", "", "" },
        { "images.tsv", "image", "# image" }, { "images.tsv", "float naive: lost", "float naive: found" },
        { "images.tsv", "\n4\t", "\t0\n4\t" }, { "images.tsv", "\n3\t", "\n4\t" }, { "images.tsv", "\n3\t", "\n" },
        { "images.tsv", "\n3\t", "\n3\t\t" }, { "images.tsv", "\n3\t", "\n03\t" }, { "images.tsv", "\n3\t", "\n-3\t" },
        { "images.tsv", "\n3\t", "\n 3\t" }, { "images.tsv", "\n3\t", "\n18446744073709551616\t" },
        { "images.tsv", "\n3\t", "\n\n3\t" }, { "images.tsv", "\n9\t", "\n9\n9\t" }, { "images.tsv", "\n22\t", "\n23\t" },
        { "images.tsv", "\t128\t", "\t4294967296\t" }, { "images.tsv", "\t128\t", "\t0x80\t" },
        { "images.tsv", "\t128\ttrue\t", "\t128\t1\t" }, { "images.tsv", "\t128\t", "\t128\ttrue\ttrue\t1\t1\t" },
        { "images.tsv", "\t1\t1\t", "\t1\t1\tinf\t" }, { "images.tsv", "\t1\t1\t", "\t0x1\t1\t" },
        { "images.tsv", "\t1\t1\t", "\t 1\t1\t" }, { "images.tsv", "\t1\t1\t", "\t1.0\t1\t" },
        { "images.tsv", "\ttrue\t", "\tTRUE\t" }, { "images.tsv", "\ttrue\t", "\tfalse\t" }, /* "correct" of the first image */
        { "images.tsv", "\tnone-works\t", "\tboth-work\t" }, { "images.tsv", "\tnone-works\t", "\tonly-reduced-works\t" },
        { "images.tsv", "\tfalse\n", "\ttrue\n" }, { "images.tsv", "\ttrue\n", "\tfalse\n" },
    };
    uint64_t state = test_seed();
    size_t size[2];
    prepare();
    ga_audit_job job = job_of(3, 22);
    ASSERT(audit("good", &job, false) == GA_OK, "%s", message);
    make_bad();
    ASSERT(merge("m", alone, 1) == GA_OK, "%s", message);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        make_bad();
        if (!ASSERT(apply(edits + i), "\"%s\" is not there", edits[i].find))
            continue;
        const ga_code code = merge("m", alone, 1);
        ASSERT(code == GA_BAD_FILE && message[0] != '\0', "%s, \"%s\" for \"%s\": status %d: %s", edits[i].file, edits[i].put,
               edits[i].find, (int)code, message);
        ASSERT(access(in_root("m"), F_OK) != 0, "nothing is left");
    }
    char *text[2] = { file_bytes_of(in_root("good/report.json"), size), file_bytes_of(in_root("good/images.tsv"), size + 1) };
    static const char *const names[] = { "report.json", "images.tsv" };
    for (size_t i = 0; i < 60; i++) { /* cut short, a byte changed, a line twice, two lines swapped */
        const size_t k = i / 2 % 2, at = test_random(&state) % (size[k] - 1);
        char *made = malloc(2 * size[k] + 1);
        memcpy(made, text[k], size[k]);
        size_t length = size[k];
        make_bad();
        if (i % 2 == 0)
            length = at;
        else
            made[at] = (char)(made[at] ^ (1 << test_random(&state) % 7));
        file_put(in_root("bad/%s", names[k]), made, length);
        const ga_code code = merge("m", alone, 1);
        /* A changed byte may leave the same values: white space, an equal number in the last digits, a string of the head; or name
           another wrong class of an image, which nothing else in the files knows. */
        const bool open = i % 2 == 1 && (k == 0 || column_of(text[1], at) == 2);
        ASSERT(code == GA_BAD_FILE || (open && code == GA_OK), "%s, %s at %zu: status %d: %s: %.50s, was %.50s", names[k],
               i % 2 == 0 ? "cut" : "changed", at, (int)code, message, made + at - 20, text[k] + at - 20);
        free(made);
    }
    make_bad();
    char *deep = malloc(400001);
    memset(deep, '[', 400000);
    file_put(in_root("bad/report.json"), deep, 400000);
    ASSERT(merge("m", alone, 1) == GA_BAD_FILE, "%s", message);
    free(deep);
    unlink(in_root("bad/report.json"));
    ASSERT(merge("m", alone, 1) == GA_IO_ERROR, "%s", message);
    free(text[0]);
    free(text[1]);
}

/* What adds up no longer is named. tests/test_part.c has every count; these are of the files, of order, and of pictures. */
static void
contradictions(void)
{
    static const char *const alone[] = { "bad" };
    static const struct { const char *path, *want; int more; } changes[] = {
        { "functions/0/images_by_bits/0", "functions[0].images_by_bits", -1 },
        { "functions/0/decades/decade/0", "decades", 1000 }, { "functions/0/decades/decade/1", "decades", -1000 },
        { "functions/0/decades/first", "decades", 1 }, { "estimators/0/joint_signs/2/2/2", "estimators[0].joint_signs", -1 },
        { "estimators/1/matrix/positive/+0", "estimators[1].matrix", 1 }, { "estimators/0/ulp/none", "estimators[0].ulp", 1 },
        { "estimators/0/matrix/positive/+0", "estimators[0].matrix", INT32_MAX },
        { "pictures/0/rank", "picture", 1 }, { "pictures/0/image", "picture", 40 },
    };
    prepare();
    ga_audit_job job = job_of(3, 22);
    directory_remove(in_root("good"));
    ASSERT(audit("good", &job, false) == GA_OK, "%s", message);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char steps[128], *rest = steps;
        make_bad();
        json_t *report = json_load_file(in_root("good/report.json"), 0, NULL), *at = report;
        snprintf(steps, sizeof steps, "%s", changes[i].path);
        for (char *word; (word = strsep(&rest, "/")) != NULL;)
            at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10)) : json_object_get(at, word);
        ASSERT(json_integer_set(at, json_integer_value(at) + changes[i].more) == 0, "%s", changes[i].path);
        json_dump_file(report, in_root("bad/report.json"), JSON_REAL_PRECISION(17));
        json_decref(report);
        ASSERT(merge("m", alone, 1) == GA_BAD_FILE && strstr(message, changes[i].want) != NULL, "%s: %s", changes[i].path, message);
    }
}

/* ---- the plan --------------------------------------------------------------------------------------------------- */

static ga_code
make_plan(plan *p, const ga_audit_job *job)
{
    ga_status st = { 0 };
    const ga_code code = plan_make(p, job, &st);
    snprintf(message, sizeof message, "%s", st.message);
    return code;
}

static double
greatest(const ga_model *m, size_t l)
{
    double *value, most = 0;
    size_t n;
    if (ga_layer_values(&value, &n, GA_PREACTIVATIONS, l, m, ds, (ga_range){ 0, ds->n - 1 }, 1, NULL) != GA_OK)
        exit(99);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(value[i]));
    free(value);
    return most;
}

/* The network at gain g, as another network whose weights and biases are g times those of the layers that saturate (exactly, for g
   is a power of two): its arguments are z = g u. */
static bool
within(const ga_model *m, double g)
{
    ga_model *scaled = ga_model_round(m, NULL);
    bool all = true;
    for (size_t l = 0; l + 1 < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        if (layer->activation == GA_RELU)
            continue;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(scaled, scaled->layer[l].weight, i, g * ga_model_get(m, layer->weight, i));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(scaled, scaled->layer[l].bias, i, g * ga_model_get(m, layer->bias, i));
    }
    for (size_t l = 0; l + 1 < m->n_layers; l++)
        if (m->layer[l].activation != GA_RELU)
            all = all && greatest(scaled, l) <= (m->layer[l].activation == GA_TANH ? 8 : 16);
    ga_model_free(scaled);
    return all;
}

/* The gain found by auto is the largest power of two with which all arguments are within their targets; the logit scale brings the
   largest logit within its own, and twice it does not; 1 where all are within. */
static void
automatic(void)
{
    static const size_t sizes[] = { 16, 9, 8, 5 };
    static const char *ways[] = { "float,naive", "float,naive,gain=auto", "float,naive logit-scale=auto" };
    static plan p, q;
    uint64_t state = test_seed();
    prepare();
    for (int round = 0; round < 12; round++) {
        const ga_activation a = (ga_activation[]){ GA_SIGMOID, GA_TANH, GA_RELU }[round % 3], hidden[] = { a, round % 2
                                                                                                           ? GA_RELU : a };
        ga_model *m = network_new(GA_F32, 3, sizes, hidden, pow(10, round - 5), &state);
        ga_audit_job job = job_of(0, 299);
        job.model = m;
        job.options.estimators = ways;
        ASSERT(make_plan(&p, &job) == GA_OK, "%s", message);
        double want = 1;
        const double logit = greatest(m, 2);
        while (!within(m, want))
            want /= 2;
        size_t found = 0;
        for (size_t e = 1; e < p.n_estimators; e++) {
            if (p.estimator[e].e.gain < 1) {
                ASSERT(p.estimator[e].e.gain == want, "%g, not %g", p.estimator[e].e.gain, want);
                found++;
            }
            const double scale = p.estimator[e].e.logit_scale;
            if (scale < 1) {
                ASSERT(scale * logit <= 8 && 2 * scale * logit > 8, "%g %g", scale, logit);
                found++;
            }
        }
        ASSERT(found == (size_t)(want < 1) + (logit > 8), "%zu of %g, %g", found, want, logit);
        ASSERT(p.n_remarks == job.options.n_estimators - 1 - found, "%zu remarks", p.n_remarks); /* what is left out */
        ASSERT(p.n_estimators == 1 + found && p.naive == 0, "what comes out as 1 is the first again");
        job.range = (ga_range){ 250, 260 };
        ASSERT(make_plan(&q, &job) == GA_OK && q.n_estimators == p.n_estimators);
        for (size_t e = 0; e < p.n_estimators; e++)
            ASSERT(q.estimator[e].e.gain == p.estimator[e].e.gain && q.estimator[e].e.logit_scale == p.estimator[e].e.logit_scale);
        plan_free(&q);
        plan_free(&p);
        ga_model_free(m);
    }
    /* The larger of two layers, whichever it is. */
    for (int i = 0; i < 2; i++) {
        static const size_t two[] = { 16, 1, 1, 2 };
        static const ga_activation both[] = { GA_SIGMOID, GA_SIGMOID };
        ga_model *m = network_new(GA_F32, 3, two, both, 0, &state);
        ga_model_set(m, m->layer[i].bias, 0, -60);
        ga_model_set(m, m->layer[1 - i].bias, 0, 30);
        ga_audit_job job = job_of(0, 3);
        ga_dataset dull = *ds;
        dull.label = calloc(ds->n, sizeof(uint32_t));
        job.model = m;
        job.ds = &dull;
        job.options.estimators = ways;
        job.options.n_estimators = 2;
        ASSERT(make_plan(&p, &job) == GA_OK && p.n_estimators == 2 && p.estimator[1].e.gain == 0.25, "%s", message);
        plan_free(&p);
        free(dull.label);
        ga_model_free(m);
    }
    /* Two layers of known arguments z1 = g b, z2 = g w sigma(z1). -100, 1e9: at g = 1/8, which suits the first, z2 is 465.8; it is
       14.9 at 2^-25. -16, 1e8: both are within at 1, the second is beyond at 1/2. -1e38 needs 2^-123; 3e38, 3e38: 2^-124. */
    for (int i = 0; i < 4; i++) {
        static const size_t two[] = { 16, 1, 1, 2 };
        static const ga_activation both[] = { GA_SIGMOID, GA_SIGMOID };
        static const float known[4][2] = { { -100, 1e9F }, { -16, 1e8F }, { -1e38F, 1 }, { 3e38F, 3e38F } };
        ga_model *m = network_new(GA_F32, 3, two, both, 0, &state);
        ga_model_set(m, m->layer[0].bias, 0, (double)known[i][0]);
        ga_model_set(m, m->layer[1].bias, 0, 0);
        ga_model_set(m, m->layer[1].weight, 0, (double)known[i][1]);
        ga_audit_job job = job_of(0, 3);
        ga_dataset dull = *ds;
        dull.label = calloc(ds->n, sizeof(uint32_t));
        job.model = m;
        job.ds = &dull;
        job.options.estimators = ways;
        job.options.n_estimators = 2;
        ASSERT(make_plan(&p, &job) == GA_OK, "%s", message);
        const double gain = p.estimator[p.n_estimators - 1].e.gain, wanted[] = { 0x1p-25, 1, 0x1p-123, 0x1p-124 };
        ASSERT(gain == wanted[i], "%g, %g: %a", (double)known[i][0], (double)known[i][1], gain);
        plan_free(&p);
        free(dull.label);
        ga_model_free(m);
    }
    /* Exactly the target, and a hair beyond it; one layer of a known argument. */
    static const size_t small[] = { 16, 1, 2 };
    static const ga_activation one[] = { GA_SIGMOID };
    for (int i = 0; i < 4; i++) {
        const double z = (const double[]){ 16, 16 * (1 + 0x1p-52), 64, 64 * (1 + 0x1p-52) }[i];
        ga_model *m = network_new(GA_F64, 2, small, one, 0, &state);
        ga_model_set(m, m->layer[0].bias, 0, z);
        static const char *doubles[] = { "double,naive", "double,naive,gain=auto" };
        ga_audit_job job = job_of(0, 3);
        ga_dataset dull = *ds;
        dull.label = calloc(ds->n, sizeof(uint32_t));
        job.model = m;
        job.ds = &dull;
        job.options.estimators = doubles;
        job.options.n_estimators = 2;
        ASSERT(make_plan(&p, &job) == GA_OK, "%s", message);
        const double gain = p.estimator[p.n_estimators - 1].e.gain, want[] = { 1, 0.5, 0.25, 0.125 };
        ASSERT(gain == want[i], "z = %a: %g", z, gain);
        plan_free(&p);
        free(dull.label);
        ga_model_free(m);
    }
}

/* What auto stands for is looked for once: when it is asked for again, no job is looked at. */
static void
automatic_once(void)
{
    static const size_t sizes[] = { 16, 9, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    prepare();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 1000, &state);
    ga_audit_job job = job_of(0, 9);
    job.model = m;
    for (int i = 0; i < 2; i++) {
        automatic_scales found = { 0 };
        double first = 0, again = 0;
        ga_status st = { 0 };
        ASSERT(automatic_gain(&first, &found, &job, &st) == (i == 0 ? GA_OK : GA_USAGE) && (i == 1 || first < 1), "%g", first);
        st = (ga_status){ 0 };
        ASSERT(automatic_gain(&again, &found, NULL, &st) == (i == 0 ? GA_OK : GA_USAGE) && again == first, "%g, %g", first, again);
        ASSERT(i == 0 || strstr(st.message, "no gain") != NULL, "%s", st.message);
        first = again = 0;
        ASSERT(i == 1 || (automatic_logit_scale(&first, &found, 0.5, &job, &st) == GA_OK && first > 0 && first < 1), "%g", first);
        ASSERT(i == 1 || (automatic_logit_scale(&again, &found, 0.5, NULL, &st) == GA_OK && again == first), "%g", again);
        ga_model_set(m, m->layer[0].bias, 0, NAN);
    }
    ga_model_free(m);
}

/* Images whose arguments are 3 and 1003, and one that overflows to (inf, NaN): in any order the logit scale is that of the others,
   and no gain can be found. What cannot be formed is left out of the usual set, and an error where it was asked for. */
static void
not_finite(void)
{
    static const size_t sizes[] = { 16, 1, 2 };
    static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const char *logits[] = { "float,naive", "float,naive,logit-scale=auto" };
    static const char *gains[] = { "float,naive", "float,naive,gain=auto" };
    static plan p;
    uint64_t state = test_seed();
    prepare();
    for (int i = 0; i < 18; i++) {
        const ga_activation hidden[] = { i < 6 ? GA_RELU : GA_SIGMOID };
        ga_model *m = network_new(GA_F32, 2, sizes, hidden, 0, &state);
        uint8_t pixel[3 * 16] = { 0 };
        uint32_t label[3] = { 0 };
        ga_dataset odd = *ds;
        odd.n = 3;
        odd.pixel = pixel;
        odd.label = label;
        for (size_t k = 0; k < 3; k++) {
            pixel[16 * k] = pixel[16 * k + 1] = orders[i % 6][k] == 2 ? 255 : 0;
            pixel[16 * k + 2] = orders[i % 6][k] == 1 ? 255 : 0;
        }
        ga_model_set(m, m->layer[0].weight, 0, 3e38);
        ga_model_set(m, m->layer[0].weight, 1, 3e38);
        ga_model_set(m, m->layer[0].weight, 2, 1000);
        ga_model_set(m, m->layer[0].bias, 0, i < 12 ? 3 : (double)-INFINITY); /* the last: no image has finite arguments */
        ga_model_set(m, m->layer[1].weight, 0, 1);
        ga_audit_job job = job_of(0, 0);
        job.model = m;
        job.ds = &odd;
        job.options.estimators = i < 6 ? logits : gains;
        job.options.n_estimators = 2;
        if (i < 6) {
            ASSERT(make_plan(&p, &job) == GA_OK && p.n_estimators == 2, "%s", message);
            ASSERT(p.estimator[1].e.logit_scale == 0x1p-7, "%a", p.estimator[1].e.logit_scale);
            ASSERT(p.n_remarks == 1 && !p.remark[0].left_out && strcmp(p.remark[0].words, logits[1]) == 0 &&
                   strstr(p.remark[0].text, "2 of 6") != NULL, "%s", p.remark[0].text);
        } else
            ASSERT(make_plan(&p, &job) == GA_USAGE && strstr(message, "no gain") != NULL, "%s", message);
        plan_free(&p);
        job.options.estimators = NULL;
        job.options.n_estimators = 0;
        ASSERT(make_plan(&p, &job) == GA_OK && p.n_estimators == (i < 6 ? 8 : 6), "%zu: %s", p.n_estimators, message);
        ASSERT(p.n_remarks == 2 && p.remark[0].left_out == (i >= 6) && p.remark[1].left_out == (i >= 6));
        ASSERT((p.stable == p.n_estimators) == (i >= 6));
        json_t *head = plan_head(&p, NULL), *remarks = json_object_get(head, "remarks");
        ASSERT(json_array_size(remarks) == 2 && json_is_true(json_object_get(json_array_get(remarks, 1), "left_out")) == (i >= 6));
        json_decref(head);
        plan_free(&p);
        ga_model_free(m);
    }
    /* No logit is finite; and one output. */
    ga_model *m = network_new(GA_F32, 1, (const size_t[]){ 16, 2 }, NULL, 0, &state);
    ga_audit_job job = job_of(0, 0);
    ga_dataset dull = *ds;
    dull.label = calloc(ds->n, sizeof(uint32_t));
    ga_model_set(m, m->layer[0].bias, 0, NAN);
    ga_model_set(m, m->layer[0].bias, 1, INFINITY);
    job.model = m;
    job.ds = &dull;
    job.options.estimators = logits;
    job.options.n_estimators = 2;
    ASSERT(make_plan(&p, &job) == GA_USAGE && strstr(message, "no logit is finite") != NULL, "%s", message);
    plan_free(&p);
    ga_model_free(m);
    m = network_new(GA_F32, 1, (const size_t[]){ 16, 1 }, NULL, 0, &state);
    dull.label[3] = 1; /* no class, but that is not what is wrong */
    job.model = m;
    ASSERT(make_plan(&p, &job) == GA_USAGE && strstr(message, "one output") != NULL, "%s", message);
    plan_free(&p);
    ga_model_free(m);
    free(dull.label);
}

static void
plans(void)
{
    static plan p;
    static const char *const usual[] = { "float naive", "double naive", "float rewrite", "double rewrite" };
    prepare();
    ga_audit_job job = job_of(0, 9);
    job.options.estimators = NULL;
    job.options.n_estimators = 0;
    job.options.remedies = true;
    ASSERT(make_plan(&p, &job) == GA_OK && p.n_estimators == 8 && p.n_functions == 3, "%s", message);
    for (size_t i = 0; i < 8; i++) {
        ASSERT(i >= 4 || strcmp(p.estimator[i].name, usual[i]) == 0, "%s", p.estimator[i].name);
        ASSERT(p.estimator[i].remedies == (i < 2) && p.estimator[i].function == (i < 4 ? 0 : i < 6 ? 1 : 2));
        ASSERT((p.estimator[i].e.loss == GA_MARGIN) == (i >= 6) && (p.estimator[i].e.gain < 1) == (i == 4 || i == 5));
    }
    ASSERT(p.naive == 0 && p.stable == 4);
    plan_free(&p);
    static const char *products[] = { "double,rewrite", "float,naive", "float,naive,loop", "naive,float,blas",
                                      "float,naive,gain=0.5" };
    job.options.estimators = products;
    job.options.n_estimators = 5;
    ASSERT(make_plan(&p, &job) == GA_OK && p.n_estimators == 4, "%s", message);
    ASSERT(strcmp(p.estimator[2].name, "float naive loop") == 0 && p.naive == 1 && p.stable == 3 && p.estimator[2].remedies);
    plan_free(&p);
    static const struct { const char *words[2], *want; } bad[] = {
        { { "float,naive", "mpfr:100,naive" }, "with a range of exponents" }, { { "float,naive", "random" }, "random signs" },
        { { "float,naive", "float,naive,gain=automatic" }, "automatic" }, { { "float,naive", "float,naive,again=auto" },
                                                                            "again=auto" },
        { { "double,naive", "float,rewrite" }, "float,naive" }, { { "float,naive,margin", "float,rewrite" }, "needs the naive" },
        { { "float,naive", "float,naive,gain=-1" }, "gain" }, { { "float,naive,gain=0.5", "float,rewrite" }, "needs the naive" },
        { { "float,naive", "float,naive,dot" }, "dot" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        job.options.estimators = bad[i].words;
        job.options.n_estimators = 2;
        ASSERT(make_plan(&p, &job) == GA_USAGE && strstr(message, bad[i].want) != NULL, "%s: %s", bad[i].want, message);
        plan_free(&p);
    }
    char text[64];
    plan_file_name(text, sizeof text, "float naive gain=1/2");
    ASSERT(strcmp(text, "float-naive-gain-1-2") == 0, "%s", text);
    json_t *a = json_pack("{s:i, s:{s:i, s:i}}", "x", 1, "y", "in", 2, "out", 3), *b = json_deep_copy(a);
    agree_difference(text, sizeof text, a, b);
    ASSERT(text[0] == '\0');
    json_object_set_new(json_object_get(b, "y"), "out", json_integer(4));
    agree_difference(text, sizeof text, a, b);
    ASSERT(strcmp(text, "y (out)") == 0, "%s", text);
    json_object_set_new(a, "y", json_null());
    agree_difference(text, sizeof text, a, b);
    ASSERT(strncmp(text, "y", 1) == 0, "%s", text);
    json_object_del(a, "y");
    agree_difference(text, sizeof text, a, b);
    ASSERT(strncmp(text, "y", 1) == 0, "%s", text);
    json_decref(a);
    json_decref(b);
}

/* Gradients of others: every class of number, and what is no such gradient. */
static void
foreign(void)
{
    static const float single[] = { 0, -0.0F, 1e-45F, -1e-40F, 1, -1e30F, INFINITY, -INFINITY, NAN, 1e-30F, -1, 3e38F, 0x1p-126F,
                                    0x1p-127F, 2, -NAN };
    prepare();
    float *x = malloc(900 * 16 * sizeof *x);
    double *y = malloc(900 * 16 * sizeof *y);
    for (size_t i = 0; i < 900 * 16; i++) {
        x[i] = single[(i + i / 16) % 16];
        y[i] = 1e-300 * x[i];
    }
    npy_writer *w;
    ga_status st = { 0 };
    ASSERT(npy_writer_open(&w, in_root("single.npy"), NPY_F32, 900, 16, false, &st) == GA_OK && npy_writer_put(w, 0, 900, x,
                                                                                                               &st) == GA_OK &&
           npy_writer_finish(w, &st) == GA_OK, "%s", st.message);
    ASSERT(npy_writer_open(&w, in_root("double.npy"), NPY_F64, 900, 16, false, &st) == GA_OK && npy_writer_put(w, 0, 900, y,
                                                                                                               &st) == GA_OK &&
           npy_writer_finish(w, &st) == GA_OK, "%s", st.message);
    char *paths[2] = { strdup(in_root("single.npy")), strdup(in_root("double.npy")) };
    ga_foreign ours[] = { { "theirs", paths[0], NULL, NULL }, { "wide", paths[1], "1", NULL },
                          { "large", paths[0], "1e30", NULL } };
    ga_audit_job job = job_of(250, 265);
    job.options.foreign = ours;
    job.options.n_foreign = 3;
    job.options.elements = true;
    directory_remove(in_root("f"));
    ASSERT(audit("f", &job, false) == GA_OK, "%s", message);
    static const char *const alone[] = { "f" };
    ASSERT(merge("m", alone, 1) == GA_OK, "all of it adds up: %s", message);
    same("f", "m");
    npy *array;
    for (size_t k = 0; k < 3; k++) {
        static const char *const names[] = { "theirs", "wide", "large" };
        ASSERT(npy_read(&array, in_root("f/elements/%s.gradient.npy", names[k]), &st) == GA_OK, "%s", st.message);
        ASSERT(array->dtype == (k == 1 ? NPY_F64 : NPY_F32) && array->dim[0] == 16 && array->dim[1] == 16);
        for (size_t i = 0; i < 256; i++) {
            double got;
            npy_get(&got, array, i);
            const float large = (float)((double)x[250 * 16 + i] * 1e30);
            const double want = k == 0 ? (double)x[250 * 16 + i] : k == 1 ? y[250 * 16 + i] : (double)large;
            ASSERT((isnan(got) && isnan(want)) || (got == want && signbit(got) == signbit(want)), "%s %zu: %g, not %g", names[k],
                   i, got, want);
        }
        npy_free(array);
    }
    json_t *report = audit_read(in_root("f"), &st);
    const json_t *theirs = json_array_get(json_object_get(report, "estimators"), 3), *d = json_object_get(theirs, "decades");
    ASSERT(json_integer_value(json_object_get(d, "zero")) == 32 && json_integer_value(json_object_get(d, "negative_zero")) == 16);
    ASSERT(json_integer_value(json_object_get(d, "nan")) == 32 && json_integer_value(json_object_get(d, "infinite")) == 32);
    ASSERT(json_integer_value(json_object_get(d, "subnormal")) == 48);
    ASSERT(json_integer_value(json_object_get(json_object_get(theirs, "cells"), "nonfinite")) == 64);
    json_decref(report);
    ours[1].name = "theirs";
    directory_remove(in_root("f"));
    ASSERT(audit("f", &job, false) == GA_USAGE && strstr(message, "theirs") != NULL, "%s", message);
    ours[1].name = "float-naive"; /* its files' names are those of "float naive" */
    ASSERT(audit("f", &job, false) == GA_USAGE && strstr(message, "float-naive") != NULL, "%s", message);
    ASSERT(access(in_root("f"), F_OK) != 0, "a directory that was made for nothing goes");
    job.options.n_foreign = 1;
    static const struct { npy_dtype dtype; size_t rows, cols; } shapes[] = {
        { NPY_F32, 899, 16 }, { NPY_F64, 901, 16 }, { NPY_F32, 900, 15 },
        { NPY_I64, 900, 16 }, { NPY_U8, 900, 16 }, { NPY_F32, 16, 900 }
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        ASSERT(npy_writer_open(&w, paths[0], shapes[i].dtype, shapes[i].rows, shapes[i].cols, false, &st) == GA_OK &&
               npy_writer_finish(w, &st) == GA_OK, "%s", st.message);
        ASSERT(audit("f", &job, false) == GA_BAD_FILE && strstr(message, "single.npy") != NULL, "%zu: %s", i, message);
    }
    unlink(paths[0]);
    ASSERT(audit("f", &job, false) == GA_IO_ERROR, "%s", message);
    free(paths[0]);
    free(paths[1]);
    free(x);
    free(y);
}

/* Each product is rounded once, from the exact factor. */
static void
products(void)
{
    foreign_scale *s;
    ga_status st = { 0 };
    static const struct { const char *scale; double value, single, wide; } one[] = {
        { "0.5", 3, 1.5, 1.5 }, { "1/3", 3, 1, 1 }, { "1/3", 1, 0x1.555556p-2, 0x1.5555555555555p-2 },
        { "0.1", 3, 0.3F, 0.3 }, { "0.1", 9, 0.9F, 0.9 },                /* 9 times the double 0.1 is more than 0.9 */
        { "1.00000005960464477539062500001", 1, 1 + 0x1p-23, 1 + 0x1p-24 }, /* the double is the middle of two floats */
        { "1.000000059604644775390625", 1, 1, 1 + 0x1p-24 },
        /* (2^54 + 2^30 + 1)/3 2^-54, a double: three times that is 2^-54 above the middle of two floats */
        { "0.333333353201548276967258743752609007060527801513671875", 3, 1 + 0x1p-23, 0 },
        { "1e-400", -1, -0.0, -0.0 }, { "1e400", -1, -INFINITY, -INFINITY }, { "1e-400", -INFINITY, -INFINITY, -INFINITY },
        { "1e400", -0.0, -0.0, -0.0 }, { "0.5", 0x1p-149, 0, 0x1p-150 }, { "0.51", 0x1p-149, 0x1p-149, 0x1.051eb851eb852p-150 },
        { "0.5", -0x1p-149, -0.0, -0x1p-150 },
    };
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        ASSERT(foreign_scale_new(&s, one[i].scale, &st) == GA_OK, "%s", st.message);
        const double got = foreign_product(one[i].value, s, true), wide = foreign_product(one[i].value, s, false);
        ASSERT(got == one[i].single && signbit(got) == signbit(one[i].single), "%s %a: %a", one[i].scale, one[i].value, got);
        ASSERT(one[i].wide == 0 || (wide == one[i].wide && signbit(wide) == signbit(one[i].wide)), "%s %a: %a", one[i].scale,
               one[i].value, wide);
        ASSERT(isnan(foreign_product(NAN, s, true)));
        foreign_scale_free(s);
    }
    static const char *const bad[] = { "", "0", "-1", "x", "nan", "inf", "1/0", "1/-3", "1e401" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(foreign_scale_new(&s, bad[i], &st) == GA_USAGE && s == NULL, "'%s' is taken", bad[i]);
}

/* Undecided elements are counted everywhere: more bits wanted than there may be. */
static void
undecided(void)
{
    static const char *const alone[] = { "u" };
    static const size_t sizes[] = { 16, 7, 5 };
    static const ga_activation hidden[] = { GA_RELU };
    uint64_t state = test_seed();
    prepare();
    ga_audit_job job = job_of(200, 299);
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 300, &state);
    job.model = m;
    job.options.max_bits = 128;
    for (job.options.reference_bits = 112; job.options.reference_bits <= 120; job.options.reference_bits += 2) {
        directory_remove(in_root("u"));
        ASSERT(audit("u", &job, false) == GA_OK, "%s", message);
        json_t *report = audit_read(in_root("u"), NULL);
        const json_t *function = json_array_get(json_object_get(report, "functions"), 0), *e = json_object_get(report,
                                                                                                               "estimators");
        const json_int_t n = json_integer_value(json_object_get(function, "undecided"));
        const json_int_t cell = json_integer_value(json_object_get(json_object_get(json_array_get(e, 0), "cells"), "undecided"));
        json_decref(report);
        ASSERT(cell >= n, "%lld, of which %lld cells", (long long)n, (long long)cell);
        ASSERT(job.options.reference_bits < 120 || n > 0, "%lld of 1600", (long long)n);
        ASSERT(merge("m", alone, 1) == GA_OK, "%s", message);
        same("u", "m");
    }
    /* The decade of an undecided element is undecided too: a report that counts fewer is refused, though the sum is right. */
    json_t *report = json_load_file(in_root("u/report.json"), 0, NULL);
    json_t *function = json_array_get(json_object_get(report, "functions"), 0);
    json_t *decades = json_object_get(function, "decades"), *open = json_object_get(decades, "undecided");
    json_t *nan = json_object_get(decades, "nan");
    const json_int_t n = json_integer_value(json_object_get(function, "undecided")), more = json_integer_value(open) - (n - 1);
    ASSERT(n > 1, "%lld", (long long)n);
    json_integer_set(open, n - 1);
    json_integer_set(nan, json_integer_value(nan) + more);
    json_dump_file(report, in_root("u/report.json"), JSON_REAL_PRECISION(17));
    json_decref(report);
    ASSERT(merge("m", alone, 1) == GA_BAD_FILE && strstr(message, "functions[0].undecided") != NULL, "%s", message);
    ga_model_free(m);
}

/* A unit at z = -1e15 x: decades from about -1 to below -1e14, of which as many are written as occur; read back and rendered. */
static void
magnitudes_of_any_spread(void)
{
    static const char *const alone[] = { "w" };
    static const size_t sizes[] = { 16, 1, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    prepare();
    ga_audit_job job = job_of(200, 299);
    ga_model *m = ga_model_new(GA_F32, 2, sizes, hidden, NULL);
    ga_model_set(m, m->layer[0].weight, 0, -1e15);
    for (size_t i = 0; i < 5; i++)
        ga_model_set(m, m->layer[1].weight, i, (double)i);
    job.model = m;
    directory_remove(in_root("w"));
    ASSERT(audit("w", &job, false) == GA_OK, "%s", message);
    json_t *report = audit_read(in_root("w"), NULL);
    const json_t *h = json_object_get(json_array_get(json_object_get(report, "functions"), 0), "decades");
    const json_t *decade = json_object_get(h, "decade");
    const size_t n = json_array_size(decade);
    ASSERT(n > 10 && n <= 100 && json_array_size(json_object_get(h, "count")) == n, "%zu decades", n);
    ASSERT(json_integer_value(json_array_get(decade, 0)) < -100000000000000, "%lld", json_integer_value(json_array_get(decade, 0)));
    ASSERT(json_integer_value(json_object_get(h, "zero")) == 1500);
    json_decref(report);
    ASSERT(merge("m", alone, 1) == GA_OK, "%s", message);
    same("w", "m");
    ga_model_free(m);
}

/* The most affected images, ties to the lower one, in whatever order they come. */
static void
pictures(void)
{
    const part_shape shape = { .n_functions = 1, .n_estimators = 1, .n_layers = 1, .n_elements = 2 };
    uint64_t state = test_seed();
    for (int round = 0; round < 20; round++) {
        part *p = part_new(&shape, 0);
        size_t order[30];
        for (size_t i = 0; i < 30; i++) {
            const size_t k = test_random(&state) % (i + 1);
            order[i] = order[k];
            order[k] = i;
        }
        for (size_t i = 0; i < 30; i++) {
            part_picture picture = { .image = order[i], .severity = order[i] % 3 };
            ASSERT(picture_alloc(&picture, 2));
            part_offer_picture(p, &picture);
        }
        for (size_t k = 0; k < PART_PICTURES; k++)
            ASSERT(p->n_pictures == PART_PICTURES && p->picture[k].image == 3 * k + 2 && p->picture[k].severity == 2);
        part_free(p);
    }
    part *p = part_new(&shape, 0);
    part_picture unaffected = { .image = 1 };
    ASSERT(picture_alloc(&unaffected, 2));
    part_offer_picture(p, &unaffected);
    ASSERT(p->n_pictures == 0, "an image without fault is not shown");
    part_free(p);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* The line with another number, flag or fact in one of the fields that follow from others. */
static void
check_contradiction(const char *text, const part_shape *shape, size_t at)
{
    char *const line = strdup(text), *rest = line, *changed = NULL;
    size_t size, n = 0;
    FILE *f = open_memstream(&changed, &size);
    for (char *field = strsep(&rest, "\t"); field != NULL; field = strsep(&rest, "\t"), n++) {
        const char *put = field;
        char other[32];
        if (n == at && (*field == 't' || *field == 'f'))
            put = *field == 't' ? "false" : "true";
        else if (n == at && *field >= '0' && *field <= '9') {
            const long value = strtol(field, NULL, 10);
            snprintf(other, sizeof other, "%ld", value > 0 ? value - 1 : 1);
            put = other;
        } else if (n == at)
            put = strcmp(field, image_fact_names[FACT_NONE]) == 0 ? image_fact_names[FACT_BOTH_WORK] : image_fact_names[FACT_NONE];
        fprintf(f, "%s%s", n > 0 ? "\t" : "", put);
    }
    fclose(f);
    part *const p = part_new(shape, 1);
    ga_status st = { 0 };
    ASSERT(row_parse(part_add_row(p, 0), changed, shape, &st) == GA_BAD_FILE && strstr(st.message, "does not follow") != NULL,
           "field %zu: %s", at, st.message);
    part_free(p);
    free(changed);
    free(line);
}

static void
rows(void)
{
    const part_shape shape = { .n_functions = 2, .n_estimators = 3, .n_layers = 2, .n_elements = 4, .seeds = 64 };
    uint64_t state = test_seed();
    part *p = part_new(&shape, 41);
    for (size_t i = 0; i < 40; i++) {
        part_row *row = part_add_row(p, i);
        row->label = (int)(test_random(&state) % 10);
        row->predicted = i % 5 == 0 ? -1 : i % 5 == 1 ? row->label : (int)(test_random(&state) % 10);
        row->correct = row->predicted == row->label;
        row->kinks = (uint32_t)test_random(&state);
        row->random = test_random(&state);
        row->filled = test_random(&state);
        for (size_t f = 0; f < 2; f++)
            row->function[f] = (row_function){ .zero = (uint32_t)test_random(&state), .undecided = i == 0 ? UINT32_MAX : 0,
                                               .bits = 128,
                                               .moved = i % 2, .errs = i % 3 == 0, .cosine = network_uniform(&state),
                                               .rank_correlation = i % 4 == 0   ? NAN
                                                                   : i % 4 == 1 ? -1
                                                                                : network_uniform(&state) * 0x1p-60 };
        for (size_t e = 0; e < 3; e++) {
            for (size_t c = 0; c < GA_CELLS; c++)
                row->estimator[e].cell[c] = (uint32_t)test_random(&state);
            row->estimator[e].moved = i % 3;
            row->estimator[e].errs = i % 2;
            row->estimator[e].cosine = i == 5 ? 0 : network_uniform(&state);
            row->estimator[e].rank_correlation = nextafter(1, 0);
        }
        char *text = NULL, *again = NULL;
        size_t size, same_size;
        FILE *f = open_memstream(&text, &size);
        row_print(f, row, &shape);
        fclose(f);
        unsigned fooled[2];
        ASSERT(sscanf(text, "%*s %*s %*s %*s %*s %*s %u %u", &fooled[0], &fooled[1]) == 2);
        ASSERT(fooled[0] == (row->correct ? (unsigned)__builtin_popcountll(row->random) : 0) &&
               fooled[1] == (row->correct ? (unsigned)__builtin_popcountll(row->filled) : 0), "%s", text);
        part *q = part_new(&shape, 1);
        part_row *back = part_add_row(q, 0);
        char *line = strdup(text);
        ASSERT(row_parse(back, line, &shape, NULL) == GA_OK, "%s", text);
        f = open_memstream(&again, &same_size);
        row_print(f, back, &shape);
        fclose(f);
        ASSERT(size == same_size && memcmp(text, again, size) == 0, "%s", text);
        ASSERT(back->function[1].errs == row->function[1].errs && back->estimator[2].errs == row->estimator[2].errs);
        ASSERT(back->random == row->random && back->filled == row->filled && back->label == row->label &&
               back->predicted == row->predicted && back->correct == row->correct && back->kinks == row->kinks);
        for (size_t e = 0; e < 3; e++)
            ASSERT(memcmp(back->estimator[e].cell, row->estimator[e].cell, sizeof back->estimator[e].cell) == 0 &&
                   back->estimator[e].cosine == row->estimator[e].cosine &&
                   back->estimator[e].rank_correlation == row->estimator[e].rank_correlation);
        ASSERT(part_add_row(q, 1) == NULL, "there is no room for another");
        /* correct, fact, seeds that fool, fooled by a function, by an estimator */
        static const size_t follow[] = { 3, 4, 6, 7, 13, 51 };
        for (size_t k = 0; k < sizeof follow / sizeof *follow; k++)
            check_contradiction(text, &shape, follow[k]);
        if (row->correct)
            check_contradiction(text, &shape, 2); /* the predicted class */
        free(line);
        free(text);
        free(again);
        part_free(q);
    }
    part_free(p);
}

/* The quick ones first, for the mutants. */
TEST_MAIN("audit", TEST(rows), TEST(pictures), TEST(plans), TEST(automatic), TEST(automatic_once), TEST(not_finite),
          TEST(malformed), TEST(contradictions), TEST(mismatches), TEST(arrays), TEST(foreign), TEST(products), TEST(undecided),
          TEST(magnitudes_of_any_spread), TEST(partitions), TEST(journals), TEST(journal_of_another))
