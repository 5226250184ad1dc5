# SPDX-License-Identifier: Apache-2.0
"""images.tsv of the audits in these directories: a table with a header, whose columns have one type each, and whose words and counts
follow from its other columns. Read with Python's csv module, and with pandas where that is installed."""
import csv
import json
import math
import re
import sys

BOOLS = {'true': True, 'false': False}
WORDS = {'misclassified', 'naive-and-exact-work', 'naive-fails-exact-works', 'naive-works-exact-fails', 'only-reduced-works',
         'none-works'}


def check(ok, *what):
    if not ok:
        sys.exit('FAILED: images.tsv: ' + ' '.join(map(str, what)))


def type_of(values):
    if all(v in BOOLS for v in values):
        return 'bool'
    if all(re.fullmatch(r'-?(0|[1-9][0-9]*)', v) for v in values):
        return 'int64'
    try:
        return 'float64' if all(math.isnan(float(v)) or abs(float(v)) <= 1 for v in values) else 'too large'
    except ValueError:
        return 'object'


def wanted(name):
    if name == 'fact':
        return {'object'}
    if name == 'correct' or re.search(': (moved|errs|seed [0-9]+)$', name) or re.search('.: fooled$', name) and name not in COUNTS:
        return {'bool'}
    return {'int64', 'float64'} if re.search(': (cosine|rank)$', name) else {'int64'}


COUNTS = ('random: fooled', 'filled: fooled')


def fact_of(row, naive, stable):
    if row['predicted'] != row['label']:
        return 'misclassified'
    reduced = 'only-reduced-works' if row.get(f'{stable}: fooled') == 'true' else 'none-works'
    return {('true', 'true'): 'naive-and-exact-work', ('false', 'true'): 'naive-fails-exact-works',
            ('true', 'false'): 'naive-works-exact-fails', ('false', 'false'): reduced}[row[naive + ': fooled'], row['exact: fooled']]


def table(directory, naive, seeds, seen):
    path = directory + '/images.tsv'
    with open(directory + '/report.json', encoding='utf-8') as file:
        report = json.load(file)
    stable = report['verdict']['stable']
    with open(path, newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t', strict=True))
    names = list(rows[0])
    check(names[:8] == ['image', 'label', 'predicted', 'correct', 'fact', 'kinks', *COUNTS], path, names[:8])
    for name in names:
        types = type_of([row[name] for row in rows])
        check(types in wanted(name), path, name, 'is', types)
    for row in rows:
        check(len(row) == len(names) and None not in row.values(), path, 'image', row['image'], 'has other columns')
        check((row['correct'] == 'true') == (row['predicted'] == row['label']), path, 'correct of', row['image'])
        check(row['fact'] == fact_of(row, naive, stable), path, row['image'], 'is', row['fact'])
        for control in ('random', 'filled'):
            each = [row[f'{control}: seed {s}'] for s in range(1, seeds + 1)]
            fooled = each.count('true') if row['correct'] == 'true' else 0
            check(int(row[control + ': fooled']) == fooled, path, control, 'of', row['image'])
        for name in names:
            if name.endswith(': fooled') and name not in COUNTS:
                fooled = row['correct'] == 'true' and row[name.replace(': fooled', ': errs')] == 'true'
                check(row[name] == ('true' if fooled else 'false'), path, name, 'of', row['image'])
        seen.add(row['fact'])
    for one in report['functions'] + report['estimators']:
        fooled = sum(row[one['name'] + ': fooled'] == 'true' for row in rows)
        check(fooled == one['attack']['fooled'], path, one['name'], 'fooled', fooled)
    for control, key in (('random', 'random_signs'), ('filled', 'zeros_filled')):
        fooled = sum(int(row[control + ': fooled']) for row in rows)
        check(fooled == sum(one['fooled'] for one in report['controls'][key]), path, control, 'fooled', fooled)
    try:
        import pandas
    except ImportError:
        return
    frame = pandas.read_csv(path, sep='\t')
    check(list(frame.columns) == names and len(frame) == len(rows), path, 'in pandas')
    for name in names:
        check(str(frame[name].dtype) in wanted(name), path, name, 'in pandas is', frame[name].dtype)


if __name__ == '__main__':
    facts = set()
    for argument in sys.argv[1:]:
        table(*(argument.split(':')[:2]), int(argument.split(':')[2]), facts)
    check(facts <= WORDS and len(facts) >= 4, 'few facts:', sorted(facts))
    print('facts:', ', '.join(sorted(facts)))
