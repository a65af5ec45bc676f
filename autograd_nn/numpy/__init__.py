"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from .cumulative import cumprod, cumsum, cumulative_prod, cumulative_sum, nancumprod, nancumsum
from .nan_reductions import nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar
from .quantiles import median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from .reductions import all, amax, amin, any, count_nonzero, max, mean, min, prod, ptp, sum
from .shaping import concatenate, stack
from .sorting import argsort, partition, sort, take_along_axis, unique
from .statistics import average, bincount, corrcoef, cov, std, var

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argsort",
    "average",
    "bincount",
    "concatenate",
    "corrcoef",
    "count_nonzero",
    "cov",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "max",
    "mean",
    "median",
    "min",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "partition",
    "percentile",
    "prod",
    "ptp",
    "quantile",
    "sort",
    "stack",
    "std",
    "sum",
    "take_along_axis",
    "unique",
    "var",
]
