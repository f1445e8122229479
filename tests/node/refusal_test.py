"""What is wrong is refused: in words to the user, with the exit code that fits, and with silence to strangers."""

import os
import random
import select
import socket
import time
import unittest

from cluster import free_port, wait_until
from cluster_case import ClusterTest, tuttid
from resp import Connection, RespError, command

USAGE, UNREACHABLE, TROUBLE = 2, 3, 4


class Refusal(ClusterTest):
    def refused(self, done, code, *words):
        self.assertEqual(code, done.returncode, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(1, len(done.stderr.strip().splitlines()), done.stderr)

    def left_nothing(self, name):
        self.assertEqual([], [f for f in os.listdir(self.base) if name in f])


class Joining(Refusal):
    def join(self, token, name="new"):
        return tuttid("join", token, "--data", self.directory(name), "--listen", f"127.0.0.1:{free_port()}")

    def test_a_token_is_good_once(self):
        a, _ = self.cluster(2)
        token = a.token()
        self.assertEqual(0, self.join(token, "first").returncode)
        self.refused(self.join(token), UNREACHABLE, "used already")
        self.left_nothing("new")
        a.kill()
        a.start()
        self.refused(self.join(token), UNREACHABLE, "used already")

    def test_an_expired_token_is_refused(self):
        a = self.node("a").init().start()
        token = a.token(seconds=1)
        expiry = time.time() + 1
        wait_until("the token has expired", lambda: time.time() > expiry)
        self.refused(self.join(token), UNREACHABLE, "expired")
        self.left_nothing("new")

    def test_a_token_of_another_cluster_is_refused(self):
        a = self.node("a").init().start()
        token = a.token()
        a.kill()
        self.node("b", listen=a.listen).init().start()
        self.refused(self.join(token), UNREACHABLE)
        self.left_nothing("new")

    def test_a_mistyped_token_is_refused(self):
        a = self.node("a").init().start()
        token = a.token()
        at = len(token) // 2
        self.refused(self.join(token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]), UNREACHABLE, "mistyped")
        self.refused(self.join("tutti"), UNREACHABLE, "not a join token")
        self.left_nothing("new")

    def test_seeds_that_nobody_answers_at(self):
        a = self.node("a").init().start()
        token = a.token()
        a.kill()
        self.refused(self.join(token), UNREACHABLE, f"127.0.0.1:{a.listen}")
        self.left_nothing("new")

    def test_a_directory_that_is_a_node_already(self):
        a = self.node("a").init().start()
        self.refused(tuttid("join", a.token(), *a.flags()), USAGE, "tutti.toml")
        self.refused(tuttid("init", *a.flags()), USAGE, "tutti.toml")
        os.mkdir(self.directory("full"))
        with open(os.path.join(self.directory("full"), "mine"), "w", encoding="ascii") as file:
            file.write("mine")
        self.refused(tuttid("init", "--data", self.directory("full")), USAGE, "not an empty directory")

    def test_only_a_node_with_the_cluster_key_invites(self):
        _, b = self.cluster(2)
        with self.assertRaises(RespError):
            b.call("TUTTI.INVITE", 60)


class Starting(Refusal):
    def start(self, node):
        return tuttid("run", "--data", node.directory)

    def test_unknown_missing_and_wrong_keys_are_named_with_their_line(self):
        a = self.node("a").init()
        path = os.path.join(a.directory, "tutti.toml")
        with open(path, encoding="utf-8") as file:
            whole = file.read()

        def with_config(text):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return self.start(a)

        line = whole.count("\n") + 1
        self.refused(with_config(whole + 'colour = "red"\n'), USAGE, f"tutti.toml:{line}", "`colour`")
        self.refused(with_config(whole.replace("\nlisten =", "\n# listen =")), USAGE, "`listen` is missing")
        at = whole[:whole.index("\ndurability =")].count("\n") + 2
        self.refused(with_config(whole.replace('durability = "always"', 'durability = "often"')), USAGE,
                     f"tutti.toml:{at}", "`durability`")
        self.refused(with_config(whole.replace('memory = "512MiB"', "memory = 512")), USAGE, "`memory`", "quotes")
        self.refused(with_config(whole + "\n[[[\n"), USAGE, "tutti.toml:")

    def test_a_door_open_to_others_needs_a_password(self):
        a = self.node("a").init()
        for door in ("resp", "http"):
            a.set_config(door, f"0.0.0.0:{free_port()}")
            self.refused(self.start(a), USAGE, door, "password")
            a.set_config(door, f"127.0.0.1:{free_port()}")
        self.refused(tuttid("init", "--data", self.directory("b"), "--resp", "0.0.0.0:4401"), USAGE, "password")
        self.left_nothing("b")

    def test_with_a_password_nothing_is_done_before_it_was_given(self):
        a = self.node("a").init().set_config("password", "sesame")
        a.set_config("resp", f"0.0.0.0:{a.port}")
        a.password = "sesame"
        a.start()
        with Connection("127.0.0.1", a.port) as client:
            with self.assertRaisesRegex(RespError, "^NOAUTH"):
                client.call("GET", "k")
            with self.assertRaisesRegex(RespError, "^WRONGPASS"):
                client.call("AUTH", "open")
            self.assertEqual(b"OK", client.call("AUTH", "sesame"))
            self.assertEqual(b"OK", client.call("SET", "k", "v"))

    def test_a_directory_in_use(self):
        a = self.node("a").init().start()
        self.refused(self.start(a), TROUBLE, str(a.directory))
        self.assertEqual(b"PONG", a.call("PING"))

    def test_a_port_in_use_is_named(self):
        a = self.node("a").init().start()
        b = self.node("b", listen=a.listen).init()
        self.refused(self.start(b), UNREACHABLE, str(a.listen), "listen")
        c = self.node("c", resp=a.port).init()
        self.refused(self.start(c), UNREACHABLE, str(a.port), "resp")

    def test_no_node_there(self):
        self.refused(tuttid("run", "--data", self.directory("none")), USAGE, "no tutti.toml")

    def test_damaged_files_are_told_and_nothing_is_made_up(self):
        a = self.node("a").init().start()
        a.pipeline([("SET", f"k{i}", "v" * 50) for i in range(1000)])
        self.assertEqual(0, a.stop())
        store = os.path.join(a.directory, "store")
        names = sorted(os.listdir(store))
        tables = [f for f in names if f.endswith(".sst")]
        manifest = next(f for f in names if f.startswith("MANIFEST"))
        for path in ("node.key", "certificate", "cluster.secret", "cluster.key", f"store/{tables[-1]}", f"store/{manifest}",
                     "store/CURRENT"):
            self.damage(os.path.join(a.directory, path), lambda: self.refused(self.start(a), TROUBLE))
        a.start()
        self.assertEqual(1000, a.call("DBSIZE"))

    def damage(self, path, meanwhile):
        """Cuts the file in half, then puts it back."""
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "r+b") as file:
            file.truncate(len(whole) // 2)
        with self.subTest(damaged=path):
            meanwhile()
        with open(path, "wb") as file:
            file.write(whole)

    def test_keys_of_a_newer_format_are_told_from_damage(self):
        a = self.node("a").init()
        path = os.path.join(a.directory, "node.key")
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "wb") as file:
            file.write(whole.replace(b"tutti-keys-1", b"tutti-keys-2"))
        self.refused(self.start(a), TROUBLE, "newer")

    def test_flags_that_are_none(self):
        for flags in (["run"], ["run", "--data"], ["fly"], [], ["init", "--data", "x", "--colour", "red"]):
            self.assertEqual(USAGE, tuttid(*flags).returncode, flags)
        self.assertEqual(0, tuttid("--help").returncode)


class Strangers(Refusal):
    def test_garbage_on_the_cluster_port_gets_not_one_byte(self):
        a = self.node("a").init().start()
        dice = random.Random(7)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", a.listen))
            for size in (0, 1, 3, 4, 16, 31, 32, 148, 176, 500, 1200, 9000, 60000):
                for kind in range(10):
                    udp.send((bytes([kind, 0, 0, 0]) + dice.randbytes(size))[:size])
            answered, _, _ = select.select([udp], [], [], 0.5)
            self.assertEqual([], answered)
        self.assertEqual(b"PONG", a.call("PING"))

    def test_garbage_over_tcp_is_closed_without_a_byte(self):
        a = self.node("a").init().start()
        dice = random.Random(7)
        for garbage in (b"GET / HTTP/1.1\r\n\r\n" * 10, dice.randbytes(100_000), b"\x00" * 70_000, b"\xff" * 70_000):
            with socket.create_connection(("127.0.0.1", a.listen), timeout=30) as tcp:
                try:
                    tcp.sendall(garbage)
                    self.assertEqual(b"", tcp.recv(1))
                except ConnectionError:
                    pass  # a reset is as silent
        self.assertEqual(b"PONG", a.call("PING"))


class Requests(Refusal):
    def raw(self, node, request):
        with node.connect() as client:
            client.send(request)
            got = b""
            while data := client.socket.recv(65536):
                got += data
            return got

    def test_malformed_requests_get_the_words_of_redis_and_are_closed(self):
        a = self.node("a").init().start()
        for request, words in (
            (b"*1\r\n+PING\r\n", b"expected '$', got '+'"),
            (b"*x\r\n", b"invalid multibulk length"),
            (b"*2000000\r\n", b"invalid multibulk length"),
            (b"*1\r\n$x\r\n", b"invalid bulk length"),
            (b"*1\r\n$-5\r\n", b"invalid bulk length"),
            (b'SET "unbalanced\r\n', b"unbalanced quotes in request"),
            (b"A" * 70_000, b"too big inline request"),
            (b"*" + b"1" * 70_000, b"too big mbulk count string"),
        ):
            self.assertEqual(b"-ERR Protocol error: " + words + b"\r\n", self.raw(a, request))
        # What came before it is answered first.
        self.assertEqual(b"+PONG\r\n-ERR Protocol error: expected '$', got '!'\r\n", self.raw(a, b"PING\r\n*1\r\n!\r\n"))

    def test_a_header_takes_no_memory(self):
        a = self.node("a").init().start()
        before = a.rss_bytes()
        too_big = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n"
        self.assertEqual(b"-ERR Protocol error: invalid bulk length\r\n", self.raw(a, too_big))
        waiting = [a.connect() for _ in range(50)]
        for client in waiting:  # allowed, and never sent
            client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nbeginning")
        self.assertEqual(b"PONG", a.call("PING"))
        self.assertLess(a.rss_bytes() - before, 32 << 20)
        for client in waiting:
            client.close()

    def test_a_large_value_goes_in_and_out(self):
        a = self.node("a").init().start()
        value = random.Random(3).randbytes(24 << 20)
        self.assertEqual(b"OK", a.call("SET", "large", value))
        self.assertEqual(value, a.call("GET", "large"))

    def test_a_client_that_does_not_read_is_not_read_either(self):
        a = self.node("a").init().start()
        a.call("SET", "k", b"v" * (1 << 20))
        before = a.rss_bytes()
        with a.connect() as client:
            client.send(command("GET", "k") * 1000 + command("PING"))  # a gigabyte of replies
            for _ in range(20):
                self.assertEqual(b"PONG", a.call("PING"))
            self.assertLess(a.rss_bytes() - before, 512 << 20)  # half of it; a sanitizer keeps what was freed
            for _ in range(1000):
                self.assertEqual(1 << 20, len(client.reply()))
            self.assertEqual(b"PONG", client.reply())

    def test_a_client_that_ends_its_sending_still_gets_its_replies(self):
        a = self.node("a").init().start()
        with a.connect() as client:
            client.send(command("SET", "k", "v") + command("TUTTI.FINGERPRINT"))
            client.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(b"OK", client.reply())
            self.assertEqual(b"node", client.reply()[0])

    def test_quit_is_answered_and_closes(self):
        a = self.node("a").init().start()
        self.assertEqual(b"+OK\r\n+OK\r\n", self.raw(a, b"SET k v\r\nQUIT\r\nSET k w\r\n"))
        self.assertEqual(b"v", a.call("GET", "k"))


if __name__ == "__main__":
    unittest.main()
