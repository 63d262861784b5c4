// SPDX-License-Identifier: GPL-3.0-or-later
// The exercises: one motion like everything else (the rate integrates to the orientation, the force is acceleration
// minus gravity, the acceleration takes a site where its lever takes it), as often, as far and as long as asked, and
// what their truth says is what the body does.
#include "body_bench.h"
#include "sim/body.h"
#include "sim/drill.h"
#include "sim/telling.h"
#include "sim/truth_drill.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STILL "breathing_chest_deg: 0, breathing_abdomen_deg: 0"

static const char text[] =
    "version: 1\nseed: 4\nbody: {sway_deg: 0}\nphases:\n"
    "  - {kind: stand, duration_s: 4, " STILL "}\n"
    "  - {kind: sit, duration_s: 42, name: turn, assess: thoracic_rotation, " STILL ", exercise: {motion: turn, "
    "repetitions: 2, hold_s: 5, rest_s: 1, range_left_deg: 50, range_right_deg: 30, sag_pct: 15, along_deg: 12}}\n"
    "  - {kind: lie, duration_s: 20, lie_side: right, " STILL ", exercise: {motion: turn, side: left, repetitions: 1, "
    "hold_s: 5, tremor_deg: 1.5, hesitate_s: 1, drift_deg: 4}}\n"
    "  - {kind: lie, duration_s: 16, " STILL ", exercise: {motion: extend, repetitions: 2, along_deg: 5}}\n"
    "  - {kind: stand, duration_s: 20, " STILL ", assess: stop, assess_after_s: 7, exercise: {motion: squeeze, "
    "repetitions: 1, hold_s: 8, range_right_deg: 8, shrug_deg: 6}}\n"
    "  - {kind: stand, duration_s: 18, " STILL ", exercise: {motion: neck_turns, repetitions: 1}}\n"
    "  - {kind: stand, duration_s: 24, " STILL ", exercise: {motion: arm_circles, side: each, repetitions: 3}}\n"
    "  - {kind: stand, duration_s: 16, " STILL ", exercise: {motion: shoulder_rolls, repetitions: 4, "
    "range_jitter_pct: 30, backward: true}}\n"
    "  - {kind: stand, duration_s: 16, " STILL ", exercise: {motion: swing, repetitions: 9, cycle_s: 1, "
    "range_left_deg: 40, range_jitter_pct: 20}}\n"
    "  - {kind: stand, duration_s: 30, " STILL
    ", exercise: {motion: turn, repetitions: 2, through: true, hold_s: 2, sag_pct: 10, "
    "range_right_deg: 20}}\n"
    "  - {kind: stand, duration_s: 4, " STILL "}\n";
#define LENGTH_S 210

static int set_up(void **state)
{
    return bench_set_up(state, "drill", text);
}

static void rates_integrate_and_forces_belong(void **state)
{
    struct bench *bench = *state;
    const double step_s = 0.001;
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        struct body_state now;
        double q[4], worst_rad = 0, force_world[3];
        body_at(bench->body, &cursor, (enum site)site, 0, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int i = 0; i < LENGTH_S * 1000; i++) {
            body_at(bench->body, &cursor, (enum site)site, (i + 0.5) * step_s, &now);
            integrate(q, now.rate_segment, step_s);
            if (i % 10)
                continue;
            body_at(bench->body, &cursor, (enum site)site, (i + 1) * step_s, &now);
            worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, now.q_world_from_segment, 4)), 1)));
            rotate(now.q_world_from_segment, now.force_segment, force_world);
            for (int k = 0; k < 3; k++)
                assert_true(fabs(force_world[k] - now.acc_world[k] - (k == 2 ? SIM_GRAVITY : 0)) < 1e-6);
        }
        if (worst_rad > 0.05 * RAD)
            fail_msg("%s drifts by %g degrees", site_names[site], worst_rad / RAD);
    }
}

// Twice integrated over each exercise, what moves is back where it was, at rest; on the way the sternum goes where a
// turn of 0.14 m takes it and C7 down with the bend.
static void the_body_goes_where_the_angles_take_it(void **state)
{
    struct bench *bench = *state;
    const double step_s = 0.0005;
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        double v[3] = {0}, x[3] = {0}, low[3] = {0}, high[3] = {0};
        for (int i = 7 * 2000; i < LENGTH_S * 2000; i++) {
            struct body_state now;
            double t_s = (i + 0.5) * step_s;
            const struct scenario_phase *phase = scenario_phase_at(&bench->scenario, t_s);
            if (t_s < phase->start_s + 3 + step_s) { // the change into it moves the body on purpose
                memset(v, 0, sizeof v);
                memset(x, 0, sizeof x);
                continue;
            }
            body_at(bench->body, &cursor, (enum site)site, t_s, &now);
            for (int k = 0; k < 3; k++) {
                v[k] += now.acc_world[k] * step_s;
                x[k] += v[k] * step_s;
                if (phase == &bench->scenario.phase[1]) {
                    low[k] = fmin(low[k], x[k]);
                    high[k] = fmax(high[k], x[k]);
                }
            }
            if (t_s + step_s < phase->start_s + phase->duration_s)
                continue;
            // A rest drifts; of circles the rate's change jumps, which this integration sees by its step.
            double far = phase == &bench->scenario.phase[2]       ? 0.02
                         : phase->drill.kind == DRILL_ARM_CIRCLES ? 0.02
                                                                  : 0.004;
            if (fabs(v[0]) + fabs(v[1]) + fabs(v[2]) > 1e-3 || sqrt(dot(x, x, 3)) > far)
                fail_msg("%s moves on after %g s: %g %g %g m", site_names[site], t_s, x[0], x[1], x[2]);
        }
        if (site == SITE_STERNUM) { // the pelvis goes along: 62 and 42 degrees
            assert_true(fabs(high[1] - 0.14 * sin(62 * RAD)) < 0.006 && fabs(low[1] + 0.14 * sin(42 * RAD)) < 0.006);
            assert_true(fabs(low[0] - 0.14 * (cos(62 * RAD) - 1)) < 0.006);
        }
    }
}

// The yaw of C7 against the sacrum, lying as sitting: the turn between the two.
static double turned_deg(struct bench *bench, enum site to, enum site from, int axis, double t_s)
{
    struct body_state upper, lower;
    double q[4], back[4];
    body_at(bench->body, &bench->cursor[to], to, t_s, &upper);
    body_at(bench->body, &bench->cursor[from], from, t_s, &lower);
    for (int k = 0; k < 4; k++)
        back[k] = k ? -lower.q_world_from_segment[k] : lower.q_world_from_segment[k];
    multiply(back, upper.q_world_from_segment, q);
    return 2 * atan2(q[axis], q[0]) / RAD;
}

static void turns_are_as_the_truth_says(void **state)
{
    struct bench *bench = *state;
    const struct drill *drill = body_drill(bench->body);
    const struct drill_item *item;
    int n = 0;
    double rest_deg[2];
    for (int k = 0; k < 2; k++) // sitting, the segments lean; lying they do not
        rest_deg[k] = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, k ? 49.5 : 7.5);
    for (; (item = drill_item(drill, n)) && n < 5; n++) {
        bool lying = item->phase->kind == PHASE_LIE;
        double side = item->side == SIDE_LEFT ? 1 : -1, range = item->range_rad[item->side] / RAD;
        double begun = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->start_s);
        double out = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->hold_from_s);
        double held = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->hold_until_s);
        double back = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->until_s);
        double tremble = lying ? 0.8 : 0, slack = 0.03 * range + tremble; // leaning segments see a little less
        assert_true(fabs(begun - rest_deg[lying]) < 0.1);
        assert_true(fabs(side * (out - begun) - range) < slack);
        assert_true(fabs(side * (held - begun) - (lying ? 1 : 0.85) * range) < slack);
        assert_true(fabs(back - begun - (lying ? 4 : 0)) < 0.1);
        assert_true(fabs(item->hold_until_s - item->hold_from_s - 5) < 0.25 + 1e-9);
        assert_int_equal(item->number, lying ? 1 : n / 2 + 1);
        assert_int_equal(item->side, lying || n % 2 == 0 ? SIDE_LEFT : SIDE_RIGHT);
        assert_true(fabs(range / (lying ? 45 : side > 0 ? 50 : 30) - 1) < 0.04 + 1e-9);
    }
    assert_int_equal(n, 5);
    item = drill_item(drill, 4);
    double at_s = item->start_s + 0.5 * (item->hold_from_s - item->start_s), share;
    share = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, at_s) / (item->range_rad[0] / RAD);
    assert_true(share > 0.35 && share < 0.65); // where it stops half way out
    // The pelvis went along, and the drift is gone when the next exercise begins.
    struct body_state now;
    body_at(bench->body, &bench->cursor[SITE_SACRUM], SITE_SACRUM, drill_item(drill, 0)->hold_from_s, &now);
    assert_true(fabs(now.angle[2] - 12 * RAD) < 0.1 * RAD);
    assert_true(fabs(turned_deg(bench, SITE_C7, SITE_SACRUM, 3, 70) - rest_deg[1]) < 0.1);
}

static const struct drill_item *first_of(struct bench *bench, enum drill_kind kind, int skip)
{
    const struct drill_item *item;
    for (int i = 0; (item = drill_item(body_drill(bench->body), i)); i++)
        if (item->phase->drill.kind == kind && skip-- == 0)
            return item;
    return NULL;
}

static void the_others_are_as_the_truth_says(void **state)
{
    struct bench *bench = *state;
    struct body_cursor *cursor = bench->cursor;
    const struct drill_item *bend = first_of(bench, DRILL_EXTEND, 1), *squeeze = first_of(bench, DRILL_SQUEEZE, 0);
    const struct drill_item *neck = first_of(bench, DRILL_NECK_TURNS, 1),
                            *circle = first_of(bench, DRILL_ARM_CIRCLES, 1);
    const struct drill_item *roll = first_of(bench, DRILL_SHOULDER_ROLLS, 2), *swing = first_of(bench, DRILL_SWING, 4);
    double a[3];
    assert_true(fabs(turned_deg(bench, SITE_C7, SITE_T12, 2, bend->hold_from_s) + bend->range_rad[0] / RAD) < 0.01);
    assert_true(fabs(turned_deg(bench, SITE_HEAD, SITE_C7, 3, neck->hold_from_s) + neck->range_rad[1] / RAD) < 0.01);
    for (int side = 0; side < 2; side++) {
        enum site site = side ? SITE_SHOULDER_RIGHT : SITE_SHOULDER_LEFT;
        body_angles_at(bench->body, &cursor[site], site, squeeze->hold_from_s, a);
        assert_true(fabs(a[0] + squeeze->range_rad[side]) < 1e-6);
        assert_true(fabs((side ? -a[1] : a[1]) - 6 * RAD + 0.15 * squeeze->range_rad[side]) < 1e-6);
        double top = 0, forward[2] = {0, 0};
        for (double t_s = roll->start_s; t_s < roll->until_s; t_s += 0.005) {
            body_angles_at(bench->body, &cursor[site], site, t_s, a);
            top = fmax(top, side ? -a[1] : a[1]);
            forward[t_s > (roll->start_s + roll->until_s) / 2] += a[0];
        }
        assert_true(fabs(top - roll->range_rad[side]) < 0.01 * top);
        assert_true(forward[0] > 0 && forward[1] < 0); // backward: up in front, down behind
    }
    // Once round on the left, the right arm hangs; a quarter round it is behind.
    double q[4] = {1, 0, 0, 0}, travelled = 0, least = INFINITY, most = -INFINITY;
    for (double t_s = circle->start_s; t_s < circle->until_s; t_s += 0.001) {
        struct body_state now;
        body_at(bench->body, &cursor[SITE_WRIST_LEFT], SITE_WRIST_LEFT, t_s, &now);
        travelled += now.rate_segment[1] * 0.001;
        body_at(bench->body, &cursor[SITE_WRIST_RIGHT], SITE_WRIST_RIGHT, t_s, &now);
        assert_true(fabs(dot(now.q_world_from_segment, q, 4)) > 1 - 1e-9);
    }
    assert_true(fabs(travelled - 360 * RAD) < 0.5 * RAD);
    for (double t_s = swing->start_s; t_s < swing->until_s; t_s += 0.002) {
        double deg = turned_deg(bench, SITE_WRIST_LEFT, SITE_C7, 2, t_s);
        least = fmin(least, deg);
        most = fmax(most, deg);
    }
    double widest = (swing->edge[0] + 2 + swing->edge[1]) / 4 * swing->range_rad[0] / RAD;
    assert_true(fabs(most - least - widest) < 0.5 && fabs(most + least + 160) < 4); // the elbow is bent
}

// No rest: where one ends the next begins, at the middle and moving.
static void from_side_to_side(void **state)
{
    struct bench *bench = *state;
    const struct drill_item *item;
    for (int n = 5; n < 9; n++) {
        item = first_of(bench, DRILL_TURN, n);
        double side = n % 2 ? 1 : -1, range = item->range_rad[item->side] / RAD;
        double begun = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->start_s);
        double early = turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->start_s - 0.01);
        assert_true(fabs(begun) < 0.01 &&
                    fabs(side * turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->hold_from_s) - range) < 0.01);
        assert_true(fabs(side * turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->hold_until_s) - 0.9 * range) < 0.01);
        if (n > 5) {
            assert_true(side * (begun - early) > 0.2 && item[-1].until_s == item->start_s);
            assert_true(item->hold_from_s - item[-1].hold_until_s < 1.1 * 2.1 + 1e-9);
        }
    }
    assert_true(fabs(turned_deg(bench, SITE_C7, SITE_SACRUM, 3, item->until_s)) < 0.01);
}

static void the_truth_has_every_repetition(void **state)
{
    struct bench *bench = *state;
    char *told = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&told, &size);
    int next = 0, lines = 0;
    assert_non_null(to);
    truth_drill_tell(body_drill(bench->body), &next, to, 8, 1000);
    assert_int_equal(next, 1);
    truth_drill_tell(body_drill(bench->body), &next, to, LENGTH_S, 1000);
    fclose(to);
    for (const char *c = told; *c; c++)
        lines += *c == '\n';
    // 4 + 1 + 4 turns, 2 extensions, a squeeze, 2 neck turns, 6 circles, 4 rolls and 9 swings of either side
    assert_int_equal(lines, 4 + 1 + 2 + 1 + 2 + 6 + 8 + 18 + 4);
    assert_non_null(strstr(told, "{\"event\":\"repetition\",\"t_s\":8.0000,\"mono_s\":1008.000000,\"phase\":\"turn\","
                                 "\"exercise\":\"turn\",\"side\":\"left\",\"number\":1,\"hold_from_s\":"));
    assert_non_null(strstr(told, "\"exercise\":\"squeeze\",\"side\":null,\"number\":1"));
    assert_non_null(strstr(told, "\"exercise\":\"swing\",\"side\":\"right\",\"number\":9"));
    truth_drill_tell(NULL, &next, stderr, LENGTH_S, 1000);
    free(told);
}

static void the_daemon_is_told_when(void **state)
{
    struct bench *bench = *state;
    struct telling telling;
    struct command command;
    int64_t t_ns;
    telling_init(&telling, &bench->scenario);
    assert_true(telling_pull(&telling, INT64_C(200000000000), &command, &t_ns));
    assert_int_equal(command.kind, COMMAND_ASSESS);
    assert_int_equal(command.action, ASSESS_START);
    assert_int_equal(command.exercise, EXERCISE_THORACIC_ROTATION);
    assert_true(t_ns == INT64_C(4000000000));
    assert_false(telling_pull(&telling, INT64_C(89000000000), &command, &t_ns));
    assert_true(telling_pull(&telling, INT64_C(200000000000), &command, &t_ns));
    assert_int_equal(command.action, ASSESS_STOP);
    assert_true(t_ns == INT64_C(89000000000));
    assert_false(telling_pull(&telling, INT64_C(200000000000), &command, &t_ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_integrate_and_forces_belong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_body_goes_where_the_angles_take_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turns_are_as_the_truth_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_others_are_as_the_truth_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(from_side_to_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_truth_has_every_repetition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_daemon_is_told_when, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
