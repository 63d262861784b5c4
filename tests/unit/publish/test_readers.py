# SPDX-License-Identifier: GPL-3.0-or-later
"""The example readers (tools/readers) against what a broken or hostile sender can send: over a real socket both count
alike and go on; the parser in Python takes the document's example and refuses every damaged form of it."""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import zmq

BIN, SOURCE = Path(os.environ["POISE_BIN_DIR"]), Path(os.environ["POISE_SOURCE_DIR"])
READERS = SOURCE / "tools/readers"
sys.path.insert(0, str(READERS))
import poise_frames
import poise_metrics

PYTHON = "/usr/bin/python3"
PROGRAMS = {name: [PYTHON, READERS / name] if name.endswith(".py") else [BIN / name]
            for name in ("poise_frames", "poise_frames.py", "poise_metrics", "poise_metrics.py")}
SEED = int(os.environ.get("POISE_SEED", "1"))


def example():
    text = (SOURCE / "docs/wire.md").read_text()
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]{4} ((?: [0-9a-f]{2})+)$", text, re.M)))


class Parser(unittest.TestCase):
    def test_the_example_of_the_document(self):
        block = poise_frames.parse(example())
        self.assertEqual(str(block.boot), "12345678-1234-1234-1234-123456789abc")
        self.assertEqual((block.seq, block.first_index, block.t0_mono_ns), (7, 12345670, 12345670 * 10**6))
        self.assertEqual((block.t0_utc_ns, block.period_ns, block.n_frames), (1795259071120000000, 10**6, 10))
        self.assertEqual(block.sites, ["c7", "wrist_left"])
        self.assertEqual(block.acc[3, 0].tolist(), [0.5, -0.25, 9.75 + 3 / 16])
        self.assertEqual(block.gyro[7, 0].tolist(), [7 / 8, 0, -1])
        self.assertEqual(block.acc[8, 1].tolist(), [1, 2, 16])
        self.assertEqual(block.valid[:, 1].tolist(), [1, 1, 1, 5, 1, 17, 1, 1, 1, 0])
        self.assertTrue(all(value != value for value in [*block.acc[9, 1], *block.gyro[0, 1]]))

    def test_every_cut_is_refused(self):
        message = example()
        for n in range(len(message)):
            with self.assertRaises(poise_frames.Refused):
                poise_frames.parse(message[:n])

    def test_damage_is_refused_or_read_but_never_more(self):
        print(f"seed {SEED} (POISE_SEED)")
        draw = random.Random(SEED)
        refused = 0
        for _ in range(5000):
            message = bytearray(example())
            for _ in range(draw.randint(1, 6)):
                message[draw.randrange(draw.choice((64, len(message))))] = draw.choice((0, 1, 127, 128, 255, draw.randrange(256)))
            try:
                block = poise_frames.parse(bytes(message))
                self.assertEqual(block.acc.shape, (block.n_frames, len(block.sites), 3))
            except poise_frames.Refused:
                refused += 1
        self.assertGreater(refused, 100)

    def test_metrics_refuse_what_is_none(self):
        metrics = poise_metrics.Metrics()
        wrong = [b"", b"[]", b"{}", b"\xff", b"[" * 100000, b'{"v":2,"stream":"a","boot":"b","seq":1,"t_s":1}',
                 b'{"v":1,"stream":"a","boot":"b","seq":"1","t_s":1}', b'{"v":1,"stream":"a","boot":"b","seq":1,"t_s":null}',
                 b'{"v":1,"stream":[],"boot":{},"seq":1,"t_s":1}']
        for text in wrong:
            self.assertIsNone(metrics.take(b"lab/a", text), text[:60])
        self.assertEqual((metrics.refused, metrics.messages), (len(wrong), 0))


class Programs(unittest.TestCase):
    def test_help_and_wrong_options(self):
        for name, command in PROGRAMS.items():
            with self.subTest(program=name):
                done = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                for option in ("--runtime-dir", "--endpoint", "--seconds", "--max-age"):
                    self.assertIn(option, done.stdout)
                for wrong in (["--seconds", "x"], ["--nonsense", "1"], ["--seconds"]):
                    done = subprocess.run([*command, *wrong], capture_output=True, text=True, timeout=60, check=False)
                    self.assertIn(done.returncode, (2, 64), wrong)
                    self.assertNotEqual(done.stderr, "")

    def serve(self, names, messages, good, seconds):
        """What each reader says at its end, after a sender sent it messages and some good ones."""
        with tempfile.TemporaryDirectory(prefix="poise-") as folder:
            endpoint, context = f"ipc://{folder}/socket", zmq.Context()
            socket = context.socket(zmq.XPUB)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.XPUB_VERBOSE, 1)
            socket.bind(endpoint)
            readers = [subprocess.Popen([*PROGRAMS[name], "--endpoint", endpoint, "--seconds", str(seconds), "--max-age", "0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for name in names]
            for _ in readers:
                self.assertTrue(socket.poll(30000))
                socket.recv()
            for message in [good, *messages, good]:
                socket.send_multipart(message)
                time.sleep(0.01)
            said = [reader.communicate(timeout=60)[0] for reader in readers]
            socket.close()
            context.term()
        for reader, text in zip(readers, said):
            self.assertEqual(reader.returncode, 0, text)
        return [re.search(r"^total .*? refused (\d+) starts", text, re.M)[0] for text in said], said

    def test_frames_over_a_socket(self):
        draw, good = random.Random(SEED), example()
        bad = [b"", b"PIMU", good[:100], b"XIMU" + good[4:], good[:4] + b"\x02\0" + good[6:], bytes(draw.randbytes(600))]
        odd = [[b"lab/imu"], [b"lab/imu", good, b""], [b""] * 20]  # not two parts: no message of ours
        totals, _ = self.serve(["poise_frames", "poise_frames.py"], [[b"lab/imu", text] for text in bad] + odd,
                               [b"lab/imu", good], 5)
        for total in totals:
            self.assertIn(f"messages 2 frames 20 lost 0 missing 0 stale 0 refused {len(bad)} starts", total)

    def test_metrics_over_a_socket(self):
        good = b'{"v":1,"rig":"lab","stream":"posture","boot":"b","session":null,"seq":4,"t_s":1.5,"utc":null}'
        bad = [b"", b"{", b"null", b'{"v":1}', b'"' + b"x" * 5000, good.replace(b'"seq":4', b'"seq":-4'), b"\xff\xfe"]
        odd = [[b"lab/posture"], [b"lab/posture", good, b""]]
        totals, said = self.serve(["poise_metrics", "poise_metrics.py"], [[b"lab/posture", text] for text in bad] + odd,
                                  [b"lab/posture", good], 5)
        for total, text in zip(totals, said):
            self.assertIn("messages 2 shown 2 lost 0", total)
            self.assertIn(f"refused {len(bad)} ", total)
            self.assertEqual(text.count(good.decode()), 2)


if __name__ == "__main__":
    if not (BIN / "poise_frames").exists():
        print("skipped: the readers are not built")
        sys.exit(77)
    unittest.main(verbosity=1)
