#!/usr/bin/env python3
"""The demo behind tools/demo: three nodes, one of them killed, and all three equal again."""

import argparse
import pathlib
import random
import sys
import time

import records
from cluster import Trouble, clear, create_cluster, remember, stop_remembered, wait_until
from resp import RespError, Unreachable, bulk, command
from terminal import Bar, heading, paint, say, seconds

NAMES = ("violin", "viola", "cello")
MADE_UP_COUNT = 60_000
BATCH_BYTES = 256 << 10  # pipelined commands are written in pieces of about this size ...
BATCHES_AHEAD = 4        # ... and so many may be unanswered
CHANGED_SHARE = 10       # one key in so many is changed or deleted while a node is down
EQUAL_SECONDS = 300


def main():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop the cluster at the end; exit 0 only where all was equal")
    parser.add_argument("--stop", action="store_true", help="stop the cluster that an earlier demo left running")
    parser.add_argument("--input", metavar="FILE",
                        help="import JSON lines, or CSV with a header row, instead of the package index; each record "
                        "needs a field id, name or key")
    parser.add_argument("--data", metavar="DIR", default=pathlib.Path.home() / ".tutti-demo", type=pathlib.Path,
                        help="where the nodes keep their data (default: ~/.tutti-demo)")
    parser.add_argument("--bin", metavar="DIR", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.data = options.data.absolute()
    try:
        if options.stop:
            count = stop_remembered(options.data)
            say(f"{count} nodes stopped." if count else "No demo cluster is running.")
            return 0
        found = read_input(options.input)
        stop_remembered(options.data)
        clear(options.data)
        return Demo(options, found).play()
    except records.BadInput as error:
        say(f"{error}.")
        return 2
    except Unreachable as error:
        say(f"{error}.")
        return 3
    except (Trouble, RespError) as error:
        say(f"{error}.")
        return 4
    except KeyboardInterrupt:
        say("\nStopped.")
        return 4


def read_input(path):
    if path:
        found = records.from_file(path)
        source = path
    elif files := records.package_index_files():
        found = records.packages(files)
        source = f"this machine's Debian package index ({len(files)} file{'s' * (len(files) > 1)})"
    else:
        found = {}
    if not found:
        found = records.made_up(MADE_UP_COUNT)
        source = "a made-up set, as this machine has no Debian package index"
    fields = sum(map(len, found.values()))
    size = sum(len(k) + sum(len(n) + len(v) for n, v in f.items()) for k, f in found.items())
    say(f"{len(found):,} records with {fields:,} fields, {size / 1e6:,.1f} MB, from {source}")
    return found


def pipeline(node, commands, keys_total=None, unit="keys"):
    """Sends commands, an iterable of encoded ones with one-line replies, many at a time. Seconds it took."""
    started = time.monotonic()
    bar = Bar(keys_total, unit) if keys_total else None
    unanswered = []  # how many commands each batch under way holds
    batch, size, answered = [], 0, 0
    with node.connect() as connection:
        def answer():
            nonlocal answered
            count = unanswered.pop(0)
            connection.drain(count)
            answered += count
            if bar:
                bar.at(answered)

        for encoded in commands:
            batch.append(encoded)
            size += len(encoded)
            if size >= BATCH_BYTES:
                connection.send(b"".join(batch))
                unanswered.append(len(batch))
                batch, size = [], 0
                if len(unanswered) >= BATCHES_AHEAD:
                    answer()
        connection.send(b"".join(batch))
        unanswered.append(len(batch))
        while unanswered:
            answer()
    took = time.monotonic() - started
    if bar:
        bar.done(f"{answered:,} {unit} in {seconds(took)}, {answered / took:,.0f}/s")
    return took


def hset_commands(found):
    names = {}  # field names repeat: each is encoded once
    for key, fields in found.items():
        parts = [b"*%d\r\n$4\r\nHSET\r\n" % (2 + 2 * len(fields)), bulk(key)]
        for name, value in fields.items():
            encoded = names.get(name)
            if encoded is None:
                encoded = names[name] = bulk(name)
            parts.append(encoded)
            parts.append(b"$%d\r\n%b\r\n" % (len(value), value))
        yield b"".join(parts)


class Demo:
    def __init__(self, options, found):
        self.options = options
        self.found = found
        self.nodes = []

    def play(self):
        try:
            equal = self.acts()
        except BaseException:
            for node in self.nodes:
                node.stop()
            raise
        if self.options.once:
            for node in self.nodes:
                node.stop()
            say("\nThe cluster is stopped.")
        else:
            self.farewell()
        return 0 if equal else 1

    def acts(self):
        heading("Three nodes, one cluster")
        self.nodes = create_cluster(self.options.bin, self.options.data, NAMES)
        remember(self.options.data, self.nodes)
        for node in self.nodes:
            say(f"  {node.name:<8} {paint(f'redis 127.0.0.1:{node.port}', 'cyan')}   members 127.0.0.1:{node.listen}, "
                "encrypted")

        violin, viola, cello = self.nodes
        heading(f"Import through {violin.name}")
        pipeline(violin, hset_commands(self.found), len(self.found))
        equal = self.show_until_equal("every node holds it")

        heading(f"{cello.name} is killed (SIGKILL); the others go on writing")
        cello.kill()
        deleted, changed = self.write_meanwhile(violin, viola)
        say(f"  {changed:,} keys changed through {violin.name}, {deleted:,} deleted through {viola.name}")
        self.table(self.nodes[:2])
        say(f"  {cello.name:<8} {paint('down', 'red')}")

        heading(f"{cello.name} comes back")
        started = time.monotonic()
        cello.start(seconds=120)
        remember(self.options.data, self.nodes)
        say(f"  answers again after {seconds(time.monotonic() - started)}")
        equal &= self.show_until_equal("all three equal again", started)
        if (received := cello.info().get("received_operations")) is not None:
            say(f"  {int(received):,} operations came over the wire; it had missed {changed + deleted:,}")
        equal &= self.nothing_came_back(cello)
        return equal

    def write_meanwhile(self, first, second):
        """Changes a share of the keys through one node and deletes as many others through the other."""
        draw = random.Random(1)
        keys = sorted(self.found)
        share = max(1, len(keys) // CHANGED_SHARE)
        chosen = draw.sample(keys, min(len(keys), 2 * share))
        changed, self.gone = chosen[:share], chosen[share:]
        pipeline(first, (command("HSET", key, "note", b"changed while cello was down") for key in changed))
        pipeline(second, (command("DEL", key) for key in self.gone))
        return len(self.gone), len(changed)

    def show_until_equal(self, what, started=None):
        """Waits until all fingerprints are equal, and shows them. False, with words, where they never are."""
        started = started or time.monotonic()
        try:
            wait_until(what, self.agree, EQUAL_SECONDS)
        except Trouble as error:
            self.table(self.nodes)
            say(f"  {paint('✗', 'red')} {error}")
            return False
        took = time.monotonic() - started
        self.table(self.nodes)
        say(f"  {paint('✓', 'green')} {what} after {paint(seconds(took), 'bold')}")
        return True

    def agree(self):
        # Clocks are cheap to compare; fingerprints cost a merge, so they are asked for once clocks agree.
        clocks = {node.status()["clock"] for node in self.nodes}
        if len(clocks) > 1:
            return False
        return len({node.fingerprint()["fingerprint"] for node in self.nodes}) == 1

    def table(self, nodes):
        rows = [(node.name, node.call("DBSIZE"), node.fingerprint()["fingerprint"]) for node in nodes]
        first = rows[0][2]
        say(paint(f"  {'node':<8} {'keys':>9}  fingerprint of all rows", "dim"))
        for name, keys, fingerprint in rows:
            say(f"  {name:<8} {keys:>9,}  {paint(fingerprint, 'green' if fingerprint == first else 'yellow')}")

    def nothing_came_back(self, node):
        with node.connect() as connection:
            connection.send(b"".join(command("EXISTS", key) for key in self.gone))
            back = sum(connection.reply() for _ in self.gone)
        if back:
            say(f"  {paint('✗', 'red')} {back:,} deleted keys came back on {node.name}")
            return False
        say(f"  {paint('✓', 'green')} of {len(self.gone):,} deleted keys none came back on {node.name}")
        return True

    def farewell(self):
        violin = self.nodes[0]
        shell = self.options.bin / "tutti"
        try:
            shell = shell.absolute().relative_to(pathlib.Path.cwd())
        except ValueError:
            pass
        key = next(k for k in self.found if k not in set(self.gone)).decode(errors="replace")
        heading("The cluster stays up. Try:")
        say(f"  redis-cli -p {violin.port} hgetall {key}")
        say(f"  {shell} --connect 127.0.0.1:{violin.port}            # interactive: members, status, verify, help")
        say(f"  {shell} --connect 127.0.0.1:{violin.port} verify     # asks every node: exit 0 where all agree")
        say("  tools/demo --stop")
        say(paint(f"  data and logs: {self.options.data}", "dim"))


if __name__ == "__main__":
    sys.exit(main())
