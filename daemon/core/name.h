// SPDX-License-Identifier: GPL-3.0-or-later
// Names that go into topics and file names: the rig's, the subject's.
#ifndef POISE_CORE_NAME_H
#define POISE_CORE_NAME_H

#include <stdbool.h>

#define PLAIN_NAME_ALLOWED "letters, digits, dots, dashes and underscores"

// Topics are "<rig>/<stream>" and subscribers match them by prefix: a slash or a space in a name would break that. A
// file named after it stays in its folder.
bool name_is_plain(const char *name);

#endif
