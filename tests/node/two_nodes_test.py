"""The table of README.md, "What happens when two nodes write the same key", row by row, on nodes that were apart."""

import pathlib
import re
import time
import unittest

from cluster_case import ClusterTest

README = pathlib.Path(__file__).parents[2] / "README.md"
HEADING = "## What happens when two nodes write the same key"
WRITES = ("SET", "DEL", "INCR", "EXPIRE", "PERSIST", "HSET", "SADD")


def rows():
    """[(before, first, later, [(question, answer)])], commands as lists of words."""
    text = README.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0]
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or "`" not in cells[1]:
            continue
        before, first, later = ([words.split() for words in re.findall("`([^`]+)`", cell)] for cell in cells[:3])
        shown = [(question.split(), answer) for question, answer in re.findall("`([^`]+)` ([^,]+)", cells[3])]
        found.append((before, first[0], later[0], shown))
    return found


def of_key(words, key):
    return [key if word == "k" else word for word in words]


def text(reply):
    if isinstance(reply, list):
        return " ".join(sorted(text(item) for item in reply))
    return reply.decode() if isinstance(reply, bytes) else str(reply)


class TwoNodes(ClusterTest):
    def test_the_table_has_a_row_for_each_pair_of_commands(self):
        said = {frozenset((first[0], later[0])) for _, first, later, _ in rows()}
        for one in WRITES:
            for other in WRITES:
                self.assertIn(frozenset((one, other)), said)

    def test_each_row_of_the_table_is_so(self):
        a, b = self.cluster(2)
        table = list(enumerate(rows()))
        for i, (before, _, _, _) in table:
            for words in before:
                a.call(*of_key(words, f"row{i}"))
        self.converge([a, b])
        b.stop()
        for i, (_, first, _, _) in table:
            a.call(*of_key(first, f"row{i}"))
        a.stop()
        time.sleep(0.01)    # later by the wall clock, too
        b.start()
        for i, (_, _, later, _) in table:
            b.call(*of_key(later, f"row{i}"))
        a.start()
        self.converge([a, b])
        for node in (a, b):
            for i, (before, first, later, shown) in table:
                for question, answer in shown:
                    with self.subTest(node=node.name, before=before, first=first, later=later, question=question):
                        reply = text(node.call(*of_key(question, f"row{i}")))
                        if question[0] == "TTL" and int(answer) > 0:
                            self.assertTrue(int(answer) - 45 <= int(reply) <= int(answer), reply)
                        else:
                            self.assertEqual(answer.strip(), reply)

    def test_a_life_that_was_prolonged_apart_is_not_lost_to_the_reaper(self):
        a, b = self.cluster(2)
        makes = {"string": ("SET", "7"), "counter": ("INCRBY", "7"), "hash": ("HSET", "f", "7"), "set": ("SADD", "7")}
        for key, (command, *rest) in makes.items():
            a.call(command, key, *rest)
            a.call("PEXPIRE", key, 6000)
            a.call(command, "p" + key, *rest)
            a.call("PEXPIRE", "p" + key, 6000)
        self.converge([a, b])
        a.stop()
        for key in makes:
            self.assertEqual(1, b.call("EXPIRE", key, 600))
            self.assertEqual(1, b.call("PERSIST", "p" + key))
        b.stop()
        time.sleep(6.5)
        a.start()
        deadline = time.monotonic() + 20
        while a.call("DBSIZE") != 0 and time.monotonic() < deadline:    # the reaper has come
            time.sleep(0.1)
        self.assertEqual(0, a.call("DBSIZE"))
        b.start()
        self.converge([a, b])
        for node in (a, b):
            for key in makes:
                self.assertEqual(1, node.call("EXISTS", key), key)
                self.assertTrue(500 < node.call("TTL", key) <= 600, key)
                self.assertEqual(-1, node.call("TTL", "p" + key), key)
            self.assertEqual([b"7", b"7"], [node.call("GET", "string"), node.call("GET", "counter")])


if __name__ == "__main__":
    unittest.main()
