/* SPDX-License-Identifier: Apache-2.0 */
/* former.c -- whether a directory is a former reproduction, which another one may replace; see study.h */
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/file.h"
#include "study/networks.h"
#include "study/study.h"
#include "study/value.h"

#define WAY_OUT "choose another directory, or remove this one"

/* Whether a file's name is a stem with one of the endings. */
static bool
is_named(const char *name, const char *stem, const char *endings)
{
    return strncmp(name, stem, strlen(stem)) == 0 && value_is_one_of(name + strlen(stem), endings);
}

/* Whether the study makes a file of that name: a result, or with models a network. */
static bool
is_made(const study_file *s, const char *name, bool models)
{
    const char *figure;
    json_t *spec;
    bool is = !models && is_named(name, "", "report.json provenance.json index.html");
    json_object_foreach(json_object_get(s->json, "figures"), figure, spec)
        is = is || (!models && is_named(name, figure, ".tsv .gp .svg .png .pdf"));
    for (size_t k = 0; models && k < study_networks(s->json); k++)
        is = is || is_named(name, study_network_name(s->json, k), ".safetensors");
    return is;
}

/* GA_USAGE if the directory holds anything but regular files that the study makes, and models/ with networks. */
static ga_code
check_entries(const study_file *s, const char *directory, bool models, ga_status *st)
{
    char path[8192];
    struct stat about;
    ga_code code = GA_OK;
    DIR *const d = opendir(directory);
    for (struct dirent *e; d != NULL && code == GA_OK && (e = readdir(d)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        const int length = snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        const bool there = length < (int)sizeof path && lstat(path, &about) == 0;
        if (there && S_ISDIR(about.st_mode) && !models && strcmp(e->d_name, "models") == 0)
            code = check_entries(s, path, true, st);
        else if (!there || !S_ISREG(about.st_mode) || !is_made(s, e->d_name, models))
            code = file_fail(st, GA_USAGE, directory,
                             "holds '%.80s', which no reproduction makes and which would be lost; " WAY_OUT, e->d_name);
    }
    if (d == NULL)
        return file_fail(st, GA_USAGE, directory, "cannot be read; " WAY_OUT);
    closedir(d);
    return code;
}

ga_code
study_former(const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes = { 0 };
    json_error_t fault;
    json_t *report = NULL;
    if (snprintf(path, sizeof path, "%s/report.json", directory) < (int)sizeof path &&
        file_read(&bytes, path, FILE_CAP, FILE_PLAIN, NULL) == GA_OK) {
        report = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &fault);
        free(bytes.data);
    }
    const char *const kind = json_string_value(json_object_get(report, "kind"));
    ga_code code = GA_OK;
    if (kind != NULL && strcmp(kind, "audit") == 0)
        code = file_fail(st, GA_USAGE, directory, "the result of an audit stands here; " WAY_OUT);
    else if (kind == NULL || strcmp(kind, "reproduction") != 0)
        code = file_fail(st, GA_USAGE, directory, "the directory is not empty, and holds no reproduction; " WAY_OUT);
    study_file s = { .json = NULL };
    if (code == GA_OK && (code = study_of_report(&s, report, st)) == GA_OK)
        code = check_entries(&s, directory, false, st);
    study_free(&s);
    json_decref(report);
    return code;
}
