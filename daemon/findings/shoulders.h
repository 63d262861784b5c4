// SPDX-License-Identifier: GPL-3.0-or-later
// How much the shoulders rise with every breath: the last 64 s of their elevation, 20 Hz as published, projected on the
// breathing rate over a Hann window of several breaths. What stands as high beside that rate is noise, posture or gait
// and is taken off. Internal to the room. RT-safe.
#ifndef POISE_FINDINGS_SHOULDERS_H
#define POISE_FINDINGS_SHOULDERS_H

#include "frames/output.h"

#define SHOULDERS_RING 1280
#define SHOULDERS_HZ   20.0

struct shoulders {
    float elevation_deg[SHOULDERS_RING]; // mean of those known; NaN: none
    int64_t newest_ns;
    unsigned n;
};

void shoulders_reset(struct shoulders *shoulders);
void shoulders_push(struct shoulders *shoulders, const struct posture_angles *now, int64_t at_ns);
// Peak to peak in degrees around the instant at_ns; NaN while too little is known there.
double shoulders_breath_deg(const struct shoulders *shoulders, double rate_bpm, int64_t at_ns);

#endif
