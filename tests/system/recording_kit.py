# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of recordings share: XDF chunks by their own reader, requests, comparing replays, a disk of one's own."""

import json
import os
import re
import struct
import subprocess

import zmq

from poise_rig import HOST_KEYS, parse, read_lines, run

WALKER = """\
version: 1
phases:
  - {kind: stand, duration_s: 5}
  - {kind: walk, duration_s: 600}
"""
SOME_SITES = ("c7", "t12", "sacrum", "sternum")


def ask(rig, **request):
    """One request to the control socket."""
    context = zmq.Context()
    socket = context.socket(zmq.REQ)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(f"ipc://{rig.runtime}/control")
    try:
        socket.send_json(request)
        if not socket.poll(10000):
            raise AssertionError(f"no answer to {request}")
        return socket.recv_json()
    finally:
        socket.close()
        context.term()


def ctl(rig, *arguments):
    return run("poisectl", "--runtime-dir", rig.runtime, *arguments)


def _length(data, at):
    size = data[at]
    return int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size


def texts(path):
    """{stream name: [(stamp, text)]} of the string streams of an XDF file, as far as it is whole."""
    data, at, names, found = path.read_bytes(), 4, {}, {}
    while at < len(data) and at + 1 + data[at] <= len(data):
        length, start = _length(data, at)
        at = start + length
        if at > len(data):
            break
        tag, = struct.unpack_from("<H", data, start)
        if tag == 2:
            xml = data[start + 6:at].decode()
            if "<channel_format>string<" in xml:
                names[data[start + 2:start + 6]] = re.search("<name>(.*?)</name>", xml)[1]
                found.setdefault(re.search("<name>(.*?)</name>", xml)[1], [])
        elif tag == 3 and data[start + 2:start + 6] in names:
            number, place = _length(data, start + 6)
            for _ in range(number):
                stamp, = struct.unpack_from("<d", data, place + 1)
                size, place = _length(data, place + 9)
                found[names[data[start + 2:start + 6]]].append((stamp, data[place:place + size].decode()))
                place += size
    return found


def metrics(paths):
    """Every published object in the recording, by stream and seq."""
    objects = {}
    for path in paths:
        for stamp, text in texts(path).get("poise.metrics", []):
            value = parse(text)
            assert abs(stamp - value["t_s"]) < 1e-6, (stamp, value["t_s"])
            assert (value["stream"], value["seq"]) not in objects, value
            objects[value["stream"], value["seq"]] = value
    return objects


def by_seq(lines):
    return {(line["stream"], line["seq"]): line for line in lines if line["stream"] != "meta"}


def replay(rig, paths, name):
    """(process, lines) of `poised --replay` of these files in this order."""
    emitted = rig.folder / f"{name}.jsonl"
    done = run("poised", "--replay", *paths, "--emit", emitted)
    return done, read_lines(emitted)


def differences(live, again):
    """What is not the same in both, the host's keys apart."""
    wrong = []
    for key, line in live.items():
        other = again.get(key)
        if other is None or any(other.get(k) != v for k, v in line.items() if k not in HOST_KEYS):
            wrong.append((key, line, other))
    return wrong


def can_mount():
    done = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return done.returncode == 0


class Disk:
    """A small file system of its own for a program that is started with `wrap`: a tmpfs in a namespace."""

    def __init__(self, folder, size, options=""):
        self.folder, self.options = folder, f"size={size}{options}"
        folder.mkdir()

    def wrap(self, *command):
        script = f'mount -t tmpfs -o "{self.options}" none "$0" && exec "$@"'
        return ["unshare", "-rm", "sh", "-c", script, str(self.folder), *map(str, command)]

    def inside(self, process, *command):
        """A command in the program's namespace."""
        done = subprocess.run(["nsenter", "-t", str(process.popen.pid), "-U", "-m", "--preserve-credentials",
                               *map(str, command)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self, process):
        root = f"/proc/{process.popen.pid}/root{self.folder}"
        return sorted(os.listdir(root)), root


def as_json(text):
    return json.loads(text)
