"""kill -9 under load, again and again: not one acknowledged write may be missing afterwards.

TUTTI_KILL_CYCLES says how often (10). The node is alone, so that nobody can give back to it what it lost.
"""

import os
import random
import threading
import unittest

from cluster_case import ClusterTest
from resp import command

CYCLES = int(os.environ.get("TUTTI_KILL_CYCLES", "10"))
SEED = int(os.environ.get("TUTTI_KILL_SEED", "1"))
WRITERS = 4
PIPELINE = 8


class Writer(threading.Thread):
    """Sets its own keys in ascending order and counts along, until the node dies; remembers what was acknowledged."""

    def __init__(self, node, number, first):
        super().__init__()
        self.node, self.number, self.acknowledged = node, number, first
        self.incremented = None

    def run(self):
        try:
            with self.node.connect() as client:
                while True:
                    at = self.acknowledged
                    batch = [("SET", f"w{self.number}:{at + i}", f"value {at + i}") for i in range(PIPELINE)]
                    client.send(b"".join(command(*c) for c in batch + [("INCR", f"c{self.number}")]))
                    for _ in batch:
                        assert client.reply() == b"OK"
                        self.acknowledged += 1
                    self.incremented = client.reply()
        except OSError:
            pass  # killed, as it should be


class Kill(ClusterTest):
    def cycles(self, durability):
        print(f"seed {SEED}, {CYCLES} cycles, durability {durability}", flush=True)
        dice = random.Random(SEED)
        node = self.node("a").init().set_config("durability", durability).start()
        acknowledged = [0] * WRITERS
        counted = [0] * WRITERS
        for cycle in range(CYCLES):
            writers = [Writer(node, i, acknowledged[i]) for i in range(WRITERS)]
            for writer in writers:
                writer.start()
            threading.Event().wait(dice.uniform(0.02, 0.4))  # when the power goes
            node.kill()
            for writer in writers:
                writer.join()
            node.start()
            with node.connect() as client:
                for i, writer in enumerate(writers):
                    self.check_keys(client, i, acknowledged[i], writer.acknowledged, cycle)
                    counted[i] = max(counted[i], writer.incremented or 0)
                    self.assertGreaterEqual(int(client.call("GET", f"c{i}") or 0), counted[i], f"cycle {cycle}")
                    acknowledged[i] = writer.acknowledged
        self.assertGreater(sum(acknowledged), CYCLES, "the load was no load")
        with node.connect() as client:  # and nothing from before was lost later
            for i in range(WRITERS):
                self.check_keys(client, i, 0, acknowledged[i], "end")
        print(f"{sum(acknowledged)} acknowledged writes, none missing", flush=True)

    def check_keys(self, client, writer, first, last, cycle):
        for at in range(first, last, 512):
            numbers = range(at, min(at + 512, last))
            replies = client.pipeline([("GET", f"w{writer}:{n}") for n in numbers])
            missing = [n for n, reply in zip(numbers, replies) if reply != b"value %d" % n]
            self.assertEqual([], missing, f"writer {writer}, cycle {cycle}")

    def test_nothing_acknowledged_is_lost_with_durability_always(self):
        self.cycles("always")

    def test_nothing_acknowledged_is_lost_with_durability_interval(self):
        self.cycles("interval")


if __name__ == "__main__":
    unittest.main()
