# SPDX-License-Identifier: Apache-2.0
"""The structures and functions of include/gradaudit/*.h, as ctypes sees them."""

from __future__ import annotations

from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_int, c_int8, c_int64, c_long, c_size_t, c_uint8,
                    c_uint64, c_void_p, sizeof)
from typing import Any


class Status(Structure):
    """ga_status"""

    _fields_ = [("code", c_int), ("message", c_char * 512)]


class Array(Structure):
    """ga_array"""

    _fields_ = [("type", c_char_p), ("n_dims", c_size_t), ("dim", POINTER(c_size_t)), ("data", c_void_p)]


class Sized(Structure):
    """Options begin with their own size; what is not given is 0."""

    def __init__(self, **members: Any) -> None:
        super().__init__(size=sizeof(type(self)), **members)


class ModelOptions(Sized):
    """ga_model_options"""

    _fields_ = [("size", c_size_t), ("activation", c_char_p), ("layout", c_char_p), ("allow_nonfinite", c_int), ("round", c_int),
                ("max_file", c_size_t), ("max_memory", c_size_t), ("fuse", c_int)]


class DatasetOptions(Sized):
    """ga_dataset_options"""

    _fields_ = [("size", c_size_t), ("data_key", c_char_p), ("labels_key", c_char_p), ("label_column", c_char_p),
                ("scale", c_char_p), ("mean", c_char_p), ("std", c_char_p), ("clip", c_char_p), ("max_file", c_size_t),
                ("max_memory", c_size_t)]


PROGRESS = CFUNCTYPE(None, c_void_p, c_double, c_double)


class Run(Sized):
    """ga_run; stop is a plain address, of a function that no Python stands behind."""

    _fields_ = [("size", c_size_t), ("threads", c_int), ("progress", PROGRESS), ("stop", c_void_p), ("data", c_void_p)]


class Numbers(Sized):
    """ga_numbers"""

    _fields_ = [("size", c_size_t), ("sign", POINTER(c_int8)), ("mantissa", POINTER(c_double)), ("exponent", POINTER(c_int64)),
                ("state", POINTER(c_uint8))]


class AuditOptions(Sized):
    """ga_audit_options"""

    _fields_ = [("size", c_size_t), ("images", c_char_p), ("eps", c_char_p), ("tolerance", c_double), ("verdict_margin", c_double),
                ("seeds", c_size_t), ("max_bits", c_long), ("reference_bits", c_long), ("backend", c_char_p),
                ("no_remedies", c_int), ("elements", c_int), ("batch", c_int)]


_handle = c_void_p
_new = POINTER(c_void_p)
_status = POINTER(Status)
_run = POINTER(Run)

# Each function: what it returns, what it takes.
PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "ga_version": (c_char_p, []),
    "ga_text_free": (None, [c_void_p]),
    "ga_own_gmp_memory": (c_int, [_status]),
    "ga_model_open": (c_int, [_new, c_char_p, POINTER(ModelOptions), _status]),
    "ga_model_open_bytes": (c_int, [_new, c_char_p, c_size_t, c_char_p, POINTER(ModelOptions), _status]),
    "ga_model_from_arrays": (c_int, [_new, POINTER(Array), POINTER(Array), c_size_t, POINTER(ModelOptions), _status]),
    "ga_model_save": (c_int, [_handle, c_char_p, _status]),
    "ga_model_free": (None, [_handle]),
    "ga_model_inputs": (c_size_t, [_handle]),
    "ga_model_classes": (c_size_t, [_handle]),
    "ga_model_parameters": (c_size_t, [_handle]),
    "ga_model_bits": (c_int, [_handle]),
    "ga_model_sha256": (c_char_p, [_handle]),
    "ga_model_tensors": (c_size_t, [_handle]),
    "ga_model_tensor_name": (c_char_p, [_handle, c_size_t]),
    "ga_model_tensor_shape": (c_size_t, [POINTER(c_size_t), c_size_t, _handle, c_size_t]),
    "ga_dataset_open": (c_int, [_new, c_char_p, c_char_p, POINTER(DatasetOptions), _status]),
    "ga_dataset_from_arrays": (c_int, [_new, POINTER(Array), POINTER(Array), POINTER(DatasetOptions), _status]),
    "ga_dataset_set_targets": (c_int, [_handle, POINTER(Array), c_int, _status]),
    "ga_dataset_free": (None, [_handle]),
    "ga_dataset_images": (c_size_t, [_handle]),
    "ga_dataset_inputs": (c_size_t, [_handle]),
    "ga_dataset_has_labels": (c_int, [_handle]),
    "ga_dataset_fits": (c_int, [_handle, _handle, _status]),
    "ga_dataset_doubts": (c_int, [POINTER(c_void_p), _handle, _handle, _run, _status]),
    "ga_estimator_new": (c_int, [_new, c_char_p, _handle, _status]),
    "ga_estimator_free": (None, [_handle]),
    "ga_estimator_name": (None, [c_char_p, c_size_t, _handle]),
    "ga_gradient_compute": (c_int, [POINTER(Numbers), POINTER(c_size_t), _handle, _handle, c_size_t, c_size_t, _handle, c_char_p,
                                    _run, _status]),
    "ga_gradient_weights": (c_int, [POINTER(Numbers), POINTER(c_size_t), _handle, _handle, c_size_t, c_size_t, _handle, c_char_p,
                                    c_int, _run, _status]),
    "ga_forward_compute": (c_int, [POINTER(Numbers), POINTER(c_size_t), _handle, _handle, c_size_t, c_size_t, _handle, _run,
                                   _status]),
    "ga_audit_new": (c_int, [_new, _handle, _handle, POINTER(AuditOptions), _status]),
    "ga_audit_free": (None, [_handle]),
    "ga_audit_add": (c_int, [_handle, c_char_p, _status]),
    "ga_audit_add_foreign": (c_int, [_handle, c_char_p, POINTER(Array), c_char_p, _status]),
    "ga_audit_run": (c_int, [_new, _handle, c_char_p, c_int, _run, _status]),
    "ga_audit_join": (c_int, [_new, c_char_p, POINTER(c_char_p), c_size_t, _status]),
    "ga_explain": (c_int, [POINTER(c_void_p), _handle, _handle, c_size_t, c_size_t, c_char_p, c_double, _run, _status]),
    "ga_cell_name": (c_char_p, [c_int]),
    "ga_report_open": (c_int, [_new, c_char_p, _status]),
    "ga_report_free": (None, [_handle]),
    "ga_report_json": (c_char_p, [_handle]),
    "ga_report_text": (c_char_p, [_handle]),
    "ga_report_verdict": (c_char_p, [_handle]),
    "ga_report_estimators": (c_size_t, [_handle]),
    "ga_report_estimator": (c_char_p, [_handle, c_size_t]),
    "ga_report_count": (c_uint64, [_handle, c_size_t, c_int]),
    "ga_report_render": (c_int, [_handle, c_char_p, POINTER(c_int), _status]),
}
