/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c -- names of the back ends of exact products, and whether they run here; see core/gradient.h */
#include "config.h"
#include "core/gradient.h"

#include "num/words.h"

static const char *const backend_names[] = {
    [GA_BACKEND_AUTO] = "auto", [GA_BACKEND_DGEMM] = "dgemm", [GA_BACKEND_PLAIN] = "plain", [GA_BACKEND_AVX2] = "avx2",
    [GA_BACKEND_VNNI] = "vnni"
};
static const word_list backend_words = WORD_LIST("back end of products", backend_names);

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
    return (size_t)backend < backend_words.n ? backend_names[backend] : "unknown";
}

ga_code
ga_backend_parse(ga_backend *backend, const char *text, ga_status *st)
{
    const int place = word_parse(&backend_words, text, st);
    if (place >= 0)
        *backend = (ga_backend)place;
    return place >= 0 ? GA_OK : GA_USAGE;
}
