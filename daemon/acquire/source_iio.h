// SPDX-License-Identifier: GPL-3.0-or-later
// One IIO device through libiio 0.24 … 0.26, which nobody else calls (iio_device.c is part of this). A source object
// lives as long as its reader and is opened and closed again and again; every opening makes a context of its own
// (iio_context_clone loses a port, and one refill per context keeps threads apart). The process must ignore SIGPIPE: a
// network peer that dies would kill it otherwise.
//
// Chip counts and device stamps go out as they are; scale, offset, format, rate and mount are read from the device.
// All functions are for the reader's thread, except source_cancel and source_abort.
#ifndef POISE_ACQUIRE_SOURCE_IIO_H
#define POISE_ACQUIRE_SOURCE_IIO_H

#include "acquire/match.h"
#include "acquire/trigger.h"

struct source;

#define NOTE_MAX  512 // several sentences; an event carries the first
#define FACTS_MAX 192

struct source_wish {
    struct device_wish device;
    double mount[9]; // NaN: the device's own
    int rate_hz;
    int block_samples; // at rate_hz; the same duration, in samples, at the rate the device takes
    int kernel_buffers;
    int timeout_ms;
    double accel_range_g, gyro_range_deg_s; // NaN: as it is
    char trigger[64];                       // "": as the home chooses
    bool keep_trigger;
    struct trigger_home *triggers; // for local: devices; shared with other readers
    int stop_fd;                   // readable: opening is to be given up where that is possible
};

struct source_info {
    struct source_desc desc; // site and chip are the reader's to fill
    char id[32], label[64];
    bool has_other_half; // the wish matched two halves and this is the accelerometer
    int block_samples;
    struct trigger_got trigger;             // local: only
    double accel_range_g, gyro_range_deg_s; // full scale; NaN without such channels
    int buffer_length, buffer_watermark;    // samples, as the kernel says; -1: not known
    char note[NOTE_MAX];                    // what is not as asked, "" when all is
};

// Adds a sentence to info's note.
void source_note(struct source_info *info, const char *format, ...) __attribute__((format(printf, 2, 3)));
// What the device is set to, for a log line: ", 16 g, 2000 deg/s, trigger poise-0, buffer of 80".
void source_facts(const struct source_info *info, char facts[FACTS_MAX]);

void source_prepare(void); // once, before the first reader: libxml2 must be initialised by one thread
__attribute__((warn_unused_result)) int source_create(struct source **out);
void source_destroy(struct source *source); // closes; accepts NULL

// Connects, finds the device, sets trigger, rate, full scale and clock, enables the channels. 0, or negative errno and
// the sentence.
__attribute__((warn_unused_result)) int source_open(struct source *source, const struct source_wish *wish,
                                                    struct source_info *info, char reason[REASON_MAX]);
// Enables the buffer and reads back what became of it. 0, or negative errno and the sentence.
__attribute__((warn_unused_result)) int source_start(struct source *source, struct source_info *info,
                                                     char reason[REASON_MAX]);

// Blocks for the next samples: how many, or negative errno. After an error only source_close is permitted: a second
// refill of a network buffer returns stale data. RT-safe for local devices.
__attribute__((warn_unused_result)) int source_refill(struct source *source);
// Copies samples [first, first + block->n) of the last refill. RT-safe.
void source_take(const struct source *source, int first, struct raw_block *block);

// The sentence for an error of source_refill; hung says that the watchdog cancelled it.
void source_explain(const struct source *source, int error, bool hung, char reason[REASON_MAX]);

void source_cancel(struct source *source); // any thread: ends a blocked refill, and all further ones until closed
void source_abort(struct source *source);  // any thread: also shuts the connections to the peer down
void source_close(struct source *source);

#endif
