#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cases.py PROGRAM FOLDER: what commands conclude of the networks in FOLDER. The right values are by hand, as each line says."""
import json
import os
import subprocess
import sys
import tempfile

program, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
failures = 0


def check(ok, *what):
    global failures
    if not ok:
        print('FAILED:', *what)
        failures += 1


def run(case, command, *args, status=0, model='m.safetensors', data='d.x.npy', labels='d.y.npy'):
    line = [program, command, model, '--data', data, '--labels', labels, *args]
    done = subprocess.run(line, cwd=os.path.join(folder, case), capture_output=True, text=True, timeout=300)
    check(done.returncode == status, case, command, *args, 'status', done.returncode, 'not', status, done.stderr[:300])
    return done.stdout, done.stderr


def audit(case, *args, status=0, **files):
    with tempfile.TemporaryDirectory() as there:
        _, err = run(case, 'audit', '-o', there + '/out', '--seeds', '1', '-q', *args, status=status, **files)
        try:
            with open(there + '/out/report.json', encoding='utf-8') as file:
                return json.load(file), err
        except OSError:
            check(False, case, 'no report', err)
            return None, err


def cells(report, estimator):
    for e in report['estimators']:
        if e['name'] == estimator:
            return {k: v for k, v in e['cells'].items() if v}
    return None


def bins(report, estimator):
    return next({i: n for i, n in enumerate(e['ulp']['count']) if n} for e in report['estimators'] if e['name'] == estimator)


# 2^-150 + 2^-290 and 2^-150 (1 + 2^-90) are above half the least subnormal, and round to it.
for case in 'lost_as_below', 'half_undecided':
    report, _ = audit(case, '-e', 'float,naive', '-e', 'float,margin')
    check(cells(report, 'float naive margin') == {'lost': 1}, case, cells(report, 'float naive margin'))

# 120 truths next to half the least subnormal of double; eps.txt says which are above it: their 0 is lost.
sides = open(os.path.join(folder, 'refbits60', 'eps.txt'), encoding='ascii').read().split()
for bits in '60', '80', '500':
    report, _ = audit('refbits60', '-e', 'double,naive', '--reference-bits', bits, '--no-remedies', '--foreign', 'zero=f.npy')
    check(cells(report, 'zero') == {'lost': sides.count('1'), 'below-range': sides.count('-1')}, bits, cells(report, 'zero'))

# 1.5 for 1 - 2^-60 is off by more than half of it.
report, _ = audit('tolerance', '-e', 'double,naive', '--tolerance', '0.5', '--foreign', 'f=f.npy')
check(cells(report, 'f') == {'inaccurate': 1}, 'tolerance', cells(report, 'f'))

# 2 - 2^-52 for 2 - 2^-60 is off by 0.996 ulp of the binade of 1.
report, _ = audit('ulp_binade', '-e', 'double,naive', '--foreign', 'f=f.npy')
check(bins(report, 'f') == {1: 1}, 'ulp_binade', bins(report, 'f'))

# 1 - 2^-200 is below 1.
out, _ = run('decade', 'histogram', '--format', 'exact', '--loss', 'margin')
check(out.splitlines()[-1] == '-1\t1\t100', 'decade', out)

# The foreign gradient has the truths' order: 1, 1 - 2^-60, 1 - 2^-59.
report, _ = audit('rank', '-e', 'double,naive', '--foreign', 'f=f.npy')
check([e['rank_correlation']['mean'] for e in report['estimators'] if e['name'] == 'f'] == [1], 'rank')

# One product, 2.398e-4994387 (by MPFR at 128 bits, all exponents), beside 0.196: no command leaves it undecided.
out, _ = run('sparse_undecided', 'gradient', '--format', 'exact', '--digits', '20')
wide, _ = run('sparse_undecided', 'gradient', '--format', 'mpfr:256', '--formulas', 'rewrite', '--digits', '20')
check(out == wide and '2.3981082364896175397e-4994387' in out, 'sparse_undecided', out, wide)
for command, *args in ('attack', '-e', 'exact'), ('histogram', '--format', 'exact'), \
        ('sweep', '--format', 'exact', '--points', '2', '--from', '0.9', '--to', '1'):
    run('sparse_undecided', command, *args)

# 201 units are needed together: they are counted, none is named.
out, _ = run('origins_64', 'explain', '--case', '0', '--element', '0')
check('  201 origins, not listed' in out and 'sigma-absorption: the derivative' not in out, 'origins_64', out)

# e^-(10^15) and what it stands beside: digits by mpmath.
out, _ = run('explain_digits', 'explain', '--image', '0', '--element', '0', '--format', 'double')
check(out == run('explain_digits', 'explain', '--case', '0', '--element', '0', '--format', 'double')[0], '--case is not --image')
_, err = run('explain_digits', 'explain', '--case', '0', '--image', '1', '--element', '0', status=2)
check('--case 0 and --image 1 are two images: name one' in err and err.count('\n') == 1, '--case and --image', err)
check('\nTrue:     5.4359e-434294481903253 (proved' in out, 'explain_digits', out[:200])

# sigma(b) + sigma(-b) - 1 is 0, and a ball of 128 bits does not prove it: no number is claimed.
out, _ = run('explain_zero', 'explain', '--case', '0', '--element', '0')
lines = out.splitlines()
line = lines[lines.index('  fc2, unit 0') + 1] if '  fc2, unit 0' in lines else ''
check('argument' in line and ('undecided, <= 2^-' in line or line.split()[-1] == '0'), 'explain_zero', line)

# 1.0000000596...01 is above the middle of 1 and 1 + 2^-23.
gains = '1', '1.00000005960464477539062500001', '1.00000011920928955078125'
one, above, next_one = (run('gain_twice', 'gradient', '--format', 'exact', '--gain', g)[0] for g in gains)
check(one != above and above == next_one, 'gain_twice', one, above, next_one)

# The argument of layer 2 is at most 16 at the gain that auto finds.
report, _ = audit('gain_auto', '-e', 'float,naive', '-e', 'float,naive,gain=auto')
gain = report['estimators'][1]['gain']
out, _ = run('gain_auto', 'explain', '--image', '0', '--element', '0', '--gain', repr(gain))
arguments = [float(x.split()[-1]) for x in out.splitlines() if x.startswith('    argument ')]
check(len(arguments) == 2 and all(abs(x) <= 16 for x in arguments), 'gain_auto', gain, arguments)

# One image overflows: it is counted, and what is said of the others does not depend on where it stands.
out, _ = run('auto_nan', 'inspect')
row = next(x.split('\t') for x in out.splitlines() if x.startswith('fc2.preactivation'))
check(row[-3:] == ['2', '0', '0'] and row[2:4] == ['-1500', '1500'], 'auto_nan', row)
report, err = audit('auto_nan', '-e', 'float,naive', '-e', 'float,naive,logit-scale=auto', status=6)
check(cells(report, 'float naive').get('nonfinite') == 1 and 'raise --max-bits' not in err, 'auto_nan', err)

# The crash of a margin without a loss.
files = dict(data='x.npy', labels='y.npy')
audit('margin_crash', '-e', 'float,naive,loop', '-e', 'float,naive,loop,margin', **files)
run('margin_crash', 'explain', '--loss', 'margin', '--gemm', 'loop', '--image', '0', '--element', '0', **files)

# All infinite, and NaN in part: not finite, with an origin for each, and remedies that were run.
for case, status in ('infinite', None), ('nan_in_part', None):
    line = [program, 'audit', 'm.safetensors', '--data', 'x.npy', '--labels', 'y.npy', '--seeds', '1', '-q']
    with tempfile.TemporaryDirectory() as there:
        done = subprocess.run(line + ['-o', there + '/out'], cwd=os.path.join(folder, case), capture_output=True, text=True, timeout=300)
        check(done.returncode in (0, 6), case, done.returncode, done.stderr)
        with open(there + '/out/report.json', encoding='utf-8') as file:
            report = json.load(file)
        told = subprocess.run([program, 'report', there + '/out'], capture_output=True, text=True, timeout=300).stderr
    first = 'Every element of the float naive gradient is infinite or NaN.' if case == 'infinite' else 'No verdict: the random controls had 1 seed'
    check('\n' + first in '\n' + told and ('is infinite or NaN' in ' '.join(told.split())), case, 'says', told)
    e = report['estimators'][report['head']['naive']]
    bad = sum(n for truth in e['matrix'].values() for name, n in truth.items() if name in ('nan', '-infinite', '+infinite'))
    nan = sum(truth['nan'] for truth in e['matrix'].values())
    check(bad > 0 and nan <= e['cells']['nonfinite'], case, e['cells'], bad)
    check(e['cells']['nonfinite'] + e['cells']['above-range'] + e['cells']['undecided'] >= bad, case, e['cells'], bad)
    for cell in 'nonfinite', 'above-range':
        listed = sum(sum(x) for x in e['origins'][cell].values()) + e['origins_not_listed'][cell]['elements']
        check(listed >= e['cells'][cell] and e['remedies'][cell]['elements'] == e['cells'][cell], case, cell, listed)

# A softmax of one class has no gradient.
out, err = run('one_output', 'audit', '-o', '/nonexistent', '--layout', 'out-in', '--activation', 'sigmoid', model='net.npz', data='x.npy', labels='y.npy', status=2)
check('one output' in err and len(err.splitlines()) == 1, 'one_output', err)

# Off by a factor of 10: saved is what is then within the tolerance.
report, _ = audit('shared_offset', model='off1e+08.safetensors', **files)
for e in report['estimators']:
    for remedy, saved in e['remedies']['inaccurate'].items():
        check(remedy == 'elements' or saved in (0, e['cells']['inaccurate']), 'shared_offset', remedy, saved)
e = report['estimators'][report['head']['naive']]
check(e['cells']['inaccurate'] > 0 and e['remedies']['inaccurate']['rewritten formulas'] == 0, 'shared_offset', e['remedies']['inaccurate'])
out, _ = run('shared_offset', 'explain', '--image', '0', '--element', '0', model='off1e+08.safetensors', **files)
check('argument-error: the residual of class 0, the label, from the error of the logits' in out, 'shared_offset', out)

# 2^1024 - 2^970 - 2^800 rounds to the largest number of double, and an infinite one is not its rounding.
report, _ = audit('double_edge', '-e', 'double,naive', '--foreign', 'f=f.npy', **files)
check(cells(report, 'f') == {'nonfinite': 1} and cells(report, 'double naive').get('undecided', 0) == 0, 'double_edge', cells(report, 'f'))

# e^-100000, computed as the least number of float, of double: off by one ulp less the truth.
here = ('--layout', 'out-in')
report, _ = audit('span', *here, '-e', 'double,naive', '--foreign', 'f=f.npy', '--foreign', 'd=d.npy', **files)
for name in 'f', 'd':
    check(cells(report, name) == {'right': 1} and bins(report, name) == {1: 1}, 'span', name, cells(report, name), bins(report, name))

# 1 - e^-5000, computed 1: no binade is known, and in each it is off by less than half an ulp. What the decade is stays open.
report, _ = audit('binade_bin', *here, '-e', 'double,naive', '--foreign', 'f=f.npy', status=6, **files)
check(bins(report, 'f') == {0: 1}, 'binade_bin', bins(report, 'f'))

# 3 - 2^-299 with a tolerance of 1/2: 4.5 is off by more than half of it, 30 is above 10 times it, 3 + 2^-51 above one ulp.
report, _ = audit('tolerance300', *here, '-e', 'double,naive', '--tolerance', '0.5', '--foreign', 'f=f.npy', '--foreign', 'g=g.npy',
                  '--foreign', 'h=h.npy', **files)
check(cells(report, 'f') == {'inaccurate': 1} and bins(report, 'h') == {2: 1}, 'tolerance300', cells(report, 'f'), bins(report, 'h'))
check([i for e in report['estimators'] if e['name'] == 'g' for i, n in enumerate(e['log10_ratio']) if n] == [52], 'tolerance300 ratio')

# A column of weights and its negative: magnitudes are equal, and the ranks of both are known; so with 0 and -0.
for model in 'm', 'z':
    report, _ = audit('rank_negated', *here, '-e', 'float,naive', model=model + '.safetensors', **files)
    check(report['estimators'][0]['rank_correlation']['images'] == report['images']['n'], 'rank_negated', model)

# What is undecided in a part is so in the whole.
with tempfile.TemporaryDirectory() as there:
    some = (*here, '-e', 'double,naive', '--seeds', '1', '-q')
    for images in '0-0', '1-2':
        run('merge_undecided', 'audit', '-o', f'{there}/{images}', '--images', images, *some, status=6, **files)
    for accept, status in ((), 6), (('--accept-below', '1e300'), 0):
        line = [program, 'merge', *accept, '-o', f'{there}/whole{status}', f'{there}/0-0', f'{there}/1-2']
        done = subprocess.run(line, capture_output=True, text=True, timeout=300)
        check(done.returncode == status and ('undecided' in done.stderr) == (status == 6), 'merge', status, done.stderr)

print('failures:', failures)
sys.exit(failures > 0)
