"""A report as a piece of HTML for notebooks and as a page of its own, which needs no script and no network.  Layer 8; knows text.

Colours: text, lines and background are those of whatever is around (or the system's, light or dark); the marks of verdicts
bring their own background, and say the verdict in words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from .excerpts import Excerpt

__all__ = ["fragment", "page"]

STYLE = """
.autograd-check { line-height: 1.5; text-align: left; max-width: 76rem; }
.autograd-check table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
.autograd-check caption { text-align: left; opacity: .8; padding-bottom: .3rem; }
.autograd-check th, .autograd-check td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); background: none; }
.autograd-check code, .autograd-check pre, .autograd-check .number { font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: .92em; font-variant-numeric: tabular-nums; }
.autograd-check code, .autograd-check pre { background: color-mix(in srgb, currentColor 8%, transparent); color: inherit; }
.autograd-check code { padding: .1em .3em; border-radius: .2em; }
.autograd-check pre { padding: .6rem .9rem; border-radius: .3rem; overflow-x: auto; margin: .4rem 0; line-height: 1.45; }
.autograd-check mark { background: color-mix(in srgb, #e8a33d 38%, transparent); color: inherit; font-weight: 600; }
.autograd-check .verdict { display: inline-block; padding: 0 .55em; border-radius: .3em; color: #fff; font-weight: 600;
  white-space: nowrap; }
.autograd-check .right { background: #1a6e3c; } .autograd-check .wrong { background: #b3261e; }
.autograd-check .cannot-tell { background: #6b5500; }
.autograd-check .finding { border-left: 4px solid #b3261e; padding-left: 1rem; margin: 1.2rem 0; }
.autograd-check .finding > :first-child { margin: 0 0 .3rem; font-size: 1.15em; }
.autograd-check .finding.note { border-color: #1a6e3c; }
.autograd-check .place { opacity: .8; margin: .6rem 0 0; } .autograd-check .message { margin: .2rem 0; white-space: pre-line; }
.autograd-check figure { margin: 1rem 0; } .autograd-check svg { max-width: 100%; height: auto; }
.autograd-check .off { fill: #b3261e; stroke: currentColor; stroke-opacity: .35; }
.autograd-check .empty { fill: none; stroke: currentColor; stroke-opacity: .35; }
.autograd-check .cross { stroke: #fff; fill: none; }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }} body {{ background: Canvas; color: CanvasText; margin: 2rem;
  font-family: system-ui, sans-serif; }}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
HEADS = ("argument", "verdict", "shape", "entries off", "worst at", "yours", "should be", "error bound", "digits")


def page(
    data: dict[str, Any], headings: Sequence[str], code: Sequence[Sequence[Excerpt]], pictures: Sequence[str]
) -> str:
    """A whole page; the arguments are those of `fragment`."""
    title = escape(f"{data['subject']}: {data['verdict']}")
    return PAGE.format(title=title, body=fragment(data, headings, code, pictures, 1))


def fragment(
    data: dict[str, Any],
    headings: Sequence[str],
    code: Sequence[Sequence[Excerpt]],
    pictures: Sequence[str],
    level: int = 3,
) -> str:
    """The report as one <section>.

    data        the report as it is stored as JSON
    headings, code    of every finding: a few words, and the lines that it is about
    pictures    SVG of where the arguments are wrong
    level       of its heading
    """
    parts = [
        f'<section class="autograd-check"><style>{STYLE}</style>',
        f"<h{level}><code>{escape(data['subject'])}</code> is {badge(data['verdict'])}</h{level}>",
    ]
    if data["arguments"]:
        heads = "".join([f'<th scope="col">{head}</th>' for head in HEADS])
        rows = "".join([row(a) for a in data["arguments"]])
        parts.append(
            f"<table><caption>The gradient of each argument, yours against the true one</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
    parts += [finding(f, heading, places, level) for f, heading, places in zip(data["findings"], headings, code)]
    parts += pictures
    if data["noticed"]:
        parts.append(f"<p>Would notice: {escape(data['noticed'])}</p>")
    if data["strength"]:
        items = "".join([f"<li>{escape(sentence)}</li>" for sentence in data["strength"]])
        parts.append(f"<h{level + 1}>Not tested here</h{level + 1}><ul>{items}</ul>")
    return "\n".join([*parts, "</section>"])


def badge(verdict: str) -> str:
    sign = {"right": "✓", "wrong": "✗"}.get(verdict, "?")
    return f'<span class="verdict {verdict.replace(" ", "-")}"><span aria-hidden="true">{sign} </span>{verdict}</span>'


def row(argument: dict[str, Any]) -> str:
    """One row of the table of arguments."""
    worst = argument["worst"]
    digits = " of ".join([shown(number, ".1f") for number in argument["digits"]])
    numbers = ["", "", "", ""]
    if worst is not None:
        index = f"[{', '.join([str(k) for k in worst['index']])}]" if worst["index"] else "its number"
        numbers = [index, *[shown(worst[key], form) for key, form in NUMBERS]]
    cells = [
        str(tuple(argument["shape"])) if argument["shape"] else "a number",
        f"{argument['wrong']} of {argument['entries']}",
        *numbers,
        digits if argument["tested"] else "untested: the true gradient is 0",
    ]
    body = "".join([f'<td class="number">{escape(cell)}</td>' for cell in cells])
    name = f'<th scope="row"><code>{escape(argument["name"])}</code></th>'
    return f"<tr>{name}<td>{badge(argument['verdict'])}</td>{body}</tr>"


NUMBERS = (("yours", ".6g"), ("reference", ".6g"), ("bound", ".1g"))


def shown(number: float | None, form: str) -> str:
    return "not finite" if number is None else format(number, form)


def finding(f: dict[str, Any], heading: str, places: Sequence[Excerpt], level: int) -> str:
    """One cause, its lines, and what it rests on."""
    note = " note" if f["kind"] == "kink-choice" else ""
    parts = [
        f'<article class="finding{note}"><h{level + 1}>{escape(heading)}</h{level + 1}>',
        f'<p class="message">{escape(f["message"])} <code>{escape(f["kind"])}</code></p>',
    ]
    for place in places:
        title = f'<p class="place">{escape(place.title)}</p>' if place.title else ""
        parts.append(f"{title}<pre>{lines(place)}</pre>" if place.lines else title)
    if f["evidence"]:
        text = escape(json.dumps(f["evidence"], indent=1, ensure_ascii=False))
        parts.append(f"<details><summary>What this rests on</summary><pre>{text}</pre></details>")
    return "\n".join([*parts, "</article>"])


def lines(place: Excerpt) -> str:
    """The lines of an excerpt, with the one that is meant marked."""
    chosen = not all([meant for _, _, meant in place.lines])
    marked = [meant and chosen for _, _, meant in place.lines]
    return "\n".join([f"<mark>{escape(r)}</mark>" if m else escape(r) for r, m in zip(place.rows(), marked)])
