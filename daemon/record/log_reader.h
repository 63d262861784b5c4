// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a recording as an event log. A file that Poise wrote (it has `poise.events`) is given back chunk by chunk,
// event for event. Any other XDF file is merged by time: streams are recognised by type, name, channel labels and the
// map, ClockOffset chunks applied, samples ordered over all streams, cut into blocks of at most 10 ms, ticks made at 10
// Hz.
// "-" reads standard input. Not RT-safe.
#ifndef POISE_RECORD_LOG_READER_H
#define POISE_RECORD_LOG_READER_H

#include "frames/log_event.h"
#include "record/log_part.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT_MAP_MAX 32

struct import_map { // import.map.NAME=site
    char name[64];  // XDF stream name
    int site;       // enum site
};

struct log_reader_options {
    struct import_map map[IMPORT_MAP_MAX];
    int n_map;
    // The part that was read before this file. When this one goes on from there, what its head repeats is passed over,
    // so that both read like one file.
    struct log_part after;
};

struct log_reader;

// options may be NULL. -ENODATA: no usable stream; -EBADMSG: not XDF; else negative errno. error gets a sentence that
// names the file and what was found in it.
__attribute__((warn_unused_result)) int log_reader_open(struct log_reader **out, const char *path,
                                                        const struct log_reader_options *options, char *error,
                                                        size_t error_size);

// 1: *event is filled, its pointers are valid until the next call. 0: end. Negative errno: read error.
// A file cut short or damaged ends (0) after what is whole; log_reader_warning() then says what was lost.
__attribute__((warn_unused_result)) int log_reader_next(struct log_reader *reader, struct log_event *event);

// Which part of which recording this is; not told by every file, and only when its first event has come.
const struct log_part *log_reader_part(const struct log_reader *reader);
bool log_reader_goes_on(const struct log_reader *reader); // it is the part after options.after

const char *log_reader_warning(const struct log_reader *reader); // "" when all was whole
bool log_reader_is_poise_log(const struct log_reader *reader);
uint64_t log_reader_offset(const struct log_reader *reader); // bytes of the file read so far, for a progress display
void log_reader_close(struct log_reader *reader);            // accepts NULL

#endif
