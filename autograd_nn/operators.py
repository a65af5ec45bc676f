"""The arithmetic that Value and Tensor share.  Layer 4; knows the operations, not where the data lives."""

from __future__ import annotations

from . import numpy, ops

__all__ = ["Operators"]


class Operators:
    """+ - * / ** and unary signs on nodes; an operation is a function, so each of these is it, without a wrapper."""

    __slots__ = ()

    __add__ = __radd__ = ops.add
    __mul__ = __rmul__ = ops.multiply
    __sub__ = ops.subtract
    __truediv__ = ops.divide
    __pow__ = ops.power
    __mod__ = ops.remainder
    __floordiv__ = ops.floor_divide
    __divmod__ = numpy.divmod
    __round__ = ops.round
    __neg__ = ops.negative
    __pos__ = ops.positive
    __abs__ = ops.absolute

    def __rsub__(self, other):
        return ops.subtract(other, self)

    def __rtruediv__(self, other):
        return ops.divide(other, self)

    def __rpow__(self, other):
        return ops.power(other, self)

    def __rmod__(self, other):
        return ops.remainder(other, self)

    def __rfloordiv__(self, other):
        return ops.floor_divide(other, self)

    def __rdivmod__(self, other):
        return numpy.divmod(other, self)
