"""Checkers in use, each as a function of a hand-written pair: passes, condemns, or says nothing.  Knows their interfaces.

A case has `forward`, `backward`, `inputs` and `constants`, as in `check_cases`; every checker runs this same NumPy code, as an
operation of its own framework, with the settings that it has by default.
"""

import functools
import inspect
import warnings
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

import autograd_nn as ag

__all__ = ["CHECKERS", "CONDEMNS", "OPEN", "PASSES", "installed", "missing", "ours", "verdict", "versions"]

PASSES, CONDEMNS, OPEN = "passes", "condemns", "cannot tell"


def gradients(case, upstream, inputs):
    """The gradients by hand as a tuple of arrays with the dtypes of the inputs."""
    given = case.alone[1](upstream, *inputs)
    parts = given if isinstance(given, tuple) else (given,)
    return tuple([np.asarray(part, np.asarray(x).dtype) for part, x in zip(parts, inputs)])


def ours(case):
    """(word, remark): the remark says what the report calls untested."""
    names = list(inspect.signature(case.forward).parameters)[: len(case.inputs)]
    report = ag.check_backward(case.forward, case.backward, *case.inputs, *case.constants, wrt=names, style="plain")
    word = {"right": PASSES, "wrong": CONDEMNS, "cannot tell": OPEN}[report.verdict]
    untested = [a.name for a in report.arguments if not a.tested] + list(report.strength)
    named = report.findings[0].kind if report.findings and word == CONDEMNS else ""
    return word, named or "; ".join(untested)


def torch(case, fast=False):
    import torch

    class Hand(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.arrays = [x.detach().numpy() for x in xs]
            return torch.as_tensor(np.asarray(case.alone[0](*ctx.arrays)))

        @staticmethod
        def backward(ctx, g):
            return tuple([torch.as_tensor(d) for d in gradients(case, g.numpy(), ctx.arrays)])

    torch.manual_seed(0)
    inputs = tuple([torch.tensor(x, requires_grad=True) for x in case.inputs])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        good = torch.autograd.gradcheck(Hand.apply, inputs, fast_mode=fast, raise_exception=False)
    return (PASSES if good else CONDEMNS), ""


def jax(case):
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    y = np.asarray(case.alone[0](*case.inputs))
    shape = jax.ShapeDtypeStruct(y.shape, y.dtype)
    call = lambda *xs: np.asarray(case.alone[0](*[np.asarray(x) for x in xs]), y.dtype)
    pull = lambda g, *xs: gradients(case, np.asarray(g), [np.asarray(x) for x in xs])
    f = jax.custom_vjp(lambda *xs: jax.pure_callback(call, shape, *xs))
    like = tuple([jax.ShapeDtypeStruct(x.shape, x.dtype) for x in case.inputs])
    f.defvjp(lambda *xs: (jax.pure_callback(call, shape, *xs), xs), lambda xs, g: jax.pure_callback(pull, like, g, *xs))
    return said(lambda: check_grads(f, tuple([jax.numpy.asarray(x) for x in case.inputs]), order=1, modes=("rev",)))


def hips(case):
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *xs: case.alone[0](*xs))
    defvjp(f, *[lambda y, *xs, i=i: lambda g: gradients(case, g, xs)[i] for i in range(len(case.inputs))])
    np.random.seed(0)  # noqa: NPY002  the generator that this checker draws from
    return said(
        lambda: [check_grads(f, argnum=i, modes=["rev"], order=1)(*case.inputs) for i in range(len(case.inputs))]
    )


def scipy(case):
    """A number without a verdict."""
    from scipy.optimize import check_grad

    if np.ndim(case.alone[0](*case.inputs)):
        return "cannot be asked", "the output is a vector"
    shapes, x = [np.shape(x) for x in case.inputs], np.concatenate([np.ravel(x) for x in case.inputs])
    cuts = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
    apart = lambda x: [part.reshape(s) for part, s in zip(np.split(np.asarray(x, case.inputs[0].dtype), cuts), shapes)]
    one = np.float64(1.0)
    together = lambda x: np.concatenate([np.ravel(d) for d in gradients(case, one, apart(x))])
    return f"{check_grad(lambda x: case.alone[0](*apart(x)), together, x):.2g}", "a number, no verdict"


def said(run):
    """What a checker that raises AssertionError thinks; anything else that it raises is no verdict."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run()
    except AssertionError:
        return CONDEMNS, ""
    except (TypeError, ValueError) as error:
        return CONDEMNS, f"{type(error).__name__}: {str(error).splitlines()[0]:.60}"
    return PASSES, ""


CHECKERS = {  # name: (package, function)
    "autograd_nn": ("autograd_nn", ours),
    "PyTorch gradcheck": ("torch", torch),
    "PyTorch gradcheck, fast": ("torch", functools.partial(torch, fast=True)),
    "JAX check_grads": ("jax", jax),
    "HIPS check_grads": ("autograd", hips),
    "SciPy check_grad": ("scipy", scipy),
}


def installed(name):
    return find_spec(CHECKERS[name][0]) is not None


def missing():
    """The packages to install for the checkers that cannot run."""
    return list(dict.fromkeys([package for name, (package, _) in CHECKERS.items() if not installed(name)]))


def versions():
    """{package: version} of what is installed beside ours."""
    return {package: version(package) for package in ("torch", "jax", "autograd", "scipy") if find_spec(package)}


def verdict(name, case):
    """(word, remark) of one checker about one pair."""
    with np.errstate(all="ignore"):
        return CHECKERS[name][1](case)
