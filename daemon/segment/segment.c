// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/segment.h"

#include "dsp/vec.h"
#include "segment/segment_private.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SAME_MOUNT 1e-6

// Whose missing fit makes the posture uncalibrated.
static const uint32_t posed = SITE_BIT(SITE_HEAD) | SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) |
                              SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN) | SITE_BIT(SITE_SHOULDER_LEFT) |
                              SITE_BIT(SITE_SHOULDER_RIGHT);

static const char *const calibration_names[] = {"auto", "stored", "off", NULL};

const struct setting segment_settings[] = {
    {.key = "calibration",
     .type = SETTING_CHOICE,
     .offset = offsetof(struct segment_params, calibration),
     .def = 0,
     .max = 2,
     .choices = calibration_names,
     .sentence =
         "auto takes the first quiet upright stand as the neutral pose; stored begins with the calibration kept "
         "for this subject and rig, else like auto; off leaves the angles to the mounts."},
    {.key = "stand_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct segment_params, stand_s),
     .unit = "s",
     .def = 3,
     .min = 1,
     .max = 30,
     .sentence = "How long the runner must stand quietly for the neutral pose."},
    {.key = "limit_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct segment_params, limit_s),
     .unit = "s",
     .def = 60,
     .min = 5,
     .max = 600,
     .sentence = "How long a step of a calibrate command may take before it fails: the stand, the bows, the gait."},
    {.key = "quiet_rate_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct segment_params, quiet_rate_deg_s),
     .unit = "deg/s",
     .def = 2,
     .min = 0.1,
     .max = 20,
     .sentence = "Quiet means that each gyro's standard deviation stays below this."},
    {.key = "quiet_acc_m_s2",
     .type = SETTING_REAL,
     .offset = offsetof(struct segment_params, quiet_acc_m_s2),
     .unit = "m/s2",
     .def = 0.4,
     .min = 0.05,
     .max = 5,
     .sentence = "Quiet means that each accelerometer's standard deviation stays below this."},
    {.key = "upright_deg",
     .type = SETTING_REAL,
     .offset = offsetof(struct segment_params, upright_deg),
     .unit = "deg",
     .def = 60,
     .min = 5,
     .max = 90,
     .sentence = "Upright means that the mounted z axis of every trunk sensor is this close to the vertical; tells "
                 "standing from lying."},
};
const size_t n_segment_settings = sizeof segment_settings / sizeof *segment_settings;

void segment_apply(struct segment *g)
{
    for (int s = 0; s < N_SITES; s++) {
        static const double none[4] = {1, 0, 0, 0};
        memcpy(g->q_sensor_from_segment[s], g->now.sites & SITE_BIT(s) ? g->now.site[s].q_sensor_from_segment : none,
               sizeof g->q_sensor_from_segment[s]);
    }
    g->changes++;
    g->turned++;
    g->report = true;
}

int segment_create(struct segment **out, const struct segment_params *params)
{
    struct segment *g = *out = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    g->params = *params;
    g->utc_minus_mono_ns = UTC_UNKNOWN_NS;
    procedure_begin(g);
    segment_apply(g);
    g->changes = 0;
    return 0;
}

void segment_destroy(struct segment *g)
{
    free(g);
}

static bool is_other_mount(const struct segment *g, int s)
{
    bool other = false;
    for (int i = 0; i < 9; i++)
        other = other || !(fabs(g->mount[s][i] - g->now.site[s].mount[i]) < SAME_MOUNT);
    return (g->mounted & g->now.sites & SITE_BIT(s)) && other;
}

static void drop_other_mounts(struct segment *g)
{
    uint32_t dropped = 0;
    for (int s = 0; s < N_SITES; s++)
        if (is_other_mount(g, s))
            dropped |= SITE_BIT(s);
    if (dropped == 0)
        return;
    g->now.sites &= ~dropped;
    g->now.tall &= ~dropped;
    g->other_mount |= dropped;
    segment_apply(g);
    if (g->now.sites == 0 && g->outcome != OUTCOME_RUNNING)
        procedure_begin(g);
}

void segment_set_mount(struct segment *g, int site, const double mount[9])
{
    if (site < 0 || site >= N_SITES)
        return;
    memcpy(g->mount[site], mount, sizeof g->mount[site]);
    g->mounted |= SITE_BIT(site);
    drop_other_mounts(g);
}

void segment_set_calibration(struct segment *g, const struct calibration *calibration)
{
    if (g->params.calibration == CALIBRATION_OFF)
        return;
    g->now = *calibration;
    g->stored = true;
    g->slipped = g->reversed = g->other_mount = g->by_running = 0;
    gait_axis_reset(&g->gait_axis);
    slip_reset(&g->slip);
    segment_apply(g);
    drop_other_mounts(g);
    if (g->outcome != OUTCOME_RUNNING)
        procedure_begin(g);
}

void segment_set_utc(struct segment *g, int64_t utc_minus_mono_ns)
{
    g->utc_minus_mono_ns = utc_minus_mono_ns;
}

bool segment_is_calibrated(const struct segment *g)
{
    return g->now.sites != 0 && g->unfitted == 0;
}

void segment_slipped(const struct segment *g, float slipped_deg[N_SITES])
{
    for (int s = 0; s < N_SITES; s++)
        slipped_deg[s] = g->slipped & SITE_BIT(s) ? g->slipped_deg[s] : NAN;
}

static void fill_acc_up(const struct site_frames *site, int s, struct motion *m)
{
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        const uint8_t valid = site->valid[f];
        m->frame_valid[s][f] = valid;
        bool usable = (valid & FRAME_ACC) && (valid & (FRAME_ORIENT | FRAME_INCLINATION | FRAME_ROUGH));
        if (!usable) {
            m->frame_valid[s][f] &= (uint8_t)~FRAME_ACC;
            continue;
        }
        double q[4], up[3];
        for (int i = 0; i < 4; i++)
            q[i] = (double)site->q_world_from_sensor[f][i];
        quat_up_in_frame(q, up);
        double force = 0;
        for (int i = 0; i < 3; i++)
            force += up[i] * (double)site->acc[f][i];
        m->acc_up[s][f] = (float)(force - GRAVITY);
    }
}

// Mean over the block's frames that have bit, turned from sensor to segment axes.
static void mean_in_segment(const struct segment *g, int s, const float x[FRAME_BLOCK_LEN][3],
                            const uint8_t valid[FRAME_BLOCK_LEN], uint8_t bit, float out[3])
{
    double sum[3] = {0}, turned[3], q[4];
    int n = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        if (valid[f] & bit) {
            n++;
            for (int i = 0; i < 3; i++)
                sum[i] += (double)x[f][i];
        }
    quat_conjugate(g->q_sensor_from_segment[s], q);
    quat_rotate(q, sum, turned);
    for (int i = 0; i < 3; i++)
        out[i] = n > 0 ? (float)(turned[i] / n) : 0;
}

// Acceleration by the segment's heading, levelled: what steps and pushes are read from. Also where the tilt is too
// rough for an angle.
static void fill_level(const double up[3], int s, struct motion *m)
{
    const double vertical[3] = {0, 0, 1};
    double level[4], acc[3] = {(double)m->acc[s][0], (double)m->acc[s][1], (double)m->acc[s][2]};
    quat_between(up, vertical, level);
    quat_rotate(level, acc, acc);
    for (int i = 0; i < 3; i++)
        m->acc_level[s][i] = (float)(acc[i] - (i == 2 ? GRAVITY : 0));
    m->has_level |= SITE_BIT(s);
}

static void fill_site(const struct segment *g, const struct site_frames *site, int s, struct motion *m)
{
    const int last = FRAME_BLOCK_LEN - 1;
    fill_acc_up(site, s, m);
    mean_in_segment(g, s, site->gyro, site->valid, FRAME_GYRO, m->rate[s]);
    mean_in_segment(g, s, site->acc, site->valid, FRAME_ACC, m->acc[s]);
    const uint8_t told = site->valid[last] & (FRAME_ORIENT | FRAME_INCLINATION | FRAME_ROUGH);
    if (!told)
        return;
    double q[4], up[3], q_world_from_segment[4];
    for (int i = 0; i < 4; i++)
        q[i] = (double)site->q_world_from_sensor[last][i];
    quat_multiply(q, g->q_sensor_from_segment[s], q_world_from_segment);
    quat_up_in_frame(q_world_from_segment, up);
    if (site->valid[last] & FRAME_ACC)
        fill_level(up, s, m);
    if (told == FRAME_ROUGH)
        return;
    const double *w = q_world_from_segment;
    m->pitch_deg[s] = (float)(atan2(-up[0], up[2]) * DEG_PER_RAD);
    m->roll_deg[s] = (float)(atan2(up[1], hypot(up[0], up[2])) * DEG_PER_RAD);
    m->yaw_deg[s] = (float)(atan2(2 * (w[0] * w[3] + w[1] * w[2]), 1 - 2 * (w[2] * w[2] + w[3] * w[3])) * DEG_PER_RAD);
    for (int i = 0; i < 3; i++)
        m->up[s][i] = (float)up[i];
    for (int i = 0; i < 4; i++)
        m->q_world_from_segment[s][i] = (float)w[i];
    m->valid |= SITE_BIT(s);
    if (site->valid[last] & FRAME_ORIENT) {
        m->has_yaw |= SITE_BIT(s);
    }
}

void segment_step(struct segment *g, const struct frame_block *block, struct motion *m)
{
    bool jumped = g->started && block->first_index != g->next_index;
    g->started = true;
    g->next_index = block->first_index + FRAME_BLOCK_LEN;
    g->index = g->next_index - 1;
    if (jumped)
        procedure_restart(g);
    procedure_watch_stand(g, block);

    memset(m, 0, sizeof *m);
    m->index = g->index;
    m->worn = block->worn;
    m->restarted = jumped;
    for (int s = 0; s < N_SITES; s++)
        if (block->worn & SITE_BIT(s))
            fill_site(g, &block->site[s], s, m);
    if (doubt_step(&g->doubt, &g->params, block->axes_missing, m))
        g->report = true;
    doubt_withhold(&g->doubt, m);
    g->unfitted = posed & m->valid & ~g->now.sites;
    m->calibrated = segment_is_calibrated(g);
    m->slipped = g->slipped;
    m->turned = g->turned;
}

void segment_observe(struct segment *g, const struct motion *m, const struct gait_phase *phase)
{
    procedure_observe(g, m, phase);
}
