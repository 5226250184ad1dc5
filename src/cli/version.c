/* SPDX-License-Identifier: Apache-2.0 */
/* version.c -- the build and the libraries at work; see version.h */
#include "config.h"

#include <stdlib.h>

#include <cblas.h>
#include <gmp.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <mpfr.h>
#include <zlib.h>

#include "cli/team.h"
#include "cli/version.h"
#include "io/datadir.h"
#include "num/guard.h"

void
version_print(FILE *out)
{
    const char *fault = guard_fault();
    char *data = datadir(NULL);

    fprintf(out, "%s\n", PACKAGE_STRING);
    fprintf(out, "compiler: %s\n", __VERSION__);
    fprintf(out, "flags: %s\n", GA_BUILD_FLAGS);
    fprintf(out, "MPFR: %s\nGMP: %s\n", mpfr_get_version(), gmp_version);
    fprintf(out, "OpenBLAS: %s; core %s\n", openblas_get_config(), openblas_get_corename());
    fprintf(out, "zlib: %s\njansson: %s\nlibc: %s\n", zlibVersion(), jansson_version_str(), gnu_get_libc_version());
    fprintf(out, "MPI: %s\n", team_library());
    fprintf(out, "arithmetic: %s\n", fault == NULL ? "IEEE 754, to nearest, subnormals on, no fused products" : fault);
    fprintf(out, "data: %s\n", data == NULL ? "?" : data);
    free(data);
}
