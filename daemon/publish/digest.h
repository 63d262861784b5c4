// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256 (FIPS 180-4), so that two rigs can tell whether they run the same configuration. Private to publish/.
#ifndef POISE_PUBLISH_DIGEST_H
#define POISE_PUBLISH_DIGEST_H

#include <stddef.h>

#define DIGEST_TEXT 65

void digest_text(const void *data, size_t n, char out[DIGEST_TEXT]); // lower-case hex

#endif
