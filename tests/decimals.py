# SPDX-License-Identifier: Apache-2.0
# decimals.py -- what decimals.sh checks: decimals.py GRADAUDIT DIRECTORY
import decimal, json, os, random, struct, subprocess, sys
from fractions import Fraction

program, tmp = sys.argv[1:]
os.chdir(tmp)
random.seed(int(os.environ.get('GRADAUDIT_TEST_SEED', '1')))
decimal.getcontext().prec = 5000
TYPES = {'F32': (24, -149, 128, '<f'), 'F64': (53, -1074, 1024, '<d')}


def rounded(q, dtype):
    """The Fraction q > 0 to nearest even, among the multiples of 2^least of p bits; None: 0 or beyond the range."""
    p, least, end, _ = TYPES[dtype]
    e = q.numerator.bit_length() - q.denominator.bit_length()
    e += q >= Fraction(2) ** e                          # 2^(e-1) <= q < 2^e
    unit = Fraction(2) ** max(e - p, least)
    n = round(q / unit)                                 # Python's round of a Fraction is to even
    return n * unit if 0 < n * unit < Fraction(2) ** end else None


def text(q):
    """All digits of a dyadic Fraction."""
    return str(decimal.Decimal(q.numerator) / decimal.Decimal(q.denominator))


def run(status, *command):
    p = subprocess.run([program, *command], capture_output=True, text=True)
    assert p.returncode == status, f'{command[:12]}: status {p.returncode}, not {status}: {p.stderr}'
    return p.stdout if status == 0 else p.stderr


def model(path, dtype, *tensors, activation='relu'):
    """fc1.weight, fc1.bias, ...: each a shape and its numbers, row by row."""
    head, data = {'__metadata__': {'activation': activation, 'layout': 'out-in'}}, b''
    for i, (shape, numbers) in enumerate(tensors):
        raw = b''.join(struct.pack(TYPES[dtype][3], float(x)) for x in numbers)
        head['fc%d.%s' % (i // 2 + 1, 'bias' if i % 2 else 'weight')] = {
            'dtype': dtype, 'shape': shape, 'data_offsets': [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(head).encode()
    open(path, 'wb').write(struct.pack('<Q', len(head)) + head + data)


def one_image(value, label):
    open('data.csv', 'w').write('x,label\n%s,%d\n' % (value, label))
    return '--data', 'data.csv'


def neighbours(q, dtype):
    """Decimals about q, a number of the type, and about the middle between it and the next one: of these some are nearest to the
    middle in binary64, which rounded again is the even neighbour."""
    p, least, _, _ = TYPES[dtype]
    e = q.numerator.bit_length() - q.denominator.bit_length()
    e += q >= Fraction(2) ** e
    middle = q + Fraction(2) ** (max(e - p, least) - 1)
    tiny = middle / 10 ** random.choice([20, 40, 300])
    def shifted(x):
        return str(decimal.Decimal(x.numerator) / decimal.Decimal(x.denominator))
    for x in middle, q:
        yield text(x)
        for off in tiny, -tiny:
            y = x + off
            yield shifted(Fraction(int(y * 10 ** 700), 10 ** 700)) # a decimal of 700 places, exact


def decimals(dtype, n):
    p, least, end, _ = TYPES[dtype]
    for i in range(n):
        bits = random.choice([random.getrandbits(p - 1) | 1 << (p - 1), 1 << (p - 1), (1 << p) - 1, (1 << p - 1) + 1])
        low = random.choice([least, least + 1, 1 - p, -random.randrange(0, p)])
        q = bits * Fraction(2) ** low
        if random.random() < 0.3:
            q = random.getrandbits(random.randrange(1, p)) * Fraction(2) ** least # subnormal
        if q > 0:
            yield from neighbours(q, dtype)
    for _ in range(n):
        yield '%d.%de%d' % (random.randrange(10), random.randrange(10 ** 18), random.randrange(-30, 30))


# ---- the number that is used, read back from an attack's names (nine digits tell binary32 numbers apart) ----
identity = [([2, 1], [1, -1]), ([2], [0, 0])]
model('m32', 'F32', *identity)
model('m64', 'F64', *identity)
for name, dtype in ('s32', 'F32'), ('s64', 'F64'): # which take a gain
    model(name, dtype, ([1, 1], [1]), ([1], [0]), *identity, activation='sigmoid')
data = one_image(0, 0)
checked = 0
for key, shown in ('gain', 'gain'), ('logit-scale', 'logit-scale'):
    wanted = [(t, rounded(Fraction(t), 'F32')) for t in decimals('F32', 60)]
    wanted = [(t, q) for t, q in wanted if q is not None]
    for k in range(0, len(wanted), 200):
        part = wanted[k:k + 200]
        words = [w for t, _ in part for w in ('-e', 'double,%s=%s' % (key, t))]
        for line, (t, q) in zip(run(0, 'attack', 's32' if key == 'gain' else 'm32', *data, *words).splitlines()[1:], part):
            name = line.split('\t')[0]
            used = name.split('=')[1] if '=' in name else '1'
            assert rounded(Fraction(used), 'F32') == q, f'{key} {t} is {used}, not {float(q)!r}'
            checked += 1

# ---- and from an audit's head, with all digits ----
for dtype in 'F32', 'F64':
    taken = {}
    for t in decimals(dtype, 12):
        q = rounded(Fraction(t), dtype)
        if q is not None and Fraction(1, 10 ** 30) < q < 10 ** 30 and '%.9g' % float(q) not in taken and q != 1:
            taken['%.9g' % float(q)] = (t, q)
    words = ['%s,naive' % ('float' if dtype == 'F32' else 'double')]
    words += ['double,naive,logit-scale=' + t for t, _ in list(taken.values())[:50]]
    eps = next(t for t, q in taken.values() if q < 10)
    run(0, 'audit', 'm' + dtype[1:], *data, '-o', 'audit' + dtype, '-q', '--seeds', '1', '--no-remedies', '--eps', eps,
        *[w for word in words for w in ('-e', word)])
    head = json.load(open('audit%s/report.json' % dtype))['head']
    for e, (t, q) in zip(head['estimators'][1:], taken.values()):
        assert Fraction(e['logit_scale']) == q, f'audit: {t} is {e["logit_scale"]!r}, not {float(q)!r}'
        checked += 1
    assert Fraction(head['options']['eps']) == rounded(Fraction(eps), dtype), f'audit: eps {eps}'

# ---- 0 and infinity ----
for t in '1e-46', '7.006e-46', '3.4028236e38', '1e39':
    run(2, 'gradient', 's32', *data, '--gain', t)
    run(2, 'attack', 'm32', *data, '-e', 'float,logit-scale=' + t)
    run(2, 'attack', 'm32', *data, '--eps', t)
    run(2, 'sweep', 'm32', *data, '--from', t)
assert 'not 1e+39' in run(2, 'gradient', 's32', *data, '--gain', '1e39')
run(0, 'gradient', 's32', *data, '--gain', '7.01e-46')
run(0, 'gradient', 's32', *data, '--gain', '3.40282356e38') # nearer to the largest number
for t in '1e-400', '1e400', '1e-99999999999999999999', '1e99999999999999999999', 'inf', 'nan', '', '1e', '0', '-1', '1,5':
    run(2, 'gradient', 's64', *data, '--gain', t)
    run(2, 'sweep', 'm64', *data, '--eps', t)

# ---- each command ----
HALF = '1.00000005960464477539062500001'                    # just above the middle of 1 and 1 + 2^-23: 1 when rounded twice
BELOW = '1.00000017881393432617187499999'                   # just below the middle of 1 + 2^-23 and 1 + 2^-22: 1 + 2^-22 when rounded twice
NEXT = text(1 + Fraction(1, 2 ** 23))
# The gradient's one element is the logit scale times 2^-150: 0 for 1, not 0 from 1 + 2^-23 on.
model('scale', 'F32', ([2, 1], [2.0 ** -149, 0]), ([2], [0, 0]))
data = one_image(0, 1)


def zeros(scale):
    lines = run(0, 'histogram', 'scale', *data, '--logit-scale', scale).splitlines()
    return next(line.split('\t')[1] for line in lines if line.startswith('zero\t'))


def nonzero(*options):
    lines = run(0, 'sweep', 'scale', *data, '--parameter', 'logit-scale', '--points', '2', *options).splitlines()
    head = next(line for line in lines if line.startswith('#') and 'fooled' in line).lstrip('#').split('\t')
    rows = [dict(zip(head, line.split('\t'))) for line in lines if line and not line.startswith('#')]
    return [row[next(k for k in head if 'zero' in k)] for row in rows]


assert zeros('1') == '1' and zeros(NEXT) == '0' and zeros(HALF) == '0', 'histogram'
first, last = nonzero('--from', '1', '--to', NEXT)
assert first != last and nonzero('--from', HALF, '--to', '1') == [last, first] and nonzero('--from', '1', '--to', HALF) == [first, last], 'sweep'
sigmoid = [([1, 1], [1]), ([1], [0]), ([2, 1], [1, -1]), ([2], [0, 0])]
model('gain', 'F32', *sigmoid, activation='sigmoid')
data = one_image(0.7, 1)
for command in ('gradient', '--format', 'exact'), ('gradient', '--format', 'double', '--wrt', 'weights'), \
        ('explain', '--image', '0', '--element', '0'):
    out = [run(0, command[0], 'gain', *data, *command[1:], '--gain', g) for g in ('1', NEXT, HALF, BELOW)]
    assert out[0] != out[1] and out[1] == out[2] == out[3], command
# x = 0 moves to eps, which is of class 0 above the threshold t, and of no class at t: at eps = 1 + 2^-23 it is, at 1 it is not.
data = one_image(0, 1)
model('eps', 'F32', ([2, 1], [1, 0]), ([2], [0, 1 + 2.0 ** -23]))
for command in ('attack', '-e', 'float,naive'), ('sweep', '--parameter', 'logit-scale', '--points', '2', '--from', '0.5', '--to', '1'):
    out = [run(0, command[0], 'eps', *data, '--clip', '0,2', *command[1:], '--eps', e) for e in ('1', NEXT, HALF, BELOW)]
    assert out[0] != out[1] and out[1] == out[2] == out[3], (command, out)

# ---- products with a foreign gradient ----
def npy(path, dtype, numbers):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%d, 1), }" % ({'F32': '<f4', 'F64': '<f8'}[dtype], len(numbers))
    head = head.ljust(117) + '\n'
    open(path, 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head.encode() +
                           b''.join(struct.pack(TYPES[dtype][3], x) for x in numbers))


def product(x, scale, dtype):
    """Infinite beyond the range, 0 below it, with the sign of x; what is not finite stays."""
    if x == 0 or x != x or abs(x) == float('inf'):
        return x
    q = abs(Fraction(x)) * scale
    r = rounded(q, dtype)
    r = float(r) if r is not None else float('inf') if q > 1 else 0.0
    return r if x > 0 else -r


N = 400
open('many.csv', 'w').write('x,label\n' + '0,1\n' * N)
scales = ['0.1', '1000', '1/3', '3.00000017881393432617187499999', '1e-40', '1e-310', '1e30', '1e300', '0.5', '16777217', '1e-399', '1e399']
options, arrays = [], {}
for dtype in 'F32', 'F64':
    p, least, end, code = TYPES[dtype]
    for i, scale in enumerate(scales):
        numbers = [0.0, -0.0, float('inf'), -float('inf'), float('nan')]
        while len(numbers) < N:
            e = random.choice([random.randrange(least, end - p), random.randrange(-p, 3)])
            numbers.append(random.choice([1, -1]) * float(random.getrandbits(p) * Fraction(2) ** max(e, least)))
        name = 'f%s-%d' % (dtype, i)
        npy(name + '.npy', dtype, numbers)
        arrays[name] = numbers, scale, dtype
        options += ['--foreign-scale', scale, '--foreign', '%s=%s.npy' % (name, name)]
run(0, 'audit', 'm32', '--data', 'many.csv', '-o', 'foreign', '-q', '--seeds', '1', '--no-remedies', '--elements', '-e', 'float,naive', *options)
products = 0
for name, (numbers, scale, dtype) in arrays.items():
    raw = open('foreign/elements/%s.gradient.npy' % name, 'rb').read()
    size = struct.calcsize(TYPES[dtype][3])
    for x, (got,) in zip(numbers, struct.iter_unpack(TYPES[dtype][3], raw[-N * size:])):
        want = product(x, Fraction(scale), dtype)
        assert struct.pack('<d', got) == struct.pack('<d', want) or (got != got and want != want), f'{x!r} times {scale} is {got!r}, not {want!r}'
        products += 1
head = json.load(open('foreign/report.json'))['head']
assert [e['scale'] for e in head['estimators'][1:4]] == ['1/10', 1000, '1/3']
print('%d decimals, %d products' % (checked, products))
