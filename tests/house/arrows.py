#!/usr/bin/env python3
"""Checks that the house stands as ARCHITECTURE.md draws it.

Arrows between rooms point down only; each third-party header lives in its room; the storage core and the protocol
touch no clock, randomness, socket or thread; files are named for the one thing inside.

usage: arrows.py [ROOT]       checks a source tree (default: this one); exit 1 where a rule is broken
       arrows.py --self-test  plants each violation in a tree of its own and demands that it is found
"""

import pathlib
import re
import sys
import tempfile

ROOMS = ("storage", "protocol", "node", "sim", "tools", "tests")
SOURCES = (".h", ".hpp", ".cc", ".cpp")
LINES_MAX = 500  # beyond it, a warning: is there a second idea inside?

# Room -> the rooms and files below it. What those may include, it may too; every other include is an arrow that points up.
# A file belongs to the room with the longest name that fits its path.
BELOW = {
    "storage/base": (),
    "storage/crypto": ("storage/base",),
    "storage/model": ("storage/crypto",),
    "storage/store": ("storage/base",),
    "storage/log": ("storage/model", "storage/store"),
    "storage/table": ("storage/log",),
    "storage": ("storage/table",),
    "protocol": ("storage/crypto",),
    "protocol/identity": ("protocol",),
    "protocol/session": ("protocol/identity",),
    "protocol/membership": ("protocol",),
    "protocol/messages": ("protocol/membership", "storage/model"),
    "protocol/delivery": ("protocol/messages",),
    "protocol/repair": ("protocol/messages", "storage"),
    "protocol/resp": ("storage/base",),
    "protocol/commands": ("protocol", "protocol/resp", "storage"),
    "protocol/replica": ("protocol/commands", "protocol/delivery", "protocol/repair"),
    "node/io": ("protocol",),
    "node/setup": ("node/io", "protocol/replica", "protocol/session"),
    "node/doors": ("node/io", "protocol/replica"),
    "node": ("node/setup", "node/doors"),
    "sim/kernel": ("protocol",),
    "sim/truth": ("storage/model",),
    "sim/watch": ("sim/kernel", "sim/truth", "protocol/messages"),
    "sim/network": ("sim/watch",),
    "sim/checkers": ("sim/watch", "storage", "protocol/commands"),
    "sim/machine": ("sim/network", "sim/checkers", "protocol/replica", "protocol/session"),
    "sim/clients": ("sim/machine",),
    "sim/faults": ("sim/machine",),
    "sim/world": ("sim/clients", "sim/faults"),
    "sim/report": ("sim/world",),
    "sim/scenario": ("sim/report",),
    "sim/run": ("sim/scenario",),
    "sim/plans": ("sim/run",),
    "sim": ("sim/plans",),
    "tools/shell": ("protocol/resp", "protocol"),
    "tools/bench": ("storage", "protocol/replica"),
}
# RocksDB's side of the store, and who sees it. The simulator, the protocol and the shell are built without it.
ROCKS = "storage/store/rocks_"
SEES_ROCKS = re.compile(r"storage/(store/)?(rocks_|fault_file_system)|node/|tools/bench/")

# Third-party header -> the paths that may include it.
THIRD_PARTY = {
    r"rocksdb/": (r"storage/store/rocks_[^/]*", r"tests/storage/(store/)?fault_file_system\.h", r"tests/storage/(store/)?rocks_[^/]*"),
    r"msgpack": (r"protocol/messages/message_codec\.cc",),
    r"sodium": (r"storage/crypto/.*",),
    r"uv\.h|uv/": (r"node/.*",),
    r"catch2/": (r"tests/.*",),
    r"CLI/": (r"(.*/)?main\.cc",),
    r"spdlog/": (r"node/.*",),
    r"histedit\.h|editline/|readline/": (r"tools/shell/line_editor\.cc",),
    r"toml\+\+|toml\.hpp|toml\.h": (r".*\.cc",),
    r"nlohmann/": (r".*\.cc",),
}
# ... and of these, one file a program.
ONE_FILE_A_PROGRAM = (r"toml\+\+|toml\.hpp|toml\.h", r"nlohmann/")

# What the sans-I/O rooms never hold: time and randomness come in as arguments, effects go out as data.
SANS_IO = ("storage", "protocol")
SANS_IO_EXEMPT = (r"storage/store/rocks_[^/]*", r"storage/crypto/os_random\.(h|cc)")
BANNED_HEADERS = (r"thread|future|random|iostream|fstream|filesystem|condition_variable|stop_token",
                  r"sys/socket\.h|netinet/.*|netdb\.h|poll\.h|sys/epoll\.h|sys/time\.h|sys/random\.h|unistd\.h"
                  r"|fcntl\.h|pthread\.h|time\.h|ctime|csignal|signal\.h")
BANNED_WORDS = {
    r"\b\w*_clock::now\s*\(": "reads a clock",
    r"(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)": "reads a clock",
    r"\b(?:gettimeofday|clock_gettime|timespec_get)\s*\(": "reads a clock",
    r"(?<![\w.>])(?:std::|::)?s?rand\s*\(": "draws a random number",
    r"\b(?:getrandom|getentropy|arc4random\w*|random_device|mt19937\w*)\b": "draws a random number",
    r"\bstd::(?:j?thread|async|this_thread)\b": "starts or delays a thread",
    r"\b(?:nano|u)?sleep(?:_for|_until)?\s*\(": "sleeps",
    r"(?<![\w.>:])::(?:socket|connect|bind|listen|accept|send|recv|sendto|recvfrom|open|read|write)\s*\(":
        "calls the system",
}

# Words that say nothing of what is inside.
EMPTY_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
COMMENT_OR_LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


class Findings:
    def __init__(self):
        self.broken = []
        self.warnings = []
        self.files = 0

    def add(self, path, line, text):
        self.broken.append(f"{path}:{line}: {text}")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def blank(match):
    """Comments and literals become as many newlines as they held, so that line numbers stay."""
    return " " + "\n" * match.group(0).count("\n")


def room_of(path):
    """The room with the longest name that fits, or None."""
    return max((room for room in BELOW if path.startswith(room + "/")), key=len, default=None)


def reach(rooms):
    """These rooms and all below them."""
    seen, left = set(), list(rooms)
    while left:
        room = left.pop()
        if room not in seen:
            seen.add(room)
            left += BELOW[room]
    return seen


def cycles():
    """Rooms that are below themselves."""
    return [room for room in BELOW if room in reach(BELOW[room])]


def may_include(path, target):
    """None, or why `path` may not include `target` of this house."""
    own = path.removeprefix("tests/")
    wing = own.split("/")[0]
    room = room_of(own)
    if own != path:  # a test sees all that its wing sees, and other tests
        if target.startswith("tests/") or wing not in ("storage", "protocol", "node", "sim"):
            return None
        allowed = reach(r for r in BELOW if r.split("/")[0] == wing)
    elif room is None:
        return f"{path} is in no room: see BELOW"
    else:
        allowed = reach((room,))
    below = room_of(target)
    if below is None or below not in allowed:
        return f"{room or wing} may not include {target}: only {', '.join(sorted(allowed))}"
    if target.startswith(ROCKS) and not SEES_ROCKS.match(own):
        return f"{room or wing} is built without RocksDB and may not include {target}"
    return None


def check_includes(path, text, findings, users):
    for match in INCLUDE.finditer(text):
        target = match.group(2)
        line = line_of(text, match.start())
        if match.group(1) == '"':
            if target.split("/")[0] not in ROOMS:
                findings.add(path, line, f'"{target}": name own headers from the root of the tree')
            elif why := may_include(path, target):
                findings.add(path, line, why)
        for pattern, rooms in THIRD_PARTY.items():
            if not re.match(pattern, target):
                continue
            users.setdefault((pattern, program_of(path)), []).append(f"{path}:{line}")
            if not any(re.fullmatch(room, path) for room in rooms):
                findings.add(path, line, f"<{target}> lives in another room: {' or '.join(rooms)}")


def program_of(path):
    """tools holds several programs, one a folder; every other room is one."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "tools" and len(parts) > 2 else parts[0]


def check_sans_io(path, text, findings):
    if path.split("/")[0] not in SANS_IO or any(re.fullmatch(e, path) for e in SANS_IO_EXEMPT):
        return
    for match in INCLUDE.finditer(text):
        if any(re.fullmatch(pattern, match.group(2)) for pattern in BANNED_HEADERS):
            findings.add(path, line_of(text, match.start()),
                         f"<{match.group(2)}> has no place in a room without clock, randomness, socket or thread")
    code = COMMENT_OR_LITERAL.sub(blank, text)
    for pattern, what in BANNED_WORDS.items():
        for match in re.finditer(pattern, code):
            findings.add(path, line_of(code, match.start()),
                         f"'{match.group(0).strip()}' {what}; let the caller hand it in")


def check_name(path, findings):
    stem = path.split("/")[-1].split(".")[0]
    if empty := EMPTY_NAMES & set(re.split(r"[_\-]", stem.lower())):
        findings.add(path, 1, f"'{empty.pop()}' in a file's name says nothing of what is inside")
    if path.endswith(SOURCES) and not re.fullmatch(r"[a-z0-9_]+", stem):
        findings.add(path, 1, "file names are snake_case")


def check_tree(root):
    findings = Findings()
    findings.broken += [f"BELOW: {room} is below itself" for room in cycles()]
    users = {}
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            path = file.relative_to(root).as_posix()
            if not file.is_file() or "node_modules" in path or "__pycache__" in path:
                continue
            check_name(path, findings)
            if file.suffix not in SOURCES:
                continue
            findings.files += 1
            text = file.read_text(encoding="utf-8")
            check_includes(path, text, findings, users)
            check_sans_io(path, text, findings)
            lines = text.count("\n")
            if lines > LINES_MAX:
                findings.warnings.append(f"{path}: {lines} lines; is there a second idea inside?")
    for (pattern, program), where in sorted(users.items()):
        files = sorted({w.split(":")[0] for w in where})
        if pattern in ONE_FILE_A_PROGRAM and program != "tests" and len(files) > 1:
            findings.broken.append(f"{program}: {pattern} is to live in one file a program, not in {', '.join(files)}")
    return findings


def report(findings):
    for warning in findings.warnings:
        print(f"warning: {warning}")
    for broken in findings.broken:
        print(f"broken: {broken}")
    print(f"{findings.files} files looked at, {len(findings.broken)} rules broken, {len(findings.warnings)} warnings")
    return 1 if findings.broken else 0


# --- self-test: each row is a file that must be named, with a word of what is said of it ---

PLANTED = [
    ("storage/model/row.h", '#include "protocol/messages/messages.h"\n', "may not include"),
    ("storage/base/a.h", '#include "storage/model/row.h"\n', "storage/base may not include"),
    ("storage/store/a.cc", '#include "storage/model/row.h"\n', "storage/store may not include"),
    ("storage/log/a.cc", '#include "storage/table/table.h"\n', "storage/log may not include"),
    ("storage/table/a.h", '#include "storage/database.h"\n', "storage/table may not include"),
    ("storage/table/rocks.h", '#include "storage/store/rocks_store.h"\n', "built without RocksDB"),
    ("protocol/a.cc", '#include "node/loop.h"\n', "protocol may not include"),
    ("protocol/replica/b.cc", '#include "storage/store/rocks_store.h"\n', "built without RocksDB"),
    ("protocol/replica/c.cc", '#include "protocol/session/noise.h"\n', "protocol/replica may not include"),
    ("protocol/membership/a.h", '#include "protocol/messages/messages.h"\n', "protocol/membership may not include"),
    ("protocol/resp/a.cc", '#include "storage/model/views.h"\n', "protocol/resp may not include"),
    ("node/a.cc", '#include "sim/network/network.h"\n', "node may not include"),
    ("node/io/a.cc", '#include "node/doors/resp_door.h"\n', "node/io may not include"),
    ("sim/world/a.cc", '#include "node/io/loop.h"\n', "sim/world may not include"),
    ("sim/world/b.cc", '#include "storage/store/rocks_store.h"\n', "built without RocksDB"),
    ("sim/network/a.cc", '#include "sim/checkers/audit.h"\n', "sim/network may not include"),
    ("tools/shell/a.cc", '#include "storage/database.h"\n', "tools/shell may not include"),
    ("tools/bench/node.cc", '#include "node/daemon.h"\n', "tools/bench may not include"),
    ("tests/storage/a_test.cc", '#include "protocol/messages/messages.h"\n', "storage may not include"),
    ("tests/sim/a_test.cc", '#include "node/daemon.h"\n', "sim may not include"),
    ("storage/relative.cc", '#include "row.h"\n', "from the root"),
    ("storage/b.cc", "#include <rocksdb/db.h>\n", "another room"),
    ("protocol/c.cc", "#include <msgpack.hpp>\n", "another room"),
    ("protocol/d.cc", "#include <sodium.h>\n", "another room"),
    ("sim/c.cc", "#include <uv.h>\n", "another room"),
    ("storage/c.cc", "#include <catch2/catch.hpp>\n", "another room"),
    ("node/b.cc", "#include <CLI/CLI.hpp>\n", "another room"),
    ("sim/d.cc", "#include <spdlog/spdlog.h>\n", "another room"),
    ("tools/shell/b.cc", "#include <histedit.h>\n", "another room"),
    ("tools/shell/c.h", "#include <nlohmann/json.hpp>\n", "another room"),
    ("storage/d.cc", "#include <thread>\n", "no place"),
    ("protocol/e.cc", "#include <random>\n", "no place"),
    ("protocol/f.cc", "#include <sys/socket.h>\n", "no place"),
    ("protocol/g.cc", "auto t = std::chrono::steady_clock::now();\n", "reads a clock"),
    ("storage/e.cc", "auto t = time(nullptr);\n", "reads a clock"),
    ("storage/f.cc", "int r = std::rand();\n", "random number"),
    ("protocol/h.cc", "std::thread t([] {});\n", "thread"),
    ("protocol/i.cc", "void f() { usleep(5); }\n", "sleeps"),
    ("node/c.cc", "#include <toml++/toml.h>\n", ""),
    ("node/d.cc", "#include <toml++/toml.h>\n", "one file a program"),
    ("node/string_utils.cc", "\n", "says nothing"),
    ("sim/SessionManager.h", "\n", "snake_case"),
    ("sim/peer_manager.h", "\n", "says nothing"),
]

FINE = [
    ("storage/model/row.h", '#include <vector>\n#include "storage/base/ids.h"\n// time(nullptr) would read a clock\n'),
    ("storage/store/rocks_store.cc", "#include <rocksdb/db.h>\n#include <thread>\n"),
    ("storage/crypto/os_random.cc", "#include <sodium.h>\n#include <sys/random.h>\n"),
    ("protocol/messages/message_codec.cc", '#include <msgpack.hpp>\nint wall_time(int); int x = wall_time(0);\n'),
    ("protocol/p.cc", 'const char* words = "std::thread"; void f(Now now) { sent_at(now); next_time(0); }\n'),
    ("node/main.cc", '#include <CLI/CLI.hpp>\n#include "storage/store/rocks_store.h"\n#include "protocol/replica/replica.h"\n'),
    ("node/loop.cc", "#include <uv.h>\n#include <thread>\nauto t = std::chrono::steady_clock::now();\n"),
    ("sim/main.cc", '#include <random>\n#include "storage/store/memory_store.h"\n#include "protocol/replica/replica.h"\n'),
    ("tools/shell/main.cc", '#include <CLI/CLI.hpp>\n#include "protocol/resp/resp_reply.h"\n'),
    ("tools/shell/line_editor.cc", "#include <histedit.h>\n"),
    ("tools/bench/rows_bench.cc", '#include "storage/store/rocks_store.h"\n#include "protocol/replica/replica.h"\n'),
    ("tests/storage/store/rocks_store_test.cc", '#include <catch2/catch.hpp>\n#include "tests/storage/store/fault_file_system.h"\n'),
    ("tests/sim/pair_test.cc", '#include "sim/network/network.h"\n'),
]


def findings_for(files):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return check_tree(root)


def self_test():
    failures = []
    fine = findings_for(FINE)
    failures += [f"called broken, and is not: {b}" for b in fine.broken]
    planted = findings_for([(path, text) for path, text, _ in PLANTED])
    for path, _, word in PLANTED:
        if word and not any(path in b and word in b for b in planted.broken):
            failures.append(f"not found: {path} ({word})")
    long = findings_for([("sim/long.cc", "\n" * (LINES_MAX + 1))])
    if len(long.warnings) != 1 or long.broken:
        failures.append("a long file is to be a warning, and one alone")
    for failure in failures:
        print(f"self-test: {failure}")
    print(f"self-test: {len(PLANTED)} planted, {len(FINE)} fine files, {len(failures)} failures")
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    here = pathlib.Path(__file__).resolve().parents[2]
    return report(check_tree(pathlib.Path(arguments[0]) if arguments else here))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
