/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c -- names of the back ends of exact products, and whether they run here; see gradaudit/gradient.h */
#include <string.h>

#include "config.h"
#include <gradaudit/gradient.h>

static const char *const names[] = {
    [GA_BACKEND_AUTO] = "auto", [GA_BACKEND_DGEMM] = "dgemm", [GA_BACKEND_PLAIN] = "plain", [GA_BACKEND_AVX2] = "avx2",
    [GA_BACKEND_VNNI] = "vnni"
};

bool
ga_backend_usable(ga_backend backend)
{
    switch (backend) {
    case GA_BACKEND_AVX2:
#ifdef HAVE_AVX2
        return __builtin_cpu_supports("avx2");
#endif
        return false;
    case GA_BACKEND_VNNI:
#ifdef HAVE_VNNI
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vnni");
#endif
        return false;
    case GA_BACKEND_AUTO:
    case GA_BACKEND_DGEMM:
    case GA_BACKEND_PLAIN:
        return true;
    }
    return false;
}

ga_backend
ga_backend_auto(void)
{
    if (ga_backend_usable(GA_BACKEND_VNNI))
        return GA_BACKEND_VNNI;
    return ga_backend_usable(GA_BACKEND_AVX2) ? GA_BACKEND_AVX2 : GA_BACKEND_DGEMM;
}

const char *
ga_backend_name(ga_backend backend)
{
    return (size_t)backend < sizeof names / sizeof *names ? names[backend] : "unknown";
}

ga_code
ga_backend_parse(ga_backend *backend, const char *text, ga_status *st)
{
    for (int i = GA_BACKEND_AUTO; i <= GA_BACKEND_VNNI; i++)
        if (strcmp(text, names[i]) == 0) {
            *backend = (ga_backend)i;
            return GA_OK;
        }
    return ga_fail(st, GA_USAGE, "no back end of products is called '%s': auto, dgemm, plain, avx2 or vnni", text);
}
