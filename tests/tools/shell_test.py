"""The shell against a server that says what each test wants to hear: words, JSON documents and exit codes.

usage: shell_test.py TUTTI"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

TUTTI = sys.argv.pop(1)
DONE, NO, USAGE, UNREACHABLE, TROUBLE = range(5)


class FakeNode:
    """Speaks RESP on a loopback port. Replies are looked up by the command's words; an unknown one is refused.
    Notes what it was asked. Faults: None as a reply closes the connection, "" never answers."""

    def __init__(self, replies):
        self.replies = {"HELLO 3": b"%1\r\n$5\r\nproto\r\n:3\r\n", **replies}
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.server = threading.Thread(target=self.serve, daemon=True)
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Joined before it is closed: the next node's listener may get the same descriptor, and this one's thread
        # would take its connections.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.server.join()
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(stream.readline()[1:])
                    words.append(stream.read(size + 2)[:-2].decode())
                said = " ".join(words)
                self.asked.append(said)
                reply = self.replies.get(said, b"-ERR unknown command\r\n")
                if reply is None:
                    return
                connection.sendall(reply)


def tutti(*arguments, typed="", environment=None):
    run = subprocess.run([TUTTI, *arguments], input=typed.encode(), capture_output=True, timeout=30,
                         env={**os.environ, **(environment or {})})
    return run.returncode, run.stdout, run.stderr.decode()


def bulk(text):
    return b"$%d\r\n%b\r\n" % (len(text), text)


def node_map(name, fingerprint):
    return b"%3\r\n" + b"".join(map(bulk, [b"node", name, b"fingerprint", fingerprint])) + bulk(b"keys") + b":7\r\n"


class Shell(unittest.TestCase):
    def ask(self, replies, *words, **options):
        with FakeNode(replies) as node:
            outcome = tutti("--connect", node.address, *words, **options)
            self.asked = node.asked
            return outcome

    def test_a_value_is_printed_as_it_is(self):
        code, out, _ = self.ask({"GET k": bulk(b"\xffraw")}, "get", "k")
        self.assertEqual((code, out), (DONE, b"\xffraw\n"))

    def test_a_missing_key_is_a_no_and_standard_output_stays_empty(self):
        code, out, words = self.ask({"GET k": b"_\r\n"}, "get", "k")
        self.assertEqual((code, out), (NO, b""))
        self.assertIn("no such key", words)

    def test_json_is_one_document_with_stable_names(self):
        replies = {"GET k": bulk(b"v"), "GET none": b"_\r\n", "GET bin": bulk(b"\xff\x00"), "DEL k": b":1\r\n",
                   "HGETALL h": b"%1\r\n" + bulk(b"f") + bulk(b"v"), "PING": b"+PONG\r\n"}
        for words, code, document in [
                (["get", "k"], DONE, {"value": "v"}),
                (["get", "none"], NO, {"value": None}),
                (["get", "bin"], DONE, {"value": {"hex": "ff00"}}),
                (["del", "k"], DONE, {"deleted": 1}),
                (["hgetall", "h"], DONE, {"fields": {"f": "v"}}),
                (["PING"], DONE, {"reply": "PONG"}),
                (["get"], USAGE, {"error": "usage: get KEY", "exit": USAGE}),
                (["nonsense"], USAGE, {"error": "ERR unknown command", "exit": USAGE})]:
            with self.subTest(words=words):
                got, out, _ = self.ask(replies, "--json", *words)
                self.assertEqual((got, json.loads(out)), (code, document))

    def test_json_is_understood_behind_a_command_too(self):
        _, out, _ = self.ask({"GET k": bulk(b"v")}, "get", "k", "--json")
        self.assertEqual(json.loads(out), {"value": "v"})
        self.ask({"SET k --json": b"+OK\r\n"}, "set", "k", "--json")
        self.assertIn("SET k --json", self.asked)

    def test_status_tells_of_trouble_by_its_exit_code(self):
        def status(trouble):
            return b"%2\r\n" + b"".join(map(bulk, [b"name", b"viola", b"trouble", trouble]))
        self.assertEqual(self.ask({"TUTTI.STATUS": status(b"")}, "status")[:2], (DONE, b"name     viola\ntrouble  -\n"))
        self.assertEqual(self.ask({"TUTTI.STATUS": status(b"disk full")}, "status")[0], TROUBLE)

    def test_members_are_a_table(self):
        member = b"%2\r\n" + b"".join(map(bulk, [b"name", b"viola", b"state", b"alive"]))
        code, out, _ = self.ask({"TUTTI.MEMBERS": b"*1\r\n" + member}, "members")
        self.assertEqual((code, out), (DONE, b"name   state\nviola  alive\n"))

    def test_verify_is_yes_only_where_all_agree(self):
        def verdict(agree, silent):
            return (b"%3\r\n" + bulk(b"agree") + (b"#t\r\n" if agree else b"#f\r\n") + bulk(b"nodes") + b"*2\r\n" +
                    node_map(b"a", b"11") + node_map(b"b", b"11" if agree else b"22") + bulk(b"silent") +
                    b"*%d\r\n" % len(silent) + b"".join(map(bulk, silent)))
        code, out, _ = self.ask({"TUTTI.VERIFY": verdict(True, [])}, "verify")
        self.assertEqual(code, DONE)
        self.assertIn(b"All 2 nodes hold the same state.", out)
        code, out, _ = self.ask({"TUTTI.VERIFY": verdict(False, [])}, "--json", "verify")
        self.assertEqual((code, json.loads(out)["agree"]), (NO, False))
        code, out, _ = self.ask({"TUTTI.VERIFY": verdict(False, [b"c"])}, "verify")
        self.assertEqual(code, NO)
        self.assertIn(b"1 of 3 nodes did not answer", out)

    def test_scan_follows_the_cursor_and_names_every_key_once(self):
        replies = {"SCAN 0 COUNT 1000 MATCH k*": b"*2\r\n" + bulk(b"9") + b"*2\r\n" + bulk(b"k2") + bulk(b"k1"),
                   "SCAN 9 COUNT 1000 MATCH k*": b"*2\r\n" + bulk(b"0") + b"*1\r\n" + bulk(b"k2")}
        self.assertEqual(self.ask(replies, "scan", "k*")[:2], (DONE, b"k1\nk2\n"))

    def test_an_invitation_has_its_time_in_seconds(self):
        replies = {"TUTTI.INVITE 900 observer": bulk(b"tutti1-x"), "TUTTI.INVITE 3600 replica": b"-ERR no cluster key\r\n"}
        code, out, _ = self.ask(replies, "invite", "--ttl", "15m", "--role", "observer")
        self.assertEqual((code, out), (DONE, b"tutti1-x\n"))
        self.assertEqual(self.ask(replies, "invite")[0], UNREACHABLE)
        for wrong in (["--ttl"], ["--ttl", "15"], ["--ttl", "0s"], ["--role", "king"], ["--for", "me"]):
            self.assertEqual(self.ask(replies, "invite", *wrong)[0], USAGE, wrong)

    def test_a_transfer_that_waits_is_told_and_decided(self):
        replies = {"TUTTI.TRANSFER": b"*4\r\n" + bulk(b"waiting") + b":1\r\n" + bulk(b"source") + bulk(b"cello"),
                   "TUTTI.TRANSFER allow": b"+OK\r\n"}
        code, out, _ = self.ask(replies, "--json", "transfer")
        self.assertEqual((code, json.loads(out)["source"]), (DONE, "cello"))
        self.assertEqual(self.ask(replies, "transfer", "allow")[0], DONE)
        self.assertEqual(self.ask(replies, "transfer", "allow", "deny")[0], USAGE)

    def test_error_replies_have_their_exit_codes(self):
        for reply, code in [(b"-NOAUTH Authentication required.\r\n", UNREACHABLE), (b"-READONLY an observer\r\n", UNREACHABLE),
                            (b"-MISCONF the disk\r\n", TROUBLE), (b"-WRONGTYPE no\r\n", USAGE), (None, UNREACHABLE),
                            (b"nonsense\r\n", UNREACHABLE)]:
            with self.subTest(reply=reply):
                self.assertEqual(self.ask({"GET k": reply}, "get", "k")[0], code)

    def test_a_node_that_never_answers_is_given_up(self):
        code, _, words = self.ask({"GET k": b""}, "--timeout", "0.2", "get", "k")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn("gave no answer", words)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, _, words = tutti("--connect", f"127.0.0.1:{port}", "status")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn(f"127.0.0.1:{port}", words)

    def test_the_password_is_sent_and_a_wrong_one_told(self):
        replies = {"HELLO 3": b"-NOAUTH first the password\r\n", "HELLO 3 AUTH default pw": b"%0\r\n",
                   "HELLO 3 AUTH default no": b"-WRONGPASS invalid\r\n", "GET k": bulk(b"v")}
        self.assertEqual(self.ask(replies, "--password", "pw", "get", "k")[0], DONE)
        self.assertEqual(self.ask(replies, "get", "k", environment={"TUTTI_PASSWORD": "pw"})[0], DONE)
        code, _, words = self.ask(replies, "--password", "no", "get", "k")
        self.assertEqual(code, UNREACHABLE)
        self.assertIn("does not take this password", words)
        self.assertIn("asks for a password", self.ask(replies, "get", "k")[2])

    def test_a_server_without_resp3_is_spoken_to_in_resp2(self):
        replies = {"HELLO 3": b"-ERR unknown command\r\n", "HGETALL h": b"*2\r\n" + bulk(b"f") + bulk(b"v")}
        self.assertEqual(self.ask(replies, "hgetall", "h")[:2], (DONE, b"f  v\n"))

    def test_door_and_password_come_from_the_nodes_directory(self):
        replies = {"HELLO 3 AUTH default pw": b"%0\r\n", "GET k": bulk(b"v")}
        with FakeNode(replies) as node, tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "tutti.toml"
            file.write_text(f'name = "a"\nresp = "{node.address}"\npassword = "pw"\n')
            self.assertEqual(tutti("--data", directory, "get", "k")[:2], (DONE, b"v\n"))
            file.write_text('resp = "nowhere"\n')
            self.assertEqual(tutti("--data", directory, "get", "k")[0], USAGE)
            file.write_text("resp = \n")
            code, _, words = tutti("--data", directory, "get", "k")
            self.assertEqual(code, TROUBLE)
            self.assertIn("tutti.toml:1", words)
        self.assertEqual(tutti("--data", "/nonexistent", "get", "k")[0], USAGE)

    def test_lines_from_a_pipe_are_commands(self):
        replies = {"SET a x y": b"+OK\r\n", "GET a": bulk(b"x y"), "GET none": b"_\r\n"}
        code, out, words = self.ask(replies, typed='# a comment\n\nset a "x y"\nget a\nget none\nget "open\nquit\nget a\n')
        self.assertEqual((code, out), (NO, b"OK\nx y\n"))
        self.assertIn("not closed", words)

    def test_help_lists_the_shells_words_and_the_nodes(self):
        docs = b"%1\r\n" + bulk(b"INCR") + b"%2\r\n" + b"".join(map(bulk, [b"summary", b"Adds one", b"syntax", b"key"]))
        _, out, _ = self.ask({"COMMAND DOCS": docs}, "help")
        self.assertIn(b"verify", out)
        self.assertIn(b"Adds one", out)
        _, out, _ = self.ask({"COMMAND DOCS": docs}, "--json", "help", "incr")
        self.assertEqual(json.loads(out), {"commands": [{"command": "incr key", "does": "Adds one"}]})
        self.assertEqual(self.ask({}, "help", "nonsense")[0], NO)

    def test_wrong_words_are_usage(self):
        for words in (["--bogus"], ["--connect", "nowhere", "status"], ["--connect", "h:99999", "status"],
                      ["--timeout", "soon", "status"], ["--connect", "h:1", "--data", "d", "status"]):
            self.assertEqual(tutti(*words)[0], USAGE, words)
        self.assertEqual(tutti("--help")[0], DONE)
        self.assertEqual(tutti("--version")[0], DONE)


if __name__ == "__main__":
    unittest.main()
