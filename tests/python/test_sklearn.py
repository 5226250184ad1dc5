# SPDX-License-Identifier: Apache-2.0
"""Networks of scikit-learn, against its own probabilities."""

import warnings

import numpy as np
import pytest
from conftest import SEED
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import gradaudit as ga


def data(classes, n=60, dtype=np.float64):
    random = np.random.default_rng(SEED)
    x = random.random((n, 6)).astype(dtype)
    return x, np.asarray(classes)[np.argsort(np.argsort(x[:, 0] + x[:, 1])) * len(classes) // n]


def fitted(kind, classes=(0, 1, 2), dtype=np.float64, **options):
    x, y = data(classes, dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does not converge in so few steps
        return kind(random_state=SEED, max_iter=30, **options).fit(x, y), x, y


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("classes", [(0, 1, 2), (0, 1), ("ant", "bee", "cow"), (7, 3), (-1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_classifier(activation, classes, dtype):
    clf, x, y = fitted(MLPClassifier, classes, dtype, activation=activation, hidden_layer_sizes=(5, 4))
    model = ga.from_sklearn(clf)
    assert model.bits == 8 * np.dtype(dtype).itemsize and model.classes == len(classes)
    probabilities = softmax(model.forward(x, progress=False).float64())
    np.testing.assert_allclose(probabilities, clf.predict_proba(x), rtol=1e-11 if dtype == np.float64 else 1e-4)
    check_gradient(model, clf, x[:3].astype(np.float64), y[:3], 1e-5 if dtype == np.float64 else None)


def check_gradient(model, clf, x, y, step):
    """Central differences of -log predict_proba of the label."""
    if step is None:
        return
    exact = model.gradient(x, y, format="exact", progress=False).float64()
    at = [list(clf.classes_).index(label) for label in y]
    for i in range(x.shape[1]):
        shift = np.zeros_like(x)
        shift[:, i] = step
        both = [clf.predict_log_proba(x + sign * shift)[np.arange(len(x)), at] for sign in (-1, 1)]
        np.testing.assert_allclose(exact[:, i], (both[0] - both[1]) / (2 * step), rtol=1e-4, atol=1e-7)


def test_labels_are_the_estimators():
    clf, x, y = fitted(MLPClassifier, ("ant", "bee", "cow"), hidden_layer_sizes=(4,))
    model = ga.from_sklearn(clf)
    assert list(model.class_labels) == ["ant", "bee", "cow"]
    a = ga.audit(model, x[:24], y[:24], ["double"], progress=False)
    numbers = np.searchsorted(clf.classes_, y[:24])
    model.class_labels = None
    assert a.json == ga.audit(model, x[:24], numbers, ["double"], progress=False).json
    model.class_labels = clf.classes_
    with pytest.raises(ga.UsageError, match="dog.*none of the model's classes"):
        model.gradient(x[:1], np.array(["dog"]))


@pytest.mark.parametrize("classes", [(0, 1, 2), (3, 5)])
def test_logistic_regression(classes):
    clf, x, y = fitted(LogisticRegression, classes)
    model = ga.from_sklearn(clf)
    np.testing.assert_allclose(softmax(model.forward(x, progress=False).float64()), clf.predict_proba(x), rtol=1e-11)
    check_gradient(model, clf, x[:3], y[:3], 1e-5)


def test_regressor_of_one_value():
    """Its value, by the estimator that a network of one output has."""
    clf, x, _ = fitted(MLPRegressor, (0.5, 1.5), hidden_layer_sizes=(4,))
    model = ga.from_sklearn(clf)
    assert model.classes == 1
    np.testing.assert_allclose(model.forward(x, "double,squared-error", progress=False).float64()[:, 0], clf.predict(x), rtol=1e-11)


def test_refused():
    clf, x, y = fitted(LogisticRegression, solver="liblinear")
    with pytest.raises(ga.UsageError, match="no softmax"):
        ga.from_sklearn(clf)
    assert ga.from_arrays([(clf.coef_, clf.intercept_)]).classes == 3  # as the message says
    with pytest.raises(ga.UsageError, match="not fitted"):
        ga.from_sklearn(MLPClassifier())
    with pytest.raises(ga.UsageError, match=r"estimator\[-1\]"):
        ga.from_sklearn(make_pipeline(clf))
    with pytest.raises(ga.UsageError, match="MLPRegressor of 2 outputs"):
        ga.from_sklearn(MLPRegressor((3,), max_iter=250, tol=10).fit(x, np.c_[y, y]))
    with pytest.raises(ga.UsageError, match="several labels"):
        ga.from_sklearn(MLPClassifier((3,), max_iter=250, tol=10).fit(x, np.c_[y > 0, y > 1]))
    for other in LinearSVC(), DecisionTreeClassifier().fit(x, y), DummyClassifier().fit(x, y):
        with pytest.raises(ga.UsageError, match="is not supported"):
            ga.from_sklearn(other)
    with pytest.raises(TypeError):
        ga.from_sklearn(3)
