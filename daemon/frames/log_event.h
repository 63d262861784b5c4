// SPDX-License-Identifier: GPL-3.0-or-later
// The ordered event log: the only thing that goes into the pipeline. Live, the intake fixes the order; in replay the
// recording's chunk order is the order. The pipeline is a pure function of this sequence.
//
// All times are nanoseconds of CLOCK_MONOTONIC of the recording machine, quantised by log_quantise_ns() so that they
// survive XDF's seconds in double precision for 2.8 years of uptime.
#ifndef POISE_FRAMES_LOG_EVENT_H
#define POISE_FRAMES_LOG_EVENT_H

#include "frames/calibration.h"
#include "frames/exercise.h"
#include "frames/site.h"
#include "frames/source.h"

#include <stdint.h>

#define RAW_BLOCK_MAX  64
#define REASON_MAX     160
#define COMMAND_TEXT   96
#define UTC_UNKNOWN_NS INT64_MIN

// Samples of one source as captured: counts (or SI for floating formats), chip axes, stamps of the device clock.
struct raw_block {
    uint16_t source;
    uint16_t n;                              // 1 … RAW_BLOCK_MAX
    int64_t arrival_ns;                      // when the reader had it; 0 in replay; never used for a value
    int64_t stamp_ns[RAW_BLOCK_MAX];         // quantised
    double value[RAW_BLOCK_MAX][N_CHANNELS]; // channels outside the source's mask are 0
};

enum device_state {
    DEVICE_WAITING, // configured, not opened yet (or again)
    DEVICE_RUNNING, // open and delivering
    DEVICE_LOST,    // was running, failed; the reader tries again
    DEVICE_DROPPED, // n_dropped samples were lost between reader and intake
};

struct device_event {
    uint16_t source; // or SOURCE_NONE before it was ever opened
    uint16_t site;
    enum device_state state;
    uint32_t n_dropped;
    int32_t error;           // negative errno, 0 when none
    char reason[REASON_MAX]; // a sentence for the operator, "" when none
};

// Where to remember the latest event of a device: by its source, before it has one by its site.
#define DEVICE_SLOTS (MAX_SOURCES + N_SITES)
static inline int device_slot(const struct device_event *event)
{
    return event->source < MAX_SOURCES ? event->source : MAX_SOURCES + event->site;
}

struct tick {
    int64_t mono_ns;
    int64_t utc_ns; // UTC_UNKNOWN_NS when the recording has none
};

enum command_kind { COMMAND_MARK, COMMAND_SPEED, COMMAND_CALIBRATE, COMMAND_SESSION, COMMAND_ASSESS };

#define SESSION_ID 37 // bytes of a UUID's text with its NUL

struct command {
    enum command_kind kind;
    enum calibrate_method method; // COMMAND_CALIBRATE
    enum exercise_action action;  // COMMAND_ASSESS …
    int exercise;                 // … ASSESS_START: enum exercise
    double value;                 // belt speed m/s; COMMAND_SESSION: marks set in it before, when it goes on
    char text[COMMAND_TEXT];      // marker text; COMMAND_SESSION: who runs, "" not told
    char session[SESSION_ID];     // COMMAND_SESSION: it begins, or goes on after a restart; "": it ends
};

enum log_kind {
    LOG_SETTINGS, // effective settings as YAML; first event of every log
    LOG_SOURCE,   // a source was opened, or opened again with another description
    LOG_BLOCK,
    LOG_TICK, // 10 Hz
    LOG_DEVICE,
    LOG_COMMAND,
    LOG_CALIBRATION, // taken from the state directory, or from the pipeline before a reload
    LOG_HISTORY,     // what is kept of the runner, from the state directory; again when another one runs
};

// The pointers stay valid until the next event is asked for.
struct log_event {
    enum log_kind kind;
    uint16_t source; // LOG_SOURCE: the slot that desc describes
    union {
        const char *settings;
        const struct source_desc *desc;
        const struct raw_block *block;
        const struct device_event *device;
        const struct command *command;
        const struct calibration *calibration;
        const struct runner_history *history;
        struct tick tick;
    };
};

// A device may stamp with anything. Within these, 126 years, the difference of two fits, and a recording holds them.
#define STAMP_MAX_NS INT64_C(3999999999000000000)

// Rounds to the log's resolution of 100 ns.
static inline int64_t log_quantise_ns(int64_t ns)
{
    ns = ns > STAMP_MAX_NS ? STAMP_MAX_NS : ns < -STAMP_MAX_NS ? -STAMP_MAX_NS : ns;
    int64_t half = ns < 0 ? -50 : 50;
    return (ns + half) / 100 * 100;
}

#endif
