#!/usr/bin/env python3
"""How long a record that is sent takes until it is on disk and in its profile, with many others resident.

    bench/live.py KITH RECORDS.parquet [--dir DIR] [--senders N] [--requests N] [--batch N]

Makes a project of the file (kept in DIR, so a second run begins where the first ended), adds a source `app` of kind
`push` with the same columns, serves it on loopback, and sends: rows that are new, rows that were sent before and have
changed, and removals. Prints latencies of single records from one sender and from several, the rate in batches, and how long SQL takes that sees
what was just sent.
Only the standard library.
"""

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import tempfile
import threading
import time


def kith(args, *words):
    done = subprocess.run([args.kith, "-C", args.dir, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"kith {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def project(args):
    toml = os.path.join(args.dir, "kith.toml")
    if not os.path.exists(toml):
        print(kith(args, "init", args.records).splitlines()[-1])
        text = open(toml).read()
        fields = text[text.index("[source.fields]"):].split("[[")[0]
        key = re.search(r"^key\s*=\s*(.+?)(\s+#.*)?$", text, re.M).group(1)
        source = f'\n[[source]]\nname = "app"\nkind = "push"\nkey = {key}\n\n{fields}\n'
        open(toml, "a").write(source)
    begin = time.time()
    kith(args, "run")
    print(f"kith run: {time.time() - begin:.1f} s")
    text = open(toml).read()
    key = re.search(r'^key\s*=\s*\[?"([^"]+)"', text, re.M).group(1)
    name = re.search(r'^name\s*=\s*"([^"]+)"', text[text.index("[[source]]"):], re.M).group(1)
    answer = json.loads(kith(args, "sql", f"select * from source.{name} limit 30000", "--json"))
    names = [c["name"] if isinstance(c, dict) else c for c in answer["columns"]]
    rows = [dict(zip(names, row)) if isinstance(row, list) else row for row in answer["rows"]]
    columns = re.findall(r'^"?([A-Za-z0-9_ ]+)"?\s*=\s*"', text[text.index("[source.fields]"):].split("[[")[0], re.M)
    wanted = {key, *[c.strip() for c in columns]}
    return key, [{k: v for k, v in row.items() if k in wanted and v is not None} for row in rows]


class Busy(Exception):
    """503: try again."""


class Sender:
    def __init__(self, port, token):
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        self.head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def try_send(self, records):
        """False if the server says that it is still loading."""
        try:
            self.send(records)
        except Busy:
            return False
        return True

    def ask(self, sql):
        """Milliseconds of a query, and its first cell."""
        begin = time.perf_counter()
        self.http.request("POST", "/v1/sql", json.dumps({"query": sql}), self.head)
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {text[:500]}")
        return (time.perf_counter() - begin) * 1e3, json.loads(text)["rows"][0][0]

    def send(self, records=(), remove=()):
        body = json.dumps({"source": "app", "records": list(records), "remove": list(remove)})
        begin = time.perf_counter()
        self.http.request("POST", "/v1/records", body, self.head)
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status == 503:
            raise Busy
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {text[:500]}")
        return (time.perf_counter() - begin) * 1e3, json.loads(text)


def change(dice, key, rows, known):
    """One record to send, or one to remove."""
    action = dice.random()
    if known and action < 0.2:
        return [], [known.pop(dice.randrange(len(known)))]
    row = dict(dice.choice(rows))
    if known and action < 0.5:
        row[key] = dice.choice(known)
        name = dice.choice([k for k in row if k != key])
        row[name] = dice.choice(rows).get(name, row[name])
    else:
        row[key] = f"app-{dice.getrandbits(48)}"
        known.append(row[key])
    return [row], []


def quantiles(name, times):
    times.sort()
    at = lambda q: times[min(len(times) - 1, int(len(times) * q))]
    print(f"{name}: p50 {at(.5):.2f} ms, p95 {at(.95):.2f} ms, p99 {at(.99):.2f} ms, max {times[-1]:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kith")
    parser.add_argument("records")
    parser.add_argument("--dir", default=tempfile.gettempdir() + "/kith-live-bench")
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=200)
    args = parser.parse_args()
    args.records = os.path.abspath(args.records)
    os.makedirs(args.dir, exist_ok=True)
    key, rows = project(args)
    token = json.loads(kith(args, "token", "create", f"bench-{time.time_ns()}", "--json"))["token"]
    server = subprocess.Popen([args.kith, "-C", args.dir, "serve", "--addr", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(json.loads(server.stdout.readline())["addr"].rsplit(":", 1)[1])
        first = Sender(port, token)
        begin = time.time()
        while not first.try_send([dict(rows[0], **{key: "app-first"})]):
            time.sleep(1)
        print(f"first record, others loaded meanwhile: {time.time() - begin:.1f} s")
        dice, known = random.Random(), []
        quantiles("one sender, one record", [first.send(*change(dice, key, rows, known))[0] for _ in range(args.requests)])
        times = []

        def many(seed):
            sender, dice, known, own = Sender(port, token), random.Random(), [], []
            for _ in range(args.requests // args.senders):
                own.append(sender.send(*change(dice, key, rows, known))[0])
            times.extend(own)

        threads = [threading.Thread(target=many, args=(seed,)) for seed in range(args.senders)]
        begin = time.time()
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(f"{args.senders} senders: {len(times) / (time.time() - begin):.0f} records a second")
        quantiles(f"{args.senders} senders, one record", times)
        fresh = random.Random()
        batches = [[change(fresh, key, rows, [])[0][0] for _ in range(args.batch)] for _ in range(40)]
        begin, sent = time.time(), 0
        for records in batches:
            sent += first.send(records)[1]["landed"]
        print(f"batches of {args.batch}: {sent / (time.time() - begin):.0f} records a second")
        # SQL over what was just sent: the lake, and the layers over it.
        count = "SELECT count(*) FROM identity.node"
        print(f"the first query after all that: {first.ask(count)[0]:.0f} ms; again {first.ask(count)[0]:.0f} ms")
        asked, shown = [], []
        for _ in range(200):
            sent = change(fresh, key, rows, [])[0]
            first.send(sent)
            ms, there = first.ask(f"SELECT count(*) FROM source.app WHERE \"{key}\" = '{sent[0][key]}'")
            asked.append(first.ask(count)[0])
            shown.append(ms)
            if there != 1:
                raise SystemExit("a record that was acknowledged is not in SQL")
        quantiles("SQL: the record that was just sent", shown)
        quantiles("SQL: count of all records, then", asked)
        status = open(f"/proc/{server.pid}/status").read()
        print("peak memory of the server:", re.search(r"VmHWM:\s+(\d+)", status).group(1)[:-3], "MB")
    finally:
        server.terminate()
        server.wait()


main()
