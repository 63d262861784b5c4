// SPDX-License-Identifier: GPL-3.0-or-later
// What needs no device: settings tables, matching of labels and names, text of attributes, sentences.
#include "acquire/acquire.h"
#include "acquire/attribute_text.h"
#include "acquire/match.h"
#include "acquire/reason.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_table(const struct setting *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        const struct setting *row = &rows[i];
        assert_true(strlen(row->sentence) > 20);
        if (row->type == SETTING_INT || row->type == SETTING_REAL)
            assert_true(row->min < row->max &&
                        ((row->nullable && isnan(row->def)) || (row->def >= row->min && row->def <= row->max)));
        if (row->type == SETTING_CHOICE)
            assert_non_null(row->choices[(int)row->def]);
        if (row->type == SETTING_TEXT)
            assert_true(row->size > 1 && (row->nullable || row->def_text));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(row->key, rows[k].key);
    }
}

static void defaults_lie_in_their_ranges(void **state)
{
    (void)state;
    check_table(acquire_settings, n_acquire_settings);
    check_table(site_settings, n_site_settings);
}

static const struct acquire_listing harness[] = {
    {.id = "iio:device0", .name = "bmi160", .label = "head", .has_accel = true, .has_gyro = true},
    {.id = "iio:device1", .name = "bmi160", .label = "t12", .has_accel = true, .has_gyro = true},
    {.id = "iio:device2", .name = "lsm6dso_accel", .label = "c7", .has_accel = true},
    {.id = "iio:device3", .name = "lsm6dso_gyro", .label = "c7", .has_gyro = true},
    {.id = "iio:device4", .name = "bmp280", .label = "c7"},
    {.id = "trigger0", .name = "hrtimer0"},
};
enum { N_HARNESS = sizeof harness / sizeof harness[0] };

// Two chips of one kind without labels, on two addresses of one bus; and the halves of a third.
static const struct acquire_listing unlabelled[] = {
    {.id = "iio:device0", .name = "mpu6050", .parent = "1-0068", .has_accel = true, .has_gyro = true},
    {.id = "iio:device1", .name = "mpu6050", .parent = "1-0069", .has_accel = true, .has_gyro = true},
    {.id = "iio:device2", .name = "lsm6dso_accel", .parent = "spi0.1", .has_accel = true},
    {.id = "iio:device3", .name = "lsm6dso_gyro", .parent = "spi0.1", .has_gyro = true},
};
enum { N_UNLABELLED = sizeof unlabelled / sizeof unlabelled[0] };

static void a_place_on_a_bus_tells_equal_chips_apart(void **state)
{
    (void)state;
    char reason[REASON_MAX];
    int half;
    struct device_wish wish = {.uri = "local:", .name = "mpu6050", .parent = "1-0069"};
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), 1);
    assert_int_equal(half, -1);
    wish = (struct device_wish){.uri = "local:", .parent = "1-0068"};
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), 0);
    wish = (struct device_wish){.uri = "local:", .parent = "spi0.1"};
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), 2);
    assert_int_equal(half, 3);
    wish.part = PART_GYRO;
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), 3);
    wish = (struct device_wish){.uri = "local:", .name = "mpu6050"};
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), -EMLINK);
    assert_non_null(strstr(reason, "a parent"));
    wish = (struct device_wish){.uri = "local:", .name = "mpu6050", .parent = "1-006a"};
    assert_int_equal(match_device(unlabelled, N_UNLABELLED, &wish, &half, reason), -ENODEV);
    assert_string_equal(reason, "no device named 'mpu6050' on '1-006a' at local:; it has: 1-0068, 1-0069, spi0.1, "
                                "spi0.1");
}

static int match(const char *label, const char *name, enum device_part part, int *half, char *reason)
{
    struct device_wish wish = {.uri = "local:", .part = part};
    snprintf(wish.label, sizeof wish.label, "%s", label);
    snprintf(wish.name, sizeof wish.name, "%s", name);
    return match_device(harness, N_HARNESS, &wish, half, reason);
}

static void labels_and_names_find_their_device(void **state)
{
    (void)state;
    char reason[REASON_MAX];
    int half;
    assert_int_equal(match("t12", "", PART_ANY, &half, reason), 1);
    assert_int_equal(half, -1);
    assert_int_equal(match("", "lsm6dso_gyro", PART_GYRO, &half, reason), 3);
    assert_int_equal(match("c7", "", PART_ACCEL, &half, reason), 2);
    assert_int_equal(match("head", "bmi160", PART_ANY, &half, reason), 0);
    // A label that both halves of a chip share means both; the barometer beside them is no IMU.
    assert_int_equal(match("c7", "", PART_ANY, &half, reason), 2);
    assert_int_equal(half, 3);
}

static void what_is_not_found_names_what_is_there(void **state)
{
    (void)state;
    char reason[REASON_MAX];
    int half;
    assert_int_equal(match("sacrum", "", PART_ANY, &half, reason), -ENODEV);
    assert_string_equal(reason, "no device labelled 'sacrum' at local:; it has: head, t12, c7, c7");
    assert_int_equal(match("head", "lsm6dso_accel", PART_ANY, &half, reason), -ENODEV);
    assert_non_null(strstr(reason, "named 'lsm6dso_accel' and labelled 'head'"));
    assert_int_equal(match("", "bmi160", PART_ANY, &half, reason), -EMLINK);
    assert_non_null(strstr(reason, "iio:device0 (head) and iio:device1 (t12)"));

    struct device_wish wish = {.uri = "local:", .label = "c7"};
    assert_int_equal(match_device(harness + 4, 2, &wish, &half, reason), -ENODEV);
    assert_non_null(strstr(reason, "no IMU at all"));
}

static void a_long_list_is_cut_at_a_name(void **state)
{
    (void)state;
    struct acquire_listing many[40];
    for (int i = 0; i < 40; i++) {
        many[i] = (struct acquire_listing){.has_accel = true};
        snprintf(many[i].label, sizeof many[i].label, "sensor-number-%d", i);
    }
    struct device_wish wish = {.uri = "ip:10.0.0.5", .label = "c7"};
    char reason[REASON_MAX];
    int half;
    assert_int_equal(match_device(many, 40, &wish, &half, reason), -ENODEV);
    assert_true(strlen(reason) < REASON_MAX);
    assert_string_equal(reason + strlen(reason) - 5, ", ...");
}

static void the_nearest_rate_is_taken_from_lists_and_ranges(void **state)
{
    (void)state;
    assert_true(fabs(rate_nearest("25 50 100 200 400 800 1600\n", 1000) - 800) < 1e-9);
    assert_true(fabs(rate_nearest("12.5 26 833.33 1666", 1000) - 833.33) < 1e-9);
    assert_true(fabs(rate_nearest("[10 5 503]", 1000) - 503) < 1e-9);
    assert_true(fabs(rate_nearest("[10 5 5000]", 998) - 1000) < 1e-9);
    assert_true(isnan(rate_nearest("", 1000)));
    assert_true(isnan(rate_nearest("fast slow", 1000)));
}

static void a_chip_behind_a_trigger_is_not_slower(void **state)
{
    (void)state;
    assert_true(fabs(rate_at_least("25 50 100 200 400 800 1600\n", 1000) - 1600) < 1e-9);
    assert_true(fabs(rate_at_least("1600 800 1000", 1000) - 1000) < 1e-9);
    assert_true(fabs(rate_at_least("12.5 26 833.33", 1000) - 833.33) < 1e-9);
    assert_true(fabs(rate_at_least("[4 1 500]", 498.2) - 499) < 1e-9);
    assert_true(fabs(rate_at_least("[4 1 500]", 1000) - 500) < 1e-9);
    assert_true(isnan(rate_at_least("", 1000)));
}

static void the_smallest_scale_that_holds_the_range_is_taken(void **state)
{
    (void)state;
    static const char offered[] = "0.000598 0.001197 0.002394 0.004785\n";
    char text[32];
    assert_true(fabs(scale_at_least(offered, 0.0048, text) - 0.004785) < 1e-12); // 3 % are rounding
    assert_string_equal(text, "0.004785");
    assert_true(fabs(scale_at_least(offered, 0.0024, text) - 0.002394) < 1e-12);
    assert_true(fabs(scale_at_least(offered, 0.0025, text) - 0.004785) < 1e-12);
    assert_true(fabs(scale_at_least(offered, 0.0001, text) - 0.000598) < 1e-12);
    assert_true(fabs(scale_at_least(offered, 0.1, text) - 0.004785) < 1e-12);
    assert_true(fabs(scale_at_least("0.004785 0.000598 0.002394", 0.002, text) - 0.002394) < 1e-12);
    assert_string_equal(text, "0.002394");
    assert_true(isnan(scale_at_least("", 0.1, text)));
    assert_true(isnan(scale_at_least("coarse fine", 0.1, text)));
}

static void a_mount_matrix_must_be_a_rotation(void **state)
{
    (void)state;
    double m[9];
    assert_int_equal(mount_parse("0, 1, 0; -1, 0, 0; 0, 0, 1", m), 0);
    assert_true(fabs(m[3] + 1) < 1e-12);
    assert_null(mount_fault(m));
    assert_int_equal(mount_parse("0.707, 0.707, 0; -0.707, 0.707, 0; 0, 0, 1", m), 0);
    assert_null(mount_fault(m));
    assert_int_equal(mount_parse("0, 0, 0; 0, 0, 0; 0, 0, 0", m), 0);
    assert_string_equal(mount_fault(m), "is all zero");
    assert_int_equal(mount_parse("1, 0, 0; 0, 1, 0; 0, 1, 0", m), 0);
    assert_string_equal(mount_fault(m), "is not orthonormal");
    assert_int_equal(mount_parse("1, 0, 0; 0, 1, 0; 0, 0, -1", m), 0);
    assert_string_equal(mount_fault(m), "mirrors the axes");
    assert_int_equal(mount_parse("1, 0, 0; 0, 1, 0; 0, 0", m), -EINVAL);
    assert_int_equal(mount_parse("1, 0, 0; 0, 1, 0; 0, 0, up", m), -EINVAL);
    m[4] = NAN;
    assert_non_null(mount_fault(m));
}

static void errors_are_told_in_words(void **state)
{
    (void)state;
    char reason[REASON_MAX];
    reason_from_errno(reason, -ETIMEDOUT, STAGE_READ, "local:", 1000);
    assert_non_null(strstr(reason, "trigger"));
    reason_from_errno(reason, -EBUSY, STAGE_START, "local:", 1000);
    assert_non_null(strstr(reason, "iiod"));
    reason_from_errno(reason, -ENODEV, STAGE_READ, "local:", 1000);
    assert_non_null(strstr(reason, "gone"));
    reason_from_errno(reason, -EPIPE, STAGE_READ, "ip:10.0.0.5", 1000);
    assert_non_null(strstr(reason, "ip:10.0.0.5"));
    reason_from_errno(reason, -ECONNREFUSED, STAGE_CONNECT, "ip:10.0.0.5", 1000);
    assert_non_null(strstr(reason, "refuses"));
    reason_from_errno(reason, -E2BIG, STAGE_READ, "local:", 1000);
    assert_non_null(strstr(reason, strerror(E2BIG)));
    assert_int_equal(reason_say(reason, -7, "%0*d", 500, 1), -7);
    assert_string_equal(reason + REASON_MAX - 4, "...");
}

// What to look at, for every error that has an answer of its own, at each stage; all others are named.
static void each_error_says_what_to_look_at(void **state)
{
    static const struct {
        enum reason_stage stage;
        int error;
        const char *local, *remote;
    } words[] = {
        {STAGE_CONNECT, EPROTO, "does not answer as an IIO server", "does not answer as an IIO server"},
        {STAGE_CONNECT, EPIPE, "does not answer as an IIO server", "does not answer as an IIO server"},
        {STAGE_CONNECT, ETIMEDOUT, "switched on", "switched on"},
        {STAGE_CONNECT, EHOSTUNREACH, "on this network", "on this network"},
        {STAGE_CONNECT, ENETUNREACH, "on this network", "on this network"},
        {STAGE_CONNECT, EACCES, "group of the IIO devices", "group of the IIO devices"},
        {STAGE_CONNECT, ENOSYS, "this libiio cannot", "this libiio cannot"},
        {STAGE_CONNECT, ENODEV, "no IIO device on this machine", "nothing found"},
        {STAGE_CONNECT, ENOENT, "is the driver loaded", "nothing found"},
        {STAGE_CONNECT, E2BIG, "Argument list too long", "Argument list too long"},
        {STAGE_START, EBUSY, "is iiod or another reader running", "another reader connected"},
        {STAGE_START, EINVAL, "current_trigger", "current_trigger"},
        {STAGE_START, EPERM, "devices' group", "devices' group"},
        {STAGE_START, EPIPE, "does not answer when", "does not answer when"},
        {STAGE_START, ETIMEDOUT, "does not answer when", "does not answer when"},
        {STAGE_START, E2BIG, "Argument list too long", "Argument list too long"},
        {STAGE_READ, ECONNRESET, "broke", "broke"},
        {STAGE_READ, EBADF, "hung and was cancelled", "hung and was cancelled"},
        {STAGE_READ, ENODEV, "is gone", "is gone"},
        {STAGE_READ, EIO, "a bus error", "a bus error"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char reason[REASON_MAX];
        reason_from_errno(reason, -words[i].error, words[i].stage, "local:", 1000);
        assert_non_null(strstr(reason, words[i].local));
        assert_non_null(strstr(reason, "local:"));
        reason_from_errno(reason, -words[i].error, words[i].stage, "ip:10.0.0.5", 1000);
        assert_non_null(strstr(reason, words[i].remote));
        assert_non_null(strstr(reason, "ip:10.0.0.5"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_lie_in_their_ranges),
        cmocka_unit_test(labels_and_names_find_their_device),
        cmocka_unit_test(a_place_on_a_bus_tells_equal_chips_apart),
        cmocka_unit_test(what_is_not_found_names_what_is_there),
        cmocka_unit_test(a_long_list_is_cut_at_a_name),
        cmocka_unit_test(the_nearest_rate_is_taken_from_lists_and_ranges),
        cmocka_unit_test(a_chip_behind_a_trigger_is_not_slower),
        cmocka_unit_test(the_smallest_scale_that_holds_the_range_is_taken),
        cmocka_unit_test(a_mount_matrix_must_be_a_rotation),
        cmocka_unit_test(errors_are_told_in_words),
        cmocka_unit_test(each_error_says_what_to_look_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
