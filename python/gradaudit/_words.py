# SPDX-License-Identifier: Apache-2.0
"""The library's sentences name the command's options; here they name the arguments of Python."""

from __future__ import annotations

import re

#: An option, and what stands for it.
_ARGUMENTS = {"activation": "activation=", "allow-nonfinite": "allow_nonfinite=True", "clip": "clip=", "data": "Dataset",
              "data-key": "data_key=", "eps": "eps=", "format": "format=", "formulas": "formulas=", "fuse": "fuse=True",
              "kappa": "kappa=", "label-column": "label_column=", "label-smoothing": "label_smoothing=", "targets": "targets=",
              "temperature": "temperature=", "upstream": "upstream=",
              "labels": "labels=", "labels-key": "labels_key=", "layout": "layout=", "loss": "loss=", "max-bits": "max_bits=",
              "max-file": "max_file=", "max-mem": "max_memory=", "mean": "mean=", "reference-bits": "reference_bits=",
              "reduction": "reduction=",
              "resume": "resume=True", "round-model": "round=True", "scale": "scale=", "seeds": "seeds=", "std": "std=",
              "threads": "threads=", "wrt": "wrt="}

#: What is said otherwise altogether.
_PHRASES = {
    "say --activation sigmoid, tanh, relu or another, or one for each with commas":
        'say activation="sigmoid", "tanh", "relu" or another, or a list with one for each',
    "sigmoid, tanh, relu, linear or another, or one for each with commas":
        '"sigmoid", "tanh", "relu", "linear" or another, or a list with one for each',
    "one for each channel with commas": "a list with one for each channel",
    "LOW,HIGH, of which LOW": "(LOW, HIGH), of which LOW",
    "--data and --labels": "Dataset",
    "(audit, attack: -e float,naive,bce)": '(audit: estimators="float,naive,bce")',
    "gradaudit forward prints them": "model.forward(x) has them",
    "gradaudit forward --format double shows": 'model.forward(x, "double") shows',
    "gradaudit forward --format exact shows": 'model.forward(x, "exact") shows',
}

# Quotations and command lines stay as they are.
_KEPT = r"(?<![^\s(=])'[^']*'|gradaudit [a-z]+(?: with)?(?: --[a-z-]+(?: [\w:.]+)?)+|[Tt]he command [a-z]+ has --\S+ \S+"
_NUMBERS = r"\d+(?:[./]\d+)?(?:,\d+(?:[./]\d+)?)*"
_WORDS = r"out-in|in-out|double|float|rewrite|mpfr:\d+|weights|sum|bce|squared-error"
_VALUE = rf"(?: (?P<value>[A-Z]|{_NUMBERS}|{_WORDS})(?![\w/]))?(?P<more> (?=--))?"
_FOUND = re.compile(rf"(?P<phrase>{'|'.join(map(re.escape, _PHRASES))})|(?P<kept>{_KEPT})|"
                    rf"(?<![^\s(])--(?P<name>{'|'.join(_ARGUMENTS)})(?![\w-]){_VALUE}")


def in_python(sentence: str) -> str:
    """The sentence, with arguments for options: --scale 1/255 is scale="1/255", --max-mem is max_memory=."""
    return _FOUND.sub(_said, sentence)


def of_arrays(sentence: str) -> str:
    """The sentence about an array in memory, which is not saved but given in another way."""
    return re.sub(r"\bsave (?=a\.|np\.)", "give ", sentence)


def _said(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    if found["phrase"]:
        return _PHRASES[found["phrase"]]
    argument, value = _ARGUMENTS[found["name"]], found["value"] or ""
    if not argument.endswith("="):
        return argument + found[0][len(f"--{found['name']}"):]
    items = [item if re.fullmatch(r"[A-Z]|\d+(\.\d+)?", item) else f'"{item}"' for item in value.split(",") if item]
    return argument + (f"({', '.join(items)})" if len(items) > 1 else "".join(items)) + (", " if found["more"] else "")
