#!/usr/bin/env python3
"""What each step of a spread resolution costs: a scheduler and executors on this machine, `kith dedupe --engine`.

    bench/scale.py KITH RECORDS.parquet [--executors 2] [--tasks 1] [--partitions N] [--model model.toml]

Prints one line per step: wall seconds, CPU seconds of the executors, rows and bytes left, bytes shuffled (what the
executors' work folders grew by), and the peak memory of each executor so far. Then the peak memory of every process. Needs Linux: it reads /proc.
"""

import argparse
import filecmp
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) // 1024


def size(folder):
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.path.getsize(os.path.join(root, name))
            except FileNotFoundError:
                pass  # what was spilled is gone when its task is
    return total


def shuffled(works, seen):
    """Bytes in the folders of jobs that were not there before: the scheduler clears them away minutes later."""
    jobs = {job for work in works for job in work.glob(".kith-executor/*") if not job.name.startswith("datafusion")}
    new = jobs - seen
    seen |= new
    return sum(size(job) for job in new)


def embedded(args, folder):
    """The same in one process; returns its answers."""
    command = [args.kith, "dedupe", args.records, "--out", str(folder / "here.csv"), "--json"]
    command += ["--pairs", str(folder / "here.parquet")] + (["--model", args.model] if args.model else [])
    begun = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        report = json.loads(process.stdout.read())
    except BaseException:
        process.kill()
        raise
    _, _, usage = os.wait4(process.pid, 0)
    print("one process, seconds by stage:", report["seconds"])
    spent, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024
    print(f"wall {time.time() - begun:.1f} s, CPU {spent:.1f} s, peak {peak} MiB\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith")
    parser.add_argument("records")
    parser.add_argument("--executors", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=1)
    parser.add_argument("--partitions", type=int)
    parser.add_argument("--memory-mb", type=int, default=4096)
    parser.add_argument("--model")
    parser.add_argument("--skip-embedded", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        folder = Path(folder)
        if not args.skip_embedded:
            embedded(args, folder)
        measure(args, folder)
        if not args.skip_embedded:
            same = [filecmp.cmp(folder / a, folder / b, shallow=False) for a, b in (("here.csv", "out.csv"), ("here.parquet", "pairs.parquet"))]
            print("the same answer, byte by byte:", all(same))


def measure(args, folder):
    processes = []
    try:
        scheduler = subprocess.Popen(
            [args.kith, "cluster", "scheduler", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        processes.append(scheduler)
        url = scheduler.stdout.readline().split()[-1]
        executors = []
        for number in range(args.executors):
            executors.append(
                subprocess.Popen(
                    [args.kith, "cluster", "executor", "--scheduler", url.removeprefix("ballista://")]
                    + ["--concurrent-tasks", str(args.tasks), "--memory-mb", str(args.memory_mb)]
                    + ["--work-dir", str(folder / f"work{number}")],
                    stdout=subprocess.DEVNULL,
                )
            )
        processes += executors
        command = [args.kith, "dedupe", args.records, "--out", str(folder / "out.csv"), "--json"]
        command += ["--pairs", str(folder / "pairs.parquet")]
        command += ["--engine", url, "--shared-dir", str(folder / "shared")]
        if args.partitions:
            command += ["--partitions", str(args.partitions)]
        if args.model:
            command += ["--model", args.model]
        env = os.environ | {"KITH_LOG": "warn,kith_engine=info", "NO_COLOR": "1"}
        begun = time.time()
        driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        processes.append(driver)
        follow(driver, executors, folder, scheduler)
        report = json.loads(driver.stdout.read())
        _, _, usage = os.wait4(driver.pid, 0)
        driver.returncode = 0
        print(f"\nrecords {report['records']}, pairs {report['pairs']}, clusters {report['clusters']}")
        print("driver, seconds by stage:", report["seconds"])
        print(f"driver, CPU {usage.ru_utime + usage.ru_stime:.1f} s, peak {usage.ru_maxrss // 1024} MiB")
        peaks = [peak_mib(e.pid) for e in executors]
        print(f"wall {time.time() - begun:.1f} s; peak MiB: executors {peaks}, scheduler {peak_mib(scheduler.pid)}")
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def follow(driver, executors, folder, scheduler):
    print(f"{'step':10} {'wall s':>8} {'CPU s':>8} {'rows':>12} {'left MB':>9} {'files':>6} {'shuffled MB':>12}  peak MiB")
    used, seen, works = 0.0, set(), [folder / f"work{n}" for n in range(len(executors))]
    total = [0.0, 0.0, 0.0]
    for line in driver.stderr:
        done = re.search(r'step done step="(\w+)" rows=(\d+) bytes=(\d+) files=(\d+) seconds=([\d.]+)', line)
        if not done:
            print(line, end="", file=sys.stderr)
            continue
        now = sum(cpu(e.pid) for e in executors)
        moved = shuffled(works, seen)
        step, rows, left, files, seconds = done.groups()
        spent = now - used
        print(
            f"{step:10} {float(seconds):8.1f} {spent:8.1f} {int(rows):12} {int(left) / 1e6:9.1f} {files:>6}"
            f" {moved / 1e6:12.1f}  {[peak_mib(e.pid) for e in executors]}",
            flush=True,
        )
        total = [total[0] + float(seconds), total[1] + spent, total[2] + moved]
        used = now
    print(f"{'all':10} {total[0]:8.1f} {total[1]:8.1f} {'':12} {'':9} {'':6} {total[2] / 1e6:12.1f}")
    print(f"CPU s of the scheduler {cpu(scheduler.pid):.1f}")


if __name__ == "__main__":
    main()
