"""Gradients derived by hand in NumPy, with preallocated buffers; knows which class of `hand_numpy.py` does which work."""

from hand_numpy import HandClassifier, HandRosenbrock, tensor_chain

from . import Run


def tensor(data):
    return lambda: tensor_chain(*data)


def mlp(data):
    classifier = HandClassifier(data.start, len(data.labels), data.rate)
    return lambda: (classifier.step(data.images, data.labels), classifier.gradients)


def gradient(data):
    rosenbrock = HandRosenbrock(data.x.size)
    return lambda: (rosenbrock.value(data.x), [rosenbrock.gradient(data.x)])


def hvp(data):
    rosenbrock = HandRosenbrock(data.x.size)
    return lambda: (None, [rosenbrock.hvp(data.x, data.v)])


def hessian(data):
    rosenbrock = HandRosenbrock(data.x.size)
    return lambda: (None, [rosenbrock.hessian(data.x)])


RUNS = [Run("tensor", tensor), Run("mlp", mlp), Run("gradient", gradient), Run("hessian", hessian), Run("hvp", hvp)]
