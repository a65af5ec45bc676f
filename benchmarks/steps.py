"""Steps on scalars, forward and backward, from nothing but a Value class; knows no library."""

import time

import workloads
from race import traced_bytes

__all__ = ["scalar_steps"]


def scalar_steps(scalars):
    """{kind of work: function that takes its data and returns the step}, for one library's `Scalars`."""

    def moons(data):
        model = workloads.MLP(scalars.value, *data.widths)
        loss = lambda: workloads.moons_loss(scalars.value, model, data.coordinates, data.labels)
        return training_step(loss, model.parameters())

    def gpt(data):
        model = workloads.GPT(scalars.value, **data.sizes)
        return training_step(lambda: workloads.gpt_loss(scalars, model, data.tokens), model.parameters())

    return {"moons": moons, "gpt": gpt, "chain": lambda data: Chain(scalars.value, data)}


def training_step(loss, parameters):
    """A training step without the update: `loss()` forward, backward, (loss, [gradients]); the graph dies inside it."""

    def step():
        for p in parameters:
            p.grad = 0.0
        y = loss()
        y.backward()
        return y.data, [p.grad for p in parameters]

    return step


class Chain:
    """Additions in a row.  Called, a short chain; `stages()` takes the time and the memory of a long one."""

    def __init__(self, value, data):
        self.start, self.one = value(0.0), value(1.0)
        self.data = data
        self.memory = {}
        self.check = training_step(lambda: self.chain(data.short), [self.start, self.one])

    def __call__(self):
        return self.check()

    def chain(self, length):
        return workloads.add_chain(self.start, self.one, length)

    def stages(self):
        """Seconds and bytes per addition: held after the forward pass; left after the backward pass and release."""
        begin = time.perf_counter()
        y = self.chain(self.data.length)
        built = time.perf_counter()
        y.backward()
        done = time.perf_counter()
        del y
        gone = time.perf_counter()
        if not self.memory:  # the same every time, and slow to trace
            held, left = traced_bytes(lambda: self.chain(self.data.traced), lambda y: y.backward())
            self.memory = {"held": held / self.data.traced, "left": left / self.data.traced}
        times = {"forward": built - begin, "backward": done - built, "release": gone - done, "step": gone - begin}
        return {stage: seconds / self.data.length for stage, seconds in times.items()} | self.memory
