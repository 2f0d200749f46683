#!/usr/bin/env python3
"""A stand-in for Kith's collector: records every request and answers as Segment or RudderStack would.

    recorder.py [--port N] [--data FILE] [--fault lose|twice|shut] [--verbose]

For looking at what a client really sends, and for testing the test: it counts as `GET /v1/events/counts` and
`GET /v1/profiles/user_id:ID` of Kith do, writes each request to FILE (one JSON object a line, body in base64) before it
answers, and reads FILE again when it starts. The faults are controls that the kill mode of run.py must catch: `lose`
answers before it writes, `twice` forgets which messages it has, `shut` refuses in its CORS answer the headers of
RudderStack's retries. Loopback only.
"""
import argparse, base64, collections, gzip, http.server, json, os, sys, threading, time, urllib.parse, zlib

DOORS = {"b": None, "batch": None, "import": None, "t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group",
         "a": "alias", "merge": "alias", **{call: call for call in ("track", "identify", "page", "screen", "group", "alias")}}
POSTHOG = {"$pageview": "page", "$screen": "screen", "$identify": "identify", "$groupidentify": "group",
           "$create_alias": "alias"}


def inflated(headers, body):
    """By the bytes, not by the headers: RudderStack's Node client calls its gzip a form."""
    if body[:2] == b"\x1f\x8b":
        return gzip.decompress(body)
    return zlib.decompress(body) if headers.get("content-encoding") == "deflate" else body


def write_key(headers, query, document):
    """Every form of authentication: Basic, a header, the address, the body, and the items of a batch."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        return base64.b64decode(secret).decode().partition(":")[0]
    if key := headers.get("x-write-key"):  # Jitsu, whose body has it with the secret blotted out: `ID:***`
        return key.partition(":")[0]
    batch = document.get("batch") if isinstance(document, dict) else None
    for where in (query, document, *(batch if isinstance(batch, list) else ())):
        if found := where.get("writeKey") or where.get("api_key"):
            return found
    return None


Seen = collections.namedtuple("Seen", "message user visitor previous name cents")


def events(path, document):
    """What counts of each event in a body."""
    call = DOORS.get(path.rstrip("/").rpartition("/")[2])
    for event in document["batch"] if "batch" in document else [document]:
        kind = event.get("type") or call or "track"
        user, visitor, previous = event.get("userId"), event.get("anonymousId"), event.get("previousId")
        properties = event.get("properties") or {}
        name = event.get("event") or event.get("name") or properties.get("name")  # Jitsu has a page's name only there
        if "distinct_id" in event:  # PostHog: visitors and users share one kind of id
            kind = POSTHOG.get(name, "track")
            name = name if kind == "track" else properties.get("$screen_name") or properties.get("title")
            user, visitor, previous = event["distinct_id"], properties.get("$anon_distinct_id"), properties.get("alias")
        kind = "alias" if kind == "merge" else kind
        name = name if kind in ("track", "page", "screen") else None
        cents = round(properties.get("total", 0) * 100) if name == "Order Completed" else 0
        yield Seen(event.get("messageId") or event.get("uuid"), user, visitor, previous if kind == "alias" else None,
                   " ".join(filter(None, (kind, name))), cents)


class Store:
    """What was recorded, and how it counts."""

    def __init__(self, path, fault):
        self.file, self.fault, self.lock = None, fault, threading.Lock()
        self.seen, self.counts = set(), collections.defaultdict(collections.Counter)
        self.activity, self.cents = collections.defaultdict(collections.Counter), collections.Counter()
        self.same = {}  # an id, and the one that stands for it
        if path:
            if os.path.exists(path):
                for line in open(path):
                    record = json.loads(line)
                    self.take(record, base64.b64decode(record["body"]))
            self.file = open(path, "a")

    def take(self, record, body):
        """Counts a request; the status that it is answered with."""
        path = record["path"].partition("?")[0]
        if record["method"] != "POST" or path.endswith("/m"):
            return 200
        try:
            document = json.loads(inflated(record["headers"], body))
        except (ValueError, OSError):
            return 400
        query = dict(urllib.parse.parse_qsl(record["path"].partition("?")[2]))
        key = write_key(record["headers"], query, document)
        if not key:
            return 401
        with self.lock:
            for event in events(path, document):
                self.count(key, event)
        return 200

    def count(self, key, event):
        counts, who = self.counts[key], event.user or event.visitor
        counts["received"] += 1
        if not event.message or not who:
            counts["refused"] += 1
        elif (key, event.message) in self.seen and self.fault != "twice":
            counts["duplicate"] += 1
        else:
            counts["accepted"] += 1
            self.seen.add((key, event.message))
            self.activity[who][event.name] += 1
            self.cents[who] += event.cents
            for other in (event.visitor, event.previous):
                if event.user and other:
                    self.same[self.root(other)] = self.root(event.user)

    def root(self, who):
        while self.same.get(who, who) != who:
            who = self.same[who]
        return who

    def write(self, record):
        if self.file:
            with self.lock:
                self.file.write(json.dumps(record) + "\n")
                self.file.flush()
                os.fsync(self.file.fileno())

    def profile(self, who):
        with self.lock:
            ids = [one for one in self.activity if self.root(one) == self.root(who)]
            names = sum((self.activity[one] for one in ids), collections.Counter())
            return {"activity": {"events": sum(names.values()), "by_name": [{"name": name, "count": n} for name, n in names.items()],
                                 "traits": {"orders_total": sum(self.cents[one] for one in ids) / 100}}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store, verbose = None, False

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, status, document, text=None):
        body = (text or json.dumps(document)).encode()
        self.send_response(status)
        if origin := self.headers.get("origin"):
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Access-Control-Expose-Headers", "Retry-After")
            self.send_header("Vary", "Origin")
        self.send_header("Content-Type", "text/plain" if text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        body = self.body()
        path, _, query = self.path.partition("?")
        if path == "/v1/events/counts":
            words = ("received", "accepted", "duplicate", "refused")
            return self.answer(200, {"sources": [{"source": key, **{word: counts[word] for word in words}}
                                                 for key, counts in self.store.counts.items()]})
        if path.startswith(("/v1/profiles/user_id:", "/v1/profiles/anonymous_id:")):
            return self.answer(200, self.store.profile(urllib.parse.unquote(path.partition(":")[2])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        record = {"at": time.time(), "method": self.command, "path": self.path, "headers": headers,
                  "body": base64.b64encode(body).decode()}
        late = self.store.fault == "lose"
        if not late:
            self.store.write(record)
        status = self.store.take(record, body)
        if self.verbose:
            print(f"{self.command} {self.path} {status} {len(body)} bytes {headers.get('content-encoding', '')}", file=sys.stderr)
        self.respond(path, dict(urllib.parse.parse_qsl(query)), status)
        if late:
            time.sleep(0.3)
            self.store.write(record)

    do_GET = do_POST = do_HEAD = handle_any

    def respond(self, path, query, status):
        if path.startswith("/v1/projects/") and path.endswith("/settings"):
            # With fewer words the browser library sends a measurement of itself to /v1/m every half minute, and a second
            # integration would make it load code from a CDN.
            key = path.split("/")[3]
            self.answer(200, {"integrations": {"Segment.io": {"apiKey": key}}, "metrics": {"sampleRate": 0}})
        elif path.rstrip("/") == "/sourceConfig":
            self.answer(200, {"source": {"id": "recorder", "name": "recorder", "writeKey": query.get("writeKey", ""),
                                         "workspaceId": "recorder", "enabled": True, "config": {}, "destinations": []}})
        elif status != 200:
            self.answer(status, {"code": "refused", "message": "not JSON, or no write key"})
        elif path.rstrip("/") == "/batch" or path.startswith("/i/"):
            self.answer(200, {"status": 1})
        else:
            self.answer(200, {"success": True})

    def do_OPTIONS(self):
        wanted = self.headers.get("access-control-request-headers", "")
        if self.store.fault == "shut":
            wanted = ",".join(name for name in wanted.split(",") if not name.strip().startswith("rsa-"))
        self.store.write({"at": time.time(), "method": "OPTIONS", "path": self.path, "body": "",
                          "headers": {name.lower(): value for name, value in self.headers.items()}})
        self.send_response(204)
        self.send_header("Access-Control-Allow-Origin", self.headers.get("origin", "*"))
        self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", wanted)
        self.send_header("Access-Control-Allow-Private-Network", "true")
        self.send_header("Vary", "Origin")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, *_):
        """A browser that leaves a page hangs up in the middle of an answer; that is no fault of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("--port", type=int, default=0)
    parse.add_argument("--data")
    parse.add_argument("--fault", choices=["lose", "twice", "shut"])
    parse.add_argument("--verbose", action="store_true")
    given = parse.parse_args()
    Handler.store, Handler.verbose = Store(given.data, given.fault), given.verbose
    server = Server(("127.0.0.1", given.port), Handler)
    print(f"Collecting events on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
