# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that mean harm, each a process of its own: python3 hostile_clients.py NAME ENDPOINT SECONDS. They speak as
much ZMTP as they need over raw sockets, and ZeroMQ where its own client is the weapon. Each prints what it did."""

import os
import random
import socket
import struct
import sys
import time

import zmq


def connect(endpoint, room=None):
    """A raw socket to tcp://HOST:PORT or ipc://PATH; room: bytes of its own buffer, where that counts."""
    kind, address = endpoint.split("://")
    raw = socket.socket(socket.AF_UNIX if kind == "ipc" else socket.AF_INET)
    raw.settimeout(2)
    if room:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    host, _, port = address.rpartition(":")
    try:
        raw.connect(address if kind == "ipc" else (host, int(port)))
    except OSError:
        raw.close()
        raise
    return raw


def greeting(mechanism=b"NULL", major=3):
    return b"\xff" + b"\0" * 8 + b"\x7f" + bytes([major, 0]) + mechanism.ljust(20, b"\0") + b"\0" * 32


def frame(body, flags=0):
    if len(body) > 255:
        return bytes([flags | 2]) + struct.pack(">Q", len(body)) + body
    return bytes([flags, len(body)]) + body


def shake_hands(endpoint, kind=b"SUB", room=None):
    """A raw socket on which the NULL handshake is done."""
    raw = connect(endpoint, room)
    try:
        raw.sendall(greeting())
        left = 64
        while left > 0:
            part = raw.recv(left)
            if not part:
                raise ConnectionResetError("closed during the handshake")
            left -= len(part)
        raw.sendall(frame(b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind, 4))
        if not raw.recv(200):
            raise ConnectionResetError("closed during the handshake")
    except OSError:
        raw.close()
        raise
    return raw


def pour(raw, make, end):
    """Sends what make() gives until the end or until the other side has had enough; bytes sent, whether it was cut."""
    raw.settimeout(0.2)
    sent, chunk = 0, b""
    while time.monotonic() < end:
        chunk = chunk or make()
        try:
            n = raw.send(chunk)
            sent, chunk = sent + n, chunk[n:]
        except TimeoutError:
            continue
        except OSError:
            return sent, True
    return sent, False


def pour_again(endpoint, make, end, kind=b"SUB"):
    sent = cut = 0
    while time.monotonic() < end:
        try:
            raw = shake_hands(endpoint, kind)
        except OSError:
            time.sleep(0.02)
            continue
        with raw:
            n, was_cut = pour(raw, make, end)
            sent, cut = sent + n, cut + was_cut
    print(f"{sent} bytes sent, cut {cut} times")


def wait_for(end):
    time.sleep(max(0, end - time.monotonic()))


def nobody(_, end):
    wait_for(end)


def subscriptions(endpoint, end):
    """10 000 short and 10 000 long ones through ZeroMQ, and as many as fit through a raw socket."""
    context = zmq.Context()
    polite = context.socket(zmq.SUB)
    polite.connect(endpoint)
    for i in range(10000):
        polite.subscribe(f"{i}")
        polite.subscribe(f"lab/{i:0200}")
    noise = random.Random(1)
    pour_again(endpoint, lambda: b"".join(frame(b"\x01" + noise.randbytes(100)) for _ in range(300)), end)
    polite.close(0)
    context.term()


def known_subscriptions(endpoint, end):
    """Subscribing and unsubscribing what is published, without a pause."""
    pair = frame(b"\x01lab/posture") + frame(b"\x00lab/posture")
    pour_again(endpoint, lambda: pair * 500, end)


def unfinished(endpoint, end):
    """A message that never ends, to a subscriber's door."""
    pour_again(endpoint, lambda: b"\x01\x00" * 30000, end)


def garbage(endpoint, end):
    """Random bytes instead of a greeting, behind one, and behind a handshake; frames that say they are huge."""
    noise = random.Random(2)
    n = 0
    huge = bytes([2]) + struct.pack(">Q", 1 << 40)
    while time.monotonic() < end:
        for start in (lambda: connect(endpoint), lambda: shake_hands(endpoint)):
            for tail in (noise.randbytes(3000), greeting() + noise.randbytes(300), greeting(b"PLAIN"), greeting(major=1),
                         huge, huge + noise.randbytes(3000), frame(b"\x09SUBSCRIBE" + noise.randbytes(200), 4),
                         frame(b"", 4), frame(b"\x04PING", 5)):
                try:
                    with start() as raw:
                        raw.sendall(tail)
                        n += 1
                except OSError:
                    pass
    print(f"{n} pieces")


def half_open(endpoint, end):
    """Hundreds of connections that say nothing, or half a greeting."""
    held, tried = [], 0
    while time.monotonic() < end:
        try:
            raw = connect(endpoint)
            if tried % 2:
                raw.sendall(greeting()[:tried % 60])
            held.append(raw)
        except OSError:
            time.sleep(0.01)
        tried += 1
        if len(held) > 400:
            held.pop(0).close()
    print(f"{tried} connections, {len(held)} held")


def half_curve(endpoint, end):
    """CURVE handshakes that stop after the greeting, or send a HELLO of noise, or an INITIATE behind it."""
    noise, held, tried = random.Random(3), [], 0
    hello = frame(b"\x05HELLO\x01\x00" + b"\0" * 72 + noise.randbytes(120), 4)
    initiate = frame(b"\x08INITIATE" + noise.randbytes(300), 4)
    while time.monotonic() < end:
        try:
            raw = connect(endpoint)
            raw.sendall(greeting(b"CURVE") + (b"", hello, hello + initiate)[tried % 3])
            held.append(raw)
        except OSError:
            time.sleep(0.01)
        tried += 1
        if len(held) > 400:
            held.pop(0).close()
    print(f"{tried} handshakes")


def come_and_go(endpoint, end):
    n = 0
    while time.monotonic() < end:
        try:
            connect(endpoint).close()
            n += 1
        except OSError:
            time.sleep(0.01)
    print(f"{n} connections")


def hang_up(endpoint, end):
    """More messages than libzmq's queue takes, and gone, just when the heartbeat of the connection is due: every two
    seconds from its handshake on. libzmq 4.3 alone aborts then."""
    subscriber = not endpoint.endswith("control")
    unit = frame(b"\x01lab/") + frame(b"\x00lab/") if subscriber else frame(b"", 1) + frame(b'{"cmd":"snapshot"}')
    n, held = 0, []
    while time.monotonic() < end or held:
        while len(held) < 30 and time.monotonic() < end - 2.1:
            try:
                raw = shake_hands(endpoint, b"SUB" if subscriber else b"REQ")
                held.append((time.monotonic() + random.uniform(1.97, 2.01), raw))
            except OSError:
                time.sleep(0.01)
        for due, raw in list(held):
            if time.monotonic() >= due:
                try:
                    raw.sendall(unit * (90 if subscriber else 19))
                    time.sleep(0.002)
                except OSError:
                    pass
                raw.close()
                held.remove((due, raw))
                n += 1
        time.sleep(0.001)
    print(f"{n} connections")


def silent_readers(endpoint, end):
    """Subscribers to everything that read nothing."""
    held = []
    for _ in range(30 if endpoint.endswith("frames") else 40):  # fewer than the door has places
        raw = shake_hands(endpoint)
        raw.sendall(frame(b"\x01"))
        held.append(raw)
    wait_for(end)
    print(f"{len(held)} readers")


def requests(endpoint, end):
    """Requests through ZeroMQ's own client as fast as it takes them, from many connections, answers unread."""
    context = zmq.Context()
    sockets = []
    for _ in range(24):
        dealer = context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.connect(endpoint)
        sockets.append(dealer)
    n = 0
    while time.monotonic() < end:
        for dealer in sockets:
            try:
                dealer.send(b'{"cmd": "snapshot"}', zmq.DONTWAIT)
                n += 1
            except zmq.Again:
                time.sleep(0.0005)
    print(f"{n} requests")
    context.destroy(0)


def large_requests(endpoint, end):
    """A request larger than any is, and one that is none, again and again."""
    pour_again(endpoint, lambda: frame(b"", 1) + frame(b"x" * 8000) + frame(b"y" * 100000), end, b"DEALER")


def unfinished_request(endpoint, end):
    pour_again(endpoint, lambda: b"\x01\x00" * 30000, end, b"DEALER")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], time.monotonic() + float(sys.argv[3]))
    os._exit(0)  # not waiting for what a context still wants to send
