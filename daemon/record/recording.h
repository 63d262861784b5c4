// SPDX-License-Identifier: GPL-3.0-or-later
// A recording on disk: one file, or parts in a folder that follow one another by size and time. It follows the log also
// while it does not write, so that it can begin at any moment with what is in force. An error ends it: the file is
// closed, the state tells why, a line is logged; it may be started again. One thread (the recorder's). Not RT-safe.
#ifndef POISE_RECORD_RECORDING_H
#define POISE_RECORD_RECORDING_H

#include "frames/log_event.h"
#include "frames/recording.h"
#include "record/record_settings.h"

struct recording;

// 0 or -ENOMEM.
__attribute__((warn_unused_result)) int recording_create(struct recording **out, const struct record_params *params,
                                                         const char *rig);
void recording_destroy(struct recording *recording); // stops; accepts NULL

// path: this one file, replaced when it is there; NULL: parts in record.dir. 0, -EALREADY, -ENOTDIR without a folder,
// or negative errno. Nothing is logged.
__attribute__((warn_unused_result)) int recording_start(struct recording *recording, const char *path);
int recording_stop(struct recording *recording); // 0, or the first error of what ends here

void recording_put(struct recording *recording, const struct log_event *event);
void recording_put_hole(struct recording *recording, unsigned long long n_lost);
void recording_put_metric(struct recording *recording, int64_t t_ns, const char *text);
// The calibration that is in force in the pipeline now; NULL: none.
void recording_set_calibration(struct recording *recording, const struct calibration *calibration);
void recording_turn(struct recording *recording); // now and then: flushing, syncing, keeping within keep_gb

// lost_events counts what could not be written here; lost_metrics and orders are the recorder's to fill.
const struct recording_state *recording_state(const struct recording *recording);

#endif
