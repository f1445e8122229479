"""More clients than there are descriptors or memory for: they are told, and the others go on."""

import socket
import unittest

from cluster import wait_until
from cluster_case import ClusterTest
from resp import command

DESCRIPTORS = 512


class Crowd(ClusterTest):
    def few_descriptors(self, node):
        node.arguments = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", *node.arguments]
        return node

    def test_clients_beyond_the_limit_are_told_and_the_store_goes_on(self):
        a = self.few_descriptors(self.node("a")).init().start()
        first = a.connect()
        self.addCleanup(first.close)
        crowd = []
        refusals = 0
        for _ in range(2 * DESCRIPTORS):
            client = socket.create_connection(("127.0.0.1", a.port), timeout=10)
            crowd.append(client)
            self.addCleanup(client.close)
            client.sendall(command("PING"))
            answer = client.recv(64)
            self.assertTrue(answer.startswith((b"+PONG", b"-ERR max number of clients")), answer)
            refusals += answer.startswith(b"-ERR")
        self.assertGreater(refusals, DESCRIPTORS)
        info = first.call("INFO").decode()
        self.assertIn(f"rejected_connections:{refusals}\r\n", info)
        # Files and members are not short of any.
        for i in range(3):
            self.assertEqual(b"OK", first.call("SET", f"key:{i}", b"x" * 100_000))
            first.call("TUTTI.FINGERPRINT")
        b = self.node("b")
        b.join(Named(first, a)).start()
        wait_until("the newcomer has all", lambda: b.call("DBSIZE") == 3)
        for client in crowd:
            client.close()
        wait_until("there is room again", a.answers)
        self.assertEqual(b"OK", a.call("SET", "after", "it"))

    def test_a_node_with_too_few_descriptors_does_not_start(self):
        a = self.node("a").init()
        a.arguments = ["prlimit", "--nofile=200:200", *a.arguments]
        with self.assertRaisesRegex(Exception, "ended with code 3: .*200 files.*ulimit -n"):
            a.start()

    def test_clients_that_never_read_cost_no_more_than_a_bound_together(self):
        a = self.node("a").init().start()
        a.call("SET", "large", b"x" * 1_000_000)
        before = a.rss_bytes()
        idle = []
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", a.port), timeout=10)
            idle.append(client)
            self.addCleanup(client.close)
            client.sendall(command("GET", "large") * 100)
        with a.connect() as reader:
            for _ in range(300):
                self.assertEqual(b"PONG", reader.call("PING"))
            # Who reads is served, however much waits for the others.
            for _ in range(20):
                self.assertEqual(1_000_000, len(reader.call("GET", "large")))
        self.assertLess(a.rss_bytes() - before, 600 << 20)
        # One of them begins to read: all its replies are there.
        left = len(b"$1000000\r\n" + b"x" * 1_000_000 + b"\r\n") * 100
        while left > 0:
            got = len(idle[0].recv(1 << 20))
            self.assertGreater(got, 0)
            left -= got
        self.assertEqual(0, left)


class Named:
    """A node whose connection is open already: no further client is let in."""

    def __init__(self, connection, node):
        self.connection, self.node = connection, node

    def token(self):
        return self.connection.call("TUTTI.INVITE", 600).decode()


if __name__ == "__main__":
    unittest.main()
