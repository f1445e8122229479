#!/usr/bin/env python3
"""Checks that every mutant of tests/planted/mutants.toml can be planted: what it replaces stands once in its file.

usage: mutants.py"""

import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def faults(mutants, read):
    """What is wrong, in words, one line each."""
    names = [mutant["name"] for mutant in mutants]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: there are several of this name"
    for mutant in mutants:
        times = read(mutant["file"]).count(mutant["old"])
        if times != 1:
            yield f"{mutant['name']}: `old` stands {times} times in {mutant['file']}; write it anew"


def main():
    planted = [{"name": "a", "file": "", "old": "x"}, {"name": "a", "file": "", "old": "y"}, {"name": "b", "file": "", "old": "z"}]
    if len(list(faults(planted, lambda _: "x y y"))) != 3:
        print("this check does not see what it should")
        return 1
    mutants = tomllib.loads((ROOT / "tests/planted/mutants.toml").read_text(encoding="utf-8"))["mutant"]
    found = list(faults(mutants, lambda name: (ROOT / name).read_text(encoding="utf-8")))
    for fault in found:
        print(fault)
    print(f"{len(mutants)} mutants, {len(found)} cannot be planted")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
