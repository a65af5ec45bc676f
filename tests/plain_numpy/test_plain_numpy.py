"""Plain NumPy programs, differentiated unchanged.

programs/   what scientists write: each file imports NumPy and nothing else, has never heard of this library, and defines a
            function of its own name, numbers and arrays in, one number or array out. Every one is differentiated as it
            stands: reverse mode, forward mode and second derivatives, without a warning
filling/    programs that NumPy does not let anybody follow: they fill an array of zeros element by element, write into
            their data, or build an array from recorded numbers by np.array([...]). They may not give a wrong gradient
            silently: the very line is named, with what to write instead

Beside its function a program has EXAMPLE, arguments at which it is smooth, and ANALYTIC: whether a complex step through it is
right. It is not where NumPy orders, conjugates or refuses complex numbers: abs, max, sort, clip, comparisons, norm, std, hypot,
slogdet, cholesky, eigh, svd, rfft. There the witness is a ladder of central differences, as it is beside every complex step.
"""

import ast
import importlib.util
import itertools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import errors, grad, hvp, jvp, value_and_grad, vjp

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
FILLING = sorted((HERE / "filling").glob("*.py"))

pytestmark = pytest.mark.filterwarnings("error")


def load(path):
    """(the function of a program, its module)"""
    spec = importlib.util.spec_from_file_location(f"plain_numpy_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, path.stem), module


@pytest.fixture(params=PROGRAMS, ids=lambda p: p.stem)
def program(request):
    return Program(request.param)


class Program:
    """A program at its example, with witnesses of its derivatives that know nothing of the library.

    f, args     the function and the arguments
    tolerance   of a comparison with the witness, relative to the largest number compared
    """

    def __init__(self, path):
        self.f, module = load(path)
        self.args, self.analytic = module.EXAMPLE, module.ANALYTIC
        self.tolerance = 1e-9 if self.analytic else 1e-6

    def direction(self):
        """A fixed direction, for each argument of its size: a step that is small beside a temperature is not beside a rate."""
        rng = np.random.default_rng(1)
        return [size(x) * like(x, rng.uniform(-1.0, 1.0, np.shape(x))) for x in self.args]

    def cotangent(self):
        """1 for a program of one number, else fixed random numbers in the shape of the result."""
        shape = np.shape(self.f(*self.args))
        return np.random.default_rng(2).uniform(0.5, 1.5, shape) if shape else 1.0

    def derivative(self, direction, args=None, analytic=None):
        """The derivative of the result along a direction."""
        args = self.args if args is None else args
        if self.analytic if analytic is None else analytic:
            return np.imag(self.f(*moved(args, direction, 1e-30j))) / 1e-30
        return ladder(lambda s: self.f(*moved(args, direction, s)))

    def gradient(self, cotangent, args=None, analytic=None):
        """For each argument the derivatives of sum(cotangent * result) by its numbers."""
        args, found = self.args if args is None else args, []
        for k, x in enumerate(args):
            block = np.zeros(np.shape(x))
            for index in np.ndindex(*np.shape(x)):
                unit = [np.zeros(np.shape(other)) for other in args]
                unit[k][index] = size(x)
                block[index] = np.sum(cotangent * self.derivative(unit, args, analytic)) / size(x)
            found.append(block)
        return found

    def hessian_product(self, direction):
        """For each argument the derivatives of the gradient along a direction."""
        return [
            ladder(lambda s, k=k: self.gradient(1.0, moved(self.args, direction, s))[k]) for k in range(len(self.args))
        ]


def size(x):
    """Of the numbers of an argument, as a power of two."""
    return 2.0 ** np.round(np.log2(np.max(np.abs(x))))


def like(x, numbers):
    """A float where the argument is one."""
    return numbers if isinstance(x, np.ndarray) else float(numbers)


def moved(args, direction, s):
    return [x + s * like(x, np.asarray(d)) for x, d in zip(args, direction)]


def ladder(along):
    """The derivative at 0, by central differences of four steps, extrapolated (Richardson)."""
    steps = [2.0**-k for k in (8, 9, 10, 11)]
    rungs = [(np.asarray(along(h)) - np.asarray(along(-h))) / (2.0 * h) for h in steps]
    for order in (1, 2, 3):
        rungs = [fine + (fine - coarse) / (4.0**order - 1.0) for coarse, fine in itertools.pairwise(rungs)]
    return rungs[0]


def assert_close(expected, actual, tolerance):
    """Equal to a part of the largest number."""
    assert np.shape(expected) == np.shape(actual)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.max(np.abs(expected)))


# The programs and the witnesses.


@pytest.mark.parametrize("path", [*PROGRAMS, *FILLING], ids=lambda p: p.stem)
def test_a_program_imports_numpy_and_nothing_else(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    imports = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]

    assert ["import numpy as np"] == imports
    assert ast.get_docstring(tree)
    assert "autograd" not in path.read_text(encoding="utf-8")


def test_there_are_many_programs():
    assert len(PROGRAMS) >= 20
    assert len(FILLING) >= 3


def test_a_complex_step_and_differences_agree(program):
    """Where a complex step claims to be right; NumPy conjugates and orders complex numbers without a word."""
    expected = program.gradient(program.cotangent(), analytic=False)

    actual = program.gradient(program.cotangent()) if program.analytic else expected

    for e, a in zip(expected, actual):
        assert np.all(np.isfinite(e))
        assert np.any(e != 0.0)
        assert_close(e, a, 1e-8)


def test_differences_of_half_the_step_agree(program):
    """So the example is not at a kink, and the ladder has converged."""
    direction = program.direction()
    half = [0.5 * d for d in direction]

    expected = program.derivative(direction, analytic=False)
    actual = 2.0 * program.derivative(half, analytic=False)

    assert_close(expected, actual, 1e-8)


# Derivatives.


def test_reverse_mode_gives_the_gradient(program):
    cotangent = program.cotangent()
    expected = program.gradient(cotangent)

    if np.ndim(cotangent):
        actual = vjp(program.f, *program.args)[1](cotangent)
    else:
        actual = grad(program.f, argnums=range(len(program.args)))(*program.args)

    for e, a in zip(expected, actual):
        assert_close(e, a, program.tolerance)


def test_forward_mode_gives_the_derivative_along_a_direction(program):
    direction = program.direction()
    expected = program.derivative(direction)

    _, actual = jvp(program.f, program.args, tuple(direction))

    assert_close(expected, actual, program.tolerance)


def test_second_derivatives_along_a_direction(program):
    """H v of a program of one number; of the weighted sum of the results for the others."""
    direction, cotangent = program.direction(), program.cotangent()
    if np.ndim(cotangent):
        whole = program.f
        program.f = lambda *args: np.sum(cotangent * whole(*args))
    expected = program.hessian_product(direction)

    actual = hvp(lambda args: program.f(*args), list(program.args), direction)

    scale = max([np.max(np.abs(e)) * size(x) for e, x in zip(expected, program.args)])
    for e, a, x in zip(expected, actual, program.args):
        np.testing.assert_allclose(a, e, rtol=0, atol=1e-6 * scale / size(x))


def test_the_value_inside_of_a_transform_is_the_plain_one(program):
    expected = program.f(*program.args)

    if np.ndim(expected):
        actual, _ = vjp(program.f, *program.args)
    else:
        actual, _ = value_and_grad(program.f)(*program.args)

    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14 * np.max(np.abs(expected)))


# Programs that cannot be followed.


def lines_that_lose(path):
    """The lines of a program that write into an array, or call np.array, inside of a function."""
    found = set()
    for function in ast.parse(path.read_text(encoding="utf-8")).body:
        for n in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
            targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AugAssign) else []
            makes = isinstance(n, ast.Call) and ast.unparse(n.func) == "np.array"
            if makes or any([isinstance(t, ast.Subscript) for t in targets]):
                found.add(n.lineno)
    return found


@pytest.mark.parametrize("path", FILLING, ids=lambda p: p.stem)
def test_a_program_that_loses_the_graph_is_told_so_at_its_line(path):
    f, module = load(path)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            grad(f)(*module.EXAMPLE)
            message = ""
        except errors.InPlaceError as error:
            message = str(error)

    places = [(Path(w.filename).name, w.lineno, str(w.message)) for w in caught if w.category is errors.DetachedWarning]
    places += [(name, int(line), message) for name, line in re.findall(r"(\w+\.py):(\d+)", message)]
    assert {path.name} == {name for name, _, _ in places}
    assert lines_that_lose(path) >= {line for _, line, _ in places}
    for _, _, text in places:
        assert re.search(r"np\.stack|\.at\[", text), text
