# SPDX-License-Identifier: Apache-2.0
"""json_text.py PROGRAM SOURCE DIRECTORY: what commands print with --json against what they print without, read here."""
import csv
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from fractions import Fraction

import jsonschema
import numpy as np

program, source, tmp = sys.argv[1:]
failures = 0
cases = os.path.join(source, 'tests', 'cases')
mnist = [os.path.join(source, 'data', 'mnist', name) for name in ('t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz')]


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        print('FAILED:', *(str(x)[:300] for x in what))


def no_constant(name):
    raise ValueError(name + ' is no JSON')


# ---- the schema ----
folder = os.path.join(source, 'data', 'schema')
schemas = {}
for name in 'audit-2.json', 'commands-1.json':
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        schemas[name] = json.load(file)
schema = schemas['commands-1.json']
jsonschema.Draft202012Validator.check_schema(schema)
resolver = jsonschema.RefResolver(schema['$id'], schema, store={one['$id']: one for one in schemas.values()})


def validator(kind):
    return jsonschema.Draft202012Validator({'$ref': schema['$id'] + '#/$defs/' + kind}, resolver=resolver)


def broken(value):
    """Changes of one member each, as functions that make and undo it."""
    for key in list(value):
        before = value[key]
        value[key] = [] if isinstance(before, dict) else {}
        yield key + ' of another type'
        value[key] = before
    value['no such member'] = 1
    yield 'a member too many'
    del value['no such member']


seen = set()


def fits(document, what):
    kind = document.get('kind')
    check(kind in schema['$defs'], what, 'kind', kind)
    for error in list(validator(kind).iter_errors(document))[:3]:
        check(False, what, list(error.absolute_path), error.message)
    if kind in seen:
        return
    seen.add(kind)
    lists = [document] + [value[0] for value in document.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    for one in lists:
        for change in broken(one):
            check(not validator(kind).is_valid(document), what, 'is valid, though', change)


# ---- both outputs ----
def run(*words, status=0):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=600)
    check(done.returncode == status, *words, 'status', done.returncode, 'not', status, done.stderr)
    return done.stdout


def both(command, model, *words, status=0, data=mnist, kind=None):
    """The document, and the text as tables of rows."""
    line = [command, model]
    if data:
        line += ['--data', data[0], *(['--labels', data[1]] if len(data) > 1 else [])]
    line += words
    text = run(*line, status=status)
    out = run(*line, '--json', '--threads', '1', status=status)
    check(out == run(*line, '--json', '--threads', '3', status=status), line, 'differs with the number of threads')
    document = json.loads(out, parse_constant=no_constant)
    fits(document, line)
    check(document['kind'] == (kind or command) and document['schema'] == 1, line, 'head')
    if 'model' in document:
        digest(document, model, data)
    tables = [[row for row in csv.reader(table.splitlines(), delimiter='\t', quoting=csv.QUOTE_NONE)] for table in text.split('\n\n\n')]
    return document, tables


def digest(document, model, data):
    for path, said in (model, document['model']['sha256']), *zip(data or (), (document.get('data', {}).get(key)
                                                                            for key in ('images_sha256', 'labels_sha256'))):
        with open(path, 'rb') as file:
            check(said == hashlib.sha256(file.read()).hexdigest(), path, 'has another digest than', said)


# ---- numbers ----
LEAST = {'float': -126, 'double': -1022, 'float16': -14, 'mpfr:24': -126, 'e4m3': -6, 'bfloat16': -126}
BITS = {'float': 24, 'double': 53, 'float16': 11, 'mpfr:24': 24, 'e4m3': 4, 'bfloat16': 8}
TYPE = {'float': np.float32, 'double': float, 'float16': np.float16, 'mpfr:24': np.float32}


def nearest(text, bits, least):
    """The number of so many bits that a decimal reads back as."""
    value = Fraction(text)
    exponent = math.frexp(float(abs(value)))[1] - 1
    unit = Fraction(2) ** (max(exponent, least) - bits + 1)
    return float(round(value / unit) * unit)


def same_number(text, columns, i, form, what):
    """An element of a document against its decimal text."""
    sign, mantissa, exponent, state = (columns[key][i] for key in ('sign', 'mantissa', 'exponent', 'state'))
    what = (*what, i, text, sign, mantissa, exponent, state)
    if 'decimal' in columns:
        check(columns['decimal'][i] == text, 'decimal', *what)
    if text.startswith('undecided'):
        bound = int(text.split('^')[1]) if '^' in text else None
        return check((sign, mantissa, exponent, state) == (0, None, bound, 'undecided'), *what)
    if text in ('nan', 'inf', '-inf'):
        want = (0, 'nan') if text == 'nan' else (1 if text == 'inf' else -1, 'infinite')
        return check((sign, state) == want and mantissa is None, *what)
    if text in ('0', '-0'):
        return check((sign, state) == (0, 'zero') and mantissa == 0 and math.copysign(1, mantissa) == (-1 if text == '-0' else 1), *what)
    check(1 <= abs(mantissa) < 2 and sign == (-1 if text[0] == '-' else 1) == math.copysign(1, mantissa), *what)
    if form in BITS:
        value = math.ldexp(mantissa, exponent)
        check(value == (float(TYPE[form](text)) if form in TYPE else nearest(text, BITS[form], LEAST[form])) and state == ('subnormal' if exponent < LEAST[form] else 'normal'), *what)
        return check(float(mantissa * 2 ** (BITS[form] - 1)).is_integer(), 'bits', *what)
    check(state == 'normal', *what)
    if abs(exponent) < 20000:
        ratio = Fraction(text) / (Fraction(mantissa) * Fraction(2) ** exponent)
        check(abs(ratio - 1) < Fraction(2, 10 ** 16) + Fraction(1, 2 ** 52), *what)
    else:
        digits, _, ten = text.partition('e')
        check(abs((exponent + math.log2(abs(mantissa))) * math.log10(2) - int(ten) - math.log10(abs(float(digits)))) < 1e-12 * abs(exponent), *what)


def same(text, value, what, null='nan'):
    """A cell of a table: counts are equal, other numbers have 9 digits in the text."""
    if value is None:
        check(text == null or (null == 'inf' and text == '-inf'), *what, text, value)
    elif isinstance(value, str):
        check(text == value, *what, text, value)
    elif isinstance(value, int):
        check(text == str(value), *what, text, value)
    else:
        check(text == '%.9g' % value, *what, text, value)


def same_row(header, row, value, what, renamed=()):
    """A row of a table against an object; renamed: the JSON's names of columns, and lists of several columns in one."""
    used = set()
    columns = [name.lstrip('#') for name in header]
    for name, text in zip(columns, row):
        key, place = dict(renamed).get(name, (name, None))
        used.add(key)
        if key not in value:
            check(False, *what, 'no', key)
            continue
        cell = value[key] if place is None else value[key][place]
        same(text, cell, (*what, name), null='-' if name == 'product' else 'nan')
    check(used == set(value), *what, 'other members:', used ^ set(value))


def gradient(model, *words, form='float', status=0, data=mnist):
    what = 'gradient', model, *words
    document, (table,) = both('gradient', model, *words, status=status, data=data)
    if document['wrt'] == 'input':
        units = {str(one['image']): one for one in document['cases']}
        check(list(units) == [str(i) for i in range(document['images'][0], document['images'][1] + 1)], *what, list(units))
    else:
        units = {one['tensor']: one for one in document['tensors']}
    check(len(table) - 1 == sum(len(one['state']) for one in units.values()), *what, 'elements')
    states = set()
    for unit, element, text in table[1:]:
        same_number(text, units[unit], int(element), form, (*what, unit))
        states.add(units[unit]['state'][int(element)])
    return document, states


def forward(model, *words, form='float', status=0, data=mnist):
    what = 'forward', model, *words
    document, (table,) = both('forward', model, *words, status=status, data=data)
    header = [name.lstrip('#') for name in table[0]]
    check(len(document['cases']) == len(table) - 1, *what)
    for row, one in zip(table[1:], document['cases']):
        for key in 'image', 'label', 'predicted':
            check((key in one) == (key in header), *what, key)
            if key in header:
                same(row[header.index(key)], one[key], (*what, key))
        outputs = [i for i, name in enumerate(header) if name.startswith(document['output'] + '.')]
        check(len(outputs) == len(one['state']), *what)
        for k, i in enumerate(outputs):
            same_number(row[i], one, k, form, (*what, row[0]))
    return document


def histogram(model, *words, status=0, data=mnist):
    document, (table,) = both('histogram', model, *words, status=status, data=data)
    check(table[0] == ['# ' + document['estimator']['name']], 'histogram', table[0])
    rows = [(str(one.get('bin', one.get('decade'))), one) for one in document['bins'] + document['decades']]
    check([row[0] for row in table[2:]] == [name for name, _ in rows], 'histogram', words, table)
    for row, (_, one) in zip(table[2:], rows):
        same(row[1], one['count'], ('histogram', words, row[0]))
        same(row[2], one['percent'], ('histogram', words, row[0]))
    again = ('negative-zero', 'subnormal')
    check(sum(one['count'] for name, one in rows if name not in again) == document['elements'], 'histogram', words)


def attack(model, *words, status=0, data=mnist):
    document, (table,) = both('attack', model, *words, status=status, data=data)
    check([one['name'] for one in document['estimators']] == [row[0] for row in table[1:]], 'attack', words)
    for row, one in zip(table[1:], document['attacks']):
        same_row(table[0], row, one, ('attack', row[0]), {'low': ('success_interval', 0), 'high': ('success_interval', 1)})
    return document


def sweep(model, *words, status=0, data=mnist, kind=None):
    document, (table,) = both('sweep', model, *words, status=status, data=data, kind=kind)
    check(len(table) - 2 == len(document['points']), 'sweep', words)
    for row, one in zip(table[2:], document['points']):
        same_row(table[1], row, one, ('sweep', row[0]), {'fooled_low': ('fooled_interval', 0), 'fooled_high': ('fooled_interval', 1)})
    return document


def precision(model, *words, data=mnist):
    document, (lines,) = both('precision', model, *words, data=data)
    facts, (header, *rows) = [line for line in lines if len(line) == 2], [line for line in lines if len(line) > 2]
    for name, text in facts:
        same(text, document[name], ('precision', name))
    check(len(rows) == len(document['tensors']) and len(facts) == 7, 'precision', words)
    for row, one in zip(rows, document['tensors']):
        same_row(header, row, one, ('precision', row[0]))


def scales(model, *words, data=mnist):
    document, (lines,) = both('scales', model, *words, data=data)
    check(len(lines) - 1 == len(document['tensors']), 'scales', words)
    for row, one in zip(lines[1:], document['tensors']):
        same_row(lines[0], row, one, ('scales', row[0]))


def unescaped(text):
    return re.sub(r'\\([tnr\\])', lambda m: {'t': '\t', 'n': '\n', 'r': '\r', '\\': '\\'}[m.group(1)], text)


def inspect(model, *words, data=mnist):
    what = 'inspect', model
    document, (first, facts, quantities) = both('inspect', model, *words, data=data)
    rows = document.get('layers', document.get('nodes'))
    check(len(first) - 1 == len(rows), *what)
    for row, one in zip(first[1:], rows):
        shown = dict(one)
        for key, between in ('shape', 'x'), ('takes', ', '):
            if key in shown:
                shown[key] = between.join(map(str, shown[key]))
        same_row(first[0], row, shown, what)
    said = {key: unescaped(value) for key, value in facts[2 if facts[0] == [] else 1:]}
    known = {key: str(document[key]) for key in ('dtype', 'parameters', 'nonfinite', 'output', 'note', 'gradients', 'fused') if key in document}
    known.update({'metadata.' + key: value for key, value in document['metadata'].items()})
    for i, step in enumerate(document.get('normalise', [])):
        ends = '%.9g' % step['least'] + (' to %.9g' % step['greatest'] if step['greatest'] > step['least'] else '')
        known[f'normalise.{i + 1}.{step["step"]}'] = ends
    for key, value in document.get('accuracy', {}).items():
        known[key] = str(value) if isinstance(value, int) else '%.9g' % value
    check(said == known, *what, {key: (said.get(key), known.get(key)) for key in said.keys() | known.keys() if said.get(key) != known.get(key)})
    quantities = [row for row in quantities if row]
    check(len(quantities) - 1 == len(document['quantities']), *what)
    for row, one in zip(quantities[1:], document['quantities']):
        same_row(quantities[0], row, one, (*what, row[0]), {'-inf': ('minus_infinite', None), '+inf': ('plus_infinite', None)})
    return document


def in_binary64(cell):
    """Of any infinite number, +inf."""
    try:
        value = float.fromhex(cell)
    except OverflowError:
        return math.inf
    return abs(value) if math.isinf(value) else value


def thresholds(form):
    text = run('thresholds', '--format', form)
    document = json.loads(run('thresholds', '--format', form, '--json'), parse_constant=no_constant)
    fits(document, 'thresholds')
    header, *rows = [line.lstrip('#').split('\t') for line in text.splitlines()]
    check(document['format'] == form and len(rows) == len(document['thresholds']), 'thresholds', form)
    for row, one in zip(rows, document['thresholds']):
        for key, value in one.items():
            cell = row[header.index(key + '_hex' if key + '_hex' in header else key)]
            if key.endswith('_hex'):
                check(cell in ('inf', '-inf') if value is None else cell == value, 'thresholds', key, cell, value)
            elif key + '_hex' in header:
                check(in_binary64(cell) == (math.inf if value is None else value), 'thresholds', key, cell, value)
            else:
                check(cell == str(value), 'thresholds', key, cell, value)


def formats(*words):
    text = run('formats', *words)
    document = json.loads(run('formats', *words, '--json'), parse_constant=no_constant)
    fits(document, 'formats')
    header, *rows = [line.lstrip('#').split('\t') for line in text.splitlines()]
    check(len(rows) == len(document['formats']), 'formats', words)
    for row, one in zip(rows, document['formats']):
        check(header == list(one) and row == ['-' if value is None else str(value) for value in one.values()], 'formats', row, one)


def planted(case, names=('d.x.npy', 'd.y.npy')):
    return os.path.join(cases, case, 'm.safetensors'), [os.path.join(cases, case, name) for name in names]


# ---- the shipped networks ----
models = os.path.join(source, 'data', 'models')
saturated, vanilla, relu = (os.path.join(models, name + '.safetensors') for name in ('saturated-sigmoid', 'vanilla-sigmoid', 'vanilla-relu'))
states = set()
for form, words in ('float', []), ('double', ['--formulas', 'rewrite', '--loss', 'margin']), ('float16', []), ('mpfr', ['--digits', '20']):
    states |= gradient(saturated, '--format', {'mpfr': 'mpfr:100'}.get(form, form), *words, '--images', '299-300', '-q', form=form)[1]
states |= gradient(saturated, '--format', 'exact', '--images', '3-3', '-q', form='exact')[1]
document, _ = gradient(vanilla, '--format', 'mpfr:24', '--images', '0-0', '-q', form='mpfr:24')
check('decimal' not in document['cases'][0], 'decimals that nobody asked for')
document, _ = gradient(vanilla, '--format', 'mpfr:60', '--images', '0-0', '-q', form='mpfr')
check('decimal' in document['cases'][0], 'no decimals, though the mantissa is cut')
for form, words in ('e4m3', 'E4M3,saturate'), ('bfloat16', 'bfloat16,ftz,rounding=toward-zero'), ('mpfr', 'x87,rounding=up'):
    document, _ = gradient(vanilla, '--format', words, '--images', '0-1', '-q', form=form)
    check(document['estimator']['format'] == words.lower() and document['estimator']['product'] == 'loop', document['estimator'])
    check(('decimal' in document['cases'][0]) == (form == 'mpfr'), words, 'decimals')
    document = forward(vanilla, '--images', '0-1', '-q', '--format', words, form=form)
    check(document['estimator']['name'] == words.lower() + ' naive', document['estimator'])
document = forward(vanilla, '--images', '5-8', '-q')
check(document['estimator']['name'] == 'float naive' and document['estimator']['product'] == 'blas', document['estimator'])
forward(relu, '--images', '5-6', '-q', '--format', 'exact', form='exact', data=mnist[:1])
histogram(saturated, '--images', '0-9', '-q')
histogram(saturated, '--images', '0-1', '-q', '--format', 'exact')
histogram(vanilla, '--images', '0-1', '-q', '--format', 'p=4,emin=-6,max=448')
document = attack(saturated, '--images', '0-19', '-q', '-e', 'float,naive', '-e', 'double,rewrite,gain=1/3', '-e', 'random,seed=7', '--eps', '8/255')
attack(vanilla, '--images', '0-3', '-q', '-e', 'e4m3,saturate,naive', '-e', 'naive,p=5,emax=7,ftz', '-e', 'rewrite rounding=down,tf32')
check(document['eps'] == float(np.float32(8 / 255)) and document['estimators'][2] == {'name': document['attacks'][2]['estimator'], 'seed': 7}, document)
document = sweep(saturated, '--images', '0-9', '-q', '--points', '3')
check(document['points'][0]['value'] == 1e-6 and document['parameter'] == 'gain', document['points'][0])
sweep(relu, '--images', '0-9', '-q', '--points', '2', '--parameter', 'logit-scale')
document = sweep(vanilla, '--images', '0-9', '-q', '--parameter', 'loss-scale', '--format', 'amp-float16', '--to', '8', kind='loss-scales')
check([one['value'] for one in document['points']] == [1, 2, 4, 8], document['points'])
precision(vanilla, '--images', '0-3', '-q', '--formulas', 'rewrite', '--keep', '90%')
scales(vanilla, '--images', '0-9', '-q', '--format', 'fp8-hybrid', '--batch', '4')
inspect(saturated, '--images', '0-9')
inspect(vanilla, data=None)
for form in 'float', 'double', 'e4m3,saturate', 'x87':
    thresholds(form)
formats()
formats('exact', 'mpfr:80', 'e4m3,saturate', 'x87,ftz,daz')

# ---- weights, graphs, NaN, infinities, what is not decided ----
names = 'x.npy', 'y.npy'
for case in 'nan_in_part', 'infinite':
    model, data = planted(case, names)
    states |= gradient(model, data=data)[1]
    gradient(model, '--wrt', 'weights', data=data)
    gradient(model, '--wrt', 'weights', '--reduction', 'sum', data=data)
    forward(model, data=data)
    histogram(model, data=data)
    inspect(model, data=data)
    attack(model, data=data)
# dL/dx of the margin is w1 (w2_c - w2_y): beyond the largest float, with either sign.
model, data = os.path.join(tmp, 'beyond.safetensors'), [os.path.join(tmp, name) for name in names]
arrays = {'fc1.weight': np.float32([[1e30, -1e30]]), 'fc1.bias': np.float32([1]), 'fc2.weight': np.float32([[1e30], [-1e30]]),
          'fc2.bias': np.float32([0, 0])}
header, at = {'__metadata__': {'activation': 'relu'}}, 0
for name, a in arrays.items():
    header[name] = {'dtype': 'F32', 'shape': a.shape, 'data_offsets': [at, at + a.nbytes]}
    at += a.nbytes
text = json.dumps(header).encode()
with open(model, 'wb') as file:
    file.write(len(text).to_bytes(8, 'little') + text + b''.join(a.tobytes() for a in arrays.values()))
np.save(data[0], np.zeros((1, 2)))
np.save(data[1], np.zeros(1, 'int64'))
document, met = gradient(model, '--loss', 'margin', '--scale', '1', data=data)
check(document['cases'][0]['sign'] == [-1, 1] and met == {'infinite'}, document)
states |= met
states |= gradient(vanilla, '--format', 'float16', '--images', '0-0', '-q', form='float16')[1]
model, data = planted('merge_undecided', names)
states |= gradient(model, '--format', 'exact', '--max-bits', '128', form='exact', status=6, data=data)[1]
histogram(model, '--format', 'exact', '--max-bits', '128', status=6, data=data)
model, data = planted('sparse_undecided')
states |= gradient(model, '--format', 'exact', form='exact', data=data)[1]
model, data = planted('explain_digits')
gradient(model, '--format', 'exact', form='exact', data=data)
inspect(planted('auto_nan')[0], data=planted('auto_nan')[1])
inspect(os.path.join(cases, 'files', 'cnn.onnx'), data=None)
gradient(vanilla, '--wrt', 'weights', '--images', '0-4', '-q')
states |= gradient(vanilla, '--wrt', 'weights', '--images', '0-0', '--format', 'exact', form='exact')[1]
model, data = planted('decade')
gradient(model, '--wrt', 'weights', '--format', 'mpfr:80', '--formulas', 'rewrite', form='mpfr', data=data)
check(states == {'normal', 'subnormal', 'zero', 'infinite', 'nan', 'undecided'}, 'states that were met:', states)
check(seen == {kind for kind in schema['$defs'] if 'kind' in schema['$defs'][kind].get('properties', {})}, 'kinds that were met:', seen)
sys.exit(failures > 0)
