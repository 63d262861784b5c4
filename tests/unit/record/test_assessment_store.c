// SPDX-License-Identifier: GPL-3.0-or-later
// A subject's assessments: there and back, one that goes on takes its own place, the last 200 stay, refused with file
// and key in every way a file can be wrong, cut anywhere, any byte changed, set aside.
#include "random_draw.h"
#include "random_log.h"

#include "frames/log_event.h"
#include "record/assessment_store.h"
#include "record/assessment_text.h"
#include "record/state_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SESSION "01234567-89ab-4cde-8f01-23456789abcd"

static const char *folder(void)
{
    static char dir[256];
    snprintf(dir, sizeof dir, "%s", test_path("state"));
    mkdir(dir, 0700);
    return dir;
}

static float drawn(void)
{
    return below(4) == 0 ? NAN : (float)((double)below(2000000) / 1e4 - 100);
}

// Any there can be; number makes its begin.
static void draw_result(struct exercise_result *r, unsigned number)
{
    static const char *const keys[EXERCISE_VALUES] = {"a_deg", "b_pct", "c", "d_s", "e_mm",  "f_g",  "g",
                                                      "h",     "i",     "j", "k",   "l_deg", "m_mm", "n"};
    memset(r, 0, sizeof *r);
    r->exercise = (int)below(N_EXERCISES);
    r->outcome = (int)below(3);
    r->begun_ns = 1 + number;
    r->begun_utc_ns = INT64_C(1795300000123456789) + (int64_t)number * 1000000007;
    r->n_rows = (int)below(EXERCISE_ROWS + 1);
    for (int i = 0; i < r->n_rows; i++) {
        struct exercise_row *row = &r->row[i];
        row->part = (int)below((unsigned)exercises[r->exercise].n_parts);
        row->side = (int)below(3) - 1;
        row->count = (int)below(30);
        row->held = (int)below(30);
        row->range_deg = drawn();
        row->best_deg = drawn();
        row->hold_s = drawn();
        row->smoothness = drawn();
        row->n_values = (int)below(EXERCISE_VALUES + 1);
        for (int k = 0; k < row->n_values; k++)
            row->value[k] = (struct exercise_value){keys[k], drawn()};
    }
}

static void put(json_t *entries, const struct exercise_result *result, bool again)
{
    assert_int_equal(assessment_put(entries, assessment_entry(result, SESSION, "lab1"), again), 0);
}

static json_t *load(const char *subject)
{
    char error[1400];
    json_t *entries;
    if (assessment_store_load(&entries, folder(), subject, error, sizeof error) != 0)
        fail_msg("%s", error);
    return entries;
}

static void test_there_and_back(void **unused)
{
    (void)unused;
    static struct exercise_result result;
    char error[1400];
    json_t *entries = load("s01"); // none
    assert_int_equal(json_array_size(entries), 0);
    draw_seed(test_seed());
    for (unsigned i = 0; i < 40; i++) {
        draw_result(&result, i);
        put(entries, &result, false);
        assert_int_equal(assessment_store_save(entries, folder(), "s01", error, sizeof error), 0);
        json_t *read = load("s01");
        assert_true(json_equal(read, entries));
        json_decref(read);
    }
    const json_t *last = json_array_get(entries, 39), *row = json_array_get(json_object_get(last, "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(last, "exercise")), exercises[result.exercise].name);
    assert_string_equal(json_string_value(json_object_get(last, "outcome")),
                        result.outcome == ASSESS_DONE ? "done" : "stopped");
    if (row && isfinite(result.row[0].range_deg))
        assert_true(fabs(json_number_value(json_object_get(row, "range_deg")) - (double)result.row[0].range_deg) <
                    6e-5);
    json_decref(entries);
    struct stat st;
    assert_int_equal(stat(test_path("state/assessments/s01.json"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(assessment_store_load(&entries, folder(), "../s01", error, sizeof error), -EINVAL);
    assert_null(entries);
    assert_int_equal(assessment_store_path(error, "/d", NULL, error, sizeof error), 0);
    assert_string_equal(error, "/d/assessments/anyone.json");
}

// What runs is written time and again, and stopped if nothing follows.
static void test_one_that_goes_on(void **unused)
{
    (void)unused;
    static struct exercise_result result;
    json_t *entries = json_array();
    draw_result(&result, 1);
    put(entries, &result, false);
    result.outcome = ASSESS_RUNNING;
    result.exercise = EXERCISE_POSTURE;
    result.n_rows = 1;
    result.row[0] = (struct exercise_row){.count = 1};
    result.begun_utc_ns = UTC_UNKNOWN_NS;
    put(entries, &result, false);
    assert_int_equal(json_array_size(entries), 2);
    const json_t *last = json_array_get(entries, 1);
    assert_string_equal(json_string_value(json_object_get(last, "outcome")), "stopped");
    assert_true(json_is_null(json_object_get(last, "utc")));
    result.outcome = ASSESS_DONE;
    put(entries, &result, true); // the same, though nobody knows when it began
    assert_int_equal(json_array_size(entries), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 1), "outcome")), "done");
    put(entries, &result, false); // another one
    assert_int_equal(json_array_size(entries), 3);
    json_decref(entries);
}

static void test_a_recording_replayed_twice(void **unused)
{
    (void)unused;
    static struct exercise_result result;
    json_t *entries = json_array();
    for (int round = 0; round < 2; round++) {
        draw_seed(7);
        for (unsigned i = 0; i < 5; i++) {
            draw_result(&result, i);
            put(entries, &result, false);
        }
    }
    assert_int_equal(json_array_size(entries), 5);
    json_decref(entries);
}

// More than are kept, each as large as it can be: the file stays within its size, and the newest are there.
static void test_the_newest_stay(void **unused)
{
    (void)unused;
    static struct exercise_result result;
    char error[1400];
    json_t *entries = json_array();
    for (unsigned i = 0; i < ASSESSMENTS_KEPT + 5; i++) {
        draw_result(&result, i);
        result.exercise = EXERCISE_LYING_ROTATION;
        result.n_rows = EXERCISE_ROWS;
        for (int r = 0; r < EXERCISE_ROWS; r++) {
            static const char *const keys[EXERCISE_VALUES] = {
                "the_name_of_a_value_01_deg", "the_name_of_a_value_02_deg", "the_name_of_a_value_03_deg",
                "the_name_of_a_value_04_deg", "the_name_of_a_value_05_deg", "the_name_of_a_value_06_deg",
                "the_name_of_a_value_07_deg", "the_name_of_a_value_08_deg", "the_name_of_a_value_09_deg",
                "the_name_of_a_value_10_deg", "the_name_of_a_value_11_deg", "the_name_of_a_value_12_deg",
                "the_name_of_a_value_13_deg", "the_name_of_a_value_14_deg"};
            result.row[r] = (struct exercise_row){.part = 1, .side = SIDE_NONE, .range_deg = 41.2345F};
            result.row[r].n_values = EXERCISE_VALUES;
            for (int k = 0; k < EXERCISE_VALUES; k++)
                result.row[r].value[k] = (struct exercise_value){keys[k], -123456.7F};
        }
        put(entries, &result, false);
    }
    assert_int_equal(json_array_size(entries), ASSESSMENTS_KEPT);
    assert_int_equal(assessment_store_save(entries, folder(), "s09", error, sizeof error), 0);
    json_t *read = load("s09");
    size_t n = json_array_size(read);
    struct stat st;
    assert_int_equal(stat(test_path("state/assessments/s09.json"), &st), 0);
    assert_true(st.st_size <= STATE_FILE_MAX && st.st_size > STATE_FILE_MAX / 2);
    assert_true(n > 50 && n < ASSESSMENTS_KEPT);
    assert_true(json_equal(json_array_get(read, n - 1), json_array_get(entries, ASSESSMENTS_KEPT - 1)));
    json_decref(read);
    json_decref(entries);
}

#define HEAD         "{\"version\":1,\"subject\":\"s\",\"program\":\"p\","
#define FILE_OF(...) HEAD "\"assessments\":[" __VA_ARGS__ "]}"
#define ENTRY(exercise, outcome, rows)                                                                                 \
    "{\"utc\":null,\"session\":null,\"rig\":\"lab\",\"exercise\":\"" exercise "\",\"outcome\":\"" outcome              \
    "\",\"rows\":[" rows "]}"
#define NUMBERS "\"range_deg\":1,\"best_deg\":2.5,\"hold_s\":null,\"smoothness\":-1.5"
#define ROW(side, held)                                                                                                \
    "{\"part\":\"turn\",\"side\":" side ",\"count\":3,\"held\":" held "," NUMBERS ",\"values\":{\"a_deg\":1}}"
#define OF(rows) FILE_OF(ENTRY("thoracic_rotation", "done", rows))
#define FINE     ROW("\"left\"", "2")

static json_t *parse(const char *text, size_t size, char error[256])
{
    char subject[ASSESSMENT_SUBJECT];
    error[0] = '\0';
    return assessment_file_parse(subject, text, size, error, 256);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "line 1"},
        {"[]", "allowed: objects"},
        {"{}", "key \"version\" is missing"},
        {"{\"version\":2}", "key \"version\": value 2; allowed: 1"},
        {"{\"version\":1,\"subject\":\"a/b\"}", "key \"subject\""},
        {"{\"version\":1,\"subject\":\"s\"}", "key \"program\" is missing"},
        {HEAD "\"later\":1,\"assessments\":[]}", "key \"later\": value 1; allowed: no such key"},
        {HEAD "\"assessments\":{}}", "a list of at most 200"},
        {HEAD HEAD, "line 1"},
        {FILE_OF("7"), "key assessments[0].\"\": value 7; allowed: objects"},
        {FILE_OF(ENTRY("yoga", "done", "")), "assessments[0].\"exercise\": value \"yoga\""},
        {FILE_OF(ENTRY("posture", "running", "")), "assessments[0].\"outcome\""},
        {FILE_OF(ENTRY("posture", "done", "") "," ENTRY("posture", "done", FINE)), "assessments[1].rows[0].\"part\""},
        {OF("{}"), "rows[0].\"part\" is missing"},
        {OF(ROW("\"up\"", "2")), "rows[0].\"side\": value \"up\"; allowed: left, right or null"},
        {OF(ROW("null", "-1")), "rows[0].\"held\": value -1"},
        {OF(ROW("null", "1.5")), "rows[0].\"held\": value 1.5"},
        {OF(FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE), "a list of at most 8"},
        {FILE_OF("{\"utc\":\"now\",\"session\":null}"), "\"utc\": value \"now\""},
        {FILE_OF("{\"utc\":null,\"session\":\"x\"}"), "\"session\": value \"x\""},
        {FILE_OF("{\"utc\":null,\"session\":null,\"rig\":\"a b\"}"), "\"rig\": value \"a b\""},
    };
    char error[256];
    json_t *entries = parse(OF(FINE), strlen(OF(FINE)), error);
    assert_string_equal(error, "");
    assert_int_equal(json_array_size(entries), 1);
    json_decref(entries);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text, strlen(cases[i].text), error))
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error, cases[i].says))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error, cases[i].says);
    }
}

static void test_values_that_are_none(void **unused)
{
    (void)unused;
    static const char *const values[] = {"[]", "{\"a b\":1}", "{\"a\":\"1\"}", "{\"a\":1e9}", "{\"a\":[1]}"};
    char error[256], text[1024];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(text, sizeof text,
                 FILE_OF(ENTRY("thoracic_rotation", "done",
                               "{\"part\":\"turn\",\"side\":null,\"count\":3,\"held\":2," NUMBERS ",\"values\":%s}")),
                 values[i]);
        assert_null(parse(text, strlen(text), error));
        assert_int_not_equal(error[0], '\0');
    }
}

static void test_cut_and_changed(void **unused)
{
    (void)unused;
    static struct exercise_result result;
    char error[256];
    json_t *entries = json_array();
    draw_seed(test_seed());
    for (unsigned i = 0; i < 3; i++) {
        draw_result(&result, i);
        put(entries, &result, false);
    }
    char *text = assessment_file_format(entries, "s01");
    assert_non_null(text);
    size_t size = strlen(text);
    for (size_t n = 0; n + 2 < size; n += 1 + size / 500)
        assert_null(parse(text, n, error));
    for (size_t n = 0; n < size; n += 1 + size / 2000) {
        char kept = text[n];
        text[n] = (char)(kept ^ 4);
        json_t *read = parse(text, size, error);
        if (!read)
            assert_int_not_equal(error[0], '\0');
        json_decref(read);
        text[n] = kept;
    }
    free(text);
    json_decref(entries);
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(test_path(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_set_aside(void **unused)
{
    (void)unused;
    char error[1400];
    struct stat st;
    json_t *entries;
    folder();
    mkdir(test_path("state/assessments"), 0700);
    write_text("state/assessments/s02.json", "{");
    assert_int_equal(assessment_store_load(&entries, folder(), "s02", error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "state/assessments/s02.json: line 1"));
    assert_int_equal(assessment_store_set_aside(folder(), "s02"), 0);
    assert_int_equal(stat(test_path("state/assessments/s02.json.unreadable"), &st), 0);
    assert_int_equal(assessment_store_set_aside(folder(), "s02"), -ENOENT);
    write_text("state/assessments/s03.json", OF(FINE));
    assert_int_equal(assessment_store_load(&entries, folder(), "s03", error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "key 'subject': it is of s"));
    entries = json_array();
    assert_int_equal(assessment_store_save(entries, "/nonexistent", "s01", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/nonexistent/assessments/s01.json: cannot be written"));
    json_decref(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_one_that_goes_on),
        cmocka_unit_test(test_a_recording_replayed_twice),
        cmocka_unit_test(test_the_newest_stay),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_values_that_are_none),
        cmocka_unit_test(test_cut_and_changed),
        cmocka_unit_test(test_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
