// SPDX-License-Identifier: GPL-3.0-or-later
// Drift of a quantity against the session's own baseline. The change is an EWMA of the ten-second means less the
// baseline's mean (S. W. Roberts, 1959); whether it is real is told by a one-sided CUSUM (E. S. Page, 1954) with
// reference 0.5 and limit 5, in standard deviations widened for the correlation of neighbouring means; whether it
// matters, by a practical size. The change has to matter for two minutes. Figures: docs/session.md. Internal; RT-safe.
#ifndef POISE_FINDINGS_DRIFT_H
#define POISE_FINDINGS_DRIFT_H

#include "frames/finding.h"

struct drift_line {
    double sum, change; // CUSUM; EWMA
    double mean, sd;    // of the baseline it was last compared with
    int n;              // means compared
    int held, eased;    // means in a row: beyond the practical size; well within
    int age;            // means since the last one that could be compared
    int64_t onset;      // window in which the sum left zero
    bool drifted;
};

struct drift {
    struct drift_line line[N_QUANTITIES];
};

void drift_reset(struct drift *d);
// Forgets one quantity, whose reference is no longer the same.
void drift_forget(struct drift *d, enum quantity q);

// Ten-second means of one window, in order; NaN: unknown. baseline: cells with minutes 0 are unknown. What cannot be
// compared pauses.
void drift_take(struct drift *d, const float value[N_QUANTITIES], const struct usual_cell baseline[N_QUANTITIES],
                int64_t window);
void drift_pause(struct drift *d); // a window without a comparison

bool drift_is_known(const struct drift_line *line); // compared within the last two minutes
bool drift_any(const struct drift *d);
int drift_compared(const struct drift *d); // windows of the quantity that has most

// The size of a rise that matters, in the quantity's unit at this baseline; NaN: no rise of it is called fatigue.
float drift_size(enum quantity q, const struct usual_cell *baseline);

#endif
