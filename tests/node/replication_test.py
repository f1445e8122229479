"""Any node takes any write, all come to hold the same: through kill -9, restarts and SIGTERM."""

import unittest

from cluster import wait_until
from cluster_case import ClusterTest


class Replication(ClusterTest):
    def test_a_write_of_every_type_on_one_node_is_read_on_the_others(self):
        a, b, c = self.cluster(3)
        with a.connect() as client:
            client.call("SET", "string", "hello")
            client.call("INCRBY", "counter", 41)
            client.call("HSET", "hash", "f1", "v1", "f2", "v2")
            client.call("SADD", "set", "x", "y", "z")
            client.call("SET", "expiring", "soon", "EX", "1000")
            client.call("SET", b"bin\x00ary", b"\xff\x00\r\n")
        b.call("INCR", "counter")
        for node in (b, c):
            wait_until("the last write is there", lambda n=node: n.call("GET", b"bin\x00ary") == b"\xff\x00\r\n")
            wait_until("both increments are there", lambda n=node: n.call("GET", "counter") == b"42")
            with node.connect() as client:
                self.assertEqual(b"hello", client.call("GET", "string"))
                self.assertEqual([b"f1", b"v1", b"f2", b"v2"], sorted_pairs(client.call("HGETALL", "hash")))
                self.assertEqual([b"x", b"y", b"z"], sorted(client.call("SMEMBERS", "set")))
                self.assertTrue(900 < client.call("TTL", "expiring") <= 1000)
        c.call("DEL", "string", "hash", "set")
        for node in (a, b):
            wait_until("the delete is there", lambda n=node: n.call("EXISTS", "string", "hash", "set") == 0)
        self.converge([a, b, c])

    def test_a_killed_node_misses_writes_and_deletes_and_catches_up(self):
        a, b, c = self.cluster(3)
        with a.connect() as client:
            for reply in client.pipeline([("SET", f"key:{i}", f"old {i}") for i in range(1000)]):
                self.assertEqual(b"OK", reply)
        self.converge([a, b, c])
        c.kill()
        a.pipeline([("DEL", f"key:{i}") for i in range(0, 500)])
        b.pipeline([("SET", f"key:{i}", f"new {i}") for i in range(500, 700)])
        b.pipeline([("SADD", "set", i) for i in range(100)])
        c.start()
        self.converge([a, b, c])
        self.assertIsNone(c.call("GET", "key:0"))
        self.assertEqual(b"new 500", c.call("GET", "key:500"))
        self.assertEqual(b"old 999", c.call("GET", "key:999"))
        self.assertEqual(100, c.call("SCARD", "set"))
        self.assertEqual(501, c.call("DBSIZE"))

    def test_nodes_apart_both_take_writes_and_come_together(self):
        a, b = self.cluster(2)
        b.stop()
        a.call("SADD", "s", "from-a")
        a.stop()
        b.start()
        b.call("SADD", "s", "from-b")
        a.start()
        self.converge([a, b])
        for node in (a, b):
            self.assertEqual([b"from-a", b"from-b"], sorted(node.call("SMEMBERS", "s")))

    def test_sigterm_ends_with_zero_and_the_next_start_has_everything(self):
        a, b = self.cluster(2)
        with a.connect() as client:
            client.pipeline([("SET", f"k{i}", "v" * 100) for i in range(5000)])
        before = self.converge([a, b])
        self.assertEqual(0, a.stop())
        self.assertEqual(0, b.stop())
        a.start()
        b.start()
        self.assertEqual(before["fingerprint"], self.converge([a, b])["fingerprint"])
        self.assertEqual(5000, a.call("DBSIZE"))

    def test_verify_says_whether_all_nodes_agree(self):
        a, b = self.cluster(2)
        a.call("SET", "k", "v")
        self.converge([a, b])
        reply = a.call("TUTTI.VERIFY")
        self.assertEqual([b"agree", 1], reply[:2])

    def test_replies_keep_their_order_around_one_that_must_wait(self):
        a = self.node("a").init().start()
        with a.connect() as client:
            replies = client.pipeline([("SET", "k", "1"), ("TUTTI.FINGERPRINT",), ("INCR", "k"), ("TUTTI.VERIFY",),
                                       ("GET", "k"), ("PING",)])
        self.assertEqual(b"OK", replies[0])
        self.assertEqual(b"node", replies[1][0])
        self.assertEqual(2, replies[2])
        self.assertEqual(b"agree", replies[3][0])
        self.assertEqual([b"2", b"PONG"], replies[4:])


def sorted_pairs(flat):
    pairs = sorted(zip(flat[::2], flat[1::2]))
    return [part for pair in pairs for part in pair]


if __name__ == "__main__":
    unittest.main()
