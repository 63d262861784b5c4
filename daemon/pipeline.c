// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUTS_MAX        32 // per frame block or event: one of each stream, the steps of a gap, findings
#define EVENTS_APART       11 // slots kept for what comes once per block
#define FINDINGS_AT_ONCE   2  // a block: a reader that is slow must not lose one in a burst
#define ORIENTATION_FRAMES 20
#define STATUS_TICKS       10

struct pipeline {
    // The front: these and nothing else.
    struct align *align;
    uint64_t ticks;
    struct status_result status; // when both halves run on one thread
    // The back.
    struct orient *orient;
    struct segment *segment;
    struct gait *gait;
    struct posture *posture;
    struct breathing *breathing;
    struct arms *arms;
    struct pack *pack;
    struct exerciser *exerciser;
    bool assesses; // one runs
    struct findings *findings;
    struct frame_block block;
    struct motion motion;
    struct gait_phase phase;
    struct calibration_result calibration;
    bool has_speed;            // the belt's
    char session[SESSION_ID];  // that runs, "" for none
    int64_t utc_minus_mono_ns; // UTC_UNKNOWN_NS until a tick told it
    bool finished, last_status_sent;
    int64_t last_tick_ns;
    struct imu_frames *tap;
    struct output out[OUTPUTS_MAX];
    int n_out, next_out;
};

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

// A slot for an output of the instant t_ns. There are as many slots as one step can fill.
static struct output *add_output(struct pipeline *p, enum stream stream, int64_t t_ns)
{
    struct output *o = &p->out[p->n_out++];
    memset(o, 0, sizeof *o);
    o->stream = stream;
    o->t_ns = t_ns;
    o->utc_ns = p->utc_minus_mono_ns == UTC_UNKNOWN_NS ? UTC_UNKNOWN_NS : t_ns + p->utc_minus_mono_ns;
    o->newest_stamp_ns = p->block.newest_stamp_ns;
    memcpy(o->session, p->session, sizeof o->session);
    return o;
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
    struct output *o = add_output(p, STREAM_STATUS, t_ns);
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

static void fill_orientation(const struct pipeline *p, struct orientation_result *r)
{
    const int last = FRAME_BLOCK_LEN - 1;
    for (int s = 0; s < N_SITES; s++) {
        const struct site_frames *site = &p->block.site[s];
        if (site->valid[last] & (FRAME_ORIENT | FRAME_INCLINATION)) {
            r->has_sensor |= SITE_BIT(s);
            memcpy(r->q_world_from_sensor[s], site->q_world_from_sensor[last], sizeof r->q_world_from_sensor[s]);
        }
        if (p->motion.calibrated && p->motion.valid & SITE_BIT(s)) {
            r->has_segment |= SITE_BIT(s);
            memcpy(r->q_world_from_segment[s], p->motion.q_world_from_segment[s], sizeof r->q_world_from_segment[s]);
        }
    }
}

// What the angles read in the tall stand, by posture's own definitions.
static void fill_tall(const struct calibration *now, struct posture_angles *tall)
{
    float pitch[N_SITES], roll[N_SITES];
    for (int s = 0; s < N_SITES; s++) {
        pitch[s] = now->site[s].tall_pitch_deg;
        roll[s] = now->site[s].tall_roll_deg;
    }
    posture_of_tilts(pitch, roll, now->tall, tall);
}

static void add_calibration(struct pipeline *p)
{
    int64_t index;
    if (!segment_pull(p->segment, &p->calibration, &index))
        return;
    fill_tall(&p->calibration.now, &p->calibration.tall);
    add_output(p, STREAM_CALIBRATION, index * FRAME_PERIOD_NS)->calibration = p->calibration;
}

static int64_t instant_ns(double frame)
{
    return llround(frame * FRAME_PERIOD_NS);
}

static void add_events(struct pipeline *p)
{
    struct contact_result contact;
    struct step_result step;
    struct inspiration_result inspiration;
    double frame;
    int64_t index;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && gait_pull_contact(p->gait, &contact, &frame))
        add_output(p, STREAM_CONTACT, instant_ns(frame))->contact = contact;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && gait_pull_step(p->gait, &step, &frame))
        add_output(p, STREAM_STEP, instant_ns(frame))->step = step;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && breathing_pull_inspiration(p->breathing, &inspiration, &index))
        add_output(p, STREAM_INSPIRATION, index * FRAME_PERIOD_NS)->inspiration = inspiration;
}

static void take_assessment(struct pipeline *p, const struct exercise_result *assessment, int64_t index)
{
    p->assesses = assessment->outcome == ASSESS_RUNNING;
    add_output(p, STREAM_ASSESSMENT, index * FRAME_PERIOD_NS)->assessment = *assessment;
}

// Every repetition goes before the object that counts it, if need be both with the next block.
static void add_assessment(struct pipeline *p)
{
    struct repetition_result repetition;
    struct exercise_result assessment;
    int64_t index;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && exercise_pull_repetition(p->exerciser, &repetition, &index))
        add_output(p, STREAM_REPETITION, index * FRAME_PERIOD_NS)->repetition = repetition;
    if (p->n_out < OUTPUTS_MAX - EVENTS_APART && exercise_pull(p->exerciser, &assessment, &index))
        take_assessment(p, &assessment, index);
}

// What findings say to the outputs from `first` on; what finds no slot waits for the next block.
static void add_findings(struct pipeline *p, int first)
{
    struct session_result session;
    int64_t index;
    for (int i = first; i < p->n_out; i++)
        findings_take(p->findings, &p->out[i]);
    findings_step(p->findings, p->motion.index);
    if (p->n_out < OUTPUTS_MAX && findings_pull_session(p->findings, &session, &index))
        add_output(p, STREAM_SESSION, index * FRAME_PERIOD_NS)->session_now = session;
    struct finding_result finding;
    const int most = p->n_out + FINDINGS_AT_ONCE < OUTPUTS_MAX ? p->n_out + FINDINGS_AT_ONCE : OUTPUTS_MAX;
    while (p->n_out < most && findings_pull(p->findings, &finding, &index))
        add_output(p, STREAM_FINDING, index * FRAME_PERIOD_NS)->finding = finding;
}

// One frame block through all rooms; the outputs that fall due go into the slots.
static void walk(struct pipeline *p)
{
    struct cadence_result cadence;
    struct posture_result posture;
    struct breathing_result breathing;
    struct gait_result gait;
    struct arms_result arms;
    struct pack_result pack;
    int64_t index;
    int first = p->n_out;

    orient_step(p->orient, &p->block);
    imu_frames_push(p->tap, &p->block, p->utc_minus_mono_ns);
    segment_step(p->segment, &p->block, &p->motion);
    gait_step(p->gait, &p->motion, &p->phase);
    segment_observe(p->segment, &p->motion, &p->phase);
    posture_step(p->posture, &p->motion, &p->phase);
    breathing_step(p->breathing, &p->motion, &p->phase);
    arms_step(p->arms, &p->motion, &p->phase);
    pack_step(p->pack, &p->motion, &p->phase);

    if (posture_pull(p->posture, &posture, &index))
        add_output(p, STREAM_POSTURE, index * FRAME_PERIOD_NS)->posture = posture;
    if ((p->motion.index + 1) % ORIENTATION_FRAMES == 0)
        fill_orientation(p, &add_output(p, STREAM_ORIENTATION, p->motion.index * FRAME_PERIOD_NS)->orientation);
    add_events(p);
    if (gait_pull_summary(p->gait, &gait, &index))
        add_output(p, STREAM_GAIT, index * FRAME_PERIOD_NS)->gait = gait;
    if (gait_pull(p->gait, &cadence, &index))
        add_output(p, STREAM_CADENCE, index * FRAME_PERIOD_NS)->cadence = cadence;
    if (breathing_pull(p->breathing, &breathing, &index))
        add_output(p, STREAM_BREATHING, index * FRAME_PERIOD_NS)->breathing = breathing;
    if (arms_pull(p->arms, &arms, &index))
        add_output(p, STREAM_ARMS, index * FRAME_PERIOD_NS)->arms = arms;
    if (pack_pull(p->pack, &pack, &index))
        add_output(p, STREAM_PACK, index * FRAME_PERIOD_NS)->pack = pack;
    add_calibration(p);
    for (int i = first; i < p->n_out; i++)
        exercise_take(p->exerciser, &p->out[i]);
    exercise_step(p->exerciser, &p->motion, &p->phase);
    add_assessment(p);
    add_findings(p, first);
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
    walk(p);
}

// Nothing more comes, after a reload another pipeline: what was done by now stands.
static void end_assessment(struct pipeline *p)
{
    if (!p->assesses)
        return;
    exercise_command(p->exerciser, ASSESS_STOP, EXERCISE_THORACIC_ROTATION, p->motion.index);
    add_assessment(p);
}

const struct output *pipeline_pull(struct pipeline *p)
{
    for (;;) {
        const struct output *output = pipeline_back_pull(p);
        if (output)
            return output;
        if (pipeline_front_pull(p, &p->block)) {
            walk(p);
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
