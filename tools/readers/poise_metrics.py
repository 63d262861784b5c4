#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Example: reads the metrics of poised (docs/streams.md), one JSON object a line. Needs python3-zmq.

It shows what every such program has to do: a small queue of its own, lost messages told by `seq` of each topic, a restart
of the daemon told by `boot`, and old values refused. A value's own t_s may well be seconds old (a window's centre, a
breath that has ended), so the age of what arrives is told by the streams that are instantaneous: posture, and status
when nothing is worn. Metrics can be imported.
"""

import argparse
import json
import signal
import sys
import time

import zmq

INSTANTANEOUS = ("posture", "status")


class Metrics:
    """Takes messages one by one and says which are the present."""

    def __init__(self, max_age_s=2):
        self.max_age_s = max_age_s
        self.boot, self.next_seq, self.newest_s = None, {}, None
        self.messages = self.lost = self.stale = self.refused = self.starts = 0

    def take(self, topic, text):
        """The object, or None when it is old or none of ours."""
        try:
            message = json.loads(text)
            stream, boot, seq, t_s = (message[key] for key in ("stream", "boot", "seq", "t_s"))
            if (message["v"] != 1 or not isinstance(seq, int) or seq < 1 or not isinstance(t_s, (int, float)) or
                    not isinstance(stream, str) or not isinstance(boot, str)):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            self.refused += 1
            return None
        self.messages += 1
        if boot != self.boot:  # another start: everything begins anew
            self.boot, self.next_seq, self.newest_s = boot, {}, None
            self.starts += 1
        lost = max(0, seq - self.next_seq.get(topic, seq))
        if lost:
            print(f"{topic.decode(errors='replace')}: {lost} lost", file=sys.stderr)
        self.lost += lost
        self.next_seq[topic] = seq + 1
        if stream in INSTANTANEOUS:
            self.newest_s = max(t_s, self.newest_s or t_s)
        # After a pause, here or on the way, what was queued comes first: it is history, not the present.
        now_s = time.clock_gettime(time.CLOCK_MONOTONIC)
        if self.max_age_s and (self.newest_s is None or now_s - self.newest_s > self.max_age_s):
            self.stale += 1
            return None
        return message


def subscribe(endpoint):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.set(zmq.LINGER, 0)
    socket.set(zmq.RCVHWM, 100)  # a queue of one's own holds old data too
    socket.set(zmq.MAXMSGSIZE, 1 << 20)
    socket.set(zmq.RECONNECT_IVL, 100)
    socket.set(zmq.RECONNECT_IVL_MAX, 2000)
    socket.set(zmq.HEARTBEAT_IVL, 2000)
    socket.set(zmq.HEARTBEAT_TIMEOUT, 6000)
    # Who knows the rig's name subscribes to "<rig>/posture" and the like, and spares the rest.
    socket.set(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    return socket


stopped = []


def main():
    parser = argparse.ArgumentParser(description="Prints the objects of these streams of poised, or of all, one a line.")
    parser.add_argument("--runtime-dir", default="/run/poise", metavar="DIR", help="of the daemon: reads ipc://DIR/metrics")
    parser.add_argument("--endpoint", metavar="EP", help="another ZeroMQ endpoint, tcp://127.0.0.1:5556 for example")
    parser.add_argument("--seconds", type=float, default=0, metavar="S", help="end after so long; exit 1 if nothing came")
    parser.add_argument("--max-age", type=float, default=2, metavar="S",
                        help="what was sent longer ago is counted as stale and not shown; default 2, 0 shows all (use 0 "
                             "from another machine: monotonic time is this machine's)")
    parser.add_argument("streams", nargs="*", metavar="STREAM")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    socket = subscribe(options.endpoint or f"ipc://{options.runtime_dir}/metrics")
    metrics, shown, start = Metrics(options.max_age), 0, time.monotonic()
    while not stopped and (not options.seconds or time.monotonic() - start < options.seconds):
        if not socket.poll(100):
            continue
        parts = socket.recv_multipart()
        message = metrics.take(*parts) if len(parts) == 2 else None
        if message and (not options.streams or message["stream"] in options.streams):
            print(parts[1].decode(), flush=True)
            shown += 1
    print(f"total messages {metrics.messages} shown {shown} lost {metrics.lost} stale {metrics.stale} "
          f"refused {metrics.refused} starts {metrics.starts}", file=sys.stderr)
    socket.close()
    return 0 if metrics.messages else 1


if __name__ == "__main__":
    sys.exit(main())
