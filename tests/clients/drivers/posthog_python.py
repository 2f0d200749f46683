"""posthog for Python: `/batch/` with gzip, its key in the body; one id for visitors and users, joined by an alias."""
import json, os, sys, time
import driver, story
import posthog

url, key, count, *pause = sys.argv[1:]
outcome, calls = story.Outcome("posthog-python", posthog.VERSION), {}


def on_error(error, batch):
    for event in batch:
        if (sent := calls.pop(event["uuid"], None)):
            outcome.lost(*sent, error)


busy = {"flush_at": 2, "flush_interval": 0.05} if os.environ.get("BUSY") else {}
client = posthog.Posthog(key, host=url.rstrip("/"), on_error=on_error, gzip=True, max_retries=100, disable_geoip=True,
                         max_queue_size=100_000, **busy)


def send(who, call, known):
    """One call; answers the event's uuid."""
    distinct_id = who["user_id"] if known else who["anonymous_id"]
    match call["call"]:
        case "identify":
            return client.capture("$identify", distinct_id=distinct_id,
                                  properties={"$set": call["traits"], "$anon_distinct_id": who["anonymous_id"]})
        case "group":
            return client.group_identify("company", call["group_id"], call["traits"], distinct_id=distinct_id)
        case "alias":
            return client.alias(call["previous_id"], who["user_id"])
        case "track":
            return client.capture(call["name"], distinct_id=distinct_id, properties=call["properties"])
        case "page":
            return client.capture("$pageview", distinct_id=distinct_id, properties={
                **call["properties"], "title": call["name"], "$current_url": f"https://shop.example.org{call['path']}"})
        case _:
            return client.capture("$screen", distinct_id=distinct_id,
                                  properties={**call["properties"], "$screen_name": call["name"]})


for who in story.people("posthog-python", int(count)):
    row, known = outcome.person(who), False
    for call in who["calls"]:
        known = known or call["call"] == "identify"
        uuid = send(who, call, known)
        outcome.sent(row, call)
        calls[uuid] = (row, call)
    time.sleep(int(pause[0]) / 1000 if pause else 0)
client.flush()
client.join()
print(outcome.text())
