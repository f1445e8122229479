#!/usr/bin/env python3
"""The benchmarks behind tools/beside-redis: tutti beside Redis in one sitting, run by run in turn, medians.

Machines are noisy and the clients share their cores with the servers, so the ratios are what to read."""

import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from cluster import Server, Trouble, create_cluster, free_port, wait_until
from resp import RespError, Unreachable, command
from terminal import say

KEYS = 1_000_000
VALUE_BYTES = 100
CLIENTS = 50
REQUESTS = {1: 200_000, 16: 1_000_000}  # by pipeline depth: some seconds a run
PROBES = 3000                           # writes of a latency run
PROBE_PAUSE = 0.001                     # between them
ROUND_PAUSE = 4                         # seconds: a node merges meanwhile
COLLECTION, COLLECTIONS = 20, 20_000    # elements of a hash or set, and how many of these
WARMED_UP = 50                          # first probes, left out

DURABILITIES = {"interval": "everysec", "always": "always"}  # tutti's word: Redis's appendfsync


def redis(data, name, *flags):
    """A Redis server; redis-tools' checker is the same program under another name."""
    port = free_port()
    directory = pathlib.Path(data) / name
    directory.mkdir()
    arguments = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", directory, *flags]
    server = Server(name, arguments, port, pathlib.Path(data) / f"{name}.log")
    server.start(executable=shutil.which("redis-server") or shutil.which("redis-check-rdb"))
    return server


def redis_pair(data, fsync):
    primary = redis(data, "redis-primary", "--appendonly", "yes", "--appendfsync", fsync)
    replica = redis(data, "redis-replica", "--appendonly", "yes", "--appendfsync", fsync,
                    "--replicaof", "127.0.0.1", primary.port)
    wait_until("Redis's replica in step", lambda: replica.info().get("master_link_status") == "up", 60)
    return [primary, replica]


def tutti(options, data, names, durability):
    return create_cluster(options.bin, data, names, lambda node: node.set_config("durability", durability))


def throughput(servers, command_words, depth, requests, keys=KEYS):
    """Requests a second through the first server, and the CPU time an operation took of all of them, in us.

    In a command's words __rand_int__ is one of `keys` numbers; ("-t", "get") is redis-benchmark's own GET."""
    before = sum(server.cpu_seconds() for server in servers)
    run = subprocess.run(
        ["redis-benchmark", "-h", "127.0.0.1", "-p", str(servers[0].port), "-d", str(VALUE_BYTES), "-r", str(keys),
         "-c", str(CLIENTS), "-n", str(requests), "-P", str(depth), "--csv", *command_words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    rows = [row for row in run.stdout.splitlines() if row.startswith('"') and not row.startswith('"test"')]
    if run.returncode or not rows:
        raise Trouble(f"redis-benchmark against {servers[0].name}: {(run.stderr or run.stdout).strip()[-300:]}")
    cpu = sum(server.cpu_seconds() for server in servers) - before
    return float(rows[-1].split('","')[1]), cpu * 1e6 / requests


def visibility(servers, probes):
    """A write on the first server until a read on the second shows it: p50 and p99 in us."""
    took = []
    with servers[0].connect() as writer, servers[1].connect() as reader:
        for i in range(WARMED_UP + probes):
            value = b"%d" % i
            write, read = command("SET", "probe", value), command("GET", "probe")
            started = time.perf_counter()
            writer.send(write)
            seen = None
            while seen != value:
                reader.send(read)
                seen = reader.reply()
                if time.perf_counter() - started > 30:
                    raise Trouble(f"a write on {servers[0].name} was not seen on {servers[1].name} within 30 s")
            took.append((time.perf_counter() - started) * 1e6)
            writer.reply()
            time.sleep(PROBE_PAUSE)
    took = sorted(took[WARMED_UP:])
    return took[len(took) // 2], took[len(took) * 99 // 100]


class Bench:
    def __init__(self, options):
        self.options = options

    def contest(self, mine, theirs, measure):
        """Medians of both, measured in turn."""
        results = ([], [])
        for _ in range(self.options.runs):
            for servers, found in zip((mine, theirs), results):
                found.append(measure(servers))
        return [[statistics.median(column) for column in zip(*found)] for found in results]

    def requests(self, depth):
        return max(1000, int(REQUESTS[depth] * self.options.scale))

    def with_servers(self, make_mine, make_theirs, run):
        with tempfile.TemporaryDirectory(prefix="tutti-beside-redis-", dir=self.options.data) as data:
            started = []
            try:
                started += (mine := make_mine(data))
                started += (theirs := make_theirs(data))
                run(mine, theirs)
            finally:
                for server in started:
                    server.stop()

    def rows(self, name, rival, mine, theirs, tests, depths):
        for depth in depths:
            for test in tests:
                (rate, cpu), (their_rate, their_cpu) = self.contest(
                    mine, theirs, lambda s: throughput(s, ("-t", test), depth, self.requests(depth)))
                say(f"| {name}, {test.upper()}, P{depth} | {rate:,.0f}/s | {rival} {their_rate:,.0f}/s "
                    f"| **{rate / their_rate:.2f} x** | {cpu:.2f} | {their_cpu:.2f} |")

    def single(self):
        """One node beside one Redis, in both durabilities."""
        say("| one node | tutti | Redis | ratio | CPU us/op | Redis's |\n|---|---|---|---|---|---|")
        for durability, fsync in DURABILITIES.items():
            self.with_servers(
                lambda data: tutti(self.options, data, ["solo"], durability),
                lambda data: [redis(data, "redis", "--appendonly", "yes", "--appendfsync", fsync)],
                lambda mine, theirs: self.rows(durability, f"AOF {fsync}", mine, theirs, ("set", "get"), (1, 16)))

    def pair(self):
        """Writes through one of two encrypted nodes, beside a Redis primary with a replica; CPU of both servers."""
        say("| two nodes | tutti | Redis | ratio | CPU us/op | Redis's |\n|---|---|---|---|---|---|")
        self.with_servers(
            lambda data: tutti(self.options, data, ["first", "second"], "interval"),
            lambda data: redis_pair(data, "everysec"),
            lambda mine, theirs: self.rows("interval", "AOF everysec + replica", mine, theirs, ("set",), (1, 16)))

    def read_row(self, name, mine, theirs, words, keys=KEYS):
        (rate, cpu), (their_rate, their_cpu) = self.contest(
            mine, theirs, lambda s: throughput(s, words, 16, self.requests(16), keys))
        say(f"| {name} | {rate:,.0f}/s | {their_rate:,.0f}/s | **{rate / their_rate:.2f} x** | {cpu:.2f} "
            f"| {their_cpu:.2f} |")

    def reads(self):
        """GET at P16 as the data ages: after 1, 5 and 50 rounds of load and pause, after a restart; absent keys; hashes
        and sets of 20."""
        say("| reads, P16 | tutti | Redis | ratio | CPU us/op | Redis's |\n|---|---|---|---|---|---|")

        def run(mine, theirs):
            both = (mine, theirs)
            done = 0
            for rounds in self.options.rounds:
                for _ in range(rounds - done):
                    for servers in both:
                        throughput(servers, ("-t", "set"), 16, KEYS)
                    time.sleep(ROUND_PAUSE)
                done = rounds
                self.read_row(f"GET after {rounds} rounds", mine, theirs, ("-t", "get"))
            for servers in both:
                servers[0].stop()
                servers[0].start()
            wait_until("Redis's data read", lambda: theirs[0].info().get("loading") == "0", 60)
            time.sleep(ROUND_PAUSE)
            self.read_row("GET after a restart", mine, theirs, ("-t", "get"))
            self.read_row("GET of absent keys", mine, theirs, ("GET", "absent:__rand_int__"))
            pairs = [word for i in range(COLLECTION) for word in (f"field{i}", f"value of the field {i}")]
            members = [f"member{i}" for i in range(COLLECTION)]
            for name, load, read in (("HGETALL of 20 fields", ("HSET", "hash:__rand_int__", *pairs), "HGETALL hash:"),
                                     ("SMEMBERS of 20", ("SADD", "set:__rand_int__", *members), "SMEMBERS set:")):
                for servers in both:
                    throughput(servers, load, 16, 5 * COLLECTIONS, COLLECTIONS)
                time.sleep(ROUND_PAUSE)
                self.read_row(name, mine, theirs, (*(read + "__rand_int__").split(),), COLLECTIONS)

        self.with_servers(lambda data: tutti(self.options, data, ["solo"], "interval"),
                          lambda data: [redis(data, "redis", "--appendonly", "yes", "--appendfsync", "everysec")], run)

    def latency(self):
        """From a write on one node to a read that shows it on another, idle."""
        say("| write on A, visible on B | tutti | Redis primary -> replica | ratio |\n|---|---|---|---|")

        def run(mine, theirs):
            probes = max(100, int(PROBES * self.options.scale))
            ours, redis_took = self.contest(mine, theirs, lambda s: visibility(s, probes))
            for name, a, b in zip(("p50", "p99"), ours, redis_took):
                say(f"| {name} | {a:,.0f} us | {b:,.0f} us | **{a / b:.2f} x** |")

        self.with_servers(lambda data: tutti(self.options, data, ["first", "second"], "interval"),
                          lambda data: redis_pair(data, "everysec"), run)


CASES = {"single": Bench.single, "reads": Bench.reads, "pair": Bench.pair, "latency": Bench.latency}


def main():
    parser = argparse.ArgumentParser(prog="tools/beside-redis", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="\n".join(f"{name:<10} {case.__doc__}" for name, case in CASES.items()))
    parser.add_argument("cases", nargs="*", metavar="CASE", help="single, reads, pair, latency; all by default")
    parser.add_argument("--runs", type=int, default=3, help="of each measurement; their median counts (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of requests (0.1: a quick look)")
    parser.add_argument("--rounds", type=int, nargs="+", default=[1, 5, 50], metavar="N",
                        help="of load and pause, before reads (default: 1 5 50)")
    parser.add_argument("--data", help="where the servers keep their data (default: the temporary directory)")
    parser.add_argument("--bin", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := [case for case in options.cases if case not in CASES]:
        parser.error(f"there is no case {unknown[0]}; there are {', '.join(CASES)}")
    if options.runs < 1 or options.scale <= 0:
        parser.error("--runs is at least 1, and --scale more than 0")
    try:
        for case in options.cases or CASES:
            CASES[case](Bench(options))
            say()
        return 0
    except (Trouble, RespError, Unreachable) as error:
        print(f"tools/beside-redis: {error}.", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
