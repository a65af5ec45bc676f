"""The source of functions, classes and objects with all that they lean on, as one script.  Layer 8; knows inspect and ast."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import linecache
import os
import re
import symtable
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..node import Node
from .literals import Literals, Missing

__all__ = ["FUTURE", "Sources"]

INSTALLED = tuple({os.path.realpath(sysconfig.get_path(key)) + os.sep for key in ("stdlib", "purelib", "platlib")})
OURS = __name__.partition(".")[0]
FUTURE = "from __future__ import annotations\n"  # so that annotations are not evaluated, here and in the script
BY_PATH = '''def by_path(name, path):
    """The module in a file, wherever that is."""
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]'''


class Sources:
    """The parts of a script in which given objects exist again.

    imports   lines, without those that the script always has
    parts     definitions, each after those that it needs
    """

    def __init__(self) -> None:
        self.imports: list[str] = []
        self.parts: list[str] = []
        self.bound: dict[str, Any] = {"np": np, "ag": sys.modules[OURS]}
        self.objects: dict[int, str] = {}
        self.literals = Literals()

    def expression(self, x: Any, name: str = "value") -> str:
        """Text that is x in the script, after what it needs has been added to the parts; raises Missing where nothing is.

        name   what to call x if it has to be given a name and has none
        """
        if isinstance(x, types.ModuleType):
            return self.module(x, name)
        known = public_name(x)
        if known is not None:
            return f"{self.module(sys.modules[known[0]], known[0].replace('.', '_'))}.{known[1]}"
        if isinstance(x, types.MethodType):
            return f"{self.expression(x.__self__, 'obj')}.{x.__func__.__name__}"
        if isinstance(x, functools.partial):
            more = [self.expression(a) for a in x.args] + [f"{k}={self.expression(a)}" for k, a in x.keywords.items()]
            functools_name = self.module(functools, "functools")
            return f"{functools_name}.partial({', '.join([self.expression(x.func, name), *more])})"
        if isinstance(x, types.FunctionType | type) or hasattr(x, "__wrapped__"):
            return self.written(x, name)
        if isinstance(x, np.vectorize):
            return f"np.vectorize({self.expression(x.pyfunc, name)}, otypes={self.literals.expression(x.otypes)})"
        if isinstance(x, np.random.Generator):
            return self.generator(x, name)
        if isinstance(x, Node):  # a parameter that is one of ours
            return f"ag.{type(x).__name__}({self.literals.expression(x.data)})"
        try:
            return self.literals.expression(x)
        except Missing:
            return self.contained(x, name)

    def generator(self, x: np.random.Generator, name: str) -> str:
        """The name of a random generator in the state of this one."""
        if id(x) not in self.objects:
            made = self.objects[id(x)] = self.fresh(name, x)
            kind = type(x.bit_generator).__name__
            state = self.literals.expression(x.bit_generator.state)
            self.parts.append(f"{made} = np.random.Generator(np.random.{kind}())\n{made}.bit_generator.state = {state}")
        return self.objects[id(x)]

    def contained(self, x: Any, name: str) -> str:
        """A list, tuple or dict of anything; or an object of the user's class."""
        if type(x) is dict and all([isinstance(k, str | int) for k in x]):
            return f"{{{', '.join([f'{k!r}: {self.expression(v, name)}' for k, v in x.items()])}}}"
        if type(x) in (list, tuple):
            inside = "".join([f"{self.expression(part, name)}, " for part in x])
            return f"[{inside}]" if isinstance(x, list) else f"({inside})"
        return self.instance(x)

    def bind(self, name: str, x: Any) -> None:
        """Sees to it that the global `name` of the script is x."""
        if name in self.bound:
            if self.bound[name] is not x:
                raise Missing(f"two different things are called {name}")
            return
        self.bound[name] = x
        text = self.expression(x, name)
        if text != name:
            self.parts.append(f"{name} = {text}")

    def fresh(self, name: str, x: Any) -> str:
        """A free global name for x."""
        found = name
        while found in self.bound or hasattr(builtins, found):
            found += "_"
        self.bound[found] = x
        return found

    def module(self, x: types.ModuleType, name: str) -> str:
        """The name of a module, imported; one of the user's own is loaded from its file."""
        for known, y in self.bound.items():
            if y is x and known != name:
                return known
        if self.bound.get(name, x) is not x:
            name = self.fresh(name, x)
        self.bound[name] = x
        if is_installed(x):
            line = f"import {x.__name__}" if name == x.__name__ else f"import {x.__name__} as {name}"
            if line not in self.imports:
                self.imports.append(line)
            return name
        self.parts.append(f"{name} = {self.loaded(x)}")
        return name

    def loaded(self, x: types.ModuleType) -> str:
        """The call that loads a module of the user's from its file."""
        path = getattr(x, "__file__", None)
        if not path or not os.path.exists(path):
            raise Missing(f"the module {x.__name__}, which has no file")
        if BY_PATH not in self.parts:
            self.imports += ["import importlib.util", "import os", "import sys"]
            self.parts.insert(0, BY_PATH)
        return f"by_path({'checked' if x.__name__ == '__main__' else x.__name__!r}, {os.path.abspath(path)!r})"

    def written(self, x: Any, name: str) -> str:
        """The name of a function or class whose source is in the script; else of one taken from its module."""
        kept = list(self.imports), list(self.parts), dict(self.bound), dict(self.objects)
        try:
            return self.source_of(x, name)
        except (Missing, OSError, TypeError, SyntaxError, UnicodeDecodeError) as error:
            self.imports, self.parts, self.bound, self.objects = kept
            module, path = sys.modules.get(getattr(x, "__module__", None) or ""), getattr(x, "__qualname__", "")
            if module is None or not path or found_at(module, path) is not x:
                reason = str(error) if isinstance(error, Missing) else "its source is not at hand"
                raise Missing(f"{path or name} ({reason})") from error
            return f"{self.loaded(module)}.{path}"

    def source_of(self, x: Any, name: str) -> str:
        raw = inspect.unwrap(x)
        owner = owner_of(raw)
        if owner is not None:
            return f"{self.expression(owner)}.{raw.__name__}"
        if getattr(raw, "__name__", "") == "<lambda>":
            text, defined = lambda_text(raw), self.known(x) or self.fresh(name, x)
            self.needs(text, scope_of(raw))
            if self.parts[-1:] != [f"{defined} = {text}"]:
                self.parts.append(f"{defined} = {text}")
            return defined
        text = textwrap.dedent("".join(inspect.getsourcelines(raw)[0])).rstrip()
        node = ast.parse(text).body[0]
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            raise Missing(f"{name}, which is not written as a plain def")
        if raw is x and node.decorator_list and not isinstance(x, type):
            text = "\n".join(text.split("\n")[node.lineno - 1 :])  # x is what stands below its decorators
        if self.bound.get(node.name, x) is not x:
            raise Missing(f"two different things are called {node.name}")
        again = text in self.parts
        self.bound[node.name] = x
        if not again:
            self.needs(text, scope_of(raw))
            self.parts.append(text)
        return node.name

    def known(self, x: Any) -> str | None:
        """The name under which x was announced, which is not there yet."""
        return next((name for name, y in self.bound.items() if y is x), None)

    def needs(self, text: str, scope: dict[str, Any]) -> None:
        """Binds the globals and the captured names that a piece of source uses."""
        for name in sorted(set(free_names(symtable.symtable(FUTURE + text, "script", "exec")))):
            if name in scope and not name.startswith("__"):
                self.bind(name, scope[name])

    def instance(self, x: Any) -> str:
        """The name of an object of the user's class, made anew with its attributes."""
        if id(x) in self.objects:
            return self.objects[id(x)]
        cls = type(x)
        if is_installed(sys.modules.get(cls.__module__)) or not hasattr(x, "__dict__"):
            raise Missing(f"an object of type {cls.__name__}")
        kind = self.expression(cls)
        name = self.objects[id(x)] = self.fresh(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower(), x)
        state = [f"{key!r}: {self.expression(value, key)}" for key, value in vars(x).items()]
        lines = [f"{name} = {kind}.__new__({kind})", f"vars({name}).update({{{', '.join(state)}}})"]
        self.parts.append("\n".join(lines))
        return name


def free_names(table: symtable.SymbolTable) -> Iterator[str]:
    """The names that a piece of source takes from outside of it."""
    for s in table.get_symbols():
        if s.is_global() if table.get_type() != "module" else s.is_referenced() and not s.is_assigned():
            yield s.get_name()
    for child in table.get_children():
        yield from free_names(child)


def scope_of(x: Any) -> dict[str, Any]:
    """What names mean to a function, or to the methods of a class: captured variables before globals."""
    functions = [x] if isinstance(x, types.FunctionType) else []
    if isinstance(x, type):
        functions = [f for f in map(inspect.unwrap, vars(x).values()) if isinstance(f, types.FunctionType)]
    module = sys.modules.get(x.__module__)
    found = dict(vars(module)) if module is not None else {}
    for f in functions:
        found |= f.__globals__
    for f in functions:
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
            try:
                found[name] = cell.cell_contents
            except ValueError:  # captured before it was given a value: the code cannot have used it
                found.pop(name, None)
    return found


def lambda_text(f: Callable) -> str:
    """The text of a lambda: of several on one line, the innermost around where its code says that it is."""
    text = "".join(linecache.getlines(f.__code__.co_filename))
    places = [p for p in f.__code__.co_positions() if None not in p and p[3]]
    if not text or not places:
        raise Missing("a lambda without source")
    first, last = min([(p[0], p[2]) for p in places]), max([(p[1], p[3]) for p in places])
    around = [
        n
        for n in ast.walk(ast.parse(text))
        if isinstance(n, ast.Lambda)
        and (n.body.lineno, n.body.col_offset) <= first
        and last <= (n.body.end_lineno, n.body.end_col_offset)
    ]
    if not around:
        raise Missing("a lambda whose source has changed")
    found = ast.get_source_segment(text, max(around, key=lambda n: (n.lineno, n.col_offset))) or ""
    return f"({found})" if "\n" in found else found


def found_at(module: Any, path: str) -> Any:
    """module.path, or None."""
    return functools.reduce(lambda x, part: getattr(x, part, None), path.split("."), module)


def owner_of(x: Any) -> type | None:
    """The class in which a function is a method."""
    path = getattr(x, "__qualname__", "").rpartition(".")[0]
    owner = found_at(sys.modules.get(getattr(x, "__module__", None) or ""), path) if path else None
    return owner if isinstance(owner, type) else None


def public_name(x: Any) -> tuple[str, str] | None:
    """(module, name) of something that an installed package offers; NumPy's ufuncs do not know their module."""
    name = getattr(x, "__qualname__", None) or getattr(x, "__name__", None)
    if not isinstance(name, str) or not (callable(x) or isinstance(x, type)):
        return None
    for module in (getattr(x, "__module__", None), "numpy", "scipy.special", "builtins"):
        home = sys.modules.get(module) if isinstance(module, str) else None
        if home is not None and is_installed(home) and found_at(home, name) is x:
            return home.__name__, name
    return None


def is_installed(module: types.ModuleType | None) -> bool:
    """Whether another interpreter can import a module by its name: of Python, of an installed package, or ours."""
    if module is None or module.__name__ == "__main__":
        return False
    path = getattr(module, "__file__", None)
    return path is None or module.__name__.partition(".")[0] == OURS or os.path.realpath(path).startswith(INSTALLED)
