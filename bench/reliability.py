#!/usr/bin/env python3
"""Draws docs/images/reliability.svg from docs/research/reliability.csv: per set, of the merges that state a confidence,
how many are true. The file is what `er DIR SET… -o` writes (crates/kith-resolve/examples/er.rs), with a head line."""
import csv, math, pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS = [0.1, 0.5, 0.9, 0.99, 0.999]
LOW, HIGH = 0.04, 0.9998  # both axes are log-odds: .9 and .99 lie as far apart as .99 and .999
SIDE, GAP, LEFT, TOP, COLUMNS = 190, 44, 52, 40, 4


def place(p):
    odds = lambda q: math.log(q / (1 - q))
    p = min(max(p, LOW), HIGH)
    return (odds(p) - odds(LOW)) / (odds(HIGH) - odds(LOW)) * SIDE


def panel(name, rows, x, y):
    at = lambda p, q: (x + place(p), y + SIDE - place(q))
    out = [f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#9aa4ae"/>',
           f'<text x="{x}" y="{y - 8}" font-weight="600">{name}</text>']
    for tick in TICKS:
        (u, _), (_, v) = at(tick, LOW), at(LOW, tick)
        label = f"{tick:g}".lstrip("0")
        out += [f'<line x1="{u:.1f}" y1="{y}" x2="{u:.1f}" y2="{y + SIDE}" stroke="#e6eaee"/>',
                f'<line x1="{x}" y1="{v:.1f}" x2="{x + SIDE}" y2="{v:.1f}" stroke="#e6eaee"/>',
                f'<text x="{u:.1f}" y="{y + SIDE + 14}" text-anchor="middle" fill="#5b6670">{label}</text>',
                f'<text x="{x - 6}" y="{v + 4:.1f}" text-anchor="end" fill="#5b6670">{label}</text>']
    (a, b), (c, d) = at(LOW, LOW), at(HIGH, HIGH)
    out.append(f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="#5b6670" stroke-dasharray="4 3"/>')
    for stated, true, pairs in rows:
        error = math.sqrt(max(true * (1 - true), 0.25 / pairs) / pairs)
        (u, low), (_, high), (_, v) = at(stated, true - error), at(stated, true + error), at(stated, true)
        size = 1.5 + 0.9 * math.log10(pairs)
        out += [f'<line x1="{u:.1f}" y1="{low:.1f}" x2="{u:.1f}" y2="{high:.1f}" stroke="#1b6ca8" stroke-opacity=".6"/>',
                f'<circle cx="{u:.1f}" cy="{v:.1f}" r="{size:.1f}" fill="#1b6ca8" fill-opacity=".75"/>']
    return out


def main():
    sets = {}
    for row in csv.DictReader(open(ROOT / "docs/research/reliability.csv")):
        points = sets.setdefault(row["set"], [])
        if row["what"] == "merges":
            points.append((float(row["stated"]), float(row["true"]), float(row["pairs"])))
    lines = -(-len(sets) // COLUMNS)
    width, height = LEFT + COLUMNS * (SIDE + GAP), TOP + lines * (SIDE + GAP + 20) + 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="system-ui, sans-serif" font-size="11" role="img">',
           '<title>How many merges are true, by the confidence that they state</title>',
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for number, (name, rows) in enumerate(sets.items()):
        x, y = LEFT + number % COLUMNS * (SIDE + GAP), TOP + number // COLUMNS * (SIDE + GAP + 20)
        out += panel(name, rows, x, y)
    out.append(f'<text x="{LEFT}" y="{height - 10}" fill="#5b6670">across: confidence stated; up: share of pairs that '
               'are true (log-odds; one standard error of independent pairs; circles grow with the number of pairs)</text>')
    out.append("</svg>")
    (ROOT / "docs/images/reliability.svg").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
