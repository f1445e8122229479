"""A disk that fills up or fails: told in words on every door, reads go on, and a full one goes on by itself."""

import errno
import os
import pathlib
import random
import shutil
import subprocess
import unittest

from cluster import Node, as_dict, wait_until
from cluster_case import TUTTID, ClusterTest, tuttid
from resp import RespError, Unreachable

TROUBLE = 4
DISK_MIB = 192


def value(i):
    """Bytes that no compression makes less of."""
    return random.Random(i).randbytes(20_000)


class Disks(ClusterTest):
    def small_disk(self):
        """A file system of its own, in memory. Skips where that may not be mounted."""
        path = self.directory("disk")
        os.mkdir(path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tutti-test", path],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            self.skipTest(f"no file system may be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=False)
        return path

    def node_on(self, disk, name="a"):
        node = Node(TUTTID.parent, disk, name)
        node.log = type(node.log)(self.directory(f"{name}.log"))
        self.nodes.append(node)
        return node

    def fill(self, disk, name="filler", leave_mib=0):
        while True:
            stat = os.statvfs(disk)
            size = stat.f_bavail * stat.f_frsize - (leave_mib << 20)
            if size <= 0:
                return
            with open(os.path.join(disk, name), "wb") as file:
                try:
                    return os.posix_fallocate(file.fileno(), 0, size)
                except OSError as error:  # the node took some of it just now
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self, disk):
        os.unlink(os.path.join(disk, "filler"))

    def health(self, node):
        info, status = node.info(), node.status()
        while info["health"] != status["health"]:  # it changed between the two
            before, info, status = status, node.info(), node.status()
            self.assertIn(info["health"], (before["health"], status["health"]))
        self.assertEqual(status["health"] == "ok", info["accepts_writes"] == "1")
        self.assertEqual(status["health"] == "ok", status["trouble"] == "")
        return status["health"]

    def test_a_full_disk_refuses_writes_in_words_and_goes_on_by_itself(self):
        disk = self.small_disk()
        a = self.node_on(disk).init().set_config("memory", "16MiB").start()
        b = self.node("b").join(a).start()
        a.call("SET", "key", "before")
        self.converge([a, b])
        self.fill(disk)
        wait_until("the full disk is noticed", lambda: self.health(a) == "disk full")
        with a.connect() as client:
            with self.assertRaisesRegex(RespError, "MISCONF.*is full.*go on by themselves"):
                client.call("SET", "key", "refused")
            self.assertEqual(b"before", client.call("GET", "key"))
            self.assertEqual(1, client.call("DBSIZE"))
            with self.assertRaisesRegex(RespError, "is full"):
                client.call("TUTTI.FINGERPRINT")
            wait_until("the other node knows", lambda: self.member(b, "a") == ("alive", "disk full"))
            b.call("SET", "meanwhile", "at b")
            self.make_room(disk)
            wait_until("writes go on", lambda: self.health(a) == "ok")
            # The same connection, the same process.
            self.assertEqual(b"OK", client.call("SET", "key", "after"))
        wait_until("what b wrote has come", lambda: a.call("GET", "meanwhile") == b"at b")
        self.converge([a, b])
        self.assertEqual(0, a.stop())

    def test_writers_that_fill_the_disk_lose_nothing_that_was_acknowledged(self):
        disk = self.small_disk()
        a = self.node_on(disk).init().set_config("memory", "16MiB").start()
        acknowledged = []
        with a.connect() as client:
            for i in range(20_000):
                try:
                    client.call("SET", f"key:{i}", value(i))
                except RespError as error:
                    self.assertIn("is full", str(error))
                    break
                acknowledged.append(i)
            else:
                self.fail("the disk never filled up")
            self.assertGreater(len(acknowledged), 100)
            self.fill(disk)
            for i in acknowledged[::50]:
                self.assertEqual(value(i), client.call("GET", f"key:{i}"))
        a.kill()
        os.unlink(os.path.join(disk, "filler"))
        self.fill(disk, leave_mib=8)  # a start makes some small files
        a.start()
        for i in acknowledged[::50]:
            self.assertEqual(value(i), a.call("GET", f"key:{i}"))
        self.assertEqual(0, a.stop())
        a.start()
        for i in acknowledged:
            self.assertEqual(value(i), a.call("GET", f"key:{i}"))

    def test_a_disk_that_fails_is_told_on_every_door_and_by_the_exit_code(self):
        a, b = self.cluster(2)
        a.call("SET", "key", "value")
        self.converge([a, b])
        a.stop()
        limit = ["prlimit", f"--fsize={self.log_size(a) + 4096}", *map(str, a.arguments)]
        a.arguments = limit  # a write beyond it fails, as one to a broken disk
        a.start()
        words = None
        with a.connect() as client:
            try:
                for _ in range(100):
                    client.call("SET", "large", b"x" * 100_000)
            except RespError as error:
                words = str(error)
            except Unreachable:
                self.fail("disconnected without a word")
        self.assertRegex(words, "MISCONF")
        self.assertEqual("disk failed", self.health(a))
        self.assertEqual(b"value", a.call("GET", "key"))
        wait_until("the other node knows", lambda: self.member(b, "a") == ("alive", "disk failed"))
        shell = subprocess.run([TUTTID.parent / "tutti", "--connect", f"127.0.0.1:{a.port}", "status"],
                               capture_output=True, text=True, check=False)
        self.assertEqual(TROUBLE, shell.returncode, shell.stdout + shell.stderr)
        self.assertIn("disk failed", shell.stdout)
        self.assertEqual(TROUBLE, a.stop())

    def damage_the_end_of_the_log(self, node):
        store = os.path.join(node.directory, "store")
        log = max((os.path.join(store, name) for name in os.listdir(store) if name.endswith(".log")))
        os.truncate(log, os.path.getsize(log) // 2)

    def refused(self, node, *words):
        done = tuttid("run", "--data", node.directory)
        self.assertEqual(TROUBLE, done.returncode, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_lone_node_that_lost_the_end_of_its_log_does_not_go_on_by_itself(self):
        a = self.node("a").init().start()
        with a.connect() as client:
            for i in range(50):
                client.call("SET", f"key:{i}", "x" * 100)
        a.kill()
        a.start()
        self.assertEqual("", a.status()["lost"])
        with a.connect() as client:
            for i in range(50, 100):
                client.call("SET", f"key:{i}", "x" * 100)
        a.kill()
        self.damage_the_end_of_the_log(a)
        for _ in range(2):
            self.refused(a, "lost its end", "--accept-loss")
        plain = list(a.arguments)
        a.arguments = [*plain, "--accept-loss"]
        a.start()
        self.assertRegex(a.status()["lost"], "log records [0-9]+ to [0-9]+")
        self.assertTrue(50 <= a.call("DBSIZE") < 100)
        self.assertEqual(0, a.stop())
        a.arguments = plain
        a.start()
        self.assertEqual("", a.status()["lost"])

    def test_a_member_that_lost_the_end_of_its_log_gets_it_from_the_others(self):
        a, b = self.cluster(2)
        with a.connect() as client:
            for i in range(100):
                client.call("SET", f"key:{i}", "x" * 100)
        self.converge([a, b])
        with a.connect() as client:
            for i in range(100, 200):
                client.call("SET", f"key:{i}", "x" * 100)
        wait_until("b has all", lambda: b.call("DBSIZE") == 200)
        a.kill()
        self.damage_the_end_of_the_log(a)
        a.start()
        self.assertRegex(a.status()["lost"], "log records [0-9]+ to [0-9]+")
        self.converge([a, b])
        self.assertEqual(200, a.call("DBSIZE"))

    def test_a_store_that_is_gone_is_no_new_one(self):
        a, b = self.cluster(2)
        a.call("SET", "key", "value")
        self.converge([a, b])
        a.stop()
        shutil.rmtree(os.path.join(a.directory, "store"))
        self.refused(a, "missing or empty", "--accept-loss")
        os.mkdir(os.path.join(a.directory, "store"))
        self.refused(a, "missing or empty", "--accept-loss")
        a.arguments = [*a.arguments, "--accept-loss"]
        a.start()
        self.converge([a, b])
        self.assertEqual(b"value", a.call("GET", "key"))

    def test_a_damaged_list_of_members_is_noticed(self):
        a, b = self.cluster(2)
        b.stop()
        path = os.path.join(b.directory, "members")
        whole = pathlib.Path(path).read_bytes()
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 1
        pathlib.Path(path).write_bytes(damaged)
        self.refused(b, "members is damaged")
        # One written before there were checksums.
        first_line = whole.index(b"\n") + 1
        pathlib.Path(path).write_bytes(whole[first_line:-4])
        b.start()
        self.converge([a, b])

    def log_size(self, node):
        store = os.path.join(node.directory, "store")
        return max(os.path.getsize(os.path.join(store, name)) for name in os.listdir(store) if name != "reserve")

    def member(self, node, name):
        for member in map(as_dict, node.call("TUTTI.MEMBERS")):
            if member["name"] == name:
                return member["state"], member["health"]
        return None


if __name__ == "__main__":
    unittest.main()
