/* SPDX-License-Identifier: Apache-2.0 */
/* vocabulary_value_tmpl.c -- the lines of vocabulary.def at numbers of binary64; after vocabulary_tmpl.c. */

/* v = the outputs at the inputs x, exact where binary64 holds them, with the product loop; that of the format is run too. */
static void
NUM(evaluate)(double v[MATRICES][ELEMENTS], NUM(state) *s, const entry *row, const numbers *x, ga_formulas formulas,
              ga_product native)
{
    NUM(set_shapes)(s, row, x->n);
    for (size_t i = 0; i < row->n_in; i++)
        for (size_t k = 0; k < s->in[i].rows * s->in[i].cols; k++)
            num_set_d(s->in[i].e + k, x->in[i][k], s->ctx);
    s->ctx->common.formulas = formulas;
    s->ctx->common.product = native;
    NUM(check_outputs)(s, row, x->label);
    s->ctx->common.product = GA_LOOP;
    NUM(check_outputs)(s, row, x->label);
    for (size_t i = 0; i < row->n_out; i++)
        for (size_t k = 0; k < s->out[i].rows * s->out[i].cols; k++)
            v[i][k] = num_get_d(s->out[i].e + k);
    NUM(check_inputs)(s, row, x->label);
}
