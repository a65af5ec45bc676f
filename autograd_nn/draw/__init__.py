"""Pictures of the graph: text, DOT, SVG.  Layer 8; the public list, and nothing else."""

from .view import Graph, draw_dot, graph

__all__ = ["Graph", "draw_dot", "graph"]
