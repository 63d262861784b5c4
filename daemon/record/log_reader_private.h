// SPDX-License-Identifier: GPL-3.0-or-later
// The two ways of log_reader: back from a Poise log (log_reader.c) and out of any other file (struct import).
#ifndef POISE_RECORD_LOG_READER_PRIVATE_H
#define POISE_RECORD_LOG_READER_PRIVATE_H

#include "record/log_format.h"
#include "record/log_reader.h"
#include "xdf/xdf_reader.h"

#define WARNING_BYTES 1024

struct import;

// fd is a regular file and stays the caller's. -ENODATA and a sentence without the file's name: no usable stream.
// warning [WARNING_BYTES] gets what is read but doubtful.
__attribute__((warn_unused_result)) int import_open(struct import **out, int fd,
                                                    const struct log_reader_options *options, char *error,
                                                    size_t error_size, char *warning);
__attribute__((warn_unused_result)) int import_next(struct import *import, struct log_event *event);
uint64_t import_offset(const struct import *import); // of the stream that is furthest
void import_close(struct import *import);            // accepts NULL

// Appends a sentence to a warning of WARNING_BYTES.
__attribute__((format(printf, 2, 3))) void add_warning(char *warning, const char *format, ...);
void add_damage_warning(char *warning, const struct xdf_damage *damage);

#endif
