#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Example: reads the 1 kHz samples of all sensors from poised (docs/wire.md). Needs python3-zmq and python3-numpy.

It shows what every such program has to do: a small queue of its own, lost messages told by the sequence number, missing
frames by the frame index, old data refused by its age, a restart of the daemon told by its boot UUID. libzmq connects
again by itself. parse() and Track can be imported.
"""

import argparse
import dataclasses
import signal
import struct
import sys
import time
import uuid

import numpy as np
import zmq

VERSION = 1
HEADER = struct.Struct("<4sHH16sQqqqIHH")  # what version 1 knows; the header may be longer
UTC_UNKNOWN = -2**63
INSTANT_MAX = 2**62
SITES = ("head", "c7", "t12", "sacrum", "sternum", "abdomen", "shoulder_left", "shoulder_right", "wrist_left",
         "wrist_right", "foot_left", "foot_right", "pack")
# Validity bits of one site in one frame. Without ACC or GYRO the three values are NaN.
ACC, GYRO, ACC_CLIPPED, GYRO_CLIPPED, BRIDGED, ACC_PARTIAL = (1 << bit for bit in range(6))


class Refused(ValueError):
    """A message that is no block of frames of this version."""


@dataclasses.dataclass
class Block:
    boot: uuid.UUID  # another value: the daemon has started anew
    seq: int  # counts the messages that were made
    first_index: int  # frame number of frame 0
    t0_mono_ns: int  # its instant on CLOCK_MONOTONIC of the daemon's machine
    t0_utc_ns: int | None  # the same in UTC
    period_ns: int  # between frames
    sites: list  # names
    valid: np.ndarray  # [n_frames, n_sites] bits
    acc: np.ndarray  # [n_frames, n_sites, 3] m/s^2, specific force
    gyro: np.ndarray  # [n_frames, n_sites, 3] rad/s

    @property
    def n_frames(self):
        return len(self.valid)

    @property
    def newest_ns(self):
        return self.t0_mono_ns + (self.n_frames - 1) * self.period_ns


def parse(message):
    """A Block of the bytes of one message; Refused when they are none."""
    if len(message) < 8 or message[:4] != b"PIMU":
        raise Refused("no block of frames")
    version, header = struct.unpack_from("<HH", message, 4)
    if version != VERSION:
        raise Refused(f"version {version} of the format")
    if header < HEADER.size or header > len(message):
        raise Refused("shorter than it says")
    _, _, _, boot, seq, first, t0, utc, period, n_frames, n_sites = HEADER.unpack_from(message)
    if not (0 <= first < INSTANT_MAX and 0 <= t0 < INSTANT_MAX and period and n_frames):
        raise Refused("an instant, period or count that cannot be")
    cells = n_frames * n_sites
    values = (header + n_sites + cells + 3) // 4 * 4
    if values + cells * 24 > len(message):  # more may follow: a later version's
        raise Refused("shorter than it says")
    ids = message[header:header + n_sites]
    valid = np.frombuffer(message, np.uint8, cells, header + n_sites).reshape(n_frames, n_sites)
    data = np.frombuffer(message, "<f4", cells * 6, values).reshape(n_frames, n_sites, 6)
    names = [SITES[i] if i < len(SITES) else "(unknown)" for i in ids]
    return Block(uuid.UUID(bytes=bytes(boot)), seq, first, t0, None if utc == UTC_UNKNOWN else utc, period, names, valid,
                 data[:, :, :3], data[:, :, 3:])


class Track:
    """What is missing between blocks."""

    def __init__(self):
        self.boot = self.next_seq = self.next_index = None

    def follow(self, block):
        """(restarted, messages lost on the way, frames missing whatever the cause)"""
        restarted = (block.boot != self.boot or block.seq < self.next_seq or block.first_index < self.next_index)
        lost, missing = (0, 0) if restarted else (block.seq - self.next_seq, block.first_index - self.next_index)
        self.boot, self.next_seq, self.next_index = block.boot, block.seq + 1, block.first_index + block.n_frames
        return restarted, lost, missing


def subscribe(endpoint):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.set(zmq.LINGER, 0)
    socket.set(zmq.RCVHWM, 100)  # a second: a queue of one's own holds old data too
    socket.set(zmq.MAXMSGSIZE, 1 << 20)
    socket.set(zmq.RECONNECT_IVL, 100)
    socket.set(zmq.RECONNECT_IVL_MAX, 2000)
    socket.set(zmq.HEARTBEAT_IVL, 2000)
    socket.set(zmq.HEARTBEAT_TIMEOUT, 6000)
    socket.set(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    return socket


class Reader:
    def __init__(self, options):
        self.options, self.track = options, Track()
        self.messages = self.frames = self.lost = self.missing = self.stale = self.refused = self.starts = 0
        self.age_s, self.sites, self.reported = 0.0, [], 0

    def take(self, message):
        try:
            block = parse(message)
        except Refused as why:
            self.refused += 1
            if self.refused == 1:
                print(f"a message was refused: {why}", file=sys.stderr)
            return
        restarted, lost, missing = self.track.follow(block)
        self.messages += 1
        self.starts += restarted
        self.lost += lost
        self.missing += missing
        self.age_s = (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - block.newest_ns) / 1e9
        # After a pause, here or on the way, what was queued comes first: it is history, not the present.
        if 0 < self.options.max_age < self.age_s:
            self.stale += 1
            return
        self.frames += block.n_frames
        self.sites = block.sites
        if self.options.csv:
            self.show(block)

    def show(self, block):
        lines, values = [], np.concatenate([block.acc, block.gyro], axis=2).tolist()
        for k, frame in enumerate(values):
            head = f"{block.first_index + k},{(block.t0_mono_ns + k * block.period_ns) / 1e9:.3f},{self.age_s * 1e3:.1f}"
            for i, site in enumerate(block.sites):
                numbers = ",".join(f"{value:.9g}" for value in frame[i])
                lines.append(f"{head},{site},{block.valid[k, i]},{numbers}\n")
        sys.stdout.write("".join(lines))

    def say(self, what):
        print(f"{what} messages {self.messages} frames {self.frames} lost {self.lost} missing {self.missing} "
              f"stale {self.stale} refused {self.refused} starts {self.starts} age_ms {self.age_s * 1e3:.1f} sites",
              *self.sites, file=sys.stderr if self.options.csv else sys.stdout, flush=True)

    def run(self):
        socket = subscribe(self.options.endpoint or f"ipc://{self.options.runtime_dir}/frames")
        if self.options.csv:
            print("index,t_s,age_ms,site,valid,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z")
        start = next_report = time.monotonic()
        while not stopped and (not self.options.seconds or time.monotonic() - start < self.options.seconds):
            if socket.poll(100):
                parts = socket.recv_multipart()
                if len(parts) == 2:  # topic and block
                    self.take(parts[1])
            if time.monotonic() >= next_report:
                next_report = time.monotonic() + 1
                self.say("silent" if self.messages == self.reported else "so far")
                self.reported = self.messages
        self.say("total")
        socket.close()
        return 0 if self.messages else 1


stopped = []


def main():
    parser = argparse.ArgumentParser(description="Reads the 1 kHz samples of poised and tells each second how many came.")
    parser.add_argument("--runtime-dir", default="/run/poise", metavar="DIR", help="of the daemon: reads ipc://DIR/frames")
    parser.add_argument("--endpoint", metavar="EP", help="another ZeroMQ endpoint")
    parser.add_argument("--seconds", type=float, default=0, metavar="S", help="end after so long; exit 1 if nothing came")
    parser.add_argument("--max-age", type=float, default=2, metavar="S",
                        help="older samples are counted as stale and not shown; default 2, 0 shows all")
    parser.add_argument("--csv", action="store_true",
                        help="every sample as a line on standard output, reports on standard error")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    return Reader(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
