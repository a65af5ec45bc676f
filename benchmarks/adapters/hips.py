"""HIPS autograd; knows its interface."""

import autograd
import autograd.numpy as anp
import numpy as np
import workloads

from . import Run


def tensor(data):
    x, a, b, rounds = data
    function = autograd.value_and_grad(
        lambda x, a, b: anp.sum(workloads.tensor_chain(anp.tanh, x, a, b, rounds)), argnum=(0, 1, 2)
    )
    return lambda: function(x, a, b)


def cross_entropy(logits, one_hot):
    lognorm = anp.log(anp.sum(anp.exp(logits), axis=1))
    return anp.mean(lognorm - anp.sum(logits * one_hot, axis=1))


def mlp(data):
    """From float32 as everybody; its backward pass promotes to float64, which also costs time."""
    one_hot = np.eye(data.classes, dtype=data.images.dtype)[data.labels]
    parameters = [p.copy() for p in data.start]
    function = autograd.value_and_grad(
        lambda parameters: workloads.classifier(anp.tanh, cross_entropy, parameters, data.images, one_hot)
    )

    def step():
        loss, gradients = function(parameters)
        for p, g in zip(parameters, gradients):
            p -= data.rate * g
        return loss, gradients

    return step


def gradient(data):
    function = autograd.value_and_grad(workloads.rosenbrock)

    def step():
        value, slope = function(data.x)
        return value, [slope]

    return step


def hessian(data):
    function = autograd.hessian(workloads.rosenbrock)
    return lambda: (None, [function(data.x)])


def hvp(data):
    function = autograd.hessian_vector_product(workloads.rosenbrock)
    return lambda: (None, [function(data.x, data.v)])


RUNS = [Run("tensor", tensor), Run("mlp", mlp), Run("gradient", gradient), Run("hessian", hessian), Run("hvp", hvp)]
