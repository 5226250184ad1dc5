/* SPDX-License-Identifier: Apache-2.0 */
/* convolutions.c -- LeNet-5 and ResNet-8 as PyTorch exports them, with random weights: float against PyTorch, and the reference */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pass.h"
#include "torch.h"
#include "../shipped.h"

static const struct {
    const char *name;
    bool mnist;
    size_t few; /* images in one run of the reference */
} networks[] = { { "lenet-tanh", true, 256 }, { "lenet-relu", true, 256 }, { "resnet-8", false, 16 } };

static void
measure(bench *b, size_t which, const ga_model *model, const ga_dataset *ds, torch *t)
{
    enum { FLOATS = 512 };
    const size_t n = b->quick ? 16 : ds->n < FLOATS ? ds->n : FLOATS, few = b->quick ? 2 : networks[which].few;
    char name[BENCH_NAME];
    pass_job single = { .model = model, .ds = ds, .e = pass_estimator("float", GA_NAIVE), .n = n, .threads = 1 };
    pass_job exact = { .model = model, .ds = ds, .e = pass_estimator("exact", GA_REWRITE), .n = few, .threads = 1 }, two = exact;
    torch_job python = { t, "float32", false, n };
    const bench_runner floats[] = { { "gradaudit, from bytes to gradients", pass_gradient, &single, 1 },
                                    { "PyTorch, from bytes to gradients", torch_pass, &python, 1 } };
    two.threads = omp_get_num_procs() < 2 ? 1 : 2;
    const bench_runner exacts[] = { { "gradaudit exact, one thread", pass_gradient, &exact, 1 },
                                    { "gradaudit exact, two threads", pass_gradient, &two, 1 } };
    snprintf(name, sizeof name, "%s, float", networks[which].name);
    bench_contest(b, "convolutions", name, (double)n, floats, 2);
    snprintf(name, sizeof name, "%s, reference", networks[which].name);
    bench_row *row = bench_contest(b, "convolutions", name, (double)few, exacts, 2);
    row[0].note = (double)exact.decided / (double)exact.elements;  /* part of the elements that is proved */
    row[1].note = (double)exact.first_level / (double)exact.n;     /* part of the images for which the first level was enough */
}

void
suite_convolutions(bench *b)
{
    const char *const base = getenv("TMPDIR");
    char directory[4000], model[4096], images[4096], labels[4096];
    snprintf(directory, sizeof directory, "%s/bench-XXXXXX", base != NULL && base[0] != '\0' ? base : "/tmp");
    if (mkdtemp(directory) == NULL)
        bench_fail("%s: cannot be made", directory);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        ga_model *m;
        ga_dataset *ds;
        ga_status st = { 0 };
        snprintf(model, sizeof model, "%s/%s.onnx", directory, networks[i].name);
        snprintf(images, sizeof images, "%s/images.npy", directory);
        snprintf(labels, sizeof labels, "%s/labels.npy", directory);
        if (networks[i].mnist) {
            shipped_path(images, sizeof images, "mnist/t10k-images-idx3-ubyte.gz");
            shipped_path(labels, sizeof labels, "mnist/t10k-labels-idx1-ubyte.gz");
        }
        torch *t = torch_open(b->source, model, images, labels);
        if (t != NULL) {
            snprintf(b->torch, sizeof b->torch, "%s", torch_version(t));
            if (ga_model_load(&m, model, NULL, &st) != GA_OK || ga_dataset_load(&ds, images, labels, NULL, &st) != GA_OK)
                bench_fail("%s", st.message);
            measure(b, i, m, ds, t);
            ga_model_free(m);
            ga_dataset_free(ds);
        }
        torch_close(t);
        unlink(model);
        if (!networks[i].mnist) {
            unlink(images);
            unlink(labels);
        }
    }
    rmdir(directory);
}
