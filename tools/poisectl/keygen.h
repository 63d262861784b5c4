// SPDX-License-Identifier: GPL-3.0-or-later
// `poisectl keygen`: keys for connections over CURVE, and who may use them.
#ifndef POISE_POISECTL_KEYGEN_H
#define POISE_POISECTL_KEYGEN_H

// argv[0] is "keygen". Returns the exit code: 0 done, 1 a file is there already or cannot be written, 64 usage.
int poisectl_keygen(int argc, char **argv);

#endif
