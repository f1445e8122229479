"""What the tests of whole processes stand on; tools/stage starts, stops and asks the nodes.

The program under test is named by the environment variable TUTTID.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from cluster import PATIENCE, Node, create_cluster, wait_until

TUTTID = pathlib.Path(os.environ.get("TUTTID", "tuttid"))


def tuttid(*args):
    """Runs a command of tuttid to its end."""
    return subprocess.run([TUTTID, *map(str, args)], capture_output=True, text=True, timeout=PATIENCE, check=False)


class ClusterTest(unittest.TestCase):
    """A test with a directory that goes away, and nodes that are killed, whatever happens."""

    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="tutti-test-")
        self.nodes = []
        self.addCleanup(self._clean)

    def _clean(self):
        for node in self.nodes:
            if node.running():
                node.kill()
        shutil.rmtree(self.base, ignore_errors=True)

    def directory(self, name):
        return os.path.join(self.base, name)

    def node(self, name, **options):
        self.nodes.append(Node(TUTTID.parent, self.base, name, **options))
        return self.nodes[-1]

    def cluster(self, count):
        """Nodes a, b, c, ... of one cluster, all running and knowing each other."""
        nodes = create_cluster(TUTTID.parent, self.base, "abc"[:count])
        self.nodes += nodes
        return nodes

    def converge(self, nodes):
        """Until equal clocks; then the fingerprints must be equal too."""
        wait_until("all clocks equal", lambda: len({n.status()["clock"] for n in nodes}) == 1)
        prints = [n.fingerprint() for n in nodes]
        self.assertEqual(1, len({p["clock"] for p in prints}))
        self.assertEqual(1, len({p["fingerprint"] for p in prints}), prints)
        return prints[0]
