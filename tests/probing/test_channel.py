"""A channel: sending as far as the kernel takes it, reading what has come, and the end of a connection."""

from __future__ import annotations

import errno
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from icwatch.probing import connection
from icwatch.probing.channel import Channel
from icwatch.probing.lookup import SocketAddress
from icwatch.probing.loop import Loop

MEGABYTES = 8_000_000
"""More than the kernel takes at once."""


class Owner:
    """Goes on as it is told to, each time that the channel is ready."""

    def __init__(self) -> None:
        self.then: Callable[[], object] = lambda: None

    def ready(self) -> None:
        self.then()


class Connection:
    """A channel and the server's end of it, established."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.owner = Owner()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.channel = Channel(self.loop, listener.getsockname(), self.owner)
            self.server, _ = listener.accept()
        self.wait()
        self.channel.establish()

    def wait(self, condition: Callable[[], object] = lambda: True) -> None:
        """Return once the channel was ready and the condition holds."""

        def look() -> None:
            if condition():
                self.loop.stop()

        self.owner.then = look
        self.loop._running = True
        self.loop.run()

    def close(self) -> None:
        self.channel.close()
        self.server.close()
        self.loop.__exit__()


@pytest.fixture
def connected() -> Iterator[Connection]:
    made = Connection()
    yield made
    made.close()


def test_what_was_sent_arrives_and_what_came_is_received(connected: Connection) -> None:
    connected.channel.send(b"question")
    assert not connected.channel.is_sending
    assert connected.server.recv(100) == b"question"
    assert connected.channel.receive(100) is None
    connected.server.sendall(b"answer")
    connected.wait()
    assert connected.channel.receive(3) == b"ans"
    assert connected.channel.receive(100) == b"wer"
    assert connected.channel.receive(100) is None


def test_the_end_is_no_bytes(connected: Connection) -> None:
    connected.channel.send(b"question")
    assert connected.server.recv(100) == b"question"
    connected.server.close()
    connected.wait()
    assert connected.channel.receive(100) == b""


def test_what_the_kernel_does_not_take_at_once_is_sent_as_it_does(connected: Connection) -> None:
    data = bytes(range(250)) * (MEGABYTES // 250)
    connected.channel.send(data)
    assert connected.channel.is_sending
    came = bytearray()

    def take_all() -> None:
        while len(came) < len(data):
            came.extend(connected.server.recv(1 << 20))
        connected.server.sendall(b"answer")

    def go_on() -> bool:
        connected.channel.send(b"")
        return not connected.channel.is_sending

    taking = threading.Thread(target=take_all)
    taking.start()
    connected.wait(go_on)
    taking.join()
    assert bytes(came) == data
    connected.wait()  # it is told of what can be read again
    assert connected.channel.receive(100) == b"answer"


def test_a_reset_is_named_so_also_where_the_kernel_speaks_of_a_pipe(connected: Connection) -> None:
    connected.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connected.server.close()
    connected.wait()
    with pytest.raises(ConnectionResetError):
        connected.channel.send(b"question")  # a reset, which the kernel names once
    with pytest.raises(ConnectionResetError) as raised:
        connected.channel.send(b"question")  # a broken pipe
    assert raised.value.errno == errno.ECONNRESET
    assert not connected.channel.is_sending


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as bound, Loop() as loop:
        bound.bind(("127.0.0.1", 0))
        owner = Owner()
        owner.then = loop.stop
        refused = Channel(loop, bound.getsockname(), owner)
        loop.run()
        with pytest.raises(ConnectionRefusedError):
            refused.establish()
        refused.close()


def test_a_loop_that_cannot_watch_it_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    begin = connection.begin

    def note(address: SocketAddress) -> socket.socket:
        opened.append(begin(address))
        return opened[-1]

    monkeypatch.setattr(connection, "begin", note)
    with socket.create_server(("127.0.0.1", 0)) as listener, Loop() as loop:

        def refuse(*words: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(loop, "watch", refuse)
        with pytest.raises(OSError, match="No space"):
            Channel(loop, listener.getsockname(), Owner())
        assert opened[0].fileno() == -1


def test_what_is_closed_is_watched_no_more(connected: Connection) -> None:
    other = Connection()
    number = other.channel._socket.fileno()
    other.close()
    assert number not in other.loop._waiting
    assert connected.loop._waiting
