"""The graph: nodes that point at older nodes.  Layer 0; knows neither operations nor derivatives."""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar

__all__ = ["Node", "next_index"]

next_index = count().__next__


class Node:
    """One recorded value, `data = op(*args)`; a leaf has op None and no arguments.

    data    a Python float or an ndarray, by class
    op      the record of the operation (op.Op), or None
    inputs  inputs[i] is the node that args[i] came from, or None for a constant or a static argument
    args    args[i] is always the plain value: a snapshot, so that rebinding a leaf's data later cannot corrupt a backward pass
    index   creation number, unique in the process; a node is younger than all of its inputs, so sorting by it is a
            topological order, the same on every run
    grad    the accumulated cotangent, of the kind of `data`
    name    for people: pictures, errors, weights
    where   the scope that it was made in, and the user's line while lines are recorded (place.Place), or None

    Nodes are made by op.py alone, and never change afterwards except in grad, name, and the data of a leaf.
    """

    __slots__ = ("_grad", "_name", "_where", "data", "index", "op")
    initial_grad: ClassVar[Any] = None
    holding: ClassVar[dict[type, type[Node]]] = {}  # type of data -> node class, filled by the two front ends

    data: Any
    op: Any
    inputs: tuple
    args: tuple
    index: int

    def __init_subclass__(cls, data: type | None = None) -> None:
        if data is None:
            raise TypeError(
                f"{cls.__name__} subclasses {cls.__mro__[1].__name__}; operations would make {cls.__name__} objects "
                "without running its __init__. Hold a Value or Tensor as an attribute instead (nn.Module does)."
            )
        Node.holding[data] = cls

    # Slots with an underscore are unset until somebody asks for more than the default: three stores less for each node made.

    @property
    def grad(self) -> Any:
        try:
            return self._grad
        except AttributeError:
            return self.initial_grad

    @grad.setter
    def grad(self, value: Any) -> None:
        self._grad = value

    @property
    def name(self) -> str:
        try:
            return self._name
        except AttributeError:
            return ""

    @name.setter
    def name(self, text: str) -> None:
        self._name = text

    @property
    def where(self) -> Any:
        try:
            return self._where
        except AttributeError:
            return None

    @where.setter
    def where(self, place: Any) -> None:
        self._where = place

    def operands(self) -> tuple:
        """The arguments as nodes where they are nodes: what a rule receives when its own work is recorded."""
        return tuple([a if p is None else p for p, a in zip(self.inputs, self.args)])

    def __deepcopy__(self, memo: dict) -> Node:
        if self.op is not None:
            raise TypeError(
                f"deepcopy of a recorded {type(self).__name__}, the result of {self.op.name}: a copy would drag its whole "
                "graph along. Only leaves can be copied. Copy its data (.data), or copy the leaves and compute it again."
            )
        twin = memo[id(self)] = type(self)(self.data, name=self.name)  # type: ignore[call-arg]  # both front ends take these
        return twin

    def __reduce__(self) -> str:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or shallow-copied: a node belongs to the graph of this process. Save "
            "its data (.data or .numpy()) and build a new leaf from it; copy.deepcopy copies a leaf within a process."
        )
