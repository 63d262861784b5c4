// SPDX-License-Identifier: GPL-3.0-or-later
// Where the harness's samples come from: the simulated runner or a recording, behind one interface, with the faults of
// the command line laid over it. A feed has devices, each with its description and its own sequence of samples in
// counts; times are nanoseconds of scenario time (0 at the start). One thread.
#ifndef POISE_SIM_FEED_H
#define POISE_SIM_FEED_H

#include "sim/body.h"
#include "sim/fault.h"

#include "frames/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEED_END INT64_MAX

struct feed_sample {
    int64_t t_ns;   // the stamp: when the host saw the sample, jitter and all, and what a fault makes of it
    int64_t due_ns; // when it is there to be read: the stamp, unless a fault has it wrong
    int32_t value[N_CHANNELS];
};

// What became of a device's samples so far.
struct feed_counts {
    uint64_t delivered;
    uint64_t in_gaps;                           // left out by a gap, or by a pulled plug while somebody read on
    uint64_t dropped;                           // left out one by one
    uint64_t overrun;                           // lost because the reader's buffer was full
    uint64_t frozen, saturated, burst, stepped; // delivered with the values, or the stamps, of a fault
};

struct feed;

// scenario, body and faults must outlive the feed.
__attribute__((warn_unused_result)) int feed_from_runner(struct feed **out, const struct scenario *scenario,
                                                         struct body *body, const struct fault_list *faults);
// Plays the samples of an XDF file. error gets a sentence.
__attribute__((warn_unused_result)) int feed_from_recording(struct feed **out, const char *path,
                                                            const struct fault_list *faults, char *error,
                                                            size_t error_size);
void feed_destroy(struct feed *feed); // accepts NULL

int feed_count(const struct feed *feed);
const struct source_desc *feed_desc(const struct feed *feed, int device);
bool feed_is_unplugged(const struct feed *feed, int device, int64_t t_ns);

int64_t feed_next_ns(struct feed *feed, int device); // when its next sample comes; FEED_END when there is none
// That sample; false at the end.
bool feed_pull(struct feed *feed, int device, struct feed_sample *sample);
// Drops what comes before t_ns.
void feed_skip(struct feed *feed, int device, int64_t t_ns);    // nobody was to have it
void feed_overrun(struct feed *feed, int device, int64_t t_ns); // somebody lost it
const struct feed_counts *feed_counts(const struct feed *feed, int device);
const struct fault_list *feed_faults(const struct feed *feed);
// How many outages of the device have begun by t_ns. Quick, as it is asked for every sample.
int feed_outages_begun(struct feed *feed, int device, int64_t t_ns);

// The rates the device offers, 0-terminated (a recording: its own only), and changing it. 0 or -EINVAL.
const int *feed_rates(const struct feed *feed, int device);
int feed_set_rate(struct feed *feed, int device, int rate_hz);

#define FEED_SCALES 6
// The scales its accelerometer or gyroscope offers, 0-terminated (a recording: none), and changing it. 0 or -EINVAL.
void feed_scales(const struct feed *feed, int device, bool gyro, double scales[FEED_SCALES]);
int feed_set_scale(struct feed *feed, int device, bool gyro, double scale);

#endif
