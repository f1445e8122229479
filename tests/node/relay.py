"""A relay of TCP and UDP in front of one node, that keeps every byte it carries in either direction."""

import select
import socket
import threading


class Relay(threading.Thread):
    def __init__(self, port, to):
        super().__init__(daemon=True)
        self.to = ("127.0.0.1", to)
        self.carried = bytearray()
        self.tcp = socket.create_server(("127.0.0.1", port))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", port))
        self.other_end = {}   # TCP: socket -> socket
        self.upstream = {}    # UDP: who sent -> the socket that speaks to the node for it
        self.sender = {}      # and back
        self.wake, self.stopper = socket.socketpair()

    def stop(self):
        self.stopper.send(b"x")
        self.join()
        for s in [self.tcp, self.udp, self.wake, self.stopper, *self.other_end, *self.sender]:
            s.close()

    def run(self):
        while True:
            readable, _, _ = select.select([self.tcp, self.udp, self.wake, *self.other_end, *self.sender], [], [])
            for ready in readable:
                if ready is self.wake:
                    return
                self._carry(ready)

    def _carry(self, ready):
        if ready is self.tcp:
            client, _ = self.tcp.accept()
            try:
                node = socket.create_connection(self.to)
            except OSError:
                client.close()
                return
            self.other_end[client], self.other_end[node] = node, client
        elif ready is self.udp:
            data, who = self.udp.recvfrom(65536)
            if who not in self.upstream:
                self.upstream[who] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.upstream[who].connect(self.to)
                self.sender[self.upstream[who]] = who
            self.carried += data
            self._quietly(lambda: self.upstream[who].send(data))
        elif ready in self.sender:
            data = self._quietly(lambda: ready.recv(65536))
            if data:
                self.carried += data
                self._quietly(lambda: self.udp.sendto(data, self.sender[ready]))
        elif ready in self.other_end:
            data = self._quietly(lambda: ready.recv(65536)) or b""
            self.carried += data
            if not data or self._quietly(lambda: self.other_end[ready].sendall(data) or True) is None:
                other = self.other_end.pop(ready)
                self.other_end.pop(other, None)
                ready.close()
                other.close()

    @staticmethod
    def _quietly(action):
        try:
            return action()
        except OSError:
            return None
