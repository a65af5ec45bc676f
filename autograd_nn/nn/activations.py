"""Activation functions as layers, and those functions that ops lack.  Layer 7, above module.py; formulas are in ops."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import user_line
from ..tensor import Tensor
from .module import Module, check_finite

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Identity",
    "LeakyReLU",
    "LogSoftmax",
    "Mish",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "gelu",
    "selu",
    "softplus",
]

ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946  # keep mean 0 and variance 1


def selu(x: Any) -> Any:
    r"""The self-normalising ELU:  y = 1.0507 x where x > 0, else 1.0507 * 1.6733 (e^x - 1).

    x     array, Tensor or number, any shape; y has the same shape; dimensionless
    dy/dx = 1.0507, or 1.7581 e^x where x <= 0, so 1.7581 at the kink x = 0, as in PyTorch.
    Range: -1.7581 < y; no x overflows. Raises DtypeError for no numbers.
    Source: Klambauer et al. 2017, eq. 2; of a standard normal x, y has mean 0 and variance 1.

    >>> selu(np.array([-1000.0, 0.0, 1.0]))
    array([-1.75809934,  0.        ,  1.05070099])
    """
    return ops.multiply(ops.elu(x, ALPHA), SCALE)


def gelu(x: Any, approximate: str = "none") -> Any:
    r"""The Gaussian error linear unit:  y = x P(x), where P is the standard normal distribution function.

    x             array, Tensor or number, any shape; y has the same shape; dimensionless
    approximate   "none" computes P by erfc; "tanh" takes (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, within 5e-4 of y, as
                  GPT-2 does
    dy/dx = P(x) + x e^(-x^2/2) / sqrt(2 pi), or the derivative of the approximation.
    Range: no x overflows; y is 0 at -inf and inf at inf. Raises ValueError for another `approximate`, DtypeError for no numbers.
    Source: Hendrycks & Gimpel 2016, section 2.

    >>> gelu(1.0), gelu(1.0, "tanh")
    (0.841344746068543, 0.8411919906082768)
    """
    check_approximate("gelu", approximate)
    return ops.gelu_tanh(x) if approximate == "tanh" else ops.gelu(x)


def softplus(x: Any, beta: float = 1.0) -> Any:
    r"""Smooth maximum of zero and x:  y = log(1 + exp(beta x)) / beta.

    x      array, Tensor or number, any shape, unit u; y has the same shape and unit
    beta   finite float > 0, sharpness, unit 1/u: y - max(0, x) is log(2) / beta at most
    dy/dx = sigmoid(beta x).
    Range: stable wherever beta x is in the range of floats: max(x, 0) + log1p(exp(-|beta x|)) / beta.
    Raises ValueError or TypeError for another beta, DtypeError for no numbers.
    Source: Dugas et al. 2001, eq. 3 (beta = 1).

    >>> softplus(0.0), softplus(1000.0, beta=2.0)
    (0.6931471805599453, 1000.0)
    """
    beta = check_beta("softplus", beta)
    return ops.softplus(x) if beta == 1.0 else ops.divide(ops.softplus(ops.multiply(x, beta)), beta)


class Identity(Module):
    """y = x, the very same object; dy/dx = 1. A linear output layer, or a place to put a layer later.

    >>> Identity()(-1.5)
    -1.5
    """

    def __call__(self, x: Any) -> Any:
        return x


class Sigmoid(Module):
    """y = 1 / (1 + exp(-x)), element by element; x, y of any shape; dy/dx = y (1 - y).

    Between 0 and 1, without overflow at any x.

    >>> Sigmoid()(0.0)
    0.5
    """

    def __call__(self, x: Any) -> Any:
        return ops.sigmoid(x)


class Tanh(Module):
    """y = tanh(x), element by element; x, y of any shape; dy/dx = 1 - y^2.

    >>> Tanh()(0.0)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.tanh(x)


class Step(Module):
    """y = 1 where x >= 0, else 0, element by element; x, y of any shape. No gradient flows through it.

    The output of Rosenblatt's perceptron; optim.Perceptron trains it, by nn.losses.perceptron on its input x.

    >>> Step()(np.array([-0.5, 0.0, 2.0]))
    array([0., 1., 1.])
    """

    def __call__(self, x: Any) -> Any:
        return ops.step(x)


class ReLU(Module):
    """y = max(0, x), element by element; x, y of any shape; dy/dx = [x > 0], which is 0 at x = 0.

    >>> ReLU()(-1.5)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.relu(x)


class LeakyReLU(Module):
    """y = x where x > 0, else slope x, element by element; x, y of any shape; dy/dx = 1 or slope, which is slope at x = 0.

    slope   float, or a Tensor that broadcasts to x, which is a parameter then: dy/dslope = min(x, 0) (PReLU, He et al. 2015)
    Raises TypeError for another slope, ValueError for one that is not finite.

    >>> LeakyReLU(0.1)(-1.5)
    -0.15000000000000002
    """

    def __init__(self, slope: float | Tensor = 0.01) -> None:
        self.slope = check_slope("LeakyReLU", "slope", slope)

    def __call__(self, x: Any) -> Any:
        return ops.leaky_relu(x, self.slope)


class ELU(Module):
    """y = x where x > 0, else alpha (exp(x) - 1), element by element; x, y of any shape; dy/dx = 1 or alpha exp(x).

    alpha   float, or a Tensor that broadcasts to x, which is a parameter then. dy/dx is alpha at x = 0
    Raises TypeError for another alpha, ValueError for one that is not finite.

    >>> ELU()(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """

    def __init__(self, alpha: float | Tensor = 1.0) -> None:
        self.alpha = check_slope("ELU", "alpha", alpha)

    def __call__(self, x: Any) -> Any:
        return ops.elu(x, self.alpha)


class SELU(Module):
    """y = 1.0507 x where x > 0, else 1.7581 (exp(x) - 1), element by element; see nn.functional.selu.

    >>> SELU()(0.0)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return selu(x)


class GELU(Module):
    """y = x P(x) with the normal distribution function P, element by element; see nn.functional.gelu.

    approximate   "none", or "tanh" for the approximation; raises ValueError for another

    >>> GELU()(1.0)
    0.841344746068543
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = check_approximate("GELU", approximate)

    def __call__(self, x: Any) -> Any:
        return gelu(x, self.approximate)


class SiLU(Module):
    """y = x sigmoid(x), element by element; x, y of any shape; dy/dx = s (1 + x (1 - s)) with s = sigmoid(x).

    >>> SiLU()(0.0)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.silu(x)


class Mish(Module):
    """y = x tanh(softplus(x)), element by element; x, y of any shape; dy/dx = t + x (1 - t^2) sigmoid(x) with t = y / x.

    >>> Mish()(0.0)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.mish(x)


class Softplus(Module):
    """y = log(1 + exp(beta x)) / beta, element by element; x, y of any shape; dy/dx = sigmoid(beta x).

    beta   float > 0, sharpness; raises ValueError or TypeError for another. See nn.functional.softplus

    >>> Softplus()(0.0)
    0.6931471805599453
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = check_beta("Softplus", beta)

    def __call__(self, x: Any) -> Any:
        return softplus(x, self.beta)


class Softmax(Module):
    """y = exp(x) / sum(exp(x)) along one axis; x, y of one shape; dy/dx = diag(y) - y y^T.

    axis   int, the axis along which y adds up to 1 (default: the last)
    The largest x is taken out first, so no x overflows. For a loss, leave it out and use nn.losses.cross_entropy on x.

    >>> Softmax()(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def __call__(self, x: Any) -> Any:
        return ops.softmax(x, self.axis)


class LogSoftmax(Module):
    """y = x - log(sum(exp(x))) along one axis; x, y of one shape; dy/dx = I - 1 softmax(x)^T.

    axis   int, the axis along which exp(y) adds up to 1 (default: the last)
    Finite for every finite x. The input of nn.losses.nll.

    >>> LogSoftmax()(np.array([1000.0, 1000.0]))
    array([-0.69314718, -0.69314718])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def __call__(self, x: Any) -> Any:
        return ops.log_softmax(x, self.axis)


def check_approximate(owner: str, approximate: Any) -> str:
    """The name of an approximation, if it is one."""
    if not isinstance(approximate, str) or approximate not in ("none", "tanh"):
        raise ValueError(
            f"{owner} got approximate={approximate!r:.60}, at {user_line()}; expected 'none' or 'tanh'. Pass one of "
            "these, or leave it out for the exact function."
        )
    return approximate


def check_beta(owner: str, beta: Any) -> float:
    """The sharpness of a softplus as a float; raises unless 0 < beta < inf."""
    number = check_finite(owner, "beta", beta, "a finite number above 0")
    if number <= 0.0:
        raise ValueError(
            f"{owner} got beta={beta!r:.60}, at {user_line()}; expected a finite number above 0: a sharpness. Pass for "
            "example beta=1.0; the smooth minimum is -softplus(-x)."
        )
    return number


def check_slope(owner: str, name: str, slope: Any) -> float | Tensor:
    """The parameter of a leaky activation: a Tensor as it is, a number as a float."""
    return slope if isinstance(slope, Tensor) else check_finite(owner, name, slope, "a finite number, or a Tensor")
