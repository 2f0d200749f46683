"""A service that sends webhooks, signed by the library of Standard Webhooks: what was done, and nothing else. As such services
do, it sends again what was not taken, with the same id and a new time and signature."""
import datetime, json, sys, time, urllib.error, urllib.request, uuid
import driver, importlib.metadata, story
from standardwebhooks import Webhook

url, key, count, *pause = sys.argv[1:]
outcome = story.Outcome("webhook-python", importlib.metadata.version("standardwebhooks"))
signer = Webhook(story.WEBHOOK_SECRET)


def send(body):
    """Sends until it is taken; the error of the last try, or nothing."""
    message_id, error = f"msg_{uuid.uuid4().hex}", None
    for _ in range(240):
        now = datetime.datetime.now(datetime.timezone.utc)
        headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())),
                   "webhook-signature": signer.sign(message_id, now, body), "content-type": "application/json"}
        try:
            request = urllib.request.Request(f"{url.rstrip('/')}/v1/webhook/{key}", body.encode(), headers)
            return urllib.request.urlopen(request, timeout=20).close()
        except (OSError, urllib.error.URLError) as failed:
            error = failed
            time.sleep(0.25)
    return error


for who in story.people("webhook-python", int(count)):
    row = outcome.person(who)
    for call in who["calls"]:
        if call["call"] == "track":
            outcome.sent(row, call)
            body = {"type": call["name"], "customer": {"id": who["user_id"], "visitor": who["anonymous_id"]}, **call["properties"]}
            if error := send(json.dumps(body)):
                outcome.lost(row, call, error)
    time.sleep(int(pause[0]) / 1000 if pause else 0)
print(outcome.text())
