/* SPDX-License-Identifier: Apache-2.0 */
/* Models and data by the public headers, from files, bytes and arrays: one network whatever it came from, and what is refused, in
   one line. It links with the shared library. */
#include <gradaudit/gradaudit.h>

#include "api.h"
#include "scratch.h"

static ga_status st;

static ga_model *
network(const ga_array *weight, const ga_array *bias, const char *layout, int round)
{
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_model *m;
    o.activation = "ReLU";
    o.layout = layout;
    o.round = round;
    ASSERT(ga_model_from_arrays(&m, weight, bias, 2, &o, &st) == GA_OK, "%s", st.message);
    return m;
}

/* All of a file, for the caller to free. */
static char *
contents(size_t *n, const char *path)
{
    FILE *f = fopen(path, "rb");
    enum { MOST = 20 << 20 };
    char *bytes = malloc(MOST);
    *n = f != NULL && bytes != NULL ? fread(bytes, 1, MOST, f) : 0;
    if (f != NULL)
        fclose(f);
    return bytes;
}

static bool
same_file(const char *a, const char *b)
{
    size_t n, m;
    char *x = contents(&n, a), *y = contents(&m, b);
    const bool same = n > 0 && n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

static void
is_network(const ga_model *m, int bits, const char *sha256)
{
    ASSERT(ga_model_inputs(m) == API_INPUTS && ga_model_classes(m) == API_CLASSES && ga_model_parameters(m) == 6 + 2 + 4 + 2);
    ASSERT(ga_model_bits(m) == bits && strcmp(ga_model_sha256(m), sha256) == 0, "%s", ga_model_sha256(m));
}

/* One network from arrays, a file and its bytes; its digest is that of the file. */
static void
one_network(void)
{
    const char *const path = scratch_path("model.safetensors"), *const again = scratch_path("again.safetensors");
    char command[2200], digest[65] = "";
    for (int bits = 32; bits <= 64; bits += 32) {
        ga_model *m = network(bits == 32 ? api_weight32 : api_weight64, bits == 32 ? api_bias32 : api_bias64, NULL, 0), *read;
        ASSERT(ga_model_save(m, path, &st) == GA_OK, "%s", st.message);
        snprintf(command, sizeof command, "sha256sum '%s'", path);
        FILE *sum = popen(command, "r");
        ASSERT(sum != NULL && fscanf(sum, "%64s", digest) == 1 && pclose(sum) == 0);
        is_network(m, bits, digest);
        ga_model_free(m);
        ASSERT(ga_model_open(&read, path, NULL, &st) == GA_OK, "%s", st.message);
        is_network(read, bits, digest);
        ASSERT(ga_model_save(read, again, NULL) == GA_OK && same_file(path, again));
        ga_model_free(read);
        size_t n;
        char *bytes = contents(&n, path);
        ASSERT(ga_model_open_bytes(&read, bytes, n, "it", NULL, &st) == GA_OK, "%s", st.message);
        memset(bytes, 0, n);
        free(bytes);
        is_network(read, bits, digest);
        ASSERT(ga_model_save(read, again, NULL) == GA_OK && same_file(path, again));
        ga_model_free(read);
    }
    ga_model_free(NULL);
}

/* A large one: its bytes are looked at before they are copied. */
static void
large(void)
{
    static const size_t dim[] = { 2100, 2048 };
    const char *const path = scratch_path("large.safetensors");
    float *const w = malloc(dim[0] * dim[1] * sizeof *w);
    uint64_t state = test_seed();
    for (size_t i = 0; i < dim[0] * dim[1]; i++)
        w[i] = (float)test_random(&state);
    ga_model *m, *read;
    ASSERT(ga_model_from_arrays(&m, &(ga_array){ "<f4", 2, dim, w }, NULL, 1, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_save(m, path, &st) == GA_OK, "%s", st.message);
    size_t n;
    char *bytes = contents(&n, path);
    ASSERT(ga_model_open_bytes(&read, bytes, n, NULL, NULL, &st) == GA_OK && ga_model_inputs(read) == dim[1], "%s", st.message);
    ASSERT(strcmp(ga_model_sha256(m), ga_model_sha256(read)) == 0);
    ga_model_free(read);
    FAILS(ga_model_open_bytes(&read, bytes, n - 1, NULL, NULL, &st), GA_BAD_FILE, "the model: fc1.bias: its data_offsets");
    free(bytes);
    free(w);
    ga_model_free(m);
}

/* The same network in other arrays has the same digest. */
static void
other_arrays(void)
{
    static const double t1[] = { 1, 0, 2, 0, -1, -1 }, t2[] = { 2, 3, 3, 5 } /* symmetric */, none[] = { 0, 0 };
    static const uint16_t h1[] = { 0x3c00, 0x4000, 0xbc00, 0, 0, 0xbc00 }; /* binary16: 1, 2, -1, 0, 0, -1 */
    static const size_t dt[] = { API_INPUTS, API_HIDDEN };
    const ga_array transposed[] = { { "<f8", 2, dt, t1 }, { "<f8", 2, api_d2, t2 } },
                   half[] = { { "<f2", 2, api_d1, h1 }, api_weight32[1] },
                   mixed[] = { { "<f2", 2, api_d1, h1 }, api_weight64[1] }, zeros[] = { { "<f4", 1, api_d1, none }, api_bias32[1] },
                   missing[] = { { NULL, 0, NULL, NULL }, api_bias32[1] };
    ga_model *single = network(api_weight32, api_bias32, NULL, 0), *wide = network(api_weight64, api_bias64, NULL, 0), *m;
    is_network(m = network(half, api_bias32, "out-in", 0), 32, ga_model_sha256(single));
    ga_model_free(m);
    is_network(m = network(mixed, api_bias32, NULL, 0), 64, ga_model_sha256(wide));
    ga_model_free(m);
    is_network(m = network(api_weight64, api_bias64, NULL, 1), 32, ga_model_sha256(single));
    ga_model_free(m);
    ga_model_free(single);
    single = network(api_weight32, zeros, NULL, 0);
    is_network(m = network(api_weight32, missing, NULL, 0), 32, ga_model_sha256(single));
    ga_model_free(m);
    ga_model_free(single);
    is_network(m = network(transposed, api_bias64, "in-out", 0), 64, ga_model_sha256(wide));
    ga_model_free(m);
    ga_model_free(wide);
}

/* What is wrong with two layers of these arrays. */
static void
bad_arrays(void)
{
    static const float nan[] = { 1, 2, NAN, 0, 0, -1 }, inf[] = { 1, INFINITY };
    static const size_t wrong[] = { API_CLASSES, 3 }, three[] = { 2, 2, 1 }, none[] = { 0, 3 }, one[] = { 1 }, many[] = { 3 },
                        huge[] = { SIZE_MAX / 2, SIZE_MAX / 2 }, in_out[] = { API_INPUTS, API_HIDDEN };
    static const int64_t integers[6];
    const ga_array *const w = api_weight32, *const b = api_bias32;
    const struct {
        ga_array weight[2], bias[2];
        ga_code code;
        const char *fault;
    } bad[] = {
        { { w[0], { "<f4", 2, wrong, nan } }, { b[0], b[1] }, GA_BAD_FILE, "weight 2: 2 x 3 takes 3 inputs, and weight 1 makes 2" },
        { { w[0], { "<f4", 2, wrong, nan } }, { b[0], b[1] }, GA_BAD_FILE, "\"in-out\"" },
        { { { "<f4", 2, in_out, api_f1 }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "bias 1: 2 numbers of 1 dimension, not one for" },
        { { { "<f4", 2, in_out, api_f1 }, w[1] }, { { 0 } }, GA_BAD_FILE, "weight 2: 2 x 2 takes 2 inputs, and weight 1 makes 3" },
        { { { "<f4", 2, api_d1, nan }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "weight 1: number 2 of row 0 is NaN" },
        { { w[0], w[1] }, { b[0], { "<f4", 1, api_d2, inf } }, GA_BAD_FILE, "bias 2: number 1 of row 0 is infinite" },
        { { w[0], { "<f4", 3, three, api_f2 } }, { b[0], b[1] }, GA_BAD_FILE, "weight 2: 3 dimensions, not 2: outputs x inputs" },
        { { { "<f4", 1, one, api_f1 }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "weight 1: 1 dimension, not 2" },
        { { { "<f4", 2, none, api_f1 }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "weight 1: dimension 1 is 0" },
        { { { "<i8", 2, api_d1, integers }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "weight 1: the numbers of a model are" },
        { { { "<c8", 2, api_d1, integers }, w[1] }, { b[0], b[1] }, GA_BAD_FILE, "weight 1: dtype '<c8'" },
        { { { "float", 2, api_d1, integers }, w[1] }, { b[0], b[1] }, GA_USAGE, "weight 1: the type of an array" },
        { { { NULL, 2, api_d1, integers }, w[1] }, { b[0], b[1] }, GA_USAGE, "weight 1: " },
        { { w[0], { "<f4", 2, api_d2, NULL } }, { b[0], b[1] }, GA_USAGE, "weight 2: " },
        { { { "<f4", 2, huge, api_f1 }, w[1] }, { b[0], b[1] }, GA_NO_MEMORY, "weight 1: " },
        { { w[0], w[1] }, { b[0], { "<f4", 1, one, api_c2 } }, GA_BAD_FILE, "bias 2: 1 number of 1 dimension, not one for each" },
        { { w[0], w[1] }, { b[0], { "<f4", 1, many, api_f2 } }, GA_BAD_FILE, "bias 2: 3 numbers of 1 dimension, not one for each" },
        { { w[0], w[1] }, { { "<f4", 2, api_d2, api_f2 }, b[1] }, GA_BAD_FILE, "bias 1: 4 numbers of 2 dimensions" },
    };
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_model *m;
    o.activation = "relu";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FAILS(ga_model_from_arrays(&m, bad[i].weight, bad[i].bias, 2, &o, &st), bad[i].code, bad[i].fault);
        ASSERT(m == NULL && ga_model_from_arrays(&m, bad[i].weight, bad[i].bias, 2, &o, NULL) == bad[i].code);
    }
    o.allow_nonfinite = 1;
    ASSERT(ga_model_from_arrays(&m, bad[4].weight, bad[4].bias, 2, &o, &st) == GA_OK, "%s", st.message);
    ga_model_free(m);
    FAILS(ga_model_from_arrays(&m, w, b, 0, &o, &st), GA_USAGE, "1 to 1024 layers, not 0");
    FAILS(ga_model_from_arrays(&m, w, b, 1025, &o, &st), GA_USAGE, "not 1025");
    FAILS(ga_model_from_arrays(&m, w, b, 2, NULL, &st), GA_USAGE, "activation: ");
    ASSERT(ga_model_from_arrays(&m, w + 1, NULL, 1, NULL, &st) == GA_OK, "%s", st.message); /* nothing is hidden */
    ga_model_free(m);
    o.activation = "softmin";
    FAILS(ga_model_from_arrays(&m, w, b, 2, &o, &st), GA_USAGE, "activation: no activation of hidden layers is called 'softmin'");
    o.activation = "relu,tanh";
    FAILS(ga_model_from_arrays(&m, w, b, 2, &o, &st), GA_USAGE, "activation: 2 activations for 1 hidden layers");
    o.activation = "relu";
    o.layout = "sideways";
    FAILS(ga_model_from_arrays(&m, w, b, 2, &o, &st), GA_USAGE, "not 'sideways'");
    o.layout = NULL;
    o.max_memory = 8;
    FAILS(ga_model_from_arrays(&m, w, b, 2, &o, &st), GA_NO_MEMORY, "8 bytes");
}

/* Older callers know fewer options, newer ones more, of which all must be 0. */
static void
sizes(void)
{
    struct {
        ga_model_options known;
        int later;
    } newer = { .known = GA_MODEL_OPTIONS };
    struct {
        size_t size;
        const char *activation, *layout; /* which older callers do not know: what stands there is not read */
    } older = { offsetof(ga_model_options, layout), "relu", "sideways" };
    ga_model *m;
    newer.known.size = sizeof newer;
    newer.known.activation = "relu";
    ASSERT(ga_model_from_arrays(&m, api_weight32, NULL, 2, &newer.known, &st) == GA_OK, "%s", st.message);
    ga_model_free(m);
    newer.later = 1;
    FAILS(ga_model_from_arrays(&m, api_weight32, NULL, 2, &newer.known, &st), GA_USAGE, "ga_model_options: this release");
    newer.known.size = 0;
    FAILS(ga_model_from_arrays(&m, api_weight32, NULL, 2, &newer.known, &st), GA_USAGE, "sizeof(ga_model_options)");
    ASSERT(ga_model_from_arrays(&m, api_weight32, NULL, 2, (const ga_model_options *)(const void *)&older, &st) == GA_OK, "%s",
           st.message);
    ga_model_free(m);
    const ga_dataset_options none = { 0 };
    ga_dataset *ds;
    FAILS(ga_dataset_from_arrays(&ds, &api_images, NULL, &none, &st), GA_USAGE, "sizeof(ga_dataset_options)");
}

/* Bytes that are no model, and files that are not there. */
static void
bad_models(void)
{
    const char *const path = scratch_path("cut.safetensors");
    ga_model *m = network(api_weight32, api_bias32, NULL, 0);
    ga_model_options o = GA_MODEL_OPTIONS;
    ASSERT(ga_model_save(m, path, NULL) == GA_OK);
    ga_model_free(m);
    size_t n;
    char *bytes = contents(&n, path);
    for (size_t cut = 0; cut < n; cut++) {
        FAILS(ga_model_open_bytes(&m, bytes, cut, "it", NULL, &st), GA_BAD_FILE, "it: ");
        ASSERT(m == NULL && ga_model_open_bytes(&m, bytes, cut, NULL, NULL, NULL) == GA_BAD_FILE);
    }
    FAILS(ga_model_open_bytes(&m, NULL, 0, "it", NULL, &st), GA_BAD_FILE, "it: ");
    FAILS(ga_model_open_bytes(&m, NULL, 1, "it", NULL, &st), GA_USAGE, "NULL");
    o.max_file = n - 1;
    FAILS(ga_model_open_bytes(&m, bytes, n, "it", &o, &st), GA_NO_MEMORY, "it: more than the limit of");
    FAILS(ga_model_open(&m, path, &o, &st), GA_NO_MEMORY, "more than the limit of");
    o.max_file = n;
    ASSERT(ga_model_open_bytes(&m, bytes, n, "it", &o, &st) == GA_OK, "%s", st.message);
    ga_model_free(m);
    free(bytes);
    FAILS(ga_model_open(&m, scratch_path("nowhere"), NULL, &st), GA_IO_ERROR, "nowhere: cannot read");
    FAILS(ga_model_open(&m, NULL, NULL, &st), GA_USAGE, "NULL");
    m = network(api_weight32, api_bias32, NULL, 0);
    FAILS(ga_model_save(m, scratch_path("no/where"), &st), GA_IO_ERROR, "where: cannot write");
    FAILS(ga_model_save(m, NULL, &st), GA_USAGE, "NULL");
    ga_model_free(m);
}

/* ---- data ------------------------------------------------------------------------------------------------------- */

static void
images(void)
{
    static const uint8_t one_hot[] = { 1, 0, 0, 1, 1, 0 };
    static const size_t rows[] = { API_IMAGES, API_CLASSES };
    const ga_array labels[] = { api_labels, { "|u1", 2, rows, one_hot }, { NULL, 0, NULL, NULL } };
    ga_model *m = network(api_weight32, api_bias32, NULL, 0);
    ga_dataset *ds;
    for (size_t i = 0; i < 3; i++) {
        ASSERT(ga_dataset_from_arrays(&ds, &api_images, labels + i, NULL, &st) == GA_OK, "%s", st.message);
        ASSERT(ga_dataset_images(ds) == API_IMAGES && ga_dataset_inputs(ds) == API_INPUTS && ga_dataset_has_labels(ds) == (i < 2));
        ASSERT(ga_dataset_fits(ds, m, &st) == GA_OK, "%s", st.message);
        ga_dataset_free(ds);
    }
    ga_dataset_free(NULL);
    ga_model_free(m);
}

static void
bad_images(void)
{
    static const float nan[] = { 1, 2, 3, 4, NAN, 6, 7, 8, 9 };
    static const int64_t much[] = { 1, 2, 3, (INT64_C(1) << 53) + 1, 5, 6, 7, 8, 9 }, negative[] = { 0, -1, 0 };
    static const uint8_t two_ones[] = { 1, 0, 1, 1, 1, 0 }, many[] = { 0, 2, 0 };
    static const size_t five[] = { 3, 3, 1, 1, 1 }, two[] = { 2 }, rows[] = { 3, 2 }, wide[] = { 1, 9 };
    const ga_array x = api_images, y = api_labels;
    const struct {
        ga_array images, labels;
        ga_code code;
        const char *fault;
    } bad[] = {
        { { "<f4", 2, api_dx, nan }, y, GA_BAD_FILE, "images: number 1 of row 1 is not finite" },
        { { "<i8", 2, api_dx, much }, y, GA_BAD_FILE, "images: number 0 of row 1 is an integer that binary64 does not hold" },
        { { "<f4", 1, api_dx, nan }, y, GA_BAD_FILE, "images: 1 dimension: images have at least 2" },
        { { "<f4", 5, five, nan }, y, GA_BAD_FILE, "images: more than 4 dimensions" },
        { { "<f4", 0, NULL, nan }, y, GA_BAD_FILE, "images: " },
        { { "<f4", 2, NULL, nan }, y, GA_USAGE, "images: " },
        { { "|O8", 2, api_dx, nan }, y, GA_BAD_FILE, "images: dtype '|O8'" },
        { { "<f4", 2, api_dx, NULL }, y, GA_USAGE, "images: " },
        { x, { "|u1", 1, two, many }, GA_BAD_FILE, "labels: 2 labels for 3 images" },
        { x, { "<i8", 1, api_dx, negative }, GA_BAD_FILE, "labels: label -1 of image 1" },
        { x, { "|u1", 2, rows, two_ones }, GA_BAD_FILE, "labels: the label of image 1, a row of 2, has 2 ones" },
    };
    ga_dataset *ds;
    ga_dataset_options o = GA_DATASET_OPTIONS;
    ga_model *m = network(api_weight32, api_bias32, NULL, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FAILS(ga_dataset_from_arrays(&ds, &bad[i].images, &bad[i].labels, NULL, &st), bad[i].code, bad[i].fault);
        ASSERT(ds == NULL && ga_dataset_from_arrays(&ds, &bad[i].images, &bad[i].labels, NULL, NULL) == bad[i].code);
    }
    FAILS(ga_dataset_from_arrays(&ds, NULL, NULL, NULL, &st), GA_USAGE, "NULL");
    o.std = "0";
    FAILS(ga_dataset_from_arrays(&ds, &x, &y, &o, &st), GA_USAGE, "0");
    o = (ga_dataset_options)GA_DATASET_OPTIONS;
    o.data_key = "x";
    FAILS(ga_dataset_from_arrays(&ds, &x, &y, &o, &st), GA_USAGE, "--data-key is for images in a .npz file");
    o = (ga_dataset_options)GA_DATASET_OPTIONS;
    o.max_memory = 71; /* 9 numbers of 8 bytes */
    FAILS(ga_dataset_from_arrays(&ds, &x, &y, &o, &st), GA_NO_MEMORY, "images: needs more than the limit of 71 bytes");
    FAILS(ga_dataset_open(&ds, scratch_path("nowhere"), NULL, NULL, &st), GA_IO_ERROR, "nowhere: cannot read");
    FAILS(ga_dataset_open(&ds, NULL, NULL, NULL, &st), GA_USAGE, "NULL");
    const ga_array beyond = { "|u1", 1, api_dx, many }, row = { "<f4", 2, wide, api_x };
    ASSERT(ga_dataset_from_arrays(&ds, &x, &beyond, NULL, &st) == GA_OK, "%s", st.message);
    FAILS(ga_dataset_fits(ds, m, &st), GA_BAD_FILE, "label 2 of image 1 is not one of the model's 2 classes");
    ga_dataset_free(ds);
    ASSERT(ga_dataset_from_arrays(&ds, &row, NULL, NULL, &st) == GA_OK, "%s", st.message);
    FAILS(ga_dataset_fits(ds, m, &st), GA_BAD_FILE, "images of 9 inputs (3 x 3) do not fit a model of 3 inputs");
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* The shipped network on its own images, as they are and not divided by 255. */
static void
doubts(void)
{
    const char *const data = getenv("GRADAUDIT_DATADIR");
    char path[3][4096];
    static const char *const names[] = { "models/vanilla-sigmoid.safetensors", "mnist/t10k-images-idx3-ubyte.gz",
                                         "mnist/t10k-labels-idx1-ubyte.gz" };
    for (size_t i = 0; i < 3; i++)
        snprintf(path[i], sizeof path[i], "%s/%s", data != NULL ? data : "../data", names[i]);
    ga_dataset_options o = GA_DATASET_OPTIONS;
    ga_dataset *ds;
    ga_model *m;
    char *text;
    ASSERT(ga_model_open(&m, path[0], NULL, &st) == GA_OK, "%s", st.message);
    for (size_t i = 0; i < 2; i++) {
        o.scale = i == 0 ? NULL : "1/65025";
        ASSERT(ga_dataset_open(&ds, path[1], path[2], &o, &st) == GA_OK, "%s", st.message);
        ASSERT(ga_dataset_doubts(&text, ds, m, NULL, &st) == GA_OK, "%s", st.message);
        if (i == 0)
            ASSERT(strcmp(text, "") == 0, "%s", text);
        else
            ASSERT(strstr(text, "--scale 1/255") != NULL && text[strlen(text) - 1] == '\n', "%s", text);
        ga_text_free(text);
        ga_dataset_free(ds);
    }
    ga_model_free(m);
    m = network(api_weight32, api_bias32, NULL, 0);
    ASSERT(ga_dataset_open(&ds, path[1], NULL, NULL, &st) == GA_OK && !ga_dataset_has_labels(ds), "%s", st.message);
    FAILS(ga_dataset_doubts(&text, ds, m, NULL, &st), GA_BAD_FILE, "784");
    ASSERT(text == NULL);
    ga_text_free(NULL);
    ga_dataset_free(ds);
    ga_model_free(m);
}

TEST_MAIN("api", TEST(one_network), TEST(large), TEST(other_arrays), TEST(bad_arrays), TEST(sizes), TEST(bad_models), TEST(images),
          TEST(bad_images), TEST(doubts))
