"""Servers on loopback for the demo, the benchmarks and tests: tuttid nodes of one cluster, and whatever else listens.
Every process is ended by its own id.

Nothing sleeps for a fixed time: wait_until() asks until a condition holds, and says what never did. TUTTI_PATIENCE is how
many seconds it asks (60).
"""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

from resp import Connection, RespError, Unreachable

PATIENCE = float(os.environ.get("TUTTI_PATIENCE", "60"))


class Trouble(Exception):
    """A sentence: what went wrong, and where to look."""


def free_port():
    """A port that is free now for TCP and UDP on loopback, outside the range from which the system takes ports for
    outgoing connections."""
    while True:
        port = random.randrange(10_000, 32_000)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(type=kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


def wait_until(what, condition, seconds=PATIENCE, pause=0.02):
    """Asks again until `condition` returns something true; that. A node that cannot be reached means: not yet. Trouble
    with `what` at the limit."""
    limit = time.monotonic() + seconds
    last = None
    while True:
        try:
            if found := condition():
                return found
        except Unreachable as error:
            last = error
        if time.monotonic() > limit:
            raise Trouble(f"{what} did not happen within {seconds:.0f} s" + (f" ({last})" if last else ""))
        time.sleep(pause)


class Server:
    """One process that speaks RESP on a loopback port."""

    def __init__(self, name, arguments, port, log):
        self.name, self.arguments, self.port, self.log = name, [str(a) for a in arguments], port, pathlib.Path(log)
        self.process = self.executable = None

    def start(self, seconds=PATIENCE, executable=None):
        """Runs it until it answers; itself. `executable`: the program, where it is not the first argument; remembered."""
        self.executable = executable or self.executable
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, executable=self.executable, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        wait_until(f"{self.name} answering on 127.0.0.1:{self.port} (its words are in {self.log})", self.answers, seconds)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def answers(self):
        if not self.running():
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

    def pipeline(self, commands):
        with self.connect() as node:
            return node.pipeline(commands)

    def info(self):
        """INFO's lines as a dict of texts."""
        lines = self.call("INFO").decode(errors="replace").splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))

    def kill(self):
        """As a power cut for the process: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=PATIENCE):
        """SIGTERM, and SIGKILL where that is not heard; the exit code."""
        if not self.running():
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
    """One tuttid; its directory is DATA/NAME. Ports that are not given are chosen; `advertise`: what others dial where
    that is not `listen`. `password`: what clients must give, if set_config() says so."""

    def __init__(self, binaries, data, name, listen=None, resp=None, advertise=None):
        self.tuttid, self.directory = pathlib.Path(binaries) / "tuttid", pathlib.Path(data) / name
        self.listen, self.http, self.advertise = listen or free_port(), free_port(), advertise
        self.password = None
        super().__init__(name, [self.tuttid, "run", "--data", self.directory], resp or free_port(),
                         pathlib.Path(data) / f"{name}.log")

    def flags(self):
        flags = ["--data", self.directory, "--name", self.name, "--listen", f"127.0.0.1:{self.listen}",
                 "--resp", f"127.0.0.1:{self.port}", "--http", f"127.0.0.1:{self.http}"]
        return flags + (["--advertise", f"127.0.0.1:{self.advertise}"] if self.advertise else [])

    def init(self):
        """Founds a cluster; the node itself."""
        run_program([self.tuttid, "init", *self.flags()], self.log)
        return self

    def join(self, member):
        """Joins the cluster of a running node that holds its key; the node itself."""
        run_program([self.tuttid, "join", member.token(), *self.flags()], self.log)
        return self

    def set_config(self, key, value):
        """Before start(): changes one line of tutti.toml; the node itself."""
        file = self.directory / "tutti.toml"
        lines = file.read_text().splitlines()
        file.write_text("".join((f'{key} = "{value}"' if line.startswith(f"{key} =") else line) + "\n" for line in lines))
        return self

    def connect(self, timeout=60.0):
        connection = super().connect(timeout)
        if self.password:
            connection.call("AUTH", self.password)
        return connection

    def token(self, seconds=600):
        return self.call("TUTTI.INVITE", seconds).decode()

    def status(self):
        """What TUTTI.STATUS says: a dict of texts and numbers."""
        return as_dict(self.call("TUTTI.STATUS"))

    def fingerprint(self):
        return as_dict(self.call("TUTTI.FINGERPRINT"))

    def rss_bytes(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


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
    nodes = []
    try:
        for name in names:
            node = Node(binaries, data, name)
            if nodes:
                node.join(nodes[0])
            else:
                node.init()
            prepare(node)
            nodes.append(node)
            node.start()
        for node in nodes:
            wait_until(f"{node.name} hearing all {len(nodes)} nodes", lambda n=node: hears_all(n, len(nodes)))
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
    where = [{"name": n.name, "pid": n.process.pid, "data": str(n.directory), "resp": n.port, "http": n.http} for n in nodes]
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
