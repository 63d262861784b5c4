// SPDX-License-Identifier: GPL-3.0-or-later
// Whose a file of the state directory is: the name it is kept under, where, and what is said when it is another's.
// Private to record/. Not RT-safe.
#ifndef POISE_RECORD_STATE_OWNER_H
#define POISE_RECORD_STATE_OWNER_H

#include <stddef.h>

#define STATE_OWNER 64 // bytes of a name, with its NUL

// The name that runs without a subject (NULL or "") are kept under, else subject itself.
const char *state_owner(const char *subject);
// 0, or -EINVAL with a sentence: what's name cannot be a file's.
__attribute__((warn_unused_result)) int state_owner_check(const char *what, const char *name, char *error, size_t size);
// DIR/FOLDER/FILE.json into path; 0 or -ENAMETOOLONG with a sentence.
__attribute__((warn_unused_result)) int state_path(char *path, size_t path_size, const char *dir, const char *folder,
                                                   const char *file, char *error, size_t error_size);
// The same for a subject's file, its name checked.
__attribute__((warn_unused_result)) int state_path_of(char *path, size_t path_size, const char *dir, const char *folder,
                                                      const char *subject, char *error, size_t error_size);
// 0, or -EINVAL with a sentence: the file says it belongs to found.
__attribute__((warn_unused_result)) int state_owner_is(const char *found, const char *subject, char *what,
                                                       size_t what_size);

#endif
