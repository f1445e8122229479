"""What travels between nodes cannot be read on the way: keys, values, names, the cluster's secrets."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from cluster import free_port, wait_until
from cluster_case import ClusterTest
from relay import Relay

KEY = b"a-key-nobody-may-see-5f1c"
VALUE = b"a-value-nobody-may-see-93ab" * 4
NAME = "node-name-nobody-may-see"


class Privacy(ClusterTest):
    def secrets_of(self, *nodes):
        secrets = [KEY, VALUE[:27], NAME.encode()]
        for node in nodes:
            with open(os.path.join(node.directory, "cluster.secret"), "rb") as file:
                secrets.append(file.read()[16 + 32:16 + 64])  # the discovery secret
        return secrets

    def replicate(self, a, b):
        a.call("SET", KEY, VALUE)
        wait_until("the value is on the other node", lambda: b.call("GET", KEY) == VALUE)
        b.kill()  # a reconnect, and a pull
        a.pipeline([("SET", KEY + b"%d" % i, VALUE) for i in range(100)])
        b.start()
        wait_until("the values are on the other node", lambda: b.call("GET", KEY + b"99") == VALUE)

    def test_a_relay_between_the_nodes_learns_nothing(self):
        ports = [(free_port(), free_port()) for _ in range(2)]
        relays = [Relay(outside, inside) for outside, inside in ports]
        for relay in relays:
            relay.start()
            self.addCleanup(relay.stop)
        a = self.node("a", advertise=ports[0][0], listen=ports[0][1]).init().start()
        b = self.node(NAME, advertise=ports[1][0], listen=ports[1][1]).join(a).start()
        self.replicate(a, b)
        carried = bytes(relays[0].carried) + bytes(relays[1].carried)
        # Everything went this way: the join, and a hundred values.
        self.assertGreater(len(carried), 100 * len(VALUE) // 2)
        for secret in self.secrets_of(a, b):
            self.assertNotIn(secret, carried)

    def test_a_capture_of_loopback_shows_nothing(self):
        tcpdump = shutil.which("tcpdump")
        if not tcpdump:
            self.skipTest("there is no tcpdump here")
        a = self.node("a").init().start()
        b = self.node(NAME)
        ports = " or ".join(f"port {p}" for p in (a.listen, b.listen))
        with tempfile.NamedTemporaryFile() as capture:
            # "-Z root": without it tcpdump gives up its rights and then may not write our file.
            dump = subprocess.Popen([tcpdump, "-Z", "root", "-i", "lo", "-U", "-s", "0", "-B", "16384", "-w", capture.name, ports],
                                    stderr=subprocess.PIPE, text=True)
            self.addCleanup(lambda: (dump.kill(), dump.wait(), dump.stderr.close()))
            first = dump.stderr.readline()
            if "listening on" not in first:
                self.skipTest(f"no permission to capture: {first.strip()}")
            b.join(a).start()
            self.replicate(a, b)
            # The kernel hands packets over in its own time.
            wait_until("the capture holds what was sent",
                       lambda: os.path.getsize(capture.name) > 100 * len(VALUE) // 2)
            dump.send_signal(signal.SIGINT)
            dump.wait()
            with open(capture.name, "rb") as file:
                captured = file.read()
        self.assertGreater(len(captured), 100 * len(VALUE) // 2)
        for secret in self.secrets_of(a, b):
            self.assertNotIn(secret, captured)


if __name__ == "__main__":
    unittest.main()
