#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The attacks on each parser that tests/hostile.sh replays: make.py files|bombs DIRECTORY, with Python's standard library alone.

files: the small ones, which are kept in tests/hostile/files; bombs: those that are made at test time. Each writes DIRECTORY/manifest.tsv:
the set that the file belongs to; its name; how it is read (model; folder: the only .npy file of a folder that is the model; images; labels; scales); the
exit status; options; and what the one line of the message holds.
"""
import os
import random
import struct
import sys
import zlib

cases = []


def case(group, name, how, data, fault, status=3, options='-'):
    """data: bytes, or (bytes, size) for a sparse file that begins with them."""
    cases.append((group, f'{group}-{name}', how, data, fault, status, options))


# ---- safetensors ------------------------------------------------------------------------------------------------------
def tensor(begin, end, shape='[2,2]', dtype='"F32"'):
    return '{"dtype":%s,"shape":%s,"data_offsets":[%s,%s]}' % (dtype, shape, begin, end)


def safetensors(header, data=b'', length=None):
    text = header if isinstance(header, bytes) else header.encode()
    return struct.pack('<Q', len(text) if length is None else length) + text + data


def one(info, data=b'\0' * 16, name='fc1.weight'):
    return safetensors('{"%s":%s}' % (name, info), data)


def safetensors_files():
    def add(name, data, fault):
        case('safetensors', name, 'model', data, fault)
    whole, half = tensor(0, 16), tensor(0, 8, '[2]')
    add('nothing', b'', 'truncated')
    add('seven-bytes', b'\2\0\0\0\0\0\0', 'truncated')
    add('header-2-64', b'\xff' * 8 + b'{}', 'a header of 18446744073709551615 bytes')
    add('header-2-63', struct.pack('<Q', 1 << 63) + b'{}', 'a header of 9223372036854775808 bytes')
    add('header-wraps', struct.pack('<Q', 2**64 - 8) + b'{}', 'a header of 18446744073709551608 bytes')
    add('header-over-cap', struct.pack('<Q', (1 << 19) + 1) + b'{}', 'over the limit')
    add('header-past-end', safetensors('{}', length=3), 'its header has 3 bytes, 2 follow')
    add('header-zero', safetensors('{}', length=0), 'does not begin with {')
    add('header-cut', safetensors('{"a":1}', length=5), 'malformed header')
    add('array', safetensors('[]'), 'does not begin with {')
    add('two-objects', safetensors('{}{}'), 'malformed header')
    add('no-tensors', safetensors('{}'), 'no tensors')
    add('no-tensors-data', safetensors('{}', b'1234'), '4 trailing bytes')
    add('duplicate-name', safetensors('{"fc1.weight":%s,"fc1.weight":%s}' % (whole, whole), b'\0' * 16), 'duplicate')
    add('duplicate-escaped', safetensors('{"fc1.weight":%s,"fc\\u0031.weight":%s}' % (whole, whole), b'\0' * 16), 'duplicate')
    add('duplicate-key', one('{"dtype":"F32","dtype":"F64","shape":[2,2],"data_offsets":[0,16]}'), 'duplicate')
    add('overlapping', safetensors('{"a.weight":%s,"b.weight":%s}' % (whole, tensor(8, 24)), b'\0' * 24), 'overlap')
    add('same-data', safetensors('{"a.weight":%s,"b.weight":%s}' % (whole, whole), b'\0' * 16), 'overlap')
    add('reversed', one(tensor(16, 0)), 'not within')
    add('hole', safetensors('{"a.bias":%s,"b.bias":%s}' % (half, tensor(12, 20, '[2]')), b'\0' * 20), 'belong to no tensor')
    add('hole-first', one(tensor(4, 20), b'\0' * 20), '4 bytes before')
    add('trailing', one(whole, b'\0' * 17), '1 trailing bytes')
    add('past-end', one(tensor(0, 16), b'\0' * 15), 'not within the 15 bytes')
    add('offset-negative', one(tensor(-16, 0)), 'not within')
    add('offset-2-64', one(tensor(0, 2**64)), 'malformed header')
    add('offset-fraction', one(tensor(0, '16.0')), 'not within')
    add('offset-three', one('{"dtype":"F32","shape":[2,2],"data_offsets":[0,16,16]}'), 'not within')
    add('shape-wraps', one(tensor(0, 0, '[4611686018427387904]'), b''), 'overflows')
    add('shape-wraps-twice', one(tensor(0, 0, '[4294967296,4294967296]'), b''), 'overflows')
    add('shape-wraps-odd', one(tensor(0, 16, '[6148914691236517206,3]')), 'overflows')
    add('shape-too-large', one(tensor(0, 16, '[1000000,1000000]')), 'do not need')
    add('shape-negative', one(tensor(0, 16, '[-2,-2]')), 'not an array')
    add('shape-zero', one(tensor(0, 0, '[0,2]'), b''), 'a dimension is 0')
    add('shape-huge-zero', one(tensor(0, 0, '[9223372036854775807,0]'), b''), 'overflows')
    add('shape-text', one(tensor(0, 16, '"2,2"')), 'not an array')
    add('shape-many', one(tensor(0, 16, '[' + ','.join(['1'] * 500) + ']')), 'not an array')
    add('shape-exponent', one(tensor(0, 16, '[1e999]')), 'malformed header')
    add('dtype-float8', one(tensor(0, 4, dtype='"F8_E4M3"')), "dtype 'F8_E4M3' is not")
    add('dtype-unknown', one(tensor(0, 16, dtype='"I32"')), 'integers are no weights')
    add('dtype-f8', one(tensor(0, 16, dtype='"F8_E4M3"')), "dtype 'F8_E4M3'")
    add('dtype-number', one(tensor(0, 16, dtype='32')), 'not an object of')
    add('dtype-hostile', one(tensor(0, 16, dtype='"\\u001b]0;x\\u0007\\n`id`"')), 'dtype')
    add('info-missing', one('{"dtype":"F32","shape":[2,2]}'), 'not an object of')
    add('info-more', one('{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"file":"/etc/passwd"}'), 'not an object of')
    add('info-list', one('[]'), 'not an object of')
    add('deep-arrays', safetensors('{"a":' + '[' * 3000), 'malformed header: maximum parsing depth')
    add('deep-objects', safetensors('{"a":' * 700), 'malformed header')
    add('deep-metadata', safetensors('{"__metadata__":' + '{"a":' * 600 + '1' + '}' * 601), 'not a string')
    add('not-utf-8', safetensors(b'{"\xff\xfe":1}'), 'malformed header')
    add('overlong-utf-8', safetensors(b'{"\xc0\xaf":1}'), 'malformed header')
    add('lone-surrogate', safetensors('{"\\ud800":1}'), 'malformed header')
    add('nul-in-name', safetensors('{"fc1.weight\\u0000x":%s}' % whole, b'\0' * 16), 'malformed header')
    add('nul-in-header', safetensors(b'{\0}'), 'malformed header')
    add('metadata-list', safetensors('{"__metadata__":[]}'), 'not an object')
    add('metadata-number', safetensors('{"__metadata__":{"activation":1}}'), 'not a string')
    add('name-long', one(whole, name='n' * 600 + '.weight'), 'more than 512 bytes')
    add('name-control', one(whole, name='\\n\\u001b[2J\\u202e'), '\\x0A\\x1B[2J')
    add('name-numbers', one(whole, name='.'.join(str(i) for i in range(40)) + '.weight'), 'no weight')
    add('name-number-huge', one(whole, name='fc' + '9' * 400 + '.weight'), 'no weight')
    add('dimensions', one(tensor(0, 16, '[1,1,2,2]')), '4 dimensions')
    add('bias-alone', one(tensor(0, 16, '[4]'), name='fc1.bias'), 'has no weight')
    add('not-finite', safetensors('{"a.weight":%s,"a.bias":%s}' % (tensor(0, 16, '[1,4]'), tensor(16, 20, '[1]')),
                                  struct.pack('<5f', 1, float('nan'), 1, 1, 1)), 'element 1 is NaN')


def safetensors_bombs():
    def add(name, data, fault, status=3, options='-'):
        case('safetensors', name, 'model', data, fault, status, options)
    cap = 1 << 19
    add('arrays-flat', safetensors('{"a":[' + '[],' * ((cap - 20) // 3) + '[]]}'), 'not an object of')
    add('objects-nested', safetensors('{"a":[' + '{},' * ((cap - 20) // 3) + '{}]}'), 'not an object of')
    add('objects-flat', safetensors('{' + ','.join('"%x":{}' % i for i in range(47000)) + '}'), 'not an object of')
    add('header-at-cap', safetensors('{' + ' ' * (cap - 2) + '}'), 'no tensors')
    add('strings-flat', safetensors('{"a":[' + '"",' * ((cap - 20) // 3) + '""]}'), 'not an object of')
    add('shape-long', safetensors('{"a":%s}' % tensor(0, 0, '[' + '1,' * 260000 + '1]')), 'not an array')
    add('metadata-keys', safetensors('{"__metadata__":{' + ','.join('"%d":""' % i for i in range(47000)) + '}}'), 'metadata keys')
    add('metadata-long', safetensors('{"__metadata__":{"activation":"%s"},"fc1.weight":%s}' % ('x' * 500000, tensor(0, 4, '[1,1]')), b'\0' * 4),
        'gelu-tanh, mish, elu, softsign, hardsigmoid, hardswish, relu6 or prelu')
    every = '{%s}' % ','.join('"l%d.weight":%s' % (i, tensor(0, 1 << 20, '[512,512]')) for i in range(2000))
    add('all-overlap', safetensors(every, b'\0' * (1 << 20)), 'its data overlap another')
    for what, info, fault in (('hole', tensor(4, 400 << 20, '[1,104857599]'), 'belong to no tensor'),
                              ('trailing', tensor(0, 300 << 20, '[1,78643200]'), 'trailing bytes')):
        head = one(info, b'')
        add('sparse-' + what, (head, len(head) + (400 << 20)), fault)
    head = one(tensor(0, 400 << 20, '[1,104857600]'), b'', 'running_mean')
    add('sparse-name', (head, len(head) + (400 << 20)), 'BatchNorm')
    names = ['%s%04d' % ('a' * 80, i) for i in range(3200)]
    add('tensors', safetensors('{' + ','.join('"%s":%s' % (n, tensor(4 * i, 4 * i + 4, '[1]')) for i, n in enumerate(names)) + '}',
                               b'\0' * 12800), 'more than')
    parts = [(''.join(chr(97 + int(d)) for d in '%04d' % i) + '.weight', '[1,1]', 4) for i in range(1000)] + [('z.weight', '[2,3]', 24)]
    header, at = [], 0
    for name, shape, size in parts:
        header.append('"%s":%s' % (name, tensor(at, at + size, shape)))
        at += size
    add('orders', safetensors('{' + ','.join(header) + '}', b'\0' * at), 'in which order')
    add('sparse', (b'', 1 << 30), 'does not begin with {')
    add('sparse-tensor-less', (safetensors('{}'), 1 << 30), 'trailing bytes')
    add('sparse-pickle', (b'\x80\2', 1 << 30), 'pickle')
    add('sparse-over-limit', (safetensors('{}'), 5 << 30), 'limit', 4)
    add('over-max-file', one(tensor(0, 16), name='fc1.weight') + b'\0' * 1000, 'limit of 1000 bytes', 4, '--max-file 1000')
    add('over-max-mem', safetensors('{"fc1.weight":%s}' % tensor(0, 4000000, '[1000,1000]'), b'\0' * 4000000), 'limit of 1048576 bytes', 4,
        '--max-mem 1M --layout out-in')
    n = 200000
    wide = '{"fc1.weight":%s,"fc1.bias":%s,"normalise.1.subtract":%s}' % (
        tensor(0, 2 * n, f'[1,{n}]', '"F16"'), tensor(2 * n, 2 * n + 2, '[1]', '"F16"'),
        tensor(2 * n + 2, 4 * n + 2, f'[{n}]', '"F16"'))
    steps = random.Random(2).choices([b'\0\x38', b'\0\x3c'], k=n)
    add('steps-wide', safetensors(wide, bytes(2 * n + 2) + b''.join(steps)), 'limit of 67108864 bytes', 4, '--max-mem 64M')
    text = '{"fc1.weight":%s}' % tensor(0, 1 << 29, '[%d,4]' % (1 << 25))
    add('sparse-weights', (safetensors(text), len(text) + 8 + (1 << 29)), 'limit of 33554432 bytes', 4,
        '--max-mem 32M --layout in-out')
    add('sparse-with-file', (safetensors(text), len(text) + 8 + (1 << 29)), 'limit of 943718400 bytes of memory', 4,
        '--max-mem 900M --layout in-out')
    text = '{"fc1.weight":%s,"fc2.weight":%s}' % tuple(tensor(i << 28, (i + 1) << 28, '[4,%d]' % (1 << 24)) for i in range(2))
    add('sparse-chain', (safetensors(text), len(text) + 8 + (1 << 29)), 'fc2.weight has 16777216 inputs, but fc1.weight 4 outputs', 3,
        '--layout out-in --activation relu')


# ---- .npy -------------------------------------------------------------------------------------------------------------
def npy(header, data=b'', version=b'\1\0', length=None):
    text = header if isinstance(header, bytes) else header.encode()
    text += b'\n'
    return b'\x93NUMPY' + version + struct.pack('<H' if version[0] == 1 else '<I', len(text) if length is None else length) + text + data


def dict_of(shape='(2, 2)', descr="'<f4'", order='False'):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)


def npy_files():
    numbers = b'\0' * 16

    def add(name, data, fault):
        case('npy', name, 'folder', data, fault)
    add('nothing', b'', 'truncated')
    add('magic', b'\x93NUMPX\1\0' + npy(dict_of(), numbers)[8:], 'not')
    add('version', npy(dict_of(), numbers, b'\7\0'), '7')
    add('header-past-end', npy(dict_of(), numbers, length=60000), 'its header has 60000 bytes')
    add('header-2-32', npy(dict_of(), numbers, b'\2\0', length=0xffffffff), '4294967295')
    add('header-short', npy(dict_of(), numbers, length=20), 'malformed header')
    add('header-zero', npy(dict_of(), numbers, length=0), 'malformed header')
    add('header-long', npy(dict_of() + ' ' * 2000, numbers, length=1000), 'malformed header')
    add('length-cut', b'\x93NUMPY\1\0\1', 'truncated')
    add('negative', npy(dict_of('(-2, 2)'), numbers), 'dimension 1 is negative')
    add('huge', npy(dict_of('(18446744073709551617,)'), numbers), 'too large')
    add('promises', npy(dict_of('(1000000000000,)'), numbers), 'promises 4000000000000 bytes, 16 follow')
    add('wraps', npy(dict_of('(4294967296, 4294967296)'), numbers), 'overflows')
    add('wraps-bytes', npy(dict_of('(4611686018427387904,)'), b''), 'overflows')
    add('wraps-to-size', npy(dict_of('(4611686018427387908,)'), numbers), 'overflows')
    add('zero', npy(dict_of('(0, 2)'), b''), 'dimension 1 is 0')
    add('truncated', npy(dict_of(), numbers[1:]), 'promises 16 bytes, 15 follow')
    add('trailing', npy(dict_of(), numbers + b'\0'), '1 trailing bytes')
    add('objects', npy(dict_of(descr="'|O'"), b'\x80\4cos\nsystem\n(Vid\ntR.'), 'Python objects')
    add('records', npy(dict_of(descr="[('a', '<f4')]"), numbers), 'records')
    add('integers', npy(dict_of(descr="'<i8'"), numbers * 2), 'integers are no weights')
    add('complex', npy(dict_of(descr="'<c8'"), numbers * 2), 'complex')
    add('text', npy(dict_of(descr="'<U4'"), numbers * 4), 'dtype')
    add('dtype-hostile', npy(dict_of(descr="'%s%n`id`<script>'"), numbers), 'dtype')
    add('dtype-long', npy(dict_of(descr="'" + '<' * 3000 + "'"), numbers), 'dtype')
    add('scalar', npy(dict_of('()'), b'\0' * 4), 'a single number')
    add('dimensions', npy(dict_of('(' + '1, ' * 500 + ')'), numbers), 'more than 4 dimensions')
    add('code', npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (2, 2), }", numbers), 'expected at byte')
    add('arithmetic', npy(dict_of('(2 ** 9, 2)'), numbers), 'expected at byte')
    add('long-integer', npy(dict_of('(2L, 2)'), numbers), 'expected at byte')
    add('deep', npy(dict_of('(' * 3000), numbers), 'expected at byte')
    add('digits', npy(dict_of('(' + '9' * 3000 + ',)'), numbers), 'too large')
    add('key-twice', npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", numbers), 'descr')
    add('key-missing', npy("{'descr': '<f4', 'shape': (2, 2), }", numbers), 'fortran_order')
    add('key-unknown', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'path': '/etc/passwd', }", numbers), 'malformed')
    add('unterminated', npy("{'descr': '<f4", numbers), 'malformed header')
    add('nul', npy(dict_of().replace('f4', 'f\0'), numbers), 'malformed header')
    case('npy', 'not-finite', 'folder', npy(dict_of(), struct.pack('<4f', 1, float('inf'), 1, 1)), 'infinite', options='--layout out-in')


# ---- .npz -------------------------------------------------------------------------------------------------------------
ARRAY = npy(dict_of(), b'\0' * 16)


class Entry:
    """A member of an archive, any of whose fields may be a lie."""

    def __init__(self, name=b'W1.npy', data=ARRAY, **lies):
        self.name, self.data, self.method, self.flags, self.extra, self.local_extra = name, data, 0, 0, b'', b''
        self.crc, self.size, self.packed = zlib.crc32(data), len(data), len(data)
        self.local = None
        for key, value in lies.items():
            setattr(self, key, value)


def deflated(data, level=9):
    c = zlib.compressobj(level, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush()


def packed(name, data, **lies):
    p = deflated(data)
    return Entry(name, p, **{'method': 8, 'crc': zlib.crc32(data), 'size': len(data), 'packed': len(p), **lies})


def archive(*entries, count=None, shift=0, directory_size=None, before_end=b'', local_names=None):
    out, offsets = bytearray(), []
    for i, e in enumerate(entries):
        offsets.append(len(out))
        name = e.name if local_names is None else local_names[i]
        if e.local is None:
            out += struct.pack('<4sHHHHHIIIHH', b'PK\3\4', 20, e.flags, e.method, 0, 33, e.crc, e.packed & 0xffffffff,
                               e.size & 0xffffffff, len(name), len(e.local_extra)) + name + e.local_extra + e.data
        else:
            offsets[-1] = e.local
    start = len(out)
    for e, offset in zip(entries, offsets):
        out += struct.pack('<4sHHHHHHIIIHHHHHII', b'PK\1\2', 20, 20, e.flags, e.method, 0, 33, e.crc, e.packed & 0xffffffff,
                           e.size & 0xffffffff, len(e.name), len(e.extra), 0, 0, 0, 0, offset + shift) + e.name + e.extra
    n = len(entries) if count is None else count
    size = len(out) - start if directory_size is None else directory_size
    return bytes(out) + before_end + struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, n, n, size, start + shift, 0)


def npz_files():
    def add(name, data, fault='damaged archive'):
        case('npz', name, 'model', data, fault)
    NEWER_LIBZIP = " // sizes don't match for stored file"  # 1.11 looks first
    good = archive(Entry())
    add('nothing', b'PK\5\6' + b'\0' * 18, 'no tensors')
    add('four-bytes', b'PK\3\4')
    add('truncated', good[:-10])
    add('directory-cut', good[:-40] + good[-22:])
    add('trailing', good + b'\0' * 50)
    add('count-more', archive(Entry(), count=2))
    add('count-less', archive(Entry(), Entry(b'b1.npy'), count=1))
    add('count-65535', archive(Entry(), count=65535))
    add('directory-size', archive(Entry(), directory_size=0x7fffffff))
    add('directory-offset', archive(Entry(), shift=1000))
    add('entry-offset', archive(Entry(), Entry(b'W2.npy', local=0x7fffffff)))
    add('local-name', archive(Entry(), local_names=[b'W2.npy']))
    add('local-overlap', archive(Entry(), Entry(b'W2.npy', local=0)))
    add('same-local', archive(Entry(), Entry(b'b1.npy', local=0)), 'damaged archive')
    add('duplicate', archive(Entry(), Entry()), 'already exists')
    add('dot-dot', archive(Entry(b'../../etc/cron.d/W1.npy')), 'no name of an array')
    add('dot-dot-inside', archive(Entry(b'a/../W1.npy')), 'no name of an array')
    add('absolute', archive(Entry(b'/tmp/W1.npy')), 'no name of an array')
    add('backslash', archive(Entry(b'..\\W1.npy')), 'no name of an array')
    add('nul-name', archive(Entry(b'W1.npy\0.exe')), 'no weight or bias')
    add('control-name', archive(Entry(b'\x1b[2J\nW1.npy')), 'no weight or bias')
    add('long-name', archive(Entry(b'n' * 1500 + b'.npy')), 'more than 512 bytes')
    add('no-name', archive(Entry(b'')), "tensor '' is no weight")
    add('folder', archive(Entry(b'folder/', b'')), 'is a zip archive of other files')
    add('wrong-crc', archive(Entry(crc=0)), 'CRC')
    add('wrong-crc-deflated', archive(packed(b'W1.npy', ARRAY, crc=1)), 'CRC')
    add('encrypted', archive(Entry(flags=1, packed=len(ARRAY) + 12, data=b'\0' * 12 + ARRAY)), 'encrypted')
    add('encrypted-strong', archive(Entry(flags=65)), 'encrypted')
    add('encrypted-aes', archive(Entry(flags=1, method=99, extra=struct.pack('<HHHHBH', 0x9901, 7, 2, 0x4541, 3, 8))), 'damaged archive')
    add('method-bzip2', archive(Entry(method=12)), 'method that NumPy does not use (12)')
    add('method-unknown', archive(Entry(method=77)), 'method')
    add('deflate-damaged', archive(Entry(data=b'\xff' * 40, method=8, packed=40, size=96)), 'W1.npy: Zlib error')
    case('npz', 'deflate-more', 'model', archive(packed(b'W1.npy', ARRAY + b'\0', size=len(ARRAY))), 'does not unpack to the', 3, '--layout out-in')
    case('npz', 'deflate-less', 'model', archive(packed(b'W1.npy', ARRAY[:-1], size=len(ARRAY))), 'does not unpack to the', 3, '--layout out-in')
    add('size-less', archive(packed(b'W1.npy', ARRAY, size=len(ARRAY) - 1)), 'truncated')
    add('size-more', archive(packed(b'W1.npy', ARRAY, size=len(ARRAY) + 1)), '1 trailing bytes')
    add('stored-sizes', archive(Entry(size=len(ARRAY) + 4)), 'cannot be packed in' + NEWER_LIBZIP)
    add('size-impossible', archive(packed(b'W1.npy', ARRAY, size=15000000)), 'cannot be packed in')
    add('size-2-32', archive(packed(b'W1.npy', ARRAY, size=0xfffffffe)), 'bomb')
    add('size-possible', archive(packed(b'W1.npy', ARRAY, size=65000)), 'trailing bytes')
    lie = struct.pack('<HHQQ', 1, 16, 1 << 62, len(ARRAY))
    add('zip64-size', archive(Entry(size=0xffffffff, packed=0xffffffff, extra=lie, local_extra=lie)), 'a zip bomb' + NEWER_LIBZIP)
    add('zip64-short', archive(Entry(size=0xffffffff, packed=0xffffffff, extra=lie[:8], local_extra=lie[:8])), 'damaged archive')
    locator = struct.pack('<4sIQI', b'PK\6\7', 0, 1 << 62, 1)
    add('zip64-locator', archive(Entry(), count=0xffff, before_end=locator), 'damaged archive')
    record = struct.pack('<4sQHHIIQQQQ', b'PK\6\6', 44, 45, 45, 0, 0, 1 << 60, 1 << 60, 1 << 62, 0)
    at = len(good) - 22
    add('zip64-count', archive(Entry(), count=0xffff, before_end=record + struct.pack('<4sIQI', b'PK\6\7', 0, at, 1)), 'more than 2056 entries')
    add('zip64-count-small', archive(Entry(), before_end=record + struct.pack('<4sIQI', b'PK\6\7', 0, at, 1)), 'damaged archive')
    add('nested', archive(Entry(b'W1.npy', good)), 'W1.npy')
    add('nested-deflated', archive(packed(b'W1.npz', good)), 'W1.npz')
    add('text', archive(Entry(b'README', b'text')), 'README')
    add('objects', archive(Entry(data=npy(dict_of(descr="'|O'"), b'\x80\4.'))), 'Python objects')
    add('array-promises', archive(Entry(data=npy(dict_of('(1000000, 1000000)'), b'\0' * 16))), 'promises 4000000000000 bytes')
    add('array-wraps', archive(Entry(data=npy(dict_of('(4294967296, 4294967296)'), b'\0' * 16))), 'overflows')
    add('pytorch', archive(Entry(b'archive/data.pkl', b'\x80\2}q\0.'), Entry(b'archive/version', b'3\n')), 'convert_checkpoint.py')


def zeros(megabytes):
    """A raw deflate stream that does not end of as many zeros, about 1/1030 of their size."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (c.compress(b'\0' * (1 << 20)) + c.flush(zlib.Z_FULL_FLUSH)) * megabytes


def stream(head, megabytes):
    """head, and zeros, as a whole raw deflate stream; its length unpacked."""
    c = zlib.compressobj(0, zlib.DEFLATED, -15)
    return c.compress(head) + c.flush(zlib.Z_FULL_FLUSH) + zeros(megabytes) + b'\3\0', len(head) + (megabytes << 20)


def npz_bombs():
    def add(name, data, fault, status=3, options='-'):
        case('npz', name, 'model', data, fault, status, options)

    def bomb(shape, megabytes):
        data, size = stream(npy(dict_of(shape)), megabytes)
        return Entry(b'W1.npy', data, method=8, size=size, packed=len(data), crc=1)
    add('bomb-lies', archive(bomb('(2, 2)', 1024)), 'bomb')
    add('bomb-honest', archive(bomb('(16384, 16384)', 1024)), 'bomb')
    add('bomb-3-gib', archive(bomb('(49152, 16384)', 3072)), 'bomb')
    add('bomb-not-npy', archive(Entry(b'W1.npy', zeros(1024) + b'\3\0', method=8, size=1 << 30, packed=len(zeros(1024)) + 2, crc=1)), 'bomb')
    add('bomb-max-mem', archive(bomb('(2048, 1024)', 8)), 'limit of 4194304 bytes', 4, '--max-mem 4M --layout out-in')
    noise = random.Random(1).randbytes(4 << 20)

    def below(head, *more, name=b'W1.npy'):
        data, size = stream(head + noise, 300)
        return archive(Entry(name, data, method=8, size=size, packed=len(data), crc=1), *more)
    whole = npy(dict_of('(304, 262144)')) # of all that follows
    add('below-bomb-name', below(whole, name=b'x.npy'), "tensor 'x' is no weight")
    add('below-bomb-chain', below(whole, Entry(b'W2.npy', npy(dict_of('(5, 7)'), bytes(140)))), 'W2')
    add('below-bomb-step', below(whole, Entry(b'normalise.2.divide.npy', npy(dict_of('(5,)'), bytes(20)))), 'there is no normalise.1', 3, '--layout out-in')
    add('below-bomb-activation', below(whole, Entry(b'W2.npy', npy(dict_of('(3, 304)'), bytes(3648)))), '--activation')
    add('below-bomb-not-npy', below(b'none'), 'W1.npy: not a .npy file')
    add('below-bomb-version', below(npy(dict_of(), version=b'\7\0')), 'version 7.0')
    add('below-bomb-shape', below(npy(dict_of('(2, 2)'))), 'trailing bytes')
    add('below-bomb-promises', below(npy(dict_of('(20000, 20000)'))), 'promises 1600000000 bytes')
    small = bomb('(1024, 1024)', 4)
    add('bomb-many', archive(*[Entry(b'W%d.npy' % i, small.data, method=8, size=small.size, packed=small.packed, crc=1) for i in range(2000)]), 'bomb')
    add('entries', archive(*[Entry(b'W%d.npy' % i) for i in range(65000)]), 'entries')
    add('entries-same', archive(*[Entry() for i in range(2000)]), '')
    long = [Entry(b'n' * 60000 + b'%d.npy' % i) for i in range(100)]
    add('entries-long', archive(*long), '')
    add('end-records', b'PK\3\4' + b'PK\5\6' * 5000000, '')
    add('sparse', (b'PK\3\4', 1 << 30), 'damaged archive')


# ---- what is no model, or another's -------------------------------------------------------------------------------------
def other_files():
    def add(name, data, fault):
        case('other', name, 'model', data, fault)
    for protocol in (2, 3, 4, 5):
        add(f'pickle-{protocol}', bytes([0x80, protocol]) + b'cos\nsystem\nq\0X\2\0\0\0idq\1\x85q\2Rq\3.', 'convert_checkpoint.py')
    add('pickle-0', b"(dp0\nS'fc1.weight'\np1\ncos\nsystem\np2\ns.", 'convert_checkpoint.py')
    add('pickle-1', b'}q\0(U\nfc1.weightcos\nsystem\nq\1u.', 'convert_checkpoint.py')
    add('keras', archive(Entry(b'metadata.json', b'{}')), 'is a .keras file')
    add('gzip', gz(safetensors('{"fc1.weight":%s}' % tensor(0, 16), b'\0' * 16)), 'compressed by gzip')
    add('hdf5', b'\x89HDF\r\n\x1a\n' + b'\0' * 88, 'HDF5')
    add('npy', ARRAY, 'one array')
    add('text', b'hello, this is no model\n' * 20, 'not a safetensors file')
    add('elf', b'\x7fELF\2\1\1' + b'\0' * 100, 'not a safetensors file')
    add('html', b'<!DOCTYPE html><script>alert(1)</script>' * 4, 'is a web page')


# ---- IDX ----------------------------------------------------------------------------------------------------------------
def idx(magic, *dims, data=b''):
    return bytes(magic) + b''.join(struct.pack('>I', d) for d in dims) + data


def gz(data, crc=None, size=None):
    return b'\x1f\x8b\x08\0\0\0\0\0\0\3' + deflated(data) + struct.pack('<II', zlib.crc32(data) if crc is None else crc,
                                                                       len(data) if size is None else size)


def idx_files():
    image, label = (0, 0, 8, 3), (0, 0, 8, 1)

    def add(name, data, fault, how='images'):
        case('idx', name, how, data, fault)
    good = idx(image, 2, 4, 4, data=b'\0' * 32)
    add('nothing', b'', 'is empty')
    add('magic', idx((0, 0, 9, 3), 2, 4, 4, data=b'\0' * 32), 'magic number is 0x00000903')
    add('magic-floats', idx((0, 0, 13, 3), 2, 4, 4, data=b'\0' * 128), 'magic number is 0x00000d03')
    add('magic-reversed', idx((3, 8, 0, 0), 2, 4, 4, data=b'\0' * 32), 'none of IDX')
    add('labels-as-images', idx(label, 2, data=b'\0\1'), '0x00000801, not 0x00000803')
    add('dimensions-255', idx((0, 0, 8, 255), *([1] * 255), data=b'\0'), 'magic number')
    add('header-cut', good[:9], 'truncated')
    add('product', idx(image, 0xffffffff, 0xffffffff, 0xffffffff), 'overflows')
    add('product-wraps', idx(image, 1 << 22, 1 << 21, 1 << 21), 'overflows')
    add('product-huge', idx(image, 1 << 31, 1 << 15, 1 << 15, data=b'\0' * 64), 'promises')
    add('zero', idx(image, 0, 4, 4), 'dimension 1 is 0')
    add('zero-columns', idx(image, 2, 4, 0), 'dimension 3 is 0')
    add('truncated', good[:-1], 'promises 32 bytes, 31 follow')
    add('trailing', good + b'\0', '1 trailing bytes')
    add('wide', idx(image, 300, 5, 4, data=b'\0' * 6000), 'images of 20 inputs (5 x 4) do not fit')
    add('counts', idx(label, 3, data=b'\0\1\2'), 'labels for', 'labels')
    add('labels-truncated', idx(label, 300, data=b'\0' * 299), 'promises 300 bytes', 'labels')
    add('labels-huge', idx(label, 0xffffffff, data=b'\0'), 'promises 4294967295 bytes', 'labels')
    add('labels-beyond', idx(label, 300, data=b'\xff' * 300), 'label 255 of image 0', 'labels')
    add('images-as-labels', good, '0x00000803, not 0x00000801', 'labels')
    add('gz-header', b'\x1f\x8b', 'truncated gzip')
    add('gz-cut', gz(good)[:-9], 'truncated gzip')
    add('gz-crc', gz(good, crc=1), 'damaged gzip')
    add('gz-size', gz(good, size=1), 'damaged gzip')
    add('gz-trailing', gz(good) + b'more', 'trailing bytes after the gzip')
    add('gz-method', b'\x1f\x8b\7' + gz(good)[3:], 'damaged gzip')
    add('gz-in-gz', gz(gz(good)), 'none of IDX')


def idx_bombs():
    def add(name, data, fault, how='images'):
        case('idx', name, how, data, fault)
    image = (0, 0, 8, 3)
    head = b'\x1f\x8b\x08\0\0\0\0\0\0\3'
    add('gz-bomb', head + stream(idx(image, 2, 4, 4), 4096)[0], 'bomb')
    add('gz-bomb-honest', head + stream(idx(image, 1 << 20, 32, 32), 1024)[0] + b'\0' * 8, 'bomb')
    add('gz-bomb-no-idx', head + stream(b'', 4096)[0], 'magic number is 0x00000000')
    add('gz-bomb-labels', head + stream(idx((0, 0, 8, 1), 1 << 30), 1024)[0] + b'\0' * 8, 'bomb', 'labels')
    add('gz-members', gz(b'') * 200000, '')
    add('sparse', (idx(image, 2, 4, 4), 1 << 30), 'trailing bytes')
    add('sparse-less', (idx(image, 1 << 10, 1 << 10, 1 << 10), 400 << 20), 'truncated')
    add('sparse-less-labels', (idx((0, 0, 8, 1), 1 << 30), 400 << 20), 'truncated', 'labels')
    add('sparse-over-limit', (idx(image, 2, 4, 4), 5 << 30), 'does not end after')
    case('idx', 'sparse-less-over-limit', 'images', (idx(image, 6, 1 << 15, 1 << 15), 5 << 30), 'limit of 4294967296 bytes', 4)
    case('idx', 'max-mem', 'images', (idx(image, 1 << 14, 16, 64), 16 + (1 << 24)), 'limit of 16777216 bytes', 4, '--max-mem 16M')
    add('sparse-zeros', (b'', 300 << 20), 'magic number is 0x00000000')
    add('sparse-zeros-labels', (b'', 300 << 20), 'magic number is 0x00000000', 'labels')
    noise = random.Random(1).randbytes(4 << 20)
    add('gz-magic', head + stream(idx((0, 0, 9, 3)) + noise, 300)[0], 'magic number is 0x00000903')
    add('gz-trailing', head + stream(idx(image, 2, 4, 4) + noise, 300)[0], 'does not end after')
    add('gz-zeros', head + stream(b'\0' * 16 + noise, 300)[0], 'magic number is 0x00000000')
    add('gz-overflows', head + stream(idx(image, 0xffffffff, 0xffffffff, 0xffffffff) + noise, 300)[0], 'overflows')
    case('idx', 'gz-promises', 'images', head + stream(idx(image, 1 << 20, 1 << 10, 1 << 10) + noise, 300)[0],
         'more than the limit of 4294967296 bytes by its beginning', 4)
    add('sparse-no-idx', (b'text', 1 << 30), 'zero byte')
    head = npy(dict_of('(100, 1048576)'))
    case('idx', 'sparse-npy-memory', 'images', (head, len(head) + (400 << 20)), 'limit of 1258291200 bytes of memory', 4, '--max-mem 1200M')
    case('idx', 'sparse-memory', 'images', (idx(image, 400, 1 << 10, 1 << 10), 16 + (400 << 20)), 'limit of 104857600 bytes', 4, '--max-mem 100M')
    for name, head, fault in (('hdf5', b'\x89HDF\r\n\x1a\n', 'HDF5'), ('pickle', b'\x80\4\x95', 'pickle'), ('pk', b'PKxx', 'zero byte'),
                              ('npy-version', b'\x93NUMPY\x09\0', 'version 9.0'), ('npy-word', b'\x93NUMBER', 'zero byte'),
                              ('npy-objects', npy(dict_of("(2, 4)", "'|O'")), 'Python objects'),
                              ('npy-trailing', npy(dict_of("(2, 4)")), 'trailing bytes'),
                              ('npy-truncated', npy(dict_of("(200, 1000000)")), 'truncated'), ('zip', b'PK\3\4', 'damaged archive'),
                              ('npy-overflows', npy(dict_of("(4294967296, 4294967297)")), 'overflows'), ('csv', b'1,2\n', 'line 2 has a zero byte')):
        add('sparse-' + name, (head, 400 << 20), fault)


# ---- CSV ----------------------------------------------------------------------------------------------------------------
def csv_files():
    row = ','.join(['0'] * 16)

    def add(name, data, fault, how='images'):
        case('csv', name, how, data, fault)
    add('ragged', f'{row}\n{row},1\n'.encode(), 'line 2 has more than the 16 fields')
    add('short', f'{row}\n0,0\n'.encode(), 'line 2 has 2 fields')
    add('nul', row.encode() + b'\n0,\0,0\n', 'line 2 has a zero byte')
    add('nul-inside', row.replace('0', '0\0', 1).encode() + b'\n', 'line 1 has a zero byte')
    add('locale', ';'.join(['0,5'] * 16).encode() + b'\n', "'5;0' is not a number")
    add('locale-tabs', '\t'.join(['0,5'] * 16).encode() + b'\n', 'is not a number')
    add('words', ','.join(['0'] * 15 + ['zero']).encode() + b'\n' + row.encode() + b'\n' + b'x' * 9 + b'\n', 'line 3, column 1')
    add('nan', row.replace('0', 'nan', 1).encode() + b'\n', "'nan' is not finite")
    add('inf', f'{row}\n'.replace('0', '1e999', 1).encode(), "'1e999' is beyond binary64")
    add('empty-field', row.replace('0', '', 1).encode() + b'\n', 'column 1 is empty')
    add('hostile', row.encode() + b'\n=cmd|calc!A1,`id`,\x1b[2J\n', "'=cmd|calc!A1' is not a number")
    add('digits', b'9' * 3500 + b'\n', 'more than 1200 bytes')
    add('quote', b'"' + row.encode() + b'\n', 'no quote at the end')
    add('header-only', b'a,b,c\n', 'a header and no more')
    add('blank', b'\n' * 100, 'line 1 is empty')
    add('not-utf-8', b'\xff\xfe0\0,\0', 'line 1 has a zero byte')


def csv_bombs():
    def add(name, data, fault):
        case('csv', name, 'images', data, fault)
    add('huge-line', b'0,' * 20000000 + b'0\n', '')
    add('huge-field', b'0' * 40000000 + b'\n', '')
    add('rows', b'0\n' * 2000000, '')
    add('commas', b',' * 40000000, '')
    row = ','.join(['0.' + '0' * 600] * 16).encode() + b'\n'
    add('sparse-late', (row * 1000, 400 << 20), 'line 1001 has a zero byte')


# ---- scales -----------------------------------------------------------------------------------------------------------
def scales(name, data, fault, status=3):
    case('scales', name, 'scales', data if isinstance(data, (bytes, tuple)) else ('{"tensors": [%s]}' % data).encode(), fault, status)


def scales_files():
    scales('deep', b'[' * 5000, 'is no JSON: maximum parsing depth')
    scales('hostile', '{"tensor": "\\u001b[2J\\n", "scale": 3}', "the scale of '\\x1B[2J\\x0A' is 3")
    scales('nul', '{"tensor": "fc1\\u0000", "scale": 1}', 'is no JSON')
    scales('not-utf-8', b'{"tensors": [{"tensor": "\xff\xfe", "scale": 1}]}', 'is no JSON')
    scales('real', '{"tensor": "input", "scale": 1e999999}', 'is no JSON')
    scales('deep-member', '{"tensor": %s1%s, "scale": 1}' % ('[' * 1000, ']' * 1000), 'tensor 1 of its list has no')
    scales('zeros', b'\0' * 1000, 'is no JSON')


def scales_bombs():
    scales('long-name', '{"tensor": "%s", "scale": 3}' % ('x' * 900000), "xxx' is 3")
    scales('big', '{"tensor": "input", "scale": %s}' % ('9' * 500000), 'is no JSON')
    scales('many', ', '.join(['{"tensor": "input", "scale": 1}'] * 20000), "'input' is there twice")
    scales('others', ', '.join('{"tensor": "t%d", "scale": 1}' % i for i in range(20000)), 'it has no scale for')
    scales('empty-lists', ','.join(['[]'] * 340000), 'tensor 1 of its list has no')
    scales('spaces', b' ' * (2 << 20), 'the limit of 1048576 bytes', 4)
    scales('sparse', (b'{"tensors": [', 4 << 30), 'the limit of 1048576 bytes', 4)


# ---- ONNX ---------------------------------------------------------------------------------------------------------------
def varint(n):
    out = b''
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def onnx_tensor(name, dims, raw, dtype=1, more=b''):
    return b''.join(field(1, d) for d in dims) + field(2, dtype) + field(8, name) + field(9, raw) + more


def onnx_node(operator, inputs, outputs, more=b''):
    return b''.join(field(1, i) for i in inputs) + b''.join(field(2, o) for o in outputs) + field(4, operator) + more


def onnx_value(name, *dims, dtype=1):
    shape = b''.join(field(1, field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, dtype) + field(2, shape)))


def onnx(nodes, tensors, inputs=None, more=b''):
    graph = b''.join(field(1, n) for n in nodes) + field(2, 'g') + b''.join(field(5, t) for t in tensors)
    graph += field(11, onnx_value('x', 1, 2) if inputs is None else inputs) + field(12, onnx_value('y', 1, 2)) + more
    return field(1, 7) + field(7, graph) + field(8, field(1, '') + field(2, 13))


def onnx_files():
    def add(name, data, fault):
        case('onnx', name, 'model', data, fault)
    w = onnx_tensor('w', (2, 2), b'\0' * 16)
    gemm = onnx_node('Gemm', ['x', 'w'], ['y'])
    location = field(13, field(1, 'location') + field(2, '/etc/passwd'))
    add('external', onnx([gemm], [field(1, 2) + field(1, 2) + field(2, 1) + field(8, 'w') + location + field(14, 1)]), 'in another file')
    add('external-dots', onnx([gemm], [w + field(13, field(1, 'location') + field(2, '../../w.bin')) + field(14, 1)]), 'in another file')
    add('cycle', onnx([onnx_node('Relu', ['b'], ['a']), onnx_node('Relu', ['a'], ['b']), gemm], [w]), "its input 'b' is made later")
    z = onnx_tensor('z', (2,), struct.pack('<2f', 1, 0))
    add('divisor-zero', onnx([onnx_node('Div', ['x', 'z'], ['a']), onnx_node('Gemm', ['a', 'w'], ['y'])], [w, z]),
        "node 'a': element 1 of 'z' is 0")
    add('not-finite', onnx([gemm], [onnx_tensor('w', (2, 2), struct.pack('<4f', 1, 1, float('nan'), 1))]), "tensor 'w': element 2 is NaN")
    add('cycle-self', onnx([onnx_node('Relu', ['y'], ['y'])], [w]), "its input 'y' is made later, or of itself")
    add('cycle-long', onnx([onnx_node('Relu', [f'n{(i + 1) % 60}'], [f'n{i}']) for i in range(60)], [w]), "its input 'n1' is made later")
    for operator in ('Identity', 'Cast', 'Dropout', 'Flatten'):
        own = field(5, field(1, 'to') + field(20, 2) + field(3, 1)) if operator == 'Cast' else b''
        add(f'cycle-{operator.lower()}', onnx([onnx_node(operator, ['c'], ['c'], own), onnx_node('Gemm', ['x', 'w'], ['h']),
                                               onnx_node('Add', ['h', 'c'], ['y'])], [w]), "its input 'c' is made later, or of itself")
    soft = onnx_node('Softmax', ['h'], ['p'])
    add('softmax-inside', onnx([onnx_node('Gemm', ['x', 'w'], ['h']), onnx_node('Add', ['h', 'x'], ['p']),
                               onnx_node('LogSoftmax', ['h'], ['y'])], [w]),
        'a softmax is read at the end of a network only')
    add('softmax-ratio', onnx([onnx_node('Conv', ['x', 'w'], ['h']), soft, onnx_node('Dropout', ['h', 'p'], ['y'])],
                              [onnx_tensor('w', (2, 1, 1, 1), b'\0' * 8)], onnx_value('x', 1, 1, 1, 1)), 'Softmax is not of [images, outputs]')
    add('varint-2-gib', field(1, 7) + b'\x3a' + varint(2**31 - 1), '2147483647 bytes are more than the 0 left')
    add('varint-2-64', field(1, 7) + b'\x3a' + b'\xff' * 9 + b'\1', 'a number of more than')
    add('varint-long', field(1, 7) + b'\x3a' + b'\xff' * 30, 'a number of more than')
    add('varint-cut', field(1, 7) + b'\x3a\xff', 'truncated')
    deep = b''
    for _ in range(600):
        deep = field(6, field(1, onnx_node('If', [], [], field(5, deep)))) if len(deep) < 3000 else deep
    add('deep', onnx([onnx_node('If', ['x'], ['y'], field(5, deep))], [w]), 'nest more than')
    groups = b'\x7b' * 3000
    add('groups', field(1, 7) + groups, 'not a valid ONNX file: ModelProto at byte 3: wire type 3')
    add('unknown-operator', onnx([onnx_node('Loop', ['x'], ['y'])], [w]), 'Loop')
    add('hostile-operator', onnx([onnx_node('\x1b[2J\n`id`', ['x'], ['y'])], [w]), 'x1B[2J')
    def to(kind, value):
        return field(5, field(1, 'to') + field(20, kind) + value)
    layer, last = onnx_node('Gemm', ['x', 'w'], ['h']), onnx_node('Gemm', ['c', 'w'], ['y'])
    for name, more, fault in (
            ('missing', b'', 'Cast to a type that is not FLOAT'), ('type', to(2, field(3, 7)), 'Cast to a type that is not FLOAT'),
            ('huge', to(2, field(3, 2**63 - 1)), "attribute 'to' has 9223372036854775807"),
            ('negative', to(2, field(3, 2**64 - 10)), "attribute 'to' has -10"),
            ('text', to(3, field(4, 'FLOAT16')), "attribute 'to' has not 1 integers"),
            ('twice', to(2, field(3, 10)) * 2, "two attributes are called 'to'")):
        add(f'cast-{name}', onnx([layer, onnx_node('LeakyRelu', ['h'], ['l']), onnx_node('Cast', ['l'], ['c'], more), last], [w]), fault)
    half, back = (to(2, field(3, k)) for k in (10, 1))
    add('cast-constant', onnx([layer, onnx_node('Cast', ['w'], ['c'], half), onnx_node('Add', ['h', 'c'], ['y'])], [w]), 'Cast of a constant to a type')
    doubled = [onnx_node('Concat', [f'c{k}' if k else 'w'] * 8, [f'c{k + 1}'], field(5, field(1, 'axis') + field(20, 2) + field(3, 0))) for k in range(12)]
    add('fold-doubles', onnx([*doubled, onnx_node('Add', ['x', 'c12'], ['y'])], [w]), 'fold them before')
    grown = [onnx_tensor('s', (2,), (2**13).to_bytes(8, 'little') * 2, dtype=7), onnx_tensor('u', (2, 1), b'\0' * 8), onnx_tensor('v', (1, 2), b'\0' * 8)]
    add('fold-grows', onnx([onnx_node('Expand', ['u', 's'], ['a']), onnx_node('Add', ['x', 'a'], ['y'])], grown[:2]), 'constants that')
    square = onnx_tensor('s', (2,), (700).to_bytes(8, 'little') * 2, dtype=7)
    add('fold-products', onnx([onnx_node('Expand', ['u', 's'], ['a']), onnx_node('MatMul', ['a', 'a'], ['b']), onnx_node('Add', ['x', 'b'], ['y'])],
                              [square, onnx_tensor('u', (1, 1), b'\0' * 4)]), 'or as much work: fold them before')
    wide = onnx_tensor('s', (1,), (2**19).to_bytes(8, 'little'), dtype=7)
    add('fold-functions', onnx([onnx_node('Expand', ['u', 's'], ['a']), onnx_node('Exp', ['a'], ['b']), onnx_node('Add', ['x', 'b'], ['y'])],
                               [wide, onnx_tensor('u', (2, 1), b'\0' * 8)]), 'or as much work: fold them before')
    add('fold-left-out', onnx([onnx_node('Concat', ['w', ''], ['c'], field(5, field(1, 'axis') + field(20, 2) + field(3, 0))), onnx_node('Add', ['x', 'c'], ['y'])], [w]),
        'its input 2 is left out')
    packed = field(1, 4) + field(2, 10) + field(8, 'p') + field(5, b'\x80\x78' * 4)
    add('fold-packed', onnx([onnx_node('Neg', ['p'], ['c']), onnx_node('Add', ['x', 'c'], ['y'])], [packed]), 'of other types than FLOAT or DOUBLE')
    add('where-left-out', onnx([onnx_node('Where', ['', 'x', 'w'], ['y'])], [w]), 'its condition is not a constant')
    add('cast-weights', onnx([layer, onnx_node('Cast', ['h'], ['c'], half), last], [w]), 'not of the type of what flows')
    w16 = onnx_tensor('w', (2, 2), b'\0' * 8, dtype=10)
    add('cast-from-half', onnx([onnx_node('LeakyRelu', ['x'], ['l']), onnx_node('Gemm', ['l', 'w'], ['c']), onnx_node('Cast', ['c'], ['y'], back)],
                               [w16], onnx_value('x', 1, 2, dtype=10)), 'Cast is read to FLOAT16 and back')
    add('cast-cycle', onnx([layer, onnx_node('Cast', ['d'], ['c'], half), onnx_node('Cast', ['c'], ['d'], back), last], [w]), 'made later')
    add('domain', onnx([onnx_node('Gemm', ['x', 'w'], ['y'], field(7, 'com.evil'))], [w]), "domain 'com.evil'")
    add('dims-wrap', onnx([gemm], [onnx_tensor('w', (1 << 32, 1 << 32), b'')]), 'overflows')
    add('dims-negative', onnx([gemm], [onnx_tensor('w', (2**64 - 2, 2**64 - 2), b'\0' * 16)]), 'a dimension is -2')
    add('dims-huge', onnx([gemm], [onnx_tensor('w', (1 << 20, 1 << 20), b'\0' * 16)]), '16 bytes of raw_data')
    add('raw-short', onnx([gemm], [onnx_tensor('w', (2, 2), b'\0' * 15)]), '15 bytes of raw_data')
    add('tensor-twice', onnx([gemm], [w, w]), "called 'w'")
    add('output-twice', onnx([gemm, gemm], [w]), "called 'y'")
    add('text-tensor', onnx([gemm], [onnx_tensor('w', (2, 2), b'\0' * 16, dtype=8)]), 'STRING')
    add('no-graph', field(1, 7) + field(8, field(2, 13)), 'without a graph')
    add('no-nodes', onnx([], [w]), 'not the end of the chain')
    add('not-utf-8', onnx([onnx_node(b'\xff\xfe', ['x'], ['y'])], [w]), 'FF')
    add('nul-name', onnx([onnx_node('Gemm\0x', ['x', 'w'], ['y'])], [w]), 'a NUL character')


def onnx_shared(n, layers, weights, steps=(), tensors=()):
    """A chain of n x n layers of binary16, which share their one weight."""
    nodes, at = [], 'x'
    for i, (operator, constant) in enumerate(steps):
        nodes.append(onnx_node(operator, [at, constant], [f's{i}'], field(3, f'step{i}')))
        at = f's{i}'
    for i in range(layers):
        nodes.append(onnx_node('MatMul', [at, 'w'], [f'm{i}' if i < layers - 1 else 'y']))
        if i < layers - 1:
            nodes.append(onnx_node('Relu', [f'm{i}'], [f'v{i}']))
        at = f'v{i}'
    return onnx(nodes, [onnx_tensor('w', (n, n), weights, 10), *tensors], onnx_value('x', 1, n, dtype=10))


def onnx_large(nodes, number, dtype=1, size=400 << 20):
    """A tensor whose last field has as many zero bytes, of w[size / 4, 1] numbers."""
    def begin(number, size):
        return varint(number << 3 | 2) + varint(size)
    each = {4: 4, 9: 4, 10: 8}.get(number, 1)
    tensor = field(1, size // each) + field(1, 1) + field(2, dtype) + field(8, 'w')[:0 if number == 8 else None] + begin(number, size)
    value = field(11, onnx_value('x', 1, 2, dtype=dtype)) + field(12, onnx_value('y', 1, 2, dtype=dtype))
    graph = b''.join(field(1, n) for n in nodes) + value + begin(5, len(tensor) + size) + tensor
    head = field(1, 7) + field(8, field(1, '') + field(2, 13)) + begin(7, len(graph) + size) + graph
    return head, len(head) + size


def onnx_bombs():
    def add(name, data, fault='', status=3, options='-'):
        case('onnx', name, 'model', data, fault, status, options)
    w = onnx_tensor('w', (2, 2), b'\0' * 16)
    add('nodes-empty', field(1, 7) + field(7, field(1, b'') * 5000000))
    add('dims-many', onnx([], [field(1, 1) * 10000000 + field(8, 'w')]))
    add('strings-many', onnx([field(1, b'') * 5000000], [w]))
    add('chain', onnx([onnx_node('Identity', [f'n{i}' if i else 'x'], [f'n{i + 1}']) for i in range(60000)], [w]))
    add('sparse', (field(1, 7) + b'\x3a' + varint(2**31 - 1), 1 << 30))
    loop, other = onnx_node('Loop', ['x'], ['y']), onnx_node('Gemm', ['x', 'w', 'w'], ['y'])
    for number, fields in ((9, 'raw'), (4, 'floats'), (10, 'doubles'), (5, 'halves')):
        add('large-' + fields + '-operator', onnx_large([loop], number), "operator 'Loop' is not read")
        add('large-' + fields + '-chain', onnx_large([other], number, {4: 1, 5: 10, 9: 1, 10: 11}[number]), "node 'y': ")
    add('large-document', onnx_large([loop], 12), "operator 'Loop' is not read")
    add('large-unknown', onnx_large([loop], 99), "operator 'Loop' is not read")
    add('large-name', onnx_large([loop], 8), 'more than 16777216 bytes beside the numbers of tensors')
    add('large-dims', onnx_large([loop], 1), 'more than 16777216 bytes beside the numbers of tensors')
    add('large-integers', onnx_large([loop], 7, size=15 << 20), 'more than 262144 fields')
    add('large-metadata', (field(1, 7) + varint(14 << 3 | 2) + varint(400 << 20), (400 << 20) + 8), 'without a graph')
    half = b'\0\x38' * 62500
    add('shared', onnx_shared(250, 1000, half), 'its layers share numbers')
    zero = onnx_tensor('z', (), b'\0\0', 10)
    add('shared-zero', onnx_shared(250, 1000, half, [('Div', 'z')], [zero]), "node 'step0': element 0 of 'z' is 0")
    add('shared-nan', onnx_shared(250, 1000, half[:-2] + b'\0\x7e'), "tensor 'w': element 62499 is NaN")
    large = b'\0\x38' * (1 << 22)
    add('shared-large-nan', onnx_shared(2048, 200, large[:-2] + b'\0\x7c'), "tensor 'w': element 4194303 is infinite")


def write(directory):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, 'manifest.tsv'), 'w') as manifest:
        for group, name, how, data, fault, status, options in cases:
            head, size = data if isinstance(data, tuple) else (data, len(data))
            with open(os.path.join(directory, name), 'wb') as f:
                f.write(head)
                f.truncate(size)
            print(group, name, how, status, options, fault or '-', sep='\t', file=manifest)


if __name__ == '__main__':
    kind = sys.argv[1]
    for function in {'files': [safetensors_files, npy_files, npz_files, other_files, idx_files, csv_files, scales_files, onnx_files],
                     'bombs': [safetensors_bombs, npz_bombs, idx_bombs, csv_bombs, scales_bombs, onnx_bombs]}[kind]:
        function()
    write(sys.argv[2])
