// SPDX-License-Identifier: GPL-3.0-or-later
// What the other rooms published last, how old it is, and the little memory that factors share: how long the runner
// has been doing what he does, the last minute of gait, the shoulders' movement with the breath, the side lean before
// the pack went on, the first run. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_SENSES_H
#define POISE_FINDINGS_SENSES_H

#include "findings/first_run.h"
#include "findings/pack_on.h"
#include "findings/shoulders.h"
#include "frames/log_event.h"
#include "frames/output.h"

#define GAIT_PAST      64 // seconds
#define BREATHS_PAST   20 // behind breathing.interval_cv_pct
#define ROTATION_TAU_S 4.0

// When a result came and what instant it describes.
struct heard {
    int64_t heard_ns, at_ns;
    int64_t newest_ns; // of a mean: the instant of what went in last
};

struct senses {
    int64_t now_ns;
    struct posture_result posture;
    struct cadence_result cadence;
    struct gait_result gait;
    struct breathing_result breathing;
    struct arms_result arms;
    struct pack_result pack;
    struct posture_angles tall; // what the angles read in the tall stand
    bool has_tall;
    uint32_t calibrations; // that changed the axes so far
    int64_t turned_ns;     // when they last did: a mean from before is of other axes
    struct heard posture_heard, cadence_heard, gait_heard, breathing_heard, arms_heard, pack_heard;
    int activity;              // enum activity
    int64_t activity_since_ns; // of walk, run or still; the brief unknown between does not count
    struct {
        int64_t heard_ns;
        float step, step_ci, contact, contact_ci;
    } past[GAIT_PAST]; // the asymmetries, newest at n_past - 1
    unsigned n_past;
    int64_t breath_ns[BREATHS_PAST]; // onsets of breaths without a hold, newest at n_breaths - 1
    unsigned n_breaths;
    float assessed_deg[2]; // how far the chest turned to each side, seated; NaN: not assessed in this session
    float rotation_deg;    // range of trunk rotation, smoothed; NaN: not running
    struct shoulders shoulders;
    struct pack_on pack_on;
    struct first_run first_run;
};

void senses_init(struct senses *senses);
void senses_command(struct senses *senses, const struct command *command);
void senses_take(struct senses *senses, const struct output *output, int64_t now_ns);
void senses_step(struct senses *senses, int64_t now_ns);

// Not older than a result of its stream may be.
bool senses_fresh(const struct senses *senses, const struct heard *heard);
// How long the runner has been walking, running or still; 0: does something else.
double senses_doing_s(const struct senses *senses, int activity);
// posture.mean is there, of calibrated sensors, and no part of it is from before a calibration.
bool senses_has_posture(const struct senses *senses);
// The middle of the last 20 breaths; false: not all of them are of the present activity.
bool senses_breaths(const struct senses *senses, int64_t *middle_ns);
double senses_step_s(const struct senses *senses); // length of a step; NaN: not known

#endif
