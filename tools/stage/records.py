"""What the demo imports: records of fields, from a Debian package index, JSON lines, CSV, or made up.

Every source yields one dict, key -> {field: value}, all bytes. Where a key comes twice the later record wins whole,
so the outcome depends on the input alone."""

import csv
import json
import pathlib
import random
import re
import shutil
import subprocess

LISTS = pathlib.Path("/var/lib/apt/lists")
KEY_FIELDS = ("id", "name", "key")
UNPACKERS = {".lz4": "lz4", ".gz": "gzip", ".xz": "xz", ".zst": "zstd"}
FIELD = re.compile(rb"^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)", re.M)


class BadInput(Exception):
    """A sentence that names file and line."""


def package_index_files(directory=LISTS):
    """The machine's own package indexes, in order of name."""
    if not directory.is_dir():
        return []
    return sorted(f for f in directory.iterdir()
                  if f.is_file() and re.search(r"_Packages(\.(lz4|gz|xz|zst))?$", f.name))


def unpacked(file):
    tool = UNPACKERS.get(file.suffix)
    if not tool:
        return file.read_bytes()
    if not shutil.which(tool):
        raise BadInput(f"{file} needs {tool} to be read; tools/install-deps installs it")
    run = subprocess.run([tool, "-dc", str(file)], capture_output=True)
    if run.returncode:
        raise BadInput(f"{file}: {tool} cannot read it: {run.stderr.decode(errors='replace').strip()}")
    return run.stdout


def packages(files):
    """`pkg:NAME` -> the stanza's fields. Several versions or architectures of a name: the last file's wins."""
    stanzas = {}
    for file in files:
        for stanza in unpacked(file).split(b"\n\n"):
            if stanza.startswith(b"Package: "):
                stanzas[stanza[9:stanza.index(b"\n")]] = stanza
    return {b"pkg:" + name: dict(FIELD.findall(stanza)) for name, stanza in stanzas.items()}


def made_up(count):
    """The same packages every time, for machines without an index."""
    draw = random.Random(4400)
    sections = [b"admin", b"devel", b"libs", b"net", b"python", b"sound", b"utils", b"web"]
    words = [b"a", b"fast", b"small", b"server", b"client", b"library", b"for", b"replicated", b"music", b"data"]
    found = {}
    for i in range(count):
        name = b"piece-%05d" % i
        found[b"pkg:" + name] = {
            b"Package": name,
            b"Version": b"%d.%d-%d" % (draw.randrange(9), draw.randrange(40), draw.randrange(1, 5)),
            b"Section": draw.choice(sections),
            b"Installed-Size": b"%d" % draw.randrange(20, 90000),
            b"Description": b" ".join(draw.choices(words, k=8)),
            b"SHA256": b"%064x" % draw.getrandbits(256),
        }
    return found


def from_file(path):
    """Records of a .csv file (header row) or of JSON lines; keys are `STEM:ID`."""
    path = pathlib.Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[:error.start].count(b"\n") + 1
        raise BadInput(f"{path}:{line}: not UTF-8") from None
    rows = csv_rows(path, text) if path.suffix.lower() == ".csv" else json_rows(path, text)
    found = {}
    for line, row in rows:
        field = next((f for f in KEY_FIELDS if row.get(f) not in (None, "")), None)
        if field is None:
            raise BadInput(f"{path}:{line}: no field {', '.join(KEY_FIELDS[:-1])} or {KEY_FIELDS[-1]} to name the "
                           "record by")
        fields = {name.encode(): as_bytes(value) for name, value in row.items() if value is not None}
        found[path.stem.encode() + b":" + as_bytes(row[field])] = fields
    if not found:
        raise BadInput(f"{path}:1: no record in it")
    return found


def json_rows(path, text):
    for line, row in enumerate(text.split("\n"), 1):
        if not row.strip():
            continue
        try:
            value = json.loads(row)
        except json.JSONDecodeError as error:
            raise BadInput(f"{path}:{line}: not JSON: {error.msg} at column {error.colno}") from None
        if not isinstance(value, dict):
            raise BadInput(f"{path}:{line}: a record is an object, one a line; this is {row.strip()[:40]}")
        yield line, value


def csv_rows(path, text):
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    header = None
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}:{line}: not CSV: {error}") from None
        if not row:
            continue
        if header is None:
            header = [name.strip() for name in row]
            if not any(name in KEY_FIELDS for name in header):
                raise BadInput(f"{path}:{line}: the header row names none of {', '.join(KEY_FIELDS)}")
            continue
        if len(row) != len(header):
            raise BadInput(f"{path}:{line}: {len(row)} values under {len(header)} columns")
        yield line, dict(zip(header, row))


def as_bytes(value):
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()
