"""What the two drivers in Python share: both SDKs have the same calls, a queue, and `on_error(error, batch)`.

    DRIVER.py BASE_URL WRITE_KEY PEOPLE [PAUSE_MS]
"""
import os, pathlib, sys, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import story


def send(client, who, call, known):
    """One call; answers the SDK's `(queued, message)`."""
    ids = {"anonymous_id": who["anonymous_id"], **({"user_id": who["user_id"]} if known else {})}
    match call["call"]:
        case "identify":
            return client.identify(traits=call["traits"], **ids)
        case "group":
            return client.group(group_id=call["group_id"], traits=call["traits"], **ids)
        case "alias":
            return client.alias(previous_id=call["previous_id"], user_id=who["user_id"])
        case "track":
            return client.track(event=call["name"], properties=call["properties"], **ids)
        case one:
            return getattr(client, one)(name=call["name"], category=call.get("category"), properties=call["properties"], **ids)


def drive(name, version, connect):
    """Tells the story through `connect(key, **options)`, the SDK's client; no error = delivered, once the queue is empty."""
    url, key, count, *pause = sys.argv[1:]
    outcome, calls = story.Outcome(name, version), {}

    def on_error(error, batch):
        for message in batch:
            outcome.lost(*calls.pop(message["messageId"]), error)

    busy = {"upload_size": 2, "upload_interval": 0.05} if os.environ.get("BUSY") else {}
    client = connect(key, host=url.rstrip("/"), on_error=on_error, **busy)
    for who in story.people(name, int(count)):
        row, known = outcome.person(who), False
        for call in who["calls"]:
            known = known or call["call"] == "identify"
            queued, message = send(client, who, call, known)
            outcome.sent(row, call)
            calls[message["messageId"]] = (row, call)
            if not queued:
                outcome.lost(row, call, "the client's queue is full")
        time.sleep(int(pause[0]) / 1000 if pause else 0)
    client.flush()
    client.join()
    print(outcome.text())
