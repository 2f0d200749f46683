#!/usr/bin/env python3
"""Times `kith.dedupe` on a pandas frame, beside the command on the file and Splink.

    scripts/wheel.sh && bench/bench_frame.py [KITH] [--peers] [--only synth_100k] [--threads 2]

Figures are of whole processes, Python's start and the reading of the file included; "dedupe" is the call alone. The peer reads
the file with DuckDB, which spares it pandas.
"""
import argparse, json, os, pathlib, platform, sys, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench

PYTHON = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "kith-python/test/bin/python"
WORK = """
import json, sys, time, pandas, kith
records, truth, link_only, threads = sys.argv[1], sys.argv[2], sys.argv[3] == "1", int(sys.argv[4])
read = lambda f: pandas.read_parquet(f) if f.endswith("parquet") else pandas.read_csv(f, dtype=str)
frame, truth = read(records), read(truth)
begin = time.perf_counter()
result = kith.dedupe(frame, link_only=link_only, threads=threads)
clusters = result.clusters
seconds = time.perf_counter() - begin
assert len(clusters) == len(frame)
score = result.evaluate(truth)
print(json.dumps(dict(seconds=seconds, pair=score.pairwise.f1, cubed=score.bcubed.f1)))
"""


def frame(name, link_only, threads):
    records, truth = bench.files(name)
    text, wall, cpu, peak = bench.run([PYTHON, "-c", WORK, records, truth, int(link_only), threads])
    return dict(json.loads(text), wall=wall, cpu=cpu, peak=peak)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith", nargs="?")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--threads", default="2")
    a = parser.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d')}\n")
    print("| set | pairwise F1 | B-cubed F1 | dedupe s | process CPU s | peak MiB | command CPU s | peak MiB | Splink CPU s | peak MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, link_only in bench.SETS:
        if a.only and name != a.only:
            continue
        k = frame(name, link_only, a.threads)
        line = f"| {name} | {k['pair']:.4f} | {k['cubed']:.4f} | {k['seconds']:.2f} | {k['cpu']:.2f} | {k['peak']:.0f} |"
        for wanted, other in ((a.kith, lambda: bench.kith(a.kith, name, link_only, a.threads)), (a.peers, lambda: bench.splink(name, a.threads))):
            found = other() if wanted else None
            line += f" {found['cpu']:.2f} | {found['peak']:.0f} |" if found else " | |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
