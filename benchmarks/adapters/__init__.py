"""Which libraries take part, and what each must have installed; knows no work and no library's interface.

An adapter is one file here.  Its `RUNS` says what the library can do: a `Run` per kind of work (`catalogue.py` has the
kinds), with a function that takes the work's data and returns `step()`, which returns (loss or None, [gradients]).
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import NamedTuple

__all__ = ["ADAPTERS", "Run", "contenders", "missing", "packages", "versions"]

SCALAR = ("moons", "gpt", "chain")  # kinds of work on single numbers


class Run(NamedTuple):
    """One way to do a kind of work; `variant` is set where a library has several."""

    kind: str
    build: Callable
    variant: str = ""


class Adapter(NamedTuple):
    """`file` in this folder, for work on `scalars`, `arrays` or both, importing `package` (None: it ships with us)."""

    file: str
    library: str
    package: str | None
    scalars: bool
    arrays: bool


ADAPTERS = [  # in the order of the rows: the first that can do some work is its reference
    Adapter("lean_value", "lean Value", None, True, False),
    Adapter("hand_numpy", "hand NumPy", None, False, True),
    Adapter("products", "products alone", None, False, True),
    Adapter("micrograd", "micrograd", "micrograd", True, False),
    Adapter("hips", "HIPS autograd", "autograd", False, True),
    Adapter("mygrad", "MyGrad", "mygrad", False, True),
    Adapter("torch", "PyTorch", "torch", False, True),
    Adapter("jax", "JAX", "jax", False, True),
    Adapter("autograd_nn", "autograd_nn", "autograd_nn", True, True),
]


def installed(adapter):
    return adapter.package is None or find_spec(adapter.package) is not None


def missing():
    """The packages to install for the adapters that cannot run."""
    return [a.package for a in ADAPTERS if not installed(a)]


def packages(arrays=(True, False)):
    """{library: its package} of what is installed; packages(arrays=[True]) of those on arrays alone."""
    return {a.library: a.package for a in ADAPTERS if a.package and installed(a) and a.arrays in arrays}


def versions():
    """{package: version} of what is installed, NumPy first."""
    result = {}
    for package in ("numpy", *packages().values()):
        try:
            result[package] = version(package)
        except PackageNotFoundError:
            result[package] = "from source"
    return result


def contenders(kind, data):
    """{name in the table: step} of every installed library that can do this kind of work, made ready for it.

    Work on scalars imports no array library: a big one fills the cyclic garbage collector's oldest generation, which
    then runs less often, and every graph of Python objects looks cheaper than it is in a program of its own.
    """
    found = {}
    for adapter in ADAPTERS:
        fits = adapter.scalars if kind in SCALAR else adapter.arrays
        if fits and installed(adapter):
            runs = import_module(f"{__name__}.{adapter.file}").RUNS
            found |= {f"{adapter.library} {r.variant}".strip(): r.build(data) for r in runs if r.kind == kind}
    return found
