#!/usr/bin/env python3
"""How many events a second Kith takes from NATS JetStream and from Kafka: a backlog, each message one event, fsynced and acknowledged.

    bench/streams.py KITH [--events 200000] [--only nats|kafka]

Starts the brokers on loopback (scripts/setup.sh brokers), fills them, and starts Kith over an empty project. Prints events a second from
the first to the last, until they are in the profiles too, and CPU of Kith and of the broker, which share the machine. Every event is counted
once, which is checked. Only the standard library, and for Kafka the environment of scripts/setup.sh.
"""
import argparse, http.client, json, os, pathlib, shutil, socket, subprocess, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
PARTITIONS = 16


def event(n):
    """Some 430 bytes, of 20,000 people."""
    return ('{"type":"track","event":"Order Completed","userId":"user-%s","anonymousId":"device-%s","messageId":"message-%s",'
            '"timestamp":"2026-11-20T10:00:00.000Z","context":{"library":{"name":"shop","version":"1.2.3"},"page":{"url":"https://shop.example/'
            'checkout?utm_source=news&utm_medium=email","referrer":"https://mail.example/"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64)"},'
            '"properties":{"order_id":"o-%s","total":12.5,"currency":"EUR","products":[{"sku":"a-1","price":10.0}]}}')


def text(n, person):
    return event(n) % (person, person, n, n)


class Nats:
    kind = "nats"

    def __init__(self, folder, events):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        program = shutil.which("nats-server", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", folder / "nats"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            time.sleep(0.05)
        link = socket.create_connection(("127.0.0.1", self.port))
        lines = link.makefile("rb")
        lines.readline()
        link.sendall(b'CONNECT {"verbose":false}\r\n')
        made = b'{"name":"EVENTS","subjects":["shop.>"]}'
        link.sendall(b"SUB here 1\r\nPUB $JS.API.STREAM.CREATE.EVENTS here %d\r\n%s\r\n" % (len(made), made))
        while not lines.readline().startswith(b"MSG"):
            pass
        answer = json.loads(lines.readline())
        assert "error" not in answer, answer
        for n in range(events):
            value = text(n, n % 20000).encode()
            link.sendall(b"PUB shop.orders %d\r\n%s\r\n" % (len(value), value))
        link.sendall(b"PING\r\n")
        while lines.readline().strip() != b"PONG":
            pass

    def source(self):
        return f'servers = "nats://127.0.0.1:{self.port}"\nstream = "EVENTS"\n'


class Kafka:
    kind = "kafka"

    def __init__(self, folder, events):
        self.process = subprocess.Popen([CACHE / "kith-python/kafka/bin/python", HERE.parent / "tests/brokers/kafka.py"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.brokers = json.loads(self.process.stdout.readline())["brokers"]
        self.ask({"create": "orders", "partitions": PARTITIONS})
        # A partition of these brokers keeps 5 MB: packed, that is more than any backlog here.
        self.ask({"fill": "orders", "partitions": PARTITIONS, "from": 0, "to": events, "compression": "lz4",
                  "text": event(0) % ("{m}", "{m}", "{n}", "{n}")})

    def ask(self, asked):
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        assert json.loads(self.process.stdout.readline()) == {"done": True}

    def source(self):
        return f'brokers = "{self.brokers}"\ntopics = "orders"\n'


def used(process):
    """CPU seconds, and resident memory in MiB."""
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    status = open(f"/proc/{process.pid}/status").read()
    return (int(fields[11]) + int(fields[12])) / 100, int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(kith, kind, folder, events):
    broker = kind(folder, events)
    (folder / "kith.toml").write_text(f'[project]\nname = "bench"\n\n[[source]]\nname = "shop"\nkind = "{kind.kind}"\n{broker.source()}')
    token = subprocess.run([kith, "-C", folder, "token", "create", "bench"], capture_output=True, text=True, check=True).stdout.strip()
    before = used(broker.process)[0]
    server = subprocess.Popen([kith, "-C", folder, "serve", "--addr", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = json.loads(server.stdout.readline())
    begun = time.time()

    def counts():
        link = http.client.HTTPConnection(said["addr"], timeout=60)
        link.request("GET", "/v1/events/counts", headers={"Authorization": f"Bearer {token}"})
        return json.loads(link.getresponse().read())

    while True:
        found = counts()
        done = sum(source["received"] for source in found["sources"])
        if done >= events and found["applied"] == found["position"]:
            break
        time.sleep(0.05)
        assert time.time() - begun < 600, found
    took = time.time() - begun
    shop = found["sources"][0]
    assert shop["accepted"] == events and shop["duplicate"] == shop["refused"] == 0, shop
    cpu, memory = used(server)
    print(f"{kind.kind}: {events:,} events in {took:.1f} s, {events / took:,.0f} a second, in the profiles; Kith {cpu / events * 1e6:.0f} µs CPU an "
          f"event and {memory:,.0f} MiB, the broker {(used(broker.process)[0] - before) / events * 1e6:.0f} µs; load {os.getloadavg()[0]:.1f}", flush=True)
    server.terminate()
    assert server.wait(60) == 0
    broker.process.kill()


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("kith")
    parse.add_argument("--events", type=int, default=200_000)
    parse.add_argument("--only", choices=["nats", "kafka"])
    args = parse.parse_args()
    for kind in (Nats, Kafka):
        if args.only in (None, kind.kind):
            with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
                measure(os.path.abspath(args.kith), kind, pathlib.Path(folder), args.events)


if __name__ == "__main__":
    main()
