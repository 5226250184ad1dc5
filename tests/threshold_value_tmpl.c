/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_value_tmpl.c -- the quantities of thresholds.h as plain C, in float or double; e = e^-|x|, p is a softmax. */

/* The number of bits i; the bits of x; argument i; and the last, beyond which nothing happens. */
static inline num
NUM(number)(uint64_t i)
{
    num x;
    memcpy(&x, &i, sizeof x); /* little-endian */
    return x;
}

static inline uint64_t
NUM(count)(num x)
{
    uint64_t i = 0;
    memcpy(&i, &x, sizeof x);
    return i;
}

static inline double
NUM(argument)(const threshold_row *row, uint64_t i)
{
    return row->direction * (double)NUM(number)(row->inward ? NUM(count)(1) - i : NUM(count)((num)row->from) + i);
}

static inline uint64_t
NUM(most)(const threshold_row *row)
{
    const uint64_t from = NUM(count)((num)row->from);
    if (row->far)
        return NUM(count)((num)INFINITY) - from;
    return row->inward ? NUM(count)(1) : NUM(count)(sizeof(num) == sizeof(float) ? 256 : 2048) - from;
}

static num
NUM(logistic_of)(quantity k, num x, const NUM(libm) *f)
{
    const num e = f->exp(x < 0 ? x : -x), s = 1 / (1 + f->exp(-x)), t = f->tanh(x), q = f->exp(-2 * (x < 0 ? -x : x));
    const num p = x < 0 ? e / (1 + e) : 1 / (1 + e), g = 1 / p;
    switch (k) {
    case SIGMA_ONE:
    case SIGMA_ZERO: return s;
    case SIGMA_SLOPE_ABOVE:
    case SIGMA_SLOPE_BELOW:
    case SIGMA_SLOPE_WRONG: return s * (1 - s);
    case SIGMA_SLOPE_REWRITE: return e / ((1 + e) * (1 + e));
    case TANH_SLOPE:
    case TANH_SLOPE_WRONG: return 1 - t * t;
    case TANH_SLOPE_REWRITE: return 4 * e / ((1 + q) * (1 + q)) * e;
    case RESIDUAL:
    case RESIDUAL_WRONG: return p - 1;
    case LOSS:
    case LOSS_WRONG:
    case LOSS_INFINITE: return -f->log(p);
    case COMPOSED_SLOPE:
    case COMPOSED_SLOPE_WRONG:
    case COMPOSED_SLOPE_NAN: return p * (g - g * p);
    default: return e / (1 + e); /* OTHER_RESIDUAL, FUSED_SLOPE_REWRITE, SOFTPLUS_SLOPE_REWRITE */
    }
}

static num
NUM(gelu_tanh_slope)(num x, const NUM(libm) *f)
{
    const num k = (num)smooth_constants[CONSTANT_SQRT2_PI], cube = (num)smooth_constants[CONSTANT_GELU_CUBE];
    const num t = f->tanh(k * (x + cube * (x * x * x)));
    return (num)0.5 * (1 + t) + (num)0.5 * x * (1 - t * t) * (k * (1 + (num)smooth_constants[CONSTANT_GELU_CUBE_SLOPE] * (x * x)));
}

/* What is rewritten is one function. */
static num
NUM(slope_of)(quantity k, num x, const NUM(libm) *f)
{
    const num e = f->exp(-x), s = 1 / (1 + e), a = 1 / x, t = f->tanh(f->log(1 + f->exp(x))), q = 1 + LIBM(fabs)(x);
    switch (k) {
    case SILU_SLOPE: return s * (1 + x * (1 - s));
    case SILU_SLOPE_REWRITE: return f->smooth(SMOOTH_silu, 1, x);
    case GELU_SLOPE:
        return (num)0.5 * (1 + f->erf(x * (num)smooth_constants[CONSTANT_SQRT1_2])) +
               x * ((num)smooth_constants[CONSTANT_1_SQRT2PI] * f->exp(-((num)0.5 * (x * x))));
    case GELU_SLOPE_REWRITE: return f->smooth(SMOOTH_gelu, 1, x);
    case GELU_TANH_SLOPE:
    case GELU_TANH_NAN: return NUM(gelu_tanh_slope)(x, f);
    case GELU_TANH_SLOPE_REWRITE:
    case GELU_TANH_NAN_REWRITE: return f->smooth(SMOOTH_gelu_tanh, 1, x);
    case MISH_SLOPE: return t + x * (1 - t * t) / (1 + e);
    case MISH_SLOPE_REWRITE: return f->smooth(SMOOTH_mish, 1, x);
    case SOFTSIGN_SLOPE: return 1 / (q * q);
    case SOFTSIGN_SLOPE_REWRITE: return f->smooth(SMOOTH_softsign, 1, x);
    case ERF_SLOPE: return (num)smooth_constants[CONSTANT_2_SQRTPI] * f->exp(-(x * x));
    case ERF_SLOPE_REWRITE: return f->smooth(SMOOTH_erf, 1, x);
    case ELU_SLOPE_REWRITE: return f->smooth(SMOOTH_elu, 1, x);
    case EXP_SLOPE_REWRITE: return f->function(FUNCTION_exp, 1, x, 0);
    case LOG_SLOPE:
    case LOG_INFINITE: return a;
    case LOG_SLOPE_REWRITE:
    case LOG_INFINITE_REWRITE: return f->function(FUNCTION_log, 1, x, 0);
    case RECIPROCAL_SLOPE:
    case RECIPROCAL_INFINITE: return -(a * a);
    case RECIPROCAL_SLOPE_REWRITE:
    case RECIPROCAL_INFINITE_REWRITE: return f->function(FUNCTION_reciprocal, 1, x, 0);
    default: return f->exp(x);
    }
}

static num
NUM(plain)(quantity k, num x, const NUM(libm) *f)
{
    const num grown = f->exp(x), e = f->exp(x < 0 ? x : -x);
    if (is_slope(k))
        return NUM(slope_of)(k, x, f);
    switch (k) {
    case LOG_SOFTMAX:
    case LOG_SOFTMAX_WRONG: return -f->log(1 + e);
    case LOSS_REWRITE:
    case LOG_SOFTMAX_REWRITE:
    case SOFTPLUS_REWRITE: return f->log1p(e);
    case FUSED_SLOPE:
    case FUSED_SLOPE_WRONG: return 1 - f->exp(-f->log(1 + e));
    case EXPM1_ABOVE:
    case EXPM1_BELOW:
    case EXPM1_ABOVE_WRONG:
    case EXPM1_BELOW_WRONG:
    case EXPM1_INFINITE: return grown - 1;
    case EXPM1_REWRITE: return f->expm1(x);
    case EXPM1_SLOPE:
    case EXPM1_SLOPE_WRONG: return f->expm1(x) + 1;
    case EXPM1_SLOPE_REWRITE: return grown;
    case SOFTPLUS:
    case SOFTPLUS_WRONG:
    case SOFTPLUS_INFINITE: return f->log(1 + grown);
    case SOFTPLUS_SLOPE:
    case SOFTPLUS_SLOPE_NAN: return grown / (1 + grown);
    default: return NUM(logistic_of)(k, x, f);
    }
}

/* Whether v is what row k becomes at x, by the true value in long double; its error of 2^-60 is no matter, as no number of the
   format is so near to 1 % of error. */
static bool
NUM(plainly)(quantity k, num x, num v)
{
    switch (row_of(k)->becomes) {
    case GA_BECOMES_ZERO: return v == 0;
    case GA_BECOMES_ONE: return v == 1;
    case GA_BECOMES_INFINITE: return isinf(v);
    case GA_BECOMES_NAN: return isnan(v);
    default: break;
    }
    const long double t = true_value(k, x), off = fabsl(v - t), eta = NUM(number)(1);
    return v == 0 ? fabsl(t) > eta / 2 : !(off <= fabsl(t) / 100 || off <= eta);
}

/* The argument k's search goes on to after x, and the one it came from. */
static num
NUM(next)(quantity k, num x, bool back)
{
    return LIBM(nextafter)(x, row_of(k)->inward == back ? row_of(k)->direction * (num)INFINITY : 0);
}

/* Not so one number before x, so at x. */
static inline void
NUM(sides)(quantity k, double x, bool rounded)
{
    const NUM(libm) *const f = rounded ? &NUM(once_libm) : &NUM(c_libm);
    const num before = NUM(next)(k, (num)x, true);
    ASSERT(NUM(plainly)(k, (num)x, NUM(plain)(k, (num)x, f)) && !NUM(plainly)(k, before, NUM(plain)(k, before, f)),
           "threshold %d, %s, %d bits: %a", (int)k, rounded ? "rounded" : "libm", (int)sizeof(num) * 8, x);
}

/* Which number of the search of row x is. */
static inline uint64_t
NUM(index)(const threshold_row *row, double x)
{
    if (isinf(x))
        return NUM(most)(row);
    const uint64_t i = NUM(count)(LIBM(fabs)((num)x));
    return row->inward ? NUM(count)(1) - i : i - NUM(count)((num)row->from);
}
