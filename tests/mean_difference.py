# SPDX-License-Identifier: Apache-2.0
"""The table of test_intervals.c, means_of_differences: ga_mean_difference in mpmath at 200 bits. A minute or two."""
from math import gcd

from mpmath import mp, mpf, sqrt, erfinv

mp.prec = 200
Z = sqrt(2) * erfinv(mpf(95) / 100)


def variance(count, steps, mean):
    """Of the likeliest distribution on [-1, 1] with this mean: weights c/(n + nu t) at the observed t, the rest at an end."""
    n = sum(count)
    seen = [(c, mpf(i - steps) / steps - mean) for i, c in enumerate(count) if c]
    slope = lambda nu: sum(c * t / (n + nu * t) for c, t in seen)
    low, high = -n / (1 - mean), n / (1 + mean)
    edge = (high - low) * mpf(10) ** -50
    if slope(low + edge) <= 0:
        nu, end = low, 1 - mean
    elif slope(high - edge) >= 0:
        nu, end = high, -1 - mean
    else:
        end = 0
        for _ in range(170):
            nu = (low + high) / 2
            low, high = (nu, high) if slope(nu) > 0 else (low, nu)
    weight = [(c / (n + nu * t), t) for c, t in seen]
    return sum(p * t * t for p, t in weight) + (1 - sum(p for p, _ in weight)) * end ** 2


def interval(count, steps):
    n = sum(count)
    observed = sum(mpf(c) * (i - steps) / steps for i, c in enumerate(count)) / n
    step = gcd(2 * steps, *(i for i, c in enumerate(count) if c))
    ends = []
    for side in -1, 1:
        inside, outside = observed, mpf(side)
        for _ in range(70):
            mean = (inside + outside) / 2
            off = abs(observed - mean) - mpf(step) / (2 * steps * n)
            if off > 0 and off * off * n > Z * Z * variance(count, steps, mean):
                outside = mean
            else:
                inside = mean
        ends.append(inside)
    return ends


for steps, count in [(1, [0, 5, 0]), (1, [0, 0, 5]), (1, [0, 0, 6]), (2, [0, 0, 0, 5, 0]), (2, [1, 0, 7, 4, 3]),
                     (5, [0, 0, 3, 0, 1, 9, 0, 4, 0, 2, 0]), (20, [0] * 30 + [11] + [0] * 10),
                     (20, [1] + [0] * 19 + [60, 20, 3] + [0] * 10 + [5] * 4 + [0] * 4)]:
    print(steps, count, *(float(end).hex() for end in interval(count, steps)))
