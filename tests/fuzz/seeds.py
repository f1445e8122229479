#!/usr/bin/env python3
"""Writes what each fuzz target begins with: the vectors of the formats, the scenarios that ship, some sentences.

usage: seeds.py FOLDER   FOLDER/TARGET/... become the seeds; FOLDER/commands.dict the words of all commands
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def format_vectors():
    """storage/FORMAT.md: `vector NAME HEX`, gone on with in lines that begin with `+`."""
    found, last = {}, None
    for line in (ROOT / "storage/FORMAT.md").read_text().splitlines():
        words = line.split()
        if words[:1] == ["vector"]:
            last = words[1]
            found[last] = words[2]
        elif words[:1] == ["+"] and last:
            found[last] += words[1]
    vectors = {name: bytes.fromhex(text) for name, text in found.items()}
    # The document leaves out the zeros between the first and the last fingerprint.
    last_range = vectors["marker"].index(b"\xff" * 8)
    vectors["marker"] = vectors["marker"][:last_range] + bytes(254 * 16) + vectors["marker"][last_range:]
    return vectors


def wire_vectors():
    """protocol/WIRE.md: `NAME HEX` within blocks of vectors, and the messages in its last sentence."""
    text = (ROOT / "protocol/WIRE.md").read_text()
    blocks = "".join(re.findall(r"```vectors\n(.*?)```", text, re.S))
    vectors = {line.split()[0]: bytes.fromhex(line.split()[1]) for line in blocks.splitlines()}
    messages = [bytes.fromhex(m) for m in re.findall(r"`(9[0-9a-f]{5,})`", text)]
    return vectors, messages


def tape(*parts):
    """As tests/fuzz/fuzz.h reads it: numbers, and bytes behind their length."""
    return b"".join(bytes([p]) if isinstance(p, int) else len(p).to_bytes(2, "little") + p for p in parts)


def seeds():
    disk = format_vectors()
    wire, messages = wire_vectors()
    named = lambda prefix: [v for name, v in disk.items() if name.startswith(prefix)]
    said = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n"
    lines = (ROOT / "tests/fuzz/commands.txt").read_bytes().split(b"\n\n")
    certificate = wire["node-a-certificate"]
    token = wire["token"]
    return {
        "row": named("row") + named("payload-"),
        "row_key": named("row-key-"),
        "operations": named("operations"),
        "log_record": named("record-"),
        "marker": named("marker") + named("floor") + named("clock"),
        "message": messages,
        "identity": [certificate, b"\x01\x02no", b"\x01\x00\x93\x01" + certificate + bytes(64) + b"\x00"],
        "join_token": [token, unchecked(token)],
        "address": [b"127.0.0.1:4400", b"[::1]:4400", b"[2001:db8::10.0.0.1]:1"],
        "config": [config()],
        "scenario": [f.read_bytes() for f in sorted((ROOT / "sim/scenarios").rglob("*.toml"))
                     if f.stat().st_size < 8192],
        "resp_requests": [b"\x01" + said, b"\x07" + said * 2, b"\x03SET \"a\\x00b\" 'c'\r\n\r\nGET k\n"],
        "resp_replies": [b"\x00+OK\r\n-ERR no\r\n:7\r\n$2\r\nhi\r\n*2\r\n$-1\r\n*-1\r\n",
                         b"\x02%1\r\n+key\r\n~2\r\n#t\r\n_\r\n,1.5\r\n(123\r\n=7\r\ntxt:abc\r\n>1\r\n+x\r\n",
                         b"\x05|1\r\n+a\r\n:1\r\n*1\r\n!6\r\nERR no\r\n"],
        "commands": [how + story for story in lines for how in (b"\x00", b"\x11")],
        "datagram_sessions": [
            tape(5, 1, b"hello", 6, 5, 4, 0, 3, 0, 1, 0) + tape(6, 255),
            tape(1, 1, wire["datagram-message-1"][4:], 2, bytes(340), 3, 1, b"", 3, 0, b"x"),
            tape(5, 0, b"hello", 6, 1, 7, bytes(8) + b"\x93\x01" + certificate, 4, 1, 0, 0, 0, 0),
            tape(3, 9, b"", 3, 2, b"", 5, 0, b"hello", 6, 1, 8, b"\x09" + bytes(15), 6, 60),
        ],
        "stream_sessions": [
            tape(0, wire["stream-message-1"], b"", 1), tape(1, 5, b"x" * 300, b"", 1),
            tape(2, bytes(340), b"", 1, 3, b"", b"", 1), tape(4, b"\x00hello", b"\x01he", b"\x00llo"),
            tape(26, 0, b"\x00" + bytes(200)), tape(26, 1, b"viola", b"\x01\x02no", b"", 1),
            tape(11, *[b""] * 9, 1, 4), tape(6, 1, b"", b"", 1, 6, 1, b"", b"", 1),
        ],
        "stream_dials": [
            tape(0, 6, 0, 1, 7, b""), tape(0, 10, 0, 2, 5, 0, 1) + tape(1, 2, 0, 6, 0, 1, 7, b""),
            tape(0, 10, 0, 2, 200, 40, 1, 0, 3, 0, 12, 0, 1, 7, b""), tape(3, 0, 1, 0, 12, 1, b"\x00noise"),
        ],
        "replica": [
            tape(4) + b"".join(tape(8, m) for m in messages),
            tape(4, 2, 1, 1, 0, 0, 0, 0, 0, 0, 5, 20, 6, 0, 0, b"\x92\x08\x01", 5, 60),
            tape(4, 8, b"\x93\x02\x92\x05\x02\xc3", 5, 200, 11, 0, 2, 0, 0, 0, 0, 0, 0, 1, 7, 1, 5, 9),
        ],
        "join_client": [b"\x00\x04\x00\x08\x00\x00\x00", tape(1, bytes(8) + b"\x93\x01" + certificate),
                        tape(2, b"\x01\x02no"), tape(66, b"\x90"), tape(194, b"\x90", 3, 1)],
    }


def unchecked(token):
    """A token's bytes without their checksum: the target adds one."""
    import base64
    text = token.decode().removeprefix("tutti1-")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:-4]


def config():
    keys = re.findall(r'Key\{"(\w+)", \w+, "\\"(.*?)\\""', (ROOT / "node/setup/config.cc").read_text())
    return "".join(f'{name} = "{example}"\n' for name, example in keys).encode()


def dictionary():
    """libFuzzer's own form: the name of each command, and the words their syntax writes large."""
    table = (ROOT / "protocol/commands/command_list.h").read_text()
    words = set(re.findall(r'^    \{"([a-z.]+)",', table, re.M)) | set(re.findall(r"\b[A-Z][A-Z-]+\b", table))
    return "".join(f'"{word}"\n' for word in sorted(words | {"k", "h", "s", "0", "-1", "9223372036854775807"}))


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    for target, inputs in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / target / f"seed-{number}").write_bytes(data)
    (folder / "commands.dict").write_text(dictionary())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
