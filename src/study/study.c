/* SPDX-License-Identifier: Apache-2.0 */
/* study.c -- finds and reads studies; see study.h */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/datadir.h"
#include "io/escape.h"
#include "io/file.h"
#include "report/amount.h"
#include "study/check.h"
#include "study/study.h"

#define ENDING ".json"
#define MOST_BYTES ((size_t)4 << 20)

ga_code
study_parse(study_file *s, const char *path, const char *text, size_t size, ga_status *st)
{
    json_error_t error;
    *s = (study_file){ .json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error) };
    digest_bytes(s->sha256, (const uint8_t *)text, size);
    if (!json_is_object(s->json)) {
        study_free(s);
        return file_fail(st, GA_BAD_FILE, path, "it is no study: line %d is no JSON, or no object", error.line);
    }
    teller t = { .study = s->json, .check = true };
    study_check(&t);
    if (t.fault[0] == '\0')
        return GA_OK;
    study_free(s);
    return file_fail(st, GA_BAD_FILE, path, "%s%s%s (data/studies/README.md says how a study is written)", t.where,
                     t.where[0] != '\0' ? ": " : "", t.fault);
}

void
study_free(study_file *s)
{
    json_decref(s->json);
    s->json = NULL;
}

enum { PATH = 8192 };

/* The directory of the studies, or the file of one in it. */
static ga_code
find(char path[PATH], const char *name, ga_status *st)
{
    char *const data = datadir(st);
    if (data == NULL)
        return st->code;
    int n = snprintf(path, PATH, "%s/studies", data);
    free(data);
    if (n >= PATH || access(path, X_OK) != 0)
        return file_fail(st, GA_IO_ERROR, path, "cannot be read: GRADAUDIT_DATADIR names the data directory");
    if (name != NULL)
        snprintf(path + n, (size_t)(PATH - n), "/%s" ENDING, name);
    return GA_OK;
}

ga_code
study_load(study_file *s, const char *name, ga_status *st)
{
    char path[PATH];
    file_bytes bytes;
    const bool is_name = strlen(name) < sizeof s->name && strchr(name, '/') == NULL && *name != '.' && *name != '\0';
    *s = (study_file){ .json = NULL };
    if (find(path, is_name ? name : NULL, st) != GA_OK)
        return st->code;
    if (!is_name || file_read(&bytes, path, MOST_BYTES, FILE_PLAIN, NULL) != GA_OK) {
        char *const safe = escape_copy(escape_terminal, name);
        ga_fail(st, GA_USAGE, "there is no study '%.80s' (gradaudit reproduce --list names all)", safe != NULL ? safe : "?");
        free(safe);
        return st->code;
    }
    const ga_code code = study_parse(s, path, (const char *)bytes.data, bytes.size, st);
    snprintf(s->name, sizeof s->name, "%s", name);
    free(bytes.data);
    return code;
}

ga_code
study_of_report(study_file *s, const json_t *report, ga_status *st)
{
    const char *const name = amount_string(report, "study");
    return study_load(s, *name != '\0' ? name : STUDY_DEFAULT, st);
}

static int
is_study(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name), m = strlen(ENDING);
    return n > m && strcmp(entry->d_name + n - m, ENDING) == 0;
}

ga_code
study_list(FILE *out, ga_status *st)
{
    char path[PATH];
    struct dirent **entry;
    if (find(path, NULL, st) != GA_OK)
        return st->code;
    const int n = scandir(path, &entry, is_study, alphasort);
    if (n < 0)
        return file_fail(st, GA_IO_ERROR, path, "cannot be read");
    st->code = GA_OK;
    for (int i = 0; i < n; i++) {
        study_file s;
        entry[i]->d_name[strlen(entry[i]->d_name) - strlen(ENDING)] = '\0';
        if (st->code == GA_OK && study_load(&s, entry[i]->d_name, st) == GA_OK) {
            escape_tsv(out, s.name);
            fputc('\t', out);
            escape_tsv(out, amount_string(s.json, "title"));
            fputc('\n', out);
            study_free(&s);
        }
        free(entry[i]);
    }
    free(entry);
    return st->code;
}
