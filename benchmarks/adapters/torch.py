"""PyTorch on one thread, eager; knows its interface."""

import torch
import workloads
from torch.nn.functional import cross_entropy

from . import Run

torch.set_num_threads(1)


def tensor(data):
    *arrays, rounds = data
    arrays = [torch.tensor(v) for v in arrays]

    def step():
        nodes = [v.detach().requires_grad_() for v in arrays]
        y = workloads.tensor_chain(torch.tanh, *nodes, rounds)
        y.backward()
        return y.item(), [n.grad.numpy() for n in nodes]

    return step


def mlp(data):
    parameters = [torch.tensor(p, requires_grad=True) for p in data.start]
    images, labels = torch.tensor(data.images), torch.tensor(data.labels)

    def step():
        loss = workloads.classifier(torch.tanh, cross_entropy, parameters, images, labels)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients):
                p -= data.rate * g
        return loss.item(), [g.numpy() for g in gradients]

    return step


def layers(data):
    modules = []
    for w, b in zip(data.start[::2], data.start[1::2]):
        layer = torch.nn.Linear(*w.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(w.T))
            layer.bias.copy_(torch.tensor(b))
        modules += [layer, torch.nn.Tanh()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=data.rate)
    images, labels = torch.tensor(data.images), torch.tensor(data.labels)

    def step():
        optimizer.zero_grad()
        loss = cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item(), [p.grad.numpy().T for p in model.parameters()]

    return step


def gradient(data):
    x = torch.tensor(data.x, requires_grad=True)

    def step():
        y = workloads.rosenbrock(x)
        return y.item(), [g.numpy() for g in torch.autograd.grad(y, x)]

    return step


def hessian(data):
    function, x = torch.func.hessian(workloads.rosenbrock), torch.tensor(data.x)
    return lambda: (None, [function(x).numpy()])


def hvp(data):
    x, v = torch.tensor(data.x), torch.tensor(data.v)
    slope = torch.func.grad(workloads.rosenbrock)
    return lambda: (None, [torch.func.jvp(slope, (x,), (v,))[1].numpy()])


RUNS = [
    Run("tensor", tensor), Run("mlp", mlp), Run("mlp", layers, "nn + SGD"),
    Run("gradient", gradient), Run("hessian", hessian), Run("hvp", hvp),
]  # fmt: skip
