#!/usr/bin/env python3
"""Checks that no two Catch2 test cases have one name: the binary would refuse to list any of its tests, and ctest would
run none of them without a word.

usage: test_names.py [ROOT]"""

import pathlib
import re
import sys

TEST_CASE = re.compile(r'^[ \t]*(?:TEST_CASE|SCENARIO|TEMPLATE_TEST_CASE)\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)', re.M)
LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')


def test_cases(text):
    """(name, line) of each; neighbouring literals are one name."""
    return [("".join(LITERAL.findall(match.group(1))), text.count("\n", 0, match.start()) + 1)
            for match in TEST_CASE.finditer(text)]


def main(arguments):
    planted = test_cases('TEST_CASE("a b", "[x]") {\n}\n  TEST_CASE(\n    "a "\n    "b") {\n')
    if planted != [("a b", 1), ("a b", 3)]:
        print(f"this check does not see what it should: {planted}")
        return 1
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parents[2]
    seen, twice = {}, 0
    for file in sorted((root / "tests").rglob("*.cc")):
        for name, line in test_cases(file.read_text(encoding="utf-8")):
            here = f"{file.relative_to(root)}:{line}"
            if name in seen:
                print(f"{here}: \"{name}\" is a test at {seen[name]} already")
                twice += 1
            seen.setdefault(name, here)
    print(f"{len(seen)} names, {twice} of them twice")
    return 1 if twice or not seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
