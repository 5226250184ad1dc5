/* SPDX-License-Identifier: Apache-2.0 */
/* provenance.c -- see provenance.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <gmp.h>
#include <gnu/libc-version.h>
#include <mpfr.h>
#include <zlib.h>

#include "gemm/blas.h"
#include "io/escape.h"
#include "io/file.h"
#include "num/memory.h"
#include "report/provenance.h"
#include "run/deal.h"

/* Arguments and names are hostile text: JSON strings must at least be UTF-8. */
static json_t *
text_json(const char *text)
{
    char *copy = escape_copy(escape_terminal, text);
    json_t *string = json_string(copy != NULL ? copy : "?");
    free(copy);
    return string;
}

static json_t *
processor_json(void)
{
    char line[512], *colon;
    json_t *name = NULL;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f != NULL && name == NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "model name", 10) == 0 && (colon = strchr(line, ':')) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            name = text_json(colon + 1 + (colon[1] == ' '));
        }
    if (f != NULL)
        fclose(f);
    return name != NULL ? name : json_null();
}

json_t *
provenance_json(int argc, char **argv, int threads, ga_backend backend, time_t start, double seconds)
{
    char when[64] = "";
    struct utsname host;
    struct tm utc;
    json_t *o = json_object(), *command = json_array(), *versions = json_object();
    if (gmtime_r(&start, &utc) != NULL)
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    for (int i = 0; i < argc; i++)
        json_array_append_new(command, text_json(argv[i]));
    json_object_set_new(o, "program", json_string(PACKAGE_STRING));
    json_object_set_new(o, "command", command);
    json_object_set_new(o, "started", json_string(when));
    json_object_set_new(o, "seconds", json_real(seconds));
    json_object_set_new(o, "threads", json_integer(deal_threads(threads)));
    json_object_set_new(o, "peak_memory_bytes", json_integer((json_int_t)memory_peak()));
    json_object_set_new(o, "gemm_backend", json_string(ga_backend_name(backend == GA_BACKEND_AUTO ? ga_backend_auto() : backend)));
    if (uname(&host) == 0) {
        json_object_set_new(o, "system", text_json(host.sysname));
        json_object_set_new(o, "release", text_json(host.release));
        json_object_set_new(o, "machine", text_json(host.machine));
    }
    json_object_set_new(o, "processor", processor_json());
    json_object_set_new(versions, "compiler", text_json(__VERSION__));
    json_object_set_new(versions, "flags", text_json(GA_BUILD_FLAGS));
    json_object_set_new(versions, "MPFR", json_string(mpfr_get_version()));
    json_object_set_new(versions, "GMP", json_string(gmp_version));
    json_object_set_new(versions, "OpenBLAS", text_json(blas_config()));
    json_object_set_new(versions, "OpenBLAS core", text_json(blas_core()));
    json_object_set_new(versions, "libc", json_string(gnu_get_libc_version()));
    json_object_set_new(versions, "zlib", json_string(zlibVersion()));
    json_object_set_new(versions, "jansson", json_string(jansson_version_str()));
    json_object_set_new(o, "versions", versions);
    return o;
}

static bool
print_json(FILE *out, const json_t *json)
{
    return json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0 && fputc('\n', out) != EOF;
}

char *
json_text(const json_t *json)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    const bool ok = out != NULL && print_json(out, json);
    if (out != NULL && fclose(out) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

ga_code
json_write(const char *directory, const char *name, const json_t *json, ga_status *st)
{
    char path[8192];
    out_file out;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
    const ga_code code = out_open(&out, path, st);
    if (code != GA_OK)
        return code;
    if (!print_json(out.stream, json)) {
        out_abort(&out);
        return file_fail(st, GA_IO_ERROR, path, "writing failed");
    }
    return out_commit(&out, st);
}
