"""autograd_nn, eager; knows its public interface, as a user would write it."""

import numpy as np
import workloads
from steps import scalar_steps

import autograd_nn as ag
from autograd_nn import nn, optim

from . import Run


def tensor(data):
    x, a, b, rounds = data

    def step():
        nodes = [ag.Tensor(v) for v in (x, a, b)]
        y = workloads.tensor_chain(ag.Tensor.tanh, *nodes, rounds)
        y.backward()
        return y.data, [n.grad for n in nodes]

    return step


def mlp(data):
    """Tensors and a loss, without layers or an optimiser."""
    parameters = [ag.Tensor(p) for p in data.start]
    rate = np.float32(data.rate)

    def step():
        for p in parameters:
            p.grad = None
        loss = workloads.classifier(ag.Tensor.tanh, nn.losses.cross_entropy, parameters, data.images, data.labels)
        loss.backward()
        for p in parameters:
            p.data = p.data - rate * p.grad
        return loss.data, [p.grad for p in parameters]

    return step


def layers(data):
    """The same with nn.Dense and optim.SGD."""
    shapes = [w.shape for w in data.start[::2]]
    dense = [nn.Dense(*shape, nn.Tanh(), rng=0) for shape in shapes[:-1]] + [nn.Dense(*shapes[-1], rng=0)]
    model = nn.Sequential(*dense)
    parameters = list(model.parameters().values())
    for p, start in zip(parameters, data.start):
        p.data = start
    optimizer = optim.SGD(parameters, lr=data.rate)

    def step():
        optimizer.zero_grad()
        loss = nn.losses.cross_entropy(model(data.images), data.labels)
        loss.backward()
        optimizer.step()
        return loss.data, [p.grad for p in parameters]

    return step


def gradient(data):
    function = ag.value_and_grad(workloads.rosenbrock)

    def step():
        value, slope = function(data.x)
        return value, [slope]

    return step


def hvp(data):
    return lambda: (None, [hvp_of(workloads.rosenbrock, data.x, data.v)])


def hessian(data):
    function = hessian_of(workloads.rosenbrock)
    return lambda: (None, [function(data.x)])


def forward_over_reverse(f, x, v):
    return ag.jvp(ag.grad(f), (x,), (v,))[1]


def column_by_column(f):
    return lambda x: np.stack([forward_over_reverse(f, x, v) for v in np.eye(x.size)])


hvp_of, hessian_of = getattr(ag, "hvp", forward_over_reverse), getattr(ag, "hessian", column_by_column)
STEPS = scalar_steps(workloads.Scalars(ag.Value, ag.Value.exp, ag.Value.log))
RUNS = [Run(kind, build) for kind, build in STEPS.items()] + [
    Run("tensor", tensor), Run("mlp", mlp), Run("mlp", layers, "nn + SGD"),
    Run("gradient", gradient), Run("hessian", hessian), Run("hvp", hvp),
]  # fmt: skip
