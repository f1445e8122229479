"""More data than memory: whoever reads what only the disk has waits alone, and gets the right answers in order."""

import unittest

from cluster_case import ClusterTest

KEYS = 20_000
FIELDS = 5_000


def value(i):
    return f"{i}:".encode() * 100


class Cold(ClusterTest):
    def test_replies_keep_their_order_while_some_wait_for_the_disk(self):
        node = self.node("a").init().set_config("cache", "8MiB").set_config("durability", "interval").start()
        node.pipeline([("SET", f"key:{i}", value(i)) for i in range(KEYS)])
        node.pipeline([("HSET", "hash", f"field:{i}", value(i)) for i in range(FIELDS)])
        node.stop()
        node.start()
        with node.connect() as one, node.connect() as other:
            for first in range(0, KEYS, 1000):
                picked = range(first, min(first + 1000, KEYS))
                asked = [("GET", f"key:{i * 7 % (KEYS + 100)}") for i in picked]
                expected = [value(i * 7 % (KEYS + 100)) if i * 7 % (KEYS + 100) < KEYS else None for i in picked]
                self.assertEqual(expected, one.pipeline(asked))
                self.assertEqual(b"PONG", other.call("PING"))
            self.assertEqual([value(3), None, value(KEYS - 1)], one.call("MGET", "key:3", "no", f"key:{KEYS - 1}"))
            mixed = [("HGET", "hash", "field:17"), ("INCR", "counter"), ("GET", "key:1"), ("INCR", "counter"),
                     ("HLEN", "hash"), ("PING",)]
            self.assertEqual([value(17), 1, value(1), 2, FIELDS, b"PONG"], one.pipeline(mixed))
            everything = one.call("HGETALL", "hash")
            pairs = dict(zip(everything[::2], everything[1::2]))
            self.assertEqual({f"field:{i}".encode(): value(i) for i in range(FIELDS)}, pairs)
            self.assertGreater(int(node.info()["disk_fetches"]), 100)


if __name__ == "__main__":
    unittest.main()
