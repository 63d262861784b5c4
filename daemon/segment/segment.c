// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/segment.h"

#include "dsp/vec.h"
#include "segment/calibrate.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct segment {
    struct segment_params params;
    struct stand stand;
    bool calibrated;
    uint32_t fitted;                          // SITE_BIT: has a neutral pose
    double q_sensor_from_segment[N_SITES][4]; // identity until fitted
    int64_t next_index;
    bool started;
};

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

static void forget(struct segment *g)
{
    for (int s = 0; s < N_SITES; s++) {
        memset(g->q_sensor_from_segment[s], 0, sizeof g->q_sensor_from_segment[s]);
        g->q_sensor_from_segment[s][0] = 1;
    }
    g->fitted = 0;
    g->calibrated = false;
}

int segment_create(struct segment **out, const struct segment_params *params)
{
    struct segment *g = *out = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    g->params = *params;
    forget(g);
    return 0;
}

void segment_destroy(struct segment *g)
{
    free(g);
}

void segment_set_mount(struct segment *g, int site, const double mount[9])
{
    (void)g;
    (void)site;
    (void)mount;
}

void segment_set_calibration(struct segment *g, const struct calibration *calibration)
{
    for (int s = 0; s < N_SITES; s++)
        if (calibration->sites & SITE_BIT(s))
            memcpy(g->q_sensor_from_segment[s], calibration->site[s].q_sensor_from_segment,
                   sizeof g->q_sensor_from_segment[s]);
    g->fitted = calibration->sites;
    g->calibrated = calibration->sites != 0;
}

void segment_command(struct segment *g, enum calibrate_method method)
{
    if (method == CALIBRATE_CANCEL)
        return;
    forget(g);
    stand_reset(&g->stand);
}

bool segment_pull(struct segment *g, struct calibration_result *result, int64_t *index)
{
    (void)g;
    (void)result;
    (void)index;
    return false;
}

bool segment_is_calibrated(const struct segment *g)
{
    return g->calibrated;
}

// The shortest turn: it brings the stand's gravity to z and leaves the mount's heading alone.
static void take_neutral_pose(struct segment *g)
{
    const double up[3] = {0, 0, 1};
    for (int s = 0; s < N_SITES; s++) {
        double norm = vec3_norm(g->stand.force[s]);
        if (!(g->stand.sites & SITE_BIT(s)) || !(norm > 0))
            continue;
        double force[3];
        for (int i = 0; i < 3; i++)
            force[i] = g->stand.force[s][i] / norm;
        quat_between(up, force, g->q_sensor_from_segment[s]);
        g->fitted |= SITE_BIT(s);
    }
    g->calibrated = true;
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

static void fill_site(const struct segment *g, const struct site_frames *site, int s, struct motion *m)
{
    const int last = FRAME_BLOCK_LEN - 1;
    fill_acc_up(site, s, m);
    mean_in_segment(g, s, site->gyro, site->valid, FRAME_GYRO, m->rate[s]);
    mean_in_segment(g, s, site->acc, site->valid, FRAME_ACC, m->acc[s]);
    if (!(site->valid[last] & (FRAME_ORIENT | FRAME_INCLINATION)))
        return;
    double q[4], up[3], q_world_from_segment[4];
    for (int i = 0; i < 4; i++)
        q[i] = (double)site->q_world_from_sensor[last][i];
    quat_multiply(q, g->q_sensor_from_segment[s], q_world_from_segment);
    quat_up_in_frame(q_world_from_segment, up);
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
    if (jumped)
        stand_reset(&g->stand);
    if (!g->calibrated && g->params.calibration != 2 && stand_step(&g->stand, &g->params, block))
        take_neutral_pose(g);

    memset(m, 0, sizeof *m);
    m->index = block->first_index + FRAME_BLOCK_LEN - 1;
    m->worn = block->worn;
    m->calibrated = g->calibrated;
    m->restarted = jumped;
    for (int s = 0; s < N_SITES; s++)
        if (block->worn & SITE_BIT(s))
            fill_site(g, &block->site[s], s, m);
}
