"""What the demo can import, and what it says of what it cannot."""

import gzip
import pathlib
import tempfile
import unittest

import records

INDEX = b"""Package: bach
Version: 1.0-1
Depends: libc6 (>= 2.34),
 libfugue1
Description: preludes

Package: cage
Version: 4.33
Description: silence
"""


class Records(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def refuses(self, path, *words):
        with self.assertRaises(records.BadInput) as refused:
            records.from_file(path)
        for word in words:
            self.assertIn(word, str(refused.exception))

    def test_a_package_index_plain_or_packed(self):
        self.write("a_Packages", INDEX)
        self.write("b_Packages.gz", gzip.compress(b"Package: cage\nVersion: 5\n\n"))
        self.write("b_InRelease", b"Package: none\n")
        files = records.package_index_files(self.directory)
        self.assertEqual([f.name for f in files], ["a_Packages", "b_Packages.gz"])
        found = records.packages(files)
        self.assertEqual(sorted(found), [b"pkg:bach", b"pkg:cage"])
        self.assertEqual(found[b"pkg:bach"][b"Depends"], b"libc6 (>= 2.34),\n libfugue1")
        self.assertEqual(found[b"pkg:cage"], {b"Package": b"cage", b"Version": b"5"})  # the last file's, whole

    def test_no_index_and_a_broken_one(self):
        self.assertEqual(records.package_index_files(self.directory / "none"), [])
        with self.assertRaises(records.BadInput):
            records.packages([self.write("x_Packages.gz", b"not gzip")])

    def test_the_made_up_set_is_the_same_every_time(self):
        self.assertEqual(records.made_up(100), records.made_up(100))
        self.assertEqual(len(records.made_up(100)), 100)

    def test_json_lines(self):
        path = self.write("cities.jsonl", '{"id": 7, "name": "Köln", "at": [50, 6]}\n\n{"name": "Oslo", "gone": null}\n')
        self.assertEqual(records.from_file(path), {
            b"cities:7": {b"id": b"7", b"name": "Köln".encode(), b"at": b"[50, 6]"},
            b"cities:Oslo": {b"name": b"Oslo"}})

    def test_csv_with_quoted_line_ends(self):
        path = self.write("cities.csv", 'key,note\na,"two\nlines"\nb,"x, y"\n')
        self.assertEqual(records.from_file(path), {
            b"cities:a": {b"key": b"a", b"note": b"two\nlines"}, b"cities:b": {b"key": b"b", b"note": b"x, y"}})

    def test_errors_name_the_line(self):
        self.refuses(self.write("a.jsonl", '{"id": 1}\n{"id": \n'), "a.jsonl:2", "not JSON")
        self.refuses(self.write("b.jsonl", '{"id": 1}\n[1]\n'), "b.jsonl:2", "object")
        self.refuses(self.write("c.jsonl", '{"id": 1}\n{"title": 1}\n'), "c.jsonl:2", "id, name or key")
        self.refuses(self.write("d.jsonl", b'{"id": 1}\n{"id": "\xff"}\n'), "d.jsonl:2", "UTF-8")
        self.refuses(self.write("e.jsonl", "\n"), "e.jsonl", "no record")
        self.refuses(self.write("f.csv", "id,x\n1,2\n3\n"), "f.csv:3", "1 values under 2 columns")
        self.refuses(self.write("g.csv", "title,x\n1,2\n"), "g.csv:1", "header")
        self.refuses(self.write("h.csv", "id,x\n,2\n"), "h.csv:2", "id, name or key")
        self.refuses(self.directory / "none.csv", "none.csv", "No such file")


if __name__ == "__main__":
    unittest.main()
