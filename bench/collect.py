#!/usr/bin/env python3
"""How many events a second Kith takes over HTTP, all of them fsynced before the answer and in the profiles soon after.

    bench/collect.py KITH [--seconds 60] [--people 100000] [--traits 4] [--dir DIR] [--connections 8]

Serves an empty project on loopback and sends, with wrk (Debian's package) on the same machine: batches of 100, single events,
and half of the batch rate with one reader beside it. Prints the rates that were acknowledged, how far behind the profiles were,
CPU seconds of the server and its memory. `received = accepted + duplicate + refused` is checked. Only the standard library.
"""
import argparse, http.client, json, os, pathlib, random, re, subprocess, tempfile, threading, time

HERE = pathlib.Path(__file__).resolve().parent
KEY = "bench-write-key"


def project(traits):
    """`kith.toml` with so many declared traits: four that a shop has, and counts over windows of different lengths."""
    usual = [("orders", "count", ""), ("revenue", "sum", 'of = "properties.total"'),
             ("revenue_30", "sum", 'of = "properties.total"\nwindow = "30 days"'), ("last_order", "last", 'of = "properties.order_id"')]
    more = [(f"orders_{n}", "count", f'window = "{n} days"') for n in range(1, traits - len(usual) + 1)]
    return f"""[project]
name = "bench"

[[source]]
name = "web"
kind = "events"
write_key = "{KEY}"
""" + "".join(f"""
[[trait]]
name = "{name}"
event = "Order Completed"
aggregate = "{aggregate}"
{lines}
""" for name, aggregate, lines in (usual + more)[:traits])


class Server:
    def __init__(self, kith, folder, traits=4):
        if not (folder / "kith.toml").exists():
            (folder / "kith.toml").write_text(project(traits))
        subprocess.run([kith, "-C", folder, "token", "revoke", "bench"], capture_output=True)
        made = subprocess.run([kith, "-C", folder, "token", "create", "bench"], capture_output=True, text=True, check=True)
        self.token = made.stdout.strip()
        begun = time.time()
        command = [kith, "-C", folder, "serve", "--addr", "127.0.0.1:0", "--collect-addr", "127.0.0.1:0", "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = json.loads(self.process.stdout.readline())
        self.started_s = time.time() - begun
        self.api, self.collect = said["addr"], said["collect"].rstrip("/")

    def get(self, path):
        link = http.client.HTTPConnection(self.api, timeout=60)
        link.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        answer = link.getresponse()
        return answer.status, json.loads(answer.read())

    def counts(self):
        return self.get("/v1/events/counts")[1]

    def used(self):
        """CPU seconds, and resident memory in MiB."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        status = open(f"/proc/{self.process.pid}/status").read()
        return (int(fields[11]) + int(fields[12])) / 100, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


def load(server, args, batch, seconds, connections, rest_ms=0):
    """Sends as fast as answers come; what wrk saw."""
    environment = os.environ | {"PEOPLE": str(args.people), "BATCH": str(batch), "WRITE_KEY": KEY, "SEED": str(random.randrange(1 << 30)),
                                "REST_MS": str(rest_ms)}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", HERE / "tools/collect.lua", server.collect]
    out = subprocess.run(command, env=environment, capture_output=True, text=True)
    found = re.search(r"RESULT (.*)", out.stdout)
    if not found:
        raise SystemExit(out.stdout + out.stderr)
    return json.loads(found[1])


def measure(server, args, name, batch, seconds, connections, rest_ms=0):
    cpu, accepted = server.used()[0], sum(s["accepted"] for s in server.counts()["sources"])
    begun, behind, stop = time.time(), [], threading.Event()

    def look():
        while not stop.wait(0.5):
            counts = server.counts()
            behind.append(counts["position"] - counts["applied"])

    looker = threading.Thread(target=look)
    looker.start()
    seen = load(server, args, batch, seconds, connections, rest_ms)
    took = time.time() - begun
    stop.set()
    looker.join()
    counts = server.counts()
    while counts["applied"] < counts["position"]:
        time.sleep(0.01)
        counts = server.counts()
    applied = time.time() - begun
    for s in counts["sources"]:
        assert s["received"] == s["accepted"] + s["duplicate"] + s["refused"], s
        assert s["refused"] == 0, s
    done = sum(s["accepted"] for s in counts["sources"]) - accepted
    used, memory = server.used()
    print(f"{name}: {done / seen['seconds']:,.0f} events/s acknowledged, {done / applied:,.0f} applied; answer p50 {seen['p50_ms']} p99 {seen['p99_ms']} "
          f"max {seen['max_ms']} ms; {seen['not_2xx']} refused, {seen['failed']} failed; profiles at most {max(behind, default=0):,} events behind; "
          f"server {(used - cpu) / max(done, 1) * 1e6:.0f} µs CPU an event, {memory:,.0f} MiB", flush=True)


def fresh(server, args, count=200):
    """From the answer to the profile that shows it, with nothing else going on."""
    port = server.collect.split(":")[-1]
    waits, reads = [], []
    link = http.client.HTTPConnection("127.0.0.1", int(port))
    for n in range(count):
        user = f"user-{random.randrange(args.people)}"
        body = json.dumps({"userId": user, "event": "Order Completed", "messageId": f"f{time.time_ns()}", "properties": {"total": 1}})
        link.request("POST", "/v1/track", body, {"X-Write-Key": KEY})
        answer = link.getresponse()
        answer.read()
        position, begun = answer.headers["Kith-Position"], time.perf_counter()
        status, _ = server.get(f"/v1/profiles/user_id:{user}?position={position}")
        waits.append((time.perf_counter() - begun) * 1e3)
        assert status == 200, status
        begun = time.perf_counter()
        server.get(f"/v1/profiles/user_id:{user}")
        reads.append((time.perf_counter() - begun) * 1e3)
    for name, all in (("acknowledged to visible, with the read", waits), ("a profile read", reads)):
        all.sort()
        print(f"{name}: p50 {all[len(all) // 2]:.2f} p99 {all[int(len(all) * .99)]:.2f} max {all[-1]:.2f} ms", flush=True)


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("kith")
    parse.add_argument("--seconds", type=int, default=60)
    parse.add_argument("--people", type=int, default=100_000)
    parse.add_argument("--traits", type=int, default=4, help="declared traits")
    parse.add_argument("--connections", type=int, default=8)
    parse.add_argument("--dir", type=pathlib.Path)
    args = parse.parse_args()
    args.kith = os.path.abspath(args.kith)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        folder = args.dir or pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        server = Server(args.kith, folder, args.traits)
        print(f"ready after {server.started_s:.2f} s; load {os.getloadavg()[0]:.1f}", flush=True)
        try:
            measure(server, args, "batches of 100", 100, args.seconds, args.connections)
            measure(server, args, "single events", 1, max(args.seconds // 3, 5), 64)
            measure(server, args, "batches of 100, with rests", 100, max(args.seconds // 3, 5), args.connections, 40)
            fresh(server, args)
        finally:
            server.stop()
        server = Server(args.kith, folder)
        print(f"ready again after {server.started_s:.2f} s")
        server.stop()


if __name__ == "__main__":
    main()
