"""A small RESP2 client over a plain socket: what the tests speak to a node with."""

import socket


class ReplyError(Exception):
    """An error reply, as the node worded it."""


class Resp:
    def __init__(self, port, timeout=10.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def encode(*args):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)

    def send(self, *args):
        self.socket.sendall(self.encode(*args))

    def call(self, *args):
        """One command, one reply; error replies are raised."""
        self.send(*args)
        return self.reply()

    def pipeline(self, commands):
        """The replies in order; error replies come as ReplyError objects."""
        self.socket.sendall(b"".join(self.encode(*c) for c in commands))
        replies = []
        for _ in commands:
            try:
                replies.append(self.reply())
            except ReplyError as error:
                replies.append(error)
        return replies

    def reply(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise ReplyError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._exactly(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        raise AssertionError(f"no RESP2 reply: {line!r}")

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("closed by the node")
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _exactly(self, size):
        while len(self.buffer) < size + 2:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size + 2:]
        return data


def as_map(flat):
    """A RESP2 map: a flat list of names and values."""
    return {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}
