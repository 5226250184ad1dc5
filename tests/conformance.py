# SPDX-License-Identifier: Apache-2.0
"""The ONNX project's own conformance data: for every model of operators that gradaudit reads, what it makes of the input, in the
model's format and exact, is the output that stands beside the model. Called by tests/conformance.sh.

conformance.py [NAME]: all models, or those with NAME in theirs, which are listed one by one; --left-out lists what is left out.

A model becomes a network so:
- its first input is the network's; those beside it become initializers;
- 'rows': its first dimension counts the images; or, where that is refused (a model mixes them, or has fewer than two dimensions),
  'image': it is one image, with a dimension of 1 put in front, and every axis, permutation, shape and padding of its nodes moved
  behind it. A constant of more dimensions than the input first gives it leading ones, as broadcasting does;
- outputs that a node may leave out and that are not the first (indices, masks, means) are left out; of other nodes with several
  outputs all are flattened and joined;
- it ends in Flatten and two nodes Neg, which change nothing, or begins with these where it ends in a softmax, after which nothing
  comes."""
import collections
import glob
import os
import re
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DATA = os.path.join(os.path.dirname(onnx.__file__), 'backend', 'test', 'data')
KINDS = 'node', 'simple', 'pytorch-operator', 'pytorch-converted'
RELATIVE, ABSOLUTE = 1e-3, 1e-7  # as in onnx/backend/test/runner
OLDEST_SET = 7  # that the reader takes; some models say 6, or 1 where an operator is as old
FLOATS = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64, TensorProto.FLOAT16: np.float16}
OPTIONAL = {'MaxPool', 'Dropout', 'LayerNormalization', 'BatchNormalization'}  # of these every output but the first

# How many models with an operator agree, at least. Each operator of `gradaudit inspect --operators` has its number here, but for those
# that are in no model of the data which can be read.
LEAST = {
    'Abs': 2, 'Add': 6, 'AveragePool': 16, 'BatchNormalization': 5, 'Cast': 4, 'Celu': 1, 'Clip': 9, 'Concat': 13,
    'Constant': 5, 'Conv': 26, 'ConvTranspose': 8, 'Div': 5, 'Dropout': 4, 'Elu': 5, 'Erf': 1, 'Exp': 4, 'Expand': 5,
    'Flatten': 3, 'Gemm': 7, 'GlobalAveragePool': 2, 'GlobalMaxPool': 2, 'HardSigmoid': 4, 'HardSwish': 1,
    'Identity': 1, 'InstanceNormalization': 3, 'LayerNormalization': 17, 'LeakyRelu': 5, 'Log': 2, 'LogSoftmax': 10, 'MatMul': 3, 'Max': 7,
    'MaxPool': 16, 'Min': 7, 'Mul': 10, 'Neg': 5, 'PRelu': 3, 'Pad': 4, 'Pow': 4, 'Reciprocal': 2, 'ReduceL2': 8, 'ReduceLogSumExp': 8,
    'ReduceMean': 10, 'ReduceSum': 9, 'ReduceSumSquare': 8, 'Relu': 3, 'Reshape': 10, 'Resize': 1, 'Selu': 5, 'Sigmoid': 7, 'Slice': 8,
    'Softmax': 11, 'Softplus': 3, 'Softsign': 2, 'Split': 9, 'Sqrt': 2, 'Squeeze': 4, 'Sub': 4, 'Sum': 4, 'Tanh': 5, 'Transpose': 8,
    'Unsqueeze': 10, 'Upsample': 1,
}
NO_MODEL = {'Gather', 'Gelu', 'Mish', 'Shape', 'Swish', 'Where'}

POINTWISE = {'Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'Clip', 'Erf', 'Neg', 'Abs', 'Exp', 'Log', 'Sqrt',
             'Reciprocal', 'Pow', 'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean', 'PRelu', 'HardSigmoid', 'HardSwish', 'Identity', 'Dropout', 'Cast', 'Constant',
             'MatMul', 'ThresholdedRelu', 'Shrink', 'Sin', 'Cos', 'Tan', 'Sinh', 'Cosh', 'Asin', 'Acos', 'Atan', 'Asinh', 'Acosh', 'Atanh', 'Sign', 'Mish', 'Gelu', 'Swish'}
REDUCE = {'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'}
AXIS = {'Softmax', 'LogSoftmax', 'Concat', 'Split', 'LayerNormalization', 'ArgMax', 'ArgMin', 'Gather', 'Hardmax'}
AXES = REDUCE | {'Squeeze', 'Unsqueeze', 'Slice'}


class LeftOut(Exception):
    """The reason why."""


def attribute(node, name, otherwise=None):
    for a in node.attribute:
        if a.name == name:
            return helper.get_attribute_value(a)
    return otherwise


def put(node, name, value):
    for a in list(node.attribute):
        if a.name == name:
            node.attribute.remove(a)
    node.attribute.append(helper.make_attribute(name, value))


def moved(axes):
    return [a + 1 if a >= 0 else a for a in axes]


class Case:
    """A model of the data with its first set of inputs and outputs."""

    def __init__(self, folder):
        self.name = '/'.join(folder.split('/')[-2:])
        self.model = onnx.load(folder + '/model.onnx')
        self.operators = sorted({n.op_type for n in self.model.graph.node})
        graph = self.model.graph
        constants = {t.name for t in graph.initializer}
        self.inputs, self.outputs = ([self.tensor(p) for p in sorted(glob.glob(f'{folder}/test_data_set_0/{kind}_*.pb'), key=self.number)]
                                     for kind in ('input', 'output'))
        self.takes = [i for i in graph.input if i.name not in constants]
        if len(self.takes) != len(self.inputs) or not self.inputs:
            raise LeftOut('no input')
        for tensors, what in (self.inputs[:1], 'its first input is'), (self.outputs, 'an output is'):
            for t in tensors:
                if t.dtype not in FLOATS.values():
                    raise LeftOut(f'{what} of {"strings" if t.dtype == object else "truth values" if t.dtype == bool else "integers"}')
        if any(t.size == 0 for t in self.inputs + self.outputs if t.dtype in FLOATS.values()):
            raise LeftOut('it has a tensor without numbers')

    @staticmethod
    def number(path):
        return int(re.search(r'_(\d+)\.pb$', path).group(1))

    @staticmethod
    def tensor(path):
        t = TensorProto()
        with open(path, 'rb') as f:
            data = f.read()
        try:
            t.ParseFromString(data)
            if t.data_type not in onnx.mapping.TENSOR_TYPE_TO_NP_TYPE:
                raise ValueError
            return numpy_helper.to_array(t)
        except Exception:
            raise LeftOut('it has a value that is no tensor') from None

    def start(self, packed=False):
        """The graph with its first input, the others initializers; or with all of them as values that slices of one input make."""
        m = onnx.ModelProto()
        m.CopyFrom(self.model)
        graph, x = m.graph, self.takes[0]
        for s in m.opset_import:
            if s.domain == '' and s.version < OLDEST_SET:
                for node in graph.node:
                    self.modernise(node)
                s.version = OLDEST_SET
        del graph.input[:], graph.value_info[:]
        graph.input.append(x)
        if not packed:
            graph.initializer.extend(numpy_helper.from_array(a, i.name) for i, a in zip(self.takes[1:], self.inputs[1:]))
        for node in graph.node:
            if node.op_type in OPTIONAL and len(graph.output) > 1:
                left = node.output[1:]
                del node.output[1:]
                for o in [o for o in graph.output if o.name in left]:
                    graph.output.remove(o)
        return m

    @staticmethod
    def modernise(node):
        """A node of operator set 1 or 6 as one of set 7; broadcasting without an axis is the same."""
        for a in list(node.attribute):
            if a.name in ('is_test', 'consumed_inputs') or (a.name == 'broadcast' and attribute(node, 'axis') is None):
                node.attribute.remove(a)

    @staticmethod
    def unpack(m, packed, shapes):
        """Nodes in front that take the shapes out of one input of their numbers, [images, numbers]."""
        version = max(s.version for s in m.opset_import if s.domain == '')
        nodes, at = [], 0

        def integers(name, values):
            m.graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))
            return name

        for name, shape in zip(packed, shapes):
            n = int(np.prod(shape))
            if version >= 10:
                nodes.append(helper.make_node('Slice', ['packed', *(integers(f'{what} of {name}', [v]) for what, v in (('start', at), ('end', at + n), ('axis', 1)))],
                                              [name + ' flat']))
            else:
                nodes.append(helper.make_node('Slice', ['packed'], [name + ' flat'], starts=[at], ends=[at + n], axes=[1]))
            nodes.append(helper.make_node('Reshape', [name + ' flat', integers('shape of ' + name, [0, *shape])], [name]))
            at += n
        whole = list(m.graph.node)
        del m.graph.node[:]
        m.graph.node.extend(nodes + whole)

    def end(self, m, closed):
        """Flatten and, unless a softmax is the end, what changes nothing but makes the last node one of logits."""
        graph = m.graph
        names = [o.name for o in graph.output]
        kind = graph.output[0].type.tensor_type.elem_type
        if len(names) > 1:
            graph.node.extend(helper.make_node('Flatten', [n], [n + ' flat']) for n in names)
            graph.node.append(helper.make_node('Concat', [n + ' flat' for n in names], ['all'], axis=1))
            names = ['all']
        if not closed:
            graph.node.extend([helper.make_node('Flatten', names, ['flat']), helper.make_node('Neg', ['flat'], ['minus']),
                               helper.make_node('Neg', ['minus'], ['logits'])])
            names = ['logits']
        else:
            whole, x = list(graph.node), graph.input[0].name
            for node in whole:
                node.input[:] = ['again' if i == x else i for i in node.input]
            del graph.node[:]
            graph.node.extend([helper.make_node('Neg', [x], ['opposite']), helper.make_node('Neg', ['opposite'], ['again']), *whole])
        del graph.output[:]
        graph.output.append(helper.make_tensor_value_info(names[0], kind, None))

    def rows(self, closed):
        x, n = self.inputs[0], self.inputs[0].shape[0] if self.inputs[0].ndim > 1 else 0
        if n == 0:
            raise LeftOut('fewer than two dimensions')
        m = self.start()
        count = len(m.graph.output)
        self.end(m, closed)
        if any(o.ndim == 0 or o.shape[0] != n for o in self.outputs[:count]):
            return m, x, None  # the images are mixed: it must not be read
        return m, x, np.concatenate([o.reshape(n, -1) for o in self.outputs[:count]], axis=1)

    def packed(self, closed):
        if len(self.inputs) < 2 or any(a.dtype != self.inputs[0].dtype for a in self.inputs):
            raise LeftOut('nothing to pack')
        return self.image(closed, True)

    def image(self, closed, packed=False):
        x = self.inputs[0]
        if not set(self.operators) <= POINTWISE | AXIS | AXES | {'Transpose', 'Reshape', 'Expand', 'Tile', 'Pad'}:
            raise LeftOut('it has no place for a dimension of images')
        m = self.start(packed)
        graph = m.graph
        version = max(s.version for s in m.opset_import if s.domain == '')
        constant = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        for node in graph.node:
            if node.op_type == 'Constant' and node.attribute[0].name == 'value':
                constant[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        dims = []
        if any(n.op_type in POINTWISE | {'Expand'} and n.op_type != 'Constant' for n in graph.node):
            dims = [a.ndim for name, a in constant.items()] if 'Expand' not in self.operators else [len(a) for a in constant.values() if a.ndim == 1]
            rank = max([x.ndim, *dims] if not packed else [a.ndim for a in self.inputs])
        else:
            rank = 0
        shapes = [(1,) * (rank - a.ndim) + a.shape for a in self.inputs]
        shape = shapes[0]
        x = x.reshape(shape)
        for k, node in enumerate(graph.node):
            def replace(i, value):
                name = f'moved {k}.{i}'
                graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.int64), name))
                node.input[i] = name

            def integers(i):
                if len(node.input) <= i or node.input[i] == '':
                    return None
                if node.input[i] not in constant:
                    raise LeftOut('it has no place for a dimension of images')
                return constant[node.input[i]].tolist()

            op, first = node.op_type, node.input[0] == self.takes[0].name if node.input else False
            if op in AXIS:
                axis = attribute(node, 'axis', 0 if op in ('Split', 'ArgMax', 'ArgMin', 'Gather') else 1 if op in ('Softmax', 'LogSoftmax', 'Hardmax') and version < 13 else -1)
                put(node, 'axis', moved([axis])[0])
            if op in AXES:
                where = 3 if op == 'Slice' else 1
                by_input = (version >= 10 if op == 'Slice' else version >= 13 if op in ('ReduceSum', 'Squeeze', 'Unsqueeze') else False)
                axes = integers(where) if by_input else attribute(node, 'axes')
                if not axes:
                    if not first or attribute(node, 'noop_with_empty_axes'):
                        raise LeftOut('it has no place for a dimension of images')
                    axes = [d for d in range(len(shape)) if op != 'Squeeze' or shape[d] == 1]
                    if op == 'Slice':
                        axes = axes[:len(integers(1)) if by_input else len(attribute(node, 'starts'))]
                if by_input:
                    while len(node.input) <= where:
                        node.input.append('')
                    replace(where, moved(axes))
                else:
                    put(node, 'axes', moved(axes))
            if op == 'Transpose':
                put(node, 'perm', [0] + [p + 1 for p in attribute(node, 'perm', list(range(len(shape)))[::-1])])
            if op in ('Reshape', 'Expand', 'Tile'):
                replace(1, [1] + integers(1))
            if op == 'Pad':
                pads = integers(1) if version >= 11 else attribute(node, 'pads')
                pads = [0] + pads[:len(pads) // 2] + [0] + pads[len(pads) // 2:]
                replace(1, pads) if version >= 11 else put(node, 'pads', pads)
        used = {i for n in graph.node for i in n.input}
        for t in [t for t in graph.initializer if t.name not in used]:
            graph.initializer.remove(t)
        x = x.reshape(1, *(shape or (1,)))
        count = len(graph.output)
        kind, name = graph.input[0].type.tensor_type.elem_type, graph.input[0].name
        if packed:
            self.unpack(m, [i.name for i in self.takes], [s or (1,) for s in shapes])
            x, name = np.concatenate([a.reshape(1, -1) for a in self.inputs], axis=1), 'packed'
        del graph.input[:]
        graph.input.append(helper.make_tensor_value_info(name, kind, ['N', *x.shape[1:]]))
        self.end(m, closed)
        return m, x, np.concatenate([o.reshape(1, -1) for o in self.outputs[:count]], axis=1)


def agrees(model, x, want, what):
    """Faults of the network's outputs."""
    loss = {'loss': 'squared-error'} if model.classes == 1 else {}
    for how in 'double' if model.bits == 64 else 'float', 'exact':
        numbers = model.forward(x.astype(np.float32) if x.dtype == np.float16 else x, format=how, **loss)
        if numbers.undecided != (np.isnan(want).sum() if how == 'exact' else 0):  # a function that is not defined there
            yield f'{what}: {numbers.undecided} exact outputs are not decided'
        got = numbers.float64()
        want = want.astype(np.float64)
        if got.shape != want.shape:
            yield f'{what}: {got.shape} outputs, not {want.shape}'
        elif not np.allclose(got, want, RELATIVE, ABSOLUTE, equal_nan=True):
            off = np.abs(got - want)
            yield f'{what}: {how}: {np.nanmax(off)} off; {got.flat[:5]} for {want.flat[:5]}'


def read(case, form):
    """The network of a form, its input and what it must make of that; LeftOut with the program's reason."""
    for closed in False, True:
        m, x, want = form(closed)
        try:
            return ga.from_bytes(m.SerializeToString(), 'it'), x, want
        except ga.FileError as e:
            reason = str(e).split(': ', 1)[1]
        if 'softmax is read at the end' not in reason:
            break
    raise LeftOut(reason)


def run(case):
    """The forms in which the model was read, the reasons why it was not in others, and faults."""
    forms, reasons, faults = [], [], []
    for form in case.rows, case.image, case.packed:
        if form == case.image and forms:
            continue
        try:
            model, x, want = read(case, form)
            what = f'{case.name} by {form.__name__}'
            faults += [f'{what}: it mixes images, and is read'] if want is None else agrees(model, x, want, what)
            forms.append(form.__name__)
        except LeftOut as e:
            reasons.append(str(e))
    return forms, reasons, faults


def planted(case, form):
    """A fault if an output that is off is not noticed."""
    model, x, want = read(case, getattr(case, form))
    wrong = want.copy()
    wrong.flat[-1] += 2 * (RELATIVE * abs(wrong.flat[-1]) + ABSOLUTE)
    return [] if len(list(agrees(model, x, wrong, 'planted'))) == 2 else [f'{case.name}: a wrong output is not noticed']


def folders():
    return [os.path.dirname(path) for kind in KINDS for path in sorted(glob.glob(f'{DATA}/{kind}/*/model.onnx'))]


def category(reasons):
    """A reason without names and numbers."""
    own = [r for r in reasons if 'dimension' not in r or len(reasons) == 1] or reasons
    r = re.sub(r"^node '.*?': ", '', own[0])
    found = re.match(r"operator '(\w+)'", r)
    if found:
        return "operator not read: " + found.group(1)
    return re.sub(r"; of an ONNX file.*", '', re.sub(r"'[^']*'", "'…'", re.sub(r'-?\d+', 'N', r)))


def main():
    chosen = [a for a in sys.argv[1:] if not a.startswith('--')]
    operators, left, forms, faults = collections.Counter(), collections.Counter(), collections.Counter(), []
    total = models = 0
    for folder in folders():
        if chosen and chosen[0] not in folder:
            continue
        total += 1
        try:
            case = Case(folder)
            ways, reasons, wrong = run(case)
        except LeftOut as e:
            ways, reasons, wrong = [], [str(e)], []
        faults += wrong
        forms.update(ways)
        if ways and not wrong:
            models += 1
            operators.update(case.operators)
            if models == 1:
                faults += planted(case, ways[0])
        elif not ways:
            left[category(reasons)] += 1
        if chosen or '--left-out' in sys.argv:
            print(folder.split('/')[-1], ' '.join(ways) or 'left out', reasons)
    for reason, n in sorted(left.items(), key=lambda i: (-i[1], i[0])):
        print(f'left out: {n:4} {reason}')
    print('agree:', ', '.join(f'{o} {n}' for o, n in sorted(operators.items())))
    print(f'{models} of {total} models agree: ' + ', '.join(f'{n} by {f}' for f, n in sorted(forms.items())))
    if not chosen:
        faults += [f'{operators[o]} models with {o} agree, not {n}' for o, n in LEAST.items() if operators[o] < n]
        known = set(subprocess.run(['./gradaudit', 'inspect', '--operators'], capture_output=True, text=True, check=True).stdout.split())
        faults += [f'{o} is read, and {operators[o]} models with it agree: say so here' for o in sorted(known - set(LEAST) - NO_MODEL)]
        faults += [f'{o} is not read' for o in sorted(set(LEAST) | NO_MODEL) if o not in known]
    for f in faults:
        print('FAILED:', f)
    sys.exit(bool(faults))


if __name__ == '__main__':
    import gradaudit as ga
    main()
