"""ndarray's methods and the Python array API standard on Tensors: same results, and nothing that changes data in place."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import Tensor, Value, grad
from autograd_nn.errors import DtypeError, InPlaceError

X = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]])
METHODS = {
    "all": (), "any": (1,), "argmax": (0,), "argmin": (), "argsort": (), "astype": (np.float32,), "clip": (-0.5, 2.5),
    "compress": ([True, False], 0), "conj": (), "conjugate": (), "copy": (), "cumprod": (1,), "cumsum": (), "diagonal": (1,),
    "dot": (X.T,), "flatten": (), "max": (0,), "mean": (1,), "min": (), "nonzero": (), "prod": (0,), "ravel": (),
    "repeat": (2, 1), "reshape": (3, 2), "round": (1,), "squeeze": (), "std": (1,), "sum": (0,), "swapaxes": (0, 1),
    "take": ([0, 5],),
    "tolist": (), "trace": (), "transpose": (1, 0), "var": (), "item": None,
    "searchsorted": None,
}  # fmt: skip
REFUSED = {"fill", "partition", "put", "resize", "sort"}
ATTRIBUTES = ["shape", "dtype", "ndim", "size", "itemsize", "nbytes", "real", "imag", "T", "mT", "device"]
WITHOUT = {  # what makes no sense of recorded data: memory, files, bytes, views of other types
    "argpartition", "base", "byteswap", "choose", "ctypes", "data", "dump", "dumps", "flags", "flat", "getfield", "setfield",
    "setflags", "strides", "tobytes", "tofile", "view",
}  # fmt: skip


def test_every_method_of_ndarray_is_accounted_for():
    public = {name for name in dir(np.ndarray) if not name.startswith("_")}

    assert public == {*METHODS, *REFUSED, *ATTRIBUTES, *WITHOUT, "to_device"}


@pytest.mark.parametrize("name", [name for name, args in METHODS.items() if args is not None])
def test_a_method_gives_what_that_of_ndarray_gives(name):
    expected = getattr(X, name)(*METHODS[name])

    actual = getattr(Tensor(X), name)(*METHODS[name])

    np.testing.assert_allclose(actual.data if isinstance(actual, Tensor) else actual, expected, rtol=1e-15)
    assert isinstance(actual, Tensor) or name in ("nonzero", "tolist")


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes(name):
    actual = getattr(Tensor(X), name)

    np.testing.assert_array_equal(actual.data if isinstance(actual, Tensor) else actual, getattr(X, name))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_would_change_data_in_place_says_what_to_write(name):
    with pytest.raises(
        InPlaceError, match=rf"t\.{name}\(\.\.\.\) would change recorded data in place, at test_methods\.py"
    ):
        getattr(Tensor(X), name)(1)


def test_searchsorted_and_keywords_of_methods():
    t = Tensor([1.0, 2.0, 4.0])

    assert 2 == t.searchsorted(3.0)
    np.testing.assert_allclose(X.var(axis=1, ddof=1), Tensor(X).var(axis=1, ddof=1).data, rtol=1e-15)
    np.testing.assert_array_equal(X.reshape((3, 2), order="F"), Tensor(X).reshape((3, 2), order="F").data)
    np.testing.assert_array_equal(X.sum(axis=1, where=X > 0.0), Tensor(X).sum(axis=1, where=X > 0.0).data)


@pytest.mark.parametrize(
    "f", [lambda x: x % 2.0, lambda x: 7.5 % x, lambda x: x // 2.0, lambda x: 7.5 // x, lambda x: divmod(x, 2.0)[1],
          lambda x: divmod(7.5, x)[0], lambda x: round(x, 1)]
)  # fmt: skip
def test_remainders_and_roundings_of_both_kinds(f):
    plain = f(3.75)

    assert plain == f(Value(3.75)).data
    assert plain == f(Tensor(3.75)).item()


def test_booleans_of_either_side():
    t = Tensor([True, False]) > 0.5

    np.testing.assert_array_equal([True, False], (np.array([True, True]) & t).data)
    np.testing.assert_array_equal([True, True], (True | t).data)
    np.testing.assert_array_equal([False, True], (t ^ True).data)


def test_an_integer_result_is_an_index_and_a_float_is_none():
    t = Tensor([1.0, 5.0, 2.0])

    assert 5.0 == [1.0, 5.0, 2.0][np.argmax(t)]
    assert 5 == int(t.max() + 0.5)
    with pytest.raises(DtypeError, match=r"float64 was to serve as an integer, at test_methods\.py"):
        [1.0, 5.0][t.max()]


STANDARD = """
abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and bitwise_invert
bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor bool broadcast_arrays broadcast_to can_cast ceil clip complex128
complex64 concat conj copysign cos cosh count_nonzero cumulative_prod cumulative_sum diff divide e empty empty_like equal exp
expand_dims expm1 eye finfo flip float32 float64 floor floor_divide from_dlpack full full_like greater greater_equal hypot iinfo
imag inf int16 int32 int64 int8 isdtype isfinite isinf isnan less less_equal linspace log log10 log1p log2 logaddexp logical_and
logical_not logical_or logical_xor matmul matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply nan negative
newaxis nextafter nonzero not_equal ones ones_like permute_dims pi positive pow prod real reciprocal remainder repeat reshape
result_type roll round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take take_along_axis
tan tanh tensordot tile tril triu trunc uint16 uint32 uint64 uint8 unique_all unique_counts unique_inverse unique_values unstack
var vecdot where zeros zeros_like
"""
LINEAR_ALGEBRA = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose outer pinv qr slogdet
solve svd svdvals tensordot trace vecdot vector_norm
"""
FOURIER = "fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn"


def test_the_namespace_has_every_name_of_the_standard():
    xp = Tensor(X).__array_namespace__(api_version="2024.12")
    missing = {name for name in STANDARD.split() if not hasattr(xp, name) and hasattr(np, name)}

    assert xp is ag.numpy
    assert not missing
    assert not [name for name in LINEAR_ALGEBRA.split() if not hasattr(xp.linalg, name)]
    assert not [name for name in FOURIER.split() if not hasattr(xp.fft, name)]


def test_a_program_of_the_standard_runs_on_tensors_and_arrays_alike():
    def whitened(x):
        xp = x.__array_namespace__()
        z = (x - xp.mean(x, axis=0, keepdims=True)) / xp.std(x, axis=0, keepdims=True, correction=1)
        scale = xp.asarray([1.0, 2.0, 0.5])
        y = xp.concat([z * scale, xp.ones((1, 3))], axis=0)
        return xp.sum(xp.tanh(y) ** 2) + xp.linalg.vector_norm(xp.cumulative_sum(y, axis=1)[:, -1])

    h, direction = 1e-6, np.random.default_rng(0).normal(size=X.shape)

    slope = (whitened(X + h * direction) - whitened(X - h * direction)) / (2.0 * h)

    assert pytest.approx(slope, rel=1e-8) == np.sum(grad(whitened)(X) * direction)


def test_creation_records_what_numpy_cannot():
    def f(x):
        rotation = ag.numpy.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]])
        return (rotation @ ag.numpy.asarray([x[1], 2.0]))[0]

    np.testing.assert_allclose([-np.sin(0.5) * 3.0 - np.cos(0.5) * 2.0, np.cos(0.5)], grad(f)(np.array([0.5, 3.0])))
