"""`tuttid dev`: a cluster in one command, which Ctrl-C ends and the same command brings back."""

import os
import re
import signal
import subprocess
import unittest

from cluster import PATIENCE, free_port, wait_until
from cluster_case import TUTTID, ClusterTest
from resp import Connection


class Dev(ClusterTest):
    def start(self):
        process = subprocess.Popen([TUTTID, "dev", "--nodes", "3", "--data", self.directory("dev"), "--port",
                                    str(self.port)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close()))
        nodes = []
        for line in process.stdout:
            if found := re.search(r"node-\d +pid (\d+) +redis-cli -p (\d+)", line):
                nodes.append((int(found[1]), int(found[2])))
            if "Ctrl-C" in line:
                break
        self.assertEqual(3, len(nodes))
        return process, nodes

    def call(self, port, *args):
        with Connection("127.0.0.1", port) as client:
            return client.call(*args)

    def test_it_starts_replicates_stops_and_comes_back(self):
        self.port = free_port()
        process, nodes = self.start()
        self.call(nodes[0][1], "SET", "k", "v")
        for _, port in nodes:
            wait_until("it is everywhere", lambda p=port: self.call(p, "GET", "k") == b"v")
        process.send_signal(signal.SIGINT)
        self.assertEqual(0, process.wait(PATIENCE))
        for pid, _ in nodes:
            self.assertFalse(os.path.exists(f"/proc/{pid}"), "a node outlived its cluster")
        process, nodes = self.start()
        self.assertEqual(b"v", self.call(nodes[2][1], "GET", "k"))
        process.kill()  # not asked politely: the nodes must not stay behind either
        process.wait()
        wait_until("the nodes end with it", lambda: not any(os.path.exists(f"/proc/{pid}") for pid, _ in nodes))


if __name__ == "__main__":
    unittest.main()
