/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_former.c -- see reproduction_former.h */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "io/file.h"
#include "report/reproduction.h"
#include "report/reproduction_former.h"

#define WAY_OUT "choose another directory, or remove this one"

/* stem and one of the endings */
static bool
is_named(const char *name, const char *stem, const char *const *ending)
{
    const size_t n = strlen(stem);
    if (strncmp(name, stem, n) != 0)
        return false;
    for (; *ending != NULL; ending++)
        if (strcmp(name + n, *ending) == 0)
            return true;
    return false;
}

static bool
is_result(const char *name)
{
    static const char *const files[] = { "report.json", "provenance.json", "index.html", NULL };
    static const char *const figures[] = { "figure1", "figure2", "figure2-relu", "figureS1a", "figureS1b" };
    static const char *const kinds[] = { ".tsv", ".gp", ".svg", ".png", ".pdf", NULL };
    bool is = is_named(name, "", files);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        is = is || is_named(name, figures[i], kinds);
    return is;
}

static bool
is_network(const char *name)
{
    static const char *const kinds[] = { ".safetensors", NULL };
    bool is = false;
    for (size_t k = 0; k < N_NETWORKS; k++)
        is = is || is_named(name, network_names[k], kinds);
    return is;
}

/* GA_USAGE if the directory holds anything but regular files that know says; sub: a directory of that name too, with networks. */
static ga_code
check_entries(const char *directory, bool (*know)(const char *name), const char *sub, ga_status *st)
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
        if (there && S_ISDIR(about.st_mode) && sub != NULL && strcmp(e->d_name, sub) == 0)
            code = check_entries(path, is_network, NULL, st);
        else if (!there || !S_ISREG(about.st_mode) || !know(e->d_name))
            code = file_fail(st, GA_USAGE, directory,
                             "holds '%.80s', which no reproduction makes and which would be lost; " WAY_OUT, e->d_name);
    }
    if (d == NULL)
        return file_fail(st, GA_USAGE, directory, "cannot be read; " WAY_OUT);
    closedir(d);
    return code;
}

ga_code
reproduction_former(const char *directory, ga_status *st)
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
    json_decref(report);
    return code == GA_OK ? check_entries(directory, is_result, "models", st) : code;
}
