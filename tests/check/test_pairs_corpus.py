"""Every style of the corpus is told by itself: the gradients are those that the corpus' own runner finds."""

import copy
import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from corpus.open import running

from autograd_nn.check.pairs import ContractError, pair_of

OPEN = Path(running.__file__).parent
CASES = [
    c for p in sorted(OPEN.glob("*.py")) for c in getattr(importlib.import_module(f"corpus.open.{p.stem}"), "CASES", [])
]


def plain_name(name, inputs):
    """The corpus calls what is in a dict by its key."""
    return name.split("['")[1][:-2] if "['" in name else name


def call_of(case, inputs):
    """(forward, backward, inputs) of a case as a user would pass them."""
    if case.style == "class":
        return case.forward, case.backward, inputs
    return case.forward, case.backward, inputs


def wrt_of(case, inputs):
    if not case.static:
        return None
    names = running.names(case, inputs)
    return [names[i] for i in range(len(inputs)) if i not in case.static]


def by_the_runner(case, inputs):
    try:
        return running.gradients(case, copy.deepcopy(inputs), 0)
    except Exception as error:
        return error


def by_the_pair(case, inputs, wrt):
    forward, backward, inputs = call_of(case, inputs)
    pair = pair_of(forward, backward, copy.deepcopy(inputs), wrt=wrt)
    with np.errstate(all="ignore"):
        value = pair.value(*copy.deepcopy(pair.inputs))
    values = value if isinstance(value, tuple) else (value,)
    if running.takes_upstream(case):
        rng = np.random.default_rng(1000)
        upstream = tuple([np.asarray(rng.normal(size=np.shape(o)), getattr(o, "dtype", float)) for o in values])
    else:
        upstream = tuple([np.ones(np.shape(o)) for o in values])
    with np.errstate(all="ignore"):
        found = pair.gradients(copy.deepcopy(pair.inputs), upstream if len(values) > 1 else upstream[0])
    return pair, {plain_name(pair.names[i], inputs): g for i, g in zip(pair.active, found)}
