// SPDX-License-Identifier: GPL-3.0-or-later
// What the truth file says of breathing: every breath with its parts, holds and coughs by both clocks, and the keys of
// the line against the scenario and against the events.
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

#define SECOND  INT64_C(1000000000)
#define START_S 500

static const char text[] =
    "version: 1\nseed: 9\nphases:\n"
    "  - {name: sit, kind: sit, duration_s: 60, breathing_bpm: 15, breathing_chest_deg: 3, breathing_abdomen_deg: 1,\n"
    "     hold_every_s: 20, hold_s: 6, hold_at: end_inspiration, breath_depth_jitter_pct: 0}\n"
    "  - {name: lie, kind: lie, duration_s: 30, breathing_phase_deg: -60, cough_every_s: 8}\n"
    "  - {name: stand, kind: stand, duration_s: 10}\n"
    "  - {name: run, kind: run, duration_s: 60, lock_steps_per_breath: 4}\n";
#define LENGTH_S 160

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
    if (truth_advance(truth, LENGTH_S * SECOND, START_S * SECOND) != 0 || truth_close(truth) != 0)
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

static bool next_line(struct bench *bench, char line[4096], const char *holding)
{
    while (fgets(line, 4096, bench->file))
        if (strstr(line, holding))
            return true;
    return false;
}

static void breaths_follow_one_another(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    double ends_s = 0;
    int n = 0;
    while (next_line(bench, line, "\"inspiration\"")) {
        double t_s = value_of(line, "t_s"), interval_ms = value_of(line, "interval_ms");
        double parts_ms = value_of(line, "inspiratory_ms") + value_of(line, "expiratory_ms");
        assert_true(fabs(value_of(line, "mono_s") - START_S - t_s) < 1e-4);
        assert_true(fabs(t_s - ends_s) < 3e-4);
        assert_true(fabs(parts_ms + value_of(line, "hold_ms") - interval_ms) < 0.01);
        ends_s = t_s + interval_ms / 1000;
        n++;
        if (t_s > 5 && t_s < 50)
            assert_true(fabs(value_of(line, "chest_deg") - 3) < 1e-3 && fabs(value_of(line, "abdomen_deg") - 1) < 1e-3);
        assert_true((strstr(line, "\"locked\":true") != NULL) == (t_s >= 100));
    }
    assert_true(ends_s >= LENGTH_S && n > 40);
}

static void holds_and_coughs_are_told(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    int n_holds = 0, n_coughs = 0;
    double from_s = -1, until_s = -1;
    while (next_line(bench, line, "{")) {
        bool is_hold = strstr(line, "\"event\":\"hold\"") != NULL,
             is_cough = strstr(line, "\"event\":\"cough\"") != NULL;
        if (is_hold || is_cough) {
            double t_s = value_of(line, "t_s"), end_s = value_of(line, "until_s");
            assert_true(fabs(value_of(line, "until_mono_s") - START_S - end_s) < 1e-4);
            n_holds += is_hold;
            n_coughs += is_cough;
            if (is_hold) {
                assert_non_null(strstr(line, "\"at\":\"end_inspiration\""));
                assert_true(fabs(end_s - t_s - 6) < 3e-4 && fabs(value_of(line, "hold_s") - 6) < 1e-3);
                from_s = t_s;
                until_s = end_s;
            }
        }
        if (strstr(line, "\"event\""))
            continue;
        double t_s = value_of(line, "t_s"), held_s = value_of(line, "hold_s");
        double expected = t_s >= from_s && t_s < until_s ? t_s - from_s : 0;
        if (fabs(t_s - until_s) > 1e-3 && fabs(t_s - from_s) > 1e-3)
            assert_true(fabs(held_s - expected) < 2e-3);
    }
    assert_int_equal(n_holds, 2);
    assert_int_equal(n_coughs, 3);
}

static void lines_say_how_one_breathes(void **state)
{
    struct bench *bench = *state;
    char line[4096];
    int n[4] = {0};
    while (next_line(bench, line, "\"phase\"")) {
        double t_s = value_of(line, "t_s");
        if (t_s > 5 && t_s < 60) {
            n[0]++;
            assert_true(fabs(value_of(line, "chest_share") - 0.75) < 1e-3);
            assert_non_null(strstr(line, "\"posture\":\"sit\""));
            assert_true(isnan(value_of(line, "steps_per_breath")));
        } else if (t_s > 65 && t_s < 90) {
            n[1]++;
            assert_true(value_of(line, "breathing_phase_deg") == -60);
            assert_non_null(strstr(line, "\"posture\":\"lie\""));
            assert_true(isnan(value_of(line, "trunk_lean_deg")));
        } else if (t_s > 94.5 && t_s < 100) {
            n[2]++;
            assert_true(isfinite(value_of(line, "trunk_lean_deg")));
            assert_non_null(strstr(line, "\"posture\":\"stand\""));
        } else if (t_s > 118 && t_s < 149) {
            n[3]++;
            double steps = value_of(line, "steps_per_breath");
            assert_true(fabs(steps - 4) < 0.1);
            assert_non_null(strstr(line, "\"locked\":true"));
            // Locked, the rate is what the steps make of it.
            assert_true(fabs(value_of(line, "breathing_bpm") - 164 / 4.0) < 1);
        }
    }
    assert_true(n[0] > 1000 && n[1] > 400 && n[2] > 100 && n[3] > 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(breaths_follow_one_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holds_and_coughs_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_say_how_one_breathes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
