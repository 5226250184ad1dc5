# SPDX-License-Identifier: Apache-2.0
"""Models from scikit-learn's estimators."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import UsageError
from ._model import Model, from_arrays

__all__ = ["from_sklearn"]

_ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "linear"}
_CASES = 16


def from_sklearn(estimator: Any) -> Model:
    """The network of a fitted MLPClassifier, MLPRegressor of one output, or LogisticRegression, with the binary numbers of its
    coefficients.

    Labels are those that the classifier was fitted with: model.class_labels has what class i is called. A classifier of two
    classes has one output z, whose logistic function is the probability of the second; the model has the two logits 0 and z, whose
    softmax is the same. Steps before it, such as a scaler's, are not part of it: transform x before.

    Raises UsageError for an estimator whose probabilities are no softmax of a network's logits; TypeError for what is no
    estimator."""
    name = type(estimator).__name__
    if not hasattr(estimator, "get_params"):
        raise TypeError(f"estimator is one of scikit-learn's, not {name}")
    if name == "Pipeline":
        raise UsageError("a Pipeline is not supported: give its last step, estimator[-1], and what estimator[:-1].transform makes "
                         "of x")
    if hasattr(estimator, "intercepts_"):
        return _network(estimator, name)
    if hasattr(estimator, "coef_") and hasattr(estimator, "predict_proba"):
        return _linear(estimator, name)
    if name in ("MLPClassifier", "MLPRegressor", "LogisticRegression"):
        raise UsageError(f"{name}: it is not fitted")
    raise UsageError(f"{name} is not supported; what is: MLPClassifier, MLPRegressor of one output, LogisticRegression")


def _network(estimator: Any, name: str) -> Model:
    layers = [(np.asarray(weight), np.asarray(bias)) for weight, bias in zip(estimator.coefs_, estimator.intercepts_)]
    end = estimator.out_activation_
    if name == "MLPRegressor" or end == "identity":
        if layers[-1][0].shape[1] != 1:
            raise UsageError(f"{name} of {layers[-1][0].shape[1]} outputs: a network of one value, or of classes, is supported")
        return from_arrays(layers, activation=_hidden(estimator, len(layers)), layout="in-out")
    if end == "logistic":
        if layers[-1][0].shape[1] != 1:
            raise UsageError(f"{name} of several labels for each input: only classes of which each input has one are supported")
        weight, bias = layers[-1]
        layers[-1] = _two(weight), _two(bias)
    return _labelled(from_arrays(layers, activation=_hidden(estimator, len(layers)), layout="in-out"), estimator)


def _hidden(estimator: Any, layers: int) -> Any:
    return [_ACTIVATIONS[estimator.activation]] * (layers - 1) or None


def _linear(estimator: Any, name: str) -> Model:
    weight, bias = np.asarray(estimator.coef_).T, np.broadcast_to(np.asarray(estimator.intercept_), len(estimator.coef_))
    if weight.shape[1] == 1 and len(estimator.classes_) == 2:
        weight, bias = _two(weight), _two(bias)
    model = _labelled(from_arrays([(weight, bias)], layout="in-out"), estimator)
    x = np.random.default_rng(1).standard_normal((_CASES, weight.shape[0])).astype(weight.dtype)
    logits = model.forward(x, progress=False).float64()
    logits -= logits.max(axis=1, keepdims=True)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if not np.allclose(estimator.predict_proba(x), probabilities, rtol=1e-3, atol=1e-6):
        raise UsageError(f"{name}: its probabilities are no softmax of its scores (one class against the rest?); "
                         "gradaudit.from_arrays([(estimator.coef_, estimator.intercept_)]) takes the scores for logits")
    return model


def _two(part: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Beside the one output a 0."""
    return np.concatenate([np.zeros_like(part), part], axis=-1)


def _labelled(model: Model, estimator: Any) -> Model:
    classes = np.asarray(estimator.classes_)
    if not np.array_equal(classes, np.arange(len(classes))):
        model.class_labels = classes
    return model
