#!/usr/bin/env python3
"""Checks that what comments and documents name is there.

"rule N" is a heading of protocol/RULES.md; 'FILE.md, "Heading"' is a heading of that file; a file that is named exists;
RULES.md, the model's breaks, the planted bugs and the simulator's checkers name each other rightly.

usage: rules.py [ROOT]       checks a source tree (default: this one); exit 1 where a name leads nowhere
       rules.py --self-test  plants each violation in a tree of its own and demands that it is found
"""

import ast
import fnmatch
import io
import pathlib
import re
import sys
import tempfile
import tokenize

ROOMS = ("storage", "protocol", "node", "sim", "tools", "tests")
SKIPPED = {"__pycache__", "node_modules"}
PLACEHOLDERS = {"NAME", "FILE", "DIR"}  # in a name they stand for others
RULES = "protocol/RULES.md"
MODEL = "tests/model/replication_model.py"
EXPIRY_MODEL = "tests/model/expiry_model.py"
PLANTED = "tests/planted"
CHECKERS = "sim/checkers/checker_registry.cc"
FORMER = "DES" "IGN"  # a specification that is not in this tree

C_LIKE = (".h", ".cc", ".js", ".mjs", ".css", ".in")
C_COMMENT = re.compile(r'(//[^\n]*|/\*.*?\*/)|R"(\w*)\(.*?\)\2"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
HASH_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.M)
PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
# Where a sentence goes on in the next line of a comment.
LINE_BREAK = re.compile(r"[ \t]*\n[ \t]*(?:(?://|#|\*)+[ \t]*)?")

RULE = re.compile(r"\b[Rr]ules? (\d+)((?:(?:, | and | to |, and )\d+)*)")
SECTION = re.compile(r"(?<!RFC \d{4}, )\b[Ss]ections? \d+")
HEADING_OF = re.compile(r'([\w./-]+\.md)`?, "([^"]+)"')
UNQUOTED = re.compile(r"\w+\.md`?, [A-Z][a-z]+")
HEADING_HERE = re.compile(r'\("([^"]+)"\)')
URL = re.compile(r"\w+://\S+")
NAMED = re.compile(r"(?<![\w/$~:@<%}\"\\-])(?:\./)?((?:[\w.*-]+/)*[\w.*-]+)")
FILE_SUFFIXES = (".h", ".cc", ".py", ".md", ".patch", ".toml", ".cmake", ".mjs")
FOUND_BY_NAME = (".h", ".cc", ".py", ".md", ".patch")
PLANTED_NAME = re.compile(rf"{PLANTED}/([a-z0-9-]+)\.patch")
BREAK_NAME = re.compile(r"--break ([a-z][a-z0-9-]*)")
PATCH_BEGINS = re.compile(r'(?:Rule (\d+)|RULES\.md, "([^"]+)"): ')
CHECKER_NAMES = re.compile(r"\bcheckers? ((?:`[a-z]+`(?:, | and )?)+)")


# --- what a person reads of a file: (text, where it begins) ---

def comments_of_c(text):
    return [(m.group(1), m.start()) for m in C_COMMENT.finditer(text) if m.group(1)]


def comments_of_python(text):
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return [(text, 0)]
    new_statement = True
    for token in tokens:
        offset = starts[token.start[0] - 1] + token.start[1]
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and new_statement):
            found.append((token.string, offset))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            new_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    return found


def prose(path, text):
    """Neighbouring comments are one text, so that a name may go over the end of a line."""
    if path.endswith(".md"):
        return [(text, 0)]
    if path.endswith(".patch"):
        return [(text[:text.find("\n--- ") + 1], 0)]
    if path.endswith(C_LIKE):
        parts = comments_of_c(text)
    elif path.endswith(".py") or text.startswith("#!/usr/bin/env python3"):
        parts = comments_of_python(text)
    elif path.endswith((".html", ".json")):
        return []
    else:
        parts = [(m.group(0), m.start()) for m in HASH_COMMENT.finditer(text)]
    joined = []
    for comment, offset in parts:
        if joined and text[joined[-1][1] + len(joined[-1][0]):offset].strip(" \t") == "\n":
            joined[-1] = (text[joined[-1][1]:offset + len(comment)], joined[-1][1])
        else:
            joined.append((comment, offset))
    return joined


class Tree:
    def __init__(self, root):
        self.broken = []
        self.texts = {}
        files = [f for f in sorted(root.iterdir()) if f.is_file() and f.name != ".git"]
        for room in (*ROOMS, ".ci"):
            files += sorted(f for f in (root / room).rglob("*") if f.is_file() and not SKIPPED & set(f.parts))
        for file in files:
            try:
                self.texts[file.relative_to(root).as_posix()] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass  # no text
        self.folders = {parent.as_posix() for path in self.texts for parent in pathlib.PurePosixPath(path).parents}
        self.names = {path.split("/")[-1] for path in self.texts}
        self.known = set(self.texts) | self.folders
        self.rules = [int(m.group(1)) for h in self.headings(RULES) if (m := re.match(r"Rule (\d+): \S", h))]
        self.known_stems = self.known | {re.sub(r"\.[^./]*$", "", path) for path in self.texts}

    def add(self, path, what, word="", start=0):
        """At the line of `word`, which stands at or behind `start`."""
        text = self.texts.get(path, "")
        line = text.count("\n", 0, max(start, text.find(word, start))) + 1
        self.broken.append(f"{path}:{line}: {what}")

    def headings(self, path):
        text = re.sub(r"^```.*?^```", "", self.texts.get(path, ""), flags=re.S | re.M)
        return [m.group(1) for m in re.finditer(r"^#+ (.*?)[ \t]*$", text, re.M)]

    def sections_that_name(self, pattern):
        """name -> the headings of RULES.md under which the pattern's first group stands."""
        found = {}
        heading = ""
        for line in self.texts.get(RULES, "").splitlines():
            if line.startswith("## "):
                heading = line[3:]
            for name in pattern.findall(line):
                found.setdefault(name, set()).add(heading)
        return found

    def resolve(self, path, name):
        """Where it leads from the file at `path`: from the root, or from a folder the file is in."""
        for parent in pathlib.PurePosixPath(path).parents:
            full = name if parent.as_posix() == "." else f"{parent.as_posix()}/{name}"
            if "*" in full:
                if any(fnmatch.fnmatch(known, full) for known in self.known):
                    return full
            elif full in self.known_stems:
                return full
        return None


def check_rule_numbers(tree, path, words, start):
    for match in RULE.finditer(words):
        for number in [match.group(1)] + re.findall(r"\d+", match.group(2)):
            if int(number) not in tree.rules:
                tree.add(path, f"rule {number} is no heading of {RULES}", match.group(0), start)
    for match in SECTION.finditer(words):
        tree.add(path, f"'{match.group(0)}' leads nowhere: name the file and its heading", match.group(0), start)


def check_headings(tree, path, words, start):
    for name, heading in HEADING_OF.findall(words):
        file = tree.resolve(path, name) or next((p for p in tree.texts if p.split("/")[-1] == name), None)
        if file and heading not in tree.headings(file):
            tree.add(path, f'{name} has no heading "{heading}"', heading, start)
    for match in UNQUOTED.finditer(words):
        tree.add(path, f"'{match.group(0)}': put the heading in quotes", match.group(0), start)
    if path == RULES:
        for heading in HEADING_HERE.findall(words):
            if heading not in tree.headings(RULES):
                tree.add(path, f'there is no heading "{heading}" here', heading, start)


def is_placeholder(name):
    return any(part.split(".")[0] in PLACEHOLDERS for part in name.split("/"))


def check_files(tree, path, words, start):
    for match in NAMED.finditer(URL.sub("", words)):
        name = match.group(1).rstrip(".-")
        in_room = "/" in name and name.split("/")[0] in ROOMS
        if not (in_room or name.endswith(FILE_SUFFIXES)) or name.startswith((".", "*")) or is_placeholder(name):
            continue
        if "/" in name:
            found = tree.resolve(path, name)
        else:
            found = not name.endswith(FOUND_BY_NAME) or fnmatch.filter(tree.names, name)
        if not found:
            tree.add(path, f"{name}: there is no such file", name, start)


def check_rules_file(tree):
    if tree.rules != list(range(1, len(tree.rules) + 1)) or not tree.rules:
        tree.add(RULES, f"rules are numbered 1, 2, 3, each with a name; here: {tree.rules}")
    checkers = set(re.findall(r'\{"([a-z]+)",', tree.texts.get(CHECKERS, "")))
    for names in CHECKER_NAMES.finditer(tree.texts.get(RULES, "")):
        for name in re.findall(r"`([a-z]+)`", names.group(1)):
            if name not in checkers:
                tree.add(RULES, f"the simulator has no checker {name}", names.group(0))


def check_planted(tree):
    named = tree.sections_that_name(PLANTED_NAME)
    planted = {p.split("/")[-1].removesuffix(".patch"): p
               for p in tree.texts if p.startswith(PLANTED + "/") and p.endswith(".patch")}
    for name in sorted(set(named) - set(planted)):
        tree.add(RULES, f"names the planted bug {name}, which is not in {PLANTED}", name)
    for name, path in sorted(planted.items()):
        said = PATCH_BEGINS.match(tree.texts[path])
        if name not in named:
            tree.add(path, f"is not named in {RULES}")
        elif not said:
            tree.add(path, "begins with the rule that it breaks: 'Rule N: ...' or 'RULES.md, \"Heading\": ...'")
        elif not any(heading == said.group(2) or heading.startswith(f"Rule {said.group(1)}: ")
                     for heading in named[name]):
            tree.add(path, f"breaks another rule than the one under which {RULES} names it")


def breaks_of(tree, path):
    for node in ast.parse(tree.texts.get(path, "")).body:
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["BREAKS"]:
            return ast.literal_eval(node.value)
    tree.add(path, "has no BREAKS = {name: rule}")
    return {}


def check_models(tree):
    named = tree.sections_that_name(BREAK_NAME)
    breaks = {name: (path, rule) for path in (MODEL, EXPIRY_MODEL) for name, rule in breaks_of(tree, path).items()}
    for name in sorted(set(named) - set(breaks)):
        tree.add(RULES, f"names --break {name}, which the model does not know", f"--break {name}")
    for name, (path, rule) in breaks.items():
        heading = f"Rule {rule}: " if isinstance(rule, int) else rule
        if not any(said.startswith(heading) for said in named.get(name, ())):
            under = f"rule {rule}" if isinstance(rule, int) else f'"{rule}"'
            tree.add(path, f"--break {name} is not named under {under} of {RULES}", name)


def check_tree(root):
    tree = Tree(root)
    check_rules_file(tree)
    check_planted(tree)
    check_models(tree)
    for path, text in tree.texts.items():
        for match in re.finditer(rf"\b{FORMER}\b", text):
            tree.add(path, f"'{FORMER}' is not in this tree: name {RULES}, or what says it", start=match.start())
        for part, offset in prose(path, text):
            for paragraph in PARAGRAPH.finditer(part):
                words = LINE_BREAK.sub(" ", paragraph.group(0))
                start = offset + paragraph.start()
                check_rule_numbers(tree, path, words, start)
                check_headings(tree, path, words, start)
                check_files(tree, path, words, start)
    return tree


def report(tree):
    for broken in tree.broken:
        print(f"broken: {broken}")
    print(f"{len(tree.texts)} files looked at, {len(tree.rules)} rules, {len(tree.broken)} names lead nowhere")
    return 1 if tree.broken else 0


# --- self-test: a tree that is fine, and what is put into it to be found, with a word of what is said of it ---

FINE = {
    RULES: '# Rules\n\n## Rule 1: One\n\nSee "Views" ("Views"), rule 2.\n- `--break one`, `tests/planted/a-bug.patch`\n'
           '- Simulator: checkers `state`, `log`.\n\n## Rule 2: Two\n\n## Views\n\n`tests/planted/view-bug.patch`, `--break view`\n',
    MODEL: '"""Of rules 1 and 2 (protocol/RULES.md)."""\nBREAKS = {"one": 1}\n',
    EXPIRY_MODEL: 'BREAKS = {"view": "Views"}\n',
    CHECKERS: '{"state", "s"},\n{"log", "l"},\n',
    "tests/planted/a-bug.patch": "Rule 1: so. Here: not.\n--- a/storage/row.h\n+++ b/storage/row.h\n // rule 77\n",
    "tests/planted/view-bug.patch": 'RULES.md, "Views": so. Here: not.\n--- a/storage/row.h\n',
    "storage/FORMAT.md": "# Format\n\n```\n# no heading\n```\n\n## Rows\n",
    "storage/row.h": '// Rules 1 to 2 (FORMAT.md, "Rows"; RULES.md,\n// "Views").\n// storage/row, row.h, '
                     'protocol/RULES.md, DIR/a.toml, RFC 4648, section 5, /etc/x.toml.\n'
                     'const char* a = "rule 77 of no/such.md";\n',
    "sim/README.md": "`report/page.cc`, tests/planted/*.patch, [rules](../protocol/RULES.md), https://a.org/b.md\n",
    "sim/report/page.cc": "int page;  // README.md\n",
    "tools/build": "#!/usr/bin/env bash\n# storage/row.h, rule 1\necho rule 77\n",
    "tests/house/x.py": '"""Rule 2."""\na = "rule 77"  # rule 1\n',
}

PLANTED_IN_SELF_TEST = [
    ({"storage/a.h": "// rule 3\n"}, "storage/a.h:1: rule 3 is no heading"),
    ({"storage/a.h": "int a;\n// as rule\n// 3 says\n"}, "rule 3 is no heading"),
    ({"storage/a.h": "// rules 1 to 3\n"}, "rule 3 is no heading"),
    ({"storage/a.h": "int a;  /* rule 3 */\n"}, "rule 3 is no heading"),
    ({"node/a.md": "text\n\nmore, rule 3\n"}, "node/a.md:3: rule 3 is no heading"),
    ({"tests/a.py": '"""Rule 3."""\n'}, "rule 3 is no heading"),
    ({"tests/a.py": "a = 1  # rule 3\n"}, "rule 3 is no heading"),
    ({"tools/a": "#!/usr/bin/env bash\nfalse  # rule 3\n"}, "rule 3 is no heading"),
    ({"tests/planted/a-bug.patch": "Rule 3: so.\n--- a/x\n"}, "rule 3 is no heading"),
    ({"storage/a.h": "// section 5\n"}, "leads nowhere"),
    ({"storage/a.h": '// FORMAT.md, "Clocks"\n'}, 'has no heading "Clocks"'),
    ({"storage/a.h": '// FORMAT.md, "no heading"\n'}, 'has no heading "no heading"'),
    ({"storage/a.h": '// protocol/RULES.md, "View"\n'}, 'has no heading "View"'),
    ({"storage/a.h": "// RULES.md, Views\n"}, "in quotes"),
    ({RULES: FINE[RULES] + '("Expiry")\n'}, 'no heading "Expiry" here'),
    ({RULES: FINE[RULES] + "\n## Rule 4: Four\n"}, "numbered"),
    ({RULES: FINE[RULES] + "checker `nobody`\n"}, "no checker nobody"),
    ({RULES: FINE[RULES] + "`tests/planted/b-bug.patch`\n"}, "names the planted bug b-bug"),
    ({RULES: FINE[RULES] + "`--break two`\n"}, "names --break two"),
    ({"tests/planted/b-bug.patch": "Rule 1: so.\n--- a/x\n"}, "b-bug.patch:1: is not named"),
    ({"tests/planted/a-bug.patch": "Rule 2: so.\n--- a/x\n"}, "another rule"),
    ({"tests/planted/a-bug.patch": "So.\n--- a/x\n"}, "begins with the rule"),
    ({MODEL: 'BREAKS = {"one": 1, "two": 2}\n'}, "--break two is not named"),
    ({MODEL: 'BREAKS = {"one": 2}\n'}, "--break one is not named under rule 2"),
    ({EXPIRY_MODEL: 'BREAKS = {"view": "Two"}\n'}, '--break view is not named under "Two"'),
    ({MODEL: "\n"}, "has no BREAKS"),
    ({"storage/a.h": "// protocol/row.h\n"}, "protocol/row.h: there is no such file"),
    ({"storage/a.h": "// storage/rows\n"}, "storage/rows: there is no such file"),
    ({"storage/a.h": "// rows.h\n"}, "rows.h: there is no such file"),
    ({"storage/a.h": "// FORMATS.md\n"}, "FORMATS.md: there is no such file"),
    ({"storage/a.h": "// storage/rocks_*\n"}, "storage/rocks_*: there is no such file"),
    ({"sim/README.md": "`report/pages.cc`\n"}, "report/pages.cc: there is no such file"),
    ({"storage/a.cc": f'auto a = "{FORMER} rule 1";\n'}, "is not in this tree"),
]


def findings_for(files):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return check_tree(root).broken


def self_test():
    failures = [f"called broken, and is not: {broken}" for broken in findings_for(FINE)]
    for planted, word in PLANTED_IN_SELF_TEST:
        found = findings_for(FINE | planted)
        if not any(word in broken for broken in found):
            failures.append(f"not found: {word!r} in {planted}; only {found}")
    for failure in failures:
        print(f"self-test: {failure}")
    print(f"self-test: {len(PLANTED_IN_SELF_TEST)} planted, {len(FINE)} fine files, {len(failures)} failures")
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
