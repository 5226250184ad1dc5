/* SPDX-License-Identifier: Apache-2.0 */
/* api_numbers.c -- for tests/api_numbers.sh: prints numbers that the public interface computes, a line of sign, mantissa in
   hexadecimal, exponent and state each; and how many are undecided.

   api_numbers gradient|forward WORDS MODEL IMAGES LABELS|- FIRST LAST. IMAGES and LABELS are files, or arrays "<f4:10x784:FILE",
   whose bytes are FILE's. MODEL is read as bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/gradaudit.h>

static ga_status st;

static void
must(int good)
{
    if (good)
        return;
    fprintf(stderr, "%d: %s\n", st.code, st.message);
    exit(1);
}

static void *
contents(size_t *n, const char *path)
{
    FILE *f = fopen(path, "rb");
    must(f != NULL && fseek(f, 0, SEEK_END) == 0);
    *n = (size_t)ftell(f);
    void *bytes = malloc(*n + 1);
    rewind(f);
    must(bytes != NULL && fread(bytes, 1, *n, f) == *n && fclose(f) == 0);
    return bytes;
}

/* Of text in place; its data NULL for no array. */
static ga_array
array_of(char *text, size_t dim[4])
{
    ga_array a = { .type = text, .dim = dim };
    char *at = strchr(text, ':');
    if (at == NULL)
        return (ga_array){ 0 };
    *at++ = '\0';
    while (*at != ':') {
        dim[a.n_dims++] = strtoul(at, &at, 10);
        at += *at == 'x';
    }
    size_t n;
    a.data = contents(&n, at + 1);
    return a;
}

static void
print(const ga_model *model, const ga_dataset *ds, const char *what, const ga_estimator *e, size_t first, size_t last)
{
    const int forward = strcmp(what, "forward") == 0;
    const size_t n = (last - first + 1) * (forward ? ga_model_classes(model) : ga_model_inputs(model));
    size_t undecided;
    const ga_numbers out = { sizeof out, malloc(n), malloc(n * sizeof *out.mantissa), malloc(n * sizeof *out.exponent), malloc(n) };
    must((forward ? ga_forward_compute(&out, &undecided, model, ds, first, last, e, NULL, &st)
                  : ga_gradient_compute(&out, &undecided, model, ds, first, last, e, NULL, NULL, &st)) == GA_OK);
    for (size_t i = 0; i < n; i++)
        printf("%d %a %" PRId64 " %d\n", out.sign[i], out.mantissa[i], out.exponent[i], out.state[i]);
    printf("undecided %zu\n", undecided);
    free(out.sign);
    free(out.mantissa);
    free(out.exponent);
    free(out.state);
}

int
main(int argc, char **argv)
{
    if (argc != 8)
        return 2;
    size_t size, image_dim[4], label_dim[4];
    void *const bytes = contents(&size, argv[3]);
    const ga_array images = array_of(argv[4], image_dim), labels = array_of(argv[5], label_dim);
    ga_model *model;
    ga_dataset *ds;
    ga_estimator *e;
    must(ga_model_open_bytes(&model, bytes, size, argv[3], NULL, &st) == GA_OK);
    free(bytes);
    must((images.data != NULL ? ga_dataset_from_arrays(&ds, &images, &labels, NULL, &st)
                              : ga_dataset_open(&ds, argv[4], strcmp(argv[5], "-") == 0 ? NULL : argv[5], NULL, &st)) == GA_OK);
    free((void *)(uintptr_t)images.data);
    free((void *)(uintptr_t)labels.data);
    must(ga_dataset_fits(ds, model, &st) == GA_OK && ga_estimator_new(&e, argv[2], model, &st) == GA_OK);
    print(model, ds, argv[1], e, strtoul(argv[6], NULL, 10), strtoul(argv[7], NULL, 10));
    ga_estimator_free(e);
    ga_dataset_free(ds);
    ga_model_free(model);
    return 0;
}
