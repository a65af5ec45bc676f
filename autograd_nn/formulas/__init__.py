"""Hand-derived formulas of five texts, one NumPy-only file each.  Layer 9; an independent witness, which knows no engine."""

__all__: list[str] = []
