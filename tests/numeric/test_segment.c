// SPDX-License-Identifier: GPL-3.0-or-later
// From sensor to posture: calibration by the quiet stand, the signs of every angle, what missing sites do.
#include "check.h"

#include "dsp/vec.h"
#include "motion_maker.h"
#include "posture/posture.h"
#include "segment/segment.h"

#include <string.h>

#define ANGLE_TOLERANCE_DEG 0.02

static const struct segment_params segment_defaults = {0, 3, 2, 0.4, 60, 60};
static const struct posture_params posture_defaults = {10, 2};

struct pose {
    double pitch_deg[N_SITES], roll_deg[N_SITES];
    double mount_pitch_deg[N_SITES]; // how the sensor sits on the segment
    double shake_m_s2;
};

static void turn(double pitch_deg, double roll_deg, double q[4])
{
    const double pitch[3] = {0, pitch_deg / DEG_PER_RAD, 0}, roll[3] = {roll_deg / DEG_PER_RAD, 0, 0};
    double a[4], b[4];
    quat_from_rotation_vector(pitch, a);
    quat_from_rotation_vector(roll, b);
    quat_multiply(a, b, q);
}

static void make_block(const struct pose *p, int64_t k, uint32_t sites, struct frame_block *block)
{
    memset(block, 0, sizeof *block);
    block->first_index = k * FRAME_BLOCK_LEN;
    block->worn = sites;
    for (int s = 0; s < N_SITES; s++) {
        if (!(sites & SITE_BIT(s)))
            continue;
        double segment[4], mount[4], q[4], up[3];
        turn(p->pitch_deg[s], p->roll_deg[s], segment);
        turn(p->mount_pitch_deg[s], 0, mount);
        quat_multiply(segment, mount, q);
        quat_up_in_frame(q, up);
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            block->site[s].valid[f] = FRAME_ACC | FRAME_GYRO | FRAME_ORIENT;
            for (int i = 0; i < 3; i++)
                block->site[s].acc[f][i] = (float)(GRAVITY * up[i] + p->shake_m_s2 * check_normal());
            for (int i = 0; i < 4; i++)
                block->site[s].q_world_from_sensor[f][i] = (float)q[i];
        }
    }
}

struct rooms {
    struct segment *segment;
    struct posture *posture;
    int64_t k;
};

static struct rooms open_rooms(void)
{
    struct rooms r = {0};
    assert_int_equal(segment_create(&r.segment, &segment_defaults), 0);
    assert_int_equal(posture_create(&r.posture, &posture_defaults), 0);
    return r;
}

static void close_rooms(struct rooms *r)
{
    segment_destroy(r->segment);
    posture_destroy(r->posture);
}

static struct posture_result hold(struct rooms *r, const struct pose *p, uint32_t sites, int blocks)
{
    struct posture_result result = {0};
    const struct gait_phase still = {0};
    int64_t index;
    for (int i = 0; i < blocks; i++) {
        struct frame_block block;
        struct motion motion;
        make_block(p, r->k++, sites, &block);
        segment_step(r->segment, &block, &motion);
        posture_step(r->posture, &motion, &still);
        (void)posture_pull(r->posture, &result, &index);
    }
    return result;
}

#define SPINE     (SITE_BIT(SITE_HEAD) | SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM))
#define SHOULDERS (SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT))

static void the_stand_is_zero_whatever_the_mount(void **state)
{
    (void)state;
    struct rooms r = open_rooms();
    struct pose p = {0};
    p.mount_pitch_deg[SITE_C7] = 35;
    p.mount_pitch_deg[SITE_T12] = -8;
    struct posture_result before = hold(&r, &p, SPINE, 200);
    assert_false(before.calibrated);
    struct posture_result after = hold(&r, &p, SPINE, 300);
    assert_true(after.calibrated);
    assert_near(after.now.thoracic_flexion_deg, 0, ANGLE_TOLERANCE_DEG);
    assert_near(after.now.trunk_lean_deg, 0, ANGLE_TOLERANCE_DEG);
    close_rooms(&r);
}

static void every_angle_has_its_sign_and_size(void **state)
{
    (void)state;
    struct rooms r = open_rooms();
    struct pose p = {0};
    p.mount_pitch_deg[SITE_C7] = 30;
    (void)hold(&r, &p, SPINE | SHOULDERS, 500);
    p.pitch_deg[SITE_HEAD] = 25;
    p.pitch_deg[SITE_C7] = 18;
    p.pitch_deg[SITE_T12] = 6;
    p.pitch_deg[SITE_SACRUM] = 4;
    struct posture_angles a = hold(&r, &p, SPINE, 200).now;
    assert_near(a.thoracic_flexion_deg, 12, ANGLE_TOLERANCE_DEG);
    assert_near(a.lumbar_flexion_deg, 2, ANGLE_TOLERANCE_DEG);
    assert_near(a.neck_flexion_deg, 7, ANGLE_TOLERANCE_DEG);
    assert_near(a.pelvic_tilt_deg, 4, ANGLE_TOLERANCE_DEG);
    assert_near(a.trunk_lean_deg, 0.18 * 4 + 0.50 * 6 + 0.32 * 18, ANGLE_TOLERANCE_DEG);
    assert_near(a.trunk_side_lean_deg, 0, ANGLE_TOLERANCE_DEG);
    memset(p.pitch_deg, 0, sizeof p.pitch_deg);
    p.roll_deg[SITE_C7] = 5; // to the right
    p.roll_deg[SITE_SACRUM] = -2;
    p.roll_deg[SITE_SHOULDER_LEFT] = 11; // its left, outer end rises
    p.roll_deg[SITE_SHOULDER_RIGHT] = 2;
    a = hold(&r, &p, SPINE | SHOULDERS, 200).now;
    assert_near(a.lateral_bend_deg, 7, ANGLE_TOLERANCE_DEG);
    assert_near(a.pelvic_obliquity_deg, -2, ANGLE_TOLERANCE_DEG);
    assert_near(a.trunk_side_lean_deg, -0.18 * 2 + 0.32 * 5, ANGLE_TOLERANCE_DEG);
    assert_near(a.shoulder_elevation_left_deg, 6, ANGLE_TOLERANCE_DEG);
    assert_near(a.shoulder_elevation_right_deg, 3, ANGLE_TOLERANCE_DEG);
    assert_near(a.shoulder_asymmetry_deg, 3, ANGLE_TOLERANCE_DEG);
    close_rooms(&r);
}

static void what_is_not_worn_is_null_and_the_lean_is_weighted_anew(void **state)
{
    (void)state;
    struct rooms r = open_rooms();
    struct pose p = {0};
    const uint32_t sites = SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_C7) | SITE_BIT(SITE_STERNUM);
    (void)hold(&r, &p, sites, 500);
    p.pitch_deg[SITE_SACRUM] = 3;
    p.pitch_deg[SITE_C7] = 9;
    p.pitch_deg[SITE_STERNUM] = 6;
    struct posture_angles a = hold(&r, &p, sites, 200).now;
    assert_true(isnan(a.thoracic_flexion_deg) && isnan(a.neck_flexion_deg) && isnan(a.shoulder_protraction_deg));
    assert_near(a.trunk_lean_deg, 0.18 * 3 + 0.50 * 6 + 0.32 * 9, ANGLE_TOLERANCE_DEG); // sternum in for t12
    a = hold(&r, &p, SITE_BIT(SITE_C7), 200).now;
    assert_near(a.trunk_lean_deg, 9, ANGLE_TOLERANCE_DEG);
    a = hold(&r, &p, SITE_BIT(SITE_FOOT_LEFT), 200).now;
    assert_true(isnan(a.trunk_lean_deg));
    close_rooms(&r);
}

static void shaking_or_lying_is_no_stand(void **state)
{
    (void)state;
    struct rooms r = open_rooms();
    struct pose p = {.shake_m_s2 = 1};
    assert_false(hold(&r, &p, SPINE, 1000).calibrated);
    struct pose lying = {0};
    for (int s = 0; s < N_SITES; s++)
        lying.pitch_deg[s] = -88;
    assert_false(hold(&r, &lying, SPINE, 1000).calibrated);
    struct pose upright = {0};
    assert_true(hold(&r, &upright, SPINE, 500).calibrated);
    close_rooms(&r);
}

static void recalibration_takes_the_next_stand(void **state)
{
    (void)state;
    struct rooms r = open_rooms();
    struct pose p = {0};
    (void)hold(&r, &p, SPINE, 500);
    p.pitch_deg[SITE_C7] = 10;
    assert_near(hold(&r, &p, SPINE, 500).now.thoracic_flexion_deg, 10, ANGLE_TOLERANCE_DEG);
    segment_command(r.segment, CALIBRATE_STAND);
    struct posture_result after = hold(&r, &p, SPINE, 500);
    assert_true(after.calibrated);
    assert_near(after.now.thoracic_flexion_deg, 0, ANGLE_TOLERANCE_DEG);
    close_rooms(&r);
}

static void the_mean_covers_whole_strides(void **state)
{
    (void)state;
    struct posture *posture;
    assert_int_equal(posture_create(&posture, &posture_defaults), 0);
    struct posture_result result = {0};
    int64_t index;
    double worst = 0;
    for (int k = 0; k < 2000; k++) {
        struct motion m;
        motion_begin(&m, k, SPINE);
        m.pitch_deg[SITE_C7] = (float)(8 + 5 * sin(2 * PI * 1.39 * k / 100)); // swings once per stride
        m.yaw_deg[SITE_C7] = (float)(10 * sin(2 * PI * 1.39 * k / 100));
        const struct gait_phase phase = {.moving = true, .step_hz = 2.78F};
        posture_step(posture, &m, &phase);
        if (posture_pull(posture, &result, &index) && k > 300)
            worst = fmax(worst, fabs((double)result.mean.thoracic_flexion_deg - 8));
    }
    assert_near(worst, 0, 0.1);
    assert_near(result.trunk_rotation_range_deg, 20, 0.5);
    posture_destroy(posture);
}

// A calibration in the middle of a swing turns both sensors' axes; the trunk has not moved.
static void turned_axes_do_not_turn_the_trunk(void **state)
{
    (void)state;
    struct posture *posture;
    assert_int_equal(posture_create(&posture, &posture_defaults), 0);
    struct posture_result result = {0};
    int64_t index;
    double worst = 0;
    for (int k = 0; k < 3000; k++) {
        struct motion m;
        motion_begin(&m, k, SPINE);
        double swing = 8 * sin(2 * PI * 1.39 * k / 100);
        m.turned = k >= 2018;
        m.yaw_deg[SITE_C7] = (float)(40 + swing + (m.turned ? 12 : 0));
        m.yaw_deg[SITE_SACRUM] = m.turned ? -9 : 0;
        const struct gait_phase phase = {.moving = true, .step_hz = 2.78F};
        posture_step(posture, &m, &phase);
        if (posture_pull(posture, &result, &index) && k > 1500)
            worst = fmax(worst, fabs((double)result.now.trunk_rotation_deg - 8 * sin(2 * PI * 1.39 * k / 100)));
    }
    assert_near(worst, 0, 0.6);
    posture_destroy(posture);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stand_is_zero_whatever_the_mount),
        cmocka_unit_test(every_angle_has_its_sign_and_size),
        cmocka_unit_test(what_is_not_worn_is_null_and_the_lean_is_weighted_anew),
        cmocka_unit_test(shaking_or_lying_is_no_stand),
        cmocka_unit_test(recalibration_takes_the_next_stand),
        cmocka_unit_test(the_mean_covers_whole_strides),
        cmocka_unit_test(turned_axes_do_not_turn_the_trunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
