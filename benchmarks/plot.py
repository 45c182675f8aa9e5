"""A plot that needs nothing installed: bars of CPU time, as SVG."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measuring import Measured

_LEFT, _WIDTH, _ROW = 260, 420, 26


def bars(found: dict[str, Measured], title: str) -> str:
    """An SVG picture: one bar for each command, on a logarithmic scale.

    Args:
        found: What was measured, by name.
        title: What stands above.
    """
    ordered = sorted(found.values(), key=lambda each: each.cpu)
    low = math.log10(ordered[0].cpu) - 0.3
    span = math.log10(ordered[-1].cpu) - low
    height = 50 + _ROW * len(ordered)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 80}" '
        f'height="{height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="24" font-weight="bold">{escape(title)} (logarithmic)</text>',
    ]
    for number, each in enumerate(ordered):
        y = 40 + _ROW * number
        length = max(2.0, (math.log10(each.cpu) - low) / span * _WIDTH)
        colour = "#2a7" if each.name.startswith(("lint", "fix")) else "#999"
        lines += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(each.name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{length:.0f}" height="20" fill="{colour}"/>',
            f'<text x="{_LEFT + length + 6:.0f}" y="{y + 15}">{each.cpu:.2f} s</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
