#!/usr/bin/env python3
"""Breaks Kith on purpose while events come in, and counts afterwards: nothing acknowledged may be lost, nothing counted twice.

    bench/chaos.py KITH [--rounds 20] [--only kill,power,full,memory,abuse,disk,ready,backup] [--report docs/reliability.md]

Needs root (mounts, cgroups, strace) and Debian's xfsprogs, e2fsprogs, strace, libeatmydata1. Loopback only; stops by itself.

The oracle: eight clients send batches of 1 to 100 events, each with an id of its own, and note a batch only when 200 came. After the
fault a fresh process is asked:
1. the acknowledged batches are sent again: every event must be a duplicate (nothing lost);
2. received = accepted + duplicate + refused, and the profiles' events sum up to accepted (nothing twice);
3. `kith verify`: store, log and lake agree.
"""
import argparse, ctypes, fcntl, http.client, json, os, pathlib, random, shutil, signal, socket, subprocess, sys, tempfile, threading, time, zlib

KEY = "chaos-write-key"
USERS = 40
PROJECT = f"""[project]
name = "chaos"

[collect]
keep_log = "20 MB"

[[source]]
name = "web"
kind = "events"
write_key = "{KEY}"

[[trait]]
name = "orders"
event = "Order Completed"
aggregate = "count"
"""
AUTH = {"Authorization": "Basic " + __import__("base64").b64encode(f"{KEY}:".encode()).decode(), "Content-Type": "application/json"}
results = []


class Server:
    """`kith serve` over a folder, perhaps under another program."""

    def __init__(self, kith, folder, wrap=(), env=None):
        self.kith, self.folder = kith, pathlib.Path(folder)
        if not (self.folder / "kith.toml").exists():
            (self.folder / "kith.toml").write_text(PROJECT)
        token = self.folder.parent / f"{self.folder.name}.token"
        if not token.exists():
            made = subprocess.run([kith, "-C", folder, "token", "create", "chaos"], capture_output=True, text=True)
            token.write_text(made.stdout.strip())
        self.token, begun = token.read_text(), time.time()
        command = [*wrap, kith, "-C", folder, "serve", "--addr", "127.0.0.1:0", "--collect-addr", "127.0.0.1:0", "--json"]
        self.errors = open(self.folder.parent / f"{self.folder.name}.log", "a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=env and os.environ | env)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"kith serve did not start: {open(self.errors.name).read()[-2000:]}")
        said = json.loads(line)
        self.ready_s = time.time() - begun
        self.api, self.collect = said["addr"], said["collect"].split("//")[1].rstrip("/")

    def get(self, path, timeout=60):
        link = http.client.HTTPConnection(self.api, timeout=timeout)
        link.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        answer = link.getresponse()
        return answer.status, json.loads(answer.read())

    def counts(self):
        status, counts = self.get("/v1/events/counts")
        if status != 200:
            raise RuntimeError(f"counts: {status} {counts}")
        sources = counts["sources"]
        return sources[0] if sources else {"received": 0, "accepted": 0, "duplicate": 0, "refused": 0}

    def pid(self):
        """The server itself, where another program runs it."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return int(children[0]) if children else self.process.pid

    def rss(self):
        return int(open(f"/proc/{self.pid()}/status").read().split("VmRSS:")[1].split()[0]) / 1024

    def kill(self):
        for pid in {self.pid(), self.process.pid}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def stop(self):
        os.kill(self.pid(), signal.SIGTERM)
        self.process.wait(60)


class Oracle:
    """Who sent what, and what was acknowledged."""

    def __init__(self):
        self.lock, self.acknowledged, self.sent, self.statuses = threading.Lock(), [], 0, {}
        # The power is gone: no answer can reach anybody any more. The process that runs on here, since only its file system is
        # cut off, may still be told by the kernel that an fsync was done which was under way.
        self.dark = False

    def batch(self, client, number, size, random):
        def event(n):
            user = random.randrange(USERS)
            return {"type": "track", "event": "Order Completed", "messageId": f"c{client}-{number}-{n}", "userId": f"u{user}",
                    "properties": {"total": 1, "note": "x" * 200}}
        return [event(n) for n in range(size)]

    def post(self, server, events, timeout=20):
        link = http.client.HTTPConnection(server.collect, timeout=timeout)
        link.request("POST", "/v1/batch", json.dumps({"batch": events}), AUTH)
        answer = link.getresponse()
        answer.read()
        link.close()
        return answer.status, answer.headers

    def client(self, server, client, stop, seed, rest):
        dice, number = random.Random(seed), 0
        while not stop.is_set():
            events = self.batch(f"{client}.{seed}", number, dice.randint(1, 100), dice)
            number += 1
            try:
                status, _ = self.post(server, events)
            except OSError:
                status = 0
            except http.client.HTTPException:
                status = 0
            with self.lock:
                self.sent += len(events)
                self.statuses[status] = self.statuses.get(status, 0) + 1
                if status == 200 and not self.dark:
                    self.acknowledged.append(events)
            if status != 200:
                time.sleep(0.02)
            time.sleep(rest)

    def load(self, server, seconds, fault, clients=8, rest=0.01):
        """Sends for some time, then `fault` happens, in the middle of it."""
        stop, begun = threading.Event(), time.time()
        salt = random.randrange(1 << 30)
        threads = [threading.Thread(target=self.client, args=(server, c, stop, salt + c, rest)) for c in range(clients)]
        [t.start() for t in threads]
        time.sleep(seconds)
        fault()
        stop.set()
        [t.join() for t in threads]
        return time.time() - begun

    def check(self, server):
        """What is wrong; empty = nothing."""
        wrong, lost = [], 0
        before = server.counts()
        for events in self.acknowledged:
            for tried in range(50):
                status, _ = self.post(server, events)
                if status == 200:
                    break
                time.sleep(0.1)
            else:
                wrong.append(f"acknowledged events are refused with {status}")
                break
        for _ in range(600):
            counts = server.get("/v1/events/counts")[1]
            if counts["applied"] == counts["position"]:
                break
            time.sleep(0.05)
        after = server.counts()
        lost = after["accepted"] - before["accepted"]
        if lost:
            wrong.append(f"{lost} acknowledged events were lost")
        if after["received"] != after["accepted"] + after["duplicate"] + after["refused"]:
            wrong.append(f"the counts do not add up: {after}")
        shown = 0
        for user in range(USERS):
            status, profile = server.get(f"/v1/profiles/user_id:u{user}?position={counts['position']}")
            if status == 200:
                shown += profile["activity"]["events"]
                if profile["activity"]["traits"]["orders"] != profile["activity"]["events"]:
                    wrong.append(f"u{user}: trait and events differ")
        if shown != after["accepted"]:
            wrong.append(f"profiles show {shown} events, {after['accepted']} were accepted")
        return wrong

    def total(self):
        return sum(len(events) for events in self.acknowledged)


def verify(kith, folder):
    done = subprocess.run([kith, "-C", folder, "verify", "--json"], capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"verify: {done.stderr[-300:]}"]
    return [f"{c['name']}: {c['detail']}" for c in report["checks"] if not c["good"]]


def note(row, what, figures, wrong):
    results.append((row, what, figures, wrong))
    print(f"{row:6} {'ok  ' if not wrong else 'FAIL'} {what}: {figures}" + "".join(f"\n         {w}" for w in wrong[:10]), flush=True)


def kill(args, root):
    """R-01: kill -9 under load."""
    folder, oracle, wrong, seconds = root / "kill", Oracle(), [], 0.0
    folder.mkdir()
    ready = []
    for _ in range(args.rounds):
        server = Server(args.kith, folder)
        ready.append(server.ready_s)
        seconds += oracle.load(server, random.uniform(0.2, 5), server.kill, rest=0)
    server = Server(args.kith, folder)
    wrong += oracle.check(server)
    server.stop()
    wrong += verify(args.kith, folder)
    rate = oracle.sent / seconds
    note("R-01", f"kill -9, {args.rounds} rounds", f"{oracle.total()} events acknowledged at {rate:.0f}/s, ready again within {max(ready):.1f} s", wrong)


SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN of ext4 and XFS
NO_FLUSH = 2


def power(args, root):
    """R-02: the file system is cut off without writing anything back, which is what a power cut leaves."""
    for kind in ["ext4", "xfs"]:
        for control in [False, True]:
            oracle, wrong, losses = Oracle(), [], 0
            cuts = 3 if control else args.cuts
            for cut in range(cuts):
                image, at = root / f"{kind}{control}{cut}.img", root / f"{kind}{control}{cut}"
                subprocess.run(["truncate", "-s", "600M", image], check=True)
                subprocess.run([f"mkfs.{kind}", "-q", image], check=True, capture_output=True)
                at.mkdir()
                subprocess.run(["mount", "-o", "loop", image, at], check=True)
                folder, oracle = at / "project", Oracle()
                folder.mkdir()
                # What the operator wrote is not what is tested.
                (folder / "kith.toml").write_text(PROJECT)
                os.sync()
                lie = {"LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/libeatmydata.so.1"} if control else None

                def fault():
                    with oracle.lock:
                        oracle.dark = True
                    handle = os.open(at, os.O_RDONLY)
                    fcntl.ioctl(handle, SHUTDOWN, NO_FLUSH.to_bytes(4, "little"))
                    os.close(handle)
                try:
                    server = Server(args.kith, folder, env=lie)
                    oracle.load(server, random.uniform(0.5, 4), fault)
                    server.kill()
                    server.errors.close()
                    token = server.token
                    subprocess.run(["umount", at], check=True)
                    subprocess.run(["mount", "-o", "loop", image, at], check=True)
                    (at / "project.token").write_text(token)
                    if not (folder / "kith.toml").exists():
                        raise RuntimeError("the project's folder is gone")
                    (folder / ".kith/tokens.json").unlink(missing_ok=True)
                    (at / "project.token").unlink()
                    server = Server(args.kith, folder)
                    found = oracle.check(server)
                    server.stop()
                    server.errors.close()
                    found += verify(args.kith, folder) if not control else []
                except Exception as error:
                    found = [f"{type(error).__name__}: {error}"]
                losses += bool(found)
                wrong += found if not control else []
                subprocess.run(["umount", at])
                image.unlink()
            if control and not losses:
                wrong = ["the control, whose fsync does nothing, lost nothing: the test can not see a loss"]
            what = f"power cut on {kind}" + (", control without fsync" if control else "")
            figures = f"{losses} of {cuts} lost something, as they must" if control else f"{cuts} cuts"
            note("R-02", what, figures, wrong)


def full(args, root):
    """R-07: the disk is full, and room appears."""
    at = root / "full"
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400M", "kith-chaos", at], check=True)
    try:
        folder, oracle, wrong = at / "project", Oracle(), []
        folder.mkdir()
        server = Server(args.kith, folder)
        oracle.load(server, 1, lambda: None)
        filler = at / "filler"
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass
        refused = Oracle()
        refused.load(server, 3, lambda: None)
        if refused.statuses.get(503, 0) + refused.statuses.get(507, 0) + refused.statuses.get(429, 0) == 0:
            wrong.append(f"a full disk is answered with {refused.statuses}")
        oracle.acknowledged += refused.acknowledged
        try:
            if server.get("/v1/profiles/user_id:u1")[0] != 200:
                wrong.append("profiles can not be read while the disk is full")
        except OSError as error:
            wrong.append(f"profiles can not be read while the disk is full: {error}")
        filler.unlink()
        begun, resumed = time.time(), None
        while time.time() - begun < 30 and resumed is None:
            events = oracle.batch("again", int(time.time() * 1000), 1, random.Random(1))
            try:
                if oracle.post(server, events)[0] == 200:
                    resumed = time.time() - begun
                    oracle.acknowledged.append(events)
            except OSError:
                pass
            time.sleep(0.2)
        by_itself = resumed is not None
        if not by_itself:
            wrong.append("it does not resume by itself within 30 s of room")
        server.kill()
        server = Server(args.kith, folder)
        wrong += oracle.check(server)
        server.stop()
        server.errors.close()
        wrong += verify(args.kith, folder)
        note("R-07", "disk full", f"answers {refused.statuses}, resumed after {resumed and round(resumed, 1)} s", wrong)
    finally:
        server.errors.close()
        subprocess.run(["umount", "-l", at])


def memory(args, root):
    """R-22: five times too much, in a cgroup of 1 GB."""
    second = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()
    group = pathlib.Path("/sys/fs/cgroup/kith-chaos" if second else "/sys/fs/cgroup/memory/kith-chaos")
    group.mkdir(exist_ok=True)
    (group / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(1 << 30))
    folder, oracle, wrong, peak, waits = root / "memory", Oracle(), [], 0, []
    folder.mkdir()
    server = Server(args.kith, folder, wrap=["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"])
    stop = threading.Event()

    def watch():
        nonlocal peak
        while not stop.is_set():
            try:
                peak = max(peak, server.rss())
            except OSError:
                return
            time.sleep(0.2)
    threading.Thread(target=watch, daemon=True).start()
    oracle.load(server, args.overload, lambda: None, clients=64, rest=0)
    if server.process.poll() is not None:
        wrong.append(f"the server ended with {server.process.returncode}")
        note("R-22", "overload in 1 GB", f"peak {peak:.0f} MiB", wrong)
        return
    begun = time.time()
    status = 0
    while time.time() - begun < 20 and status != 200:
        try:
            status = oracle.post(server, oracle.batch("after", 1, 1, random.Random(2)))[0]
        except OSError:
            pass
    back = time.time() - begun
    wrong += [] if status == 200 and back <= 10 else [f"back to normal after {back:.1f} s"]
    stop.set()
    wrong += oracle.check(server)
    killed = (group / ("memory.events" if second else "memory.oom_control")).read_text()
    if "oom_kill 0" not in killed:
        wrong.append(killed.replace("\n", " "))
    server.stop()
    wrong += verify(args.kith, folder)
    group.rmdir()
    note("R-22", f"64 clients for {args.overload} s in 1 GB", f"{oracle.total()} events acknowledged, answers {oracle.statuses}, peak {peak:.0f} MiB", wrong)


def abuse(args, root):
    """R-23: what no client sends."""
    folder, oracle, wrong = root / "abuse", Oracle(), []
    folder.mkdir()
    server = Server(args.kith, folder)
    host, port = server.collect.split(":")
    oracle.load(server, 2, lambda: None)
    before = server.rss()

    def raw(*parts, wait=10):
        link = socket.create_connection((host, int(port)), timeout=wait)
        try:
            for part in parts:
                link.sendall(part)
        except OSError:
            pass
        try:
            answer = link.recv(200)
        except OSError:
            answer = b""
        link.close()
        return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else 0
    auth = f"Authorization: {AUTH['Authorization']}\r\n".encode()

    def post(body, *headers):
        head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + auth + b"".join(h + b"\r\n" for h in headers)
        return raw(head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n", body)
    slow = []
    for _ in range(1000):
        link = socket.create_connection((host, int(port)), timeout=5)
        link.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n")
        slow.append(link)
    deep = b'{"batch":[{"type":"track","userId":"u","event":"e","properties":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}]}"
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = bomb.compress(b'{"batch":[' + b" " * 200_000_000 + b"]}") + bomb.flush()
    seen = {
        "100 MB": (post(b"x" * 100_000_000), {413}), "10,000 deep": (post(deep), {200, 400}),
        "gzip 1000:1": (post(bomb, b"Content-Encoding: gzip"), {400, 413}),
        "a million bytes of headers": (raw(b"GET /health HTTP/1.1\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n"), {0, 431, 400}),
        "no HTTP": (raw(b"\x16\x03\x01" + os.urandom(500)), {0, 400}),
        "a wrong length": (raw(b"POST /v1/batch HTTP/1.1\r\n" + auth + b"Content-Length: -5\r\n\r\n"), {400}),
    }
    wrong += [f"{name}: {status}" for name, (status, good) in seen.items() if status not in good]
    waits = []
    for n in range(200):
        begun = time.time()
        events = oracle.batch("beside", n, 1, random.Random(3))
        if oracle.post(server, events)[0] == 200:
            oracle.acknowledged.append(events)
        waits.append(time.time() - begun)
    waits.sort()
    grown = server.rss() - before
    wrong += [f"memory grew by {grown:.0f} MiB"] if grown > 64 else []
    [link.close() for link in slow]
    wrong += oracle.check(server)
    server.stop()
    wrong += verify(args.kith, folder)
    note("R-23", "1,000 slow clients and rubbish", f"answers {({k: v[0] for k, v in seen.items()})}, memory +{grown:.0f} MiB, others' p99 {waits[197] * 1000:.0f} ms", wrong)


def disk(args, root):
    """R-03: the n-th fsync fails, once; nothing is acknowledged behind it."""
    wrong, acknowledged = [], 0
    for at in sorted(random.sample(range(5, 200), args.faults)):
        folder, oracle = root / f"disk{at}", Oracle()
        folder.mkdir()
        wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:error=EIO:when={at}"]
        try:
            server = Server(args.kith, folder, wrap=wrap)
        except RuntimeError:
            server = None  # it refused to start, and said why
        if server:
            oracle.load(server, 2, lambda: None, clients=4)
            server.kill()
        server = Server(args.kith, folder)
        wrong += [f"fsync {at}: {w}" for w in oracle.check(server)]
        server.stop()
        wrong += [f"fsync {at}: {w}" for w in verify(args.kith, folder)]
        acknowledged += oracle.total()
    note("R-03", f"EIO at {args.faults} fsyncs", f"{acknowledged} events acknowledged", wrong)


def ready(args, root):
    """R-26: ready again after a kill with much log that is not stored yet."""
    folder, oracle, wrong = root / "ready", Oracle(), []
    folder.mkdir()
    (folder / "kith.toml").write_text(PROJECT.replace("20 MB", "4 GB"))
    server = Server(args.kith, folder)
    oracle.load(server, args.fill, server.kill, rest=0)
    log = sum(f.stat().st_size for f in folder.rglob("*.log")) / 1e6
    server = Server(args.kith, folder)
    killed = server.ready_s
    server.stop()
    server = Server(args.kith, folder)
    clean = server.ready_s
    server.stop()
    wrong += [f"ready after {killed:.1f} s"] if killed > 5 else []
    wrong += [f"ready after {clean:.1f} s from a clean stop"] if clean > 2 else []
    note("R-26", "ready again", f"{killed:.1f} s after kill -9 with {log:.0f} MB of log, {clean:.1f} s after a clean stop", wrong)


def backup(args, root):
    """R-28: a backup while events come in, restored; ten single bits of it flipped, each of which has to be found."""
    folder, into, oracle, wrong, took = root / "backup", root / "backups", Oracle(), [], {}
    folder.mkdir()
    (folder / "kith.toml").write_text(PROJECT.replace("20 MB", "4 GB"))
    server = Server(args.kith, folder)
    oracle.load(server, args.fill, lambda: None, rest=0)

    def run(what, *command):
        begun = time.time()
        done = subprocess.run([args.kith, "--json", *map(str, command)], capture_output=True, text=True)
        took[what] = time.time() - begun
        return done.returncode, done.stdout or done.stderr

    def make():
        with oracle.lock:
            took["acknowledged"] = len(oracle.acknowledged)
        took["made"] = run("backup", "-C", folder, "backup", "create", into)

    before = oracle.total()
    seconds = oracle.load(server, 5, make, rest=0.19)
    rate = (oracle.total() - before) / seconds
    server.stop()
    code, made = took["made"]
    if code:
        return note("R-28", "backup", "none was made", [made])
    made = json.loads(made)
    oracle.acknowledged = oracle.acknowledged[:took["acknowledged"]]
    code, said = run("restore", "backup", "restore", made["path"], root / "restored")
    if code:
        return note("R-28", "restore", "failed", [said])
    shutil.copy(root / "backup.token", root / "restored.token")
    restored = Server(args.kith, root / "restored")
    wrong += oracle.check(restored)
    restored.stop()
    wrong += verify(args.kith, root / "restored")
    wrong += [f"restored in {took['restore']:.0f} s"] if took["restore"] > 60 else []
    files = [p for p in pathlib.Path(made["path"]).rglob("*") if p.is_file() and p.stat().st_size]
    for _ in range(10):
        path = random.choice(files)
        with open(path, "r+b") as file:
            at, bit = random.randrange(path.stat().st_size), 1 << random.randrange(8)
            for undone in (False, True):
                file.seek(at)
                byte = file.read(1)[0] ^ bit
                file.seek(at)
                file.write(bytes([byte]))
                file.flush()
                code, _ = run("verify", "backup", "verify", made["path"])
                if (code == 0) != undone:
                    wrong.append(f"bit {bit} at {at} of {path.name}, flipped {'twice' if undone else 'once'}: exit {code}")
    note("R-28", f"backup at {rate:.0f} events/s, restore, ten flipped bits",
         f"{made['bytes'] / 1e6:.0f} MB in {took['backup']:.1f} s; restored, profiles made again, in {took['restore']:.1f} s; verified in {took['verify']:.1f} s", wrong)


CASES = {"kill": kill, "power": power, "full": full, "memory": memory, "abuse": abuse, "disk": disk, "ready": ready, "backup": backup}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kith")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--faults", type=int, default=10)
    parser.add_argument("--overload", type=int, default=60)
    parser.add_argument("--fill", type=int, default=60)
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--report")
    args = parser.parse_args()
    args.kith = os.path.abspath(args.kith)
    for name in args.only.split(","):
        root = pathlib.Path(tempfile.mkdtemp(prefix="kith-chaos-", dir="/var/tmp"))
        try:
            CASES[name](args, root)
        except Exception as error:
            note(name, "could not be carried out", type(error).__name__, [str(error)])
        finally:
            shutil.rmtree(root, ignore_errors=True)
    if args.report:
        lines = [f"| {row} | {what} | {figures} | {'; '.join(wrong) or 'nothing lost, nothing twice'} |" for row, what, figures, wrong in results]
        text = open(args.report).read().split("<!-- results -->")
        head = f"\nRun on {time.strftime('%Y-%m-%d')}, `{' '.join(['bench/chaos.py', *sys.argv[1:]])}`.\n\n| Goal | What was done | Figures | Found |\n|-|-|-|-|\n"
        open(args.report, "w").write(text[0] + "<!-- results -->\n" + head + "\n".join(lines) + "\n")
    return 1 if any(wrong for *_, wrong in results) else 0


if __name__ == "__main__":
    sys.exit(main())
