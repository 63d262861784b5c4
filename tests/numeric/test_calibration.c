// SPDX-License-Identifier: GPL-3.0-or-later
// How a calibration comes about: the axis from gait and from bows, slips, sites that join late, stored fits, the tall
// reference, and how commands end.
#include "check.h"

#include "dsp/vec.h"
#include "segment/segment.h"

#include <string.h>

#define AXIS_TOLERANCE_DEG 0.5
#define WALK_WEIGHT        0.877 // 8^2 / (8^2 + 3^2): gait against the mount
#define RUN_WEIGHT         0.719 // 8^2 / (8^2 + 5^2)

static const struct segment_params defaults = {0, 3, 2, 0.4, 60, 60};

#define B(site) SITE_BIT(SITE_##site)
#define SPINE   (B(HEAD) | B(C7) | B(T12) | B(SACRUM) | B(STERNUM))

// A body with sensors that sit askew on it, and a gait whose force at the step frequency lies fore and aft.
struct scene {
    struct segment *segment;
    int64_t k;
    uint32_t sites, railed, two_axes; // one axis of the accelerometer at full scale; without one
    double pitch_deg[N_SITES], roll_deg[N_SITES];
    double mount_pitch_deg[N_SITES], mount_yaw_deg[N_SITES];
    double step_hz, fore_m_s2, vertical_m_s2, side_m_s2, turn_deg_s, noise_m_s2;
    bool running;
    double odd_deg; // by how much what swings once per stride lies off from where it should
    double steps, yaw_deg;
    struct motion motion;
    struct calibration_result result;
};

static struct scene *begin(uint32_t sites)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    scene.sites = sites;
    assert_int_equal(segment_create(&scene.segment, &defaults), 0);
    return &scene;
}

static void quat_about(double x, double y, double z, double q[4])
{
    const double rotation[3] = {x / DEG_PER_RAD, y / DEG_PER_RAD, z / DEG_PER_RAD};
    quat_from_rotation_vector(rotation, q);
}

static void multiply3(const double a[4], const double b[4], const double c[4], double out[4])
{
    double ab[4];
    quat_multiply(a, b, ab);
    quat_multiply(ab, c, out);
}

// q_world_from_segment and what the sensor on it reads.
static void fill_site(const struct scene *c, int s, struct site_frames *site)
{
    double yaw[4], pitch[4], roll[4], body[4], tilt[4], heading[4], mount[4], q[4], back[4];
    quat_about(0, 0, c->yaw_deg, yaw);
    quat_about(0, c->pitch_deg[s], 0, pitch);
    quat_about(c->roll_deg[s], 0, 0, roll);
    multiply3(yaw, pitch, roll, body);
    quat_about(0, c->mount_pitch_deg[s], 0, tilt);
    quat_about(0, 0, c->mount_yaw_deg[s], heading);
    quat_multiply(tilt, heading, mount);
    quat_multiply(body, mount, q);
    quat_conjugate(q, back);
    double lead = c->running ? -PI / 2 : PI / 2; // of the forward force before the vertical
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        double at = 2 * PI * (c->steps + (f - FRAME_BLOCK_LEN + 1) * 1e-3 * c->step_hz), force[3], turned[3], rate[3];
        double aside = c->side_m_s2 * sin(at / 2 + 1);
        const double own[3] = {c->fore_m_s2 * cos(at + lead) - aside * sin(c->odd_deg / DEG_PER_RAD) +
                                   c->noise_m_s2 * check_normal(),
                               aside * cos(c->odd_deg / DEG_PER_RAD) + c->noise_m_s2 * check_normal(),
                               GRAVITY + c->vertical_m_s2 * cos(at) + c->noise_m_s2 * check_normal()};
        const double turning[3] = {0.4 * (c->step_hz > 0) * sin(at / 2), 0.3 * (c->step_hz > 0) * sin(at),
                                   c->turn_deg_s / DEG_PER_RAD};
        double odd[4];
        quat_about(0, 0, c->odd_deg, odd);
        quat_rotate(yaw, own, force);
        quat_rotate(back, force, turned);
        quat_rotate(odd, turning, rate);
        quat_rotate(yaw, rate, rate);
        quat_rotate(back, rate, rate);
        for (int i = 0; i < 3; i++) {
            site->acc[f][i] = (float)turned[i];
            site->gyro[f][i] = (float)rate[i];
        }
        for (int i = 0; i < 4; i++)
            site->q_world_from_sensor[f][i] = (float)q[i];
        site->valid[f] = FRAME_ACC | FRAME_GYRO | FRAME_ORIENT;
        if (c->railed & SITE_BIT(s)) {
            site->acc[f][1] = (float)(2 * GRAVITY);
            site->valid[f] |= FRAME_ACC_CLIPPED;
        }
        if (c->two_axes & SITE_BIT(s))
            site->acc[f][2] = 0;
    }
}

static void go(struct scene *c, double seconds)
{
    for (int i = 0; i < (int)lround(seconds * 100); i++) {
        struct frame_block block;
        int64_t index;
        memset(&block, 0, sizeof block);
        block.first_index = c->k++ * FRAME_BLOCK_LEN;
        block.worn = c->sites;
        block.axes_missing = c->two_axes;
        c->steps += c->step_hz * 0.01;
        c->yaw_deg += c->turn_deg_s * 0.01;
        for (int s = 0; s < N_SITES; s++)
            if (c->sites & SITE_BIT(s))
                fill_site(c, s, &block.site[s]);
        const struct gait_phase phase = {.moving = c->step_hz > 0,
                                         .step_hz = (float)c->step_hz,
                                         .step_turns = c->steps,
                                         .activity = c->step_hz <= 0 ? ACTIVITY_STILL
                                                     : c->running    ? ACTIVITY_RUN
                                                                     : ACTIVITY_WALK};
        segment_step(c->segment, &block, &c->motion);
        segment_observe(c->segment, &c->motion, &phase);
        (void)segment_pull(c->segment, &c->result, &index);
    }
}

static void stand(struct scene *c, double seconds)
{
    c->step_hz = c->fore_m_s2 = c->vertical_m_s2 = c->side_m_s2 = c->turn_deg_s = 0;
    go(c, seconds);
}

static void walk(struct scene *c, double seconds)
{
    c->running = false;
    c->step_hz = 1.9;
    c->fore_m_s2 = 1.2;
    c->vertical_m_s2 = 2.5;
    c->side_m_s2 = 1.5;
    c->noise_m_s2 = 0.1;
    go(c, seconds);
    c->noise_m_s2 = 0;
}

static void run(struct scene *c, double seconds)
{
    c->running = true;
    c->step_hz = 2.8;
    c->fore_m_s2 = 3;
    c->vertical_m_s2 = 9;
    c->side_m_s2 = 3;
    c->noise_m_s2 = 0.3;
    go(c, seconds);
    c->noise_m_s2 = 0;
}

static void walking_shows_forward(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    c->mount_yaw_deg[SITE_C7] = 12;
    c->mount_yaw_deg[SITE_T12] = -9;
    c->mount_pitch_deg[SITE_C7] = 25;
    stand(c, 5);
    assert_int_equal(c->result.now.site[SITE_C7].axis, AXIS_MOUNT);
    assert_near(c->result.now.site[SITE_C7].tilt_deg, 25, 0.1);
    walk(c, 25);
    const struct site_fit *fit = c->result.now.site;
    assert_int_equal(fit[SITE_C7].axis, AXIS_GAIT);
    assert_near(fit[SITE_C7].axis_turn_deg, -12 * WALK_WEIGHT, AXIS_TOLERANCE_DEG);
    assert_near(fit[SITE_T12].axis_turn_deg, 9 * WALK_WEIGHT, AXIS_TOLERANCE_DEG);
    assert_near(fit[SITE_SACRUM].axis_turn_deg, 0, AXIS_TOLERANCE_DEG);
    assert_true(fit[SITE_C7].axis_share > 0.95F);
    assert_int_equal(fit[SITE_HEAD].axis, AXIS_MOUNT); // heads look about
    // A pure pitch of 20 degrees reads as one, but for what the weight left of the error.
    stand(c, 1);
    c->pitch_deg[SITE_C7] = 20;
    go(c, 1);
    assert_near(c->motion.pitch_deg[SITE_C7], 20, 0.2);
    assert_near(c->motion.roll_deg[SITE_C7], 0, 20 * sin(12 * (1 - WALK_WEIGHT) / DEG_PER_RAD) + 0.2);
    segment_destroy(c->segment);
}

// Running shows it less surely; walking afterwards betters it, and running never spoils that.
static void running_shows_it_too_and_walking_betters_it(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    c->mount_yaw_deg[SITE_STERNUM] = 15;
    stand(c, 5);
    run(c, 25);
    double by_running = (double)c->result.now.site[SITE_STERNUM].axis_turn_deg;
    assert_near(by_running, -15 * RUN_WEIGHT, AXIS_TOLERANCE_DEG);
    run(c, 40);
    assert_near(c->result.now.site[SITE_STERNUM].axis_turn_deg, by_running, 0);
    walk(c, 30);
    double by_walking = by_running + WALK_WEIGHT * (-15 - by_running);
    assert_near(c->result.now.site[SITE_STERNUM].axis_turn_deg, by_walking, AXIS_TOLERANCE_DEG);
    run(c, 40);
    assert_near(c->result.now.site[SITE_STERNUM].axis_turn_deg, by_walking, AXIS_TOLERANCE_DEG);
    segment_destroy(c->segment);
}

static void a_sensor_worn_the_wrong_way_round_is_told(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    c->mount_yaw_deg[SITE_C7] = 180;
    stand(c, 5);
    walk(c, 30);
    assert_int_equal(c->result.now.site[SITE_C7].axis, AXIS_MOUNT);
    assert_non_null(strstr(c->result.hint, "c7 sees the runner go backward"));
    segment_destroy(c->segment);
}

// What is not plain straight gait leaves the mount alone.
static void what_is_not_plain_straight_gait_shows_nothing(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    stand(c, 5);
    c->turn_deg_s = 20;
    walk(c, 30);
    c->turn_deg_s = 0;
    for (int s = 0; s < N_SITES; s++)
        assert_int_equal(c->result.now.site[s].axis, AXIS_MOUNT);
    c->odd_deg = 30; // the force at the stride frequency and the rate say otherwise
    walk(c, 30);
    for (int s = 0; s < N_SITES; s++)
        assert_int_equal(c->result.now.site[s].axis, AXIS_MOUNT);
    c->odd_deg = 0;
    c->running = false;
    c->fore_m_s2 = 0.1; // hardly any force at the step frequency
    c->noise_m_s2 = 0.1;
    go(c, 30);
    for (int s = 0; s < N_SITES; s++)
        assert_int_equal(c->result.now.site[s].axis, AXIS_MOUNT);
    segment_destroy(c->segment);
}

static void bow(struct scene *c, double deep_deg, double aside)
{
    for (int i = 0; i <= 300; i++) {
        double now = deep_deg * 0.5 * (1 - cos(2 * PI * i / 300));
        for (int s = 0; s < N_SITES; s++) {
            c->pitch_deg[s] = now * (s == SITE_SACRUM ? 0.6 : 1);
            c->roll_deg[s] = aside * now;
        }
        go(c, 0.01);
    }
    go(c, 0.5);
}

static void bows_show_forward_in_full(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    c->mount_yaw_deg[SITE_C7] = 17;
    c->mount_yaw_deg[SITE_HEAD] = -8;
    c->mount_pitch_deg[SITE_C7] = 30;
    segment_command(c->segment, CALIBRATE_BOWS);
    stand(c, 4.5);
    assert_int_equal(c->result.step, STEP_BOWS);
    assert_int_equal(c->result.outcome, OUTCOME_RUNNING);
    bow(c, 17, 0); // too shallow to count
    assert_int_equal(c->result.bows, 0);
    for (int i = 1; i <= CALIBRATION_BOWS; i++)
        bow(c, 40, 0);
    assert_int_equal(c->result.outcome, OUTCOME_DONE);
    assert_int_equal(c->result.now.site[SITE_C7].axis, AXIS_BOWS);
    assert_near(c->result.now.site[SITE_C7].axis_turn_deg, -17, AXIS_TOLERANCE_DEG);
    assert_near(c->result.now.site[SITE_HEAD].axis_turn_deg, 8, AXIS_TOLERANCE_DEG);
    c->pitch_deg[SITE_C7] = 25;
    go(c, 1);
    assert_near(c->motion.pitch_deg[SITE_C7], 25, 0.2);
    assert_near(c->motion.roll_deg[SITE_C7], 0, 0.3);
    segment_destroy(c->segment);
}

// The others are turned to what they showed, it is not.
static void who_bows_backward_is_told(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    char words[REASON_MAX];
    c->mount_yaw_deg[SITE_C7] = 180;
    c->mount_yaw_deg[SITE_T12] = 10;
    segment_command(c->segment, CALIBRATE_BOWS);
    stand(c, 4.5);
    for (int i = 1; i <= CALIBRATION_BOWS; i++)
        bow(c, 40, 0);
    assert_int_equal(c->result.outcome, OUTCOME_DONE);
    assert_int_equal(c->result.now.site[SITE_C7].axis, AXIS_MOUNT);
    assert_int_equal(c->result.now.site[SITE_T12].axis, AXIS_BOWS);
    assert_non_null(strstr(c->result.hint, "c7 bows to"));
    assert_non_null(strstr(segment_doubt(c->segment, SITE_C7, words), "sees the runner go backward"));
    assert_string_equal(segment_doubt(c->segment, SITE_T12, words), "");
    segment_destroy(c->segment);
}

static void check_bows_that_disagree(double aside)
{
    struct scene *c = begin(SPINE);
    segment_command(c->segment, CALIBRATE_BOWS);
    stand(c, 4.5);
    bow(c, 35, aside);
    bow(c, 35, -aside);
    bow(c, 35, aside);
    assert_int_equal(c->result.outcome, OUTCOME_FAILED);
    assert_non_null(strstr(c->result.hint, "did not agree"));
    assert_true(c->result.calibrated && c->motion.calibrated);
    assert_int_equal(c->result.now.site[SITE_C7].axis, AXIS_MOUNT);
    segment_destroy(c->segment);
}

// By 40 degrees each no axis stands out; by 13 one does, but no bow lies on it.
static void bows_that_disagree_fail_and_the_stand_stays(void **state)
{
    (void)state;
    check_bows_that_disagree(0.8);
    check_bows_that_disagree(0.23);
}

static void steady(struct scene *c, double seconds)
{
    c->steps = 0;
    run(c, seconds);
}

static void a_slip_is_told_and_a_posture_is_not(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    float slipped_deg[N_SITES];
    stand(c, 10);
    c->pitch_deg[SITE_C7] = 8; // leaning into the run
    steady(c, 30);
    segment_slipped(c->segment, slipped_deg);
    assert_true(isnan(slipped_deg[SITE_C7]));
    for (int i = 0; i < 50; i++) { // straightening up within half a second: neighbours move along
        c->pitch_deg[SITE_C7] -= 8.0 / 50;
        c->pitch_deg[SITE_STERNUM] -= 6.0 / 50;
        c->pitch_deg[SITE_T12] += 2.0 / 50;
        go(c, 0.01);
    }
    go(c, 30);
    for (int i = 0; i < 1500; i++) { // a slow slump of one segment
        c->pitch_deg[SITE_C7] += 8.0 / 1500;
        go(c, 0.01);
    }
    go(c, 30);
    segment_slipped(c->segment, slipped_deg);
    for (int s = 0; s < N_SITES; s++)
        assert_true(isnan(slipped_deg[s]));
    c->mount_pitch_deg[SITE_T12] = 7; // the strap gives way
    go(c, 20);
    segment_slipped(c->segment, slipped_deg);
    assert_near(slipped_deg[SITE_T12], 7, 0.5);
    assert_true(isnan(slipped_deg[SITE_C7]) && isnan(slipped_deg[SITE_SACRUM]));
    assert_int_equal(c->motion.slipped, B(T12));
    assert_non_null(strstr(c->result.hint, "t12 has slipped"));
    segment_command(c->segment, CALIBRATE_STAND);
    stand(c, 5);
    assert_int_equal(c->motion.slipped, 0);
    segment_destroy(c->segment);
}

static void gravity_that_cannot_be_is_told_where_it_can_be_read(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    char words[REASON_MAX];
    c->railed = B(T12);
    c->two_axes = B(C7);
    c->mount_pitch_deg[SITE_C7] = 30; // the third would show the rest of it
    stand(c, 6);
    assert_non_null(strstr(segment_doubt(c->segment, SITE_T12, words), "gravity reads 21.9 m/s2 at rest"));
    assert_string_equal(segment_doubt(c->segment, SITE_C7, words), "");
    assert_string_equal(segment_doubt(c->segment, SITE_SACRUM, words), "");
    segment_destroy(c->segment);
}

// What was before a hole in all sensors is no part of the stand after it.
static void a_hole_ends_a_stand(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    stand(c, 2.5);
    c->k += 500;
    stand(c, 2.5);
    assert_false(c->motion.calibrated);
    stand(c, 1);
    assert_true(c->motion.calibrated);
    segment_destroy(c->segment);
}

// Its angles come from the mount alone until the next stand; then only it is fitted.
static void a_site_that_joins_late_is_fitted_in_the_next_stand(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE & ~B(T12));
    c->mount_pitch_deg[SITE_T12] = 14;
    stand(c, 5);
    assert_true(c->motion.calibrated);
    walk(c, 5);
    c->sites |= B(T12);
    c->pitch_deg[SITE_C7] = 6;
    walk(c, 5);
    assert_false(c->motion.calibrated);
    stand(c, 6);
    assert_true(c->motion.calibrated);
    assert_near(c->motion.pitch_deg[SITE_T12], 0, 0.1);
    assert_near(c->motion.pitch_deg[SITE_C7], 6, 0.1); // fitted before: stays as it was
    segment_destroy(c->segment);
}

static void a_stored_fit_serves_unless_the_mount_is_another(void **state)
{
    (void)state;
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, turned[9] = {0, -1, 0, 1, 0, 0, 0, 0, 1};
    struct scene *c = begin(SPINE);
    for (int s = 0; s < N_SITES; s++)
        segment_set_mount(c->segment, s, identity);
    c->mount_pitch_deg[SITE_C7] = 20;
    stand(c, 5);
    const struct calibration kept = c->result.now;
    segment_destroy(c->segment);

    c = begin(SPINE);
    segment_set_calibration(c->segment, &kept); // the order of a log: first the calibration, then the sources
    for (int s = 0; s < N_SITES; s++)
        segment_set_mount(c->segment, s, s == SITE_T12 ? turned : identity);
    c->mount_pitch_deg[SITE_C7] = 20;
    c->pitch_deg[SITE_C7] = 9;
    walk(c, 2);
    assert_near(c->motion.pitch_deg[SITE_C7], 9, 0.1);
    assert_false(c->motion.calibrated);
    assert_true(c->result.stored);
    assert_non_null(strstr(c->result.hint, "t12 was calibrated with another mount"));
    segment_destroy(c->segment);
}

static void the_tall_stand_is_kept_beside(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    segment_command(c->segment, CALIBRATE_TALL);
    go(c, 0.1);
    assert_int_equal(c->result.outcome, OUTCOME_FAILED); // beside what?
    assert_non_null(strstr(c->result.hint, "take that first"));
    stand(c, 5);
    c->pitch_deg[SITE_C7] = -7;
    c->pitch_deg[SITE_T12] = 2;
    segment_command(c->segment, CALIBRATE_TALL);
    stand(c, 5);
    assert_int_equal(c->result.outcome, OUTCOME_DONE);
    assert_near(c->result.now.site[SITE_C7].tall_pitch_deg, -7, 0.05);
    assert_near(c->result.now.site[SITE_T12].tall_pitch_deg, 2, 0.05);
    assert_near(c->motion.pitch_deg[SITE_C7], -7, 0.05); // the neutral pose has not moved
    segment_destroy(c->segment);
}

static void a_command_ends_in_one_way_and_the_old_calibration_outlives_it(void **state)
{
    (void)state;
    struct scene *c = begin(SPINE);
    c->mount_pitch_deg[SITE_C7] = 20;
    stand(c, 5);
    c->pitch_deg[SITE_C7] = 10;
    segment_command(c->segment, CALIBRATE_STAND);
    walk(c, 2);
    assert_int_equal(c->result.outcome, OUTCOME_RUNNING);
    segment_command(c->segment, CALIBRATE_CANCEL);
    walk(c, 1);
    assert_int_equal(c->result.outcome, OUTCOME_CANCELLED);
    segment_command(c->segment, CALIBRATE_STAND);
    walk(c, defaults.limit_s + 1);
    assert_int_equal(c->result.outcome, OUTCOME_FAILED);
    assert_non_null(strstr(c->result.hint, "no quiet upright stand within 60 s"));
    assert_int_equal(c->result.commands, 2);
    assert_true(c->motion.calibrated);
    assert_near(c->motion.pitch_deg[SITE_C7], 10, 0.2);
    segment_destroy(c->segment);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walking_shows_forward),
        cmocka_unit_test(running_shows_it_too_and_walking_betters_it),
        cmocka_unit_test(a_sensor_worn_the_wrong_way_round_is_told),
        cmocka_unit_test(what_is_not_plain_straight_gait_shows_nothing),
        cmocka_unit_test(bows_show_forward_in_full),
        cmocka_unit_test(who_bows_backward_is_told),
        cmocka_unit_test(bows_that_disagree_fail_and_the_stand_stays),
        cmocka_unit_test(a_slip_is_told_and_a_posture_is_not),
        cmocka_unit_test(gravity_that_cannot_be_is_told_where_it_can_be_read),
        cmocka_unit_test(a_hole_ends_a_stand),
        cmocka_unit_test(a_site_that_joins_late_is_fitted_in_the_next_stand),
        cmocka_unit_test(a_stored_fit_serves_unless_the_mount_is_another),
        cmocka_unit_test(the_tall_stand_is_kept_beside),
        cmocka_unit_test(a_command_ends_in_one_way_and_the_old_calibration_outlives_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
