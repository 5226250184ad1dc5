# SPDX-License-Identifier: Apache-2.0
"""Networks and gradients of PyTorch, against PyTorch's own forward and backward pass in float64."""

import copy
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import SEED
from modules import NOT_MADE, REFUSED, TAKEN, Function
from torch import nn
from torch.nn import functional as F

import gradaudit as ga
from gradaudit._from_torch import as_it_was, plain
from gradaudit._operators import OPERATIONS
from gradaudit._trace import Trace

QUICK = dict(progress=False, seeds=20)


def made(name, dtype=torch.float64, n=3):
    torch.manual_seed(SEED)
    module, shape = TAKEN[name]()
    return module.to(dtype), torch.rand((n, *shape), dtype=dtype)


def autograd(module, x, y):
    """The gradient of the sum of the cross-entropies by autograd, in eval mode; after a sigmoid of the binary ones."""
    leaf = x.clone().requires_grad_()
    modes = [m.training for m in module.modules()]
    module.eval()
    output = module(leaf.clone())
    if isinstance(list(module.modules())[-1], nn.Sigmoid):
        F.binary_cross_entropy(output, F.one_hot(y, output.shape[1]).to(output.dtype), reduction="sum").backward()
    elif isinstance(list(module.modules())[-1], nn.Softmax):
        F.nll_loss(output.log(), y, reduction="sum").backward()
    else:
        F.cross_entropy(output, y, reduction="sum").backward()
    for m, mode in zip(module.modules(), modes):
        m.training = mode
    return leaf.grad.numpy()


@pytest.mark.parametrize("name", TAKEN)
def test_gradient_is_autograds(name):
    module, x = made(name)
    model = ga.from_torch(module, x)
    y = torch.arange(len(x)) % 3
    with torch.no_grad():
        theirs = module.eval()(x.clone()).numpy()
    images = (x.flatten(1) if x.dim() > 4 else x).numpy()
    np.testing.assert_allclose(model.forward(images, progress=False).float64(), theirs, rtol=1e-11, atol=1e-11)
    exact = model.gradient(images, y.numpy(), format="exact", progress=False)
    assert exact.undecided == 0
    # of a chain of layers with respect to what it makes of its input first
    factor = {"normalised": 0.375, "normalised in place": 0.25, "normalised planes": 0.5}.get(name, 1)
    expected = autograd(module, x, y) * factor
    bound = 1e-7 if "hard" in name else 1e-9  # the sixth that PyTorch multiplies by in double is one of float
    np.testing.assert_allclose(exact.float64(), expected.reshape(images.shape), rtol=bound, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["sequential", "convolutions", "normalised"])
def test_numbers_are_the_modules(name):
    """In float32 the weights are those of the module: the float64 pass on them is that of the module converted to float64."""
    module, x = made(name, torch.float32)
    model = ga.from_torch(module, x)
    assert model.bits == 32
    theirs = copy.deepcopy(module).double().eval()(x.double()).detach().numpy()
    ours = model.forward(x.numpy(), format="double", progress=False).float64()
    if name == "normalised":  # the input's numbers are rounded to float32 once more
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def operators():
    """The ONNX operators of each operation of src/op/ops.def, and of the operators that compute nothing."""
    source = Path(__file__).parents[2] / "src"
    text = "".join(path.read_text() for path in sorted([*source.glob("op/*.c"), *source.glob("io/*.c")]))
    rows = {}
    for name, row in re.findall(r"\bop_onnx op_onnx_(\w+) = \{(.*?)\};", text, re.DOTALL):
        rows[name] = re.findall(r'\.(?:operator|also) = "(\w+)"', row)
    for path in source.glob("num/*.def"):  # rows of a macro: name, words, ..., the operator, which begins with a capital
        for name, row in re.findall(r"^[A-Z]+\((\w+), (.*)\)$", path.read_text(), re.MULTILINE):
            rows.setdefault(name, re.findall(r'"([A-Z][a-z]\w*)"', row.split('",', 1)[-1])[:1])
    listed = re.findall(r"^OPERATION\((\w+)\)", (source / "op/ops.def").read_text(), re.MULTILINE)
    assert len(listed) > 60 and not set(listed) - set(rows), set(listed) - set(rows)
    more = re.findall(r'^    \{ \.operator = "(\w+)"', text, re.MULTILINE)
    return {**{name: rows[name] for name in listed if rows[name]}, **{word: [word] for word in more}}


def test_every_operation_is_made():
    """Each operator of a network that the core reads is made of some module, or NOT_MADE says why of none; and each row of
    from_torch is tried."""
    read, found, called = operators(), set(), set()
    assert {"Conv", "Softplus", "Slice", "Concat", "GlobalAveragePool"} <= {word for words in read.values() for word in words}
    for name in TAKEN:
        module, x = made(name)
        trace = Trace(module := plain(module))
        with as_it_was(module):
            trace.run(x)
        found |= {node.operator for node in trace.graph.nodes}
        called |= trace.called
    known = {word for words in read.values() for word in words}
    assert known - found == set(NOT_MADE), (known - found, set(NOT_MADE))
    tried = {OPERATIONS[name] for name in called} | {OPERATIONS["max_pool2d_with_indices"]}  # which only refuses
    missing = {name for name, row in OPERATIONS.items() if row not in tried}
    assert not [name for name in missing if any(hasattr(place, name) for place in (torch, F, torch.Tensor))], missing


def test_numbers_of_attributes():
    """ONNX's attributes are binary32: in modules of float64 they are the module's numbers all the same."""
    module, x = made("activations")
    model = ga.from_torch(module, x)
    outputs = model.forward(x.numpy(), format="double", progress=False).float64()
    np.testing.assert_allclose(outputs, module(x).detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name):
    make, words, *_ = REFUSED[name]
    torch.manual_seed(SEED)
    module = make()
    modes = [m.training for m in module.modules()]
    with pytest.raises(ga.UsageError, match=words) as caught:
        ga.from_torch(module, torch.rand(2, 4))
    assert "\n" not in str(caught.value)
    assert [m.training for m in module.modules()] == modes


@pytest.mark.parametrize("example, words", [
    (torch.zeros(2, 4, dtype=torch.int64), "int64 have no gradient"), (torch.zeros(2, 4, dtype=torch.complex64), "complex64"),
    (torch.zeros(2, 4, dtype=torch.uint8), "uint8"), (torch.zeros(4), r"example\[None\]"), (torch.zeros(0, 4), "empty"),
    (torch.zeros(2, 4, dtype=torch.float64), "it is torch.float64, and the module's parameters are torch.float32"),
    (torch.ones(2, 4).to_sparse(), "dense"), (torch.zeros(2, 4, device="meta"), "numbers in it"),
    (np.zeros((2, 4), np.longdouble), "makes no tensor"), (np.zeros((2, 4), object), "makes no tensor")])
def test_examples_that_are_refused(example, words):
    with pytest.raises(ga.UsageError, match=words):
        ga.from_torch(nn.Linear(4, 3), example)


def test_other_arguments():
    with pytest.raises(TypeError, match="several inputs"):
        ga.from_torch(nn.Linear(4, 3), (torch.zeros(2, 4), torch.zeros(2, 4)))
    with pytest.raises(TypeError, match="torch.nn.Module"):
        ga.from_torch(lambda x: x, torch.zeros(2, 4))


@pytest.mark.parametrize("name", [name for name, row in REFUSED.items() if len(row) > 2])
def test_other_ways(name):
    """The way out that the refusal names is taken, and computes the same."""
    refused, _, other = REFUSED[name]
    refused, other, x = refused(), other(), torch.rand(2, 4)
    want = refused.eval()(x)
    other.eval()(x)
    for k in 0, -1:  # what stands between has no parameters
        other[k].load_state_dict(refused[k].state_dict())
    outputs = ga.from_torch(other, x).forward(x.numpy(), progress=False).float64()
    np.testing.assert_allclose(outputs, want.detach().numpy(), rtol=1e-5)


def test_module_is_left_as_it_was():
    torch.manual_seed(SEED)
    module = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Sigmoid(), nn.Linear(8, 3))
    module[1].eval()
    module(torch.rand(2, 4)).sum().backward()
    before = [p.grad.clone() for p in module.parameters()], [m.training for m in module.modules()], torch.get_rng_state()
    hooks = len(torch.nn.modules.module._global_forward_pre_hooks), len(torch.nn.modules.module._global_forward_hooks)
    x = torch.rand(30, 4, generator=torch.Generator().manual_seed(3), requires_grad=True)
    ga.torch.audit(module, x, torch.arange(30) % 3, **QUICK)
    assert all(torch.equal(p.grad, grad) for p, grad in zip(module.parameters(), before[0]))
    assert [m.training for m in module.modules()] == before[1] and torch.equal(torch.get_rng_state(), before[2])
    assert x.grad is None and not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())
    assert (len(torch.nn.modules.module._global_forward_pre_hooks), len(torch.nn.modules.module._global_forward_hooks)) == hooks


class Saturated(nn.Module):
    """Two sigmoids: at x = (1, 1) their arguments are 20, where float32 has 1 for the value and 0 for a derivative of 2e-9, and
    120, whose derivative, 8e-53, no float32 holds."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(2, 2), nn.Linear(2, 2)
        with torch.no_grad():
            self.hidden.weight.copy_(torch.tensor([[20.0, 0.0], [0.0, 120.0]]))
            self.hidden.bias.zero_()
            self.out.weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 1.0]]))
            self.out.bias.zero_()

    def forward(self, x):
        return self.out(torch.sigmoid(self.hidden(x)))


def test_zeros_of_torch_are_told_apart():
    module, x, y = Saturated(), torch.ones(24, 2), torch.zeros(24, dtype=torch.int64)
    computed = ga.torch.gradient(module, x, y)
    assert computed.shape == (24, 2) and not computed.any()  # PyTorch says 0
    a = ga.torch.audit(module, x, y, estimators=["float", "double,rewrite"], **QUICK)
    row = next(r for r in a.report["estimators"] if "torch" in r["name"])
    assert row["cells"]["lost"] == 24 and row["cells"]["below-range"] == 24
    truth = a.model.gradient(x.numpy(), y.numpy(), format="exact", progress=False)
    p = 1 / (1 + np.exp(-3.0))  # of class 0: logits 3 and 0, but for 2e-9
    np.testing.assert_allclose(truth.float64()[0, 0], (p - 1) * (1 + 1) * 20 * np.exp(-20.0), rtol=1e-7)
    np.testing.assert_allclose(truth.log10()[0, 1], np.log10((1 - p) * (2 - 1) * 120) - 120 / np.log(10), rtol=1e-7)
    assert "Lost" in a.explain(0, 0) and "Below" in a.explain(0, 1)


def batch(n=20):
    torch.manual_seed(SEED)
    module = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Sigmoid(), nn.Linear(8, 3))
    return module, torch.rand(n, 1, 3, 4), torch.arange(n) % 3


def of_torch(a):
    return next(row for row in a.report["estimators"] if "torch" in row["name"])


def test_audit_is_that_of_the_gradient():
    module, x, y = batch()
    grad = autograd(module, x, y)
    assert ga.torch.gradient(module, x, y).tobytes() == grad.tobytes()
    by_hand = ga.audit(ga.from_torch(module, x), x.numpy(), y.numpy(), ["float"], foreign={"torch": grad.reshape(20, -1)}, **QUICK)
    assert ga.torch.audit(module, x, y, estimators=["float"], **QUICK).json == by_hand.json
    assert ga.torch.audit(module, x, y, estimators=["float"], grad=torch.tensor(grad), **QUICK).json == by_hand.json


def test_arrays_and_tensors_of_any_kind():
    """What x is in memory changes nothing: the order of bytes, strides, a negative that is not yet computed, inference mode."""
    module, x, y = batch()
    want = ga.torch.audit(module, x, y, estimators=["float"], **QUICK).json
    grad = ga.torch.gradient(module, x, y)
    other = x.numpy().astype(">f4"), y.numpy().astype(">i8")
    assert ga.torch.audit(module, *other, estimators=["float"], grad=grad.astype(">f4"), **QUICK).json == want
    lazy = torch.complex(x, -x).conj().imag
    assert lazy.is_neg() and ga.torch.audit(module, lazy, y, estimators=["float"], **QUICK).json == want
    with torch.inference_mode():
        assert ga.torch.audit(module, x.clone(), y.clone(), estimators=["float"], **QUICK).json == want


class OfTheBatch(nn.Module):
    """Another network where there are more than eight images."""

    def __init__(self):
        super().__init__()
        self.one, self.other = batch()[0], nn.Sequential(nn.Flatten(), nn.Linear(12, 3))

    def forward(self, x):
        return self.one(x) if len(x) <= 8 else self.other(x)


def test_a_network_that_depends_on_the_batch():
    _, x, y = batch()
    assert of_torch(ga.torch.audit(OfTheBatch(), x[:8], y[:8], estimators=["float"], **QUICK))["cells"]["right"] == 8 * 12
    with pytest.raises(ga.UsageError, match="differ by"):
        ga.torch.audit(OfTheBatch(), x, y, estimators=["float"], **QUICK)


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), F.cross_entropy, nn.CrossEntropyLoss(reduction="sum"),
                                  nn.CrossEntropyLoss(reduction="none")])
def test_reductions(loss):
    module, x, y = batch()
    cells = of_torch(ga.torch.audit(module, x, y, loss, ["float"], **QUICK))["cells"]
    assert cells["right"] == 20 * 12


def test_means_and_sums_are_not_mixed_up():
    module, x, y = batch()
    grad = autograd(module, x, y)
    with pytest.raises(ga.UsageError, match=r"that of the mean over the 20 images.*CrossEntropyLoss\(\)"):
        ga.torch.audit(module, x, y, grad=grad / 20)
    with pytest.raises(ga.UsageError, match="that of the sum over the 20 images"):
        ga.torch.audit(module, x, y, nn.CrossEntropyLoss(), grad=grad)
    a = ga.torch.audit(module, x, y, nn.CrossEntropyLoss(), ["float"], grad=grad / 20, **QUICK)
    assert of_torch(a)["cells"]["right"] == 240


def test_losses_of_logarithms():
    module, x, y = batch()
    ended = nn.Sequential(module, nn.LogSoftmax(dim=1))
    assert of_torch(ga.torch.audit(ended, x, y, nn.NLLLoss(), ["float"], **QUICK))["cells"]["right"] == 240
    with pytest.raises(ga.UsageError, match="does not end in LogSoftmax"):
        ga.torch.audit(module, x, y, nn.NLLLoss())
    with pytest.raises(ga.UsageError, match="ends in a softmax"):
        ga.torch.audit(nn.Sequential(module, nn.Softmax(dim=1)), x, y)
    with pytest.raises(ga.UsageError, match="ends in a sigmoid"):
        ga.torch.audit(nn.Sequential(module, nn.Sigmoid()), x, y)


@pytest.mark.parametrize("loss", [nn.MSELoss(), "margin", lambda output, y: output.sum(), nn.CrossEntropyLoss(label_smoothing=0.1),
                                  nn.CrossEntropyLoss(weight=torch.ones(3))])
def test_losses_that_are_not_known(loss):
    with pytest.raises(ga.UsageError, match="losses that are known"):
        ga.torch.audit(*batch(), loss)


@pytest.mark.parametrize("name", ["normalised", "normalised in place", "normalised planes", "normalised images", "lengths"])
def test_normalised_inputs(name):
    """The audit takes the gradient with respect to the normalised input of a chain of layers, and that of other networks."""
    module, x = made(name, torch.float32, 20)
    cells = of_torch(ga.torch.audit(module, x, torch.arange(20) % 3, estimators=["float"], **QUICK))["cells"]
    assert cells["right"] + cells["zero"] == x.numel() and cells["right"] > 0.9 * x.numel()


def test_types():
    module, x, y = batch()
    double = ga.torch.audit(copy.deepcopy(module).double(), x.double(), y, estimators=["double"], **QUICK)
    assert double.model.bits == 64 and of_torch(double)["cells"]["right"] == 240
    half = copy.deepcopy(module).half()
    grad = torch.tensor(autograd(copy.deepcopy(half).float(), x.half().float(), y)).half()
    with pytest.warns(ga.DataWarning, match="judged as one of float32"):
        a = ga.torch.audit(half, x.half(), y, estimators=["float"], grad=grad, **QUICK)
    assert of_torch(a)["cells"]["wrong-sign"] == 0 and of_torch(a)["cells"]["right"] > 200


def test_autocast_is_the_callers():
    """Under autocast the pass is in bfloat16, as the caller's would be."""
    module, x, y = batch()
    plain = ga.torch.gradient(module, x, y)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        narrow = ga.torch.gradient(module, x, y)
        assert torch.is_autocast_cpu_enabled()
    assert narrow.dtype == np.float32 and not np.array_equal(plain, narrow)
    with torch.no_grad(), torch.inference_mode():
        assert np.array_equal(ga.torch.gradient(module, x, y), plain)


@pytest.mark.parametrize("change, words", [
    (dict(wrt="1.weight"), "cannot be audited yet"), (dict(wrt="nothing"), r"1\.weight, 1\.bias"),
    (dict(scale="1/255"), "x itself"),
    (dict(x=torch.zeros(20, 1, 3, 4, dtype=torch.uint8)), "uint8"), (dict(y=torch.zeros(20)), "number of one class"),
    (dict(y=torch.full((20,), 3)), "labels are 3 to 3"), (dict(y=torch.zeros(19, dtype=torch.int64)), "20 inputs, y 19"),
    (dict(grad=np.zeros((20, 11), np.float32)), "shape"), (dict(grad=np.zeros((20, 12), np.int32)), "no floating-point")])
def test_arguments_of_audit(change, words):
    module, x, y = batch()
    arguments = dict(x=x, y=y) | change
    with pytest.raises(ga.UsageError, match=words):
        ga.torch.audit(module, **arguments)


def test_one_output():
    """Its value is read; a cross-entropy needs a logit for each class, made as the message says."""
    torch.manual_seed(SEED)
    one, x, y = nn.Linear(4, 1), torch.rand(20, 4), torch.arange(20) % 2
    model = ga.from_torch(one, x)
    values = model.forward(x.numpy(), "double,squared-error", progress=False).float64()
    np.testing.assert_allclose(values, copy.deepcopy(one).double()(x.double()).detach().numpy(), rtol=1e-13)
    with pytest.raises(ga.UsageError, match="zeros and the one it has"):
        ga.torch.audit(one, x, y)
    two = nn.Linear(4, 2)
    two.load_state_dict({name: torch.cat([torch.zeros_like(value), value]) for name, value in one.state_dict().items()})
    exact = ga.from_torch(two.double(), x.double()).gradient(x.double().numpy(), y.numpy(), format="exact", progress=False)
    leaf = x.double().requires_grad_()
    F.binary_cross_entropy_with_logits(one.double()(leaf)[:, 0], y.double(), reduction="sum").backward()
    np.testing.assert_allclose(exact.float64(), leaf.grad.numpy(), rtol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_exact_in_float32(dtype):
    module, x = made("sequential", dtype)
    model = ga.from_torch(module, x)
    assert model.bits == 32
    theirs = copy.deepcopy(module).double()(x.double()).detach().numpy()
    ours = model.forward(x.float().numpy(), format="double", progress=False).float64()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_attributes():
    assert ga.torch.from_torch is ga.from_torch
    model = ga.from_torch(Function(lambda s, x: s.fc(x)), torch.rand(1, 4))
    assert (model.inputs, model.classes, model.parameters) == (4, 3, 15)


def test_readme(tmp_path, monkeypatch):
    """Its Python runs as it stands, with arrays of bytes, and its command's logits are the module's."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    compared = re.search(r"`(module\(.*?\))`", readme)[1]
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    names = {"module": nn.Sequential(nn.Linear(784, 6), nn.ReLU(), nn.Linear(6, 3)),
             "images": random.integers(0, 256, (20, 784), np.uint8), "labels": random.integers(0, 3, 20)}
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ga.DataWarning)  # the network is not trained
        for block in blocks:
            exec(block, names)
    assert len(blocks) == 2 and (tmp_path / "audit-python" / "report.html").exists()
    logits = eval(compared, names).detach().numpy()
    ours = ga.load("model.npz", activation="relu").forward(ga.Dataset("data.npz"), images="0-4").float64()
    assert logits.shape == (5, 3) and np.allclose(ours, logits, rtol=1e-5, atol=1e-6)


def test_fused(tmp_path):
    """A composed GELU is one only where that is asked for: its gradient is that of PyTorch's."""
    module = nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 3)).double()
    x, y = torch.randn(4, 6).double(), torch.arange(4) % 3
    path = tmp_path / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), x, str(path), opset_version=14, input_names=["x"], dynamic_axes={"x": {0: "n"}})
    composed, fused, again = ga.load(path), ga.load(path, fuse=True), ga.from_bytes(path.read_bytes(), fuse=True)
    assert "GELU" not in str(ga.audit(composed, x.numpy(), y.numpy(), **QUICK).report["head"]["model"])
    assert ga.audit(fused, x.numpy(), y.numpy(), **QUICK).report["head"]["model"]["fused"] == "1 GELU"
    expected = autograd(module, x, y)
    for model in fused, again:
        exact = model.gradient(x.numpy(), y.numpy(), format="exact", progress=False).float64()
        np.testing.assert_allclose(exact, expected, atol=1e-9 * np.abs(expected).max())
    with pytest.raises(TypeError, match="fuse"):
        ga.load(path, fuse="yes")


def test_fused_modules():
    """What a module composes is one function only where that is asked for, and its end then is one of the network."""
    composed = nn.Sequential(nn.Linear(6, 5), Function(lambda s, x: x / (1 + torch.exp(-x))), nn.Linear(5, 3),
                             Function(lambda s, x: torch.exp(x) / torch.exp(x).sum(1, keepdim=True))).double()
    twin = nn.Sequential(composed[0], nn.SiLU(), composed[2], nn.Softmax(1))
    x, y = torch.randn(4, 6).double(), torch.arange(4) % 3
    with pytest.raises(ga.UsageError, match="ends in a softmax that is composed .*: fuse=True reads it as one$"):
        ga.from_torch(composed, x)
    model = ga.from_torch(composed, x, fuse=True)
    assert ga.audit(model, x.numpy(), y.numpy(), **QUICK).report["head"]["model"]["fused"] == "1 SiLU, 1 softmax"
    exact, expected = model.gradient(x.numpy(), y.numpy(), format="exact", progress=False).float64(), autograd(twin, x, y)
    np.testing.assert_allclose(exact, expected, atol=1e-9 * np.abs(expected).max())
    with pytest.raises(TypeError, match="fuse"):
        ga.from_torch(composed, x, fuse="yes")
