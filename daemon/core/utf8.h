// SPDX-License-Identifier: GPL-3.0-or-later
// Text from devices and peers may hold any bytes; JSON and terminals want UTF-8.
#ifndef POISE_CORE_UTF8_H
#define POISE_CORE_UTF8_H

#include <stddef.h>

// Bytes of the valid UTF-8 sequence at text, 0 when it is none (overlong, surrogate, cut short, beyond U+10FFFF).
// A NUL counts as one byte.
size_t utf8_length(const char *text);

#endif
