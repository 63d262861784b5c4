#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks on the folder POISE_KERNEL_OUT; counted like any other unittest."""

import sys
import unittest

suite = unittest.defaultTestLoader.loadTestsFromNames(["check_run", "check_events"])
sys.exit(not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful())
