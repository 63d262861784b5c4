#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks on the folder POISE_KERNEL_OUT; counted like any other unittest."""

import unittest

from check_events import *  # noqa: F401,F403
from check_run import *  # noqa: F401,F403

if __name__ == "__main__":
    unittest.main(verbosity=1)
