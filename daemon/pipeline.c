// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_TICKS 10

int pipeline_create(struct pipeline **out, const struct config *config)
{
    struct pipeline *p = *out = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->utc_minus_mono_ns = UTC_UNKNOWN_NS;
    int rc = align_create(&p->align, &config->align);
    if (rc == 0)
        rc = orient_create(&p->orient, &config->orient);
    if (rc == 0)
        rc = segment_create(&p->segment, &config->segment);
    if (rc == 0)
        rc = gait_create(&p->gait, &config->gait);
    if (rc == 0)
        rc = posture_create(&p->posture, &config->posture);
    if (rc == 0)
        rc = breathing_create(&p->breathing, &config->breathing);
    if (rc == 0)
        rc = arms_create(&p->arms, &config->arms);
    if (rc == 0)
        rc = pack_create(&p->pack, &config->pack);
    if (rc == 0)
        rc = exercise_create(&p->exerciser, &config->exercise);
    if (rc == 0)
        rc = findings_create(&p->findings, &config->findings);
    if (rc == 0) {
        findings_set_speed(p->findings, config->gait.belt_m_s);
        gait_set_leg_length(p->gait, config->subject.leg_length_m);
        p->has_speed = config->gait.belt_m_s > 0;
    }
    if (rc != 0) {
        pipeline_destroy(p);
        *out = NULL;
    }
    return rc;
}

void pipeline_destroy(struct pipeline *p)
{
    if (!p)
        return;
    findings_destroy(p->findings);
    exercise_destroy(p->exerciser);
    pack_destroy(p->pack);
    arms_destroy(p->arms);
    breathing_destroy(p->breathing);
    posture_destroy(p->posture);
    gait_destroy(p->gait);
    segment_destroy(p->segment);
    orient_destroy(p->orient);
    align_destroy(p->align);
    free(p);
}

void pipeline_tap_frames(struct pipeline *p, struct imu_frames *frames)
{
    p->tap = frames;
}

// What is doubtful about a site that delivers. What its device says comes first.
static void add_doubt(const struct pipeline *p, int s, struct site_status *site)
{
    if (site->state != SITE_STATE_RUNNING || site->reason[0] != '\0')
        return;
    segment_doubt(p->segment, s, site->reason);
    bool foot = s == SITE_FOOT_LEFT || s == SITE_FOOT_RIGHT;
    if (site->reason[0] == '\0' && foot && gait_sides_differ(p->gait))
        snprintf(site->reason, REASON_MAX,
                 "its steps are those of the other side by the trunk: exchanged, or worn back to front?");
}

static void add_status(struct pipeline *p, int64_t t_ns, const struct status_result *status)
{
    struct output *o = pipeline_add_output(p, STREAM_STATUS, t_ns);
    o->status = *status;
    posture_lean_weights(o->status.measuring, o->status.lean_weight);
    o->status.has_speed = p->has_speed;
    o->status.calibrated = segment_is_calibrated(p->segment);
    float slipped_deg[N_SITES];
    segment_slipped(p->segment, slipped_deg);
    for (int s = 0; s < N_SITES; s++) {
        o->status.site[s].slipped_deg = slipped_deg[s];
        add_doubt(p, s, &o->status.site[s]);
    }
    findings_take(p->findings, o);
}

static void take_tick(struct pipeline *p, const struct tick *tick)
{
    if (tick->utc_ns != UTC_UNKNOWN_NS)
        p->utc_minus_mono_ns = tick->utc_ns - tick->mono_ns;
    segment_set_utc(p->segment, p->utc_minus_mono_ns);
    exercise_set_utc(p->exerciser, p->utc_minus_mono_ns);
    findings_set_utc(p->findings, p->utc_minus_mono_ns);
    p->last_tick_ns = tick->mono_ns;
}

// Before the first frame the one that is due.
static int64_t newest_frame(const struct pipeline *p)
{
    return p->motion.index > 0 ? p->motion.index : p->last_tick_ns / FRAME_PERIOD_NS;
}

static void take_command(struct pipeline *p, const struct command *command)
{
    if (command->kind == COMMAND_CALIBRATE)
        segment_command(p->segment, command->method);
    if (command->kind == COMMAND_SPEED) {
        gait_set_speed(p->gait, command->value);
        p->has_speed = command->value > 0;
    }
    if (command->kind == COMMAND_SESSION)
        memcpy(p->session, command->session, sizeof p->session);
    if (command->kind == COMMAND_ASSESS)
        exercise_command(p->exerciser, command->action, command->exercise, newest_frame(p));
    findings_command(p->findings, command, p->motion.index);
}

static void front_status(const struct pipeline *p, struct status_result *status)
{
    memset(status, 0, sizeof *status);
    align_status(p->align, status);
}

bool pipeline_front_push(struct pipeline *p, const struct log_event *event, struct status_result *status)
{
    switch (event->kind) {
    case LOG_SOURCE:
        align_set_source(p->align, event->source, event->desc);
        break;
    case LOG_BLOCK:
        align_push_block(p->align, event->block);
        break;
    case LOG_DEVICE:
        align_push_device(p->align, event->device);
        break;
    case LOG_TICK:
        align_push_tick(p->align, event->tick.mono_ns);
        if (++p->ticks % STATUS_TICKS != 0)
            break;
        front_status(p, status);
        return true;
    case LOG_SETTINGS: // they made this pipeline
    case LOG_CALIBRATION:
    case LOG_HISTORY:
    case LOG_COMMAND:
        break;
    }
    return false;
}

bool pipeline_front_pull(struct pipeline *p, struct frame_block *block)
{
    return align_pull(p->align, block);
}

void pipeline_back_event(struct pipeline *p, const struct log_event *event, const struct status_result *status)
{
    switch (event->kind) {
    case LOG_SOURCE:
        segment_set_mount(p->segment, event->desc->site, event->desc->mount);
        break;
    case LOG_CALIBRATION:
        segment_set_calibration(p->segment, event->calibration);
        break;
    case LOG_TICK:
        take_tick(p, &event->tick);
        break;
    case LOG_COMMAND:
        take_command(p, event->command);
        break;
    case LOG_HISTORY:
        findings_set_history(p->findings, event->history);
        break;
    case LOG_SETTINGS:
    case LOG_BLOCK:
    case LOG_DEVICE:
        break;
    }
    if (status)
        add_status(p, p->last_tick_ns, status);
}

void pipeline_push(struct pipeline *p, const struct log_event *event)
{
    bool due = pipeline_front_push(p, event, &p->status);
    pipeline_back_event(p, event, due ? &p->status : NULL);
}

void pipeline_finish(struct pipeline *p)
{
    align_finish(p->align);
    p->finished = true;
}

const struct output *pipeline_back_pull(struct pipeline *p)
{
    if (p->next_out < p->n_out)
        return &p->out[p->next_out++];
    p->next_out = p->n_out = 0;
    return NULL;
}

void pipeline_back_block(struct pipeline *p, const struct frame_block *block)
{
    p->block = *block;
    pipeline_walk(p);
}

// Nothing more comes, after a reload another pipeline: what was done by now stands.
static void end_assessment(struct pipeline *p)
{
    if (!p->assesses)
        return;
    exercise_command(p->exerciser, ASSESS_STOP, EXERCISE_THORACIC_ROTATION, p->motion.index);
    pipeline_add_assessment(p);
}

const struct output *pipeline_pull(struct pipeline *p)
{
    for (;;) {
        const struct output *output = pipeline_back_pull(p);
        if (output)
            return output;
        if (pipeline_front_pull(p, &p->block)) {
            pipeline_walk(p);
        } else if (p->finished && !p->last_status_sent) {
            p->last_status_sent = true; // the closing balance of the counters
            end_assessment(p);
            front_status(p, &p->status);
            add_status(p, p->last_tick_ns, &p->status);
        } else {
            return NULL;
        }
    }
}

const struct runner_history *pipeline_history(const struct pipeline *p, uint32_t *changes)
{
    return findings_history(p->findings, changes);
}
