"""Servers on loopback for the demo, the benchmarks and tests: tuttid nodes of one cluster, and whatever else listens.
Every process is ended by its own id."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from resp import Connection, RespError, Unreachable


class Trouble(Exception):
    """A sentence: what went wrong, and where to look."""


def free_port():
    """A port that is free now for TCP and UDP on loopback."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]


def wait_until(what, condition, seconds, pause=0.02):
    """Asks again until `condition` returns something true; that. Trouble with `what` at the limit."""
    limit = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > limit:
            raise Trouble(f"{what} did not happen within {seconds} s")
        time.sleep(pause)
    return found


class Server:
    """One process that speaks RESP on a loopback port."""

    def __init__(self, name, arguments, port, log):
        self.name, self.arguments, self.port, self.log = name, [str(a) for a in arguments], port, pathlib.Path(log)
        self.process = None

    def start(self, seconds=30, executable=None, directory=None):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, executable=executable, cwd=directory,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_until(f"{self.name} answering on 127.0.0.1:{self.port} (its words are in {self.log})", self.answers, seconds)

    def answers(self):
        if self.process.poll() is not None:
            last = self.log.read_text(errors="replace").strip().split("\n")[-1]
            raise Trouble(f"{self.name} ended with code {self.process.returncode}: {last}")
        try:
            with self.connect(timeout=5) as node:
                return node.call("PING") == b"PONG"
        except (Unreachable, RespError):
            return False

    def connect(self, timeout=60.0):
        return Connection("127.0.0.1", self.port, timeout)

    def call(self, *arguments):
        with self.connect() as node:
            return node.call(*arguments)

    def info(self):
        """INFO's lines as a dict of texts."""
        lines = self.call("INFO").decode(errors="replace").splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        """SIGTERM, and SIGKILL where that is not heard; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Trouble(f"{self.name} did not stop within {seconds} s of SIGTERM; see {self.log}") from None

    def cpu_seconds(self):
        """User and system time so far, of all its threads."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Node(Server):
    """One tuttid; its directory is DATA/NAME."""

    def __init__(self, binaries, data, name):
        self.binaries, self.data = pathlib.Path(binaries), pathlib.Path(data) / name
        self.listen, resp, self.http = free_port(), free_port(), free_port()
        super().__init__(name, [self.binaries / "tuttid", "run", "--data", self.data], resp,
                         pathlib.Path(data) / f"{name}.log")

    def flags(self):
        return ["--data", self.data, "--name", self.name, "--listen", f"127.0.0.1:{self.listen}",
                "--resp", f"127.0.0.1:{self.port}", "--http", f"127.0.0.1:{self.http}"]

    def create(self, *words):
        """`tuttid init` or `tuttid join TOKEN`."""
        run_program([self.binaries / "tuttid", *words, *self.flags()], self.log)

    def fingerprint(self):
        """What TUTTI.FINGERPRINT says: a dict of texts and numbers."""
        return as_dict(self.call("TUTTI.FINGERPRINT"))

    def set_durability(self, mode):
        """Before start(): "always" or "interval"."""
        file = self.data / "tutti.toml"
        file.write_text(file.read_text().replace('durability = "always"', f'durability = "{mode}"'))


def run_program(arguments, log):
    run = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=120)
    with open(log, "a", encoding="utf-8") as file:
        file.write(run.stderr)  # standard output may hold a token
    if run.returncode:
        words = " ".join(pathlib.Path(str(a)).name for a in arguments[:2])
        raise Trouble(f"{words} ended with code {run.returncode}: {(run.stderr or run.stdout).strip()}")
    return run.stdout


def as_dict(flat):
    """RESP2's flat array of a map, with bytes as text."""
    text = [v.decode(errors="replace") if isinstance(v, bytes) else v for v in flat]
    return dict(zip(text[::2], text[1::2]))


def create_cluster(binaries, data, names, prepare=lambda node: None):
    """A running cluster: the first node founds it, the others join by an invitation each."""
    first = Node(binaries, data, names[0])
    first.create("init")
    prepare(first)
    first.start()
    nodes = [first]
    try:
        for name in names[1:]:
            node = Node(binaries, data, name)
            token = json.loads(run_program([node.binaries / "tutti", "--connect", f"127.0.0.1:{first.port}", "--json",
                                            "invite", "--ttl", "10m"], first.log))["token"]
            node.create("join", token)
            prepare(node)
            node.start()
            nodes.append(node)
        for node in nodes:
            wait_until(f"{node.name} hearing all {len(nodes)} nodes", lambda n=node: hears_all(n, len(nodes)), 30)
    except BaseException:
        for node in nodes:
            node.stop()
        raise
    return nodes


def hears_all(node, count):
    members = [as_dict(m) for m in node.call("TUTTI.MEMBERS")]
    return len(members) == count and all(m["state"] in ("self", "alive") for m in members)


def remember(data, nodes):
    """Who runs here, for forget()."""
    where = [{"name": n.name, "pid": n.process.pid, "data": str(n.data), "resp": n.port, "http": n.http} for n in nodes]
    (pathlib.Path(data) / "nodes.json").write_text(json.dumps(where, indent=1))


def stop_remembered(data):
    """Ends the nodes that remember() wrote down and that still run; how many. A process that took over an id of one
    of them is left alone: its command line does not name the node's directory."""
    file = pathlib.Path(data) / "nodes.json"
    if not file.exists():
        return 0
    running = []
    for node in json.loads(file.read_text()):
        if is_node(node):
            os.kill(node["pid"], signal.SIGTERM)
            running.append(node)
    limit = time.monotonic() + 30
    while (left := [n for n in running if is_node(n)]) and time.monotonic() < limit:
        time.sleep(0.05)
    for node in left:
        os.kill(node["pid"], signal.SIGKILL)
    file.unlink()
    return len(running)


def is_node(node):
    try:
        line = pathlib.Path(f"/proc/{node['pid']}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return node["data"].encode() in line


def clear(data):
    """Empties a directory that remember() or nobody has used; anything else is left alone."""
    data = pathlib.Path(data)
    if data.exists() and any(data.iterdir()) and not (data / "made-by-tutti").exists():
        raise Trouble(f"{data} holds something else; name another directory with --data")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / "made-by-tutti").write_text("A cluster to play with. It may be deleted.\n")
