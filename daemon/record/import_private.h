// SPDX-License-Identifier: GPL-3.0-or-later
// Reading other people's XDF as an event log: recognise the streams (import_recognise.c), survey the file once for
// clock offsets and first stamps (import_survey.c), then one cursor per stream (import_cursor.c), merged by time
// (import_merge.c). Memory does not grow with the file.
#ifndef POISE_RECORD_IMPORT_PRIVATE_H
#define POISE_RECORD_IMPORT_PRIVATE_H

#include "record/log_reader_private.h"

// Corrected time = t + offset + slope * (t - origin), all in seconds.
struct clock_line {
    double origin, offset, slope;
};

struct import_stream {
    uint32_t id;
    struct source_desc desc;
    uint32_t column[N_CHANNELS]; // of the XDF stream, for each channel in desc.channel_mask
    double period_s;             // 0 without a nominal rate
    bool first_has_stamp;
    double first_s; // of a sample without stamp that nothing precedes: where to begin
    uint64_t n_samples;
    struct clock_line clock;
};

// True: a source Poise can use (site, channels, units). Else why [why_size] gets a few words.
bool import_recognise(struct import_stream *stream, const struct xdf_stream *header, const struct xdf_node *info,
                      const struct log_reader_options *options, char *why, size_t why_size);

struct survey {
    struct import_stream streams[MAX_SOURCES];
    int n_streams;
    int64_t utc_ns; // when the file says it began, else UTC_UNKNOWN_NS
    bool sound;     // no damage: lengths can be trusted
};

// -ENODATA with a sentence in error when nothing is usable.
__attribute__((warn_unused_result)) int import_survey(struct survey *survey, int fd,
                                                      const struct log_reader_options *options, char *error,
                                                      size_t error_size, char *warning);

#define CURSOR_SAMPLES 128

struct import_sample {
    int64_t stamp_ns; // corrected and quantised, otherwise as found
    int64_t key_ns;   // for the order: like stamp_ns, but a single wild stamp counts as the one before it
    double value[N_CHANNELS];
};

// The next samples of one stream, in file order.
struct cursor {
    const struct import_stream *stream;
    struct xdf_reader *xdf;
    bool in_chunk, at_end;
    bool has_previous;
    double previous_s; // uncorrected stamp of the newest sample read
    struct import_sample sample[CURSOR_SAMPLES];
    int head, n, n_keyed; // sample[head … head + n); the first n_keyed have their key
    int64_t last_key_ns;
    bool has_key;
};

__attribute__((warn_unused_result)) int cursor_open(struct cursor *cursor, int fd, const struct import_stream *stream,
                                                    bool sound);
void cursor_close(struct cursor *cursor);
// Afterwards n_keyed >= RAW_BLOCK_MAX unless the stream ends. 0 or negative errno.
__attribute__((warn_unused_result)) int cursor_fill(struct cursor *cursor);
void cursor_drop(struct cursor *cursor, int n); // the first n samples are used

#endif
