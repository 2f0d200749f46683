#!/usr/bin/env python3
"""Kafka brokers on loopback for tests: librdkafka's mock cluster, which speaks the real protocol over real sockets, and its producer.

    tests/brokers/kafka.py                 the Python of scripts/setup.sh's environment, with confluent-kafka

Prints {"brokers": "127.0.0.1:port"}, then answers each line of JSON with one, and ends with its standard input:

    {"create": "orders", "partitions": 3}
    {"send": [["orders", 0, "value"], ["orders", 1, {"hex": "ff00"}], ["orders", 0, "value", {"header": null}]], "compression": "lz4"}
    {"fill": "orders", "partitions": 3, "from": 0, "to": 1000, "text": "… {n} …", "compression": "lz4"}
    {"down": true}                         closes its sockets and answers nobody, until {"down": false}

A partition keeps 5 MB and 100,000 messages at most, and gives up the oldest: as Kafka does, with a bound of its own.
"""
import ctypes, glob, json, os, sys

import confluent_kafka

CONF_OK = 0


def library():
    """The librdkafka inside the package: its mock brokers have no Python names."""
    beside = os.path.join(os.path.dirname(os.path.dirname(confluent_kafka.__file__)), "confluent_kafka.libs", "librdkafka*.so*")
    lib = ctypes.CDLL(sorted(glob.glob(beside))[0])
    lib.rd_kafka_conf_new.restype = ctypes.c_void_p
    lib.rd_kafka_new.restype = ctypes.c_void_p
    lib.rd_kafka_new.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    lib.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    lib.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    lib.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
    lib.rd_kafka_mock_topic_create.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    for name in ("rd_kafka_mock_broker_set_down", "rd_kafka_mock_broker_set_up"):
        getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.c_int32]
    return lib


class Cluster:
    def __init__(self):
        self.lib = library()
        error = ctypes.create_string_buffer(512)
        self.handle = self.lib.rd_kafka_new(0, self.lib.rd_kafka_conf_new(), error, len(error))
        assert self.handle, error.value
        self.cluster = self.lib.rd_kafka_mock_cluster_new(self.handle, 1)
        self.brokers = self.lib.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()
        self.producers = {}

    def producer(self, compression):
        if compression not in self.producers:
            self.producers[compression] = confluent_kafka.Producer({
                "bootstrap.servers": self.brokers, "compression.type": compression, "linger.ms": 5, "batch.num.messages": 1000,
                "queue.buffering.max.messages": 1000000, "enable.idempotence": False})
        return self.producers[compression]

    def flush(self, producer):
        left = producer.flush(60)
        assert left == 0, f"{left} messages were not taken"

    def do(self, asked):
        if "create" in asked:
            done = self.lib.rd_kafka_mock_topic_create(self.cluster, asked["create"].encode(), asked.get("partitions", 1), 1)
            assert done == CONF_OK, done
        elif "send" in asked:
            producer = self.producer(asked.get("compression", "none"))
            for topic, partition, value, *headers in asked["send"]:
                value = bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()
                more = {"headers": list(headers[0].items())} if headers else {}
                producer.produce(topic, value, partition=partition, **more)
                # Headers keep a batch to themselves, so that one that can not be decoded has no neighbours.
                if headers:
                    self.flush(producer)
            self.flush(producer)
        elif "fill" in asked:
            producer, partitions = self.producer(asked.get("compression", "none")), asked.get("partitions", 1)
            text = asked["text"]
            for n in range(asked["from"], asked["to"]):
                value = text.replace("{n}", str(n)).replace("{m}", str(n % 1000))
                producer.produce(asked["fill"], value.encode(), partition=n % partitions)
                if n % 1000 == 0:
                    producer.poll(0)
            self.flush(producer)
        elif "down" in asked:
            change = self.lib.rd_kafka_mock_broker_set_down if asked["down"] else self.lib.rd_kafka_mock_broker_set_up
            assert change(self.cluster, 1) == CONF_OK
        return {"done": True}


def main():
    cluster = Cluster()
    print(json.dumps({"brokers": cluster.brokers}), flush=True)
    for line in sys.stdin:
        print(json.dumps(cluster.do(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
