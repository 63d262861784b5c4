// SPDX-License-Identifier: GPL-3.0-or-later
// A body that performs exercises, for room exercise: angles of each segment over time → motion blocks with exact
// orientation and rate, and the room run on them with what it tells.
#ifndef POISE_TESTS_EXERCISE_BODY_H
#define POISE_TESTS_EXERCISE_BODY_H

#include "check.h"
#include "dsp/vec.h"
#include "exercise/exercise.h"

#include <stdbool.h>
#include <string.h>

#define BODY_REPETITIONS 128

struct pose { // degrees; segments in the body's own axes, then the body as a whole
    double yaw[N_SITES], pitch[N_SITES], roll[N_SITES];
    double lying_pitch, lying_turn; // -90: on the back; then about its long axis, to the left
};

struct body {
    struct exerciser *room;
    uint32_t sites, gyro;
    int64_t k; // block
    bool moved_before;
    double q[N_SITES][4];
    double bias_deg_s; // of the gyro at C7 about z, which orient did not find
    struct exercise_result now;
    struct repetition_result done[BODY_REPETITIONS];
    int64_t done_index[BODY_REPETITIONS];
    int n_done;
    bool restart, turn; // at the next block
    uint32_t turned;
};

static inline void turn_about(double q[4], int axis, double deg)
{
    double rotation[3] = {0, 0, 0}, by[4], out[4];
    rotation[axis] = deg / DEG_PER_RAD;
    quat_from_rotation_vector(rotation, by);
    quat_multiply(q, by, out);
    memcpy(q, out, sizeof out);
}

static inline void site_motion(struct body *b, struct motion *m, int s, const struct pose *pose)
{
    double q[4] = {1, 0, 0, 0}, before[4], step[4], up[3];
    turn_about(q, 1, pose->lying_pitch);
    turn_about(q, 2, pose->lying_turn);
    turn_about(q, 2, pose->yaw[s]);
    turn_about(q, 1, pose->pitch[s]);
    turn_about(q, 0, pose->roll[s]);
    quat_conjugate(b->q[s], before);
    quat_multiply(before, q, step);
    double size = sqrt(step[1] * step[1] + step[2] * step[2] + step[3] * step[3]);
    double angle = 2 * atan2(size, step[0]);
    angle -= 2 * PI * round(angle / (2 * PI));
    for (int i = 0; i < 3; i++)
        m->rate[s][i] = b->moved_before && size > 0 ? (float)(angle * step[1 + i] / size * MOTION_RATE_HZ) : 0;
    m->rate[s][2] += s == SITE_C7 ? (float)(b->bias_deg_s / DEG_PER_RAD) : 0;
    memcpy(b->q[s], q, sizeof q);
    quat_up_in_frame(q, up);
    for (int i = 0; i < 3; i++)
        m->up[s][i] = (float)up[i];
    m->pitch_deg[s] = (float)(atan2(-up[0], up[2]) * DEG_PER_RAD);
    m->roll_deg[s] = (float)(atan2(up[1], hypot(up[0], up[2])) * DEG_PER_RAD);
}

static inline void body_listen(struct body *b)
{
    struct repetition_result repetition;
    struct exercise_result result;
    int64_t index;
    while (exercise_pull_repetition(b->room, &repetition, &index)) {
        assert_true(b->n_done < BODY_REPETITIONS);
        b->done_index[b->n_done] = index;
        b->done[b->n_done++] = repetition;
    }
    if (exercise_pull(b->room, &result, &index))
        b->now = result;
}

// One block in this pose; sites that are lost do not deliver.
static inline void body_step(struct body *b, const struct pose *pose, uint32_t lost)
{
    struct motion m;
    struct gait_phase phase = {0};
    memset(&m, 0, sizeof m);
    m.index = b->k++ * FRAME_BLOCK_LEN + FRAME_BLOCK_LEN - 1;
    m.worn = b->sites;
    m.valid = b->sites & ~lost;
    m.has_yaw = m.valid & b->gyro;
    m.calibrated = true;
    m.restarted = b->restart;
    b->turned += b->turn;
    m.turned = b->turned;
    b->restart = b->turn = false;
    for (int s = 0; s < N_SITES; s++)
        if (b->sites & SITE_BIT(s))
            site_motion(b, &m, s, pose);
    for (int s = 0; s < N_SITES; s++)
        if (!(m.has_yaw & SITE_BIT(s)))
            memset(m.rate[s], 0, sizeof m.rate[s]);
    b->moved_before = true;
    exercise_step(b->room, &m, &phase);
    body_listen(b);
}

static inline void body_begin(struct body *b, uint32_t sites)
{
    const struct exercise_params params = {.give_up_s = 60};
    memset(b, 0, sizeof *b);
    b->sites = b->gyro = sites;
    assert_int_equal(exercise_create(&b->room, &params), 0);
}

static inline void body_command(struct body *b, enum exercise_action action, int exercise)
{
    exercise_command(b->room, action, exercise, b->k * FRAME_BLOCK_LEN - 1);
}

static inline const struct exercise_row *body_row(const struct body *b, int part, int side)
{
    for (int i = 0; i < b->now.n_rows; i++)
        if (b->now.row[i].part == part && b->now.row[i].side == side)
            return &b->now.row[i];
    fail_msg("no row of part %d, side %d", part, side);
    return NULL;
}

static inline double body_value(const struct exercise_row *row, const char *key)
{
    for (int i = 0; i < row->n_values; i++)
        if (strcmp(row->value[i].key, key) == 0)
            return (double)row->value[i].value;
    fail_msg("no value %s", key);
    return NAN;
}

// ---- an angle over time: legs of least jerk, one after the other ----

#define LEGS 256

struct truth {
    double begins_s, range_deg, hold_s;
    int side; // +1, -1
};

struct script {
    int n, n_truth;
    double to[LEGS], until_s[LEGS], skew[LEGS];
    struct truth truth[BODY_REPETITIONS];
};

static inline double script_end(const struct script *s)
{
    return s->n > 0 ? s->until_s[s->n - 1] : 0;
}

static inline void script_go(struct script *s, double to, double time_s)
{
    assert_true(s->n < LEGS);
    double end = script_end(s);
    s->to[s->n] = to;
    s->until_s[s->n++] = end + time_s;
}

static inline void script_wait(struct script *s, double time_s)
{
    script_go(s, s->n > 0 ? s->to[s->n - 1] : 0, time_s);
}

static inline double script_at(const struct script *s, double t_s)
{
    int i = 0;
    while (i < s->n && t_s >= s->until_s[i])
        i++;
    double from = i > 0 ? s->to[i - 1] : 0, begin = i > 0 ? s->until_s[i - 1] : 0;
    if (i == s->n)
        return from;
    double x = (t_s - begin) / (s->until_s[i] - begin);
    x += s->skew[i] * x * (1 - x);
    return from + (s->to[i] - from) * x * x * x * (10 - 15 * x + 6 * x * x);
}

struct manner {
    double move_s, back_s, hold_s, rest_s;
    double sag;        // share of the range lost while it is held
    double hesitate_s; // a pause half way out
    double skew[2];    // out and back: sooner (positive) or later than at half time it is fastest
    double rest_deg;   // where it comes back to
};

// One repetition from where the script stands to `to` and back, with its truth; the range is from there.
static inline void script_repetition(struct script *s, double to, const struct manner *how)
{
    double from = s->n > 0 ? s->to[s->n - 1] : 0, begins = script_end(s);
    if (how->hesitate_s > 0) {
        script_go(s, from + 0.5 * (to - from), 0.5 * how->move_s);
        script_wait(s, how->hesitate_s);
        script_go(s, to, 0.5 * how->move_s);
    } else {
        script_go(s, to, how->move_s);
        s->skew[s->n - 1] = how->skew[0];
    }
    if (how->hold_s > 0)
        script_go(s, to - how->sag * (to - from), how->hold_s);
    s->truth[s->n_truth++] = (struct truth){begins, fabs(to - from), how->hold_s, to > from ? 1 : -1};
    script_go(s, how->rest_deg, how->back_s);
    s->skew[s->n - 1] = how->skew[1];
    if (how->rest_s > 0)
        script_wait(s, how->rest_s);
}

#endif
