"""Installs ioredis and node-redis beside the build and lets them talk to a node.

usage: node_js_test.py BIN_DIRECTORY INSTALL_DIRECTORY     exit 77: skipped"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from cluster import create_cluster

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ("ioredis.mjs", "node_redis.mjs")
SKIPPED = 77
# By the oldest Node.js that a file's clients run on, newest first. Debian 12 has 18, which the newest clients do not.
PACKAGES = {20: "package.json", 18: "package_node18.json"}


def install(directory):
    """None, or why it cannot be done here."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not here; tools/install-deps --tests installs them"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    major = int(version.lstrip("v").split(".")[0])
    wanted = next((HERE / name for oldest, name in PACKAGES.items() if major >= oldest), None)
    if not wanted:
        return f"the clients need Node.js {min(PACKAGES)}, and this is {version}"
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("expect.mjs", *PROGRAMS):
        shutil.copy(HERE / name, directory)
    shutil.copy(wanted, directory / "package.json")
    if (directory / "installed").exists() and (directory / "installed").read_bytes() == wanted.read_bytes():
        return None
    try:
        run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"],
                             cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150)
    except subprocess.TimeoutExpired:
        return "npm install did not end within 150 s"
    if run.returncode:
        return f"npm install failed: {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else 'without a word'}"
    shutil.copy(wanted, directory / "installed")
    return None


def main(binaries, directory):
    directory = pathlib.Path(directory)
    if why := install(directory):
        print(f"skipped: {why}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as data:
        (node,) = create_cluster(binaries, data, ["solo"])
        try:
            codes = [subprocess.run(["node", directory / program, str(node.port)], timeout=60).returncode
                     for program in PROGRAMS]
        finally:
            node.stop()
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
