#!/usr/bin/env python3
"""The story that every client tells, in one place: `story.py CLIENT N` prints N people and their calls as JSON.

All people are invented: telephone numbers are of the ranges that the British regulator keeps for fiction, addresses are
`@example.org`. A story depends on the client's name and the person's number alone, so the test can tell it again
without asking the driver. Money is counted in cents; only what goes over the wire is a decimal number.
"""
import collections, decimal, json, random, sys, uuid

CLIENTS = (
    "segment-node", "segment-python", "segment-browser", "segment-browser-batching",
    "rudder-node", "rudder-python", "rudder-browser", "rudder-browser-batching", "rudder-browser-beacon",
    "posthog-node", "jitsu-node", "segment-rust", "rudder-rust", "posthog-python", "snowplow-node", "cloudevents-node",
    "webhook-python",
)
WEBHOOK_SECRET = "whsec_a2l0aC1jbGllbnRzLXRlc3Qtc2VjcmV0"  # what the webhooks of the test are signed with
PEOPLE_MAX = 1000  # telephone numbers per client
GIVEN = ("Ada Zoë Björn Chloé Dmitri Elif Fatima Grace Håkon Inés Jürgen Kofi Łucja Mei Noor Oisín Priya Quentin Rosa "
         "Søren Thandiwe Uma Víctor Wanjiru Xenia Yusuf Zsófia Amara Bilal Cora Darius Esme").split()
FAMILY = ("Abara Brontë Castellan Dvořák Eriksen Fontaine Greyling Hallam Ito Jansen Kowalczyk Lindqvist Marchetti "
          "Nakamura O’Rourke Pereira Quist Ríos Szabó Tremblay Ueda Vasquez Whitlock Xu Yilmaz Zeman Ashdown").split()
PHONES = ("1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960", "1314960", "1414960", "1514960",
          "1614960", "1914980", "2079460", "1632960", "7700900", "2920180", "3069990")
PRODUCTS = (  # product_id, sku, name, category, price in cents
    ("p-101", "MUG-01", "Café mug ☕", "Kitchen", 1295), ("p-102", "LMP-07", "Desk lamp \"Noor\"", "Home", 4950),
    ("p-103", "SHO-42", "Trail shoes, size 42", "Shoes", 8999), ("p-104", "BAG-03", "Rucksack 25 l", "Bags", 6410),
    ("p-105", "PEN-11", "Fountain pen", "Office", 2005), ("p-106", "TEA-02", "Rooibos & vanilla", "Food", 785),
)


def person(client, number):
    """One person: ids, and the calls in the order in which they happen."""
    if not 0 <= number < PEOPLE_MAX:
        raise ValueError(f"person {number}: a client has {PEOPLE_MAX} people at most")
    dice = random.Random(f"{client}/{number}")
    place = CLIENTS.index(client)
    step = place * PEOPLE_MAX + number
    given, family = GIVEN[step % len(GIVEN)], FAMILY[step // len(GIVEN) % len(FAMILY)]
    who = {
        "user_id": f"{client}-{number:04}",
        "anonymous_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "previous_id": f"guest-{client}-{number:04}",
    }
    looks = [("Home", "Shop", "/")] + dice.sample([("Shoes", "Catalogue", "/shoes"), ("Basket", "Shop", "/basket"),
                                                   ("Help", "Service", "/help")], dice.randint(0, 2))
    calls = [{"call": "page", "name": name, "category": category, "path": path, "properties": {"step": step}}
             for step, (name, category, path) in enumerate(looks)]
    calls.append({"call": "identify", "traits": {
        "email": f"p{number:04}.{client}@example.org", "name": f"{given} {family}",
        "phone": f"+44{PHONES[place]}{number:03}", "plan": dice.choice(["free", "plus", "pro"]),
        "address": {"city": dice.choice(["Łódź", "Zürich", "Leeds"]), "country": "GB"}}})
    for _ in range(dice.randint(1, 4)):
        product = dice.choice(PRODUCTS)
        calls.append({"call": "track", "name": "Product Viewed", "properties": item(product)})
    calls.append({"call": "screen", "name": "Checkout", "properties": {"variant": dice.choice("AB")}})
    for order in range(dice.randint(1, 3)):
        calls.append(bought(f"{client}-{number:04}-{order}", dice))
    company = number % 7
    calls.append({"call": "group", "group_id": f"{client}-company-{company}",
                  "traits": {"name": f"Company {company}", "employees": 10 + company}})
    calls.append({"call": "alias", "previous_id": who["previous_id"]})
    return {**who, "calls": calls}


def item(product, quantity=1):
    product_id, sku, name, category, cents = product
    return {"product_id": product_id, "sku": sku, "name": name, "category": category, "price": cents / 100,
            "quantity": quantity}


def bought(order_id, dice):
    basket = [(product, dice.randint(1, 3)) for product in dice.sample(PRODUCTS, dice.randint(1, 3))]
    cents = sum(product[4] * quantity for product, quantity in basket)
    return {"call": "track", "name": "Order Completed", "properties": {
        "order_id": order_id, "total": cents / 100, "currency": "EUR",
        "products": [item(product, quantity) for product, quantity in basket]}}


def people(client, count):
    return [person(client, number) for number in range(count)]


def key(call):
    """The name under which an event is counted: `identify`, `page Home`, `track Order Completed`."""
    return " ".join(filter(None, (call["call"], call.get("name"))))


def cents(call):
    """What a call adds to the sum of totals."""
    ordered = key(call) == "track Order Completed"
    return int(decimal.Decimal(repr(call["properties"]["total"])) * 100) if ordered else 0


def money(amount):
    return f"{amount // 100}.{amount % 100:02}"


class Outcome:
    """What a driver did: which calls it made, and which of them the SDK never reported as delivered."""

    def __init__(self, client, version):
        self.client, self.version, self.people, self.errors = client, version, [], []
        self.calls, self.unconfirmed, self.cents = collections.Counter(), 0, 0

    def person(self, who):
        self.people.append({**{name: who[name] for name in ("user_id", "anonymous_id", "previous_id")},
                            "sent": collections.Counter(), "unconfirmed": collections.Counter(), "cents": 0})
        return self.people[-1]

    def sent(self, row, call):
        self.calls[call["call"]] += 1
        self.cents += cents(call)
        row["sent"][key(call)] += 1
        row["cents"] += cents(call)

    def lost(self, row, call, error):
        self.unconfirmed += 1
        row["unconfirmed"][key(call)] += 1
        self.errors.append(str(error)[:300])

    def text(self):
        for row in self.people:
            row["total"] = money(row.pop("cents"))
        return json.dumps({"client": self.client, "version": self.version, "calls": self.calls,
                           "events": sum(self.calls.values()), "unconfirmed": self.unconfirmed,
                           "total": money(self.cents), "errors": self.errors[:5], "people": self.people},
                          ensure_ascii=False)


if __name__ == "__main__":
    json.dump(people(sys.argv[1], int(sys.argv[2])), sys.stdout)
