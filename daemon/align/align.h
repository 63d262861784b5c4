// SPDX-License-Identifier: GPL-3.0-or-later
// Many clocks in, one timeline out: raw blocks of each source → frame blocks of the common 1 kHz grid (frame k is
// k · 1 ms of the stamps' clock). Each source's true rate is estimated from its stamps (clock.h), that of a chip from
// those of all its sources (chip.h); samples are scaled, mounted, low-passed when faster than the grid and interpolated
// by 4-point Lagrange at their estimated instants. Holes of up to max_bridged missing samples are bridged and flagged;
// longer ones are marked invalid, never filled.
// A block goes out when every live source has passed it, or when the slowest is later than its deadline, by the stamps
// and ticks of the log alone, so that a replay makes the same blocks. Pipeline thread; RT-safe after create.
#ifndef POISE_ALIGN_ALIGN_H
#define POISE_ALIGN_ALIGN_H

#include "core/setting.h"
#include "frames/frame_block.h"
#include "frames/log_event.h"
#include "frames/output.h"

struct align_params {
    double deadline_ms;    // how long the others wait for a late source
    int max_bridged;       // missing samples that may be interpolated over
    double start_s;        // stamps looked at before a source's rate is trusted
    double clock_memory_s; // time constant of the rate estimate
};
extern const struct setting align_settings[];
extern const size_t n_align_settings;

struct align;

__attribute__((warn_unused_result)) int align_create(struct align **out, const struct align_params *params);
void align_destroy(struct align *align); // accepts NULL

void align_set_source(struct align *align, uint16_t source, const struct source_desc *desc);
void align_push_block(struct align *align, const struct raw_block *block);
void align_push_device(struct align *align, const struct device_event *event);
void align_push_tick(struct align *align, int64_t mono_ns);
void align_finish(struct align *align); // the log has ended: what is left goes out without waiting

// The next frame block, false when none is complete. restarted (in the block's first use) is told by a jump of
// first_index. Call until false after every push.
bool align_pull(struct align *align, struct frame_block *block);

// Fills site states and counters; other members of status are left alone.
void align_status(const struct align *align, struct status_result *status);

#endif
