"""Layers as functions, under PyTorch's names with `axis` for `dim`.  Layer 7, above these functions; a public list only."""

from ..ops import elu, hardswish, hardtanh, leaky_relu, log_softmax, mish, relu, sigmoid, silu, softmax, softsign, tanh
from .activations import gelu, selu, softplus
from .attention import scaled_dot_product_attention
from .convolution import conv1d, conv2d, conv_transpose2d
from .dense import linear
from .distances import cosine_similarity, normalize, pairwise_distance
from .dropping import dropout
from .lookup import embedding, one_hot
from .nonlinear import glu, hardsigmoid, logsigmoid, prelu, relu6, softmin
from .normalisation import (
    batch_moments,
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    rms_norm,
    running_moments,
)
from .padding import pad
from .pooling import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_moments",
    "batch_norm",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "cosine_similarity",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "glu",
    "group_norm",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "instance_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "mish",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "running_moments",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softsign",
    "tanh",
]
