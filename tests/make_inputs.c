/* SPDX-License-Identifier: Apache-2.0 */
/* make_inputs.c -- writes the models and data files for tests/cli.sh: make_inputs DIRECTORY */
#include <string.h>

#include "core/attack.h"

#include "hostile.h"
#include "networks.h"

static char path[4096];

static const char *
in(const char *directory, const char *name)
{
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        exit(99);
    return path;
}

static void
write_model(const char *directory, const char *name, const ga_model *m)
{
    ga_status st = { 0 };
    if (ga_model_write(m, in(directory, name), &st) != GA_OK) {
        fprintf(stderr, "make_inputs: %s\n", st.message);
        exit(99);
    }
}

static void
write_idx(const char *directory, const char *name, const uint8_t *data, size_t n, size_t rows, size_t cols)
{
    const size_t dimension[] = { n, rows, cols }, size = rows > 0 ? n * rows * cols : n;
    FILE *f = fopen(in(directory, name), "wb");
    const uint8_t magic[] = { 0, 0, 8, rows > 0 ? 3 : 1 };
    bool ok = f != NULL && fwrite(magic, 1, 4, f) == 4;
    for (size_t i = 0; ok && i < magic[3]; i++) {
        const uint8_t word[] = { (uint8_t)(dimension[i] >> 24), (uint8_t)(dimension[i] >> 16), (uint8_t)(dimension[i] >> 8),
                                 (uint8_t)dimension[i] };
        ok = fwrite(word, 1, 4, f) == 4;
    }
    if (!ok || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        exit(99);
    }
}

static void
write_labels(const char *directory, const char *name, const uint32_t *label, size_t n)
{
    uint8_t *bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)label[i];
    write_idx(directory, name, bytes, n, 0, 0);
    free(bytes);
}

/* Most labels become what the network says, so that nothing is to be said of the images. */
static void
believe(ga_dataset *ds, const ga_model *m)
{
    const size_t n = ds->n;
    uint32_t *said = malloc(n * sizeof *said);
    bool *correct = malloc(n * sizeof *correct);
    if (said == NULL || correct == NULL)
        exit(99);
    memcpy(said, ds->label, n * sizeof *said);
    for (uint8_t y = 0; y < ga_model_classes(m); y++) {
        for (size_t i = 0; i < n; i++)
            ds->label[i] = (uint32_t)y;
        if (ga_classify(correct, m, ds, (ga_range){ 0, n - 1 }, 1, NULL) != GA_OK)
            exit(99);
        for (size_t i = 0; i < n; i++)
            if (correct[i] && i % 5 != 0)
                said[i] = y;
    }
    memcpy(ds->label, said, n * sizeof *said);
    free(said);
    free(correct);
}

int
main(int argc, char **argv)
{
    static const size_t sizes[] = { 16, 6, 4 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    uint64_t state = 1;
    if (argc != 2)
        return 2;
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 20, &state);
    ga_dataset *ds = network_images(m, 300, &state);
    believe(ds, m);
    write_model(argv[1], "model.safetensors", m);
    ga_model_set_meta(m, "recipe", HOSTILE_TEXT);
    ga_model_set_meta(m, HOSTILE_TEXT, "value");
    write_model(argv[1], "hostile.safetensors", m);
    write_model(argv[1], HOSTILE_NAME, m);
    ga_model_free(m);
    uint64_t again = 1; /* nearly the network of model.safetensors, for the same labels */
    m = network_new(GA_F64, 2, sizes, hidden, 20, &again);
    write_model(argv[1], "f64.safetensors", m);
    ga_model_free(m);
    static const size_t one_sizes[] = { 16, 6, 1 };
    m = network_new(GA_F32, 2, one_sizes, hidden, 20, &state);
    write_model(argv[1], "one-output.safetensors", m);
    ga_model_free(m);
    static const size_t mnist_sizes[] = { 784, 6, 10 };
    m = network_new(GA_F32, 2, mnist_sizes, hidden, 60, &state); /* for the images of MNIST */
    write_model(argv[1], "mnist.safetensors", m);
    ga_model_free(m);
    static const ga_activation rectified[] = { GA_RELU };
    m = network_new(GA_F32, 2, mnist_sizes, rectified, 60, &state);
    write_model(argv[1], "mnist-relu.safetensors", m);
    ga_model_free(m);
    write_idx(argv[1], "images", ds->pixel, ds->n, 4, 4);
    write_labels(argv[1], "labels", ds->label, ds->n);
    write_labels(argv[1], "labels-few", ds->label, ds->n - 1);
    write_idx(argv[1], "images-wide", ds->pixel, 10, 6, 5);
    write_labels(argv[1], "labels-ten", ds->label, 10);
    m = network_new(GA_F32, 2, sizes, hidden, 20, &state);
    ga_dataset *many = network_images(m, 1500, &state);
    write_idx(argv[1], "images-many", many->pixel, many->n, 4, 4);
    write_labels(argv[1], "labels-many", many->label, many->n);
    ga_dataset_free(many);
    ga_model_free(m);
    ds->label[299] = 4; /* not a class */
    write_labels(argv[1], "labels-beyond", ds->label, ds->n);
    ga_dataset_free(ds);
    return 0;
}
