# SPDX-License-Identifier: Apache-2.0
"""Gradients to weights that `gradaudit gradient --wrt weights` writes, against PyTorch's; the package has the same."""

import numpy as np
import pytest
from conftest import SEED, command

import gradaudit as ga

torch = pytest.importorskip("torch")
nn = torch.nn
STATES = "zero subnormal normal infinite nan undecided".split()
MODULES = {
    "layers": (nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 3)), (6,)),
    "convolutions": (nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, groups=2),
                                   nn.Tanh(), nn.Flatten(), nn.Linear(16, 3)), (2, 8, 8)),
    "tokens": (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3), nn.Flatten(), nn.Linear(15, 3)), (5, 3)),
    "slopes": (nn.Sequential(nn.Linear(6, 5), nn.PReLU(5), nn.Linear(5, 3)), (6,)),
}


@pytest.fixture(scope="module", params=MODULES)
def exported(request, tmp_path_factory):
    """A module in double, what it is given, and the command's words for it."""
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(SEED)
    module, shape = MODULES[request.param]
    module = module.double().eval()
    random = np.random.default_rng(SEED)
    x, y = random.normal(size=(300, *shape)), random.integers(0, 3, 300)
    torch.onnx.export(module, torch.zeros(1, *shape, dtype=torch.float64), folder / "model.onnx", input_names=["x"],
                      dynamic_axes={"x": {0: "N"}})
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return module, x, y, folder, [folder / "model.onnx", "--data", folder / "x.npy", "--labels", folder / "y.npy", "--scale", "1"]


def gradients(module, x, y, reduction):
    module.zero_grad()
    nn.functional.cross_entropy(module(torch.tensor(x)), torch.tensor(y), reduction=reduction).backward()
    return [p.grad.numpy() for p in module.parameters()]


def numbers(path):
    """The arrays of each parameter, in their order, joined to numbers where there are four."""
    with np.load(path) as arrays:
        if not any(name.endswith(".mantissa") for name in arrays):
            return list(arrays.values()), None
        stems = [name[:-9] for name in arrays if name.endswith(".mantissa")]
        return ([np.ldexp(arrays[f"{s}.mantissa"], arrays[f"{s}.exponent"].astype(int)) for s in stems],
                [(arrays[f"{s}.sign"], arrays[f"{s}.state"]) for s in stems])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("words", [["double"], ["exact"], ["mpfr:200", "--formulas", "rewrite"]])
def test_weights_are_those_of_torch(exported, words, reduction):
    module, x, y, folder, files = exported
    command("gradient", *files, "--format", *words, "--wrt", "weights", "--reduction", reduction, "-o", folder / "g.npz")
    got, more = numbers(folder / "g.npz")
    want = gradients(module, x, y, reduction)
    assert [a.shape for a in got] == [a.shape for a in want]
    for a, b in zip(got, want):
        assert np.abs(a - b).max() <= 1e-12 * np.abs(b).max()
    for (sign, state), a in zip(more or [], got):
        assert (sign == np.sign(a)).all() and set(state.ravel()) <= {0, 2} and ((state == 0) == (a == 0)).all()


def test_upstream_has_no_mean(exported):
    """It is what z.backward takes."""
    module, x, y, folder, files = exported
    upstream = np.random.default_rng(SEED).normal(size=(300, 3))
    np.save(folder / "u.npy", upstream)
    command("gradient", *files, "--format", "double", "--upstream", folder / "u.npy", "--wrt", "weights", "-o", folder / "g.npz")
    module.zero_grad()
    module(torch.tensor(x)).backward(torch.tensor(upstream))
    for a, b in zip(numbers(folder / "g.npz")[0], module.parameters()):
        assert np.abs(a - b.grad.numpy()).max() <= 1e-12 * np.abs(b.grad.numpy()).max()


def test_same_gradients_same_bytes(exported):
    *_, folder, files = exported
    names = [folder / "one.npz", folder / "two.npz"]
    for threads, name in enumerate(names, 1):
        command("gradient", *files, "--wrt", "weights", "--format", "double", "--threads", threads, "-o", name)
    assert names[0].read_bytes() == names[1].read_bytes()


def test_states(exported):
    """Formats that no array has come in parts, with the state of each number."""
    module, x, y, folder, files = exported
    command("gradient", *files, "--wrt", "weights", "--format", "x87", "--images", "0-9", "-o", folder / "g.npz")
    with np.load(folder / "g.npz") as arrays:
        shapes = [a.shape for name, a in arrays.items() if name.endswith(".state")]
        assert shapes == [tuple(p.shape) for p in module.parameters()]
        assert {STATES[s] for name, a in arrays.items() if name.endswith(".state") for s in a.ravel()} <= set(STATES[:3])


@pytest.mark.parametrize("words", ["double", "exact", "mpfr:100"])
def test_inputs(exported, words):
    """Those of the input are in such a file too, in every format, and Python's own numbers are the same."""
    _, x, y, folder, files = exported
    command("gradient", *files, "--format", words, "--images", "3-80", "-o", folder / "g.npz")
    want = ga.load(files[0]).gradient(x, y, words, images=range(3, 81))
    with np.load(folder / "g.npz") as arrays:
        if words == "double":
            assert list(arrays) == ["input"] and np.array_equal(arrays["input"], want.float64().reshape(78, -1))
        for part in "sign mantissa exponent state".split() if words != "double" else []:
            assert np.array_equal(arrays[f"input.{part}"], getattr(want, part).reshape(78, -1)), part


def test_what_cancels(tmp_path):
    """Exact terms that cancel over a batch are a proved 0; so are those of a unit that no image makes live."""
    random = np.random.default_rng(SEED)
    w = random.normal(size=(5, 4)).astype("f4"), random.normal(size=(2, 5)).astype("f4")
    x = np.repeat(random.normal(size=(3, 4)).astype("f4"), 2, axis=0)
    layers = [(w[0], np.float32([0, 0, 0, 0, -1e6])), (w[1], np.zeros(2, "f4"))]
    ga.from_arrays(layers, activation="relu").save(tmp_path / "m.safetensors")
    np.savez(tmp_path / "d.npz", x_test=x, y_test=[0, 1] * 3)
    states = {}
    for loss in "margin", "cross-entropy":
        command("gradient", tmp_path / "m.safetensors", "--data", tmp_path / "d.npz", "--scale", 1, "--loss", loss,
                "--wrt", "weights", "--format", "exact", "-o", tmp_path / "g.npz")
        with np.load(tmp_path / "g.npz") as arrays:
            states[loss] = {name[:-6]: a for name, a in arrays.items() if name.endswith(".state")}
    assert all((a == 0).all() for a in states["margin"].values())  # each image, and again with the other class
    made = states["cross-entropy"]
    assert (made["fc1.weight"][4] == 0).all() and made["fc1.bias"][4] == 0 and (made["fc2.weight"][:, 4] == 0).all()
    assert (made["fc2.bias"] == 2).all()


def test_what_is_refused(exported):
    *_, folder, files = exported
    g = folder / "no" / "g.npz"
    assert "No such file" in command("gradient", *files, "--wrt", "weights", "--format", "double", "-o", g, status=5)
    assert "--digits" in command("gradient", *files, "--wrt", "weights", "--digits", 5, "-o", folder / "h.npz", status=2)
    assert "name a .npz file, not" in command("gradient", *files, "--wrt", "weights", "-o", folder / "h.npy", status=2)
    assert not (folder / "h.npz").exists() and not (folder / "h.npy").exists()


@pytest.mark.parametrize("words", ["float", "double", "exact", "x87,rewrite", "amp-float16,loss-scale=1024"])
def test_the_package_has_the_same(small, tmp_path, words):
    """Byte for byte, in the order of the file, whatever part of them is asked for."""
    for reduction, images in (None, range(3, 37)), ("sum", None):
        format, *formulas = words.split(",r")
        flags = ["--format", format, *(["--formulas", "rewrite"] if formulas else []),
                 *(["--images", "3-36"] if images else []), *(["--reduction", reduction] if reduction else [])]
        command("gradient", *small.words, "--wrt", "weights", *flags, "-o", tmp_path / "g.npz")
        more = dict(reduction=reduction) if reduction else {}
        ours = small.model.gradient(small.x, small.y, words, wrt="weights", images=images, **more)
        assert {name: g.shape for name, g in ours.items()} == small.model.tensors
        assert len({g.estimator for g in ours.values()}) == 1
        with np.load(tmp_path / "g.npz") as theirs:
            if words in ("float", "double", "amp-float16,loss-scale=1024"):
                assert list(theirs) == list(ours)
                parts = {name: g.float64().astype(theirs[name].dtype) for name, g in ours.items()}
            else:
                parts = {f"{name}.{part}": getattr(g, part) for name, g in ours.items()
                         for part in ("sign", "mantissa", "exponent", "state")}
                assert list(theirs) == list(parts)
            for name, part in parts.items():
                assert part.dtype == theirs[name].dtype and part.shape == theirs[name].shape
                assert part.tobytes() == theirs[name].tobytes(), (name, reduction)
        for name, g in ours.items():
            one = small.model.gradient(small.x, small.y, words, wrt=name, images=images, threads=1, **more)
            assert all(getattr(one, part).tobytes() == getattr(g, part).tobytes() and one.shape == g.shape
                       for part in ("sign", "mantissa", "exponent", "state")), name


def test_tensors(exported):
    """Names and shapes are the program's; those of modules are PyTorch's."""
    module, x, y, folder, files = exported
    command("gradient", *files, "--wrt", "weights", "--format", "double", "-o", folder / "g.npz")
    model = ga.load(folder / "model.onnx")
    with np.load(folder / "g.npz") as arrays:
        assert [(name, a.shape) for name, a in arrays.items()] == list(model.tensors.items())
    assert list(model.tensors.values()) == [tuple(p.shape) for p in module.parameters()]
    assert model.parameters == sum(p.numel() for p in module.parameters())
    for reduction in "mean", "sum":
        got = model.gradient(x, y, "double", wrt="weights", reduction=reduction)
        for a, b in zip(got.values(), gradients(module, x, y, reduction)):
            assert np.abs(a.float64() - b).max() <= 1e-12 * np.abs(b).max()


def test_targets_and_names(small):
    """Targets that are the labels give their gradient; a name that no parameter has is refused with those that there are."""
    rows = np.eye(3)[small.y]
    by_rows = small.model.gradient(small.x, None, "double,rewrite", wrt="fc2.bias", targets=rows)
    by_labels = small.model.gradient(small.x, small.y, "double,rewrite", wrt="fc2.bias")
    assert np.allclose(by_rows.float64(), by_labels.float64(), rtol=1e-10, atol=0)
    names = "'fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias', 'fc3.weight', 'fc3.bias'"
    with pytest.raises(ga.UsageError, match=f"'fc2' is neither 'input', 'weights' nor a parameter .*{names}"):
        small.model.gradient(small.x, small.y, wrt="fc2")
    with pytest.raises(ga.UsageError, match=r'divides by 40, which e2m1 cannot hold: .* the sum \(reduction="sum"\)'):
        small.model.gradient(small.x, small.y, "e2m1", wrt="weights")


def test_progress_and_stop(small):
    """What is done grows to the whole; what a progress function raises ends the call."""
    seen = []
    x, y = np.repeat(small.x, 20, axis=0), np.repeat(small.y, 20)
    small.model.gradient(x, y, "exact", wrt="weights", progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1][0] == seen[-1][1] > 0

    def raising(done, total):
        raise KeyError

    with pytest.raises(KeyError):
        small.model.gradient(x, y, "exact", wrt="weights", progress=raising)
