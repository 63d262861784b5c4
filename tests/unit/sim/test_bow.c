// SPDX-License-Identifier: GPL-3.0-or-later
// Guided bows: one motion like everything else (the rate integrates to the orientation, the force is acceleration minus
// gravity, nobody gains speed by bowing), as deep and as often as asked, shared along the spine, each a little askew.
#include "body_bench.h"
#include "sim/body.h"
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

#define BOWS_FROM_S 5 // to 17: three bows of 3 s with 1 s after each

static const char text[] = "version: 1\nseed: 4\nbody: {sway_deg: 0}\nphases:\n"
                           "  - {kind: stand, duration_s: 5, breathing_chest_deg: 0, breathing_abdomen_deg: 0}\n"
                           "  - {kind: bow, duration_s: 12, breathing_chest_deg: 0, breathing_abdomen_deg: 0}\n"
                           "  - {kind: stand, duration_s: 5, breathing_chest_deg: 0, breathing_abdomen_deg: 0}\n";

static int set_up(void **state)
{
    return bench_set_up(state, "bow", text);
}

static void rates_integrate_and_forces_belong(void **state)
{
    struct bench *bench = *state;
    const double step_s = 0.001;
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        struct body_state now, then;
        double q[4], worst_rad = 0, fastest = 0;
        body_at(bench->body, &cursor, (enum site)site, BOWS_FROM_S, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int i = 0; i < 12000; i++) {
            double t_s = BOWS_FROM_S + i * step_s, force_world[3];
            body_at(bench->body, &cursor, (enum site)site, t_s + step_s / 2, &now);
            body_at(bench->body, &cursor, (enum site)site, t_s + step_s, &then);
            integrate(q, now.rate_segment, step_s);
            worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, then.q_world_from_segment, 4)), 1)));
            fastest = fmax(fastest, fabs(now.rate_segment[1]));
            rotate(now.q_world_from_segment, now.force_segment, force_world);
            for (int k = 0; k < 3; k++)
                assert_true(fabs(force_world[k] - now.acc_world[k] - (k == 2 ? SIM_GRAVITY : 0)) < 1e-6);
        }
        assert_true(worst_rad < 0.01 * RAD);
        if (site == SITE_C7)
            assert_true(fastest > 45 * RAD && fastest < 75 * RAD); // 53 degrees in 1.5 s
    }
}

// Twice integrated, the acceleration takes C7 forward and down by what a turn of its lever does, and back.
static void the_body_goes_where_the_angles_take_it(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor = {0};
    const double step_s = 0.0005, lever_rad = 0.9 * 45 * RAD;
    double v[3] = {0}, x[3] = {0}, forward = 0, down = 0;
    for (int i = 0; i < 6000; i++) {
        struct body_state now;
        body_at(bench->body, &cursor, SITE_C7, BOWS_FROM_S + (i + 0.5) * step_s, &now);
        for (int k = 0; k < 3; k++) {
            v[k] += now.acc_world[k] * step_s;
            x[k] += v[k] * step_s;
        }
        forward = fmax(forward, x[0]);
        down = fmin(down, x[2]);
    }
    assert_true(fabs(forward - 0.5 * sin(lever_rad)) < 0.002 && fabs(down - 0.5 * (cos(lever_rad) - 1)) < 0.002);
    for (int k = 0; k < 3; k++)
        assert_true(fabs(v[k]) < 1e-4 && fabs(x[k]) < 1e-3);
}

static void bows_are_as_deep_and_as_many_as_asked(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor[N_SITES] = {0};
    const enum site spine[] = {SITE_SACRUM, SITE_T12, SITE_C7, SITE_HEAD};
    double twist[3] = {0};
    int n_bows = 0;
    for (double t_s = 0; t_s < 22; t_s += 0.01) {
        double a[4][3];
        for (int i = 0; i < 4; i++)
            body_angles_at(bench->body, &cursor[spine[i]], spine[i], t_s, a[i]);
        double lean_deg = (0.18 * a[0][0] + 0.50 * a[1][0] + 0.32 * a[2][0]) / RAD;
        double in_bow = fmod(t_s - BOWS_FROM_S + 40, 4);
        bool bowing = t_s > BOWS_FROM_S && t_s < BOWS_FROM_S + 12 && in_bow < 3;
        assert_true(lean_deg > -1e-9 && lean_deg < 45 + 1e-6);
        if (!bowing)
            assert_true(fabs(lean_deg) < 1e-9 && fabs(a[2][1]) < 1e-9 && fabs(a[2][2]) < 1e-9);
        if (bowing && fabs(in_bow - 1.5) < 0.005) { // the bottom
            assert_true(fabs(lean_deg - 45) < 0.01);
            assert_true(fabs(a[2][0] - a[1][0] - 6.75 * RAD) < 0.01 * RAD); // thoracic
            assert_true(fabs(a[1][0] - a[0][0] - 18 * RAD) < 0.01 * RAD);   // lumbar
            assert_true(a[3][0] > a[2][0]);                                 // the head follows
            assert_true(fabs(a[2][1]) < 1.6 * RAD && fabs(a[2][2]) < 2.1 * RAD);
            twist[n_bows++] = a[2][1];
        }
    }
    assert_int_equal(n_bows, 3);
    assert_true(fabs(twist[0]) > 0.01 * RAD && twist[0] != twist[1] && twist[1] != twist[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_integrate_and_forces_belong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_body_goes_where_the_angles_take_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bows_are_as_deep_and_as_many_as_asked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
