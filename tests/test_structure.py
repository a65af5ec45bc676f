"""The package as a whole: who may import whom, what is public, and how large a file gets.  Reads the source as text."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_nn

PACKAGE = Path(autograd_nn.__file__).parent
TESTS = Path(__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
ORDER = [  # (layer, module): a module imports modules above it alone; a folder stands for itself, and for what is not named
    (0, "errors"), (0, "files"), (0, "differences"), (0, "place"), (0, "node"),
    (1, "domain"), (1, "arguments"), (1, "op"), (1, "several"), (1, "composition"),
    (2, "ops.compare"), (2, "ops.arithmetic"), (2, "ops.shape"), (2, "ops.elementary"), (2, "ops.reduce"),  # what others use
    (2, "ops.indexing"), (2, "ops.joining"), (2, "ops.contraction"), (2, "ops.rolling"), (2, "ops.sliding"),  # arrays rearranged
    (2, "ops.cumulative"), (2, "ops.order"), (2, "ops.fourier"), (2, "ops.sequence"), (2, "ops.interpolation"),  # along an axis
    (2, "ops.linalg"), (2, "ops.inverses"), (2, "ops.factors"), (2, "ops.spectra"), (2, "ops.exponential"),  # matrices
    (2, "ops.activation"), (2, "ops.error_function"), (2, "ops.gated"), (2, "ops.bounded"), (2, "ops.fused"),  # networks
    (2, "ops.rounding"), (2, "ops.choices"), (2, "ops.trigonometry"), (2, "ops.entropy"), (2, "ops.normal"),  # one by one
    (2, "ops.special"), (2, "ops"),
    (3, "walk"), (3, "many"),
    (4, "numpy.axes"), (4, "numpy.shaping"), (4, "numpy.joining"), (4, "numpy.creation"),  # arrays rearranged
    (4, "numpy.padding"), (4, "numpy.sliding"), (4, "numpy.products"), (4, "numpy.selection"), (4, "numpy.contraction"),
    (4, "numpy.elementwise"), (4, "numpy.reductions"), (4, "numpy.statistics"), (4, "numpy.nan_reductions"),  # along axes
    (4, "numpy.cumulative"), (4, "numpy.sorting"), (4, "numpy.quantiles"),
    (4, "numpy.calculus"), (4, "numpy.signals"), (4, "numpy.polynomials"), (4, "numpy.applying"),  # functions and samples
    (4, "numpy.norms"), (4, "numpy.matrices"), (4, "numpy.decompositions"), (4, "numpy.linalg"),  # matrices
    (4, "numpy.complex_numbers"), (4, "numpy.complex_functions"), (4, "numpy.fft"), (4, "numpy"),
    (4, "operators"), (4, "methods"), (4, "substitutes"), (4, "protocols"), (4, "scalars"), (4, "value"), (4, "tensor"),
    (5, "trees"), (5, "variables"), (5, "reverse"), (5, "forward"),
    (5, "recording"), (5, "second"), (5, "extend"), (5, "anomaly"),
    (6, "expressions"),
    (7, "nn.module"), (7, "nn.init"), (7, "nn.activations"), (7, "nn.containers"), (7, "nn.inputs"),
    (7, "nn.dense"), (7, "nn.padding"), (7, "nn.convolution"), (7, "nn.pooling"), (7, "nn.normalisation"), (7, "nn.attention"),
    (7, "nn.distances"), (7, "nn.nonlinear"), (7, "nn.dropping"), (7, "nn.lookup"), (7, "nn.functional"),
    (7, "nn.losses.arguments"), (7, "nn.losses.regression"), (7, "nn.losses.classification"), (7, "nn.losses.binary"),
    (7, "nn.losses"), (7, "nn"),
    (7, "optim.parameters"), (7, "optim.descent"), (7, "optim.perceptron"), (7, "optim"),
    (7, "data.synthetic"), (7, "data.handwritten"), (7, "data"),
    (8, "check.alternatives"), (8, "check.contracts"), (8, "check.declared"), (8, "check.discovery"),
    (8, "check.excerpts"), (8, "check.filling"), (8, "check.heat"), (8, "check.literals"), (8, "check.losses"),
    (8, "check.names"), (8, "check.plain"), (8, "check.problem"), (8, "check.recording"), (8, "check.variation"),
    (8, "check.witness"), (8, "check.guesses"), (8, "check.limits"), (8, "check.page"), (8, "check.roles"),
    (8, "check.sources"), (8, "check.reproduction"), (8, "check.returned"), (8, "check.search"), (8, "check.inputs"),
    (8, "check.objects"), (8, "check.report"), (8, "check.results"), (8, "check.calls"), (8, "check.comparison"),
    (8, "check.makers"), (8, "check.black_box"), (8, "check.live"), (8, "check.preparation"), (8, "check.pairs"),
    (8, "check.reference"), (8, "check.running"), (8, "check.causes"), (8, "check.estimates"), (8, "check.hiding"),
    (8, "check.kinks"), (8, "check.linearity"), (8, "check.mutation"), (8, "check.overflow"),
    (8, "check.repair_source"), (8, "check.screen"), (8, "check.shapes"), (8, "check.taylor"), (8, "check.closed"),
    (8, "check.elsewhere"), (8, "check.generated"), (8, "check.history"), (8, "check.paths"), (8, "check.repair_edits"),
    (8, "check.updates"), (8, "check.merging"), (8, "check.pool"), (8, "check.probes"), (8, "check.proposals"),
    (8, "check.regions"), (8, "check.repair_bench"), (8, "check.repair_operands"), (8, "check.strength"),
    (8, "check.edits"), (8, "check.kinds"), (8, "check.repair_families"), (8, "check.repair_suspects"),
    (8, "check.windows"), (8, "check.repair"), (8, "check.rules"), (8, "check.structure"), (8, "check.operands"),
    (8, "check.relatives"), (8, "check.wholes"), (8, "check.diagnosis"), (8, "check.frameworks"), (8, "check.op_rules"),
    (8, "check.backward"), (8, "check.grads"), (8, "check.layer"), (8, "check.nodes"), (8, "check.planted"),
    (8, "check"),
    (8, "draw.numbers"), (8, "draw.model"), (8, "draw.wording"), (8, "draw.text"), (8, "draw.program"), (8, "draw.dot"),
    (8, "draw.view"), (8, "draw"),
    (9, "formulas.formula"), (9, "formulas.sampling"), (9, "formulas.network"), (9, "formulas.*"), (9, "formulas.texts"),
    (9, "formulas.verification"), (9, "formulas"),
    (10, ""), (10, "cli.network"), (10, "cli.verify"), (10, "cli.program"), (10, "cli.check"), (10, "cli"), (10, "__main__"),
]  # fmt: skip
THIRD_PARTY = {"cli": ("rich", "typer"), "draw": ("graphviz",)}  # beside NumPy, and by folder
LAYER = {module: layer for layer, module in ORDER}
RANK = {module: rank for rank, (_, module) in enumerate(ORDER)}


def module_of(path):
    """The dotted name of a file, without the package's own."""
    return ".".join((path.parent if path.stem == "__init__" else path.with_suffix("")).relative_to(PACKAGE).parts)


MODULES = {module_of(path): path for path in FILES}
PUBLIC = [m for m in MODULES if m and not m.rpartition(".")[2].startswith("_")]


def place(module):
    """The entry of ORDER for a module: its own, or its folder's."""
    folder = module.partition(".")[0]
    return next((name for name in (module, f"{folder}.*", folder) if name in RANK), module)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(module, node):
    """(modules of ours, modules of others) that an import statement names."""
    if isinstance(node, ast.Import):
        return [], [alias.name for alias in node.names]
    named = node.module.split(".") if node.module else []
    if node.level == 0 and named[0] != PACKAGE.name:
        return [], [node.module]
    parents = module.split(".") if module else []
    folder = parents if MODULES[module].stem == "__init__" else parents[:-1]
    base = [*folder[: len(folder) - node.level + 1], *named] if node.level else named[1:]
    found = [".".join([*base, alias.name]) for alias in node.names]
    return [name if name in MODULES else ".".join(base) for name in found], []


def statements(path):
    return [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.Import | ast.ImportFrom)]


def is_list(module):
    """Whether a module is a public list: it defines nothing of its own (a package, or nn.functional)."""
    defined = [n for n in tree_of(MODULES[module]).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return MODULES[module].stem == "__init__" or not defined


def names_defined(module):
    """The public names that a module defines; for a package, also those that it imports from its own files."""
    names = set()
    tree = tree_of(MODULES[module])
    for n in [*tree.body, *[n for branch in tree.body if isinstance(branch, ast.If) for n in branch.body]]:
        if isinstance(n, ast.FunctionDef | ast.ClassDef):
            names.add(n.name)
        elif isinstance(n, ast.Assign | ast.AnnAssign):
            targets = n.targets if isinstance(n, ast.Assign) else [n.target]
            names.update([t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)])
        elif isinstance(n, ast.ImportFrom) and imports(module, n)[0] and is_list(module):
            names.update([alias.asname or alias.name for alias in n.names])
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m or "autograd_nn")
def test_a_module_imports_modules_of_lower_layers_or_earlier_in_its_own(module):
    assert place(module) in RANK, f"{module} is in no layer: add it to ORDER"
    for node in statements(MODULES[module]):
        ours, others = imports(module, node)
        for name in ours:
            assert RANK[place(name)] < RANK[place(module)], f"{module} imports {name}"
        for name in others:
            allowed = {*sys.stdlib_module_names, "numpy", *THIRD_PARTY.get(module.partition(".")[0], ())}
            assert name.partition(".")[0] in allowed, f"{module} imports {name}"


def test_layers_in_the_table_never_fall():
    layers = [layer for layer, _ in ORDER]

    assert sorted(layers) == layers
    assert len(ORDER) == len(RANK)
    assert not [m for m in RANK if m.removesuffix(".*") not in MODULES], "ORDER names a module that does not exist"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m or "autograd_nn")
def test_no_import_hides_inside_a_function(module):
    tree = tree_of(MODULES[module])
    top = {id(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)}
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]:
        assert not top & {id(n) for n in ast.walk(function)}, f"{module}: import in a function"


@pytest.mark.parametrize("module", [m for m in MODULES if place(m) == "formulas.*"])
def test_a_text_of_formulas_leans_on_its_record_alone(module):
    for node in statements(MODULES[module]):
        ours, others = imports(module, node)

        assert {"formulas.formula", "formulas.sampling"} >= set(ours), f"{module} imports {ours}"
        assert {name.partition(".")[0] for name in others} <= {*sys.stdlib_module_names, "numpy"}


def assigns_all(n):
    targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AnnAssign) else []
    return any([isinstance(t, ast.Name) and t.id == "__all__" for t in targets])


@pytest.mark.parametrize("module", ["", *PUBLIC], ids=lambda m: m or "autograd_nn")
def test_all_is_what_the_module_offers(module):
    tops = [n for n in tree_of(MODULES[module]).body if assigns_all(n)]
    assert tops, f"{module} has no __all__"
    names = ast.literal_eval(tops[0].value)

    assert sorted(set(names)) == sorted(names)
    assert set(names) <= names_defined(module)
    if MODULES[module].stem == "__init__" and module != "cli":  # the commands are functions of cli's own
        assert names_defined(module) == set(names)


@pytest.mark.parametrize("module", PUBLIC)
def test_what_another_module_imports_is_listed(module):
    """A name that a neighbour imports is public; everything else in a module is its own business."""
    listed = set(importlib.import_module(f"autograd_nn.{module}").__all__)
    for other, path in MODULES.items():
        for node in statements(path):
            if isinstance(node, ast.ImportFrom) and node.level and set(imports(other, node)[0]) == {module}:
                named = {alias.name for alias in node.names}
                unlisted = {name for name in named if f".{module}".rpartition(".")[2] != name} - listed
                assert not unlisted, f"{other} imports {unlisted} from {module}"


@pytest.mark.parametrize("path", [*FILES, *sorted(TESTS.rglob("*.py"))], ids=lambda p: p.stem)
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", PUBLIC)
def test_no_module_is_named_like_a_public_function(module):
    """`import autograd_nn.x` binds the module over a function of that name; packages of plain names (data, ops) are fine."""
    folder = f"{PACKAGE.name}.{module}".rpartition(".")[0]
    for package in (importlib.import_module(folder), autograd_nn):
        functions = [n for n in package.__all__ if not isinstance(getattr(package, n), type(sys))]
        assert module.rpartition(".")[2] not in functions, f"{module} shadows a function of {package.__name__}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(p.relative_to(PACKAGE).parts))
def test_a_file_begins_by_saying_what_it_knows_and_its_layer(path):
    text = ast.get_docstring(tree_of(path))
    assert text, f"{path.name} has no docstring"
    first = " ".join(text.split("\n\n")[0].split())
    module = module_of(path)

    found = re.search(r"\bLayer (\d+)\b", first)

    assert found, first
    assert LAYER[place(module)] == int(found.group(1))


def test_a_fresh_interpreter_imports_nothing_but_numpy():
    program = (
        "import sys, numpy; before = set(sys.modules); import autograd_nn; print(*sorted(set(sys.modules) - before))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"autograd_nn"} == loaded - set(sys.stdlib_module_names) - {"numpy"}
