/* SPDX-License-Identifier: Apache-2.0 */
/* crt_dot_tmpl.c -- correctly rounded products with prepared weights against those without; see test_crt.c. */
static void
NUM(check_dot)(size_t rows, size_t k, size_t n, long bits, kind ka, kind kw, bool tb, uint64_t *state)
{
    const ga_format format = format_with_bits(format_f32, bits, true);
    const ga_estimator e = { .format = format, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    NUM(ctx) *fast = NUM(ctx_new)(&e), *slow = NUM(ctx_new)(&e);
    ASSERT(NUM(gemm_reserve)(k, bits, 53, fast) && NUM(gemm_reserve)(k, bits, 53, slow));
    NUM(mat) a = NUM(mat_new)(rows, k, bits, fast), w = NUM(mat_new)(tb ? n : k, tb ? k : n, 53, fast);
    NUM(mat) bias = NUM(mat_new)(1, n, 53, fast), c = NUM(mat_new)(rows, n, bits, fast), d = NUM(mat_new)(rows, n, bits, fast);
    for (size_t i = 0; i < rows * k; i++) {
        draw_mpfr(a.e + i, ka, state);
        if (mpfr_zero_p(a.e + i) && test_random(state) & 1)
            mpfr_neg(a.e + i, a.e + i, MPFR_RNDN);
    }
    for (size_t i = 0; i < k * n; i++)
        mpfr_set_d(w.e + i, draw_double(kw, state), MPFR_RNDN);
    for (size_t j = 0; j < n; j++)
        mpfr_set_d(bias.e + j, draw_double(SPARSE, state), MPFR_RNDN);
    const NUM(mat) prepared = { NULL, w.rows, w.cols, prepared_weights(w.e, sizeof *w.e, w.rows, w.cols) };
    ASSERT(prepared.prepared != NULL);
    for (int with = 0; with < 2; with++) {
        NUM(gemm)(&c, &a, false, &prepared, tb, with ? &bias : NULL, fast);
        NUM(gemm)(&d, &a, false, &w, tb, with ? &bias : NULL, slow);
        for (size_t i = 0; i < rows * n; i++)
            ASSERT(mpfr_equal_p(c.e + i, d.e + i) && mpfr_signbit(c.e + i) == mpfr_signbit(d.e + i),
                   "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu", rows, k, n, bits, ka, kw, i);
    }
    crt_weights_free(prepared.prepared);
    NUM(mat_free)(&a);
    NUM(mat_free)(&w);
    NUM(mat_free)(&bias);
    NUM(mat_free)(&c);
    NUM(mat_free)(&d);
    NUM(ctx_free)(fast);
    NUM(ctx_free)(slow);
}
