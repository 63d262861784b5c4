// SPDX-License-Identifier: GPL-3.0-or-later
// The truth file's running dynamics against the body's own signal: asymmetries, toe-off where the force ends, vertical
// oscillation by double integration, peaks, arms, pack, breaks and stumbles; and what is not known is null.
#include "sim/body.h"
#include "sim/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static const char text[] =
    "version: 1\nseed: 6\nbody: {sway_deg: 0, step_jitter_pct: 1}\nphases:\n"
    "  - {kind: stand, duration_s: 6}\n"
    "  - {kind: run, duration_s: 40, step_asymmetry_pct: 5, contact_asymmetry_pct: -6, impact_asymmetry_pct: 25,\n"
    "     arm_swing_left_deg: 35, arm_swing_right_deg: 26, arm_crossing_left_deg: 12, arm_crossing_right_deg: 4,\n"
    "     pack_bounce_mm: 26, pack_lag_ms: 9, pack_tilt_deg: 5, pack_side_tilt_deg: 3, foot_eversion_left_deg: 7,\n"
    "     speed_m_s: 3}\n"
    "  - {kind: stand, duration_s: 4, blend_s: 1}\n"
    "  - {kind: run, duration_s: 20, blend_s: 1, stumble_every_s: 8, pack_bounce_mm: 0, arm_stiffness: 1}\n";
#define EVEN_FROM_S  11.0
#define EVEN_UNTIL_S 44.0

struct bench {
    struct scenario scenario;
    struct body *body;
    FILE *file;
    char path[32];
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    struct truth *truth;
    *state = bench;
    if (!bench || scenario_load_text(&bench->scenario, "truth", text, strlen(text), error) != 0 ||
        body_create(&bench->body, &bench->scenario) != 0)
        return -1;
    strcpy(bench->path, "/tmp/poise-truth-XXXXXX");
    int fd = mkstemp(bench->path);
    if (fd < 0 || close(fd) != 0 || truth_open(&truth, bench->path, &bench->scenario, bench->body) != 0)
        return -1;
    if (truth_advance(truth, 70 * SECOND, 0) != 0 || truth_close(truth) != 0)
        return -1;
    bench->file = fopen(bench->path, "r");
    return bench->file ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    if (bench->file)
        fclose(bench->file);
    unlink(bench->path);
    body_destroy(bench->body);
    free(bench);
    return 0;
}

// NAN: null; fails when the line has no such key.
static double value_of(const char *line, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *found = strstr(line, quoted);
    if (!found)
        fail_msg("no %s in %s", key, line);
    found += strlen(quoted);
    return strncmp(found, "null", 4) == 0 ? (double)NAN : strtod(found, NULL);
}

static bool next_line(struct bench *bench, char line[4096], const char *holding, const char *not_holding)
{
    while (fgets(line, 4096, bench->file))
        if (strstr(line, holding) && !(not_holding && strstr(line, not_holding)))
            return true;
    return false;
}

static double asymmetry_pct(double left, double right)
{
    return 200 * (left - right) / (left + right);
}

static void asymmetries_are_as_asked(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    double step[2] = {0}, contact[2] = {0}, impact[2] = {0};
    int n[2] = {0};
    while (next_line(bench, line, "\"contact\"", NULL)) {
        double t_s = value_of(line, "t_s");
        if (t_s < EVEN_FROM_S || t_s > EVEN_UNTIL_S)
            continue;
        int side = strstr(line, "\"left\"") ? 0 : 1;
        n[side]++;
        step[side] += value_of(line, "step_time_ms");
        contact[side] += value_of(line, "contact_ms");
        impact[side] += value_of(line, "impact_g");
        assert_true(fabs(value_of(line, "step_time_ms") - value_of(line, "contact_ms") - value_of(line, "flight_ms")) <
                    0.003);
        assert_true(fabs(value_of(line, "step_length_m") - 0.003 * value_of(line, "step_time_ms")) < 0.002);
        assert_true(fabs(value_of(line, "eversion_deg") - (side ? 12 : 7)) < 1e-6);
        assert_true(fabs(value_of(line, "pack_bounce_mm") - 26) < 0.3);
        assert_true(fabs(value_of(line, "pack_lag_ms") - 9) < 1.5);
        assert_true(value_of(line, "stumble_pct") == 0);
    }
    assert_true(n[0] > 40 && n[1] > 40);
    assert_true(fabs(asymmetry_pct(step[0] / n[0], step[1] / n[1]) - 5) < 0.6); // 1 % of jitter over 45 steps a side
    assert_true(fabs(asymmetry_pct(contact[0] / n[0], contact[1] / n[1]) + 6) < 0.6);
    assert_true(impact[0] / n[0] > impact[1] / n[1] + 0.15);
}

// Rise of the sacrum over one step: its acceleration integrated twice, from a velocity that carries it from one
// contact's height to the next one's.
static double integrated_range_m(struct bench *bench, double start_s, double period_s, double *peak_m_s2)
{
    struct body_cursor cursor = {0};
    struct body_state now;
    double v = 0, z = 0, mean_v = 0, low = 0, high = 0;
    const int n = 4000;
    *peak_m_s2 = 0;
    for (int pass = 0; pass < 2; pass++) {
        v = z = low = high = 0;
        for (int i = 0; i < n; i++) {
            body_at(bench->body, &cursor, SITE_SACRUM, start_s + (i + 0.5) * period_s / n, &now);
            v += now.acc_world[2] * period_s / n;
            mean_v += pass ? 0 : v / n;
            z += (v - mean_v) * period_s / n;
            low = fmin(low, z);
            high = fmax(high, z);
            *peak_m_s2 = fmax(*peak_m_s2, now.acc_world[2] + SIM_GRAVITY);
        }
    }
    return high - low;
}

static void contacts_are_those_of_the_signal(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor = {0};
    char line[4096];
    int n = 0;
    while (next_line(bench, line, "\"contact\"", NULL)) {
        double t_s = value_of(line, "t_s"), off_s = value_of(line, "toe_off_s"), peak_m_s2;
        if (t_s < EVEN_FROM_S || t_s > EVEN_UNTIL_S)
            continue;
        assert_true(fabs(value_of(line, "toe_off_mono_s") - off_s) < 1e-4);
        struct body_state before, after, touching;
        body_at(bench->body, &cursor, SITE_T12, off_s - 0.015, &before);
        body_at(bench->body, &cursor, SITE_T12, off_s + 0.001, &after);
        body_at(bench->body, &cursor, SITE_T12, t_s - 0.001, &touching);
        assert_true(before.acc_world[2] > -SIM_GRAVITY + 0.3);
        assert_true(fabs(after.acc_world[2] + SIM_GRAVITY) < 1e-6 && fabs(touching.acc_world[2] + SIM_GRAVITY) < 1e-6);
        double period_s = 0.001 * value_of(line, "step_time_ms");
        double range_m = integrated_range_m(bench, t_s, period_s, &peak_m_s2);
        assert_true(fabs(1000 * range_m - value_of(line, "vertical_oscillation_mm")) < 0.3);
        assert_true(fabs(peak_m_s2 / SIM_GRAVITY - value_of(line, "peak_g")) < 0.01);
        assert_true(value_of(line, "impact_g") > 0.8 && value_of(line, "impact_g") < value_of(line, "peak_g"));
        assert_true(value_of(line, "braking_g") > 0.3 && value_of(line, "braking_g") < 0.8);
        n++;
    }
    assert_true(n > 80);
}

static void lines_tell_arms_and_pack(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    int n_even = 0, n_stiff = 0, n_still = 0;
    while (next_line(bench, line, "\"cadence_spm\"", "\"event\"")) {
        double t_s = value_of(line, "t_s");
        if (t_s > EVEN_FROM_S && t_s < EVEN_UNTIL_S) {
            n_even++;
            assert_true(fabs(value_of(line, "arm_swing_left_deg") - 35) < 0.6);
            assert_true(fabs(value_of(line, "arm_swing_right_deg") - 26) < 0.6);
            assert_true(fabs(value_of(line, "arm_asymmetry_pct") - asymmetry_pct(35, 26)) < 3);
            assert_true(fabs(value_of(line, "arm_crossing_left_deg") - 12) < 1.5);
            assert_true(fabs(value_of(line, "arm_crossing_right_deg") - 4) < 1.5);
            assert_true(value_of(line, "step_asymmetry_pct") == 5 && value_of(line, "contact_asymmetry_pct") == -6);
            assert_true(value_of(line, "impact_asymmetry_pct") == 25 && value_of(line, "arm_stiffness") == 0);
            assert_true(value_of(line, "foot_eversion_left_deg") == 7);
            const char *mean = strstr(line, "\"mean\"");
            assert_true(fabs(value_of(mean, "pack_tilt_deg") - 5) < 0.5);
            assert_true(fabs(value_of(mean, "pack_side_tilt_deg") - 3) < 0.5);
        } else if (t_s > 56 && t_s < 69) {
            n_stiff++;
            assert_true(value_of(line, "arm_swing_left_deg") < 3 && value_of(line, "arm_stiffness") == 1);
            assert_true(value_of(line, "pack_bounce_mm") < 0.1);
        } else if (t_s < 4 || (t_s > 48 && t_s < 49)) {
            n_still++;
            assert_non_null(strstr(line, "\"activity\":\"still\""));
            assert_true(value_of(line, "cadence_spm") == 0 && value_of(line, "arm_swing_left_deg") == 0);
            assert_true(isnan(value_of(line, "arm_crossing_left_deg")) && isnan(value_of(line, "pack_lag_ms")));
            assert_true(isnan(value_of(line, "step_asymmetry_pct")));
        }
    }
    assert_true(n_even > 600 && n_stiff > 200 && n_still > 90);
}

static void breaks_and_stumbles_are_told(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    double last_s = 0, break_s = 0, stumbled[4] = {0}, at_s[4] = {0};
    int n = 0;
    while (next_line(bench, line, "\"contact\"", NULL)) {
        double t_s = value_of(line, "t_s"), stumble = value_of(line, "stumble_pct");
        if (t_s > 40 && t_s < 60)
            break_s = fmax(break_s, t_s - last_s);
        last_s = t_s;
        if (stumble != 0) {
            assert_in_range(n, 0, 3);
            at_s[n] = t_s;
            stumbled[n++] = stumble;
        }
    }
    assert_true(break_s > 3.3 && break_s < 4.8); // 4 s, from half a gait to half a gait
    assert_int_equal(n, 2);
    assert_true(stumbled[0] == 35 && stumbled[1] == -35);
    assert_true(fabs(at_s[0] - 58.2) < 0.4 && fabs(at_s[1] - 66.2) < 0.4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(asymmetries_are_as_asked),
        TEST(contacts_are_those_of_the_signal),
        TEST(lines_tell_arms_and_pack),
        TEST(breaks_and_stumbles_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
