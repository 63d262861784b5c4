// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of a report from lines of a known course: quantiles, stretches of one activity, spells of a finding,
// series, left and right. What is expected is worked out by hand.
#include "report_stats.h"
#include "report_view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN_S 1000.0
#define END_S   1100.0

static struct report_data data;
static struct report_view view;

static void take(const char *stream, double t_s, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void take(const char *stream, double t_s, const char *format, ...)
{
    char rest[600], line[800];
    va_list args;
    va_start(args, format);
    vsnprintf(rest, sizeof rest, format, args);
    va_end(args);
    snprintf(line, sizeof line,
             "{\"v\":1,\"rig\":\"r\",\"stream\":\"%s\",\"boot\":\"b\",\"session\":null,\"t_s\":%.3f,\"utc\":null,%s}",
             stream, t_s, rest);
    report_take(&data, line);
}

static int begin(void **state)
{
    (void)state;
    report_data_init(&data);
    view = (struct report_view){.data = &data, .from_s = BEGIN_S, .until_s = END_S, .metrics = "recorded"};
    return 0;
}

static int end(void **state)
{
    (void)state;
    report_data_finish(&data);
    return 0;
}

// Walking to 1050 s at 110, then running at 160: four a second, as published.
static void take_course(void)
{
    for (double t_s = BEGIN_S; t_s <= END_S; t_s += 0.25) {
        bool runs = t_s >= 1050;
        take("cadence", t_s, "\"cadence_spm\":%d,\"activity\":\"%s\",\"window_s\":8", runs ? 160 : 110,
             runs ? "run" : "walk");
    }
    report_view_begin(&view);
}

static void test_quantiles(void **state)
{
    (void)state;
    float values[] = {4, 1, 3, 2};
    struct report_stats stats = report_stats_of(values, 4);
    assert_float_equal(stats.mean, 2.5, 1e-9);
    assert_float_equal(stats.sd, 1.2909944, 1e-6);
    assert_float_equal(stats.median, 2.5, 1e-9);
    assert_float_equal(stats.p5, 1.15, 1e-6); // 1 + 0.05 · 3
    assert_float_equal(stats.p95, 3.85, 1e-6);
    stats = report_stats_of(values, 1);
    assert_true(stats.n == 1 && isnan(stats.sd));
    assert_float_equal(stats.p95, stats.median, 0);
    stats = report_stats_of(NULL, 0);
    assert_true(isnan(stats.mean) && isnan(stats.p5) && isnan(stats.median));
    float outliers[] = {100, 10, 11, 12, -80};
    assert_float_equal(report_trimmed_mean(outliers, 5), 11, 1e-9);
    assert_float_equal(report_asymmetry(11, 9), 20, 1e-9);
    assert_true(isnan(report_asymmetry(1, -1)));
}

static void test_no_value_crosses_activities(void **state)
{
    (void)state;
    take_course();
    size_t n;
    float *walk = report_values(&view, TABLE_CADENCE, "cadence_spm", ACTIVITY_WALK, -1, &n);
    // From 1004 to 1046 s the window of 8 s lies in the walk: 42 s, a third of a second more at either end.
    assert_in_range(n, 42 * 4 + 1, 42 * 4 + 4);
    for (size_t i = 0; i < n; i++)
        assert_float_equal(walk[i], 110, 0);
    free(walk);
    assert_float_equal(view.activity_s[ACTIVITY_WALK], 50, 1e-6);
    assert_float_equal(view.activity_s[ACTIVITY_RUN], 50, 1e-6);
    assert_int_equal(view.gait, ACTIVITY_RUN);
    assert_float_equal(report_time_in(&view, 1040, 1060, IN_WALK), 10, 1e-6);
    assert_float_equal(report_answered(&view, TABLE_CADENCE, "cadence_spm", IN_WALK), 100, 1e-9);
    assert_true(isnan(report_answered(&view, TABLE_CADENCE, "cadence_spm", IN_STILL)));
}

static void test_unknown_activity_is_a_hole(void **state)
{
    (void)state;
    for (double t_s = BEGIN_S; t_s <= END_S; t_s += 0.25)
        take("cadence", t_s, "\"cadence_spm\":110,\"activity\":%s,\"window_s\":4",
             t_s > 1020 && t_s < 1030 ? "null" : "\"walk\"");
    report_view_begin(&view);
    assert_float_equal(view.activity_s[ACTIVITY_WALK], 20 + 70, 0.51);
    assert_int_equal(report_activity_at(&view, 1025), ACTIVITY_UNKNOWN);
}

static void test_posture_counts_calibrated_and_unslipped(void **state)
{
    (void)state;
    take_course();
    for (double t_s = BEGIN_S; t_s <= 1040; t_s += 0.05)
        take("posture", t_s,
             "\"mean\":{\"thoracic_flexion_deg\":%d,\"pelvic_tilt_deg\":3},\"calibrated\":%s,\"slipped\":[%s]",
             t_s < 1010   ? 99
             : t_s < 1030 ? 5
                          : 77,
             t_s < 1010 ? "false" : "true", t_s < 1030 ? "" : "\"c7\"");
    size_t n;
    float *values = report_values(&view, TABLE_POSTURE, "thoracic_flexion_deg", ACTIVITY_WALK, -1, &n);
    assert_in_range(n, 17 * 4, 18 * 4); // 1012.5 to 1030 s, four a second
    for (size_t i = 0; i < n; i++)
        assert_float_equal(values[i], 5, 0);
    free(values);
    values = report_values(&view, TABLE_POSTURE, "pelvic_tilt_deg", ACTIVITY_WALK, -1, &n);
    assert_in_range(n, 27 * 4, 28 * 4); // c7's slip is none of the sacrum's
    free(values);
}

static void finding(double t_s, const char *level, double score, double since_s)
{
    take("finding", t_s,
         "\"cause\":\"poor_posture\",\"factor\":\"slouching\",\"level\":\"%s\",\"score\":%.2f,\"since_s\":%.1f,"
         "\"evidence\":{\"thoracic_flexion_deg\":{\"value\":%.1f,\"reference\":0}},\"unknown_of\":null",
         level, score, since_s, 12 * score);
}

static void test_spells(void **state)
{
    (void)state;
    finding(1000, "ok", 0.1, 1000);
    finding(1010, "notice", 0.6, 995);
    finding(1020, "notice", 0.7, 995);
    finding(1030, "warn", 1.2, 998);
    finding(1040, "warn", 1.1, 998); // then nothing: after 30 s nothing is known
    finding(1090, "ok", 0.2, 1090);
    json_t *list = report_findings(&view), *one = json_array_get(list, 0), *spells = json_object_get(one, "spells");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(report_text(one, "level"), "warn");
    assert_float_equal(report_number(one, "score"), 1.2, 1e-6);
    assert_float_equal(report_number(one, "worst_s"), 30, 1e-6);
    assert_float_equal(report_number(one, "notice_s"), 20, 1e-6);
    assert_float_equal(report_number(one, "warn_s"), 40, 1e-6);
    assert_float_equal(report_number(one, "answered_s"), 10 + 20 + 40 + 10, 1e-6);
    assert_int_equal(json_array_size(spells), 2);
    assert_float_equal(report_number(json_array_get(spells, 0), "from_s"), 10, 1e-6);
    assert_float_equal(report_number(json_array_get(spells, 0), "until_s"), 30, 1e-6);
    assert_float_equal(report_number(json_array_get(spells, 1), "until_s"), 70, 1e-6);
    assert_float_equal(report_number(json_array_get(spells, 1), "since_s"), -2, 1e-6);
    const json_t *told = json_object_get(json_object_get(one, "evidence"), "thoracic_flexion_deg");
    assert_float_equal(report_number(told, "value"), 14.4, 1e-6);
    assert_string_equal(report_text(told, "title"), "Thoracic flexion");
    json_decref(list);
}

static void test_series_take_the_activity_of_most(void **state)
{
    (void)state;
    take_course();
    json_t *series = report_series(&view), *values = json_object_get(json_object_get(series, "values"), "cadence_spm");
    assert_float_equal(report_number(series, "step_s"), 1, 0);
    assert_int_equal(json_array_size(values), 100);
    assert_float_equal(json_number_value(json_array_get(values, 49)), 110, 1e-9);
    assert_float_equal(json_number_value(json_array_get(values, 50)), 160, 1e-9);
    assert_string_equal(json_string_value(json_array_get(json_object_get(series, "activity"), 50)), "run");
    json_decref(series);
    view.until_s = BEGIN_S + 86400; // a day has no more steps than fit
    series = report_series(&view);
    assert_in_range(json_array_size(json_object_get(series, "t_s")), 700, 1500);
    json_decref(series);
}

static void test_left_and_right(void **state)
{
    (void)state;
    take_course();
    for (int i = 0; i < 40; i++)
        take("step", 1055 + i, "\"foot\":\"%s\",\"step_time_ms\":%d,\"contact_ms\":null", i % 2 ? "right" : "left",
             i == 7  ? 900
             : i % 2 ? 360
                     : 380);
    json_t *list = report_left_right(&view), *one = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_float_equal(report_number(one, "left"), 380, 1e-6);
    assert_float_equal(report_number(one, "right"), 360, 1e-6); // without the contact that was missed
    assert_float_equal(report_number(one, "asymmetry_pct"), 5.4, 1e-6);
    assert_float_equal(report_number(one, "n_right"), 20, 0);
    json_decref(list);
}

static void test_holes_in_the_numbers(void **state)
{
    (void)state;
    for (int seq = 5; seq < 20; seq++)
        if (seq != 9 && seq != 10)
            take("gait", BEGIN_S + seq, "\"seq\":%d,\"contact_ms\":250", seq);
    assert_int_equal(data.n_missing, 2);
    report_take(&data, "{\"stream\":\"orientation\",\"seq\":1,\"t_s\":1}");
    report_take(&data, "{\"stream\":\"gait\",\"t_s\":\"x\"}");
    report_take(&data, "no object");
    assert_int_equal(data.n_unreadable, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_quantiles),
        TEST(test_no_value_crosses_activities),
        TEST(test_unknown_activity_is_a_hole),
        TEST(test_posture_counts_calibrated_and_unslipped),
        TEST(test_spells),
        TEST(test_series_take_the_activity_of_most),
        TEST(test_left_and_right),
        TEST(test_holes_in_the_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
