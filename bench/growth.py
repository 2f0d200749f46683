#!/usr/bin/env python3
"""How time and memory grow with the number of records: whole processes of `kith dedupe` on generated customers.

    bench/growth.py KITH [--sizes 100000,300000,1000000,3000000,10000000] [--threads 2] [--svg docs/images/growth.svg]

Prints a table for docs/benchmarks.md and draws the plot. Sets are generated once below the user's cache folder
(numpy, pyarrow); ten million take a quarter of an hour and 3 GB of memory.
"""
import argparse, json, math, os, pathlib, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench import CACHE, HERE, run, venv


def name_of(records):
    return f"synth_{records // 1_000_000}m" if records % 1_000_000 == 0 else f"synth_{records // 1000}k"


def files(records):
    out = CACHE / name_of(records)
    if not (out / "truth.parquet").exists():
        subprocess.run([venv(), HERE / "tools/gen_many.py", "--n", str(records), "--seed", "7", "--out", out], check=True)
    return out / "records.parquet", out / "truth.parquet"


def measure(binary, records, threads):
    """The run without truth is the one that is timed; a second one says how right it was."""
    path, truth = files(records)
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "dedupe", path, "--out", f"{out}/c.csv", "--threads", threads, "--json"]
        text, wall, cpu, peak = run(command)
        seconds = json.loads(text)["seconds"]
        found = json.loads(run(command + ["--truth", truth])[0])["evaluation"]
    return dict(records=records, cpu=cpu, wall=wall, peak=peak, seconds=seconds, found=found)


def short(value):
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


def svg(rows):
    """Two panels, both axes logarithmic; a straight line of slope one is proportional growth."""
    width, height, left, top, side, gap = 760, 330, 60, 40, 270, 90
    x_of = [math.log10(r["records"]) for r in rows]
    low_x, high_x = min(x_of), max(x_of)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    panels = [("CPU seconds", [("CPU", "#1f6feb", "cpu")]), ("peak memory, MiB", [("peak", "#1a7f37", "peak")])]
    for number, (title, lines) in enumerate(panels):
        x0 = left + number * (side + gap + left)
        values = [r[key] for _, _, key in lines for r in rows]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        at_x = lambda v: x0 + (math.log10(v) - low_x) / max(high_x - low_x, 1e-9) * side
        at_y = lambda v: top + side - 30 - (math.log10(v) - low) / max(high - low, 1) * (side - 30)
        out.append(f'<text x="{x0}" y="{top - 16}" font-weight="bold">{title}</text>')
        for power in range(low, high + 1):
            y = at_y(10.0**power)
            out.append(f'<line x1="{x0}" y1="{y:.1f}" x2="{x0 + side}" y2="{y:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{short(10.0**power)}</text>')
        for row in rows:
            x = at_x(row["records"])
            out.append(f'<text x="{x:.1f}" y="{top + side - 10}" text-anchor="middle" fill="#555">{short(row["records"])}</text>')
        for label, colour, key in lines:
            points = [(at_x(r["records"]), at_y(r[key])) for r in rows]
            out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
            out.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
            x, y = points[-1]
            out.append(f'<text x="{x + 7:.1f}" y="{y + 4:.1f}" fill="{colour}">{label}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith")
    parser.add_argument("--sizes", default="100000,300000,1000000,3000000,10000000")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--svg")
    a = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d')}; {a.threads} threads\n")
    print("| records | CPU s | wall s | peak MiB | pairwise F1 | B-cubed F1 | largest | stages, wall s |\n|---|---|---|---|---|---|---|---|")
    rows = []
    for size in a.sizes.split(","):
        row = measure(a.kith, int(size), a.threads)
        rows.append(row)
        stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in row["seconds"].items())
        f = row["found"]
        print(f"| {short(row['records'])} | {row['cpu']:.1f} | {row['wall']:.1f} | {row['peak']:,.0f} | {f['pairwise']['f1']:.4f} | {f['bcubed']['f1']:.4f} | {f['largest_cluster']} | {stages} |", flush=True)
        if a.svg:
            pathlib.Path(a.svg).write_text(svg(rows))


if __name__ == "__main__":
    main()
