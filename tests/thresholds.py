# SPDX-License-Identifier: Apache-2.0
"""thresholds.py FLOAT DOUBLE X87 BINARY128 REPORTS -- checks what `gradaudit thresholds` printed: at `exact` the true value, rounded once, is
what it becomes, at `rounded` the formulas are, every operation rounded here, and one number before neither is. Then the reports
of thresholds.json: at each argument, where 0 was reported, our line says that results are wrong, and the expected value is true."""
import json
import sys

import mpmath
from mpmath import erf, exp, expm1, log, log1p, mpf, pi, sqrt, tanh

mpmath.mp.prec = 1200 # 1 - 2^-1075 is held


class Format:
    def __init__(self, bits, emin, emax):
        self.bits, self.emin, self.emax = bits, emin, emax

    def round(self, x):
        """To nearest, ties to even, subnormals and overflow included."""
        if not mpmath.isfinite(x) or x == 0:
            return x
        least = max(mpmath.frexp(x)[1] - self.bits, self.emin)
        r = mpmath.ldexp(mpmath.nint(mpmath.ldexp(x, -least)), least)
        return r if abs(r) < mpmath.ldexp(1, self.emax) else mpmath.sign(r) * mpf("inf")

    def before(self, x, towards):
        """The number next to x."""
        least = max(mpmath.frexp(mpf(x))[1] - self.bits, self.emin) if x != 0 else self.emin
        step = mpmath.ldexp(1, least)
        for part in 4, 2, 1: # next to a power of 2 the step is half of it
            r = self.round(x + mpmath.sign(towards - x) * step / part)
            if r != x:
                return r
        raise ValueError(x)


def number(text):
    """Of any precision, in hexadecimal."""
    if "inf" in text:
        return mpf(text)
    sign, digits = -1 if text[0] == "-" else 1, text.lstrip("-")[2:]
    significand, exponent = digits.split("p")
    whole, _, rest = significand.partition(".")
    return sign * mpmath.ldexp(mpf(int(whole + rest, 16)), int(exponent) - 4 * len(rest))


def naive(quantity, x, R):
    """The textbook formula, every operation rounded by R."""
    def e(z):
        return R(exp(z))

    def p():
        small = e(-abs(x))
        return R((small if x < 0 else 1) / R(1 + small))

    if quantity in SLOPES:
        return naive_slope(quantity, x, R, e)
    s = R(1 / R(1 + e(-x)))
    if quantity == "sigma":
        return s
    if quantity == "sigma'":
        return R(s * R(1 - s))
    if quantity == "tanh'":
        return R(1 - R(R(tanh(x))**2))
    if quantity == "p_y-1":
        return R(p() - 1)
    if quantity == "p_c":
        return R(e(-x) / R(1 + e(-x)))
    if quantity == "-log(p_y)":
        return -R(log(p())) if p() != 0 else mpf("inf")
    if quantity == "log_softmax_y":
        return -R(log(R(1 + e(-x))))
    if quantity == "log(p_y)'":
        g = R(1 / p()) if p() != 0 else mpf("inf")
        return R(p() * R(g - R(g * p())))
    if quantity == "log_softmax_y'":
        return R(1 - R(exp(-R(log(R(1 + e(-x)))))))
    if quantity == "expm1":
        return R(e(x) - 1)
    if quantity == "expm1'":
        return R(R(expm1(x)) + 1)
    if quantity == "softplus":
        return R(log(R(1 + e(x))))
    return R(e(x) / R(1 + e(x))) # softplus'


def naive_slope(quantity, x, R, e):
    """Of functions whose rewritten derivative is the true one, rounded once."""
    k, cube, slope = R(sqrt(2 / pi)), R(mpf("0.044715")), R(mpf("0.134145"))
    square = R(x * x)
    if quantity == "silu'":
        s = R(1 / R(1 + e(-x)))
        return R(s * R(1 + R(x * R(1 - s))))
    if quantity == "gelu'":
        c = R(R(1 + R(erf(R(x * R(sqrt(mpf(1) / 2)))))) / 2)
        return R(c + R(x * R(R(1 / sqrt(2 * pi)) * e(-R(square / 2)))))
    if quantity == "gelu_tanh'":
        t, grown = R(tanh(R(k * R(x + R(cube * R(square * x)))))), R(k * R(1 + R(slope * square)))
        return R(R(R(1 + t) / 2) + R(R(R(x / 2) * R(1 - R(t * t))) * grown))
    if quantity == "mish'":
        t = R(tanh(R(log(R(1 + e(x))))))
        return R(t + R(R(x * R(1 - R(t * t))) / R(1 + e(-x))))
    if quantity == "softsign'":
        return R(1 / R(R(1 + abs(x))**2))
    if quantity == "erf'":
        return R(R(2 / sqrt(pi)) * e(-square))
    if quantity in ("log'", "reciprocal'"):
        a = R(1 / x) if x != 0 else mpf("inf")
        return a if quantity == "log'" else -R(a * a)
    return e(x) # elu', exp'


def true_slope(quantity, x):
    v, grown = sqrt(2 / pi) * (x + mpf("0.044715") * x**3), sqrt(2 / pi) * (1 + mpf("0.134145") * x**2)
    if quantity == "gelu'" and abs(x) < 10**4:
        return mpmath.erfc(-x / sqrt(2)) / 2 + x * exp(-x * x / 2) / sqrt(2 * pi)
    if quantity == "gelu_tanh'" and abs(x) < 10**4:
        sigma = 1 / (1 + exp(-2 * v))
        return sigma + x * 2 * grown * sigma / (1 + exp(2 * v))
    if quantity == "mish'" and x < 0:
        more = exp(x) * (2 + exp(x)) # (1 + e^x)^2 - 1
        return more / (more + 2) + x * 4 * (more + 1) / (more + 2)**2 / (1 + exp(-x))
    if quantity == "silu'":
        return (1 + x / (1 + exp(x))) / (1 + exp(-x))
    if quantity in ("log'", "reciprocal'"):
        a = 1 / x if x != 0 else mpf("inf")
        return a if quantity == "log'" else -a * a
    return {"softsign'": lambda: 1 / (1 + abs(x))**2, "erf'": lambda: 2 / sqrt(pi) * exp(-x * x), "elu'": lambda: exp(x),
            "exp'": lambda: exp(x)}.get(quantity, lambda: mpf(x > 0))()


SLOPES = ("silu'", "gelu'", "gelu_tanh'", "elu'", "mish'", "softsign'", "erf'", "exp'", "log'", "reciprocal'")


def rewrite(quantity, x, R):
    if quantity in SLOPES:
        return R(true_slope(quantity, x))
    small, q = R(exp(-abs(x))), R(exp(-2 * abs(x)))
    if quantity == "sigma'":
        return R(small / R(R(1 + small)**2))
    if quantity == "tanh'":
        return R(R(4 * small / R(R(1 + q)**2)) * small)
    if quantity in ("-log(p_y)", "log_softmax_y", "softplus"):
        return R(log1p(small))
    if quantity == "expm1":
        return R(expm1(x))
    return R(exp(x)) if quantity == "expm1'" else R(small / R(1 + small))


def true(quantity, x):
    if quantity in SLOPES:
        return true_slope(quantity, x)

    def sigma(z):
        return 1 / (1 + exp(-z))

    return {"sigma": lambda: sigma(x), "sigma'": lambda: sigma(x) * sigma(-x), "tanh'": lambda: 4 * sigma(2 * x) * sigma(-2 * x),
            "p_y-1": lambda: -sigma(-x), "p_c": lambda: sigma(-x), "-log(p_y)": lambda: log1p(exp(-x)),
            "log_softmax_y": lambda: -log1p(exp(-x)), "log(p_y)'": lambda: sigma(-x), "log_softmax_y'": lambda: sigma(-x),
            "expm1": lambda: expm1(x), "expm1'": lambda: exp(x), "softplus": lambda: log1p(exp(x)),
            "softplus'": lambda: sigma(x)}[quantity]()


def so(becomes, value, f, quantity, x):
    if becomes == "wrong":
        t = true(quantity, x)
        if value == 0:
            return f.round(t) != 0
        return abs(value - t) > max(abs(t) / 100, mpmath.ldexp(1, f.emin))
    if becomes in ("infinite", "nan"):
        return mpmath.isinf(value) if becomes == "infinite" else mpmath.isnan(value)
    return value == int(becomes)


def farthest(quantity, f):
    """Up to which argument, at least, a quantity is looked at: the largest number, but for exponentials of it."""
    return mpmath.ldexp(1 - mpmath.ldexp(1, -f.bits), f.emax) if quantity in ("log'", "gelu_tanh'") else mpf(f.emax * 4)


def check(line, f):
    """Faults of one line."""
    quantity, formulas, becomes = line[:3]
    exact, rounded = number(line[3]), number(line[5])
    inward = quantity == "expm1" and becomes in ("0", "wrong") or quantity in ("log'", "reciprocal'") and becomes == "infinite"
    back = mpmath.sign(rounded) if inward else 0 # where the search comes from
    formula = naive if formulas == "naive" else rewrite
    faults = []
    if mpmath.isfinite(exact):
        ends = [(exact, True), (f.before(mpf(exact), mpf(back)) if exact != 0 else mpmath.ldexp(back, f.emin), False)]
        end = "0" if becomes == "wrong" else becomes
        faults += ["exact"] * any(so(end, f.round(true(quantity, mpf(x))), f, quantity, mpf(x)) != want for x, want in ends)
    elif becomes in ("1", "wrong") or so(becomes, f.round(true(quantity, farthest(quantity, f) * mpmath.sign(exact))), f, quantity, None):
        faults.append("exact")
    if not mpmath.isfinite(rounded):
        return faults + ["rounded"] * so(becomes, formula(quantity, farthest(quantity, f), f.round), f, quantity, None)
    for x, want in (mpf(rounded), True), (f.before(mpf(rounded), mpf(back)), False):
        faults += ["rounded"] * (so(becomes, formula(quantity, x, f.round), f, quantity, x) != want)
    return faults


def check_report(report, lines):
    """Whether the naive formula is wrong at the argument, and the truth is what the report expects."""
    x = report["argument"]
    ours = [line for line in lines if line[:3] == [report["line"], "naive", "wrong"] and
            (float(line[4]) * report["sign"] > 0 or report["line"] == "tanh'")] # which is even
    if len(ours) != 1:
        return False
    first, exact = abs(float.fromhex(ours[0][9])), abs(float.fromhex(ours[0][3]))
    t = true(report["line"], mpf(x))
    return report["reported"] == 0 and first <= abs(x) < exact and abs(t - report["expected"]) <= abs(t) / 10**6


def main():
    formats = {"float32": Format(24, -149, 128), "float64": Format(53, -1074, 1024), "x87": Format(64, -16445, 16384),
               "binary128": Format(113, -16494, 16384)}
    lines, failed = {}, 0
    for path, (name, f) in zip(sys.argv[1:5], formats.items()):
        with open(path, encoding="utf-8") as file:
            lines[name] = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
        for line in lines[name]:
            faults = check(line, f)
            if faults:
                print(name, *line[:3], *faults)
                failed += 1
    with open(sys.argv[5], encoding="utf-8") as file:
        reports = json.load(file)["reports"]
    for report in reports:
        if not check_report(report, lines[report["dtype"]]):
            print(report["id"], "is not what we print")
            failed += 1
    print("%d lines, %d reports, %d of them failed" % (sum(len(part) for part in lines.values()), len(reports), failed))
    return int(failed > 0 or any(len(part) != len(lines["float32"]) for part in lines.values()) or not reports)


sys.exit(main())
