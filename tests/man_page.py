# SPDX-License-Identifier: Apache-2.0
"""man_page.py PAGE SCHEMA REPORT...: every key of the reports is in its own entry of gradaudit-report(5), and the page on report.json
has no bold word that the schema does not know. Called by tests/man_page.sh."""
import json
import re
import sys

# Bold words that are neither keys nor values.
WORDS = {'yes', 'no', 'not decided', 'gradaudit', 'R', 'C', 'S'}
# Keys that are names: of cells, kinds of origins, remedies, signs and facts.
NAMES = {'cells', 'cells_percent', 'matrix', 'origins', 'origins_not_listed', 'remedies'}


def arguments(text):
    return [a.strip('"') for a in re.findall(r'"[^"]*"|\S+', text)]


def bold(line):
    """The words of a line that are bold."""
    macro, _, rest = line.partition(' ')
    parts = arguments(rest)
    if macro == '.B':
        found = [' '.join(parts)]
    elif macro in ('.BR', '.BI'):
        found = parts[::2]
    elif macro in ('.RB', '.IB'):
        found = parts[1::2]
    else:
        return re.findall(r'\\fB([^\\]*)', line)
    return [w for part in found for w in re.sub(r'\\f[RI].*?\\fP', '\n', part.replace('\\-', '-')).split('\n')]


def entries(path):
    """The page's part on report.json: {section: {label: bold words of its entry}}; '' is what an entry of no label says."""
    text = open(path, encoding='utf-8').read().split('.SH REPORT.JSON\n')[1].split('.SH IMAGES.TSV')[0]
    page, section, labels, fresh = {'': {}}, '', [''], False
    for line in text.splitlines():
        if line.startswith('.SS '):
            section, labels = line[4:], ['']
            page[section] = {}
        elif line == '.TP':
            fresh = True
        elif fresh and line.startswith('.TS'):
            fresh = False
        elif fresh:
            labels, fresh = bold(line) if line.startswith('.B') else arguments(line), False
            for label in labels:
                page[section].setdefault(label, set()).add(label)
        else:
            for label in labels:
                page[section].setdefault(label, set()).update(bold(line))
    return page


def keys(value):
    """All keys within a value, but for those that are names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in NAMES:
                yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


page = entries(sys.argv[1])
failed = 0


def fail(*words):
    global failed
    failed = 1
    print(*words)


def check(where, said, value):
    for key in sorted(set(keys(value)) - said):
        fail(f'gradaudit-report.5: {where} has {key}, which is not in its entry')


for name in sys.argv[3:]:
    report = json.load(open(name, encoding='utf-8'))
    for key, value in report.items():
        if key not in page and key not in page['']:
            fail(f'gradaudit-report.5: no {key}')
    for key, value in report['head'].items():
        if key not in page['head']:
            fail(f'gradaudit-report.5: head has no {key}')
            continue
        check(f'head.{key}', page['head'][key], value)
    check('controls', set().union(*page['controls'].values(), page['In functions and estimators']['attack']), report['controls'])
    for section in 'verdict', 'images', 'pictures':
        check(section, set().union(*page[section].values(), page[section].keys()), report[section])
    for section in 'functions', 'estimators':
        both = page['In functions and estimators']
        for value in report[section]:
            for key in value:
                of_head = key in page['head'][section]
                entry = both if key in both else page[section]
                if not of_head and key not in entry:
                    fail(f'gradaudit-report.5: {section} have no {key}')
                elif not of_head and key not in NAMES:
                    check(f'{section}.{key}', entry[key], value[key])

known = set(re.findall('"([^"]*)"', open(sys.argv[2], encoding='utf-8').read()))
for section in page.values():
    for label, words in section.items():
        for word in sorted(words - known - WORDS):
            if re.fullmatch('[A-Za-z_0-9 -]+', word):
                fail(f'gradaudit-report.5: the entry of {label} has {word}, which the schema does not know')
sys.exit(failed)
