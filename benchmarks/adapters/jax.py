"""JAX, compiled by its jit, on the CPU; knows its interface.  A step ends when its results are in NumPy's hands."""

import jax
import jax.numpy as jnp
import numpy as np
import workloads

from . import Run

jax.config.update("jax_enable_x64", True)  # float64 where the others have it; float32 arrays stay float32
jax.config.update("jax_platforms", "cpu")


def compiled(function):
    """function(*arrays) -> anything, as a function whose results are NumPy arrays."""
    fast = jax.jit(function)
    return lambda *arrays: jax.tree.map(np.asarray, fast(*arrays))


def tensor(data):
    x, a, b, rounds = data
    function = jax.value_and_grad(lambda x, a, b: workloads.tensor_chain(jnp.tanh, x, a, b, rounds), argnums=(0, 1, 2))
    fast = compiled(function)
    return lambda: fast(x, a, b)


def mlp(data):
    images, labels = jnp.asarray(data.images), jnp.asarray(data.labels)
    rows = jnp.arange(len(data.labels))
    state = {"parameters": [jnp.asarray(p) for p in data.start]}

    def likelihood(logits, labels):
        return -jax.nn.log_softmax(logits)[rows, labels].mean()

    @jax.jit
    def update(parameters, images, labels):
        function = jax.value_and_grad(
            lambda parameters: workloads.classifier(jnp.tanh, likelihood, parameters, images, labels)
        )
        loss, gradients = function(parameters)
        return loss, gradients, [p - data.rate * g for p, g in zip(parameters, gradients)]

    def step():
        loss, gradients, state["parameters"] = update(state["parameters"], images, labels)
        jax.block_until_ready(state["parameters"])
        return loss, gradients

    return step


def gradient(data):
    fast, x = compiled(jax.value_and_grad(workloads.rosenbrock)), jnp.asarray(data.x)

    def step():
        value, slope = fast(x)
        return value, [slope]

    return step


def hessian(data):
    fast, x = compiled(jax.hessian(workloads.rosenbrock)), jnp.asarray(data.x)
    return lambda: (None, [fast(x)])


def hvp(data):
    slope = jax.grad(workloads.rosenbrock)
    fast = compiled(lambda x, v: jax.jvp(slope, (x,), (v,))[1])
    x, v = jnp.asarray(data.x), jnp.asarray(data.v)
    return lambda: (None, [fast(x, v)])


RUNS = [
    Run("tensor", tensor, "jit"), Run("mlp", mlp, "jit"), Run("gradient", gradient, "jit"),
    Run("hessian", hessian, "jit"), Run("hvp", hvp, "jit"),
]  # fmt: skip
