// SPDX-License-Identifier: GPL-3.0-or-later
// Arms whose swing is known: forearms bent and hanging, swings turned inward, carried by a turning trunk, uneven,
// jittered and biased, without gravity, irregular, held still.
#include "check.h"

#include "arms/arms.h"
#include "dsp/vec.h"
#include "motion_maker.h"

#define SWING_TOLERANCE_DEG     1.0
#define CROSSING_TOLERANCE_DEG  2.0
#define RATE_TOLERANCE_HZ       0.003
#define JITTER_TOLERANCE_HZ     0.02
#define STIFFNESS_TOLERANCE     0.02
#define ASYMMETRY_TOLERANCE_PCT 3.0

#define WRISTS (SITE_BIT(SITE_WRIST_LEFT) | SITE_BIT(SITE_WRIST_RIGHT))

static const struct arms_params defaults = {10, 0.7};

// A swing(t) about a horizontal axis turned `plane` to the left, of a forearm bent by `elbow`, on a trunk that turns
// by yaw(t) and rolls: the composition trunk · axis · elbow, rates by central differences of the composed orientation.
struct body {
    double hz, jitter;
    double swing_deg[2], plane_deg[2], elbow_deg; // swing peak to peak, both to the left
    double second, third;                         // harmonics of the swing, share
    double yaw_deg, roll_deg;                     // of the trunk, peak to peak
    double palm_deg;                              // turning about the forearm, peak to peak
    double bias_deg_s, noise_deg_s;
    double phase, length;
};

static void turn(double q[4], int axis, double rad)
{
    double v[3] = {0}, step[4], next[4];
    v[axis] = rad;
    quat_from_rotation_vector(v, step);
    quat_multiply(q, step, next);
    memcpy(q, next, sizeof next);
}

static double wave(const struct body *b, double turns)
{
    return sin(2 * PI * turns) + b->second * sin(4 * PI * turns + 0.5) + b->third * sin(6 * PI * turns);
}

static double wave_range(const struct body *b)
{
    double high = -9, low = 9;
    for (int i = 0; i < 1000; i++) {
        high = fmax(high, wave(b, i / 1000.0));
        low = fmin(low, wave(b, i / 1000.0));
    }
    return high - low;
}

static void trunk_at(const struct body *b, double turns, double q[4])
{
    q[0] = 1;
    q[1] = q[2] = q[3] = 0;
    turn(q, 2, 0.5 * b->yaw_deg / DEG_PER_RAD * sin(2 * PI * turns + 0.3));
    turn(q, 0, 0.5 * b->roll_deg / DEG_PER_RAD * sin(2 * PI * turns));
}

static void forearm_at(const struct body *b, int side, double turns, double q[4])
{
    double own = turns + 0.5 * side, plane = b->plane_deg[side] / DEG_PER_RAD;
    trunk_at(b, turns, q);
    turn(q, 2, plane);
    turn(q, 1, b->swing_deg[side] / wave_range(b) / DEG_PER_RAD * wave(b, own));
    turn(q, 2, -plane);
    turn(q, 1, -b->elbow_deg / DEG_PER_RAD);
    turn(q, 2, 0.5 * b->palm_deg / DEG_PER_RAD * sin(2 * PI * own + 1));
}

static void put(struct motion *m, const struct body *b, int site, const double q0[4], const double q1[4], double dt_s)
{
    double back[4], step[4], up[3];
    quat_conjugate(q0, back);
    quat_multiply(back, q1, step);
    quat_up_in_frame(q1, up);
    for (int i = 0; i < 3; i++) {
        double rate = 2 * step[i + 1] / dt_s; // small turn
        m->rate[site][i] = (float)(rate + (b->bias_deg_s * (i + 1) + b->noise_deg_s * check_normal()) / DEG_PER_RAD);
        m->up[site][i] = (float)up[i];
    }
}

static int64_t block;
static uint32_t turned;
static double phase_at[40000]; // at the end of each block
static double window_hz;       // mean rate of the cycles in the last result's window

static struct arms_result run(struct arms *a, struct body *b, int seconds, uint32_t sites,
                              const struct gait_phase *gait)
{
    struct arms_result last = {0};
    int64_t index = 0;
    for (int64_t end = block + seconds * 100; block < end; block++) {
        struct motion m;
        motion_begin(&m, block, sites);
        double before = b->phase, step = b->hz * 0.01 / (b->length > 0 ? b->length : 1);
        b->phase += step;
        if (floor(b->phase) > floor(before))
            b->length = 1 + b->jitter * check_normal();
        phase_at[block] = b->phase;
        double q0[4], q1[4];
        trunk_at(b, before, q0);
        trunk_at(b, b->phase, q1);
        put(&m, b, SITE_C7, q0, q1, 0.01);
        put(&m, b, SITE_T12, q0, q1, 0.01);
        m.turned = turned;
        for (int side = 0; side < 2; side++) {
            forearm_at(b, side, before, q0);
            forearm_at(b, side, b->phase, q1);
            put(&m, b, side ? SITE_WRIST_RIGHT : SITE_WRIST_LEFT, q0, q1, 0.01);
        }
        arms_step(a, &m, gait);
        if (arms_pull(a, &last, &index)) {
            assert_int_equal((m.index + 1) % 1000, 0);
            assert_true(index <= m.index && index > m.index - 6500);
            int64_t centre = index / FRAME_BLOCK_LEN, half = (int64_t)(50 * defaults.window_s);
            if (centre >= half)
                window_hz = (phase_at[centre + half] - phase_at[centre - half]) / defaults.window_s;
        }
    }
    return last;
}

static struct arms *fresh(void)
{
    struct arms *a;
    block = 0;
    assert_int_equal(arms_create(&a, &defaults), 0);
    return a;
}

static const struct gait_phase unknown = {.activity = ACTIVITY_UNKNOWN};

static void check_swing(const struct arms_result *r, const struct body *b)
{
    assert_near(r->rate_hz, b->jitter > 0 ? window_hz : b->hz, b->jitter > 0 ? JITTER_TOLERANCE_HZ : RATE_TOLERANCE_HZ);
    assert_near(r->swing_left_deg, b->swing_deg[0], SWING_TOLERANCE_DEG);
    assert_near(r->swing_right_deg, b->swing_deg[1], SWING_TOLERANCE_DEG);
    double asymmetry = 200 * (b->swing_deg[0] - b->swing_deg[1]) / (b->swing_deg[0] + b->swing_deg[1]);
    assert_near(r->asymmetry_pct, asymmetry, ASYMMETRY_TOLERANCE_PCT);
}

static void wrists_alone_tell_swing_and_rate(void **state)
{
    (void)state;
    for (double hz = 0.55; hz < 1.9; hz += 0.13) {
        struct arms *a = fresh();
        struct body b = {.hz = hz, .swing_deg = {50, 30}, .second = 0.1, .bias_deg_s = 1};
        struct arms_result r = run(a, &b, 15, WRISTS, &unknown);
        check_swing(&r, &b);
        assert_near(r.crossing_left_deg, 0, CROSSING_TOLERANCE_DEG);
        assert_true(isnan(r.stiffness));
        arms_destroy(a);
    }
}

static void a_bent_arm_turned_inward_on_a_turning_trunk(void **state)
{
    (void)state;
    for (double elbow = 0; elbow <= 100; elbow += 50)
        for (double plane = -10; plane <= 40; plane += 25) {
            struct arms *a = fresh();
            struct body b = {.hz = 1.4,
                             .jitter = 0.02,
                             .swing_deg = {56, 48},
                             .plane_deg = {-plane, plane},
                             .elbow_deg = elbow,
                             .second = 0.1,
                             .yaw_deg = 18,
                             .roll_deg = 5,
                             .noise_deg_s = 3};
            struct arms_result r = run(a, &b, 25, WRISTS | SITE_BIT(SITE_C7), &unknown);
            check_swing(&r, &b);
            assert_near(r.crossing_left_deg, plane, CROSSING_TOLERANCE_DEG);
            assert_near(r.crossing_right_deg, plane, CROSSING_TOLERANCE_DEG);
            assert_near(r.stiffness, 18 / (18 + 52.0), STIFFNESS_TOLERANCE);
            arms_destroy(a);
        }
}

static void without_gravity_the_swing_remains_and_turning_the_palm_does_not_count(void **state)
{
    (void)state;
    struct arms *a = fresh();
    struct body b = {.hz = 0.84, .swing_deg = {35, 26}, .palm_deg = 25, .bias_deg_s = 0.5};
    struct arms_result last = {0};
    int64_t index;
    double q0[4], q1[4];
    for (; block < 2500; block++) {
        struct motion m;
        motion_begin(&m, block, WRISTS);
        m.valid = m.has_yaw = 0;
        for (int side = 0; side < 2; side++) {
            int site = side ? SITE_WRIST_RIGHT : SITE_WRIST_LEFT;
            memset(m.frame_valid[site], FRAME_GYRO, FRAME_BLOCK_LEN);
            forearm_at(&b, side, b.phase, q0);
            forearm_at(&b, side, b.phase + b.hz * 0.01, q1);
            put(&m, &b, site, q0, q1, 0.01);
            memset(m.up[site], 0, sizeof m.up[site]);
        }
        b.phase += b.hz * 0.01;
        arms_step(a, &m, &unknown);
        (void)arms_pull(a, &last, &index);
    }
    check_swing(&last, &b);
    assert_true(isnan(last.crossing_left_deg));
    arms_destroy(a);
}

static void an_arm_that_only_follows_the_trunk_is_stiff(void **state)
{
    (void)state;
    struct arms *a = fresh();
    const struct gait_phase running = {.moving = true, .step_hz = 2.8F, .activity = ACTIVITY_RUN};
    struct body b = {.hz = 1.4, .swing_deg = {0.5, 0.5}, .elbow_deg = 90, .yaw_deg = 20, .noise_deg_s = 1};
    struct arms_result r = run(a, &b, 15, WRISTS | SITE_BIT(SITE_C7), &running);
    assert_near(r.swing_left_deg, 0.5, SWING_TOLERANCE_DEG);
    assert_true(r.stiffness > 0.9F);
    assert_true(isnan(r.crossing_left_deg));
    arms_destroy(a);
}

static void gestures_are_no_swing(void **state)
{
    (void)state;
    struct arms *a = fresh();
    int answered = 0, seconds = 0;
    struct arms_result r;
    int64_t index;
    double rate[2][2] = {{0}}, left[2] = {0};
    for (; block < 30000; block++) { // movements of 0.3 to 1.5 s in random directions, with pauses
        struct motion m;
        motion_begin(&m, block, WRISTS);
        for (int side = 0; side < 2; side++) {
            if ((left[side] -= 0.01) <= 0) {
                left[side] = 0.3 + 1.2 * check_uniform();
                for (int i = 0; i < 2; i++)
                    rate[side][i] = check_uniform() < 0.4 ? 0 : 1.5 * check_normal();
            }
            for (int i = 0; i < 2; i++)
                m.rate[side ? SITE_WRIST_RIGHT : SITE_WRIST_LEFT][i] = (float)rate[side][i];
        }
        arms_step(a, &m, &unknown);
        if (!arms_pull(a, &r, &index))
            continue;
        seconds++;
        answered += isfinite(r.swing_left_deg) || isfinite(r.rate_hz);
    }
    printf("gestures taken for a swing: %d of %d s\n", answered, seconds);
    assert_true(answered <= 0.02 * seconds);
    arms_destroy(a);
}

static void standing_and_missing_wrists_are_null(void **state)
{
    (void)state;
    struct arms *a = fresh();
    const struct gait_phase still = {.activity = ACTIVITY_STILL};
    struct body b = {.hz = 0.9, .swing_deg = {40, 40}};
    assert_true(isnan(run(a, &b, 12, WRISTS | SITE_BIT(SITE_C7), &still).swing_left_deg));
    struct arms_result r = run(a, &b, 12, SITE_BIT(SITE_WRIST_LEFT), &unknown);
    assert_near(r.swing_left_deg, 40, SWING_TOLERANCE_DEG);
    assert_near(r.rate_hz, 0.9, RATE_TOLERANCE_HZ);
    assert_true(isnan(r.swing_right_deg) && isnan(r.asymmetry_pct) && isnan(r.crossing_right_deg));
    r = run(a, &b, 12, SITE_BIT(SITE_C7), &unknown);
    assert_true(isnan(r.swing_left_deg) && isnan(r.rate_hz) && isnan(r.stiffness));
    arms_destroy(a);
}

static void a_pause_within_the_swing_and_a_strong_second_harmonic_do_not_mislead(void **state)
{
    (void)state;
    struct arms *a = fresh();
    struct body pausing = {.hz = 0.8, .swing_deg = {50, 40}, .third = 0.2};
    struct arms_result r = run(a, &pausing, 15, WRISTS, &unknown);
    assert_near(r.swing_left_deg, 50, SWING_TOLERANCE_DEG);
    assert_near(r.swing_right_deg, 40, SWING_TOLERANCE_DEG);
    struct body double_peaked = {.hz = 0.8, .swing_deg = {50, 40}, .second = 0.6};
    r = run(a, &double_peaked, 15, WRISTS, &unknown);
    assert_near(r.rate_hz, 0.8, RATE_TOLERANCE_HZ);
    arms_destroy(a);
}

static void a_change_of_gait_is_never_a_small_swing(void **state)
{
    (void)state;
    struct arms *a = fresh();
    const struct gait_phase moving = {.moving = true, .step_hz = 2.3F, .activity = ACTIVITY_WALK};
    struct body b = {.hz = 0.9, .swing_deg = {45, 45}};
    int nulls = 0;
    (void)run(a, &b, 15, WRISTS, &moving);
    for (int second = 0; second < 20; second++) {
        b.hz = 0.9 + 0.5 * fmin(1, second / 4.0);
        struct arms_result r = run(a, &b, 1, WRISTS, &moving);
        nulls += isnan(r.swing_left_deg);
        assert_true(isnan(r.swing_left_deg) || fabsf(r.swing_left_deg - 45) < 5);
    }
    assert_true(nulls < 10);
    arms_destroy(a);
}

static void a_tremor_is_no_swing_and_an_arm_held_since_a_moment_is_unknown(void **state)
{
    (void)state;
    struct arms *a = fresh();
    struct body b = {.hz = 1.1, .swing_deg = {1.5, 1.5}};
    struct arms_result r = run(a, &b, 15, WRISTS, &unknown);
    assert_true(isnan(r.swing_left_deg) && isnan(r.rate_hz));
    const struct gait_phase moving = {.moving = true, .step_hz = 2.2F, .activity = ACTIVITY_WALK};
    r = run(a, &b, 3, WRISTS, &moving);
    assert_true(isnan(r.swing_left_deg));
    r = run(a, &b, 12, WRISTS, &moving);
    assert_near(r.swing_left_deg, 1.5, SWING_TOLERANCE_DEG);
    arms_destroy(a);
}

static void axes_that_cannot_be_right_or_have_just_turned_tell_nothing(void **state)
{
    (void)state;
    struct arms *a = fresh();
    struct body b = {.hz = 0.9, .swing_deg = {45, 45}, .plane_deg = {75, 20}};
    struct arms_result r = run(a, &b, 15, WRISTS, &unknown);
    assert_near(r.swing_left_deg, 45, SWING_TOLERANCE_DEG);
    assert_true(isnan(r.crossing_left_deg));
    assert_near(r.crossing_right_deg, 20, CROSSING_TOLERANCE_DEG);
    turned++;
    r = run(a, &b, 3, WRISTS, &unknown);
    assert_true(isnan(r.swing_left_deg));
    r = run(a, &b, 6, WRISTS, &unknown);
    assert_near(r.swing_left_deg, 45, SWING_TOLERANCE_DEG);
    arms_destroy(a);
}

static void another_site_serves_as_the_thorax(void **state)
{
    (void)state;
    struct arms *a = fresh();
    struct body b = {.hz = 1.4, .swing_deg = {56, 56}, .yaw_deg = 14};
    struct arms_result r = run(a, &b, 15, WRISTS | SITE_BIT(SITE_C7), &unknown);
    assert_near(r.stiffness, 0.2, STIFFNESS_TOLERANCE);
    r = run(a, &b, 15, WRISTS | SITE_BIT(SITE_T12), &unknown);
    assert_near(r.stiffness, 0.2, STIFFNESS_TOLERANCE);
    arms_destroy(a);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrists_alone_tell_swing_and_rate),
        cmocka_unit_test(a_bent_arm_turned_inward_on_a_turning_trunk),
        cmocka_unit_test(without_gravity_the_swing_remains_and_turning_the_palm_does_not_count),
        cmocka_unit_test(an_arm_that_only_follows_the_trunk_is_stiff),
        cmocka_unit_test(gestures_are_no_swing),
        cmocka_unit_test(a_pause_within_the_swing_and_a_strong_second_harmonic_do_not_mislead),
        cmocka_unit_test(a_change_of_gait_is_never_a_small_swing),
        cmocka_unit_test(a_tremor_is_no_swing_and_an_arm_held_since_a_moment_is_unknown),
        cmocka_unit_test(axes_that_cannot_be_right_or_have_just_turned_tell_nothing),
        cmocka_unit_test(another_site_serves_as_the_thorax),
        cmocka_unit_test(standing_and_missing_wrists_are_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
