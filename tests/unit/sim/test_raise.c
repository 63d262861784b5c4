// SPDX-License-Identifier: GPL-3.0-or-later
// What scenarios of findings rely on: shoulders that rise with the breath, a trunk that turns less, a tilted pelvis,
// heavier impacts and a posture that wanders are one motion with exact derivatives and as large as asked; the truth
// names the instants at which a limit is crossed; commands come in order.
#include "body_bench.h"
#include "sim/body.h"
#include "sim/telling.h"
#include "sim/truth_raise.h"
#include "turns.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "version: 1\nseed: 5\ntell_speed: true\nsession: s07\nbody: {sway_deg: 0, step_jitter_pct: 0, breath_jitter_pct: "
    "0}\n"
    "phases:\n"
    "  - {kind: run, duration_s: 20, speed_m_s: 3}\n"
    "  - {kind: run, duration_s: 20, speed_m_s: 3, blend_s: 4, mark: drink, trunk_rotation: 0.2, impact_scale: 1.5,\n"
    "     breathing_shoulder_deg: 4, pelvic_tilt_deg: 10, thoracic_flexion_deg: 1, raises: slouching,\n"
    "     beyond: {thoracic_flexion_deg: 9, pelvic_tilt_deg: 5}, to: {thoracic_flexion_deg: 17}}\n"
    "  - {kind: run, name: back, duration_s: 20, speed_m_s: 2.5, calibrate: cancel}\n"
    "  - {kind: sit, duration_s: 100, raises: sitting_long, raises_after_s: 60}\n";
#define PLAIN_S   10
#define CHANGED_S 25 // the change into it takes 4 s
#define BACK_S    40
#define SIT_S     60

static int set_up(void **state)
{
    return bench_set_up(state, "raise", text);
}

static void angles_at(struct bench *bench, enum site site, double t_s, double deg[3])
{
    body_angles_at(bench->body, &bench->cursor[site], site, t_s, deg);
    for (int i = 0; i < 3; i++)
        deg[i] /= RAD;
}

static void rate_and_angles_are_one_motion(void **state)
{
    struct bench *bench = *state;
    static const enum site sites[] = {SITE_C7, SITE_SACRUM, SITE_SHOULDER_LEFT, SITE_SHOULDER_RIGHT, SITE_WRIST_LEFT};
    const double by_s = 0.0005;
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        struct body_state now;
        double q[4], worst_rad = 0;
        body_at(bench->body, &bench->cursor[sites[i]], sites[i], PLAIN_S + 5, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int k = 0; k < 40000; k++) { // through the change and on
            double t_s = PLAIN_S + 5 + (k + 0.5) * by_s;
            body_at(bench->body, &bench->cursor[sites[i]], sites[i], t_s, &now);
            integrate(q, now.rate_segment, by_s);
            body_at(bench->body, &bench->cursor[sites[i]], sites[i], t_s + by_s / 2, &now);
            worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, now.q_world_from_segment, 4)), 1)));
        }
        assert_true(worst_rad < 0.05 * RAD);
    }
}

// Of the yaw of C7 against the sacrum's, over three strides.
static double rotation_range_deg(struct bench *bench, double from_s)
{
    double low = INFINITY, high = -INFINITY;
    for (double t_s = from_s; t_s < from_s + 2.2; t_s += 0.005) {
        double c7[3], sacrum[3];
        angles_at(bench, SITE_C7, t_s, c7);
        angles_at(bench, SITE_SACRUM, t_s, sacrum);
        low = fmin(low, c7[2] - sacrum[2]);
        high = fmax(high, c7[2] - sacrum[2]);
    }
    return high - low;
}

static void a_stiff_trunk_turns_less(void **state)
{
    double usual_deg = rotation_range_deg(*state, PLAIN_S), stiff_deg = rotation_range_deg(*state, CHANGED_S);
    assert_true(usual_deg > 20 && usual_deg < 35);
    assert_true(fabs(stiff_deg - 0.2 * usual_deg) < 0.05);
}

static void shoulders_rise_with_the_breath(void **state)
{
    (void)state;
    static const char stand[] =
        "version: 1\nbody: {sway_deg: 0, breath_jitter_pct: 0}\nphases:\n  - {kind: stand, duration_s: 20}\n"
        "  - {kind: stand, duration_s: 20, breathing_shoulder_deg: 4}\n";
    void *bench = NULL;
    assert_int_equal(bench_set_up(&bench, "shrug", stand), 0);
    for (int changed = 0; changed < 2; changed++) {
        double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
        for (double t_s = 24 * changed; t_s < 24 * changed + 10; t_s += 0.01) {
            double c7[3], left[3], right[3];
            angles_at(bench, SITE_C7, t_s, c7);
            angles_at(bench, SITE_SHOULDER_LEFT, t_s, left);
            angles_at(bench, SITE_SHOULDER_RIGHT, t_s, right);
            const double up[2] = {left[1] - c7[1], c7[1] - right[1]};
            for (int i = 0; i < 2; i++) {
                low[i] = fmin(low[i], up[i]);
                high[i] = fmax(high[i], up[i]);
            }
        }
        for (int i = 0; i < 2; i++)
            assert_true(fabs(high[i] - low[i] - (changed ? 4 : 0)) < 0.01);
    }
    tear_down(&bench);
}

static void a_tilted_pelvis_leaves_the_line(void **state)
{
    struct bench *bench = *state;
    double lean[2] = {0, 0}, tilt[2] = {0, 0}, flexion[2] = {0, 0};
    const int n = 400;
    for (int changed = 0; changed < 2; changed++)
        for (int i = 0; i < n; i++) { // eight strides: 4 · 120 / 164 s
            double t_s = (changed ? CHANGED_S : PLAIN_S) + 8 * (120 / 164.0) * i / n, c7[3], t12[3], sacrum[3];
            angles_at(bench, SITE_C7, t_s, c7);
            angles_at(bench, SITE_T12, t_s, t12);
            angles_at(bench, SITE_SACRUM, t_s, sacrum);
            lean[changed] += (0.32 * c7[0] + 0.5 * t12[0] + 0.18 * sacrum[0]) / n;
            flexion[changed] += (c7[0] - t12[0]) / n;
            tilt[changed] += sacrum[0] / n;
        }
    // A flexion bends the line above the pelvis, which it leaves 0.32 of it further back.
    assert_true(fabs(tilt[1] - tilt[0] - 10 + 0.32 * (flexion[1] - flexion[0])) < 0.1);
    assert_true(fabs(lean[1] - lean[0]) < 0.1);
}

static void impacts_are_as_heavy_as_asked(void **state)
{
    struct bench *bench = *state;
    int64_t hint = 0;
    assert_true(timeline_step_at(body_timeline(bench->body), PLAIN_S, &hint)->hard == 1);
    assert_true(timeline_step_at(body_timeline(bench->body), CHANGED_S, &hint)->hard == 1.5);
}

static void limits_are_crossed_where_the_truth_says(void **state)
{
    const struct scenario *scenario = &((struct bench *)*state)->scenario;
    struct raise_span span = raise_span_of(scenario, &scenario->phase[1]);
    // Both are beyond: the tilt is within the change, the flexion half-way up its ramp.
    assert_true(fabs(span.from_s - 30) < 1e-4);
    assert_true(fabs(scenario_param(scenario, PARAM_THORACIC_FLEXION_DEG, span.from_s) - 9) < 1e-3);
    // Then the next phase's blend takes the tilt back below 5 in its middle, before the flexion of 17.
    assert_true(fabs(span.until_s - BACK_S - 1.5) < 1e-4);
    assert_true(fabs(span.amount[0] - 17) < 1e-3 && fabs(span.amount[1] - 10) < 1e-3);
    span = raise_span_of(scenario, &scenario->phase[3]);
    assert_true(span.from_s == SIT_S + 60 && span.until_s == SIT_S + 100);
}

static void less_than_a_limit_is_beyond_it_too(void **state)
{
    struct scenario scenario = ((struct bench *)*state)->scenario;
    scenario.phase[1].raise.n_beyond = 1;
    scenario.phase[1].raise.beyond[0].param = PARAM_TRUNK_ROTATION;
    scenario.phase[1].raise.beyond[0].limit = 0.6; // from 1 to 0.2: half-way
    struct raise_span span = raise_span_of(&scenario, &scenario.phase[1]);
    assert_true(fabs(span.from_s - 22) < 1e-4 && fabs(span.until_s - BACK_S - 1.5) < 1e-4);
    assert_true(fabs(span.amount[0] - 0.2) < 1e-3);
}

static void commands_come_in_order(void **state)
{
    struct telling telling;
    struct command command;
    int64_t t_ns = 0, last_ns = 0;
    double fastest = 0, last = -1;
    int speeds = 0, n = 0;
    telling_init(&telling, &((struct bench *)*state)->scenario);
    assert_false(telling_pull(&telling, 0, &command, &t_ns));
    assert_true(telling_pull(&telling, 1, &command, &t_ns));
    assert_true(command.kind == COMMAND_SESSION && t_ns == 0);
    assert_string_equal(command.text, "s07");
    assert_int_equal(strlen(command.session), SESSION_ID - 1);
    bool marked = false, cancelled = false;
    for (int64_t until_ns = 1; until_ns < 170 * INT64_C(1000000000); until_ns += 70000000)
        while (telling_pull(&telling, until_ns, &command, &t_ns)) {
            assert_true(t_ns >= last_ns && t_ns < until_ns);
            last_ns = t_ns;
            n++;
            if (command.kind == COMMAND_MARK) {
                marked = strcmp(command.text, "drink") == 0 && t_ns == 20 * INT64_C(1000000000);
            } else if (command.kind == COMMAND_CALIBRATE) {
                cancelled = command.method == CALIBRATE_CANCEL && t_ns == 43 * INT64_C(1000000000);
            } else {
                assert_int_equal(command.kind, COMMAND_SPEED);
                assert_true(command.value != last);
                last = command.value;
                fastest = fmax(fastest, last);
                speeds++;
            }
        }
    assert_true(marked && cancelled);
    assert_true(fastest == 3 && last == 0); // he sits
    assert_true(speeds >= 6 && speeds <= 9 && n == speeds + 2);
}

static void posture_wanders_over_minutes(void **state)
{
    (void)state;
    static const char stand[] =
        "version: 1\nseed: 9\nbody: {sway_deg: 0, wander_deg: 1}\nphases:\n"
        "  - {kind: stand, duration_s: 7200, breathing_chest_deg: 0, breathing_abdomen_deg: 0}\n";
    void *bench_state = NULL;
    assert_int_equal(bench_set_up(&bench_state, "wander", stand), 0);
    double square = 0, most = 0, fastest = 0, before = NAN;
    const int n = 7200;
    for (int i = 0; i < n; i++) {
        double deg[3];
        angles_at(bench_state, SITE_T12, i, deg);
        square += deg[0] * deg[0] / n;
        most = fmax(most, fabs(deg[0]));
        fastest = i > 0 ? fmax(fastest, fabs(deg[0] - before)) : 0;
        before = deg[0];
    }
    assert_true(sqrt(square) > 0.35 && sqrt(square) < 0.65);
    assert_true(most > 0.7 && most < 1.6);
    assert_true(fastest < 0.1); // degrees in a second: nobody would call it a movement
    tear_down(&bench_state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rate_and_angles_are_one_motion),
        TEST(a_stiff_trunk_turns_less),
        cmocka_unit_test(shoulders_rise_with_the_breath),
        TEST(a_tilted_pelvis_leaves_the_line),
        TEST(impacts_are_as_heavy_as_asked),
        TEST(limits_are_crossed_where_the_truth_says),
        TEST(less_than_a_limit_is_beyond_it_too),
        TEST(commands_come_in_order),
        cmocka_unit_test(posture_wanders_over_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
