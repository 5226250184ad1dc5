# SPDX-License-Identifier: Apache-2.0
# report_schema.py SCHEMA REPORT...: the schema is one, every report is valid, and a report with any key missing, any key too many or any
# value of another type is not.
import copy
import json
import sys

import jsonschema

OPTIONAL = {"foreign_sha256", "scale", "stable_fools", "inputs_sha256", "classes_sha256", "scaling", "range", "remarks", "warnings"}  # and origins' kinds: only what occurs is written

def places(value, path=()):
    """One path for each place of the schema: of lists the first and the last element."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for i in sorted({0, len(value) - 1} if value else ()):
            yield from places(value[i], path + (i,))

def at(report, path):
    for step in path:
        report = report[step]
    return report

def is_optional(path):
    return path[-1] in OPTIONAL or (len(path) > 2 and path[-3] == "origins")

def is_exponent(path):
    return path[-1] in ("undecided_bound", "first") or (path[-2:-1] in (("decade",), ("decades",)) and isinstance(path[-1], int))

def broken(report, path):
    """Reports that are none."""
    value = at(report, path)
    if isinstance(value, dict):
        yield "a key too many", value, lambda v: v.update({"no such key": 1})
        for key in list(value):
            if not is_optional(path + (key,)):
                yield "without " + key, value, lambda v, key=key: v.pop(key)
    if path:
        wrong = [] if isinstance(value, dict) else {}
        yield "of another type", at(report, path[:-1]), lambda v: v.__setitem__(path[-1], wrong)
        if isinstance(value, int) and not isinstance(value, bool) and not is_exponent(path):
            yield "negative", at(report, path[:-1]), lambda v: v.__setitem__(path[-1], -1)

def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    failed = 0
    seen = set()
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            report = json.load(file)
        for error in list(validator(schema).iter_errors(report))[:3]:
            print(f"{name}: {list(error.absolute_path)}: {error.message[:300]}")
            failed += 1
        n = 0
        for path in list(places(report)):
            general = tuple("*" if isinstance(step, int) else step for step in path)
            if general in seen:
                continue
            seen.add(general)
            for what, owner, change in broken(report, path):
                before = copy.deepcopy(owner)
                change(owner)
                if next(validator(schema).iter_errors(report), None) is None:
                    print(f"{name}: valid, though {what}: {list(path)}")
                    failed += 1
                owner.clear()
                owner.update(before) if isinstance(owner, dict) else owner.extend(before)
                n += 1
        print(f"{name}: {n} broken reports")
    sys.exit(failed > 0)

main()
