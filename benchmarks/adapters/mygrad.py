"""MyGrad; knows its interface.  It has no second derivatives."""

import mygrad
import workloads
from mygrad.nnet.losses import softmax_crossentropy

from . import Run


def tensor(data):
    x, a, b, rounds = data

    def step():
        nodes = [mygrad.tensor(v) for v in (x, a, b)]
        y = workloads.tensor_chain(mygrad.tanh, *nodes, rounds)
        y.backward()
        return y.data, [n.grad for n in nodes]

    return step


def mlp(data):
    parameters = [mygrad.tensor(p) for p in data.start]
    images = mygrad.tensor(data.images, constant=True)

    def step():
        loss = workloads.classifier(mygrad.tanh, softmax_crossentropy, parameters, images, data.labels)
        loss.backward()
        gradients = [p.grad for p in parameters]
        for p, g in zip(parameters, gradients):
            p.data -= data.rate * g
        return loss.data, gradients

    return step


def gradient(data):
    def step():
        x = mygrad.tensor(data.x)
        y = workloads.rosenbrock(x)
        y.backward()
        return y.data, [x.grad]

    return step


RUNS = [Run("tensor", tensor), Run("mlp", mlp), Run("gradient", gradient)]
