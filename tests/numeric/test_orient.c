// SPDX-License-Identifier: GPL-3.0-or-later
// Orientation of known rotations: a sensor on a tilted, swinging and bouncing body with a biased gyro.
#include "check.h"

#include "dsp/vec.h"
#include "orient/orient.h"

#include <string.h>

#define STATIC_TOLERANCE_DEG 0.01
#define RUN_TOLERANCE_DEG    0.3 // 168 steps/min, 0.5 deg/s of bias, 10 s of stand before
#define BIAS_TOLERANCE_DEG_S 0.02

#define UNKNOWN_BIAS_TOLERANCE_DEG 0.6  // 1.5 deg/s on each horizontal axis, no rest at all, from 15 s of running on
#define HEADING_TOLERANCE_DEG      0.05 // wander in a minute of rest
#define LEAN_TOLERANCE_DEG         0.2  // while leaning 12 degrees in 8 s, and after it
#define TURN_TOLERANCE_DEG         0.5  // of 15
#define RELEVEL_TOLERANCE_DEG      1.0  // 3 s after a clipped turn that hid 6 degrees

static struct orient_params defaults;

static int take_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_orient_settings; i++)
        memcpy((char *)&defaults + orient_settings[i].offset, &orient_settings[i].def, sizeof(double));
    return 0;
}

struct body {
    double pitch_deg, swing_deg, bounce_m_s2, bias_deg_s[3], noise_deg_s;
    double lean_deg_s, lean_from_s;
    double warming_deg_s2; // drift of the bias about z
};

// Truth: pitch(t) = pitch + swing * sin(2 pi 2.8 t) about y, heading fixed.
static double pitch_rad(const struct body *b, double t)
{
    return (b->pitch_deg + b->lean_deg_s * (t - b->lean_from_s) + b->swing_deg * sin(2 * PI * 2.8 * t)) / DEG_PER_RAD;
}

static void measure(const struct body *b, double t, struct site_frames *site, int f, bool gyro)
{
    double pitch = pitch_rad(b, t),
           rate = (b->lean_deg_s + 2 * PI * 2.8 * b->swing_deg * cos(2 * PI * 2.8 * t)) / DEG_PER_RAD;
    double vertical = GRAVITY + b->bounce_m_s2 * sin(2 * PI * 2.8 * t);
    double fore = 0.4 * b->bounce_m_s2 * cos(2 * PI * 2.8 * t);
    // world (fore, 0, vertical) into the frame pitched about y
    site->acc[f][0] = (float)(fore * cos(pitch) - vertical * sin(pitch));
    site->acc[f][1] = 0;
    site->acc[f][2] = (float)(fore * sin(pitch) + vertical * cos(pitch));
    for (int i = 0; i < 3; i++)
        site->gyro[f][i] = (float)(((i == 1 ? rate * DEG_PER_RAD : 0) + b->bias_deg_s[i] +
                                    (i == 2 ? b->warming_deg_s2 * t : 0) + b->noise_deg_s * check_normal()) /
                                   DEG_PER_RAD);
    site->valid[f] = gyro ? FRAME_ACC | FRAME_GYRO : FRAME_ACC;
}

// Runs blocks from block index from to to; returns the RMS error of pitch over them.
static double run(struct orient *o, const struct body *b, int from, int to, bool gyro, struct frame_block *last)
{
    double squared = 0;
    for (int k = from; k < to; k++) {
        struct frame_block block;
        memset(&block, 0, sizeof block);
        block.first_index = (int64_t)k * FRAME_BLOCK_LEN;
        block.worn = SITE_BIT(SITE_C7);
        for (int f = 0; f < FRAME_BLOCK_LEN; f++)
            measure(b, (k * 10 + f) * 1e-3, &block.site[SITE_C7], f, gyro);
        orient_step(o, &block);
        double q[4], up[3];
        for (int i = 0; i < 4; i++)
            q[i] = (double)block.site[SITE_C7].q_world_from_sensor[9][i];
        quat_up_in_frame(q, up);
        double error = atan2(-up[0], up[2]) - pitch_rad(b, (k * 10 + 9) * 1e-3);
        squared += error * error;
        *last = block;
    }
    return sqrt(squared / (to - from)) * DEG_PER_RAD;
}

static void a_resting_sensor_shows_its_tilt_at_once(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    const struct body b = {.pitch_deg = 25};
    assert_near(run(o, &b, 0, 200, true, &last), 0, STATIC_TOLERANCE_DEG);
    assert_true(last.site[SITE_C7].valid[9] & FRAME_ORIENT);
    orient_destroy(o);
}

static void bias_is_read_at_rest_and_taken_out_of_the_rates(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    const struct body b = {.pitch_deg = -10, .bias_deg_s = {0.5, -0.4, 3.0}, .noise_deg_s = 0.2};
    (void)run(o, &b, 0, 1000, true, &last);
    for (int i = 0; i < 3; i++) {
        double mean = 0;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++)
            mean += (double)last.site[SITE_C7].gyro[f][i] * DEG_PER_RAD / FRAME_BLOCK_LEN;
        assert_near(mean, 0, BIAS_TOLERANCE_DEG_S + 4 * 0.2 / sqrt(FRAME_BLOCK_LEN));
    }
    orient_destroy(o);
}

static void running_does_not_tilt_the_horizon(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.pitch_deg = 12, .bias_deg_s = {0.5, 0.5, -0.5}, .noise_deg_s = 0.1};
    (void)run(o, &b, 0, 1000, true, &last);
    b.swing_deg = 4;
    b.bounce_m_s2 = 14;
    double rms = run(o, &b, 1000, 7000, true, &last);
    printf("running: %.3f deg RMS\n", rms);
    assert_near(rms, 0, RUN_TOLERANCE_DEG);
    orient_destroy(o);
}

static void an_accelerometer_alone_gives_inclination_and_says_so(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    const struct body b = {.pitch_deg = 30};
    assert_near(run(o, &b, 0, 300, false, &last), 0, STATIC_TOLERANCE_DEG);
    assert_true(last.site[SITE_C7].valid[9] & FRAME_INCLINATION);
    assert_false(last.site[SITE_C7].valid[9] & FRAME_ORIENT);
    orient_destroy(o);
}

// Standing and breathing is quiet enough for an angle, running is not: then q is only rough.
static void an_accelerometer_alone_is_rough_in_motion(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.pitch_deg = 10};
    (void)run(o, &b, 0, 300, false, &last);
    b.bounce_m_s2 = 5;
    (void)run(o, &b, 300, 500, false, &last);
    assert_int_equal(last.site[SITE_C7].valid[9], FRAME_ACC | FRAME_ROUGH);
    b.bounce_m_s2 = 0;
    (void)run(o, &b, 500, 1400, false, &last);
    assert_int_equal(last.site[SITE_C7].valid[9], FRAME_ACC | FRAME_INCLINATION);
    orient_destroy(o);
}

static void a_bias_is_found_without_any_rest(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    const struct body b = {
        .pitch_deg = 12, .swing_deg = 4, .bounce_m_s2 = 14, .bias_deg_s = {1.5, -1.5, 0.5}, .noise_deg_s = 0.1};
    (void)run(o, &b, 0, 1500, true, &last);
    double rms = run(o, &b, 1500, 3000, true, &last);
    printf("unknown bias, no rest: %.3f deg RMS\n", rms);
    assert_near(rms, 0, UNKNOWN_BIAS_TOLERANCE_DEG);
    orient_destroy(o);
}

// Leaning at 1.5 deg/s looks like rest to the gyro: it is neither bias nor lost.
static void a_slow_lean_is_no_bias(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.pitch_deg = 2, .bias_deg_s = {0.4, -0.3, 0.2}, .noise_deg_s = 0.1};
    (void)run(o, &b, 0, 1500, true, &last);
    b.lean_deg_s = 1.5;
    b.lean_from_s = 15;
    double during = run(o, &b, 1500, 2300, true, &last);
    b.pitch_deg += 1.5 * 8;
    b.lean_deg_s = 0;
    double after = run(o, &b, 2300, 2800, true, &last);
    printf("slow lean: %.3f deg RMS, after it %.3f\n", during, after);
    assert_near(during, 0, LEAN_TOLERANCE_DEG);
    assert_near(after, 0, LEAN_TOLERANCE_DEG);
    orient_destroy(o);
}

static double heading_deg(const struct frame_block *block)
{
    const float *f = block->site[SITE_C7].q_world_from_sensor[9];
    double w = (double)f[0], x = (double)f[1], y = (double)f[2], z = (double)f[3];
    return atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) * DEG_PER_RAD;
}

static void heading_is_held_at_rest(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block first, last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    const struct body b = {
        .pitch_deg = 8, .bias_deg_s = {0.5, 0.5, -2}, .noise_deg_s = 0.3, .warming_deg_s2 = 0.2 / 60};
    (void)run(o, &b, 0, 1000, true, &first);
    (void)run(o, &b, 1000, 7000, true, &last);
    double wander = heading_deg(&last) - heading_deg(&first);
    printf("heading in a minute of rest: %.4f deg\n", wander);
    assert_near(wander, 0, HEADING_TOLERANCE_DEG);
    orient_destroy(o);
}

// Once the bias is known, a slow turn on the spot is followed.
static void a_slow_turn_is_no_bias(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block first, last;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.bias_deg_s = {0.2, 0.1, -1.2}, .noise_deg_s = 0.1};
    (void)run(o, &b, 0, 3000, true, &first);
    b.bias_deg_s[2] += 1.5; // the same to the gyro as turning at 1.5 deg/s
    (void)run(o, &b, 3000, 4000, true, &last);
    double turned = heading_deg(&last) - heading_deg(&first);
    printf("15 deg in 10 s: %.2f deg\n", turned);
    assert_near(turned, 15, TURN_TOLERANCE_DEG);
    orient_destroy(o);
}

// 20 ms at 2300 deg/s read as 2000: the level is off by 6 degrees, says so, and is found again.
static void a_clipped_turn_loses_the_level_and_finds_it_again(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block block;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.pitch_deg = 0};
    (void)run(o, &b, 0, 1000, true, &block);
    for (int k = 1000; k < 1002; k++) {
        memset(&block, 0, sizeof block);
        block.first_index = (int64_t)k * FRAME_BLOCK_LEN;
        block.worn = SITE_BIT(SITE_C7);
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            struct site_frames *site = &block.site[SITE_C7];
            double pitch = 2300e-3 * ((k - 1000) * 10 + f) / DEG_PER_RAD;
            site->acc[f][0] = (float)(-GRAVITY * sin(pitch));
            site->acc[f][2] = (float)(GRAVITY * cos(pitch));
            site->gyro[f][1] = (float)(2000 / DEG_PER_RAD);
            site->valid[f] = FRAME_ACC | FRAME_GYRO | FRAME_GYRO_CLIPPED;
        }
        orient_step(o, &block);
    }
    assert_true(block.site[SITE_C7].valid[9] & FRAME_ROUGH);
    assert_false(block.site[SITE_C7].valid[9] & FRAME_ORIENT);
    b.pitch_deg = 46;
    (void)run(o, &b, 1002, 1302, true, &block);
    assert_true(block.site[SITE_C7].valid[9] & FRAME_ORIENT);
    double rms = run(o, &b, 1302, 1400, true, &block);
    printf("3 s after a clipped turn: %.3f deg RMS\n", rms);
    assert_near(rms, 0, RELEVEL_TOLERANCE_DEG);
    orient_destroy(o);
}

// Unplugged while it lay still, so that nothing hints at a turn, and put on elsewhere: it starts anew, and at rest
// shows its tilt at once.
static void a_sensor_that_comes_back_elsewhere_starts_anew(void **state)
{
    (void)state;
    struct orient *o;
    struct frame_block block;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct body b = {.pitch_deg = 0};
    (void)run(o, &b, 0, 1000, true, &block);
    for (int k = 1000; k < 1100; k++) {
        memset(&block, 0, sizeof block);
        block.first_index = (int64_t)k * FRAME_BLOCK_LEN;
        block.worn = SITE_BIT(SITE_C7);
        orient_step(o, &block);
    }
    b.pitch_deg = 40;
    (void)run(o, &b, 1100, 1105, true, &block);
    assert_true(block.site[SITE_C7].valid[9] & FRAME_ROUGH);
    (void)run(o, &b, 1105, 1112, true, &block);
    assert_true(block.site[SITE_C7].valid[9] & FRAME_ORIENT);
    assert_near(run(o, &b, 1112, 1200, true, &block), 0, STATIC_TOLERANCE_DEG);
    orient_destroy(o);
}

static void nothing_valid_gives_nothing(void **state)
{
    (void)state;
    struct orient *o;
    assert_int_equal(orient_create(&o, &defaults), 0);
    struct frame_block block;
    memset(&block, 0, sizeof block);
    block.worn = SITE_BIT(SITE_HEAD);
    orient_step(o, &block);
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        assert_int_equal(block.site[SITE_HEAD].valid[f], 0);
    orient_destroy(o);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resting_sensor_shows_its_tilt_at_once),
        cmocka_unit_test(bias_is_read_at_rest_and_taken_out_of_the_rates),
        cmocka_unit_test(running_does_not_tilt_the_horizon),
        cmocka_unit_test(an_accelerometer_alone_gives_inclination_and_says_so),
        cmocka_unit_test(an_accelerometer_alone_is_rough_in_motion),
        cmocka_unit_test(a_bias_is_found_without_any_rest),
        cmocka_unit_test(a_slow_lean_is_no_bias),
        cmocka_unit_test(heading_is_held_at_rest),
        cmocka_unit_test(a_slow_turn_is_no_bias),
        cmocka_unit_test(a_clipped_turn_loses_the_level_and_finds_it_again),
        cmocka_unit_test(a_sensor_that_comes_back_elsewhere_starts_anew),
        cmocka_unit_test(nothing_valid_gives_nothing),
    };
    return cmocka_run_group_tests(tests, take_defaults, NULL);
}
