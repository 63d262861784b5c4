// SPDX-License-Identifier: GPL-3.0-or-later
// The room's state, shared by its own files: exercise.c (the doors), programme.c (which part runs and why), part.c and
// part_cycles.c (what is measured in it), hints.c. Internal to the room.
#ifndef POISE_EXERCISE_EXERCISE_PRIVATE_H
#define POISE_EXERCISE_EXERCISE_PRIVATE_H

#include "exercise/exercise.h"
#include "exercise/quiet.h"
#include "exercise/repetition.h"
#include "exercise/rows.h"
#include "exercise/stance.h"
#include "exercise/timed.h"

#define SECONDS(s)      ((int64_t)((s)*FRAME_RATE_HZ)) // in frames
#define QUIET_BLOCKS(s) ((int)((s)*MOTION_RATE_HZ))
#define QUEUE           16

enum running { RUN_NOT, RUN_STARTING, RUN_PART };

struct exerciser {
    struct exercise_params params;
    int64_t utc_minus_mono_ns;
    struct fir slow, quick;
    enum running running;
    int64_t started;       // frame of the command
    int64_t seen[N_SITES]; // frame at which the site was last usable
    int64_t seen_gyro[N_SITES];
    uint32_t worn, worn_gyro; // what the assessment can use
    uint32_t turned;
    struct quiet quiet;
    struct signals signals;
    // The part that runs.
    bool wants_rest;                // the person must be still before it is measured …
    double rest_s;                  // … for so long
    float rest_up[3];               // of the base site at rest
    float rest_aside[SIGNAL_ASIDE]; // angles beside, at rest
    int64_t part_began, happened;   // frames: of the part, of the last thing that came about
    int64_t timer_began;            // frame; -1: not yet
    struct repetition repetition;
    struct timed timed;
    struct stance stance;
    double stood_s;
    bool lost; // what is measured is missing, the rest is known
    bool poor; // this repetition was seen to be done badly
    struct rows rows;
    struct exercise_result now; // but rows
    int64_t index;              // frame of the newest block
    int64_t hint_until;         // frame until which a hint that was said stays
    bool changed;
    struct repetition_result queue[QUEUE];
    int64_t queue_index[QUEUE];
    int n_queue, next_queue;
    bool due;
};

#define HINT_MAX sizeof(((struct exercise_result *)0)->hint)

static inline const struct exercise_info *exercise_running(const struct exerciser *e)
{
    return &exercises[e->now.exercise];
}

static inline const struct exercise_part *part_running(const struct exerciser *e)
{
    return &exercise_running(e)->part[e->now.part];
}

// programme.c
void programme_command(struct exerciser *e, enum exercise_action action, int exercise, int64_t index);
void programme_step(struct exerciser *e, const struct motion *motion);
void programme_end(struct exerciser *e, enum exercise_outcome outcome);

// part.c: what the part that runs measures. part_can: with the sites there are; part_step: true when the part is over.
bool part_can(const struct exerciser *e, int part);
void part_begin(struct exerciser *e);
bool part_step(struct exerciser *e, const struct motion *motion);
void part_take(struct exerciser *e, const struct output *output);

// part_cycles.c: the same of arm circles, rolls, swing and breath, and of a stance.
bool part_step_cycles(struct exerciser *e, const struct motion *motion, char *hint);
bool part_step_stance(struct exerciser *e, char *hint);
// What they share with part.c.
int part_side(const struct exerciser *e); // lying: to which side it turns
uint32_t part_channel_sites(const struct exerciser *e, int part, int channel);
bool part_count_reached(const struct exerciser *e);
void part_queue(struct exerciser *e, const struct repetition_result *r, int64_t index);

// hints.c
void hint_say(struct exerciser *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hint_of_now(struct exerciser *e, const char *text); // "" for nothing: then what was said stays for a while
// "c7, sternum", the sites of this mask; buffer of 64 or more.
const char *hint_sites(uint32_t sites, char *text, size_t size);

#endif
