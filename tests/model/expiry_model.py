#!/usr/bin/env python3
"""Executable model of how keys expire (protocol/RULES.md, "Expiry").

One key, two nodes, wall clocks that agree. Every history of three commands is tried, from nothing and from a hash that
both have: each command on either node, and after each the nodes exchange what they have or do not, and time stands still or passes the expiry while one node
reaps. After every step:

  a reaper's delete changes nothing that is seen, at its own node or where it comes later; but what it had not heard
  of, and a dead value hid, shows again, as after a DEL that had not heard of it
  EXPIRE and PERSIST change no value
  nodes with equal clocks have equal rows
  where no time passed, what all see is what one Redis shows after the same commands in some order
  in the end a key that nobody sees has no rows

usage: expiry_model.py                    every history of three commands
       expiry_model.py --break NAME       a rule is left out: some history fails
       expiry_model.py --self-test        each rule left out alone is caught
"""

import argparse
import itertools
import sys

NEVER = float("inf")
BREAKS = {
    "touch-writes-value": "Expiry",    # EXPIRE and PERSIST of a string write its value anew
    "reader-by-payload": "Expiry",     # the reader goes by the payload's own expiry alone
    "reap-before-time": "Expiry",      # the reaper takes what is still seen
    "reap-whole-key": "Expiry",        # the reaper's delete takes what has no expiry, too
    "reap-winner-only": "Expiry",      # the reaper leaves what a dead value hides
    "reap-expiry-first": "Expiry",     # the expiry goes before what it hides
    "reap-hidden-last": "Expiry",      # the rows of another type go after those that hide them
    "dead-touched": "Expiry",          # an expiry brings back what had ended before it, unheard of
    "dead-untaken": "Expiry",          # an expiry brings back what had ended before it, and its writer knew
    "unstamped-elements": "Expiry",    # what is written under an expiry does not carry it
    "no-saving": "Expiry",             # a longer life does not save what a reaper took meanwhile
    "saved-as-new": "Expiry",          # what is saved comes back as the newest
}
COMMANDS = ["SET", "SETEX", "DEL", "INCR", "EXPIRE", "EXPIRE-LONG", "PERSIST", "HSET", "SADD"]
OF_A_HASH = ["SETEX", "DEL", "EXPIRE", "PERSIST", "HSET"]
SHORT, LONG, PASSES = 10, 40, 15
NOTHING = ("none", ())
KINDS = {"r": "string", "h": "hash", "s": "set"}


class Payload:
    """kind: v value, c increment, m member, t expiry. `own`: the expiry it carries. `by`: whose dot it was first.

    The value of an expiry is a time: what carries an expiry before it had ended when it was written.
    """
    __slots__ = ("kind", "own", "hlc", "wall", "value", "by")

    def __init__(self, kind, own, hlc, wall, value, by):
        self.kind, self.own, self.hlc, self.wall, self.value, self.by = kind, own, hlc, wall, value, by


class Op:
    """edits: (row or "*" for the whole key, payload or None, dots named or None for all in the past)."""
    __slots__ = ("dot", "past", "edits", "reaps")

    def __init__(self, dot, past, edits, reaps=False):
        self.dot, self.past, self.edits, self.reaps = dot, past, edits, reaps


def covers(clock, dot):
    return clock.get(dot[0], 0) >= dot[1]


# --- the rule: until when each live payload is seen, and who says so ---

def governing(dots, payload, element):
    """The expiries written after it, before it ended; of an element, also those under which it was written."""
    return [(t.own, dot) for dot, t in dots.items()
            if t.hlc > payload.hlc and payload.own > t.value or element and t.hlc < payload.hlc and t.own > payload.wall]


def end_of(dots, dot, payload, element=True):
    return max(governing(dots, payload, element), default=(payload.own, dot))


def row_ends(row, lives, dots):
    """dot -> (end, whose dot decides)."""
    ends = {}
    values = {d: p for d, p in lives.items() if p.kind == "v"}
    base = max(values, key=lambda d: (values[d].hlc, values[d].by)) if values else None
    if base:
        end = end_of(dots, base, values[base], row != "r")
        for dot in values:              # what the newest hides shares its end
            ends[dot] = end
    for dot, p in lives.items():
        if dot in ends:
            continue
        ends[dot] = end_of(dots, dot, p)
        if base and p.kind == "c" and not (p.own <= values[base].wall or p.wall >= ends[base][0]):
            ends[dot] = ends[base]
    return ends


def judge(rows, now, broken=()):
    """(what a reader sees, (row, dot) -> (end, by), newest (row, dot))."""
    dots = {} if "reader-by-payload" in broken else rows.get("t", {})
    ends, newest = {}, None
    for row, lives in rows.items():
        if row == "t":
            continue
        row_end = row_ends(row, lives, dots)
        for dot, p in lives.items():
            ends[row, dot] = row_end[dot]
            if newest is None or (p.hlc, p.by) > newest[0]:
                newest = ((p.hlc, p.by), (row, dot))
    if newest is None:
        return NOTHING, ends, None
    kind = newest[1][0][0]
    seen = {at: end for at, end in ends.items() if at[0][0] == kind and end[0] > now}
    if not seen:
        return NOTHING, ends, newest[1]
    ttl = max(end for end, _ in seen.values())
    if kind == "s":
        content = tuple(sorted({row for row, _ in seen}))
    else:
        content = tuple(sorted((row, value_of(lives, ends, row, now)) for row, lives in rows.items()
                               if row[0] == kind and any((row, d) in seen for d in lives)))
    return (KINDS[kind], content, ttl), ends, newest[1]


def value_of(lives, ends, row, now):
    values = [p for d, p in lives.items() if p.kind == "v" and ends[row, d][0] > now]
    base = max(values, key=lambda p: (p.hlc, p.by)).value if values else 0
    counts = {p.by: p.value for d, p in lives.items() if p.kind == "c" and ends[row, d][0] > now}
    return base + sum(counts.values())  # an increment that two nodes saved counts once


class Node:
    def __init__(self, name):
        self.name, self.clock, self.rows, self.log, self.hlc, self.saving = name, {}, {}, [], 0, []

    def copy(self):
        twin = Node(self.name)
        twin.clock, twin.rows = dict(self.clock), {r: dict(v) for r, v in self.rows.items()}
        twin.log, twin.hlc, twin.saving = list(self.log), self.hlc, list(self.saving)
        return twin

    def shape(self):
        return {r: frozenset(v) for r, v in self.rows.items() if v}


class World:
    def __init__(self, broken):
        self.broken, self.now, self.nodes = broken, 0, [Node("A"), Node("B")]
        self.serial, self.ops, self.passed = 0, [], False

    def copy(self):
        twin = World(self.broken)
        twin.now, twin.nodes = self.now, [n.copy() for n in self.nodes]
        twin.serial, twin.ops, twin.passed = self.serial, list(self.ops), self.passed
        return twin

    def check(self, ok, what):
        if not ok:
            raise AssertionError(what)

    def see(self, node):
        return judge(node.rows, self.now, self.broken)[0]

    # --- operations ---
    def write(self, node, edits, reaps=False):
        """edits: (row, (kind, own, value) or a saved Payload or None, named)."""
        self.serial += 1
        node.hlc = hlc = self.serial
        dot = (node.name, node.clock.get(node.name, 0) + 1)
        made = []
        for row, brought, named in edits:
            if isinstance(brought, tuple):
                brought = Payload(brought[0], brought[1], hlc, self.now, brought[2], dot)
            made.append((row, brought, named))
        op = Op(dot, dict(node.clock), made, reaps)
        self.apply(node, op)
        return op

    def apply(self, node, op):
        for row, brought, named in op.edits:
            for at in list(node.rows) if row == "*" else [row]:
                lives = node.rows.get(at, {})
                gone = [d for d in lives if (d in named if named is not None else covers(op.past, d))]
                for dot in gone:
                    del lives[dot]
            if brought is not None:
                node.rows.setdefault("r" if row == "*" else row, {})[op.dot] = brought
        node.rows = {r: v for r, v in node.rows.items() if v}
        node.clock[op.dot[0]] = op.dot[1]
        node.log.append(op)

    def receive(self, node, op):
        """`node.saving`: what a reaper's delete took and this node has prolonged, until it is written again."""
        for row, brought, named in op.edits:    # replaced since by whoever had seen it
            if named is None:
                node.saving = [s for s in node.saving if row not in ("*", s[0]) or not covers(op.past, s[1])]
        if not op.reaps:
            return self.apply(node, op)
        before, ends, _ = judge(self.with_saved(node), self.now, self.broken)
        shown = self.shown(node)
        for row, _, named in op.edits:
            for dot in named if row != "*" else ():
                p = node.rows.get(row, {}).get(dot)
                if p is None:
                    continue
                end, by = (p.own, dot) if row == "t" else ends[row, dot]
                # Only whoever prolonged it, and only where the reaper had not heard of that.
                if end > self.now and by[0] == node.name and (row == "t" or not covers(op.past, by)) \
                        and "no-saving" not in self.broken:
                    if "saved-as-new" in self.broken:
                        p = Payload(p.kind, p.own, self.serial + 1, self.now, p.value, p.by)
                    node.saving.append((row, dot, p))
        self.apply(node, op)
        after = self.shown(node)
        uncovered = [after[at] for at in after.keys() - shown.keys()]
        self.check(shown.keys() <= after.keys() and not any(covers(op.past, dot) for dot in uncovered)
                   and (uncovered or judge(self.with_saved(node), self.now, self.broken)[0] == before),
                   f"a reaper's delete changed {before} to {self.see(node)} at {node.name}")

    def save(self, node):
        for row, _, p in node.saving:
            self.write(node, [(row, p, frozenset())])
        node.saving = []

    def with_saved(self, node):
        rows = {row: dict(lives) for row, lives in node.rows.items()}
        for row, dot, p in node.saving:
            rows.setdefault(row, {})[dot] = p
        return rows

    def shown(self, node):
        """The payloads that make up what is seen: (row, whose dot it was first) -> dot."""
        rows = self.with_saved(node)
        seen, ends, _ = judge(rows, self.now, self.broken)
        shown = {}
        for row, lives in rows.items():
            if KINDS.get(row[0]) != seen[0]:
                continue
            alive = {d: p for d, p in lives.items() if ends[row, d][0] > self.now}
            values = [d for d, p in alive.items() if p.kind == "v"]
            newest = max(values, key=lambda d: (alive[d].hlc, alive[d].by), default=None)
            shown.update({(row, p.by): d for d, p in alive.items() if p.kind != "v" or d == newest})
        return shown

    def exchange(self):
        a, b = self.nodes
        for _ in range(4):
            if a.clock == b.clock:
                break
            for to, source in ((a, b), (b, a)):
                for op in [op for op in source.log if not covers(to.clock, op.dot)]:
                    self.receive(to, op)
                self.save(to)
        self.check(a.clock == b.clock and a.shape() == b.shape(), f"equal clocks, unlike rows: {a.rows} {b.rows}")

    # --- commands ---
    def command(self, node, name):
        """False: it changes nothing."""
        seen = self.see(node)
        kind, ttl = seen[0], seen[2] if len(seen) > 2 else NEVER
        value = self.serial + 100
        leftovers = [("*", None, None)] if kind == "none" and node.rows else []
        stamp = NEVER if "unstamped-elements" in self.broken else ttl
        if name in ("SET", "SETEX"):
            edits = [("*", ("v", NEVER if name == "SET" else self.now + SHORT, value), None)]
        elif name == "DEL":
            edits = [("*", None, None)]
        elif name == "INCR":
            edits = leftovers + [("r", ("c", stamp, 1), frozenset())]
        elif name == "HSET":
            edits = leftovers + [("h." + node.name, ("v", stamp, value), None)]
        elif name == "SADD":
            edits = leftovers + [("s.m", ("m", stamp, None), None)]
        else:
            own = {"EXPIRE": self.now + SHORT, "EXPIRE-LONG": self.now + LONG, "PERSIST": NEVER}[name]
            standing = node.rows.get("t", {}).values()
            since = min([t.value for t in standing if t.own > self.now], default=self.now)
            edits = [("t", ("t", own, since if "dead-touched" not in self.broken else -1), None)]
            if any(t.own <= self.now for t in standing) and "dead-untaken" not in self.broken:
                edits += [(row, None, frozenset(dots)) for row, dots in self.dead(node, self.now).items()]
            if "touch-writes-value" in self.broken and kind == "string":
                edits = [("*", ("v", own, seen[1][0][1]), None)]
        needs = {"INCR": "string", "HSET": "hash", "SADD": "set"}.get(name)
        if needs and kind not in ("none", needs):
            return False
        if kind == "none" and name in ("DEL", "EXPIRE", "EXPIRE-LONG", "PERSIST") or name == "PERSIST" and ttl == NEVER:
            return False
        self.ops.append((node.name, self.write(node, edits), name, value))
        if edits[0][0] == "t":
            self.check(self.see(node)[:2] == seen[:2], f"{name} changed {seen} to {self.see(node)}")
        return True

    # --- the reaper ---
    def dead(self, node, now):
        """row -> dots that nobody sees any more, and what a dead value or a dead type hides with it."""
        seen, ends, newest = judge(node.rows, now)
        dead = {}
        for (row, dot), (end, _) in ends.items():
            if end <= now or seen == NOTHING and row[0] != newest[0][0]:
                dead.setdefault(row, set()).add(dot)
        return dead

    def reap(self, node):
        """Row by row, each an operation of its own: what hides others goes last, then the expiry."""
        now = self.now + (SHORT if "reap-before-time" in self.broken else 0)
        before = self.see(node)
        seen, _, newest = judge(node.rows, now)
        dead = self.dead(node, now)
        if "reap-winner-only" in self.broken and newest:
            dead = {newest[0]: {newest[1]}} if seen == NOTHING else {}
        rows = sorted(dead, key=lambda row: (row[0] == newest[0][0], row == newest[0], row))
        if "reap-hidden-last" in self.broken:
            rows.reverse()
        left = {(row, dot) for row, lives in node.rows.items() if row != "t" for dot in lives}
        alone = not left - {(row, dot) for row in dead for dot in dead[row]}
        ended = {dot for dot, t in node.rows.get("t", {}).items() if t.own <= now or alone and t.own == NEVER}
        if ended:
            rows.append("t")
            dead["t"] = ended
            if "reap-expiry-first" in self.broken:
                rows.insert(0, rows.pop())
        for row in rows:
            named = frozenset(dead[row])
            if "reap-whole-key" in self.broken:
                self.write(node, [("*", None, None)], True)
                break
            self.write(node, [(row, None, named)], True)
            self.check(self.see(node) == before, f"{node.name} reaped {row}: {before} became {self.see(node)}")
        self.check(self.see(node) == before, f"{node.name} reaped: {before} became {self.see(node)}")

    def step(self, exchanged, reaper):
        if exchanged:
            self.exchange()
        if reaper is not None:
            self.now += PASSES
            self.passed = True
            self.reap(self.nodes[reaper])

    def is_serial(self, seen):
        """Value and expiry, each as after some order: concurrent increments count beside a newer SET, whose expiry
        holds. An element that outlives a concurrent DEL keeps the expiry that its writer saw."""
        outcomes = serial_outcomes(self.ops)
        ends = {p.own for lives in self.nodes[0].rows.values() for p in lives.values() if p.kind != "t"}
        ends |= {outcome[2] for outcome in outcomes if len(outcome) > 2}
        return seen[:2] in {outcome[:2] for outcome in outcomes} and (len(seen) == 2 or seen[2] in ends)

    def finish(self):
        self.exchange()
        seen = {self.see(n) for n in self.nodes}
        self.check(len(seen) == 1, f"the nodes see {seen}")
        if not self.passed:
            self.check(self.is_serial(seen.pop()), f"{self.see(self.nodes[0])} is of no order of commands")
        self.now += 3 * LONG
        self.step(True, 0)
        self.step(True, 1)
        self.exchange()
        if self.see(self.nodes[0]) == NOTHING:
            self.check(not self.nodes[0].shape(), f"nobody sees {self.nodes[0].rows}")


def serial_outcomes(ops):
    """What one Redis shows after the commands in each order that keeps causes before effects."""
    outcomes = set()
    for order in itertools.permutations(ops):
        done = [op.dot for _, op, _, _ in order]
        if any(covers(op.past, later) for i, (_, op, _, _) in enumerate(order) for later in done[i + 1:]):
            continue
        kind, content, ttl = "none", {}, NEVER
        for node, _, name, value in order:
            if name in ("SET", "SETEX"):
                kind, content, ttl = "string", {"r": value}, NEVER if name == "SET" else SHORT
            elif name == "DEL":
                kind, content, ttl = "none", {}, NEVER
            elif name in ("INCR", "HSET", "SADD"):
                wanted = {"INCR": "string", "HSET": "hash", "SADD": "set"}[name]
                if kind not in ("none", wanted):    # a concurrent command of another type: the newer is seen
                    kind, content, ttl = "none", {}, NEVER
                kind = wanted
                row = {"INCR": "r", "HSET": "h." + node, "SADD": "s.m"}[name]
                content[row] = content.get("r", 0) + 1 if name == "INCR" else value
            elif kind != "none":
                ttl = {"EXPIRE": SHORT, "EXPIRE-LONG": LONG, "PERSIST": NEVER}[name]
        content = tuple(sorted(content)) if kind == "set" else tuple(sorted(content.items()))
        outcomes.add(("none", ()) if kind == "none" else (kind, content, ttl))
    return outcomes


AFTER = [(exchanged, reaper) for exchanged in (False, True) for reaper in (None, 0, 1)]


def explore(world, commands, depth, trace, tally):
    for which, name in itertools.product((0, 1), commands):
        if len(trace) == 1 and which == 1:
            continue                    # the first command is A's: the nodes are alike
        after_command = world.copy()
        here = trace + [f"{'AB'[which]} {name}"]
        try:
            if not after_command.command(after_command.nodes[which], name):
                continue
        except AssertionError as failed:
            raise AssertionError(f"{'; '.join(here)}: {failed}") from None
        whole = after_command.nodes[0].clock == after_command.nodes[1].clock
        for exchanged, reaper in AFTER:
            if exchanged and whole:
                continue
            next_world = after_command.copy()
            there = here + [("exchange, " if exchanged else "") + ("" if reaper is None else f"{'AB'[reaper]} reaps")]
            try:
                next_world.step(exchanged, reaper)
                tally[0] += 1
                if depth == 1:
                    next_world.finish()
            except AssertionError as failed:
                raise AssertionError(f"{'; '.join(there)}: {failed}") from None
            if depth > 1:
                explore(next_world, commands, depth - 1, there, tally)


def run(depth, broken):
    tally = [0]
    try:
        explore(World(broken), COMMANDS, depth, ["begin with nothing"], tally)
        world = World(broken)
        world.command(world.nodes[0], "HSET")
        world.exchange()
        explore(world, OF_A_HASH, depth, ["begin with a hash"], tally)
    except AssertionError as failed:
        return tally[0], str(failed)
    return tally[0], None


def self_test(depth):
    missed = 0
    for name, heading in BREAKS.items():
        _, failed = run(depth, {name})
        missed += failed is None
        print(f"{heading}, {name}: " + (f"caught by {failed[:150]}" if failed else "not caught"))
    print(f"self-test: {len(BREAKS)} breaks, {missed} not caught")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=3, help="in each history")
    parser.add_argument("--break", dest="broken", action="append", default=[], choices=BREAKS)
    parser.add_argument("--self-test", action="store_true", help="leave out each rule in turn")
    args = parser.parse_args()
    if args.self_test:
        return self_test(args.commands)
    steps, failed = run(args.commands, set(args.broken))
    print(failed or f"every history of {args.commands} commands holds; {steps} steps")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
