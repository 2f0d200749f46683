#!/usr/bin/env python3
"""Runs `kith dedupe` on the benchmark sets with zero configuration and prints accuracy, CPU seconds and peak memory.

    bench/bench.py KITH [--peers] [--million] [--threads 2]

Only the standard library is needed, but for the generated sets (numpy, pyarrow) and the peer (splink 5, duckdb): these
run in a virtual environment that is made on first use below the user's cache folder. Figures are of whole processes,
start and reading included. The threshold is the default (0.5); it was not chosen on any truth.
"""
import argparse, json, os, pathlib, platform, resource, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "kith-bench"
SETS = [("fake_1000", False), ("febrl4", True), ("historical_a", False), ("synth_100k", False)]
PEER_MODEL = {"fake_1000": "fake_1000", "febrl4": "febrl4", "historical_a": "historical", "synth_100k": "people", "synth_1m": "people"}


def venv():
    python = CACHE / "venv/bin/python"
    if not python.exists():
        print("making a Python environment in", CACHE, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", CACHE / "venv"], check=True)
        wanted = ["splink==5.0.0", "duckdb<2", "pandas", "pyarrow", "numpy", "scipy"]
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
    return python


def generated(name):
    n = {"synth_100k": 100_000, "synth_1m": 1_000_000}[name]
    out = CACHE / name
    if not (out / "truth.parquet").exists():
        subprocess.run([venv(), HERE / "tools/gen_people.py", "--n", str(n), "--seed", "7", "--out", out], check=True)
    return out / "records.parquet", out / "truth.parquet"


def files(name):
    if name.startswith("synth"):
        return generated(name)
    return HERE / f"data/{name}/records.csv.gz", HERE / f"data/{name}/truth.csv.gz"


def run(command):
    """Runs a process; returns its output, wall and CPU seconds and peak memory in MiB."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([str(c) for c in command], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        out.seek(0)
        text = out.read().decode()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return text, time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def kith(binary, name, link_only, threads):
    records, truth = files(name)
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "dedupe", records, "--out", f"{out}/c.csv", "--truth", truth, "--threads", threads, "--json"]
        text, wall, cpu, peak = run(command + (["--link-only"] if link_only else []))
    report = json.loads(text)
    score = report["evaluation"]
    return dict(pair=score["pairwise"], cubed=score["bcubed"], wall=wall, cpu=cpu, peak=peak, largest=score["largest_cluster"])


def splink(name, threads):
    records, truth = files(name)
    with tempfile.TemporaryDirectory() as out:
        command = [venv(), HERE / "tools/bench_splink.py", PEER_MODEL[name], records, "--out", f"{out}/p.parquet", "--threads", threads]
        _, wall, cpu, peak = run(command)
    return dict(wall=wall, cpu=cpu, peak=peak)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--threads", default="2")
    a = parser.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d')}\n")
    print("| set | pairwise P / R / F1 | B-cubed F1 | largest | CPU s | wall s | peak MiB |" + (" Splink CPU s | peak MiB | times |" if a.peers else ""))
    print("|---|---|---|---|---|---|---|" + ("---|---|---|" if a.peers else ""))
    for name, link_only in SETS + ([("synth_1m", False)] if a.million else []):
        if a.only and name != a.only:
            continue
        k = kith(a.kith, name, link_only, a.threads)
        p = k["pair"]
        line = f"| {name} | {p['precision']:.4f} / {p['recall']:.4f} / {p['f1']:.4f} | {k['cubed']['f1']:.4f} | {k['largest']} | {k['cpu']:.2f} | {k['wall']:.2f} | {k['peak']:.0f} |"
        if a.peers:
            s = splink(name, a.threads)
            line += f" {s['cpu']:.1f} | {s['peak']:.0f} | {s['cpu'] / k['cpu']:.1f} |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
