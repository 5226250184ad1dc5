# SPDX-License-Identifier: Apache-2.0
"""Puts the built shared library into the package, where there is one; pyproject.toml has the rest."""

import os
import re
import shutil
import sys

try:
    from setuptools import setup
    from setuptools.command.build_py import build_py
except ImportError:
    sys.exit("gradaudit: setuptools is not installed (Debian package python3-setuptools)")
try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    try:
        from wheel.bdist_wheel import bdist_wheel
    except ImportError:
        sys.exit("gradaudit: wheel is not installed (Debian package python3-wheel), which this setuptools needs")

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "gradaudit", "_library.py"), encoding="utf-8") as source:
    SONAME = re.search(r'^SONAME = "(.*)"', source.read(), re.MULTILINE)[1]


def built_library():
    """GRADAUDIT_LIBRARY, or what was built in build/ or in the source tree itself; None: there is none."""
    named = os.environ.get("GRADAUDIT_LIBRARY")
    if named and not os.path.exists(named):
        sys.exit(f"GRADAUDIT_LIBRARY names {named}, which is not there")
    places = [named] if named else [os.path.join(HERE, "..", folder, ".libs", SONAME) for folder in ("build", ".")]
    return next((place for place in places if os.path.exists(place)), None)


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        library = built_library()
        if library is None:
            print("gradaudit: no built library was found, and none is in this package: build gradaudit first (./quickstart "
                  f"build), or set GRADAUDIT_LIBRARY to its {SONAME}; else the package takes the library that the system's "
                  "loader finds",
                  file=sys.stderr)
        else:
            shutil.copyfile(library, os.path.join(self.build_lib, "gradaudit", SONAME))


class WheelOfThisPlatform(bdist_wheel):
    """Any Python 3, this platform: the library is no extension module."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = built_library() is None

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelOfThisPlatform})
