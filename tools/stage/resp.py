"""A blocking Redis client, small and fast at pipelining; python3's standard library alone."""

import socket


class RespError(Exception):
    """An error reply, in the server's words."""


class Unreachable(OSError):
    """No connection, or it broke; says with whom."""


def bulk(value):
    """One argument as RESP sends it."""
    if not isinstance(value, bytes):
        value = str(value).encode()
    return b"$%d\r\n%b\r\n" % (len(value), value)


def command(*arguments):
    return b"*%d\r\n%b" % (len(arguments), b"".join(map(bulk, arguments)))


class Connection:
    """One connection to host:port. Replies come in the order of the commands, as RESP2: bytes, int, list, None."""

    def __init__(self, host, port, timeout=30.0):
        self.where = f"{host}:{port}"
        try:
            self.socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise Unreachable(f"{self.where} does not answer: {error}") from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.at = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, *arguments):
        self.send(command(*arguments))
        return self.reply()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Unreachable(f"{self.where} broke off: {error}") from None

    def reply(self):
        """The next reply; an error reply is raised."""
        value = self._value()
        if isinstance(value, RespError):
            raise value
        return value

    def pipeline(self, commands):
        """Sends all, each a sequence of arguments. The replies in order; an error reply comes as a RespError."""
        self.send(b"".join(command(*arguments) for arguments in commands))
        return [self._value() for _ in commands]

    def drain(self, count):
        """Reads `count` one-line replies (integers, +OK) unparsed; raises the first error among them. Much faster
        than reply() where only success matters. REQUIRES that no reply spans lines."""
        while count:
            end = self.buffer.rfind(b"\r\n", self.at)
            if end < 0:
                self._fill()
                continue
            lines = bytes(self.buffer[self.at:end]).split(b"\r\n")
            if len(lines) > count:
                lines = lines[:count]
            self.at += sum(map(len, lines)) + 2 * len(lines)
            count -= len(lines)
            for line in lines:
                if line[:1] == b"-":
                    raise RespError(line[1:].decode(errors="replace"))

    def _fill(self):
        if self.at:
            del self.buffer[:self.at]
            self.at = 0
        try:
            data = self.socket.recv(1 << 18)
        except OSError as error:
            raise Unreachable(f"{self.where} stopped answering: {error}") from None
        if not data:
            raise Unreachable(f"{self.where} closed the connection")
        self.buffer += data

    def _line(self):
        while (end := self.buffer.find(b"\r\n", self.at)) < 0:
            self._fill()
        line = bytes(self.buffer[self.at:end])
        self.at = end + 2
        return line

    def _exactly(self, size):
        while len(self.buffer) - self.at < size + 2:
            self._fill()
        data = bytes(self.buffer[self.at:self.at + size])
        self.at += size + 2
        return data

    def _value(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self._exactly(int(rest))
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"-":
            return RespError(rest.decode(errors="replace"))
        if kind == b"*":
            return None if rest == b"-1" else [self._value() for _ in range(int(rest))]
        raise Unreachable(f"{self.where} does not speak RESP2: {line[:40]!r}")
