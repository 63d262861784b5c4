// SPDX-License-Identifier: GPL-3.0-or-later
// Breathing as it shows in the exact motion of sternum and abdomen: rates, ramps, depth and phase of the compartments,
// the form of a breath, irregular breathing, locking to the steps, holds, talking. And that all of it is smooth.
#include "sim/body.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 600

struct bench {
    struct scenario scenario;
    struct body *body;
    struct breath breath[MANY];
    int n; // all breaths of the run
};

// No sway and, unless the phases say otherwise, no jitter. At rest sternum and abdomen show the breathing alone.
static void begin(struct bench *bench, const char *phases)
{
    char text[2048], error[SCENARIO_ERROR] = "";
    snprintf(text, sizeof text, "version: 1\nseed: 5\nbody: {sway_deg: 0, breath_jitter_pct: 0}\nphases:\n%s", phases);
    if (scenario_load_text(&bench->scenario, "t", text, strlen(text), error) != 0)
        fail_msg("%s", error);
    assert_int_equal(body_create(&bench->body, &bench->scenario), 0);
    bench->n = 0;
    int64_t hint = 0;
    for (double t_s = 0; t_s < scenario_length_s(&bench->scenario);) {
        assert_true(bench->n < MANY);
        bench->breath[bench->n] = *breaths_at(body_breaths(bench->body), t_s, &hint);
        assert_int_equal(hint, bench->n);
        const struct breath *breath = &bench->breath[bench->n++];
        t_s = breath->start_s + breath->period_s;
        t_s += 1e-9; // well in the next
    }
}

static void end(struct bench *bench)
{
    body_destroy(bench->body);
    bench->body = NULL;
}

// How far a site is tilted backward, degrees.
static double tilt(struct bench *bench, struct body_cursor *cursor, enum site site, double t_s)
{
    double angle[3];
    body_angles_at(bench->body, cursor, site, t_s, angle);
    return -angle[0] / RAD;
}

// By a fine sum of its own.
static double breaths_of_rate(const struct scenario *scenario, double from_s, double until_s)
{
    double sum = 0, step_s = (until_s - from_s) / 2000;
    for (int i = 0; i < 2000; i++)
        sum += step_s * scenario_param(scenario, PARAM_BREATHING_BPM, from_s + (i + 0.5) * step_s) / 60;
    return sum;
}

static void breaths_follow_ramps_and_sudden_changes(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: stand, duration_s: 120, breathing_bpm: 3, to: {breathing_bpm: 30}}\n"
                 "  - {kind: stand, duration_s: 60, breathing_bpm: 80}\n"
                 "  - {kind: stand, duration_s: 90, breathing_bpm: 4, blend_s: 0.3}\n");
    for (int i = 0; i < bench->n; i++) {
        const struct breath *breath = &bench->breath[i];
        double made = breaths_of_rate(&bench->scenario, breath->start_s, breath->start_s + breath->period_s);
        assert_true(fabs(made - 1) < 2e-3);
    }
    const struct breath *first = bench->breath, *last = &bench->breath[bench->n - 1];
    assert_true(first->period_s > 13 && first->period_s < 20); // begins at 20 s, but the rate rises
    assert_true(fabs(last->period_s - 15) < 1e-6);
    int n_fast = 0;
    for (int i = 0; i < bench->n; i++)
        n_fast += fabs(bench->breath[i].period_s - 0.75) < 1e-6;
    assert_in_range(n_fast, 72, 80); // 57 s of 80 per minute
    end(bench);
}

// Amplitude and phase of a site's tilt at the rate of breathing, over whole breaths.
static void tone(struct bench *bench, enum site site, double from_s, double period_s, int n, double *deg, double *size)
{
    struct body_cursor cursor = {0};
    double c = 0, s = 0, low = 1e9, high = -1e9;
    for (int i = 0; i < 1000 * n; i++) {
        double x = i * 1e-3, y = tilt(bench, &cursor, site, from_s + x * period_s);
        c += y * cos(2 * M_PI * x);
        s += y * sin(2 * M_PI * x);
        low = fmin(low, y);
        high = fmax(high, y);
    }
    *deg = atan2(s, c) / RAD; // of cos(2πx − deg)
    *size = high - low;
}

static void the_chest_comes_after_the_abdomen(void **state)
{
    struct bench *bench = *state;
    const double phases_deg[] = {0, 60, -90, 180, -180};
    for (size_t k = 0; k < sizeof phases_deg / sizeof *phases_deg; k++) {
        char phases[256];
        snprintf(phases, sizeof phases,
                 "  - {kind: sit, duration_s: 60, breathing_bpm: 12, breathing_chest_deg: 2.4, "
                 "breathing_abdomen_deg: 3.6, breathing_phase_deg: %g, breath_depth_jitter_pct: 0}\n",
                 phases_deg[k]);
        begin(bench, phases);
        double chest_deg, chest, abdomen_deg, abdomen;
        tone(bench, SITE_STERNUM, 10, 5, 6, &chest_deg, &chest);
        tone(bench, SITE_ABDOMEN, 10, 5, 6, &abdomen_deg, &abdomen);
        double later_deg = remainder(chest_deg - abdomen_deg - phases_deg[k], 360);
        assert_true(fabs(later_deg) < 0.1);
        assert_true(fabs(chest - 2.4) < 0.001 && fabs(abdomen - 3.6) < 0.001);
        end(bench);
    }
}

static void a_breath_has_its_form(void **state)
{
    struct bench *bench = *state;
    begin(bench,
          "  - {kind: stand, duration_s: 60, breathing_bpm: 12}\n"
          "  - {kind: stand, duration_s: 60, breathing_bpm: 10, inspiratory_share: 0.3, expiratory_pause: 0.25}\n"
          "  - {kind: run, duration_s: 60, breathing_bpm: 40, inspiratory_share: 0.5}\n");
    const double at_s[] = {20, 80}, share[] = {0.42, 0.3}, pause[] = {0.15, 0.25};
    for (int k = 0; k < 2; k++) {
        struct body_cursor cursor = {0};
        int64_t hint = 0;
        const struct breath breath = *breaths_at(body_breaths(bench->body), at_s[k], &hint);
        double T = breath.period_s, from_s = breath.start_s, best = -1, best_s = 0;
        double rest = tilt(bench, &cursor, SITE_STERNUM, from_s);
        for (double x = 0; x < 1; x += 1e-3) {
            double y = tilt(bench, &cursor, SITE_STERNUM, from_s + x * T) - rest;
            if (y > best) {
                best = y;
                best_s = x * T;
            }
            if (x > 1 - pause[k] + 1e-3)
                assert_true(fabs(y) < 1e-9);
            else if (x > 0.01 && x < 1 - pause[k] - 0.01)
                assert_true(y > 0);
        }
        assert_true(fabs(best_s - share[k] * T) < 2e-3 * T && fabs(breath.inspiration_s - share[k] * T) < 1e-9);
        assert_true(fabs(best - 2 * breath.depth) < 1e-4);
    }
    int64_t hint = 0;
    const struct breath *running = breaths_at(body_breaths(bench->body), 150, &hint);
    assert_true(running->pause_s == 0 && fabs(running->inspiration_s / running->period_s - 0.5) < 1e-9);
    end(bench);
}

// Strapdown on the exact rates; the rate itself has no jumps: a step of half the length sees half the change.
static void every_kind_is_smooth(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: sit, duration_s: 30, breathing_bpm: 10, breath_jitter_pct: 25, breathing_phase_deg: -180, "
                 "to: {breathing_phase_deg: 180, breathing_bpm: 40}}\n"
                 "  - {kind: sit, duration_s: 40, speech: true, breathing_phase_deg: 70}\n"
                 "  - {kind: stand, duration_s: 40, breathing_phase_deg: 45, hold_every_s: 12, hold_s: 3}\n"
                 "  - {kind: stand, duration_s: 40, breathing_phase_deg: -45, hold_every_s: 12, hold_s: 3, "
                 "hold_at: end_inspiration, breath_jitter_pct: 10}\n");
    const enum site sites[] = {SITE_STERNUM, SITE_ABDOMEN, SITE_T12};
    for (int k = 0; k < 3; k++) {
        struct body_cursor cursor = {0};
        struct body_state now;
        double q[4], worst = 0, before = 0, jump[2] = {0, 0};
        body_at(bench->body, &cursor, sites[k], 4, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int i = 0; i < 290000; i++) {
            body_at(bench->body, &cursor, sites[k], 4 + (i + 0.5) * 0.0005, &now);
            integrate(q, now.rate_segment, 0.0005);
            jump[0] = i > 0 ? fmax(jump[0], fabs(now.rate_segment[1] - before)) : 0;
            before = now.rate_segment[1];
            if (i % 20)
                continue;
            body_at(bench->body, &cursor, sites[k], 4 + (i + 1) * 0.0005, &now);
            worst = fmax(worst, 2 * acos(fmin(1, fabs(dot(q, now.q_world_from_segment, 4)))));
        }
        struct body_cursor fine = {0};
        before = NAN;
        for (int i = 0; i < 580000; i++) {
            body_at(bench->body, &fine, sites[k], 4 + (i + 0.5) * 0.00025, &now);
            jump[1] = i > 0 ? fmax(jump[1], fabs(now.rate_segment[1] - before)) : 0;
            before = now.rate_segment[1];
        }
        assert_true(worst < 0.01 * RAD);
        if (jump[1] > 0.6 * jump[0] || jump[0] > 1 * RAD)
            fail_msg("%s: the rate jumps by %g, then %g deg/s", site_names[sites[k]], jump[0] / RAD, jump[1] / RAD);
    }
    end(bench);
}

static void irregular_breaths_vary_as_asked(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: stand, duration_s: 1200, breathing_bpm: 15, breath_jitter_pct: 20, "
                 "breath_depth_jitter_pct: 30}\n"
                 "  - {kind: stand, duration_s: 400, breathing_bpm: 15}\n");
    double period[3] = {0}, depth[3] = {0};
    for (int i = 0; i < bench->n; i++) {
        const struct breath *breath = &bench->breath[i];
        if (breath->start_s > 1200) {
            assert_true(breath->depth == 1);
            continue;
        }
        const double one[2] = {breath->period_s / 4, breath->depth};
        period[0] += 1;
        for (int m = 1; m < 3; m++) {
            period[m] += m == 1 ? one[0] : one[0] * one[0];
            depth[m] += m == 1 ? one[1] : one[1] * one[1];
        }
    }
    double n = period[0], mean = period[1] / n, spread = sqrt(period[2] / n - mean * mean);
    assert_true(n > 270 && fabs(mean - 1) < 0.05 && fabs(spread - 0.2) < 0.04);
    mean = depth[1] / n;
    spread = sqrt(depth[2] / n - mean * mean);
    assert_true(fabs(mean - 1) < 0.07 && fabs(spread - 0.3) < 0.05);
    end(bench);
}

static double steps_at(struct bench *bench, double t_s)
{
    int64_t hint = 0;
    const struct timeline_step *step = timeline_step_at(body_timeline(bench->body), t_s, &hint);
    return (double)hint + timeline_phase(step, t_s).turns;
}

static void locked_breaths_begin_with_the_steps(void **state)
{
    struct bench *bench = *state;
    const struct {
        double lock, phase;
    } cases[] = {{2, 0}, {2.5, 0}, {3, 0}, {4, 0.3}, {5, 0.75}, {6, 0}, {1, 0}, {3.7, 0.2}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char phases[512];
        snprintf(
            phases, sizeof phases,
            "  - {kind: stand, duration_s: 10}\n"
            "  - {kind: run, duration_s: 60, lock_steps_per_breath: %g, lock_phase: %g, hold_every_s: 25, hold_s: 5}\n"
            "  - {kind: run, duration_s: 30}\n",
            cases[k].lock, cases[k].phase);
        begin(bench, phases);
        int n_locked = 0, n_held = 0;
        for (int i = 1; i < bench->n; i++) {
            const struct breath *before = &bench->breath[i - 1], *breath = &bench->breath[i];
            if (!before->locked) // it ended where it liked
                continue;
            double steps = steps_at(bench, breath->start_s) - cases[k].phase;
            double off = remainder(steps, cases[k].lock), took = steps_at(bench, before->start_s) - cases[k].phase;
            assert_true(fabs(off) < 1e-6);
            n_held += before->hold_s > 0;
            assert_true(before->hold_s == 0 || (before->hold_s >= 5 && before->hold_s < 5 + 0.5 * cases[k].lock));
            if (i > 1 && before[-1].locked && before->hold_s == 0)
                assert_true(fabs(steps - took - cases[k].lock) < 1e-6);
            n_locked++;
        }
        assert_int_equal(n_held, 2);
        assert_in_range(n_locked, (int)(120 / cases[k].lock), (int)(170 / cases[k].lock)); // of 164
        end(bench);
    }
}

static void locked_onsets_at_2_5_lie_midway_by_turns(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: run, duration_s: 60, lock_steps_per_breath: 2.5}\n");
    int n[2] = {0, 0};
    for (int i = 2; i < bench->n; i++) {
        double half = 2 * steps_at(bench, bench->breath[i].start_s);
        assert_true(fabs(half - round(half)) < 1e-6);
        n[(int64_t)round(half) % 2]++;
    }
    assert_true(n[0] > 28 && abs(n[0] - n[1]) <= 1);
    end(bench);
}

static void holds_hold(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: stand, duration_s: 15}\n"
                 "  - {kind: sit, duration_s: 100, hold_every_s: 30, hold_s: 12, breathing_phase_deg: 40}\n"
                 "  - {kind: stand, duration_s: 100, hold_every_s: 30, hold_s: 12, hold_at: end_inspiration}\n"
                 "  - {kind: stand, duration_s: 20}\n");
    int n_held[N_HOLD_ATS] = {0};
    for (int i = 0; i < bench->n; i++) {
        const struct breath *breath = &bench->breath[i];
        if (breath->hold_s == 0)
            continue;
        const struct scenario_phase *phase = scenario_phase_at(&bench->scenario, breath->hold_from_s);
        n_held[breath->hold_at]++;
        assert_true(breath->hold_s == 12 && phase->hold_s == 12 && phase->hold_at == breath->hold_at);
        assert_true(breath->hold_from_s + 12 <= phase->start_s + phase->duration_s);
        double after_s = fmod(breath->hold_from_s - phase->start_s, 30);
        assert_true(after_s < 60 / 13.9); // the next moment
        struct body_cursor cursor[2] = {{0}, {0}};
        double chest = tilt(bench, &cursor[0], SITE_STERNUM, breath->hold_from_s);
        double abdomen = tilt(bench, &cursor[1], SITE_ABDOMEN, breath->hold_from_s);
        for (double t_s = breath->hold_from_s; t_s < breath->hold_from_s + 12; t_s += 0.05) {
            assert_true(fabs(tilt(bench, &cursor[0], SITE_STERNUM, t_s) - chest) < 1e-9);
            assert_true(fabs(tilt(bench, &cursor[1], SITE_ABDOMEN, t_s) - abdomen) < 1e-9);
        }
        double later = tilt(bench, &cursor[0], SITE_STERNUM, breath->hold_from_s + 12 + 1.5);
        assert_true(breath->hold_at == HOLD_AT_END_INSPIRATION ? later < chest - 0.8 : later > chest + 0.8);
    }
    assert_int_equal(n_held[HOLD_AT_END_EXPIRATION], 2); // the third would outlast its phase
    assert_int_equal(n_held[HOLD_AT_END_INSPIRATION], 2);
    end(bench);
}

static void talkers_breathe_in_quickly_and_out_unevenly(void **state)
{
    struct bench *bench = *state;
    begin(bench, "  - {kind: sit, duration_s: 600, speech: true}\n");
    double sum = 0, square = 0, turns = 0;
    struct body_cursor cursor = {0};
    int n = 0;
    for (int i = 0; i < bench->n - 1; i++, n++) {
        const struct breath *breath = &bench->breath[i];
        double out_s = breath->period_s - breath->inspiration_s, before = 0;
        assert_true(breath->inspiration_s >= 0.4 && breath->inspiration_s <= 0.7);
        assert_true(out_s >= 2 && out_s <= 8);
        sum += out_s;
        square += out_s * out_s;
        double from_s = breath->start_s + breath->inspiration_s, last = tilt(bench, &cursor, SITE_STERNUM, from_s);
        for (double t_s = from_s; t_s < breath->start_s + breath->period_s; t_s += 0.02) {
            double now = tilt(bench, &cursor, SITE_STERNUM, t_s), slope = now - last;
            turns += slope * before < 0;
            before = slope;
            last = now;
        }
    }
    double mean = sum / n, spread = sqrt(square / n - mean * mean);
    assert_true(mean > 3.5 && mean < 5 && spread > 1.2);
    assert_true(turns / n > 2); // the ripples
    end(bench);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct bench));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    body_destroy(bench->body);
    free(bench);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(breaths_follow_ramps_and_sudden_changes),
        TEST(the_chest_comes_after_the_abdomen),
        TEST(a_breath_has_its_form),
        TEST(every_kind_is_smooth),
        TEST(irregular_breaths_vary_as_asked),
        TEST(locked_breaths_begin_with_the_steps),
        TEST(locked_onsets_at_2_5_lie_midway_by_turns),
        TEST(holds_hold),
        TEST(talkers_breathe_in_quickly_and_out_unevenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
