"""NumPy's functions on Tensors that do not fit: the message says what happened, what was expected and what to do."""

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor
from autograd_nn.errors import DtypeError, IndexingError, MatrixError, RuleMissing, ShapeError


def ones(*shape):
    return Tensor(np.ones(shape))


# fmt: off
CASES = [
    (lambda: np.stack([ones(2, 2), np.ones(3)]), ShapeError, "stack([Tensor", "these have (2, 2), (3,)", "help("),
    (lambda: np.concatenate([ones(2), ones(2)], 5), ShapeError, "concatenate([Tensor", "axis 5 is out of bounds", "help("),
    (lambda: np.concatenate([ones(2, 1), ones(3, 2)]), ShapeError, "concatenate(", "these have (2, 1), (3, 2)", "help("),
    (lambda: np.vstack([ones(2), ones(3)]), ShapeError, "concatenate(", "these have (1, 2), (1, 3)", "help("),
    (lambda: np.einsum("ij,jk", ones(2, 2), ones(3, 2)), ShapeError, "shape (3, 2)", "'j' of 'ij,jk' is 2 long", "help("),
    (lambda: np.take(ones(2, 2), [0, 7], axis=1), IndexingError, "shape (2, 2)", "index 7", "index"),
    (lambda: np.take(ones(2), [0.5]), DtypeError, "take(", "indices are integers", "help("),
    (lambda: np.linalg.cholesky(-ones(2, 2)), MatrixError, "smallest eigenvalue is -2", "eigenvalues above 0", "identity"),
    (lambda: np.pad(ones(2), 1, mode="mean"), RuleMissing, "np.pad with mode='mean'", "has no derivative rule", "Choose one"),
    (lambda: np.split(ones(5), 2), ShapeError, "split(array of shape (5,)", "cannot be cut into 2 equal parts", "help("),
    (lambda: np.moveaxis(ones(2, 3), 0, (0, 1)), ShapeError, "moveaxis(", "source names 1 axes", "help("),
    (lambda: np.choose(np.array([2]), [ones(1)]), ShapeError, "choose(", "2 to 2, for 1 choices", "help("),
    (lambda: np.meshgrid(ones(2), indexing="kj"), ShapeError, "meshgrid(", "neither 'xy' nor 'ij'", "help("),
]
# fmt: on


@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), CASES)
def test_the_message_says_what_happened_what_was_expected_and_what_to_do(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
