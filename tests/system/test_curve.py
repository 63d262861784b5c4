# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted connections: who is on the allow-list gets everything, who is not gets nothing, and the daemon does not
start with keys that do not protect."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

import zmq

from poise_rig import RigTest, check_sequences, is_sanitized, run

CONFIG = 78
NOBODY = 65534
CONFIGURATION = 'version: 1\nrig: lab\nsites: {sacrum: {uri: "ip:127.0.0.1:1"}}\n'  # waits for it, publishes its status


def read_key(path):
    """(public, secret or None) of a key file, as another program reads it."""
    keys = dict(line.strip().split(" = ", 1) for line in Path(path).read_text().splitlines() if " = " in line)
    return tuple(keys[name].strip('"').encode() if name in keys else None for name in ("public-key", "secret-key"))


class Curve(RigTest):
    def setUp(self):
        super().setUp()
        self.keys, self.client = self.rig.folder / "keys", self.rig.folder / "client"
        self.keygen("--server", self.keys)
        self.keygen("--client", "ann", "--out", self.client, "--allow", self.keys)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def keygen(self, *arguments):
        done = run("poisectl", "keygen", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def start(self, **options):
        poised = self.rig.start_poised(sites=[], sets=[f"publish.curve={self.keys}"],
                                       config=self.rig.write("curve.yaml", CONFIGURATION), **options)
        poised.wait_for("ready")
        return poised

    def receive(self, seconds=3, own=None, server=None):
        """What a SUB with these keys (public, secret) hears."""
        socket = self.context.socket(zmq.SUB)
        if server:
            socket.curve_serverkey = server
            socket.curve_publickey, socket.curve_secretkey = own
        socket.subscribe("")
        socket.connect(self.rig.endpoint)
        messages, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if socket.poll(left * 1000):
                messages.append(json.loads(socket.recv_multipart()[1]))
        socket.close(0)
        return messages

    def test_who_gets_what(self):
        poised = self.start()
        server = read_key(self.client / "server.key")[0]
        ann = read_key(self.client / "ann.key_secret")
        messages = self.receive(6, ann, server)
        check_sequences(self, messages)
        self.assertGreaterEqual({message["stream"] for message in messages}, {"status", "meta"})
        self.assertGreater(len(messages), 5)
        unlisted, other = zmq.curve_keypair(), zmq.curve_keypair()
        counts = {"no key": len(self.receive()), "a valid key that is not listed": len(self.receive(3, unlisted, server)),
                  "listed, but another server's key": len(self.receive(3, ann, other[0])),
                  "listed public key with another secret":
                      len(self.receive(3, (ann[0], unlisted[1]), server))}
        print(f"figure CURVE: an allowed client got {len(messages)} messages in 6 s without a hole; "
              + ", ".join(f"{who}: {count}" for who, count in counts.items()), flush=True)
        self.assertEqual(set(counts.values()), {0})
        # ipc is another door: by permissions, not by keys.
        self.assertEqual(run("poisectl", "--runtime-dir", self.rig.runtime, "status", "--json").returncode, 0)
        self.assertEqual(poised.stop(), 0)

    def test_poisectl_reads_with_its_keys(self):
        self.start()
        for path in (self.client, self.client / "ann.key_secret"):
            done = run("poisectl", "sub", "--json", "--count", "2", "--curve", path, "--endpoint", self.rig.endpoint, "status")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([json.loads(line)["stream"] for line in done.stdout.splitlines()], ["status"] * 2)
        done = run("poisectl", "status", "--curve", self.client, "--endpoint", self.rig.endpoint)
        self.assertIn("sacrum", done.stdout)
        done = run("poisectl", "top", "--once", "--curve", self.client, "--endpoint", self.rig.endpoint)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run("poisectl", "sub", "--endpoint", self.rig.endpoint).returncode, 1)
        self.assertEqual(run("poisectl", "sub", "--curve", self.client).returncode, 64)
        os.chmod(self.client / "ann.key_secret", 0o644)
        done = run("poisectl", "sub", "--curve", self.client, "--endpoint", self.rig.endpoint)
        self.assertEqual(done.returncode, 1)
        self.assertIn("0644", done.stderr)

    def test_the_list_is_read_anew_on_hup(self):
        poised = self.start()
        server = read_key(self.keys / "server.key")[0]
        ann = read_key(self.client / "ann.key_secret")
        self.keygen("--client", "bob", "--out", self.rig.folder / "bob", "--allow", self.keys)
        bob = read_key(self.rig.folder / "bob" / "bob.key_secret")
        self.assertEqual(self.receive(3, bob, server), [])
        self.hang_up(poised, "2 clients are allowed")
        self.assertGreater(len(self.receive(3, bob, server)), 0)
        (self.keys / "clients" / "ann.key").unlink()
        self.hang_up(poised, "1 clients are allowed")
        self.assertEqual(self.receive(3, ann, server), [])
        self.assertGreater(len(self.receive(3, bob, server)), 0)
        # What cannot be right changes nothing; neither does it stop anything.
        (self.keys / "clients" / "eve.key").write_text("curve\n    public-key = \"short\"\n")
        self.hang_up(poised, "eve.key does not hold.*stays allowed")
        self.assertGreater(len(self.receive(3, bob, server)), 0)
        for path in (self.keys / "clients").iterdir():
            path.unlink()
        self.hang_up(poised, "0 clients are allowed")
        self.assertEqual(self.receive(3, bob, server), [])
        # Between two lists nobody may slip in.
        intruder = self.context.socket(zmq.SUB)
        intruder.curve_serverkey = server
        intruder.curve_publickey, intruder.curve_secretkey = zmq.curve_keypair()
        intruder.reconnect_ivl = 1
        intruder.subscribe("")
        intruder.connect(self.rig.endpoint)
        for _ in range(100):
            poised.popen.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        self.assertFalse(intruder.poll(2500))
        intruder.close(0)
        self.assertEqual(poised.stop(), 0)

    def hang_up(self, poised, says):
        said = len(poised.log)
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for(says, said)

    def check_refused(self, *words, sets=None):
        config = self.rig.write("curve.yaml", CONFIGURATION)
        done = run("poised", "-c", config, *self.rig.poised_options([], sets or [f"publish.curve={self.keys}"]))
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        for word in words:
            self.assertIn(str(word), done.stderr)
        self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_keys_that_do_not_protect_are_refused(self):
        secret, clients = self.keys / "server.key_secret", self.keys / "clients"
        for mode in (0o640, 0o604, 0o660):
            secret.chmod(mode)
            self.check_refused(secret, f"{mode:04o}", "chmod 0600")
        secret.chmod(0o600)
        (clients / "ann.key").chmod(0o666)
        self.check_refused(clients / "ann.key", "0666")
        (clients / "ann.key").chmod(0o644)
        clients.chmod(0o777)
        self.check_refused(clients, "0777")
        clients.chmod(0o700)
        if os.geteuid() == 0:
            for path in (secret, clients / "ann.key", clients):
                os.chown(path, NOBODY, -1)
                self.check_refused(path, "another user")
                os.chown(path, 0, -1)
        (clients / "bob.key_secret").write_text("")
        self.check_refused("bob.key_secret", "stays with its client")
        (clients / "bob.key_secret").unlink()
        self.start()  # and now all is well again

    def test_keys_that_are_none_are_refused(self):
        secret, clients = self.keys / "server.key_secret", self.keys / "clients"
        good, other = secret.read_text(), (self.client / "ann.key_secret").read_text()
        swapped = good.split("secret-key")[0] + "secret-key" + other.split("secret-key")[1]
        for text in ("", "nonsense", "\0" * 100, "[" * 20000, good.replace("secret-key", "secret"), swapped,
                     (self.keys / "server.key").read_text(), good[:-20]):
            secret.write_text(text)
            self.check_refused(secret)
        secret.unlink()
        self.check_refused(secret, "No such file")
        secret.write_text(good)
        secret.chmod(0o600)
        (clients / "eve.key").write_text("curve\n    public-key = \"" + "\\" * 40 + "\"\n")
        self.check_refused(clients / "eve.key")
        (clients / "eve.key").unlink()
        (clients / "ann.key").unlink()
        self.check_refused(clients, "empty", "keygen")
        clients.rmdir()
        self.check_refused(clients, "no allow-list")
        self.check_refused("nowhere", sets=[f"publish.curve={self.rig.folder}/nowhere"])

    def test_one_key_in_two_files_is_one_client(self):
        (self.keys / "clients" / "again.key").write_text((self.keys / "clients" / "ann.key").read_text())
        self.assertIn("1 clients are allowed", self.start().log)

    def test_binds(self):
        self.check_refused("0.0.0.0:0", "publish.curve", sets=["publish.tcp=0.0.0.0:0"])
        self.check_refused("nothing to encrypt", sets=["publish.tcp=null", f"publish.curve={self.keys}"])
        poised = self.rig.start("poised", "-c", self.rig.write("curve.yaml", CONFIGURATION), "--runtime-dir", self.rig.runtime,
                                "--state-dir", self.rig.state, "--set", "publish.tcp=0.0.0.0:0", "--set",
                                f"publish.curve={self.keys}")
        poised.wait_for(r"tcp://0\.0\.0\.0:[1-9]\d* is encrypted")

    def test_half_handshakes_do_not_keep_the_allowed_out(self):
        poised = self.start()
        tries = 3 if is_sanitized() else 1  # an eighth as fast, beside other tests
        attacker = subprocess.Popen([sys.executable, Path(__file__).with_name("hostile_clients.py"), "half_curve",
                                     self.rig.endpoint, str(2 + 6 * tries)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(attacker.stdout.close)
        memory = [self.memory_mb(poised)]
        time.sleep(1)
        for _ in range(tries):
            messages = self.receive(6, read_key(self.client / "ann.key_secret"), read_key(self.keys / "server.key")[0])
            if len(messages) > 2:
                break
        memory.append(self.memory_mb(poised))
        self.assertEqual(attacker.wait(60), 0)
        print(f"figure CURVE: {attacker.stdout.read().strip()} by a stranger meanwhile; an allowed client got "
              f"{len(messages)} messages in 6 s; memory {memory[0]:.1f} -> {memory[1]:.1f} MB", flush=True)
        self.assertGreater(len(messages), 2)
        self.assertLess(memory[1] - memory[0], 400 * tries if is_sanitized() else 12)  # freed memory is kept there

    @staticmethod
    def memory_mb(poised):
        return int(Path(f"/proc/{poised.popen.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Keygen(RigTest):
    def test_files_and_words(self):
        keys, client = self.rig.folder / "keys", self.rig.folder / "client"
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        made = run("poisectl", "keygen", "--server", keys)
        self.assertEqual(made.returncode, 0, made.stderr)
        public, secret = read_key(keys / "server.key_secret")
        self.assertEqual(zmq.curve_public(secret), public)
        self.assertIn(public.decode(), made.stdout)
        self.assertNotIn(secret.decode(), made.stdout)
        self.assertEqual(read_key(keys / "server.key"), (public, None))
        for path, mode in ((keys, 0o700), (keys / "server.key_secret", 0o600), (keys / "clients", 0o700)):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode, path)
        made = run("poisectl", "keygen", "--client", "ann", "--out", client, "--json")
        self.assertEqual(json.loads(made.stdout)["public_key"].encode(), read_key(client / "ann.key")[0])
        self.assertEqual(stat.S_IMODE((client / "ann.key_secret").stat().st_mode), 0o600)

    def test_nothing_is_overwritten(self):
        keys = self.rig.folder / "keys"
        run("poisectl", "keygen", "--server", keys)
        before = (keys / "server.key_secret").read_bytes()
        again = run("poisectl", "keygen", "--server", keys)
        self.assertEqual(again.returncode, 1)
        self.assertIn("there already", again.stderr)
        self.assertEqual((keys / "server.key_secret").read_bytes(), before)

    def test_usage(self):
        for arguments in ([], ["--client", "ann"], ["--client", "../ann", "--out", "x"], ["--client", "server", "--out", "x"],
                          ["--server", "x", "--client", "y"], ["--nonsense"], ["--server"], ["--server", "x", "stray"]):
            with self.subTest(arguments=arguments):
                done = run("poisectl", "keygen", *arguments)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertTrue(done.stderr)
        self.assertIn("--allow", run("poisectl", "keygen", "--help").stdout)


class RuntimeDirectory(RigTest):
    def start(self, **options):
        return self.rig.start_poised(sites=[], config=self.rig.write("plain.yaml", CONFIGURATION), **options)

    def test_one_daemon_to_a_directory(self):
        first = self.start()
        second = run("poised", "-c", self.rig.folder / "plain.yaml", *self.rig.poised_options([]))
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"another poised, process {first.popen.pid}, runs in", second.stderr)
        self.assertEqual(run("poisectl", "--runtime-dir", self.rig.runtime, "status").returncode, 0)
        self.assertEqual(first.stop(), 0)
        self.assertEqual([path.name for path in self.rig.runtime.iterdir()], ["lock"])

    def test_one_daemon_to_a_port(self):
        self.start()
        port = self.rig.endpoint.rsplit(":", 1)[1]
        second = run("poised", "-c", self.rig.folder / "plain.yaml", "--runtime-dir", self.rig.folder / "other", "--state-dir",
                     self.rig.state, "--set", f"publish.tcp=127.0.0.1:{port}")
        self.assertEqual(second.returncode, 1)
        self.assertIn(port, second.stderr)

    def test_sockets_belong_to_the_directorys_group_whatever_the_umask(self):
        group = NOBODY if os.geteuid() == 0 else os.getgid()
        os.chown(self.rig.runtime, -1, group)
        for umask in (0o000, 0o077):
            previous = os.umask(umask)
            try:
                poised = self.start(name=f"poised-{umask}")
            finally:
                os.umask(previous)
            for name, mode in (("metrics", 0o660), ("control", 0o660), (".m", 0o600), (".c", 0o600)):
                found = (self.rig.runtime / name).stat()
                self.assertEqual(stat.S_IMODE(found.st_mode), mode, name)
                if not name.startswith("."):
                    self.assertEqual(found.st_gid, group)
            self.assertEqual(poised.stop(), 0)


if __name__ == "__main__":
    unittest.main()
