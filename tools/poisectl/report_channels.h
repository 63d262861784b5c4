// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the published values a report tells, and what has to be known to tell them rightly: over which time a value
// reaches, in which activities it means something, which sensors' slip spoils it. Units and decimals are the streams'
// own.
#ifndef POISE_POISECTL_REPORT_CHANNELS_H
#define POISE_POISECTL_REPORT_CHANNELS_H

#include "publish/streams.h"

#include <stdbool.h>
#include <stdint.h>

#define IN_STILL  (1U << ACTIVITY_STILL)
#define IN_WALK   (1U << ACTIVITY_WALK)
#define IN_RUN    (1U << ACTIVITY_RUN)
#define IN_MOTION (IN_WALK | IN_RUN)
#define IN_ALL    (IN_STILL | IN_MOTION)
#define IN_NONE   0U // kept for something else than the table of metrics

struct report_channel {
    const char *key;
    const char *title;
    unsigned in;      // IN_…: its statistics in these activities
    bool series;      // over time, too
    bool about_zero;  // a share of it means nothing
    double matters;   // a smaller value is plainly better, and a difference above this is no chance; 0: neither
    uint32_t slip;    // SITE_BIT: wrong by an unknown angle when one of these has slipped
    const char *pair; // of a left one: key of the right one
    const char *both; // and how the two together are called
};

#define REPORT_CHANNELS_MAX 20

struct report_stream {
    enum stream stream;
    const char *inside;       // object that holds the values, NULL: the top
    double before_s, after_s; // a value rests on the time from t − before to t + after …
    const char *window;       // … or on this key's seconds about t
    double thin_s;            // one value in this time is enough; 0: every one
    double hold_s;            // a value holds so long; 0: for its instant
    bool calibrated;          // only what the key `calibrated` allows
    struct report_channel channels[REPORT_CHANNELS_MAX + 1];
};

enum report_table {
    TABLE_CADENCE,
    TABLE_BREATHING,
    TABLE_INSPIRATION,
    TABLE_POSTURE,
    TABLE_GAIT,
    TABLE_STEP,
    TABLE_ARMS,
    TABLE_PACK,
    TABLE_SESSION,
    N_TABLES
};
extern const struct report_stream report_streams[N_TABLES];

int report_n_channels(const struct report_stream *table);
// Index of key in table, -1: not in it.
int report_channel_of(const struct report_stream *table, const char *key);

// The row of a published key, of an object inside too; NULL: none.
const struct stream_key *report_key(enum stream stream, const char *key);
// What a key is called, for evidence and quantities that no table has, too: then the key in words, its unit from its
// end.
struct report_name {
    char title[64];
    const char *unit; // NULL: none
    int decimals;
};
void report_describe(const char *key, struct report_name *name);
// "thoracic_rotation" as "Thoracic rotation".
void report_words(const char *name, char *words, size_t size);

extern const char *const activity_names[]; // by enum activity

#endif
