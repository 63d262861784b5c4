// SPDX-License-Identifier: GPL-3.0-or-later
// Random UUIDs as text: names of starts, sessions and recordings.
#ifndef POISE_CORE_UUID_H
#define POISE_CORE_UUID_H

#include <stdbool.h>

#define UUID_TEXT 37 // with its NUL

// Version 4, lower case, from the kernel's random source. 0 or negative errno; then text is the nil UUID.
int uuid_make(char text[UUID_TEXT]);
bool uuid_is_text(const char *text); // 8-4-4-4-12 lower-case hexadecimal digits

#endif
