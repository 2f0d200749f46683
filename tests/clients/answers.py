#!/usr/bin/env python3
"""What each SDK does with each answer that a server may give: `answers.py [CLIENT ...]` prints a table.

Not a test: it is how README.md's table was made, and how to look again when a client has a new version. Every cell is a
process of its own with a server of its own that gives the answer (to the first two requests where the table says "then
200"): how many requests it made, how long it waited between them, and how many events it gave up. Takes a minute or two.
"""
import concurrent.futures, http.server, json, subprocess, sys, threading, time
import run

NODE_AND_PYTHON = ["segment-node", "segment-python", "rudder-node", "rudder-python", "posthog-node", "jitsu-node"]
PATIENCE_S = 20
CODED, PLAIN = b'{"code":"x","message":"y"}', b'{"success":false}'
ALWAYS = 10**6
CASES = [  # what, status, how often, further headers, body
    ("200, no body", 200, ALWAYS, {}, b""),
    ("200 OK as text", 200, ALWAYS, {}, b"OK"),
    ("202 {}", 202, ALWAYS, {}, b"{}"),
    ("204", 204, ALWAYS, {}, b""),
    ("307", 307, 1, {"Location": "/v1/batch"}, b""),
    ("400 text", 400, ALWAYS, {}, b"invalid json"),
    ("400 {code, message}", 400, ALWAYS, {}, CODED),
    ("400 {success}", 400, ALWAYS, {}, PLAIN),
    ("413 text", 413, ALWAYS, {}, b"too large"),
    ("408 then 200", 408, 1, {}, CODED),
    ("429 then 200", 429, 2, {}, CODED),
    ("429 Retry-After: 2 then 200", 429, 2, {"Retry-After": "2"}, CODED),
    ("503 then 200", 503, 2, {}, CODED),
    ("503 Retry-After: 2 then 200", 503, 2, {"Retry-After": "2"}, CODED),
]


def serve(status, times, headers, body):
    """A server with one answer; its port, and when requests came."""
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            came.append(time.monotonic())
            now, more, text = (status, headers, body) if len(came) <= times else (200, {}, b'{"success":true}')
            self.send_response(now)
            for name, value in more.items():
                self.send_header(name, value)
            if now != 204:
                self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if now != 204:
                self.wfile.write(text)

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port, came


def cell(client, case):
    port, came = serve(*case[1:])
    ran = subprocess.Popen([*map(str, run.driver(client)), f"http://127.0.0.1:{port}", "key", "1"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, _ = ran.communicate(timeout=PATIENCE_S)
        ended = f"exit {ran.returncode}" if ran.returncode else ""
    except subprocess.TimeoutExpired:
        ran.kill()
        out, ended = ran.communicate()[0], "still trying"
    waits = " ".join(f"{later - sooner:.2f}" for sooner, later in zip(came, came[1:]) if later - sooner > 0.2)
    told = json.loads(out.splitlines()[-1]) if out.strip() else {}
    gave_up = f"gave up {told['unconfirmed']} of {told['events']}" if told.get("unconfirmed") else ""
    return ", ".join(filter(None, (f"{len(came)} requests", waits and f"waits {waits}", gave_up, ended)))


def main():
    clients = sys.argv[1:] or NODE_AND_PYTHON
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        cells = {(case[0], client): pool.submit(cell, client, case) for case in CASES for client in clients}
        for (answer, client), one in cells.items():
            print(f"{answer:29}{client:16}{one.result()}", flush=True)


if __name__ == "__main__":
    main()
