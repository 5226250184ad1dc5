# SPDX-License-Identifier: Apache-2.0
"""threshold_formats.py PROGRAM -- `gradaudit thresholds` in formats of few bits, against all of their numbers: each line's first
and last argument is the one that is found here, where every operation is rounded by mpmath's numbers with 250 bits. float16 and
bfloat16 are computed in NumPy's long double, which has more than twice as many bits, and rounded once more."""
import bisect
import functools
import math
import subprocess
import sys

import mpmath
import numpy as np
from mpmath import mpf

mpmath.mp.prec = 250 # 1 - e^-64 is held
INF, NAN = mpf("inf"), mpf("nan")


class Format:
    def __init__(self, bits, emin, emax, largest, overflow, rounding="nearest-even", ftz=False, daz=False):
        self.bits, self.emin, self.emax, self.overflow, self.rounding, self.ftz, self.daz = \
            bits, emin, emax, overflow, rounding, ftz, daz
        self.largest = mpf(largest)

    def numbers(self):
        """From 0 on, up to the largest, and at most so many that exponentials are beyond the range."""
        least = self.emin - self.bits + 1
        found = [mpf(0)] + [mpmath.ldexp(m, least) for m in range(1, 2**(self.bits - 1)) if not self.ftz]
        for e in range(self.emin, self.emax + 1):
            found += [mpmath.ldexp(m, e - self.bits + 1) for m in range(2**(self.bits - 1), 2**self.bits)]
        return [x for x in found if x <= self.largest]

    def ulp(self, x):
        return mpmath.ldexp(1, max(mpmath.frexp(x)[1] - 1, self.emin) - self.bits + 1)

    @functools.lru_cache(maxsize=None)
    def round(self, x):
        if mpmath.isnan(x) or x == 0:
            return x
        if mpmath.isinf(x):
            return self.beyond(x, True)
        e = mpmath.frexp(x)[1] - 1
        unit = mpmath.ldexp(1, (e if self.ftz else max(e, self.emin)) - self.bits + 1)
        n = mpmath.floor(abs(x) / unit)
        rest = abs(x) / unit - n
        up = {"nearest-even": rest > 0.5 or (rest == 0.5 and n % 2 == 1), "nearest-away": rest >= 0.5, "toward-zero": False,
              "up": x > 0, "down": x < 0, "odd": n % 2 == 0}[self.rounding] and rest > 0
        r = (n + (1 if up else 0)) * unit * mpmath.sign(x)
        if self.ftz and abs(r) < mpmath.ldexp(1, self.emin):
            return mpf(0)
        return self.beyond(r, False) if abs(r) > self.largest else r

    def beyond(self, x, infinite):
        """What overflow gives; a rounding towards 0 stops at the largest number."""
        stops = {"toward-zero": True, "odd": True, "up": x < 0, "down": x > 0}.get(self.rounding, False)
        if self.overflow == "saturate" or (stops and not infinite):
            return mpmath.sign(x) * self.largest
        return NAN if self.overflow == "nan" else mpmath.sign(x) * INF


class Number:
    """A number of a format; each operation is rounded, operands are flushed first."""

    def __init__(self, x, form):
        self.x, self.form = x, form

    def operand(self):
        small = self.form.daz and abs(self.x) < mpmath.ldexp(1, self.form.emin)
        return mpf(0) if small else self.x

    def made(self, x):
        return Number(self.form.round(x), self.form)

    def with_other(self, other, operation):
        x, y = self.operand(), other.operand() if isinstance(other, Number) else mpf(other)
        return NAN if mpmath.isnan(x) or mpmath.isnan(y) else operation(x, y)

    def __add__(self, other):
        return self.made(self.with_other(other, lambda x, y: x + y))

    def __sub__(self, other):
        return self.made(self.with_other(other, lambda x, y: x - y))

    def __mul__(self, other):
        return self.made(self.with_other(other, lambda x, y: x * y))

    def __truediv__(self, other):
        def quotient(x, y):
            if y == 0 or mpmath.isinf(y):
                bad = x == 0 if y == 0 else mpmath.isinf(x)
                return NAN if bad else INF if y == 0 else mpf(0)
            return x / y

        return self.made(self.with_other(other, quotient))

    def __neg__(self):
        return Number(-self.x, self.form)

    def __abs__(self):
        return Number(abs(self.x), self.form)

    def function(self, name):
        x = self.operand()
        return self.made(function(name, x))


@functools.lru_cache(maxsize=None)
def function(name, x):
    if mpmath.isnan(x):
        return NAN
    if name == "log" and x <= 0:
        return -INF if x == 0 else NAN
    if x == -INF or x == INF:
        return {"exp": mpf(0) if x < 0 else INF, "expm1": mpf(-1) if x < 0 else INF, "log": INF, "log1p": INF,
                "tanh": mpmath.sign(x), "erf": mpmath.sign(x)}[name]
    return getattr(mpmath, name)(x)


class Arrays:
    """All numbers of a format at once, in long double."""

    def __init__(self, x, form):
        self.x, self.form = np.asarray(x, np.longdouble), form

    def made(self, x):
        return Arrays(long_round(x, self.form), self.form)

    def other(self, other):
        return other.x if isinstance(other, Arrays) else np.longdouble(other)

    def __add__(self, other):
        return self.made(self.x + self.other(other))

    def __sub__(self, other):
        return self.made(self.x - self.other(other))

    def __mul__(self, other):
        return self.made(self.x * self.other(other))

    def __truediv__(self, other):
        return self.made(self.x / self.other(other))

    def __neg__(self):
        return Arrays(-self.x, self.form)

    def __abs__(self):
        return Arrays(np.abs(self.x), self.form)

    def function(self, name):
        return self.made(long_erf(self.x) if name == "erf" else getattr(np, name)(self.x))


def long_erf(x):
    """The C library's in double: some 40 bits more than the formats have."""
    return np.array([math.erf(z) for z in x], np.longdouble)


def long_erfc(x):
    return np.array([math.erfc(z) for z in x], np.longdouble)


def long_round(x, form):
    """To nearest even."""
    unit = np.ldexp(np.longdouble(1), np.maximum(np.frexp(x)[1] - 1, form.emin) - form.bits + 1)
    r = np.where(np.isfinite(x), np.rint(np.where(np.isfinite(x), x, 0) / unit) * unit, x)
    return np.where(np.abs(r) > np.longdouble(str(form.largest)), np.sign(r) * np.inf, r)


def exp(z):
    return z.function("exp")


def choose(x, negative, positive):
    """By the sign of x, of which all have one."""
    first = x.x if isinstance(x, Number) else x.x[-1]
    return negative() if first < 0 else positive()


def one(x):
    return x * 0 + 1 if isinstance(x, Arrays) else Number(mpf(1), x.form)


def constant(x, c):
    """The number c rounded to the format of x."""
    return Number(mpf(c), x.form).made(mpf(c)) if isinstance(x, Number) else x.made(np.longdouble(mpmath.nstr(c, 30)))


def naive_slope(quantity, x):
    """Of functions whose rewritten derivative is the true one, rounded once."""
    half, k = mpf(1) / 2, constant(x, mpmath.sqrt(2 / mpmath.pi))

    def sigma():
        return one(x) / (one(x) + exp(-x))

    def gelu():
        c = ((x * constant(x, mpmath.sqrt(half))).function("erf") + one(x)) * half
        return c + exp(-(x * x * half)) * constant(x, 1 / mpmath.sqrt(2 * mpmath.pi)) * x

    def gelu_tanh():
        t = (k * (x + constant(x, mpf("0.044715")) * (x * x * x))).function("tanh")
        return (t + one(x)) * half + x * half * (one(x) - t * t) * (k * (one(x) + constant(x, mpf("0.134145")) * (x * x)))

    def mish():
        t = (one(x) + exp(x)).function("log").function("tanh")
        return t + x * (one(x) - t * t) / (one(x) + exp(-x))

    def softsign():
        q = one(x) + abs(x)
        return one(x) / (q * q)

    def reciprocal():
        a = one(x) / x
        return -(a * a)

    return {"silu'": lambda: sigma() * (one(x) + x * (one(x) - sigma())), "gelu'": gelu, "gelu_tanh'": gelu_tanh, "mish'": mish,
            "softsign'": softsign, "erf'": lambda: constant(x, 2 / mpmath.sqrt(mpmath.pi)) * exp(-(x * x)), "elu'": lambda: exp(x),
            "exp'": lambda: exp(x), "log'": lambda: one(x) / x, "reciprocal'": reciprocal}[quantity]()


def true_slope(quantity, x, m, erfc):
    """In mpmath's numbers or NumPy's arrays, as m says, of the signs that the lines have."""
    r = x.dtype.type if m is np else mpf
    k, pi = m.sqrt(r(2) / r(mpmath.nstr(mpmath.pi, 60))), r(mpmath.nstr(mpmath.pi, 60))

    def gelu_tanh():
        if (x > 100 if m is mpmath else x[-1] > 100):
            return x * 0 + 1
        v, grown = k * (x + r("0.044715") * x**3), k * (1 + r("0.134145") * x**2)
        sigma = 1 / (1 + m.exp(-2 * v))
        return sigma * (1 + 2 * x * grown / (1 + m.exp(2 * v)))

    def mish():
        more = m.exp(x) * (2 + m.exp(x))
        return more / (more + 2) + x * 4 * (more + 1) / (more + 2)**2 / (1 + m.exp(-x))

    return {"silu'": lambda: (1 + x / (1 + m.exp(x))) / (1 + m.exp(-x)),
            "gelu'": lambda: erfc(-x / m.sqrt(r(2))) / 2 + x * m.exp(-x * x / 2) / m.sqrt(2 * pi), "gelu_tanh'": gelu_tanh,
            "mish'": mish, "softsign'": lambda: 1 / (1 + abs(x))**2, "erf'": lambda: 2 / m.sqrt(pi) * m.exp(-x * x),
            "elu'": lambda: m.exp(x), "exp'": lambda: m.exp(x), "log'": lambda: 1 / x, "reciprocal'": lambda: -1 / x**2}[quantity]()


SLOPES = ("silu'", "gelu'", "gelu_tanh'", "elu'", "mish'", "softsign'", "erf'", "exp'", "log'", "reciprocal'")


def naive(quantity, x):
    """The textbook formulas."""
    if quantity in SLOPES:
        return naive_slope(quantity, x)

    def p():
        e = exp(-abs(x))
        return choose(x, lambda: e / (one(x) + e), lambda: one(x) / (one(x) + e))

    def g():
        return one(x) / p()

    def sigma():
        return one(x) / (one(x) + exp(-x))

    return {"sigma": sigma, "sigma'": lambda: sigma() * (one(x) - sigma()),
            "tanh'": lambda: one(x) - x.function("tanh") * x.function("tanh"), "p_y-1": lambda: p() - one(x),
            "p_c": lambda: exp(-x) / (one(x) + exp(-x)), "-log(p_y)": lambda: -p().function("log"),
            "log_softmax_y": lambda: -(one(x) + exp(-abs(x))).function("log"), "log(p_y)'": lambda: p() * (g() - g() * p()),
            "log_softmax_y'": lambda: one(x) - exp(-(one(x) + exp(-abs(x))).function("log")),
            "expm1": lambda: exp(x) - one(x), "expm1'": lambda: x.function("expm1") + one(x),
            "softplus": lambda: (one(x) + exp(x)).function("log"), "softplus'": lambda: exp(x) / (one(x) + exp(x))}[quantity]()


def rewrite(quantity, x):
    """Without a subtraction that cancels; of arguments of the sign that the lines have."""
    if quantity in SLOPES:
        return x.made(true(quantity, x.operand()) if isinstance(x, Number) else true_in_arrays(quantity, x.x))

    def e():
        return exp(-abs(x))

    def q():
        return exp(-abs(x) - abs(x)) # -2|x|, which overflows where e^-2|x| is 0 or not at all

    def over(a, q):
        """a itself where it is so small that the divisor is 1: there it need not be an operand."""
        return a if isinstance(q, Number) and q.x == 1 else a / q

    def log1p():
        return e() if isinstance(x, Number) and (one(x) + e()).x == 1 else e().function("log1p")

    def tanh_slope():
        double, normal = one(x) + q(), isinstance(x, Number) and (constant(x, mpf(2)**-x.form.bits) * q()).x > 0
        return q() * 4 / (double * double) if normal else e() * 4 / (double * double) * e()

    return {"sigma'": lambda: over(e(), (one(x) + e()) * (one(x) + e())), "tanh'": tanh_slope,
            "-log(p_y)": log1p, "log_softmax_y": lambda: -log1p(), "log_softmax_y'": lambda: over(e(), one(x) + e()),
            "expm1": lambda: x.function("expm1"), "expm1'": lambda: exp(x), "softplus": log1p,
            "softplus'": lambda: over(e(), one(x) + e())}[quantity]()


@functools.lru_cache(maxsize=None)
def true(quantity, x):
    if quantity in ("log'", "reciprocal'") and x == 0:
        return INF
    if quantity in SLOPES:
        return true_slope(quantity, x, mpmath, mpmath.erfc)

    def sigma(z):
        return 1 / (1 + mpmath.exp(-z))

    return {"sigma": lambda: sigma(x), "sigma'": lambda: sigma(x) * sigma(-x), "tanh'": lambda: 4 * sigma(2 * x) * sigma(-2 * x),
            "p_y-1": lambda: -sigma(-x), "p_c": lambda: sigma(-x), "-log(p_y)": lambda: mpmath.log1p(mpmath.exp(-x)),
            "log_softmax_y": lambda: -mpmath.log1p(mpmath.exp(-x)), "log(p_y)'": lambda: sigma(-x),
            "log_softmax_y'": lambda: sigma(-x), "expm1": lambda: mpmath.expm1(x), "expm1'": lambda: mpmath.exp(x),
            "softplus": lambda: mpmath.log1p(mpmath.exp(x)), "softplus'": lambda: sigma(x)}[quantity]()


def true_in_arrays(quantity, x):
    """The same without a subtraction that cancels, off by a few units of long double."""
    if quantity in SLOPES:
        return true_slope(quantity, x, np, long_erfc)

    def sigma(z):
        small = np.exp(-np.abs(z))
        return np.where(z < 0, small, 1) / (1 + small)

    def softplus(z):
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    return {"sigma": lambda: sigma(x), "sigma'": lambda: sigma(x) * sigma(-x), "tanh'": lambda: 4 * sigma(2 * x) * sigma(-2 * x),
            "p_y-1": lambda: -sigma(-x), "p_c": lambda: sigma(-x), "-log(p_y)": lambda: softplus(-x),
            "log_softmax_y": lambda: -softplus(-x), "log(p_y)'": lambda: sigma(-x), "log_softmax_y'": lambda: sigma(-x),
            "expm1": lambda: np.expm1(x), "expm1'": lambda: np.exp(x), "softplus": lambda: softplus(x),
            "softplus'": lambda: sigma(x)}[quantity]()


def is_it(becomes, value):
    return {"0": lambda: value == 0, "1": lambda: value == 1, "infinite": lambda: abs(value) == INF,
            "nan": lambda: value != value}[becomes]()


def is_wrong(value, t, form):
    if value == form.round(t):
        return False
    return value == 0 or not mpmath.isfinite(value) or abs(value - t) > max(abs(t) / 100, form.ulp(t))


def found(line, arguments, form):
    """At which arguments the true value becomes so, and where the formulas do."""
    becomes, formula = line["becomes"], naive if line["formulas"] == "naive" else rewrite
    end = "0" if becomes == "wrong" else becomes
    t = [true(line["quantity"], x) for x in arguments]
    value = [formula(line["quantity"], Number(x, form)).x for x in arguments]
    so = [is_wrong(v, u, form) if becomes == "wrong" else is_it(becomes, v) for v, u in zip(value, t)]
    return [is_it(end, form.round(u)) for u in t], so


def found_in_arrays(line, arguments, form):
    becomes, formula = line["becomes"], naive if line["formulas"] == "naive" else rewrite
    x = np.array(arguments, np.longdouble)
    with np.errstate(all="ignore"):
        t = true_in_arrays(line["quantity"], x)
        rounded, value = long_round(t, form), formula(line["quantity"], Arrays(x, form)).x
        ulp = np.ldexp(np.longdouble(1), np.maximum(np.frexp(t)[1] - 1, form.emin) - form.bits + 1)
        off = (value == 0) | ~np.isfinite(value) | (np.abs(value - t) > np.maximum(np.abs(t) / 100, ulp))
        if becomes == "wrong":
            return list(rounded == 0), list((value != rounded) & off)
        return [list({"0": v == 0, "1": v == 1, "infinite": np.isinf(v), "nan": np.isnan(v)}[becomes]) for v in (rounded, value)]


def check(line, numbers, limit, form, in_arrays):
    """Faults of one line."""
    quantity, becomes = line["quantity"], line["becomes"]
    shown = [float.fromhex(line[key]) for key in ("exact_hex", "rounded_hex", "libm_first_hex", "libm_last_hex")]
    sign = -1 if any(str(value).startswith("-") for value in shown) else 1
    beyond = quantity in ("softsign'", "log'", "reciprocal'") or line["formulas"] + becomes == "naivenan" and quantity == "gelu_tanh'"
    first, end = bisect.bisect_left(numbers, FROM.get(quantity, 0)), bisect.bisect_right(numbers, limit)
    arguments = [sign * x for x in numbers[first:len(numbers) if beyond else end]]
    if quantity == "expm1" and becomes in ("0", "wrong") or quantity in ("log'", "reciprocal'") and becomes != "0":
        arguments = [sign * x for x in reversed(numbers[:bisect.bisect_right(numbers, 1)])]
    ends, so = (found_in_arrays if in_arrays else found)(line, arguments, form)
    exact = ends.index(True) if True in ends else len(ends)
    so = so[:exact] if becomes == "wrong" else so
    first = so.index(True) if True in so else len(arguments)
    last = len(so) - so[::-1].index(False) if False in so else 0
    last = last if last < len(so) else len(arguments)
    want = [float(arguments[k]) if k < len(arguments) else sign * float("inf") for k in (exact, first, first, last)]
    # Rewritten formulas lose nothing early, but where the square root of what they would lose is rounded down, or its negative.
    early = line["formulas"] == "rewrite" and becomes == "0" and first < exact
    if early and (quantity, form.bits, form.emin) not in (("tanh'", 4, -7), ("tanh'", 4, 0)) and \
       (quantity, form.rounding) != ("log_softmax_y", "down"):
        return ["early", want, shown]
    return [] if want == shown and line["distance"] == "0" else [want, shown]


# Where the lines of a derivative begin, behind its least value.
FROM = {"silu'": 2.5, "gelu'": 1.5, "gelu_tanh'": 1.5, "mish'": 2.5, "log'": 1, "reciprocal'": 1}
FORMATS = { # words: values, all numbers in arrays
    "float16": (Format(11, -14, 15, 65504, "inf"), True),
    "bfloat16": (Format(8, -126, 127, (2 - mpf(2)**-7) * mpf(2)**127, "inf"), True),
    "e5m2": (Format(3, -14, 15, 57344, "inf"), False),
    "e4m3": (Format(4, -6, 8, 448, "nan"), False),
    "e4m3,saturate": (Format(4, -6, 8, 448, "saturate"), False),
    "e5m2fnuz": (Format(3, -15, 15, 57344, "nan"), False),
    "e4m3fnuz": (Format(4, -7, 7, 240, "nan"), False),
    "e3m2": (Format(3, -2, 4, 28, "saturate"), False),
    "e2m3": (Format(4, 0, 2, 7.5, "saturate"), False),
    "e2m1": (Format(2, 0, 2, 6, "saturate"), False),
    "e4m3,rounding=nearest-away": (Format(4, -6, 8, 448, "nan", "nearest-away"), False),
    "e4m3,inf,rounding=up": (Format(4, -6, 8, 448, "inf", "up"), False),
    "e5m2,rounding=down": (Format(3, -14, 15, 57344, "inf", "down"), False),
    "e4m3,rounding=toward-zero": (Format(4, -6, 8, 448, "nan", "toward-zero"), False),
    "e4m3,rounding=odd": (Format(4, -6, 8, 448, "nan", "odd"), False),
    "e4m3,ftz": (Format(4, -6, 8, 448, "nan", ftz=True), False),
    "e4m3,ftz,daz": (Format(4, -6, 8, 448, "nan", ftz=True, daz=True), False),
    "e5m2,daz": (Format(3, -14, 15, 57344, "inf", daz=True), False),
    "p=6,emin=-9,emax=11": (Format(6, -9, 11, (2 - mpf(2)**-5) * 2048, "inf"), False),
    "p=5,emin=-5,max=36": (Format(5, -5, 5, 36, "inf"), False),
}


def main():
    failed = lines = 0
    for words, (form, in_arrays) in FORMATS.items():
        text = subprocess.run([sys.argv[1], "thresholds", "--format", words], check=True, capture_output=True, text=True).stdout
        rows = [line.split("\t") for line in text.splitlines()]
        limit = 2**max(1, (max(form.emax + 2, 1 - form.emin + form.bits) - 1).bit_length())
        numbers = [float(x) if in_arrays else x for x in form.numbers()]
        for row in rows[1:]:
            line = dict(zip([name.lstrip("#") for name in rows[0]], row))
            faults = check(line, numbers, limit, form, in_arrays)
            lines += 1
            if faults:
                print(words, line["quantity"], line["formulas"], line["becomes"], *faults)
                failed += 1
    print("%d lines of %d formats, %d of them failed" % (lines, len(FORMATS), failed))
    return int(failed > 0 or lines < 67 * len(FORMATS))


sys.exit(main())
