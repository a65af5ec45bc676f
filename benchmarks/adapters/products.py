"""The matrix products of a network's step and nothing else: a floor under every implementation; computes no loss."""

from hand_numpy import HandClassifier

from . import Run


def mlp(data):
    classifier = HandClassifier(data.start, len(data.labels), data.rate)
    classifier.step(data.images, data.labels)  # fills its buffers: products of uninitialised memory may be slow
    return lambda: classifier.products(data.images)


RUNS = [Run("mlp", mlp)]
