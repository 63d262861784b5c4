// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the packed blocks of poised's frames endpoint (docs/wire.md) and tells what is missing between them. Copy
// pimu.h and pimu.c into your program: they need nothing but C99, allocate nothing and believe nothing they read.
#ifndef PIMU_H
#define PIMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIMU_UTC_UNKNOWN INT64_MIN

// Validity bits of one site in one frame.
enum {
    PIMU_ACC = 1,          // acceleration is there; without the bit it is NaN
    PIMU_GYRO = 2,         // rate likewise
    PIMU_ACC_CLIPPED = 4,  // a sample under it was at full scale
    PIMU_GYRO_CLIPPED = 8, // likewise
    PIMU_BRIDGED = 16,     // interpolated over one to five missing samples
    PIMU_ACC_PARTIAL = 32, // the accelerometer lacks an axis, which reads 0
};

enum { PIMU_NOT_PIMU = -1, PIMU_OTHER_VERSION = -2, PIMU_CUT = -3, PIMU_NONSENSE = -4 };

struct pimu_block {
    uint8_t boot[16];    // another value: the daemon has started anew
    uint64_t seq;        // counts the messages that were made
    int64_t first_index; // frame number of frame 0
    int64_t t0_mono_ns;  // its instant on CLOCK_MONOTONIC of the daemon's machine
    int64_t t0_utc_ns;   // the same in UTC, PIMU_UTC_UNKNOWN when not known
    uint32_t period_ns;  // between frames
    unsigned n_frames, n_sites;
    const uint8_t *sites;  // [n_sites] ids; pointers go into the message
    const uint8_t *valid;  // [n_frames][n_sites]
    const uint8_t *values; // [n_frames][n_sites][6] little-endian float32
};

// 0 or one of the above; then *out is not to be used.
int pimu_parse(struct pimu_block *out, const void *message, size_t n);
const char *pimu_error(int code);

uint8_t pimu_valid(const struct pimu_block *block, unsigned frame, unsigned site);
// acc[3] m/s^2, gyro[3] rad/s
void pimu_values(const struct pimu_block *block, unsigned frame, unsigned site, float out[6]);
// NULL for a site of a later version.
const char *pimu_site_name(uint8_t id);
// Instant of the last frame.
int64_t pimu_newest_ns(const struct pimu_block *block);

// What came before, to be kept between messages; begins as {0}.
struct pimu_track {
    bool begun;
    uint8_t boot[16];
    uint64_t next_seq;
    int64_t next_index;
};
struct pimu_gap {
    bool restarted;    // first message, or the daemon started anew: nothing can be said about what is missing
    uint64_t messages; // lost between the daemon and here
    int64_t frames;    // missing, whatever the cause; without lost messages the daemon had none or dropped them
};
struct pimu_gap pimu_follow(struct pimu_track *track, const struct pimu_block *block);

#endif
