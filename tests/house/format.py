#!/usr/bin/env python3
"""Checks that every source is as clang-format 14 leaves it with this tree's .clang-format.

usage: format.py [--fix]   exit 1 where a file differs (--fix: rewrites it); 77 where clang-format 14 is missing
"""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys

ROOMS = ("storage", "protocol", "node", "sim", "tools", "tests")
SKIPPED = 77  # ctest's word for "could not be tried"


def formatter():
    """Another version formats otherwise, so only 14 counts."""
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path and " 14." in subprocess.run([path, "--version"], capture_output=True, text=True).stdout:
            return path
    return None


def main(arguments):
    if arguments not in ([], ["--fix"]):
        print(__doc__, file=sys.stderr)
        return 2
    tool = formatter()
    if not tool:
        print("skipped: clang-format 14 is not here; tools/install-deps installs it")
        return SKIPPED
    root = pathlib.Path(__file__).resolve().parents[2]
    files = sorted(f for room in ROOMS for f in (root / room).rglob("*")
                   if f.suffix in (".h", ".cc") and "node_modules" not in f.parts)

    def differs(file):
        text = file.read_bytes()
        run = subprocess.run([tool, "--style=file", f"--assume-filename={file}"], input=text, capture_output=True,
                             check=True)
        if run.stdout == text:
            return None
        if arguments:
            file.write_bytes(run.stdout)
        return file.relative_to(root)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [f for f in pool.map(differs, files) if f]
    for file in found:
        print(f"{'rewritten' if arguments else 'not formatted'}: {file}")
    if found and not arguments:
        print("tests/house/format.py --fix mends it")
    print(f"{len(files)} files looked at, {len(found)} differ")
    return 1 if found and not arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
