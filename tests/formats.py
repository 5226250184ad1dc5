# SPDX-License-Identifier: Apache-2.0
"""formats.py PROGRAM MANUAL: what `gradaudit formats` and the manual's table say of formats, against what their standards say."""
import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

program, manual = sys.argv[1:]
failures = 0


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        print('FAILED:', *what)


# Bits of the exponent and of the stored significand, and the largest number, as the standards have them: IEEE 754, OCP OFP8 and MX v1.0, AMD's
# CDNA3 (FNUZ), NVIDIA's tf32, Intel's manual of the 80-bit format; overflow of a conversion that does not saturate, where there is one.
STANDARDS = {
    'float': (24, -126, 127, (2 - Fraction(1, 2 ** 23)) * 2 ** 127, 'inf'),
    'double': (53, -1022, 1023, (2 - Fraction(1, 2 ** 52)) * 2 ** 1023, 'inf'),
    'float16': (11, -14, 15, Fraction(65504), 'inf'),
    'bfloat16': (8, -126, 127, (2 - Fraction(1, 2 ** 7)) * 2 ** 127, 'inf'),
    'tf32': (11, -126, 127, (2 - Fraction(1, 2 ** 10)) * 2 ** 127, 'inf'),
    'e5m2': (3, -14, 15, Fraction(57344), 'inf'),
    'e4m3': (4, -6, 8, Fraction(448), 'nan'),
    'e5m2fnuz': (3, -15, 15, Fraction(57344), 'nan'),
    'e4m3fnuz': (4, -7, 7, Fraction(240), 'nan'),
    'e3m2': (3, -2, 4, Fraction(28), 'saturate'),
    'e2m3': (4, 0, 2, Fraction(15, 2), 'saturate'),
    'e2m1': (2, 0, 2, Fraction(6), 'saturate'),
    'x87': (64, -16382, 16383, (2 - Fraction(1, 2 ** 63)) * 2 ** 16383, 'inf'),
    'binary128': (113, -16382, 16383, (2 - Fraction(1, 2 ** 112)) * 2 ** 16383, 'inf'),
}


def table(*words):
    lines = subprocess.run([program, 'formats', *words], capture_output=True, text=True, check=True).stdout.splitlines()
    header = lines[0].lstrip('#').split('\t')
    rows = [dict(zip(header, line.split('\t'))) for line in lines[1:]]
    document = json.loads(subprocess.run([program, 'formats', '--json', *words], capture_output=True, text=True, check=True).stdout)
    check([{key: '-' if value is None else str(value) for key, value in one.items()} for one in document['formats']] == rows, 'JSON', words)
    return rows


def power(text):
    """2^K as K."""
    return int(text.split('^')[1]) if text.startswith('2^') else None


def check_largest(text, bits, emax, largest, what):
    """Exact if binary64 holds it, else correctly rounded to digits that tell it from its neighbours."""
    if bits <= 53 and emax <= 1023:
        return check(Fraction(float(text)) == largest and len(text) <= 24, *what, 'largest', text)
    unit = Fraction(2) ** (emax - bits + 1)
    check(abs(Fraction(text) - largest) < unit / 2, *what, 'largest', text)
    digits = len(text.split('e')[0].replace('.', ''))
    exact = Decimal(largest.numerator)  # an integer
    check(Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=10 ** 7, Emin=-10 ** 7).plus(exact) == Decimal(text), *what, 'largest', text)


def check_row(row, facts, what, subnormals='kept', rounding='nearest-even'):
    bits, emin, emax, largest, overflow = facts
    check((int(row['bits']), int(row['emin']), int(row['emax'])) == (bits, emin, emax), *what, row)
    check(power(row['least_normal']) == emin, *what, row)
    check(power(row['least']) == (emin if 'ftz' in subnormals else emin - bits + 1), *what, row)
    check((row['overflow'], row['subnormals'], row['rounding']) == (overflow, subnormals, rounding), *what, row)
    check_largest(row['largest'], bits, emax, largest, what)


# ---- by name ----
rows = table()
check([row['format'] for row in rows] == [row['format'] for row in table(*(row['format'] for row in rows))], 'the names')
check({row['format'] for row in rows} == set(STANDARDS) and len(rows) == len(STANDARDS), 'formats:', [row['format'] for row in rows])
for row in rows:
    if row['format'] in STANDARDS:
        check_row(row, STANDARDS[row['format']], [row['format']])
in_float = {'float', 'float16', 'bfloat16', 'e5m2', 'e4m3', 'e5m2fnuz', 'e4m3fnuz', 'e3m2', 'e2m3', 'e2m1'}
for row in rows:
    bits = int(row['bits'])
    # One operation in a wider type, rounded once more, is one rounding if that has 2 p + 2 bits (Figueroa 1995): or there must be MPFR.
    wide = {'float': 24, 'double': 53, 'MPFR': 10 ** 9}[row['computed_in']]
    check(row['format'] == row['computed_in'] or 2 * bits + 2 <= wide, row['format'], 'is computed in', row['computed_in'])
    check((row['computed_in'] == 'float') == (row['format'] in in_float), row['format'], 'is computed in', row['computed_in'])

# ---- spelled out: its values, its name ----
SPELLED = [
    ('p=11,emin=-14,emax=15', STANDARDS['float16'], 'float16', {}),
    ('emax=15,p=11', STANDARDS['float16'], 'float16', {}),
    ('p=24,emax=127', STANDARDS['float'], 'float', {}),
    ('p=4,emin=-6,max=448,nan', STANDARDS['e4m3'], 'e4m3', {}),
    ('p=4,emin=-6,max=448', (4, -6, 8, Fraction(448), 'inf'), 'e4m3,inf', {}),
    ('E4M3,Saturate', (4, -6, 8, Fraction(448), 'saturate'), 'e4m3,saturate', {}),
    ('nan,ftz,e5m2', (3, -14, 15, Fraction(57344), 'nan'), 'e5m2,nan,ftz', {'subnormals': 'ftz'}),
    ('bfloat16,daz,ftz', STANDARDS['bfloat16'], 'bfloat16,ftz,daz', {'subnormals': 'ftz,daz'}),
    ('float,daz', STANDARDS['float'], 'float,daz', {'subnormals': 'daz'}),
    ('rounding=odd,tf32', STANDARDS['tf32'], 'tf32,rounding=odd', {'rounding': 'odd'}),
    ('float16,rounding=stochastic:18446744073709551615', STANDARDS['float16'], 'float16,rounding=stochastic:18446744073709551615',
     {'rounding': 'stochastic'}),
    ('p=5,emax=7', (5, -6, 7, (2 - Fraction(1, 16)) * 128, 'inf'), 'p=5,emin=-6,emax=7', {}),
    ('p=2,emin=0,emax=0', (2, 0, 0, Fraction(3, 2), 'inf'), 'p=2,emin=0,emax=0', {}),
    ('p=8,max=1,emin=-3', (8, -3, 0, Fraction(1), 'inf'), 'p=8,emin=-3,emax=0,max=1', {}),
    ('p=53,emin=-1022,max=0x1.ffffffffffffep1023', (53, -1022, 1023, (2 - Fraction(1, 2 ** 51)) * 2 ** 1023, 'inf'),
     'p=53,emin=-1022,emax=1023,max=1.7976931348623155e+308', {}),
    ('p=53,emax=1024,emin=-1022', (53, -1022, 1024, (2 - Fraction(1, 2 ** 52)) * 2 ** 1024, 'inf'), 'p=53,emin=-1022,emax=1024', {}),
    ('p=237,emin=-262142,emax=262143', (237, -262142, 262143, (2 - Fraction(1, 2 ** 236)) * 2 ** 262143, 'inf'),
     'p=237,emin=-262142,emax=262143', {}),
]
for (words, facts, name, more), row in zip(SPELLED, table(*(words for words, *_ in SPELLED))):
    check(row['format'] == name, words, 'is', row['format'], 'not', name)
    check_row(row, facts, [words], **more)
    check(table(row['format']) == [row], words, 'is another format than its name')

# ---- no range ----
mpfr, exact = table('mpfr:100', 'exact')
check(mpfr == dict(dict.fromkeys(mpfr, '-'), format='mpfr:100', bits='100', rounding='nearest-even', computed_in='MPFR'), mpfr)
check(exact == dict(dict.fromkeys(exact, '-'), format='exact', computed_in='balls'), exact)

# ---- the manual ----
with open(manual, encoding='utf-8') as file:
    text = re.search(r'^\.SH FORMATS$.*?^\.TS$(.*?)^\.TE$', file.read(), re.M | re.S)[1].replace('\\-', '-')
said = {line.split('\t')[0]: line.split('\t')[1:] for line in text.splitlines() if '\t' in line}
del said['name']
check(set(said) == set(STANDARDS), 'the manual has', sorted(said))
for name, (bits, largest, normal, least, overflow) in said.items():
    facts = STANDARDS[name]
    check((int(bits), power(normal), power(least), overflow) == (facts[0], facts[1], facts[1] - facts[0] + 1, facts[4]), 'the manual:', name)
    rounded = facts[3] if 'e' not in largest else Fraction(Context(prec=4).create_decimal(facts[3].numerator))
    check(Fraction(largest) == rounded, 'the manual:', name, largest)
sys.exit(failures > 0)
