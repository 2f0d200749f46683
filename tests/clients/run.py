#!/usr/bin/env python3
"""The acceptance test of event collection: public SDKs, unmodified, send a known story; then the server is asked.

    run.py --kith PATH    against a fresh project of that binary
    run.py --recorder     against recorder.py, to test the test and to look at the clients
    run.py ... --kill 5   kill -9 five times while the clients send and retry (goal R-42)

What must hold, for every client: `received = accepted + duplicate + refused`, nothing refused, each event counted once, in
the source's counts and in the profile of each person, by whichever of the person's ids it is asked for; and the sum of the
orders to the cent. In kill mode the same must hold; only of the ways to send that can forget (see FORGETFUL) may be missing
what was never answered. Everything is on loopback; only processes that were
started here are ended. Python's standard library only.
"""
import argparse, base64, concurrent.futures, json, os, pathlib, random, re, signal, subprocess, sys, tempfile
import threading, time, urllib.error, urllib.parse, urllib.request
import recorder, story
from link import Link

HERE = pathlib.Path(__file__).resolve().parent
# Where scripts/clients.sh puts the SDKs for Python, and the drivers in Rust.
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "kith-clients"
PYTHON = CACHE / "bin/python"
SETTLE_S = 20  # for counts and profiles to show what was accepted
# One id for visitors and users: a person is not asked for by the visitor's.
ONE_ID = {"posthog-node", "posthog-python"}
# Formats that the recorder does not know.
KITH_ALONE = {"posthog-python", "snowplow-node", "cloudevents-node", "webhook-python"}
# What their sources say of themselves.
SAYS = {"webhook-python": "[source.webhook]\nuser_id = \"customer.id\"\nanonymous_id = \"customer.visitor\"\n"
                          "secret = \"file:webhook-secret\"\n"}
# These send once, or once when a page is left, and never again: with a server that is down at that moment it is gone.
# Segment's for the browser has two queues, keeps both when a page is left, and forgets what is on its way from one to the
# other at that moment. All others keep what was not answered and send it until it is.
FORGETFUL = {"segment-browser", "segment-browser-batching", "rudder-browser-beacon", "jitsu-node"}
# Calls that a client does not have.
LACKS = {"rudder-browser": {"screen"}, "rudder-browser-batching": {"screen"}, "rudder-browser-beacon": {"screen"},
         "jitsu-node": {"screen", "alias"}, "snowplow-node": {"identify", "group", "alias"},
         **{client: {"page", "screen", "identify", "group", "alias"} for client in ("cloudevents-node", "webhook-python")}}


def driver(client):
    """The command of a client's driver."""
    name = client.replace("-", "_")
    if (HERE / "drivers/rust/src/bin" / f"{name}.rs").exists():
        return [CACHE / "rust/release" / name]
    script = HERE / "drivers" / f"{name}.py"
    return [PYTHON, script] if script.exists() else ["node", HERE / "drivers" / f"{name}.mjs"]


CLIENTS = [client for client in story.CLIENTS if pathlib.Path(driver(client)[-1]).exists()]


class Server:
    """A process that collects: started, killed, started again on the same ports. What differs is in two subclasses."""

    process = port = url = None

    def __init__(self, folder, clients):
        self.folder, self.keys, self.log = pathlib.Path(folder), {client: f"key-of-{client}" for client in clients}, 0

    def start(self):
        self.log += 1
        log = self.folder / f"server-{self.log}.log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(self.command(self.port or 0), stdout=out, stderr=out, start_new_session=True)
        until = time.monotonic() + 60
        while not (found := re.search(r"Collecting events on (http://\S+?:(\d+))", log.read_text())):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server does not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.02)
        self.url, self.port = found[1], int(found[2])
        self.started()

    def started(self):
        pass

    def end(self, how):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()

    def ask(self, path):
        request = urllib.request.Request(f"{self.api()}{path}", headers=self.headers())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def counts(self):
        """By client: received, accepted, duplicate, refused."""
        clients = {self.source(client): client for client in self.keys}
        return {clients[row["source"]]: row for row in self.ask("/v1/events/counts")["sources"] if row["source"] in clients}

    def profile(self, kind, value):
        """(how often each event was counted, sum of orders in cents or None); None = no such profile."""
        try:
            found = self.ask(f"/v1/profiles/{kind}:{urllib.parse.quote(value, safe='')}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        activity = found["activity"]
        total = activity["traits"].get("orders_total")
        names = {tally["name"]: tally["count"] for tally in activity["by_name"]}
        return names, None if total is None else round(float(total) * 100)


class Recorder(Server):
    fault = None

    def command(self, port):
        faulty = ["--fault", self.fault] if self.fault else []
        return [sys.executable, HERE / "recorder.py", "--port", str(port), "--data", self.folder / "requests.ndjson", *faulty]

    def api(self):
        return self.url

    def headers(self):
        return {}

    def source(self, client):
        return self.keys[client]


class Kith(Server):
    """`kith serve` over a fresh project with a source of events for each client."""

    binary = token = None

    def __init__(self, folder, clients):
        super().__init__(folder, clients)
        self.project = self.folder / "project"
        self.project.mkdir()
        text = '[project]\nname = "clients"\nregion = "GB"\n'
        for client, key in self.keys.items():
            text += f'\n[[source]]\nname = "{self.source(client)}"\nkind = "events"\nwrite_key = "{key}"\n'
            text += SAYS.get(client, "")
        text += '\n[[trait]]\nname = "orders_total"\nevent = "Order Completed"\naggregate = "sum"\nof = "properties.total"\n'
        (self.project / "kith.toml").write_text(text)
        (self.project / "webhook-secret").write_text(story.WEBHOOK_SECRET)
        made = subprocess.run([self.binary, "-C", self.project, "token", "create", "clients"],
                              check=True, capture_output=True, text=True)
        self.token = made.stdout.strip()
        self.api_port = free_port()

    def command(self, port):
        return [self.binary, "-C", self.project, "serve", "--addr", f"127.0.0.1:{self.api_port}",
                "--collect-addr", f"127.0.0.1:{port}"]

    def started(self):
        until = time.monotonic() + 60
        while True:
            try:
                return urllib.request.urlopen(f"{self.api()}/v1/health", timeout=5).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def api(self):
        return f"http://127.0.0.1:{self.api_port}"

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    def source(self, client):
        return client.replace("-", "_")


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


DRIVERS = []  # every process that was started to drive a client


def tell(url, key, client, people, pause_ms, how):
    """Runs a client's driver; its account, and when it ran."""
    command = [*driver(client), url, key, str(people), str(pause_ms)]
    began = time.monotonic()
    ran = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHON": sys.executable, **how})
    DRIVERS.append(ran)
    out, error = ran.communicate(timeout=900)
    lines = out.strip().splitlines()
    if ran.returncode or not lines:
        raise RuntimeError(f"{client}: the driver ended with {ran.returncode}\n{error[-3000:]}")
    return {**json.loads(lines[-1]), "began": began, "ended": time.monotonic()}


class Killer(threading.Thread):
    """kill -9 and a start on the same ports, at times that a seed says; the line breaks at the same moment."""

    def __init__(self, server, link, kills, seed):
        super().__init__(daemon=True)
        self.server, self.link, self.kills, self.dice = server, link, kills, random.Random(seed)
        self.times, self.failure = [], None

    def run(self):
        try:
            for _ in range(self.kills):
                time.sleep(self.dice.uniform(0.5, 3.0))
                self.server.end(signal.SIGKILL)
                self.link.cut()
                self.times.append(time.monotonic())
                time.sleep(self.dice.uniform(0.0, 1.0))
                self.server.start()
                self.link.up()
        except BaseException as failure:
            self.failure = failure


def check_counts(client, outcome, counts, exact):
    """What the source's own counts say against what the SDK says."""
    if counts is None:
        return [f"{client}: the server has no counts of it"]
    sent, sure = outcome["events"], outcome["events"] - outcome["unconfirmed"]
    parts = counts["accepted"] + counts["duplicate"] + counts["refused"]
    wrong = []
    if counts["received"] != parts:
        wrong.append(f"received {counts['received']} is not accepted + duplicate + refused = {parts}")
    if counts["refused"]:
        wrong.append(f"{counts['refused']} refused")
    if counts["accepted"] > sent:
        wrong.append(f"{counts['accepted']} accepted of {sent} sent: counted twice")
    if counts["accepted"] < (sent if exact else sure):
        wrong.append(f"{counts['accepted']} accepted of {sent} sent, {sure} reported as delivered: lost")
    return [f"{client}: {one}" for one in wrong]


def check_person(server, client, row, exact):
    """What the profile of a person says, asked for by each id."""
    wrong = []
    ids = [("user_id", row["user_id"])]
    ids += [("anonymous_id", row["anonymous_id"])] if client not in ONE_ID else []
    ids += [("user_id", row["previous_id"])] if "alias" in row["sent"] else []
    for kind, value in ids:
        found = server.profile(kind, value)
        if found is None:
            if exact or not any(row["unconfirmed"].values()):
                wrong.append(f"{kind}:{value} is not known")
            continue
        names, total = found
        for name in sorted(names.keys() | row["sent"].keys()):
            most = row["sent"].get(name, 0)
            least = most if exact else most - row["unconfirmed"].get(name, 0)
            if not least <= names.get(name, 0) <= most:
                wrong.append(f"{kind}:{value}: {name} is counted {names.get(name, 0)} times, expected {least} to {most}")
        cents = round(float(row["total"]) * 100)
        whole = exact or not row["unconfirmed"].get("track Order Completed")
        if total is not None and whole and total != cents:
            wrong.append(f"{kind}:{value}: orders of {story.money(total)}, expected {row['total']}")
    return [f"{client}: {one}" for one in wrong]


def check_story(client, outcome):
    """The driver's own account against the story: it must not have skipped what its client has."""
    wrong = []
    for told, row in zip(story.people(client, len(outcome["people"])), outcome["people"], strict=True):
        wanted = {}
        for call in told["calls"]:
            if call["call"] not in LACKS.get(client, ()):
                wanted[story.key(call)] = wanted.get(story.key(call), 0) + 1
        total = story.money(sum(map(story.cents, told["calls"])))
        if wanted != row["sent"] or total != row["total"]:
            wrong.append(f"{client}: the driver did not tell the story of {row['user_id']}")
    return wrong


def check(server, outcomes, killed):
    """Everything that is wrong, once the server had time to show what it has."""
    until = time.monotonic() + SETTLE_S
    while True:
        counts, wrong = server.counts(), []
        for client, outcome in outcomes.items():
            exact = not killed or client not in FORGETFUL
            wrong += check_counts(client, outcome, counts.get(client), exact)
            for row in outcome["people"]:
                wrong += check_person(server, client, row, exact)
        if not wrong or time.monotonic() > until:
            return counts, wrong
        time.sleep(0.5)


def report(outcomes, counts, kills):
    print(f"{'client':26}{'version':>9}{'people':>8}{'sent':>7}{'reported':>10}{'accepted':>10}{'twice sent':>12}{'refused':>9}{'kills':>7}")
    for client, outcome in outcomes.items():
        row = counts.get(client, {})
        during = sum(outcome["began"] < at < outcome["ended"] for at in kills)
        print(f"{client:26}{outcome['version']:>9}{len(outcome['people']):>8}{outcome['events']:>7}"
              f"{outcome['events'] - outcome['unconfirmed']:>10}{row.get('accepted', 0):>10}{row.get('duplicate', 0):>12}"
              f"{row.get('refused', 0):>9}{during:>7}")
        for error in outcome["errors"][:2]:
            print(f"  {error}")


def save_samples(records, folder, keys):
    """One real request of each client, the one with the most kinds of events; for clients that send each event by itself
    one of every call, with an order as the client's own. `body` is the text, `body_base64` what went over the wire where
    that was compressed."""
    folder.mkdir(parents=True, exist_ok=True)
    for client, key in keys.items():
        best = {}
        for record in map(json.loads, open(records)):
            raw = base64.b64decode(record["body"])
            if record["method"] != "POST" or not raw:
                continue
            text = recorder.inflated(record["headers"], raw).decode()
            document, query = json.loads(text), urllib.parse.urlsplit(record["path"]).query
            if recorder.write_key(record["headers"], dict(urllib.parse.parse_qsl(query)), document) != key:
                continue
            kinds = {event.get("type") or event.get("event") for event in document.get("batch", [document])}
            names = [client] if "batch" in document else [f"{client}-{kind}" for kind in kinds]
            if "Order Completed" in text and "batch" not in document:
                names.append(client)
            for name in names:
                if len(kinds) > best.get(name, (0,))[0]:
                    sample = {"method": record["method"], "path": record["path"], "headers": record["headers"], "body": text}
                    best[name] = (len(kinds), sample | ({"body_base64": record["body"]} if text.encode() != raw else {}))
        best.pop(f"{client}-track", None)
        for name, (_, sample) in best.items():
            (folder / f"{name}.json").write_text(json.dumps(sample, ensure_ascii=False, indent=1) + "\n")
        print(f"{client}: {len(best)} samples")


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parse.add_mutually_exclusive_group(required=True)
    which.add_argument("--kith", metavar="PATH", help="the binary")
    which.add_argument("--recorder", action="store_true", help="recorder.py in its place")
    parse.add_argument("--fault", choices=["lose", "twice", "shut"], help="with --recorder: a control that must be caught")
    parse.add_argument("--people", type=int, help="default 10; in kill mode 20")
    parse.add_argument("--only", metavar="CLIENT,...", help="of: " + ", ".join(CLIENTS))
    parse.add_argument("--kill", type=int, default=0, metavar="N")
    parse.add_argument("--seed", type=int, default=int(time.time()))
    parse.add_argument("--jobs", type=int, help="drivers at a time (default 2; in kill mode all)")
    parse.add_argument("--samples", type=pathlib.Path, metavar="DIR", help="with --recorder: save real requests")
    parse.add_argument("--keep", action="store_true", help="keep the project and the logs")
    given = parse.parse_args()
    given.people = given.people or (20 if given.kill else 10)
    spoken = [client for client in CLIENTS if not given.recorder or client not in KITH_ALONE]
    clients = given.only.split(",") if given.only else spoken
    if unknown := set(clients) - set(CLIENTS):
        parse.error(f"no such client: {', '.join(sorted(unknown))}")
    Kith.binary, Recorder.fault = given.kith, given.fault
    folder = tempfile.mkdtemp(prefix="kith-clients-")
    server = (Recorder if given.recorder else Kith)(folder, clients)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    try:
        failed = run(server, clients, given)
    finally:
        server.end(signal.SIGTERM)
        if given.keep:
            print(f"kept: {folder}")
        else:
            subprocess.run(["rm", "-rf", folder], check=True)
    sys.exit(1 if failed else 0)


def run(server, clients, given):
    server.start()
    url, pause, how, jobs = server.url, 0, {}, given.jobs or 2
    link = Link(server.port, given.seed)
    killer = Killer(server, link, given.kill, given.seed)
    if given.kill:
        print(f"kill mode, --seed {given.seed}")
        link.up()
        url, jobs = f"http://127.0.0.1:{link.port}", given.jobs or len(clients)
        # A kill and the wait for it take three seconds: the people are spread over them. BUSY asks for small batches, so
        # that there is always a request under way; and the libraries wait ever longer between their retries.
        pause, how = 3000 * given.kill // given.people, {"BUSY": "1", "QUIET_MS": "30000"}
    outcomes, wrong = {}, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        killer.start()
        told = {client: pool.submit(tell, url, server.keys[client], client, given.people, pause, how) for client in clients}
        try:
            for client, one in told.items():
                try:
                    outcomes[client] = one.result()
                except RuntimeError as failure:
                    wrong.append(str(failure))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for one in DRIVERS:
                one.terminate()
            raise
    killer.join()
    if killer.failure:
        raise killer.failure
    for client, outcome in outcomes.items():
        wrong += check_story(client, outcome)
    counts, found = check(server, outcomes, given.kill > 0)
    report(outcomes, counts, killer.times)
    if given.kill and not any(one["began"] < at < one["ended"] for one in outcomes.values() for at in killer.times):
        wrong.append("no kill fell into the time in which a client was sending")
    if given.samples:
        save_samples(server.folder / "requests.ndjson", given.samples, server.keys)
    wrong += found
    for one in wrong[:40]:
        print(f"WRONG {one}")
    print(f"{len(outcomes) - len({one.partition(':')[0] for one in wrong} & outcomes.keys())} passed, "
          f"{len({one.partition(':')[0] for one in wrong})} failed")
    return wrong


if __name__ == "__main__":
    main()
