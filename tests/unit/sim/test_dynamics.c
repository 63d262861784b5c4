// SPDX-License-Identifier: GPL-3.0-or-later
// What step detection and running dynamics rely on: an uneven runner still falls freely between his contacts, the sides
// can be told apart by pelvis, trunk and sideways force, braking comes before propulsion, feet rest while flat, the
// pack moves as loosely as asked, a stumble is one. Numeric derivatives against the stated ones.
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

#define DEG 57.29577951308232

static const char text[] =
    "version: 1\nseed: 5\nbody: {sway_deg: 0, step_jitter_pct: 0}\nphases:\n"
    "  - {kind: run, duration_s: 20, step_asymmetry_pct: 6, contact_asymmetry_pct: -5, impact_asymmetry_pct: 30,\n"
    "     duty_factor: 0.34, arm_swing_left_deg: 60, arm_swing_right_deg: 35, arm_crossing_right_deg: 20,\n"
    "     pack_bounce_mm: 30, pack_lag_ms: 14, pack_tilt_deg: 7, pack_side_tilt_deg: -5,\n"
    "     foot_eversion_left_deg: 9, foot_eversion_right_deg: 18}\n"
    "  - {kind: run, duration_s: 20, blend_s: 1, stumble_every_s: 6, stumble_pct: 40, arm_stiffness: 1}\n"
    "  - {kind: walk, duration_s: 20, blend_s: 1, cadence_spm: 100, foot_eversion_right_deg: 14}\n";
#define UNEVEN_S   10 // in the middle of the uneven run
#define STUMBLES_S 20
#define WALK_S     50

static int set_up(void **state)
{
    return bench_set_up(state, "dynamics", text);
}

static struct body_state at(struct bench *bench, enum site site, double t_s)
{
    struct body_state now;
    body_at(bench->body, &bench->cursor[site], site, t_s, &now);
    return now;
}

// The first step of that foot after t_s.
static struct timeline_step step_of(struct bench *bench, bool left, double t_s)
{
    int64_t hint = 0;
    struct timeline_step step = *timeline_step_at(body_timeline(bench->body), t_s, &hint);
    step = *timeline_step_at(body_timeline(bench->body), step.start_s + step.period_s + 1e-6, &hint);
    if ((hint % 2 == 1) != left)
        step = *timeline_step_at(body_timeline(bench->body), step.start_s + step.period_s + 1e-6, &hint);
    return step;
}

// The acceleration may jump at a contact, where the cadence changes its pace, and where slow changes are joined.
static bool is_smooth(struct bench *bench, double t_s, double within_s)
{
    int64_t hint = 0;
    const struct timeline_step *step = timeline_step_at(body_timeline(bench->body), t_s, &hint);
    return fabs(remainder(t_s, 0.1)) > within_s && t_s - step->start_s > within_s &&
           step->start_s + step->period_s - t_s > within_s;
}

static void rise_and_rate_are_one_motion(void **state)
{
    struct bench *bench = *state;
    const double by_s = 0.00025;
    for (int site = 0; site < N_SITES; site++) {
        double q[4], worst_rad = 0, worst_m_s2 = 0;
        memcpy(q, at(bench, (enum site)site, UNEVEN_S).q_world_from_segment, sizeof q);
        for (int i = 0; i < 100000; i++) { // to 35 s: uneven, stiff, stumbling
            double t_s = UNEVEN_S + (i + 0.5) * by_s;
            struct body_state before = at(bench, (enum site)site, t_s - by_s), now = at(bench, (enum site)site, t_s),
                              then = at(bench, (enum site)site, t_s + by_s);
            double second = (before.rise_m - 2 * now.rise_m + then.rise_m) / (by_s * by_s);
            if (is_smooth(bench, t_s, 2 * by_s))
                worst_m_s2 = fmax(worst_m_s2, fabs(second - now.acc_world[2]));
            integrate(q, now.rate_segment, by_s);
            struct body_state end = at(bench, (enum site)site, t_s + by_s / 2);
            worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, end.q_world_from_segment, 4)), 1)));
        }
        assert_true(worst_rad < 0.05 * RAD);
        assert_true(worst_m_s2 < 0.15); // a foot's shock bends 3 m/s² within the step of the derivative
    }
}

static void unequal_flights_are_free_fall(void **state)
{
    struct bench *bench = *state;
    for (int left = 0; left < 2; left++) {
        struct timeline_step step = step_of(bench, left, UNEVEN_S);
        for (double x = 0.001; x < 1; x += 0.01) {
            double t_s = step.start_s + step.contact_s + x * (step.period_s - step.contact_s);
            struct body_state now = at(bench, SITE_T12, t_s);
            assert_true(sqrt(dot(now.force_segment, now.force_segment, 3)) < 1e-6);
            now = at(bench, SITE_T12, step.start_s + (0.02 + 0.96 * x) * step.contact_s);
            assert_true(now.acc_world[2] + SIM_GRAVITY > 0);
        }
        // It lands and leaves at one height.
        assert_true(fabs(at(bench, SITE_T12, step.start_s).rise_m) < 1e-9);
        assert_true(fabs(at(bench, SITE_T12, step.start_s + step.contact_s).rise_m) < 1e-4);
    }
    double left_s = step_of(bench, true, UNEVEN_S).period_s, right_s = step_of(bench, false, UNEVEN_S).period_s;
    assert_true(fabs(200 * (left_s - right_s) / (left_s + right_s) - 6) < 1e-6);
    double left_contact_s = step_of(bench, true, UNEVEN_S).contact_s,
           right_contact_s = step_of(bench, false, UNEVEN_S).contact_s;
    assert_true(fabs(200 * (left_contact_s - right_contact_s) / (left_contact_s + right_contact_s) + 5) < 1e-6);
}

static void sides_are_those_of_the_standing_foot(void **state)
{
    struct bench *bench = *state;
    const double from_s[2] = {UNEVEN_S, WALK_S};
    for (int kind = 0; kind < 2; kind++)
        for (int left = 0; left < 2; left++) {
            struct timeline_step step = step_of(bench, left, from_s[kind]);
            double sacrum = 0, c7 = 0, turning = 0, sideways = 0, side = left ? 1 : -1; // y of the foot on the ground
            const int n = 50;
            for (int i = 0; i < n; i++) {
                double t_s = step.start_s + (0.2 + 0.4 * i / n) * step.contact_s;
                struct body_state pelvis = at(bench, SITE_SACRUM, t_s);
                double turned = at(bench, SITE_SACRUM, t_s + 0.001).angle[2] - pelvis.angle[2];
                sacrum += pelvis.angle[1] / n;
                c7 += at(bench, SITE_C7, t_s).angle[1] / n;
                turning += turned / 0.001 / n;
                sideways += pelvis.acc_world[1] / n;
            }
            assert_true(-side * sacrum < -0.015); // over the right foot the left side of the pelvis is down
            assert_true(-side * c7 > 0.003);      // and the trunk leans over the foot
            assert_true(side * turning > 0.1);    // the side that swings turns forward
            assert_true(-side * sideways > 0.3);  // and the ground pushes towards it
        }
}

static void braking_comes_before_propulsion(void **state)
{
    struct bench *bench = *state;
    struct timeline_step step = step_of(bench, false, UNEVEN_S);
    double first = 0, second = 0, slowest = 0;
    for (int i = 0; i < 100; i++) {
        double half_s = step.contact_s / 2, dt = half_s / 100, t_s = step.start_s + i * dt;
        struct body_state early = at(bench, SITE_SACRUM, t_s);
        first += dt * early.acc_world[0];
        slowest = fmin(slowest, early.acc_world[0]);
        second += dt * at(bench, SITE_SACRUM, t_s + half_s).acc_world[0];
    }
    assert_true(first < -0.1 && second > 0.1 && fabs(first + second) < 0.01);
    assert_true(slowest < -0.25 * SIM_GRAVITY && slowest > -0.8 * SIM_GRAVITY);
    struct timeline_step walked = step_of(bench, true, WALK_S);
    double braking = 0;
    for (double x = 0.15; x < 0.5; x += 0.01)
        braking += at(bench, SITE_SACRUM, walked.start_s + x * walked.period_s).acc_world[0];
    assert_true(braking < 0);
    assert_true(at(bench, SITE_SACRUM, walked.start_s - 0.02).acc_world[0] > 0.5);
}

// From a tenth of the shock to its peak, beyond the stance's own force, in the smooth mean of what the sides differ by.
static void shocks_rise_as_shocks_do(void **state)
{
    struct bench *bench = *state;
    struct timeline_step left = step_of(bench, true, UNEVEN_S), right = step_of(bench, false, UNEVEN_S);
    for (int site = SITE_HEAD; site <= SITE_SACRUM; site++) {
        double peak = 0, peak_s = 0, started_s = 0;
        for (double t_s = 0; t_s < 0.05; t_s += 0.0005) {
            double stance_left, stance_right;
            struct motion3 stance;
            arch_at(&left.vertical, t_s, &stance);
            stance_left = stance.second;
            arch_at(&right.vertical, t_s, &stance);
            stance_right = stance.second;
            double more = at(bench, (enum site)site, left.start_s + t_s).acc_world[2] - stance_left -
                          at(bench, (enum site)site, right.start_s + t_s).acc_world[2] + stance_right;
            if (more > peak) {
                peak = more;
                peak_s = t_s;
            }
        }
        for (started_s = peak_s; started_s > 0; started_s -= 0.0005) {
            struct motion3 stance, other;
            arch_at(&left.vertical, started_s, &stance);
            arch_at(&right.vertical, started_s, &other);
            double more = at(bench, (enum site)site, left.start_s + started_s).acc_world[2] - stance.second -
                          at(bench, (enum site)site, right.start_s + started_s).acc_world[2] + other.second;
            if (more < 0.1 * peak)
                break;
        }
        assert_true(peak > 0.5);
        assert_true(peak_s - started_s > 0.008 && peak_s - started_s < 0.03);
    }
}

static void feet_rest_while_flat(void **state)
{
    struct bench *bench = *state;
    const double from_s[2] = {UNEVEN_S, WALK_S};
    const double range_deg[2][2] = {{18, 9}, {14, 10}}; // right, left
    for (int kind = 0; kind < 2; kind++)
        for (int left = 0; left < 2; left++) {
            enum site site = left ? SITE_FOOT_LEFT : SITE_FOOT_RIGHT;
            struct timeline_step step = step_of(bench, left, from_s[kind]);
            double low = 1, high = -1, low_s = 0, high_s = 0, shock = 0;
            for (double x = 0; x < 1; x += 0.002) {
                struct body_state now = at(bench, site, step.start_s + x * step.contact_s);
                if (x > 0.36 && x < 0.44) {
                    assert_true(fabs(now.angle[0]) < 1e-6 && fabs(now.rate_segment[1]) < RAD);
                    assert_true(fabs(sqrt(dot(now.force_segment, now.force_segment, 3)) - SIM_GRAVITY) < 0.1);
                }
                shock = fmax(shock, x < 0.3 ? now.acc_world[2] : 0);
                low_s = now.angle[1] < low ? x : low_s;
                low = fmin(low, now.angle[1]);
                high_s = now.angle[1] > high ? x : high_s;
                high = fmax(high, now.angle[1]);
            }
            assert_true(fabs(DEG * (high - low) - range_deg[kind][left]) < 0.05);
            double everted = left ? high_s : low_s; // the inner edge down
            assert_true(fabs(everted - 0.4) < 0.01);
            assert_true(shock > (kind ? 15 : 50));
            assert_true(at(bench, site, step.start_s).angle[0] < -10 * RAD);                 // heel first
            assert_true(at(bench, site, step.start_s + step.contact_s).angle[0] > 25 * RAD); // off the toes
        }
}

static void stiff_arms_move_with_the_trunk(void **state)
{
    struct bench *bench = *state;
    for (double t_s = 24; t_s < 25.5; t_s += 0.003) {
        struct body_state c7 = at(bench, SITE_C7, t_s), wrist = at(bench, SITE_WRIST_LEFT, t_s);
        double thorax[3], arm[3];
        rotate(c7.q_world_from_segment, c7.rate_segment, thorax);
        rotate(wrist.q_world_from_segment, wrist.rate_segment, arm);
        for (int k = 0; k < 3; k++) // C7 breathes, and rolls about an axis that leans
            assert_true(fabs(arm[k] - thorax[k]) < 0.06);
    }
}

static void packs_are_as_loose_as_asked(void **state)
{
    struct bench *bench = *state;
    struct timeline_step step = step_of(bench, true, UNEVEN_S);
    double low = 1, high = -1, tilt = 0, side_tilt = 0, share = 0;
    const int n = 720;
    double stride_s = step.period_s + step_of(bench, false, UNEVEN_S).period_s;
    for (int i = 0; i < n; i++) {
        double t_s = step.start_s + stride_s * i / n;
        struct body_state pack = at(bench, SITE_PACK, t_s), t12 = at(bench, SITE_T12, t_s);
        low = fmin(low, pack.rise_m - t12.rise_m);
        high = fmax(high, pack.rise_m - t12.rise_m);
        tilt += DEG * (pack.angle[0] - t12.angle[0]) / n;
        side_tilt += DEG * (pack.angle[1] - t12.angle[1]) / n;
        share += pack.rise_m * t12.rise_m > 0 ? 1.0 / n : 0;
    }
    assert_true(fabs(1000 * (high - low) - 30) < 0.5);
    assert_true(fabs(tilt - 7) < 0.3 && fabs(side_tilt + 5) < 0.3);
    assert_true(share > 0.7 && share < 1);
}

static void stumbles_change_a_step_and_jerk_the_trunk(void **state)
{
    struct bench *bench = *state;
    int64_t hint = 0;
    int n = 0;
    double usual_s = 60.0 / 164;
    for (double t_s = STUMBLES_S + 2; t_s < STUMBLES_S + 19;) {
        struct timeline_step step = *timeline_step_at(body_timeline(bench->body), t_s, &hint);
        if (step.stumble != 0) {
            n++;
            assert_true(fabs(step.period_s / usual_s - (n % 2 ? 1.4 : 0.6)) < 0.01);
            assert_true(step.start_s >= STUMBLES_S + 6 * n && step.start_s < STUMBLES_S + 6 * n + 2 * usual_s);
            double lean = at(bench, SITE_C7, step.start_s + 0.3).angle[0], deepest = lean, calm = -1;
            for (double x = -1.5; x < 0; x += 0.01) // the calm strides before
                calm = fmax(calm, at(bench, SITE_C7, step.start_s + x).angle[0]);
            for (double x = 0; x < 0.6; x += 0.01)
                deepest = fmax(deepest, at(bench, SITE_C7, step.start_s + x).angle[0]);
            assert_true(deepest - calm > 7 * RAD);
        } else {
            assert_true(fabs(step.period_s / usual_s - 1) < 0.02);
        }
        t_s = step.start_s + step.period_s + 1e-6;
    }
    assert_int_equal(n, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rise_and_rate_are_one_motion),
        TEST(unequal_flights_are_free_fall),
        TEST(sides_are_those_of_the_standing_foot),
        TEST(braking_comes_before_propulsion),
        TEST(shocks_rise_as_shocks_do),
        TEST(feet_rest_while_flat),
        TEST(stiff_arms_move_with_the_trunk),
        TEST(packs_are_as_loose_as_asked),
        TEST(stumbles_change_a_step_and_jerk_the_trunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
