// SPDX-License-Identifier: GPL-3.0-or-later
// How sensors sit on the body and how their gyros are off, exactly as the scenario says, and nothing else changed by
// it.
#include "sim/sensor.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void load(struct scenario *scenario, uint64_t seed, const char *harness)
{
    char text[512], error[SCENARIO_ERROR] = "";
    strcpy(text, "version: 1\nphases: [{kind: stand, duration_s: 5}]\n");
    strcat(text, harness);
    if (scenario_load_text(scenario, "t", text, strlen(text), error) != 0)
        fail_msg("%s", error);
    scenario->seed = seed;
}

// Of the turn, in segment axes, that takes one sensor to where the other is: its angle; its axis when wanted.
static double between_deg(const struct sensor *a, const struct sensor *b, double axis[3])
{
    double r[3][3] = {{0}}; // bᵀ a
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++)
                r[i][j] += b->chip_from_segment[k][i] * a->chip_from_segment[k][j];
    double twice_sine[3] = {r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]};
    double length = sqrt(dot(twice_sine, twice_sine, 3));
    for (int i = 0; axis && i < 3; i++)
        axis[i] = length > 0 ? twice_sine[i] / length : 0;
    return atan2(length, r[0][0] + r[1][1] + r[2][2] - 1) / RAD;
}

static void the_mount_error_is_exact_about_any_axis(void **state)
{
    (void)state;
    struct scenario plain, turned;
    double mean[3] = {0}, extreme = 0;
    int n = 0;
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (int site = 0; site < N_SITES; site++, n++) {
            struct sensor before, after;
            double axis[3];
            load(&plain, seed, "");
            load(&turned, seed, "mount: {mount_error_deg: 10}\n");
            sensor_init(&before, &plain, (enum site)site);
            sensor_init(&after, &turned, (enum site)site);
            assert_true(fabs(between_deg(&before, &after, axis) - 10) < 1e-6);
            for (int k = 0; k < 3; k++)
                mean[k] += axis[k];
            extreme = fmax(extreme, fabs(axis[2]));
            assert_memory_equal(before.gyro_bias, after.gyro_bias, sizeof before.gyro_bias);
            assert_true(before.random == after.random && before.true_rate == after.true_rate);
        }
    for (int k = 0; k < 3; k++)
        assert_true(fabs(mean[k] / n) < 0.1); // 520 axes: 4 standard deviations
    assert_true(extreme > 0.95);              // heading errors are among them
}

static void the_heading_error_is_about_the_vertical(void **state)
{
    (void)state;
    struct scenario plain, turned;
    double largest = 0;
    for (uint64_t seed = 1; seed <= 10; seed++)
        for (int site = 0; site < N_SITES; site++) {
            struct sensor before, after;
            double axis[3];
            load(&plain, seed, "");
            load(&turned, seed, "mount: {heading_error_deg: 20}\n");
            sensor_init(&before, &plain, (enum site)site);
            sensor_init(&after, &turned, (enum site)site);
            double turn_deg = between_deg(&before, &after, axis);
            assert_true(turn_deg < 20 + 1e-6 && fabs(axis[2]) > 1 - 1e-6);
            largest = fmax(largest, turn_deg);
        }
    assert_true(largest > 18);
}

// Pitch, roll and yaw of a site come instead of everything random, on top of the body's slope.
static void a_stated_mount_is_taken(void **state)
{
    (void)state;
    struct scenario none, given;
    struct sensor before, after;
    double axis[3];
    load(&none, 3, "mounts: {c7: {}}\n");
    load(&given, 8, "mount: {mount_error_deg: 10}\nmounts: {c7: {yaw_deg: 12}}\n");
    sensor_init(&before, &none, SITE_C7);
    sensor_init(&after, &given, SITE_C7);
    assert_true(fabs(between_deg(&before, &after, axis) - 12) < 1e-6 && fabs(fabs(axis[2]) - 1) < 1e-9);
    // Pitch forward: gravity leaves the chip's x (up the spine) towards its z (backward): as seen by the accelerometer
    // in mounted axes, the force's x falls below 0.
    double mount[9], up_mounted[2] = {0};
    load(&given, 8, "mounts: {c7: {pitch_deg: 15}}\n");
    sensor_init(&after, &given, SITE_C7);
    sensor_mount(SITE_C7, mount);
    for (int chip = 0; chip < 3; chip++) {
        up_mounted[0] += mount[chip] * after.chip_from_segment[chip][2];
        up_mounted[1] += mount[6 + chip] * after.chip_from_segment[chip][2];
    }
    assert_true(fabs(atan2(-up_mounted[0], up_mounted[1]) - 40 * RAD) < 1e-8); // the skin's 25 degrees and these
}

static void the_gyro_bias_can_be_exact(void **state)
{
    (void)state;
    int n_up = 0;
    for (uint64_t seed = 1; seed <= 10; seed++)
        for (int site = 0; site < N_SITES; site++) {
            struct scenario scenario;
            struct sensor sensor;
            load(&scenario, seed, "noise: {gyro_bias_exact_deg_s: 0.5, gyro_bias_deg_s: 3}\n");
            sensor_init(&sensor, &scenario, (enum site)site);
            for (int i = 0; i < 3; i++) {
                assert_true(fabs(fabs(sensor.gyro_bias[i]) - 0.5 * RAD) < 1e-12);
                n_up += sensor.gyro_bias[i] > 0;
            }
        }
    assert_in_range(n_up, 150, 240); // of 390
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mount_error_is_exact_about_any_axis),
        cmocka_unit_test(the_heading_error_is_about_the_vertical),
        cmocka_unit_test(a_stated_mount_is_taken),
        cmocka_unit_test(the_gyro_bias_can_be_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
