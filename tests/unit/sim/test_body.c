// SPDX-License-Identifier: GPL-3.0-or-later
// The body's motion is one motion: rates integrate to the orientation, specific force is acceleration minus gravity in
// the same axes, forces carry the body and no more, and the angles are the ones the scenario asked for.
#include "body_bench.h"
#include "sim/body.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    return bench_set_up(state, NULL, NULL);
}

// Through the whole default run, every site: walking, running, transitions and slouching.
static void rates_integrate_to_the_orientation(void **state)
{
    struct bench *bench = *state;
    const double step_s = 0.0005; // midpoint rule: the error is of second order in it
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        struct body_state now;
        double q[4], worst = 0;
        body_at(bench->body, &cursor, (enum site)site, 10, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int i = 0; i < 60000; i++) { // 10 … 40 s: stand, walk; then again in the slouched run
            body_at(bench->body, &cursor, (enum site)site, 10 + (i + 0.5) * step_s + (i < 30000 ? 0 : 80), &now);
            if (i == 30000) {
                struct body_state jump;
                body_at(bench->body, &cursor, (enum site)site, 10 + i * step_s + 80, &jump);
                memcpy(q, jump.q_world_from_segment, sizeof q);
            }
            integrate(q, now.rate_segment, step_s);
            body_at(bench->body, &cursor, (enum site)site, 10 + (i + 1) * step_s + (i < 30000 ? 0 : 80), &now);
            double cosine = fabs(dot(q, now.q_world_from_segment, 4));
            worst = fmax(worst, 2 * acos(fmin(cosine, 1)));
        }
        assert_true(worst < 0.05 * RAD);
    }
}

static void specific_force_is_acceleration_minus_gravity(void **state)
{
    struct bench *bench = *state;
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        for (double t_s = 3; t_s < 170; t_s += 0.0517) {
            struct body_state now;
            body_at(bench->body, &cursor, (enum site)site, t_s, &now);
            double force_world[3];
            assert_true(fabs(dot(now.q_world_from_segment, now.q_world_from_segment, 4) - 1) < 1e-8);
            rotate(now.q_world_from_segment, now.force_segment, force_world);
            for (int i = 0; i < 3; i++)
                assert_true(fabs(force_world[i] - now.acc_world[i] - (i == 2 ? SIM_GRAVITY : 0)) < 1e-6);
            // The angles' signs, from gravity in segment axes: up = Rᵀz.
            double back[4] = {now.q_world_from_segment[0], -now.q_world_from_segment[1], -now.q_world_from_segment[2],
                              -now.q_world_from_segment[3]};
            double up[3];
            rotate(back, (const double[3]){0, 0, 1}, up);
            assert_true(fabs(-up[0] - sin(now.angle[0])) < 1e-8);
            assert_true(fabs(up[1] - sin(now.angle[1]) * cos(now.angle[0])) < 1e-8);
        }
    }
}

// Over whole strides the runner gets nowhere and falls nowhere: the mean acceleration is 0.
static void forces_carry_the_body_over_strides(void **state)
{
    struct bench *bench = *state;
    for (int site = 0; site < N_SITES; site++) {
        const double spans[][2] = {{25, 45}, {60, 95}};
        for (int s = 0; s < 2; s++) {
            struct body_cursor cursor = {0};
            int64_t first = 0, last = 0;
            double from_s = timeline_step_at(body_timeline(bench->body), spans[s][0], &first)->start_s;
            double until_s = timeline_step_at(body_timeline(bench->body), spans[s][1], &last)->start_s;
            if ((last - first) % 2) { // whole strides: a foot is in the middle of its swing otherwise
                const struct timeline_step *step = timeline_step_at(body_timeline(bench->body), spans[s][1], &last);
                until_s = step->start_s + step->period_s;
            }
            double sum[3] = {0};
            int n = (int)((until_s - from_s) / 0.0005);
            for (int i = 0; i < n; i++) {
                struct body_state now;
                body_at(bench->body, &cursor, (enum site)site, from_s + (i + 0.5) * (until_s - from_s) / n, &now);
                for (int k = 0; k < 3; k++)
                    sum[k] += now.acc_world[k] / n;
            }
            for (int k = 0; k < 3; k++)
                assert_true(fabs(sum[k]) < 0.1);
        }
    }
}

static void running_has_flight_and_walking_has_none(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor = {0};
    int n_flight = 0, n = 0;
    double peak = 0;
    for (double t_s = 70; t_s < 95; t_s += 0.001, n++) {
        struct body_state now;
        body_at(bench->body, &cursor, SITE_SACRUM, t_s, &now);
        double force = sqrt(dot(now.force_segment, now.force_segment, 3));
        n_flight += force < 2;
        peak = fmax(peak, force);
    }
    assert_true(n_flight > 0.2 * n && n_flight < 0.45 * n); // the step's share in the air is 1 - 2 * 0.36
    assert_true(peak > 2 * SIM_GRAVITY && peak < 5 * SIM_GRAVITY);
    for (double t_s = 30; t_s < 45; t_s += 0.001) {
        struct body_state now;
        body_at(bench->body, &cursor, SITE_SACRUM, t_s, &now);
        assert_true(now.force_segment[2] > 0.5 * SIM_GRAVITY);
    }
}

// Twice integrated, the sacrum's vertical acceleration moves by the rise the body states; as far as walkers and runners
// do.
static void vertical_oscillation_is_what_the_force_does(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor = {0};
    int64_t hint = 0;
    double sum = 0, stated = 0;
    const int n_steps = 40;
    timeline_step_at(body_timeline(bench->body), 70, &hint);
    for (int i = 0; i < n_steps; i++) {
        const struct timeline_step *step = timeline_step_at(body_timeline(bench->body), 70 + 0.36 * i, &hint);
        double start_s = step->start_s, period_s = step->period_s, v = 0, mean_v = 0, z = 0, low = 0, high = 0,
               rise_low = 0, rise_high = 0;
        const int n = 700;
        struct body_state now;
        for (int pass = 0; pass < 2; pass++) { // the first finds the mean velocity
            v = z = low = high = rise_low = rise_high = 0;
            for (int k = 0; k < n; k++) {
                body_at(bench->body, &cursor, SITE_SACRUM, start_s + (k + 0.5) * period_s / n, &now);
                v += now.acc_world[2] * period_s / n;
                mean_v += pass ? 0 : v / n;
                z += (v - mean_v) * period_s / n;
                low = fmin(low, z);
                high = fmax(high, z);
                rise_low = fmin(rise_low, now.rise_m);
                rise_high = fmax(rise_high, now.rise_m);
            }
        }
        sum += (high - low) / n_steps;
        stated += (rise_high - rise_low) / n_steps;
    }
    assert_true(fabs(sum - stated) < 0.0005);
    assert_in_range((int)(1e3 * stated), 70, 100);
}

static void sides_alternate(void **state)
{
    struct bench *bench = *state;
    for (int64_t i = 0; i < 20; i++) {
        int64_t hint = 0;
        timeline_step_at(body_timeline(bench->body), 75, &hint);
        hint += i;
        double t_s = timeline_step_at(body_timeline(bench->body), 75 + 0.36 * (double)i, &hint)->start_s;
        struct body_cursor left_cursor = {0}, right_cursor = {0};
        double left = 0, right = 0;
        for (double after_s = 0; after_s < 0.04; after_s += 0.001) {
            struct body_state l, r;
            body_at(bench->body, &left_cursor, SITE_FOOT_LEFT, t_s + after_s, &l);
            body_at(bench->body, &right_cursor, SITE_FOOT_RIGHT, t_s + after_s, &r);
            left = fmax(left, l.acc_world[2]);
            right = fmax(right, r.acc_world[2]);
        }
        assert_true(hint % 2 == 0 ? right > left + 20 : left > right + 20);
    }
}

static void slouching_shows_in_the_angles(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor[N_SITES] = {0};
    const double at_s[2] = {8, 153}; // upright stand; near the end of the slouched run
    double thoracic[2] = {0, 0}, lean[2] = {0, 0};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 1450; i++) { // two strides
            double t_s = at_s[k] + 0.001 * i, c7[3], t12[3], sacrum[3];
            body_angles_at(bench->body, &cursor[SITE_C7], SITE_C7, t_s, c7);
            body_angles_at(bench->body, &cursor[SITE_T12], SITE_T12, t_s, t12);
            body_angles_at(bench->body, &cursor[SITE_SACRUM], SITE_SACRUM, t_s, sacrum);
            thoracic[k] += (c7[0] - t12[0]) / RAD / 1450;
            lean[k] += (0.18 * sacrum[0] + 0.5 * t12[0] + 0.32 * c7[0]) / RAD / 1450;
        }
    assert_true(fabs(thoracic[0]) < 0.5 && fabs(lean[0]) < 0.5);
    assert_true(fabs(thoracic[1] - 15) < 1 && fabs(lean[1] - 9) < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_integrate_to_the_orientation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(specific_force_is_acceleration_minus_gravity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forces_carry_the_body_over_strides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(running_has_flight_and_walking_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vertical_oscillation_is_what_the_force_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sides_alternate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slouching_shows_in_the_angles, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
