"""How a transform finds that another one encloses it: across threads, and without a search through old graphs."""

import threading

from autograd_nn import Tensor, grad, variables


def test_a_transform_in_a_thread_follows_the_variable_of_one_that_waits_for_it():
    def f(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(grad(lambda y: x * y)(2.0)))
        thread.start()
        thread.join()
        return x * found[0]

    assert 6.0 == grad(f)(3.0)


def test_the_history_of_a_captured_tensor_is_not_searched(monkeypatch):
    old = Tensor(1.0)
    for _ in range(100):
        old = old * 1.0
    found = []

    def counted(*arguments):
        order, seen = reach(*arguments)
        found.extend(order)
        return order, seen

    reach = variables.reach
    monkeypatch.setattr(variables, "reach", counted)
    outer = grad(lambda z: z * grad(lambda x: x * old * z)(2.0))(3.0)

    assert 6.0 == outer
    assert len(found) < 20
    assert variables.RUNNING == {}
