// SPDX-License-Identifier: GPL-3.0-or-later
// Initial contact and toe-off from one trunk site, sample by sample at 100 Hz. Running: the support (vertical specific
// force) falls to almost nothing in flight and rises with the contact; the instant is refined on the steepest fall of
// the forward acceleration, which is braking's onset. Toe-off is where the support falls through 0.85 of its mean over
// a step, carried on to zero along a half sine of that step's duty. Walking has no flight: forward acceleration falls
// and vertical peaks just after contact, so peaks of their common band-pass are taken. Which of the two applies is
// decided step by step from the dips of the support. Instants are in frames of 1 ms. Chosen and measured on real data,
// docs/steps.md. Internal to the room. RT-safe; the caller owns the struct.
#ifndef POISE_GAIT_CONTACTS_H
#define POISE_GAIT_CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#define CONTACTS_RING  32 // samples of input, more than the longest filter
#define CONTACTS_TRACE 16 // of filtered signals
#define CONTACTS_STEPS 8  // intervals and peaks remembered

// A symmetric smoothing filter and the slope that belongs to it, in units of 1 and per sample.
struct contacts_kernel {
    float smooth[CONTACTS_RING], slope[CONTACTS_RING];
};

struct contacts_input {
    int64_t index;     // frame number of the block's last frame
    float forward, up; // m/s^2, block mean, level axes, gravity removed
    float yaw_rate;    // rad/s; 0 without a gyro
    bool walking;      // the last seconds were walking, as far as is known
    double step_hz;    // tracked, 0 when none is
};

struct contacts_found {
    bool contact, toe_off;
    double contact_frame, toe_off_frame;
    float confidence;
    bool running;
};

struct contacts {
    struct contacts_kernel edge_kernel, support_kernel, walk_kernel;
    uint64_t n;
    float forward[CONTACTS_RING], up[CONTACTS_RING];
    float impact[CONTACTS_TRACE], support[CONTACTS_TRACE], edge[CONTACTS_TRACE], beat[CONTACTS_TRACE];
    double up_mean, yaw;                   // one-pole means
    double agree, power_forward, power_up; // whether the forward axis points forward
    double now;                            // frame of the newest input's centre
    double last_contact;                   // frame
    double interval[CONTACTS_STEPS];       // frames, newest first
    float peak[CONTACTS_STEPS];
    int n_intervals, n_peaks;
    double dip[2];             // last two dips of the support, frames
    bool running, armed, open; // open: in contact, toe-off awaited
    double flight_from;        // frame where the support was lost
    double load, weight;       // support, g: its sum since the last contact, its mean over the last running steps
    uint64_t load_from;
    int n_weighed;
    bool waiting; // a coarse contact waits for its edge …
    double coarse;
    int wait_left;
    int best_back; // walking: samples since the candidate peak, -1: none
    float best;
};

void contacts_reset(struct contacts *contacts);
// False when nothing was found at this sample.
bool contacts_step(struct contacts *contacts, const struct contacts_input *input, struct contacts_found *found);

// Median of the last intervals in frames; 0 before there are two.
double contacts_interval(const struct contacts *contacts);

#endif
