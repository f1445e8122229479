"""Starts and stops real nodes of tuttid, each in a directory of its own, on loopback ports that are free.

Nothing here sleeps for a fixed time: wait_until() asks until a condition holds, and fails loudly when it never does.
The program under test is named by the environment variable TUTTID.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from resp_client import Resp, as_map

TUTTID = os.environ.get("TUTTID", "tuttid")
PATIENCE = float(os.environ.get("TUTTI_TEST_PATIENCE", "60"))


def wait_until(what, condition, patience=PATIENCE, pause=0.02):
    """The first true answer of condition(); connection errors count as not yet."""
    deadline = time.monotonic() + patience
    last = None
    while time.monotonic() < deadline:
        try:
            answer = condition()
            if answer:
                return answer
        except (OSError, EOFError) as error:
            last = error
        time.sleep(pause)
    raise AssertionError(f"never came true within {patience:.0f} s: {what} ({last})")


def free_port():
    """Free for TCP and UDP, and outside the range from which the system takes ports for outgoing connections."""
    while True:
        port = random.randrange(10_000, 32_000)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


def tuttid(*args, timeout=PATIENCE):
    """Runs a command of tuttid to its end."""
    return subprocess.run([TUTTID, *map(str, args)], capture_output=True, text=True, timeout=timeout, check=False)


class Node:
    def __init__(self, directory, name, listen=None, resp=None, advertise=None):
        self.directory, self.name = directory, name
        self.listen = listen or free_port()
        self.resp = resp or free_port()
        self.advertise = advertise
        self.password = None
        self.process = None

    def flags(self):
        flags = ["--data", self.directory, "--name", self.name, "--listen", f"127.0.0.1:{self.listen}",
                 "--resp", f"127.0.0.1:{self.resp}"]
        return flags + (["--advertise", f"127.0.0.1:{self.advertise}"] if self.advertise else [])

    def init(self):
        done = tuttid("init", *self.flags())
        assert done.returncode == 0, done.stderr
        return self

    def join(self, member):
        done = tuttid("join", member.token(), *self.flags())
        assert done.returncode == 0, done.stderr
        return self

    def set_config(self, key, value):
        path = os.path.join(self.directory, "tutti.toml")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        lines = [f'{key} = "{value}"' if line.startswith(f"{key} =") else line for line in lines]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return self

    def start(self):
        with open(self.directory + ".log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([TUTTID, "run", "--data", self.directory], stderr=log)
        wait_until(f"{self.name} answers", self._answers)
        return self

    def _answers(self):
        code = self.process.poll()
        assert code is None, f"{self.name} ended with {code}: {self.log_text()}"
        return self.call("PING") == b"PONG"

    def log_text(self):
        with open(self.directory + ".log", encoding="utf-8") as file:
            return file.read()

    def kill(self):
        """As a power cut for the process: SIGKILL."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def client(self, timeout=PATIENCE):
        client = Resp(self.resp, timeout)
        if self.password:
            client.call("AUTH", self.password)
        return client

    def call(self, *args):
        with self.client() as client:
            return client.call(*args)

    def pipeline(self, commands):
        with self.client() as client:
            return client.pipeline(commands)

    def token(self, seconds=600):
        return self.call("TUTTI.INVITE", seconds).decode()

    def status(self):
        return as_map(self.call("TUTTI.STATUS"))

    def fingerprint(self):
        return as_map(self.call("TUTTI.FINGERPRINT"))

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")


class ClusterTest(unittest.TestCase):
    """A test with a directory that goes away, and nodes that are stopped, whatever happens."""

    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="tutti-test-")
        self.nodes = []
        self.addCleanup(self._clean)

    def _clean(self):
        for node in self.nodes:
            if node.process:
                node.kill()
        shutil.rmtree(self.base, ignore_errors=True)

    def directory(self, name):
        return os.path.join(self.base, name)

    def node(self, name, **options):
        node = Node(self.directory(name), name, **options)
        self.nodes.append(node)
        return node

    def cluster(self, count):
        """Nodes a, b, c, ... of one cluster, all running and knowing each other."""
        nodes = [self.node("a").init().start()]
        for i in range(1, count):
            nodes.append(self.node(chr(ord("a") + i)).join(nodes[0]).start())
        wait_until("all see all", lambda: all(n.status()["members_alive"] == count for n in nodes))
        return nodes

    def converge(self, nodes):
        """Until equal clocks; then the fingerprints must be equal too."""
        def agreed():
            return len({n.status()["clock"] for n in nodes}) == 1
        wait_until("all clocks equal", agreed)
        prints = [n.fingerprint() for n in nodes]
        self.assertEqual(1, len({p["clock"] for p in prints}))
        self.assertEqual(1, len({p["fingerprint"] for p in prints}), prints)
        return prints[0]
