#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thresholds_torch.py -- the lines of `gradaudit thresholds` as PyTorch has them: the arguments at which functions and their
derivatives by autograd become 0, 1, infinite, NaN or wrong on the CPU, and what it computes at the arguments of thresholds-reports.json.
Writes JSON to standard output. Each is measured twice: in tensors of 1024 numbers or rows of two logits (`many`, which the
vectorised kernels take), and in one of a single number or row (`one`). Thresholds are found by bisection; then all numbers of the
format up to 2^12 (many) or 2^8 (one) away are tried. "first" is the first argument at which the number is so, "last" the first
from which on it always is, null: at none. Wrong is NaN; 0 where the true value, rounded, is not; or off by more than 1 % and by
more than the least number. The search for it goes from one value of the function to the next; that each is taken on one interval
is assumed, and in float, `many`, all numbers of the range are looked at. `one` is looked at around what `many` has; only if it
differs there does the search begin anew. Where a function has other values all the time, a sample of 2^16 (many) or 2^11 (one)
numbers is looked at. Needs torch, numpy and mpmath.
"""
import json
import os
import platform

import mpmath
import numpy
import torch
import torch.nn.functional as F

MANY, FAR, STEPS = 1024, 4096.0, 2048
SAMPLE = {"many": 1 << 16, "one": 1 << 11}
WINDOW = {"many": 1 << 12, "one": 1 << 8}
mpmath.mp.prec = 160


def number(i, dtype):
    """Number i of those of one sign, counted from 0."""
    return numpy.asarray(i, numpy.uint32 if dtype == numpy.float32 else numpy.uint64).view(dtype)


def index(x, dtype):
    return int(dtype(abs(x)).view(numpy.uint32 if dtype == numpy.float32 else numpy.uint64))


def pointwise(f):
    """Value and derivative of a function of a number."""
    def run(x):
        y = f(x)
        return y.detach(), torch.autograd.grad(y.sum(), x)[0]
    return run


def of_logits(f):
    """The same of a function of rows of two logits, 0 and -x: with respect to the first logit."""
    def run(x):
        z = torch.stack((torch.zeros_like(x), -x), dim=-1).detach().requires_grad_()
        y = f(z)
        return y.detach(), torch.autograd.grad(y.sum(), z)[0][..., 0]
    return run


def logistic_loss(x):
    return F.binary_cross_entropy_with_logits(x, torch.ones_like(x), reduction="none")


def cross_entropy(z):
    return F.cross_entropy(z, torch.zeros(len(z), dtype=torch.int64), reduction="none")


FUNCTIONS = {
    "torch.sigmoid(x)": pointwise(torch.sigmoid),
    "torch.tanh(x)": pointwise(torch.tanh),
    "cross_entropy((0, -x), 0)": of_logits(cross_entropy),
    "-log(softmax((0, -x))[0])": of_logits(lambda z: -torch.log(torch.softmax(z, -1)[..., 0])),
    "-log(softmax((0, -x)))[0]": of_logits(lambda z: -torch.log(torch.softmax(z, -1))[..., 0]), # the other's 0/0 comes back too
    "log_softmax((0, -x))[0]": of_logits(lambda z: F.log_softmax(z, -1)[..., 0]),
    "torch.expm1(x)": pointwise(torch.expm1),
    "torch.exp(x) - 1": pointwise(lambda x: torch.exp(x) - 1),
    "softplus(x)": pointwise(F.softplus),
    "log(1 + exp(x))": pointwise(lambda x: torch.log(1 + torch.exp(x))),
}


def sigma(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


# function; 0 its value or 1 its derivative; what it becomes; the sign of the arguments; whether they are counted from 1 to 0; the
# line of `gradaudit thresholds` of the formula that is written or that PyTorch's derivative is; the true value
def rows():
    def slope(x):
        return sigma(x) * sigma(-x)

    def tanh_slope(x):
        return 4 * sigma(2 * x) * sigma(-2 * x)

    both = [("torch.sigmoid(x)", 0, "1", 1, False, "sigma", sigma), ("torch.sigmoid(x)", 0, "0", -1, False, "sigma", sigma)]
    for becomes in "0", "wrong":
        both += [("torch.sigmoid(x)", 1, becomes, sign, False, "sigma'", slope) for sign in (1, -1)]
        both += [("torch.tanh(x)", 1, becomes, sign, False, "tanh'", tanh_slope) for sign in (1, -1)]
        both += [("cross_entropy((0, -x), 0)", 0, becomes, 1, False, "-log(p_y)", lambda x: softplus(-x)),
                 ("cross_entropy((0, -x), 0)", 1, becomes, 1, False, "p_y-1", lambda x: -sigma(-x)),
                 ("-log(softmax((0, -x))[0])", 0, becomes, 1, False, "-log(p_y)", lambda x: softplus(-x)),
                 ("-log(softmax((0, -x))[0])", 1, becomes, 1, False, "log(p_y)'", lambda x: -sigma(-x)),
                 ("log_softmax((0, -x))[0]", 0, becomes, 1, False, "log_softmax_y", lambda x: -softplus(-x)),
                 ("log_softmax((0, -x))[0]", 1, becomes, 1, False, "log_softmax_y'", lambda x: sigma(-x)),
                 ("torch.expm1(x)", 1, becomes, -1, False, "expm1'", mpmath.exp),
                 ("softplus(x)", 0, becomes, -1, False, "softplus", softplus),
                 ("softplus(x)", 1, becomes, -1, False, "softplus'", sigma),
                 ("log(1 + exp(x))", 0, becomes, -1, False, "softplus", softplus),
                 ("log(1 + exp(x))", 1, becomes, -1, False, "softplus'", sigma)]
        both += [("torch.exp(x) - 1", 0, becomes, sign, True, "expm1", mpmath.expm1) for sign in (1, -1)]
        both += [("torch.expm1(x)", 0, becomes, sign, True, "expm1", mpmath.expm1) for sign in (1, -1)]
    return both + [("-log(softmax((0, -x))[0])", 0, "infinite", -1, False, "-log(p_y)", lambda x: softplus(-x)),
                   ("-log(softmax((0, -x))[0])", 1, "nan", -1, False, "log(p_y)'", lambda x: -sigma(-x)),
                   ("-log(softmax((0, -x)))[0]", 1, "nan", 1, False, None, lambda x: -sigma(-x)),
                   ("cross_entropy((0, -x), 0)", 0, "infinite", -1, False, "-log(p_y)", lambda x: softplus(-x)),
                   ("torch.expm1(x)", 0, "infinite", 1, False, "expm1", mpmath.expm1),
                   ("torch.exp(x) - 1", 0, "infinite", 1, False, "expm1", mpmath.expm1),
                   ("softplus(x)", 0, "infinite", 1, False, "softplus", softplus),
                   ("softplus(x)", 1, "nan", 1, False, "softplus'", sigma),
                   ("log(1 + exp(x))", 0, "infinite", 1, False, "softplus", softplus),
                   ("log(1 + exp(x))", 1, "nan", 1, False, "softplus'", sigma)]


# By the function of a report in thresholds-reports.json, the same in PyTorch, and the true value of what it reports.
def reported():
    def slope(x):
        return sigma(x) * sigma(-x)

    def residual(x):
        return -sigma(-x)

    sigmoid = pointwise(torch.sigmoid), slope
    tanh = pointwise(torch.tanh), lambda x: 4 * sigma(2 * x) * sigma(-2 * x)
    expm1 = pointwise(torch.expm1), mpmath.exp
    return {"torch.sigmoid": sigmoid, "jax.nn.sigmoid": sigmoid, "tf.nn.sigmoid": sigmoid, "ttnn.sigmoid_bw": sigmoid,
            "torch.tanh": tanh, "jax.nn.tanh": tanh, "tf.math.tanh": tanh,
            "torch.expm1": expm1, "jax.numpy.expm1": expm1, "ttnn.expm1_bw": expm1,
            "cross_entropy": (of_logits(cross_entropy), residual),
            "binary_cross_entropy_with_logits": (pointwise(logistic_loss), residual),
            "log_softmax": (of_logits(lambda z: F.log_softmax(z, -1)[..., 0]), lambda x: sigma(-x)),
            "softmax": (of_logits(lambda z: torch.softmax(z, -1)[..., 0]), slope)}


def at_report(report):
    """What this PyTorch computes at a report's argument, with one number and with many, and the true value, rounded."""
    run, true = reported()[report["function"]]
    dtype = getattr(torch, report["dtype"])
    x = float(torch.tensor(report["argument"], dtype=dtype))
    value = {n: float(run(torch.full((n,), x, dtype=dtype, requires_grad=True))[1][0]) for n in (1, MANY)}
    return {"id": report["id"], "one": value[1], "many": value[MANY],
            "true": float(torch.tensor(float(true(mpmath.mpf(x))), dtype=dtype))}


class Search:
    """Arguments are counted from 0, or inwards from 1: argument(i)."""

    def __init__(self, row, dtype, path, like=None):
        """like: the same search for many."""
        self.row, self.like, self.found, self.continuous = row, like, None, False
        self.name, self.which, self.becomes, self.sign, self.inward, self.line, self.true = row
        self.run, self.dtype, self.path = FUNCTIONS[self.name], dtype, path
        self.one = index(1.0, dtype)
        self.end = self.one if self.inward else index(FAR, dtype)
        self.least = float(number(1, dtype))
        self.half = mpmath.mpf(self.least) / 2 # in binary64 it is 0

    def argument(self, i):
        i = numpy.asarray(i)
        return self.sign * number(self.one - i if self.inward else i, self.dtype)

    def values(self, from_, n):
        return self.values_at(numpy.arange(from_, from_ + n))

    def values_at(self, i):
        x = torch.from_numpy(self.argument(i))
        if self.path == "many":
            pad = torch.cat((x, x[:1].expand(-len(x) % MANY)))
            return self.run(pad.requires_grad_())[self.which][:len(x)].numpy()
        return numpy.array([float(self.run(k.reshape(1).clone().requires_grad_())[self.which][0]) for k in x], self.dtype)

    def value(self, i):
        return self.values(i, 1)[0]

    def so(self, v):
        return {"0": v == 0, "1": v == 1, "infinite": numpy.isinf(v), "nan": numpy.isnan(v)}[self.becomes]

    def between(self, holds, low, high):
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high

    def point(self):
        """first and last of what becomes 0, 1, infinite or NaN; None: not even at the end."""
        end = self.end - 1 if self.inward else self.end # at 0 itself e^x - 1 is 0
        if not self.so(self.value(end)):
            return None, None
        middle = self.between(lambda i: self.so(self.value(i)), 0, end)
        from_, to = max(middle - WINDOW[self.path], 0), min(middle + WINDOW[self.path], end)
        holds = self.so(self.values(from_, to - from_ + 1))
        return from_ + int(numpy.argmax(holds)), from_ + len(holds) - int(numpy.argmin(holds[::-1])) if not holds.all() else from_

    def off(self, c, i):
        """Whether c is wrong at argument i."""
        c, t = float(c), self.true(mpmath.mpf(float(self.argument(i))))
        if c != c:
            return True
        if c == 0:
            return abs(t) > self.half
        return not abs(c - t) <= max(abs(t) / 100, self.least)

    def above(self, c, i):
        return abs(float(c)) > abs(self.true(mpmath.mpf(float(self.argument(i)))))

    def wrong_from(self, c, low, high):
        """The first from which on the value c, taken from low to high, is wrong up to high."""
        if self.off(c, low):
            if self.above(c, low) or not self.above(c, high):
                return low
            middle = self.between(lambda i: self.above(c, i), low, high)
            if self.off(c, middle):
                return middle if not self.off(c, middle - 1) else low
            low = middle
        return self.between(lambda i: self.off(c, i), low, high)

    def departure(self, i, end, c):
        """The first after i whose value is not c, which it is at i; end if there is none before."""
        if self.value(end - 1) == c:
            return end
        low, high = i, end - 1
        while self.path == "many" and high - low > 1:
            at = numpy.append(numpy.arange(low + 1, high, max((high - low) // (MANY - 1), 1)), high)
            k = int(numpy.argmax(self.values_at(at) != c))
            low, high = (int(at[k - 1]) if k > 0 else low), int(at[k])
        return self.between(lambda k: self.value(k) != c, low, high)

    def wrong(self):
        """first and last of what is wrong, before the true value rounds to 0; None if nothing is."""
        if self.like is not None and all(self.same_around(i) for i in self.like.found):
            return self.like.found
        return self.walk()

    def same_around(self, i):
        """Whether, around i, what is wrong with one number is what is wrong with many."""
        if i is None:
            return False
        from_ = max(i - WINDOW["one"], 0)
        n = min(i + WINDOW["one"], self.end - 1) - from_
        return [self.off(c, from_ + k) for k, c in enumerate(self.values(from_, n))] == [
            self.off(c, from_ + k) for k, c in enumerate(self.like.values(from_, n))]

    def walk(self):
        bits = 24 if self.dtype == numpy.float32 else 53
        start = self.between(lambda i: abs(self.true(mpmath.mpf(float(self.argument(i))))) <= 2.0**(9 - bits), 0, self.end - 1)
        end = self.between(lambda i: abs(self.true(mpmath.mpf(float(self.argument(i))))) <= self.half, 0, self.end)
        if self.like is not None and self.like.continuous:
            return self.sampled(start, end)
        first = last = None
        i, steps = start, 0
        while i < end:
            c = self.value(i)
            steps += 1
            if steps > STEPS:
                self.continuous = True
                exhaustive = self.dtype == numpy.float32 and self.path == "many"
                return self.all_numbers(start, end) if exhaustive else self.sampled(start, end)
            after = self.departure(i, end, c)
            at_once, at_last = self.off(c, i), self.off(c, after - 1)
            from_ = self.wrong_from(c, i, after - 1) if at_last else after
            if first is None and (at_once or at_last):
                first = i if at_once else from_
            if from_ > i:
                last = from_
            if at_last and float(c) == 0:
                break
            i = after
        if self.dtype == numpy.float32 and self.path == "many":
            first, last = self.all_numbers(start, min(end, (last if last is not None else first) + (1 << 16)))
        return first, last if last is not None else first

    def sampled(self, start, end):
        """The same where values are no multiples of 2^-bits and change all the time: between two of a sample of numbers."""
        n = SAMPLE[self.path]
        at = start + numpy.arange(n) * ((end - 1 - start) // (n - 1))
        bad = self.off_in_binary64(at)
        if not bad.any():
            return None, None
        k, last = int(numpy.argmax(bad)), len(at) - int(numpy.argmin(bad[::-1]))
        return (self.between(lambda i: self.off(self.value(i), i), int(at[k - 1]), int(at[k])) if k > 0 else start,
                self.between(lambda i: self.off(self.value(i), i), int(at[last - 1]), int(at[last]) if last < len(at) else end))

    def off_in_binary64(self, i):
        """Whether they are wrong at arguments i, with the true value in binary64."""
        x, c = self.argument(i).astype(float), self.values_at(i).astype(float)
        t = numpy.abs(in_binary64(self.line, x))
        return ~(numpy.abs(numpy.abs(c) - t) <= numpy.maximum(t / 100, self.least)) | ((c == 0) & (t > self.least / 2))

    def all_numbers(self, start, stop):
        """The same from all floats from start to stop, with the true value in binary64."""
        found, until = None, None
        for from_ in range(start, stop, 1 << 18):
            n = min(1 << 18, stop - from_)
            bad = self.off_in_binary64(numpy.arange(from_, from_ + n))
            if bad.any() and found is None:
                found = from_ + int(numpy.argmax(bad))
            if not bad.all():
                until = from_ + n - int(numpy.argmin(bad[::-1]))
        return found, until if found is not None else None


def in_binary64(line, x):
    exp = numpy.exp

    def sigma_(z):
        return numpy.where(z > 0, 1 / (1 + exp(-abs(z))), exp(-abs(z)) / (1 + exp(-abs(z))))

    if line == "sigma'":
        return sigma_(x) * sigma_(-x)
    if line == "tanh'":
        return 4 * sigma_(2 * x) * sigma_(-2 * x)
    return {"-log(p_y)": lambda: numpy.log1p(exp(-x)), "p_y-1": lambda: -sigma_(-x), "log(p_y)'": lambda: -sigma_(-x),
            "log_softmax_y": lambda: -numpy.log1p(exp(-x)), "log_softmax_y'": lambda: sigma_(-x), "expm1'": lambda: exp(x),
            "softplus": lambda: numpy.log1p(exp(x)), "softplus'": lambda: sigma_(x), "expm1": lambda: numpy.expm1(x)}[line]()


def measured(row, dtype):
    """A line for many and one for one."""
    s = None
    for path in "many", "one":
        s = Search(row, dtype, path, s)
        s.found = s.wrong() if s.becomes == "wrong" else s.point()
        result = {"function": s.name, "of": ("value", "derivative")[s.which], "dtype": numpy.dtype(dtype).name, "path": path,
                  "becomes": s.becomes, "sign": s.sign, "line": s.line}
        for key, i in zip(("first", "last"), s.found):
            result[key] = None if i is None else float(s.argument(i))
            result[key + "_hex"] = None if i is None else float(s.argument(i)).hex()
        yield result


def main():
    torch.set_num_threads(1)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "thresholds-reports.json"), encoding="utf-8") as f:
        reports = json.load(f)["reports"]
    kernels = [line.strip()[2:] for line in torch.__config__.show().splitlines() if "CPU capability" in line]
    found = [line for row in rows() for dtype in (numpy.float32, numpy.float64) for line in measured(row, dtype)]
    print("{\n \"torch\": %s,\n \"kernels\": %s,\n \"machine\": %s,\n \"rows\": [" %
          (json.dumps(torch.__version__), json.dumps(kernels), json.dumps(platform.machine())))
    print(",\n".join("  " + json.dumps(row) for row in found))
    print(" ],\n \"reports\": [")
    print(",\n".join("  " + json.dumps(at_report(report)) for report in reports))
    print(" ]\n}")


if __name__ == "__main__":
    main()
