// SPDX-License-Identifier: GPL-3.0-or-later
// Key files for CURVE in czmq's certificate format: NAME.key holds a public key, NAME.key_secret both keys. Read by the
// daemon and by poisectl, written by poisectl keygen. A file that somebody else could have written, or a secret that
// somebody else can read, is refused.
#ifndef POISE_PUBLISH_CURVE_KEY_H
#define POISE_PUBLISH_CURVE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define CURVE_KEY_TEXT      41 // 40 characters of Z85
#define CURVE_PUBLIC_SUFFIX ".key"
#define CURVE_SECRET_SUFFIX ".key_secret"

struct curve_key {
    char public_text[CURVE_KEY_TEXT], secret_text[CURVE_KEY_TEXT]; // secret_text "" in a public file
    char name[64];                                                 // "" for none
};

// 0; -ENOENT when there is no such file; -EINVAL for one that is not as it must be. error gets a sentence with path.
__attribute__((warn_unused_result)) int curve_key_load(struct curve_key *out, const char *path, bool secret,
                                                       char *error, size_t error_size);
// path is owned by this user or root, and not wider than 0777 & ~forbidden. 0, -ENOENT or -EINVAL with a sentence.
__attribute__((warn_unused_result)) int curve_key_check_file(const char *path, unsigned forbidden, char *error,
                                                             size_t error_size);

#endif
