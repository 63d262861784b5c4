// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline_private.h"

#include <math.h>
#include <string.h>

#define EVENTS_APART       11 // slots kept for what comes once per block
#define FINDINGS_AT_ONCE   2  // a block: a reader that is slow must not lose one in a burst
#define ORIENTATION_FRAMES 20

struct output *pipeline_add_output(struct pipeline *p, enum stream stream, int64_t t_ns)
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
    pipeline_add_output(p, STREAM_CALIBRATION, index * FRAME_PERIOD_NS)->calibration = p->calibration;
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
        pipeline_add_output(p, STREAM_CONTACT, instant_ns(frame))->contact = contact;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && gait_pull_step(p->gait, &step, &frame))
        pipeline_add_output(p, STREAM_STEP, instant_ns(frame))->step = step;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && breathing_pull_inspiration(p->breathing, &inspiration, &index))
        pipeline_add_output(p, STREAM_INSPIRATION, index * FRAME_PERIOD_NS)->inspiration = inspiration;
}

static void take_assessment(struct pipeline *p, const struct exercise_result *assessment, int64_t index)
{
    p->assesses = assessment->outcome == ASSESS_RUNNING;
    pipeline_add_output(p, STREAM_ASSESSMENT, index * FRAME_PERIOD_NS)->assessment = *assessment;
}

void pipeline_add_assessment(struct pipeline *p)
{
    struct repetition_result repetition;
    struct exercise_result assessment;
    int64_t index;
    while (p->n_out < OUTPUTS_MAX - EVENTS_APART && exercise_pull_repetition(p->exerciser, &repetition, &index))
        pipeline_add_output(p, STREAM_REPETITION, index * FRAME_PERIOD_NS)->repetition = repetition;
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
        pipeline_add_output(p, STREAM_SESSION, index * FRAME_PERIOD_NS)->session_now = session;
    struct finding_result finding;
    const int most = p->n_out + FINDINGS_AT_ONCE < OUTPUTS_MAX ? p->n_out + FINDINGS_AT_ONCE : OUTPUTS_MAX;
    while (p->n_out < most && findings_pull(p->findings, &finding, &index))
        pipeline_add_output(p, STREAM_FINDING, index * FRAME_PERIOD_NS)->finding = finding;
}

void pipeline_walk(struct pipeline *p)
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
        pipeline_add_output(p, STREAM_POSTURE, index * FRAME_PERIOD_NS)->posture = posture;
    if ((p->motion.index + 1) % ORIENTATION_FRAMES == 0)
        fill_orientation(p,
                         &pipeline_add_output(p, STREAM_ORIENTATION, p->motion.index * FRAME_PERIOD_NS)->orientation);
    add_events(p);
    if (gait_pull_summary(p->gait, &gait, &index))
        pipeline_add_output(p, STREAM_GAIT, index * FRAME_PERIOD_NS)->gait = gait;
    if (gait_pull(p->gait, &cadence, &index))
        pipeline_add_output(p, STREAM_CADENCE, index * FRAME_PERIOD_NS)->cadence = cadence;
    if (breathing_pull(p->breathing, &breathing, &index))
        pipeline_add_output(p, STREAM_BREATHING, index * FRAME_PERIOD_NS)->breathing = breathing;
    if (arms_pull(p->arms, &arms, &index))
        pipeline_add_output(p, STREAM_ARMS, index * FRAME_PERIOD_NS)->arms = arms;
    if (pack_pull(p->pack, &pack, &index))
        pipeline_add_output(p, STREAM_PACK, index * FRAME_PERIOD_NS)->pack = pack;
    add_calibration(p);
    for (int i = first; i < p->n_out; i++)
        exercise_take(p->exerciser, &p->out[i]);
    exercise_step(p->exerciser, &p->motion, &p->phase);
    pipeline_add_assessment(p);
    add_findings(p, first);
}
