// SPDX-License-Identifier: GPL-3.0-or-later
// The files of an export on their way: written below a hidden folder on the same disk, put in place by renaming when
// all are whole, else removed. A folder that did not exist appears with everything in it at once.
#ifndef POISE_POISECTL_EXPORT_OUT_H
#define POISE_POISECTL_EXPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct export_out;

enum export_out_root {
    EXPORT_OUT_NEW,   // the folder must be empty or not there, unless forced
    EXPORT_OUT_MERGE, // files are added to the folder; one that is there is an error, unless forced
    EXPORT_OUT_INTO,  // the same, and the folder must be there
};

// 0 or negative errno with a sentence in error.
__attribute__((warn_unused_result)) int export_out_open(struct export_out **out, const char *folder,
                                                        enum export_out_root kind, bool force, char *error,
                                                        size_t error_size);

// -EEXIST with a sentence when the file is there already and may not be replaced.
__attribute__((warn_unused_result)) int export_out_check(const struct export_out *out, const char *name, char *error,
                                                         size_t error_size);
// Announces a file by its path below the folder, makes its folders, and gives where to write it, NULL on failure
// (errno). replace: it may be there already.
const char *export_out_path(struct export_out *out, const char *name, bool replace);
FILE *export_out_file(struct export_out *out, const char *name, bool replace);
// Flushed and on the disk. 0 or negative errno; closes in any case; accepts NULL.
__attribute__((warn_unused_result)) int export_out_close(FILE *file);
// 0, or the negative errno of a write to file that has failed just now.
int export_out_failed(FILE *file);

// All files into place. After a failure those that were put there are gone again. export_out_end is still needed.
__attribute__((warn_unused_result)) int export_out_commit(struct export_out *out, char *error, size_t error_size);
void export_out_end(struct export_out *out); // removes what was not committed, frees; accepts NULL

const char *export_out_folder(const struct export_out *out);
int export_out_count(const struct export_out *out);
const char *export_out_name(const struct export_out *out, int i);
unsigned long long export_out_bytes(const struct export_out *out, int i); // after commit

#endif
