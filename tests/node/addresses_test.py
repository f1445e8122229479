"""Nodes that came back at other addresses find each other again: by a seed, or by one `tutti meet`."""

import re
import socket
import threading
import unittest

from cluster import as_dict, free_port, hears_all, wait_until
from cluster_case import ClusterTest, tuttid
from resp import RespError


def move(node, host):
    """Before start(): its members' port is another one, at another address."""
    node.listen = free_port()
    node.place = f"{host}:{node.listen}"
    return node.set_config("listen", node.place)


def set_seeds(node, *seeds):
    file = node.directory / "tutti.toml"
    text = ", ".join(f'"{seed}"' for seed in seeds)
    file.write_text(re.sub(r"^seeds = .*$", f"seeds = [{text}]", file.read_text(), flags=re.MULTILINE))


def meet(node, endpoint):
    return as_dict(node.call("TUTTI.MEET", endpoint))


class Addresses(ClusterTest):
    def moved_cluster(self):
        """Three nodes, all stopped and at new addresses."""
        nodes = self.cluster(3)
        for node in nodes:
            node.stop()
        for number, node in enumerate(nodes):
            move(node, f"127.0.0.{number + 2}")
        return nodes

    def all_hear(self, nodes):
        for node in nodes:
            wait_until(f"{node.name} hears all", lambda n=node: hears_all(n, len(nodes)), seconds=30)
        self.converge(nodes)

    def test_all_nodes_at_new_addresses_find_each_other_by_one_meet_each(self):
        a, b, c = nodes = self.moved_cluster()
        for node in nodes:
            node.start()
        a.call("SET", "k", "of a")
        for node in (b, c):
            met = meet(node, a.place)
            self.assertEqual((1, "a", a.place), (met["reached"], met["name"], met["address"]))
        self.all_hear(nodes)
        self.assertEqual(b"of a", c.call("GET", "k"))

    def test_all_nodes_at_new_addresses_find_each_other_by_one_seed(self):
        a, b, c = nodes = self.moved_cluster()
        move(a, "127.0.0.1")
        for node in nodes:
            set_seeds(node, f"localhost:{a.listen}")  # a name, and of itself too
            node.start()
        c.call("SET", "k", "of c")
        self.all_hear(nodes)
        self.assertEqual(b"of c", b.call("GET", "k"))

    def test_a_meet_says_who_is_not_there(self):
        a, = self.cluster(1)
        stranger = self.node("s").init().start()
        with self.assertRaisesRegex(RespError, "write a host and a port"):
            a.call("TUTTI.MEET", "nowhere")
        with self.assertRaisesRegex(RespError, "nobody listens at port 0"):
            a.call("TUTTI.MEET", "127.0.0.1:0")
        for endpoint, words in ((f"127.0.0.1:{free_port()}", "Nobody answers"),
                                (f"127.0.0.1:{stranger.listen}", "another cluster"),
                                ("no-such-host.invalid:4400", "cannot be resolved")):
            met = meet(a, endpoint)
            self.assertEqual(0, met["reached"], endpoint)
            self.assertIn(words, met["result"])
        met = meet(a, f"127.0.0.1:{a.listen}")
        self.assertEqual((1, "a"), (met["reached"], met["name"]))
        self.assertIn("this node itself", met["result"])
        self.assertEqual(1, len(a.call("TUTTI.MEMBERS")))

    def test_a_seed_that_is_a_stranger_is_told_and_harms_nothing(self):
        a, = self.cluster(1)
        a.stop()
        stranger = self.node("s").init().start()
        set_seeds(a, f"127.0.0.1:{stranger.listen}")
        a.start()
        wait_until("the stranger is told", lambda: f"the seed 127.0.0.1:{stranger.listen}" in a.log.read_text())
        self.assertEqual(1, len(a.call("TUTTI.MEMBERS")))
        self.assertEqual(1, len(stranger.call("TUTTI.MEMBERS")))

    def test_somebody_who_accepts_and_says_nothing_is_no_member(self):
        a, = self.cluster(1)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            taken = []
            thread = threading.Thread(target=lambda: taken.append(silent.accept()))
            thread.start()
            met = meet(a, f"127.0.0.1:{port}")
            thread.join()
            taken[0][0].close()
        self.assertEqual(0, met["reached"])
        self.assertIn("does not answer as a member", met["result"])

    def test_a_malformed_seed_is_named_with_its_line(self):
        node = self.node("a").init()
        set_seeds(node, "127.0.0.1:4400", "no port")
        run = tuttid("run", "--data", node.directory)
        self.assertEqual(2, run.returncode)
        self.assertRegex(run.stderr, r'tutti\.toml:\d+: `seeds`: "no port" is not an address: write a host and a port')


if __name__ == "__main__":
    unittest.main()
