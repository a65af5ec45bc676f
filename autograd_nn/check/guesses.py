"""What the names of parameters usually stand for, and the shapes that come into question.  Layer 8; knows names and shapes.

Shapes are in symbols: N examples of D features, H and M units of the layers, C channels of H x W, T steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .declared import Shape

__all__ = ["SETTINGS", "Choice", "Role", "choices", "initial", "role_of"]

Role = Literal["data", "probability", "weight", "bias", "scale", "label", "ids", "state", "mask", "setting"]

NAMES: dict[Role, str] = {
    "label": r"y|t|labels?|targets?|y_?true|y_?batch|truth|gt|ground_truth|answers?|expected|desired|actual|y_train|lbls?",
    "ids": r"ids?|idx|idxs|index|indices|tokens?|token_ids|word_?i?d?x?s?",
    "probability": r"p|q|probs?|probabilities|y_?hat|y_?pred|preds?|predictions?|al|predicted|yp",
    "bias": r"b\w?|b_?\w{1,2}|bias(es)?|b_\w+|bias_\w+",
    "scale": r"gamma|beta|scale|shift|gain",
    "state": r"prev_[hc]|[hc]_?prev|[hc]0|[hc]_t_?1|prev_state|hidden|s_prev",
    "mask": r"mask|masks",
    "weight": r"w\w?|w_?\w{1,2}|w_\w+|weights?|weights?_\w+|theta|kernels?|filters?|embeddings?|emb|table",
}
SETTINGS: dict[str, tuple[Any, ...]] = {
    "eps": (1e-5,), "epsilon": (1e-5,), "lr": (0.1,), "learning_rate": (0.1,), "eta": (0.1,), "reg": (0.1,), "lam": (0.1,),
    "lambda_": (0.1,), "lambd": (0.1,), "lmbda": (0.1,), "lamda": (0.1,), "l2": (0.1,), "weight_decay": (0.1,), "l1": (0.1,),
    "reg_strength": (0.1,), "keep_prob": (0.5,), "drop_prob": (0.5,), "dropout": (0.5,), "rate": (0.5,), "p_drop": (0.5,),
    "dropout_ratio": (0.5,), "alpha": (0.3,), "slope": (0.3,), "negative_slope": (0.3,), "momentum": (0.9,), "margin": (1.0,),
    "delta": (0.7,), "temperature": (1.7,), "temp": (1.7,), "tau": (1.7,), "stride": (1, 2), "pad": (1, 0), "padding": (1, 0),
    "axis": (-1, 1, 0), "dim": (-1, 1, 0), "mode": ("train",), "train": (True,), "training": (True,), "is_training": (True,),
    "train_flg": (True,), "seed": (0,), "pool_size": (2,), "pool_height": (2,), "pool_width": (2,), "pool_h": (2,),
    "pool_w": (2,), "kernel_size": (3, 2), "filter_size": (3, 2), "size": (2,), "pool": (2,), "k": (2, 3), "groups": (1,),
    "g": (1, 2), "num_groups": (1,), "num_heads": (1,), "n_heads": (1,), "heads": (1,), "activation": ("relu", "sigmoid", "tanh"),
    "act": ("relu", "sigmoid", "tanh"), "ratio": (0.5,), "p": (0.5,), "beta1": (0.9,), "beta2": (0.999,), "rng": (), "hidden": (),
    "s": (1,), "f": (2,), "causal": (True,), "bias": (True,), "verbose": (False,), "debug": (False,),
}  # fmt: skip
WIDTHS = {  # whole numbers that a constructor asks for, as symbols
    "D": r"n_?in|in_?features|in_?dims?|input_?(size|dims?|shape|features)|num_features|n_features|features|n_inputs?|d|dims?|"
    r"fan_in|d_in|n_?x|d_model|embed(ding)?_?(size|dim)|normalized_shape|num_inputs|inputs?|size|in_size|input",
    "H": r"n_?out|out_?features|out_?dims?|output_?(size|dims?|features)|n_?hidden|hidden(_?(size|dims?|units))?|h|units|"
    r"fan_out|d_out|n_?h|n_units|num_outputs|n_neurons|neurons|num_units|n_outputs?|out_size|outputs?|d_ff|output",
    "C": r"in_?ch(annels)?|n_?channels|channels|c_in|num_channels|c",
    "F": r"out_?ch(annels)?|num_filters|n_?filters|filters|c_out|f",
    "V": r"vocab_?size|num_embeddings|n_vocab|v|vocab",
    "M": r"num_?classes|n_?classes|classes|k|m|n_?y",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a parameter may be: a shape to fill, or a value as it is.

    source   who says so: "--shape", "the docstring", "the file's x", "guessed" ...
    """

    shape: Shape | None
    value: Any
    source: str


def role_of(name: str) -> Role:
    """What a parameter of this name usually is."""
    plain = re.sub(r"_?\d+$", "", name)
    if re.fullmatch(r"d[A-Z]\w*", name):
        return "data"
    if name.lower() in SETTINGS and name not in ("p", "g", "f", "s", "k", "hidden"):
        return "setting"
    lower = plain.lower() or name.lower()
    return next((role for role, pattern in NAMES.items() if re.fullmatch(pattern, lower)), "data")


def choices(name: str, before: Sequence[str], source: str, constructor: bool = False) -> list[Choice]:
    """What a parameter may be, the likeliest first.

    before   the names of the parameters to its left;  source: the code, whose words log and axis=0 tell something
    """
    role = role_of(name)
    logarithm = bool(re.search(r"\blog[p12]*\w*\(", source))
    settings = [Choice(None, value, "guessed") for value in SETTINGS.get(name.lower(), ())]
    if constructor:
        widths = [s for s, pattern in WIDTHS.items() if re.fullmatch(pattern, name.lower())]
        whole = [Choice(Shape((symbol,), "size"), None, "guessed") for symbol in widths]
        arrays = (
            guessed(shapes_of(role, name, before, logarithm, source)) if role in ("weight", "bias", "scale") else []
        )
        return [*arrays, *whole, *settings] or [Choice(None, 3, "guessed")]
    if role == "setting" or (settings and before):
        return settings + (guessed(shapes_of("data", name, before, logarithm, source)) if role != "setting" else [])
    if role == "label" and not before and not logarithm:
        return guessed(
            shapes_of("data", name, before, logarithm, source) + shapes_of(role, name, before, logarithm, source)
        )
    return guessed(shapes_of(role, name, before, logarithm, source))


def guessed(shapes: list[Shape]) -> list[Choice]:
    return [Choice(shape, None, "guessed") for shape in dict.fromkeys(shapes)]


def of(text: str, kind: Any = "float", below: str = "") -> list[Shape]:
    """Shapes written as in "N D; N; H 1": dimensions apart by blanks."""
    return [Shape(tuple(part.split()), kind, below) for part in text.split(";")]


def shapes_of(role: str, name: str, before: Sequence[str], logarithm: bool, source: str) -> list[Shape]:
    """The shapes of a role, the likeliest first."""
    layer = layer_of(name, role, before)
    four, three = re.search(r"\b4 \*|, 4\b|\b3 \* \w+:\]", source), re.search(r"\b3 \*|, 3\b", source)
    gates = 1 if "tanh" not in source else 4 if four else 3 if three else 1
    if gates > 1 and role == "weight" and layer < 2:
        return of(f"D {gates}*H; H {gates}*H; {gates}*H D") if layer == 0 else of(f"H {gates}*H; {gates}*H H")
    if gates > 1 and role == "bias":
        return of(f"{gates}*H; 1 {gates}*H; {gates}*H 1")
    if role == "weight":
        if re.fullmatch(r"w_?\w*?h_?h\w*|w_?h|wh|u|whh|w_?aa|waa", name.lower()):
            return of("H H; H 4*H; H 3*H; 4*H H; H M; M H; D H")
        if re.fullmatch(r"w_?\w*?h_?y|wya|why|v", name.lower()):
            return of("H M; M H; H H; D H")
        if layer == 0:
            return of("D H; H D; D; H N; D 4*H; 4*H D; H D+H; D+H H; F C KH KW; D 1; KH KW C F; V D; H H; 1 D; N H; K;")
        return of("H M; M H; H H; H 4*H; M; H; D H; H 1; 1 H; F C KH KW")
    if role == "bias":
        unit = "H" if layer == 0 else "M"
        return of(f"{unit}; 1 {unit}; {unit} 1; N D; ; 4*H; 4*H 1; F; 1 4*H; 1; 1 1; 3*H; 1 1 1 F; M; D")
    if role == "scale":
        return of("D; 1 D; D 1; 1 C 1 1; C; 1 1 D; ;1")
    if role == "state":
        return of("N H; H 1; H N; H; 1 H")
    if role == "ids":
        return of("N; N T; N N", "int", "V") + of(";")
    if role == "mask":
        return of("N D; N; N T", "bits") + of("N D; N N", "bool")
    if role == "label":
        return labels(logarithm, source)
    normal = of("N D; N; N T D; N C HH2 WW2; D 1; ; D N; N D H; HH2 WW2; N 1; D M; 1 D; M D; N HH2 WW2 C; C HH2 WW2")
    inner = of("N D; N; D N; 1 N; N 1; D 1; D;", "probability")
    if role == "probability" and logarithm:
        return inner + normal
    return normal[:1] + inner[:1] * logarithm + normal[1:] + inner


def labels(logarithm: bool, source: str) -> list[Shape]:
    """Labels as class numbers, one-hot rows or columns, bits, or targets of a regression."""
    columns = "axis=0" in source.replace(" ", "") and not re.search(r"axis\s*=\s*(1|-1)", source)
    hot = [*of("N D; D", "one-hot"), *of("D N; D 1", "one-hot column")]
    if columns:
        hot = hot[::-1]
    whole = of("N", "int", "D")
    binary = of("N; N 1; 1 N", "bits")
    targets = of("N D; N; N 1; D N; 1 N; D 1; ; M; M 1; N M; N H")
    if logarithm:
        return [*whole, *hot, *binary, *of("", "int", "D"), *targets]
    return [*whole, *targets, *hot, *binary, *of("N T; ", "int", "D")]


def layer_of(name: str, role: str, before: Sequence[str]) -> int:
    """Which layer of a network a weight or bias belongs to, from its number, or from how many came before: 0 or 1."""
    number = re.search(r"(\d+)$", name)
    if number:
        zero = any([role_of(b) == role and b.endswith("0") for b in before]) or number[1] == "0"
        return int(number[1]) - (0 if zero else 1)
    if re.fullmatch(r"b_?y|by|w_?hy", name.lower()):
        return 1
    return len([b for b in before if role_of(b) == role])


def initial(name: str) -> bool:
    """Whether an attribute of a layer is a parameter, which should not stay at the zeros or ones that it starts with."""
    return role_of(name) in ("weight", "bias", "scale") and not re.search(r"running|mean|var|grad|velocity|cache", name)
