# SPDX-License-Identifier: Apache-2.0
"""audit_oracle.py -- what an audit says, recomputed from its arrays of elements, with NumPy, mpmath and fractions.

audit DIR MODEL IMAGES LABELS     report.json and images.tsv of an audit with --elements
gradient DIR ARRAY FIRST          `gradaudit gradient` on standard input is the array of an estimator, or of "exact" the truth
attack DIR NAME                   `gradaudit attack` on standard input has the counts of the estimator NAME
backward MODEL IMAGES LABELS OUT DTYPE SCALE   writes a naive backward pass over all images, times SCALE
"""
import collections
import gzip
import json
import math
import os
import struct
import sys
from fractions import Fraction

import numpy as np
from mpmath import fdot, floor, log10, mp, mpf, sqrt

mp.prec = 260
np.seterr(all='ignore')
CELLS = ['zero', 'spurious', 'lost', 'below-range', 'above-range', 'wrong-sign', 'inaccurate', 'right', 'nonfinite', 'undecided']
ROWS = ['negative', 'zero', 'positive', 'undecided']
LEAST = {'float': (24, -126), 'double': (53, -1022)}
failures = 0


def check(condition, *what):
    global failures
    if not condition:
        failures += 1
        if failures < 30:
            print('FAILED:', *what)


def read_idx(path):
    with gzip.open(path) as f:
        data = f.read()
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(struct.unpack(f'>{data[3]}I', data[4:4 + 4 * data[3]]))


def read_model(path):
    with open(path, 'rb') as f:
        header, data = json.loads(f.read(struct.unpack('<Q', f.read(8))[0])), f.read()
    def tensor(name):
        t = header[name]
        first, end = t['data_offsets']
        return np.frombuffer(data[first:end], '<f4' if t['dtype'] == 'F32' else '<f8').reshape(t['shape'])
    layers = [(tensor(f'fc{i}.weight'), tensor(f'fc{i}.bias')) for i in range(1, 100) if f'fc{i}.weight' in header]
    names = header['__metadata__']['activation'].split(',')
    return layers, names * (len(layers) - 1) if len(names) == 1 else names


def act(name, z):
    one = z.dtype.type(1)
    return one / (one + np.exp(-z)) if name == 'sigmoid' else np.tanh(z) if name == 'tanh' else np.maximum(z, 0)


def forward(model, x):
    layers, names = model
    for i, (w, b) in enumerate(layers):
        z = x @ w.T.astype(x.dtype) + b.astype(x.dtype)
        x = act(names[i], z) if i < len(names) else z
    return x


def backward(model, x, labels):
    layers, names = model
    tape, a = [], x
    for i, (w, b) in enumerate(layers):
        z = a @ w.T + b
        a = act(names[i], z) if i < len(names) else z
        tape.append(a)
    p = np.exp(a - a.max(1, keepdims=True))
    d = p / p.sum(1, keepdims=True)
    d[np.arange(len(labels)), labels] -= 1
    for i in range(len(layers) - 1, -1, -1):
        d = d @ layers[i][0]
        if i > 0:
            s = tape[i - 1]
            d = d * (s * (1 - s) if names[i - 1] == 'sigmoid' else 1 - s * s if names[i - 1] == 'tanh' else (s > 0).astype(s.dtype))
    return d


def stem(name):
    return ''.join(c if c.isascii() and (c.isalnum() or c in '._-') else '-' for c in name)


def load(directory, name, kind):
    return np.load(os.path.join(directory, 'elements', f'{stem(name)}.{kind}.npy'))


class Function:
    """The truths, as mpf; None where undecided."""
    def __init__(self, directory, head):
        m, e = load(directory, head['name'], 'mantissa'), load(directory, head['name'], 'exponent')
        self.shape = m.shape
        self.mantissa, self.exponent = m, e
        self.value = [None if math.isnan(x) else mpf(x) * mpf(2) ** int(k) for x, k in zip(m.flat, e.flat)]
        self.sign = np.where(np.isnan(m), 2, np.sign(m)).astype(int)   # 2: unknown
        check(np.all((np.isnan(m)) | (m == 0) | ((abs(m) >= 1) & (abs(m) < 2))), head['name'], 'mantissas')
        check(np.all(e[m == 0] == 0), head['name'], 'exponents of zeros')


def pairs(report, kind):
    return zip(report['head'][kind], report[kind])


def in_bins(what, counts, undecided, values, edges, slack):
    """counts of how many values lie at or below each edge, each value known up to its slack."""
    values, slack = np.array([float(v) for v in values]), np.array([float(s) for s in slack])
    below = 0
    for count, edge in zip(counts, edges):
        below += count
        check((values + slack < edge).sum() <= below + undecided and below <= (values - slack <= edge).sum(), what, 'at', edge)
    check(sum(counts) + undecided == len(values), what, 'sum')


def decades(what, h, values, n_nan, n_infinite, n_undecided, elements):
    """values: mpf of the finite numbers."""
    count = {}
    for v in values:
        if v != 0:
            k = int(floor(log10(abs(v))))
            count[k] = count.get(k, 0) + 1
    zero = sum(v == 0 for v in values)
    check((h['elements'], h['zero'], h['nan'], h['infinite'], h['undecided']) == (elements, zero, n_nan, n_infinite, n_undecided), what,
          'decades', h)
    check(h['decade'] == sorted(set(h['decade'])) and dict(zip(h['decade'], h['count'])) == count, what, 'decades')
    return count


def median(count):
    total, below = sum(count.values()), 0
    for k in sorted(count):
        below += count[k]
        if 2 * below >= total:
            return k + 0.5
    return None


def cosine(a, b):
    if any(x is None or not mp.isfinite(x) for x in a + b):
        return None
    aa, bb = fdot(a, a), fdot(b, b)
    return None if aa == 0 or bb == 0 else fdot(a, b) / sqrt(aa * bb)


def ranks(a):
    order = sorted(range(len(a)), key=lambda i: a[i])
    r = [0] * len(a)
    i = 0
    while i < len(a):
        j = i
        while j < len(a) and a[order[j]] == a[order[i]]:
            j += 1
        for k in range(i, j):
            r[order[k]] = i + j - 1 - (len(a) - 1)
        i = j
    return r


def spearman(a, b):
    if any(x is None or not mp.isfinite(x) for x in a + b):
        return None
    ra, rb = ranks([abs(x) for x in a]), ranks([abs(x) for x in b])
    aa, bb = sum(x * x for x in ra), sum(x * x for x in rb)
    return None if aa == 0 or bb == 0 else mpf(sum(x * y for x, y in zip(ra, rb))) / sqrt(mpf(aa) * bb)


def near(what, text, want):
    check((text == 'nan') == (want is None), what, text, want)
    if text != 'nan' and want is not None:
        check(abs(mpf(float(text)) - want) <= 6 * mpf(2) ** -53, what, text, want)


def estimator(directory, head, got, functions, rows, shown):
    name, f, f0 = head['name'], functions[head['function']], functions[0]
    bits, normal = LEAST[head['format']]
    array, cells, origin = (load(directory, name, k) for k in ('gradient', 'cell', 'origin'))
    check(array.dtype == (np.float32 if bits == 24 else np.float64), name, 'dtype')
    c = array.astype(np.float64)
    n_images, n = c.shape
    value = [mpf(x) if math.isfinite(x) else None for x in c.flat]
    sign = np.where(np.isnan(c), 2, np.sign(np.nan_to_num(c, nan=0, posinf=1, neginf=-1))).astype(int)
    want = np.zeros(c.shape, int)
    ulp, ulp_slack, ratio, ratio_slack, none, zero_ratio = [], [], [], [], 0, 0
    greatest = 2 - normal   # 2^greatest is the first power of two beyond the format
    for i, (x, t, s) in enumerate(zip(value, f.value, sign.flat)):
        unit = None if not t else mpf(2) ** (max(int(f.exponent.flat[i]), normal) - bits + 1)
        if s == 2:
            cell = 'nonfinite'
        elif x is None and t is None:
            cell = 'nonfinite' if f.exponent.flat[i] < greatest else 'undecided'
        elif t is None:
            cell = 'undecided'
        elif x is None:
            beyond = abs(t) >= mpf(2) ** greatest - mpf(2) ** (greatest - bits - 1)
            cell = 'above-range' if beyond and (t > 0) == (s > 0) else 'nonfinite'
        elif t == 0:
            cell = 'spurious' if x != 0 else 'zero'
        elif x == 0:
            cell = 'below-range' if abs(t) <= mpf(2) ** (normal - bits) else 'lost'
        elif (x > 0) != (t > 0):
            cell = 'wrong-sign'
        else:
            cell = 'inaccurate' if abs(x - t) > abs(t) * mpf(0.01) and abs(x - t) > unit else 'right'
        want.flat[i] = CELLS.index(cell)
        if not t or x is None:   # undecided or 0; infinite or NaN
            none += 1
            continue
        ulp.append(min(abs(x - t) / unit, mpf(2) ** 900))
        ulp_slack.append(abs(t) * mpf(2) ** -52 / unit + ulp[-1] * mpf(2) ** -50)
        if x == 0:
            zero_ratio += 1
        else:
            ratio.append(log10(abs(x / t)))
            ratio_slack.append(1e-15 + 1e-15 * abs(ratio[-1]))
    check(np.array_equal(want, cells), name, 'cells of', np.argwhere(want != cells)[:3].tolist())
    count = np.bincount(want.flat, minlength=len(CELLS))
    check([got['cells'][k] for k in CELLS] == count.tolist(), name, 'cells', got['cells'], count)
    check(got['elements'] == c.size and sum(got['cells'].values()) == c.size, name, 'elements')
    for k in CELLS:
        check(got['cells_percent'][k] == 100 * got['cells'][k] / c.size, name, 'percent')
        for i, row in enumerate(rows):
            check(int(row[f'{name}: {k}']) == (want[i] == CELLS.index(k)).sum(), name, 'row', i, k)
    column = np.select([np.isnan(c), np.isinf(c) & (c < 0), np.isinf(c), (c == 0) & np.signbit(c), c == 0,
                        abs(c) >= 2.0 ** normal], [8, 0, 7, 3, 4, np.where(c < 0, 1, 6)], np.where(c < 0, 2, 5))
    names = list(next(iter(got['matrix'].values())))
    for r, truth in enumerate(ROWS):
        mine = [int(((f.sign == (-1, 0, 1, 2)[r]) & (column == k)).sum()) for k in range(9)]
        check([got['matrix'][truth][k] for k in names] == mine, name, 'matrix', truth, mine)
    in_bins(name + ' ulp', got['ulp']['count'], got['ulp']['undecided_bin'], ulp, [2.0 ** (i - 1) for i in range(63)] + [math.inf], ulp_slack)
    check(got['ulp']['none'] == none, name, 'ulp none')
    edges = [1e-12, 1e-9, 1e-6, 1e-3, 0.1] + [float(i) for i in range(1, 41)]
    bins = got['log10_ratio']
    check(len(bins) == 94 and bins[0] == zero_ratio and sum(bins) == c.size, name, 'ratios of 0', bins[0], zero_ratio)
    in_bins(name + ' ratio', bins[1:-2], bins[-1], ratio, [-e for e in reversed(edges)] + edges + [math.inf], ratio_slack)
    finite = [x for x in value if x is not None]
    count = decades(name, got['decades'], finite, int(np.isnan(c).sum()), int(np.isinf(c).sum()), 0, c.size)
    check(got['log10_median'] == median(count), name, 'median')
    check(got['decades']['negative_zero'] == ((c == 0) & np.signbit(c)).sum(), name, '-0')
    check(got['decades']['subnormal'] == ((c != 0) & (abs(c) < 2.0 ** normal)).sum(), name, 'subnormal')
    index = lambda s: np.where(s == 2, 3, s + 1)
    joint = np.zeros((4, 4, 4), int)
    np.add.at(joint, (index(sign), index(f.sign), index(f0.sign)), 1)
    check(np.array_equal(joint, got['joint_signs']), name, 'joint signs')
    known = abs(f.sign) == 1
    agree = got['sign_agreement']
    check((agree['known'], agree['computed_as_its_function']) == (known.sum(), (known & (sign == f.sign)).sum()), name, 'agreement')
    faulty = ~np.isin(want, [CELLS.index(k) for k in ('zero', 'right', 'undecided')])
    check(np.all(origin[~faulty] == 255), name, 'origins of what is right')
    if head['formulas'] is not None:
        check(np.all((origin[faulty] < 16) | (origin[faulty] == 254)), name, 'origins of what is wrong')
    for i in range(n_images):
        own, mine = [x for x in f.value[i * n:(i + 1) * n]], [mpf(float(x)) for x in c[i]]
        near((name, 'cosine', i), rows[i][f'{name}: cosine'], cosine(mine, own))
        near((name, 'rank', i), rows[i][f'{name}: rank'], spearman(mine, own))
    shown[name] = np.where(sign == 2, 0, sign)
    return shown[name]


def wilson(k, n):
    if n == 0:
        return 0, 1
    z, p = mpf('1.959963984540054235524594430520551527955'), mpf(k) / n
    middle, half = (p + z * z / (2 * n)) / (1 + z * z / n), z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * mpf(n) ** 2))
    return max(middle - half, 0), min(middle + half, 1)


def attacked(what, attack, moved, errs, correct):
    n, k = int(correct.sum()), int((correct & errs).sum())
    low, high = wilson(k, n)
    check((attack['correct_before'], attack['fooled'], attack['correct_after'], attack['all_zero_images']) ==
          (n, k, int((~errs).sum()), int((~moved).sum())), what, attack)
    check(n == 0 or attack['success_percent'] == 100 * k / n, what, 'success')
    check(abs(attack['success_low_percent'] - 100 * low) < 1e-11 and abs(attack['success_high_percent'] - 100 * high) < 1e-11, what, low, high)
    check(attack['accuracy_percent'] == 100 * int((~errs).sum()) / len(correct), what, 'accuracy')


MASK = (1 << 64) - 1


def splitmix(state):
    state = (state + 0x9e3779b97f4a7c15) & MASK
    z = ((state ^ state >> 30) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
    return state, z ^ z >> 31


def random_signs(n, seed, image):
    state = splitmix(seed)[1] ^ (image * 0xd1342543de82ef95 & MASK)
    state = splitmix(state)[1]
    signs = np.zeros(n, int)
    for k in range(0, n, 64):
        state, word = splitmix(state)
        for b in range(min(64, n - k)):
            signs[k + b] = 1 if word >> b & 1 else -1
    return signs


class Network:
    def __init__(self, model, x, labels, eps):
        self.model, self.x, self.labels, self.eps, self.unsure = read_model(model), x, labels, np.float32(eps), 0

    def errs(self, what, signs, said):
        """Whether the network errs on x + eps signs; where the two largest logits are too near to say, what was said."""
        x = np.minimum(np.maximum(self.x + self.eps * signs.astype(np.float32), np.float32(0)), np.float32(1))
        o = forward(self.model, x.astype(np.float64))
        top = np.sort(o, 1)
        sure = top[:, -1] - top[:, -2] > 1e-3 * (1 + abs(o).max(1))
        wrong = o.argmax(1) != self.labels
        self.unsure += int((~sure).sum())
        check(np.all((wrong == said) | ~sure), what, 'errs', np.argwhere((wrong != said) & sure).ravel().tolist())
        return said


def column(rows, name):
    return np.array([row[name] == 'true' for row in rows])


def attack_columns(name, rows, attack, signs, correct, network):
    moved, errs = column(rows, f'{name}: moved'), column(rows, f'{name}: errs')
    check(np.array_equal(moved, (signs != 0).any(1)), name, 'moved')
    check(np.array_equal(column(rows, f'{name}: fooled'), errs & correct), name, 'fooled')
    attacked(name, attack, moved, network.errs(name, signs, errs), correct)


def likeliest_variance(seen, n, mean):
    """Of the distribution on [-1, 1] with this mean that makes the differences seen (a count for each value) likeliest."""
    points = [(c, x - mean) for x, c in seen.items()]
    slope = lambda nu: sum(c * t / (n + nu * t) for c, t in points)
    low, high = -n / (1 - mean), n / (1 + mean)
    edge, end = (high - low) * 1e-13, 0
    if slope(low + edge) <= 0:
        nu, end = low, 1 - mean
    elif slope(high - edge) >= 0:
        nu, end = high, -1 - mean
    else:
        for _ in range(60):
            nu = (low + high) / 2
            low, high = (nu, high) if slope(nu) > 0 else (low, nu)
    weight = [(c / (n + nu * t), t) for c, t in points]
    return sum(p * t * t for p, t in weight) + (1 - sum(p for p, _ in weight)) * end ** 2


def interval(differences, seeds):
    """Tango's, of -1, 0 and 1; of multiples of 1/seeds with a correction for continuity, half the step between two sums."""
    n, seen = len(differences), collections.Counter(differences)
    if n == 0:
        return 0, -1, 1
    continuity = math.gcd(2 * seeds, *(round((x + 1) * seeds) for x in seen)) / (2 * seeds) if seeds else 0
    mean, ends = sum(differences) / n, []
    for side in -1, 1:
        inside, outside = mean, side
        for _ in range(40):
            x = (inside + outside) / 2
            off = abs(mean - x) - continuity / n
            if off > 0 and off * off * n > 1.959963984540054 ** 2 * likeliest_variance(seen, n, x):
                outside = x
            else:
                inside = x
        ends.append(inside)
    return mean, *ends


def answered(low, high, threshold):
    return 'yes' if low > threshold else 'not decided' if high > threshold and high - low > 2 else 'no'


def judged(r, c, s, low, high, margin):
    """The verdict of the table in the architecture's text, row by row."""
    if r == 'yes' and c == 'yes':
        return 'masked'
    if r == 'not decided' or (r == 'yes' and c == 'not decided') or s == 'not decided':
        return 'too-few-images'
    if s == 'yes':
        return 'attackable-by-smoothing'
    if r == 'yes':
        return 'no-evidence'
    if -margin <= low and high <= margin:
        return 'rounding-harmless'
    return 'too-few-images' if low < -margin < high and high - low > 2 else 'no-evidence'


def audit(directory, model, images_path, labels_path):
    with open(os.path.join(directory, 'report.json')) as f:
        report = json.load(f)
    with open(os.path.join(directory, 'images.tsv')) as f:
        heading, *lines = f.read().splitlines()
    keys = heading.split('\t')
    rows = [dict(zip(keys, line.split('\t'))) for line in lines]
    first, last = report['images']['first'], report['images']['last']
    check([int(r['image']) for r in rows] == list(range(first, last + 1)) and len(set(keys)) == len(keys), 'rows')
    images, labels = read_idx(images_path)[first:last + 1], read_idx(labels_path)[first:last + 1]
    check([int(r['label']) for r in rows] == labels.tolist(), 'labels')
    x = (images.reshape(len(images), -1).astype(np.float64) / 255).astype(np.float32)
    options = report['head']['options']
    network = Network(model, x, labels, options['eps'])
    o = forward(network.model, x.astype(np.float64))
    top = np.sort(o, 1)
    near_tie = top[:, -1] - top[:, -2] <= 1e-3 * (1 + abs(o).max(1))
    check(np.all((o.argmax(1) == [int(r['predicted']) for r in rows]) | near_tie), 'predicted')
    correct = ~network.errs('before', np.zeros(x.shape), ~column(rows, 'correct'))
    functions, shown = [Function(directory, h) for h in report['head']['functions']], {}
    n = x.shape[1]
    for k, (head, got) in enumerate(pairs(report, 'functions')):
        f, name = functions[k], head['name']
        check(got['undecided'] == (f.sign == 2).sum(), name, 'undecided')
        count = decades(name, got['decades'], [v for v in f.value if v is not None], 0, 0, int((f.sign == 2).sum()), x.size)
        check(got['log10_median'] == median(count), name, 'median')
        levels = [0] * 16
        for i, row in enumerate(rows):
            check(int(row[f'{name}: zero']) == (f.sign[i] == 0).sum() and int(row[f'{name}: undecided']) == (f.sign[i] == 2).sum(), name, i)
            levels[max(0, (int(row[f'{name}: bits']) - 1).bit_length() - 7)] += 1
            own, base = f.value[i * n:(i + 1) * n], functions[0].value[i * n:(i + 1) * n]
            near((name, 'cosine', i), row[f'{name}: cosine'], cosine(own, base))
            near((name, 'rank', i), row[f'{name}: rank'], spearman(own, base))
        check(got['images_by_bits'] == levels, name, 'bits', levels)
        signs = np.where(f.sign == 2, 0, f.sign)
        attack_columns(name, rows, got['attack'], signs, correct, network)
    for head, got in pairs(report, 'estimators'):
        name = head['name']
        signs = estimator(directory, head, got, functions, rows, shown)
        attack_columns(name, rows, got['attack'], signs, correct, network)
    heads = report['head']['estimators']
    naive = shown[heads[report['head']['naive']]['name']]
    tries = {'random signs': [], 'zeros filled': []}
    for seed in range(1, options['seeds'] + 1):
        signs = np.array([random_signs(n, seed, first + i) for i in range(len(rows))])
        for control, key, s in (('random signs', 'random', signs), ('zeros filled', 'filled', np.where(naive == 0, signs, naive))):
            errs = column(rows, f'{key}: seed {seed}')
            network.errs((control, seed), s, errs)
            attacked((control, seed), report['controls'][control.replace(' ', '_')][seed - 1], np.full(len(rows), True), errs, correct)
            tries[control].append(errs)
    stable = heads[report['head']['stable']]['name'] if report['head']['stable'] < len(heads) else None
    fooled = {'exact': column(rows, 'exact: fooled')}
    if stable is not None:
        fooled['stable'] = column(rows, f'{stable}: fooled')
    naive_fooled = column(rows, heads[report['head']['naive']]['name'] + ': fooled')
    fooled['naive'] = naive_fooled
    right, seeds, margin = np.flatnonzero(correct), options['seeds'], options['verdict_margin']
    best = 'naive' if fooled['naive'][right].sum() > fooled['exact'][right].sum() else 'exact'
    gaps = bool((naive == 0).any())
    asked = [('R', 'exact', 'naive'), ('C', 'exact', 'random signs'), ('C', 'exact', 'zeros filled'), ('S', 'stable', best),
             ('S', 'stable', 'random signs'), ('S', 'stable', 'zeros filled')]
    asked = [a for a in asked if a[1] in fooled and (a[2] != 'zeros filled' or gaps)]
    answers, got = collections.defaultdict(list), report['verdict']['comparisons']
    check([(c['question'], c['attack'], c['against']) for c in got] == asked, 'comparisons', got)
    for c, (question, attack, against) in zip(got, asked):
        own = [int(fooled[attack][i]) for i in right]
        other = [int(fooled[against][i]) if against in fooled else sum(int(t[i]) for t in tries[against]) / seeds for i in right]
        mean, low, high = (100 * x for x in interval([a - b for a, b in zip(own, other)], 0 if against in fooled else seeds))
        threshold = margin if against in fooled else 0
        check(abs((c['difference_points'] or 0) - mean) < 1e-9 and abs(c['low_points'] - low) < 1e-6 and abs(c['high_points'] - high) < 1e-6 and
              c['threshold_points'] == threshold, 'comparison', c, mean, low, high)
        check(c['answer'] == answered(low, high, threshold), 'answer', c)
        if question == 'R':
            edges = low, high
        answers[question].append(c['answer'])
    weakest = {q: next(a for a in ('no', 'not decided', 'yes') if a in answers[q]) if q in answers else 'no' for q in 'RCS'}
    want = judged(weakest['R'], weakest['C'], weakest['S'], *edges, margin) if seeds >= 20 else 'too-few-seeds'
    check(report['verdict']['model'] == want, 'verdict', report['verdict']['model'], want)
    called = np.select([~correct, naive_fooled & fooled['exact'], naive_fooled, fooled['exact'], fooled.get('stable', np.zeros(len(rows), bool))],
                       [0, 1, 2, 3, 4], 5)
    check(list(report['verdict']['images'].values()) == np.bincount(called, minlength=6).tolist(), 'images', report['verdict']['images'])
    for picture in report['pictures']:
        i = picture['image'] - first
        check(picture['pixels'] == images[i].ravel().tolist(), 'picture')
        check(picture['exact']['signs'] == ''.join('?' if s == 2 else '-0+'[s + 1] for s in functions[0].sign[i]), 'picture, exact')
        check(picture['naive']['signs'].replace('?', '0') == ''.join('-0+'[s + 1] for s in naive[i]), 'picture, naive')
    print(f"  {directory}: {len(rows)} images, {len(heads)} estimators: {report['verdict']['model']}; {network.unsure} too near to say")


def gradient(directory, name, first):
    array = None if name == 'exact' else load(directory, name, 'gradient')
    f = Function(directory, {'name': 'exact'}) if name == 'exact' else None
    n = 0
    for line in sys.stdin:
        if line.startswith('#'):
            continue
        image, element, text = line.rstrip('\n').split('\t')
        i, k = int(image) - int(first), int(element)
        if f is None:
            check(float(text) == float(array[i, k]) if array.dtype == np.float64 else np.float32(text) == array[i, k], name, line, array[i, k])
        else:
            want = f.value[i * f.shape[1] + k]
            check(text.startswith('undecided') if want is None else abs(mpf(text) - want) <= abs(want) * mpf('1.7e-16'), name, line, want)
        n += 1
    check(n == (array.size if f is None else len(f.value)), name, n, 'elements')


def attack(directory, name):
    with open(os.path.join(directory, 'report.json')) as f:
        report = json.load(f)
    (got,) = [g for h, g in list(pairs(report, 'estimators')) + list(pairs(report, 'functions')) if h['name'] == name]
    heading, line = [t.lstrip('#').split('\t') for t in sys.stdin.read().splitlines() if '\t' in t][:2]
    said = dict(zip(heading, line))
    for kind in ('zero', 'subnormal', 'infinite', 'nan'):
        check(int(said[kind]) == got['decades'].get(kind, 0), name, kind, said[kind])
    for ours, theirs in (('fooled', 'fooled'), ('correct', 'correct_before'), ('correct_after', 'correct_after'),
                         ('all_zero_images', 'all_zero_images')):
        check(int(said[ours]) == got['attack'][theirs], name, ours, said[ours], got['attack'][theirs])


def write_backward(model, images, labels, out, dtype, scale):
    x = (read_idx(images).reshape(-1, 784).astype(np.float64) / 255).astype(np.float32).astype(dtype)
    layers, names = read_model(model)
    y = read_idx(labels).astype(int)
    with np.errstate(all='ignore'):
        g = np.concatenate([backward(([(w.astype(dtype), b.astype(dtype)) for w, b in layers], names), x[i:i + 500], y[i:i + 500])
                            for i in range(0, len(x), 500)])
    assert g.dtype == np.dtype(dtype)
    np.save(out, g / np.dtype(dtype).type(float(scale)))


{'audit': audit, 'gradient': gradient, 'attack': attack, 'backward': write_backward}[sys.argv[1]](*sys.argv[2:])
sys.exit(failures > 0)
