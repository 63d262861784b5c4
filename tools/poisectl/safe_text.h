// SPDX-License-Identifier: GPL-3.0-or-later
// Text from elsewhere made harmless for a terminal: control characters would move the cursor or change its title.
#ifndef POISE_POISECTL_SAFE_TEXT_H
#define POISE_POISECTL_SAFE_TEXT_H

#include <stdbool.h>

// True when text holds no control character (C0, DEL, C1).
bool safe_text_is(const char *text);

// text, valid UTF-8, with control characters as \xNN; malloc'd, NULL without memory.
char *safe_text(const char *text);

#endif
