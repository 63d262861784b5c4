// SPDX-License-Identifier: GPL-3.0-or-later
// The BIDS motion dataset being written, shared by export_bids.c (samples and events) and export_bids_meta.c (what
// describes them). After the BIDS specification 1.9, "Motion".
#ifndef POISE_POISECTL_EXPORT_BIDS_H
#define POISE_POISECTL_EXPORT_BIDS_H

#include "align/align.h"
#include "export.h"

#define BIDS_NAME 512

// One tracked point: a site, its channels and how much of them is good.
struct bids_site {
    int site;
    unsigned channels;                                                          // bit per enum source_channel
    unsigned long long n_acc, n_gyro, n_bridged, n_acc_clipped, n_gyro_clipped; // frames
};

struct bids {
    char subject[80], folder[160], base[400]; // "sub-01/ses-a", "motion/sub-01_ses-a_task-x_tracksys-imu"
    FILE *motion, *events;
    struct align *align;
    struct bids_site sites[N_SITES];
    int n_sites, n_channels;
    int64_t first_frame, next_frame; // of the grid: number · 1 ms
    unsigned long long n_early;      // frames before the first, left out
    struct frame_block block;
    char *line; // room for one row
};

// channels, motion.json, events.json, and what belongs to the whole dataset. 0 or negative errno.
__attribute__((warn_unused_result)) int bids_write_meta(struct export_job *job, const struct bids *bids);
// "sub-01/ses-a/motion/sub-01_…_" and suffix.
void bids_name(const struct bids *bids, const char *suffix, char name[2 * BIDS_NAME]);

#endif
