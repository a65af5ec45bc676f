"""Fourier transforms between real arrays and pairs of them, real and imaginary parts; adjoint to each other.  Layer 2.

Uses arithmetic, shape and indexing.  Every transform is linear over the reals: the cotangent of a pair is the pair of
cotangents, and the transpose of x -> F x is the conjugate transpose of F, which is the inverse transform without its 1/n.
"""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, data_of, nary, shape_of
from ..several import parts, several
from .arithmetic import divide
from .indexing import index, scatter
from .shape import behind, still

__all__ = ["fftn", "ifftn", "irfftn", "rfftn"]

OTHER = {
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}  # the norm of the inverse that is the transpose
# fmt: off
CASES = (((5,), (-1,), "backward"), ((4,), (-1,), "ortho"), ((3,), (-1,), "forward"), ((6,), (0,), "backward"),
         ((1,), (0,), "ortho"))
WHOLE = ((Shape(3), Shape(3), (3,), (0,), "backward"), (Shape(3), Shape(3), (4,), (-1,), "forward"),
         (Shape(3), Shape(3), (2,), (0,), "ortho"), (Shape(2, 3, 2), Shape(2, 3, 2), (3, 1), (0, 2), "backward"),
         (Shape(2, 3), Shape(2, 3), (2, 3), (-1, -2), "forward"), (Shape(0, 2), Shape(0, 2), (3,), (1,), "ortho"))
# fmt: on


def pair(re, im):
    """A complex array; a real one will do where the imaginary part is the number 0."""
    if im.__class__ is float and im == 0.0:
        return re
    z = np.empty(re.shape, np.result_type(re.dtype, im, np.complex64))
    z.real, z.imag = re, im
    return z


def apart(z):
    """Real and imaginary part, each in memory of its own: views of a complex array would slow down all that follows."""
    return z.real.copy(), z.imag.copy()


def transformed_real(x, s, axes, norm="backward"):
    return apart(np.fft.rfft(x, s[0], axes[0], norm) if len(axes) == 1 else np.fft.rfftn(x, s, axes, norm))


def transformed_half(re, im, s, axes, norm="backward"):
    z = pair(re, im)
    return np.fft.irfft(z, s[0], axes[0], norm) if len(axes) == 1 else np.fft.irfftn(z, s, axes, norm)


def transformed(re, im, s, axes, norm="backward"):
    z = pair(re, im)
    return apart(np.fft.fft(z, s[0], axes[0], norm) if len(axes) == 1 else np.fft.fftn(z, s, axes, norm))


def transformed_back(re, im, s, axes, norm="backward"):
    z = pair(re, im)
    return apart(np.fft.ifft(z, s[0], axes[0], norm) if len(axes) == 1 else np.fft.ifftn(z, s, axes, norm))


def counts(x, s, axes):
    """How often an entry of the half spectrum x stands in the whole one: twice, but for frequency 0 and the highest of even n."""
    data, n, axis = data_of(x), s[-1], axes[-1]
    c = np.full(n // 2 + 1, 2.0, data.dtype)
    c[0] = 1.0
    if n % 2 == 0:
        c[-1] = 1.0
    return c.reshape([c.size if i == axis % data.ndim else 1 for i in range(data.ndim)])


def resized(d, like):
    """Cut, or filled up with zeros, to the shape of `like`: the transpose of what a transform begins with."""
    have, wanted = shape_of(d), shape_of(like)
    common = tuple([slice(min(n, m)) for n, m in zip(have, wanted)])
    d = d if have == tuple(map(min, have, wanted)) else index(d, common)
    return d if shape_of(d) == wanted else scatter(d, common, wanted)


def real_back(g, y, x, s, axes, norm):
    """The cotangent of x: half of the spectrum stands for all of it in irfft, so what irfft counts twice is halved before."""
    re, im = parts(g, y)
    c = counts(re, s, axes)
    return resized(irfftn(divide(re, c), divide(im, c), s, axes, OTHER[norm]), x)


def half_back(part, g, re, s, axes, norm):
    """The cotangent of the real or the imaginary part of a half spectrum."""
    d = rfftn(g, s, axes, OTHER[norm])[part]
    return resized(d * counts(d, s, axes), re)


def transform_leading(count, *args):
    *parts, s, axes, norm = args
    return (*parts, s, behind(axes), norm)


# fmt: off
rfftn: Operation = several(
    "rfftn", transformed_real, (real_back, None, None, None), jvp=lambda ts, y, x, s, axes, norm: rfftn(ts[0], s, axes, norm),
    source="(lambda z: (z.real, z.imag))(np.fft.rfftn({0}, {1}, {2}, {3}))", latex=r"\mathcal{{F}} {0}", domain=(ANY,),
    analytic=False,
    cases=(*[(Shape(5), *case) for case in CASES], (Shape(2, 3), (2,), (0,), "backward"), (Shape(0, 2), (3,), (1,), "ortho"),
           (Shape(2, 3, 4), (3, 4), (0, 2), "ortho"), (Shape(2, 3), (4, 2), (-1, -2), "forward")),
    leading=transform_leading,
    doc="(re, im) of sum_j x_j exp(-2 pi i j k / n), k = 0, ..., n // 2: the discrete Fourier transform of real numbers, "
        "whose other half follows by conjugation. x is cut or filled up with zeros to the sizes s along axes; the last of axes "
        "is halved, and the transform is a whole one along the others; norm as in np.fft. "
        "dL/dx_j = sum_k g_re_k cos(2 pi j k / n) - g_im_k sin(2 pi j k / n), computed by irfftn.",
    example=("rfftn(np.array([1.0, 2.0, 3.0, 4.0]), (4,), (0,))", "(array([10., -2., -2.]), array([0., 2., 0.]))"),
)
irfftn: Operation = nary(
    "irfftn", transformed_half,
    (lambda g, y, re, im, s, axes, norm: half_back(0, g, re, s, axes, norm),
     lambda g, y, re, im, s, axes, norm: half_back(1, g, re, s, axes, norm), None, None, None),
    jvp=lambda ts, y, re, im, s, axes, norm: irfftn(still(ts[0], re), still(ts[1], re), s, axes, norm), kind="custom",
    source="np.fft.irfftn({0} + 1j * {1}, {2}, {3}, {4})", latex=r"\mathcal{{F}}^{{-1}} ({0} + i {1})", domain=(ANY,),
    analytic=False,
    cases=(*[(Shape(3), Shape(3), *case) for case in CASES], (Shape(2), Shape(2), (4,), (0,), "backward"),
           (Shape(2, 3), Shape(2, 3), (3,), (0,), "backward"), (Shape(2, 3, 2), Shape(2, 3, 2), (3, 4), (0, 2), "ortho"),
           (Shape(2, 3), Shape(2, 3), (2, 3), (-1, -2), "forward"), (Shape(0, 2), Shape(0, 2), (3,), (1,), "ortho")),
    leading=transform_leading,
    doc="The real numbers whose Fourier transform is re + i im, given by its half: the inverse of rfftn. s are the sizes of the "
        "result; the imaginary part counts as 0 at frequency 0, and at n/2 for even n. "
        "dL/dre, dL/dim: the two parts of rfftn(g), times 2 where an entry stands for two, and divided by n.",
    example=("irfftn(np.array([10.0, -2.0, -2.0]), np.array([0.0, 2.0, 0.0]), (4,), (0,))", "array([1., 2., 3., 4.])"),
)
fftn: Operation = several(
    "fftn", transformed,
    (lambda g, y, re, im, s, axes, norm: resized(ifftn(*parts(g, y), s, axes, OTHER[norm])[0], re),
     lambda g, y, re, im, s, axes, norm: resized(ifftn(*parts(g, y), s, axes, OTHER[norm])[1], re), None, None, None),
    jvp=lambda ts, y, re, im, s, axes, norm: fftn(still(ts[0], re), still(ts[1], re), s, axes, norm),
    source="(lambda z: (z.real, z.imag))(np.fft.fftn({0} + 1j * {1}, {2}, {3}, {4}))", latex=r"\mathcal{{F}} ({0} + i {1})",
    domain=(ANY,), analytic=False, cases=WHOLE, leading=transform_leading,
    doc="(re, im) of sum_j z_j exp(-2 pi i j k / n) with z = re + i im: the discrete Fourier transform. z is cut or filled up "
        "with zeros to the sizes s along axes; norm as in np.fft; the number 0.0 stands for an imaginary part of zeros. "
        "dL/dre, dL/dim: the two parts of the inverse transform of g_re + i g_im, times n.",
    example=("fftn(np.array([1.0, 2.0]), np.array([0.0, 1.0]), (2,), (0,))", "(array([ 3., -1.]), array([ 1., -1.]))"),
)
ifftn: Operation = several(
    "ifftn", transformed_back,
    (lambda g, y, re, im, s, axes, norm: resized(fftn(*parts(g, y), s, axes, OTHER[norm])[0], re),
     lambda g, y, re, im, s, axes, norm: resized(fftn(*parts(g, y), s, axes, OTHER[norm])[1], re), None, None, None),
    jvp=lambda ts, y, re, im, s, axes, norm: ifftn(still(ts[0], re), still(ts[1], re), s, axes, norm),
    source="(lambda z: (z.real, z.imag))(np.fft.ifftn({0} + 1j * {1}, {2}, {3}, {4}))",
    latex=r"\mathcal{{F}}^{{-1}} ({0} + i {1})", domain=(ANY,), analytic=False, cases=WHOLE, leading=transform_leading,
    doc="(re, im) of (1/n) sum_k z_k exp(2 pi i j k / n) with z = re + i im: the inverse of fftn, with arguments as there. "
        "dL/dre, dL/dim: the two parts of the transform of g_re + i g_im, divided by n.",
    example=("ifftn(np.array([3.0, -1.0]), np.array([1.0, -1.0]), (2,), (0,))", "(array([1., 2.]), array([0., 1.]))"),
)
# fmt: on
