/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- an audit from its job, or from parts, to its directory; see core/audit.h */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/run.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/audit.h"
#include "report/audit_report.h"
#include "report/provenance.h"
#include "run/agree.h"

ga_code
audit_path(char *path, size_t size, const char *directory, const char *name, ga_status *st)
{
    if (snprintf(path, size, "%s/%s", directory, name) < (int)size)
        return GA_OK;
    return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
}

static bool
holds(const char *directory, const char *name)
{
    char path[8192];
    return audit_path(path, sizeof path, directory, name, NULL) == GA_OK && access(path, F_OK) == 0;
}

/* What people name instead of the directory: its results and its page. */
static bool
is_result_name(const char *name)
{
    static const char *const names[] = { "report.json", "report.html", "index.html" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

char *
result_directory(const char *path, ga_status *st)
{
    const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;
    struct stat about;
    if (*path == '\0') { /* "" and a name would be a file of the root */
        file_fail_errno(st, path, "read", ENOENT);
        return NULL;
    }
    const bool is_report = is_result_name(last) && !(stat(path, &about) == 0 && S_ISDIR(about.st_mode));
    char *directory = !is_report ? strdup(path) : slash == NULL ? strdup(".")
                                                : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    if (directory == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    return directory;
}

bool
audit_is_drawn(const char *directory)
{
    return holds(directory, "figures/cells.png");
}

ga_code
audit_check_empty(const char *directory, ga_status *st)
{
    struct stat about;
    if (stat(directory, &about) != 0)
        return errno == ENOENT ? GA_OK : file_fail_errno(st, directory, "open", errno);
    if (holds(directory, "journal"))
        return file_fail(st, GA_USAGE, directory, "an unfinished audit stands here: go on with --resume, or remove it");
    if (holds(directory, "report.json"))
        return file_fail(st, GA_USAGE, directory, "it holds a result already: choose another directory, or remove it");
    DIR *d = opendir(directory);
    size_t entries = 0;
    if (d == NULL)
        return file_fail_errno(st, directory, "open", errno);
    while (readdir(d) != NULL)
        entries++;
    closedir(d);
    return entries <= 2 ? GA_OK : file_fail(st, GA_USAGE, directory, "the directory is not empty, and holds no audit");
}

/* Of one of those kinds and its schema. */
static bool
is_of(const json_t *report, const report_kind *kind, size_t n)
{
    const char *const own = json_string_value(json_object_get(report, "kind"));
    const json_int_t schema = json_integer_value(json_object_get(report, "schema_version"));
    for (size_t k = 0; k < n; k++)
        if (own != NULL && strcmp(own, kind[k].name) == 0 && schema == kind[k].schema)
            return true;
    return false;
}

json_t *
report_read(const char *directory, const report_kind *kind, size_t n, ga_status *st)
{
    char path[8192], list[200] = "";
    file_bytes bytes;
    json_error_t fault;
    if (audit_path(path, sizeof path, directory, "report.json", st) != GA_OK ||
        file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st) != GA_OK)
        return NULL;
    json_t *report = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &fault);
    free(bytes.data);
    if (report == NULL)
        file_fail(st, GA_BAD_FILE, path, "line %d is no JSON: %s", fault.line, fault.text);
    else if (is_of(report, kind, n))
        return report;
    for (size_t k = 0; k < n && report != NULL; k++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%sof %s %s, schema %d", k > 0 ? ", or " : "",
                 strchr("aeiou", kind[k].name[0]) != NULL ? "an" : "a", kind[k].name, kind[k].schema);
    if (report != NULL)
        file_fail(st, GA_BAD_FILE, path, "it is no report %s", list);
    json_decref(report);
    return NULL;
}

json_t *
audit_read(const char *directory, ga_status *st)
{
    return report_read(directory, &(report_kind){ "audit", GA_AUDIT_SCHEMA }, 1, st);
}

static ga_code
write_rows(const char *directory, const json_t *head, const part *p, ga_status *st)
{
    char path[8192];
    out_file out;
    ga_code code = audit_path(path, sizeof path, directory, "images.tsv", st);
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
    if (audit_path(path, sizeof path, directory, "figures", NULL) == GA_OK)
        out_sweep(path);
}

ga_code
audit_write_results(json_t **report, const char *directory, const json_t *head, const part *p, ga_status *st)
{
    bool drawn;
    if ((*report = audit_report(head, p)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    ga_code code = write_rows(directory, head, p, st);
    if (code == GA_OK)
        code = json_write(directory, "report.json", *report, st);
    return code == GA_OK ? audit_render(directory, *report, &drawn, st) : code;
}

/* A finished audit is asked for again: there is nothing to do if it is the same. */
static ga_code
check_finished(json_t **report, const char *directory, plan *p, ga_status *st)
{
    char difference[128];
    *report = audit_read(directory, st);
    json_t *const head = *report != NULL ? plan_head(p, st) : NULL;
    if (head == NULL)
        return st->code;
    const json_t *images = json_object_get(*report, "images");
    agree_difference(difference, sizeof difference, head, json_object_get(*report, "head"));
    if (difference[0] == '\0' && ((size_t)json_integer_value(json_object_get(images, "first")) != p->job->range.first ||
                                  (size_t)json_integer_value(json_object_get(images, "last")) != p->job->range.last))
        snprintf(difference, sizeof difference, "images");
    json_decref(head);
    if (difference[0] != '\0')
        return file_fail(st, GA_USAGE, directory, "the audit that stands here is finished, and differs in its %s", difference);
    sweep(directory);
    return GA_OK;
}

static ga_code
audit_in(json_t **report, const char *directory, plan *p, bool resume, ga_status *st)
{
    audit_run r;
    ga_code code = resume ? GA_OK : audit_check_empty(directory, st);
    if (code != GA_OK)
        return code;
    const bool made = !resume && mkdir(directory, 0777) == 0;
    if (!resume && !made && errno != EEXIST)
        return file_fail_errno(st, directory, "make the directory", errno);
    code = audit_run_parts(&r, directory, p, resume, st);
    if (code == GA_OK) {
        sweep(directory);
        code = audit_write_results(report, directory, r.head, r.result, st);
    }
    if (code == GA_OK)
        code = journal_remove(&r.journal, st);
    audit_run_free(&r);
    if (code != GA_OK && made && !holds(directory, "journal"))
        rmdir(directory); /* it was refused before anything was computed */
    return code;
}

ga_code
audit_planned(json_t **report, const char *directory, plan *p, bool resume, ga_status *st)
{
    const ga_audit_job *job = p->job;
    ga_status own = { 0 };
    *report = NULL;
    if (job->team != NULL && job->team->rank > 0) {
        audit_run r;
        audit_run_parts(&r, directory, p, resume, &own);
        audit_run_free(&r);
    } else if (resume && !holds(directory, "journal") && holds(directory, "report.json"))
        check_finished(report, directory, p, &own);
    else {
        const bool nothing = !holds(directory, "journal") && audit_check_empty(directory, NULL) == GA_OK;
        audit_in(report, directory, p, resume && !nothing, &own);
    }
    agree_not(job->team, &own); /* if it has not been left */
    if (own.code != GA_OK && st != NULL)
        *st = own;
    return own.code;
}

ga_code
audit_unkept(json_t **report, plan *p, ga_status *st)
{
    audit_run r;
    char *const directory = out_temporary(st);
    *report = NULL;
    if (directory == NULL)
        return st->code;
    ga_code code = audit_run_parts(&r, directory, p, false, st);
    if (code == GA_OK && (*report = audit_report(r.head, r.result)) == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    audit_run_free(&r);
    out_temporary_remove(directory);
    if (code == GA_INTERRUPTED)
        ga_fail(st, code, "stopped, and nothing is kept: in a directory the audit could go on");
    return code;
}

ga_code
ga_audit_into(const char *directory, const ga_audit_job *job, bool resume, ga_status *st)
{
    plan p;
    json_t *report = NULL;
    ga_status own = { 0 };
    ga_code code = plan_make(&p, job, &own);
    if (code == GA_OK)
        code = audit_planned(&report, directory, &p, resume, &own);
    else
        agree_not(job->team, &own);
    plan_free(&p);
    json_decref(report);
    if (code != GA_OK && st != NULL)
        *st = own;
    return code;
}
