// SPDX-License-Identifier: GPL-3.0-or-later
// The file of a calibration: there and back bit for bit, whole or old after a failure, and nothing wrong taken from it.
#include "random_calibration.h"
#include "random_log.h"

#include "frames/log_event.h"
#include "record/calibration_file.h"
#include "record/calibration_store.h"
#include "record/calibration_text.h"
#include "record/utc_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char error[512];

static struct calibration some_calibration(unsigned long long seed)
{
    struct calibration c = random_calibration(seed);
    while (c.sites == 0)
        c = random_calibration(seed += 2);
    return c;
}

// A folder of its own in the test's; the text is valid until the next call.
static const char *fresh_dir(const char *name)
{
    const char *path = test_path(name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

static void test_there_and_back(void **state)
{
    (void)state;
    unsigned long long seed = test_seed();
    char dir[200];
    snprintf(dir, sizeof dir, "%s", fresh_dir("state"));
    for (unsigned i = 0; i < 100; i++) {
        struct calibration c = some_calibration(seed + 977 * i), read;
        const char *subject = i % 3 == 0 ? "s.01_x-Y" : i % 3 == 1 ? "" : NULL;
        if (calibration_store_save(&c, dir, subject, "lab", error, sizeof error) != 0 ||
            calibration_store_load(&read, dir, subject, "lab", error, sizeof error) != 0)
            fail_msg("%s", error);
        const char *what = differs_calibration(&c, &read);
        if (what)
            fail_msg("seed %llu: %s", seed + 977 * i, what);
        assert_true(calibration_is_part(&c, &read) && calibration_is_part(&read, &c));
    }
    char path[CALIBRATION_PATH];
    assert_int_equal(calibration_store_path(path, dir, NULL, "lab", error, sizeof error), 0);
    assert_non_null(strstr(path, "/state/calibration/anyone@lab.json"));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
}

static void test_no_two_pairs_share_a_file(void **state)
{
    (void)state;
    char dir[200];
    snprintf(dir, sizeof dir, "%s", fresh_dir("pairs"));
    struct calibration a = some_calibration(1), b = some_calibration(5), read;
    assert_non_null(differs_calibration(&a, &b));
    assert_int_equal(calibration_store_save(&a, dir, "a-b", "c", error, sizeof error), 0);
    assert_int_equal(calibration_store_save(&b, dir, "a", "b-c", error, sizeof error), 0);
    assert_int_equal(calibration_store_load(&read, dir, "a-b", "c", error, sizeof error), 0);
    assert_null(differs_calibration(&a, &read));
    assert_int_equal(calibration_store_load(&read, dir, "a", "c", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/pairs/calibration/a@c.json"));
    // A copy under another name is not that subject's.
    char from[CALIBRATION_PATH], to[CALIBRATION_PATH];
    assert_int_equal(calibration_store_path(from, dir, "a-b", "c", error, sizeof error), 0);
    assert_int_equal(calibration_store_path(to, dir, "z", "c", error, sizeof error), 0);
    assert_int_equal(link(from, to), 0);
    assert_int_equal(calibration_store_load(&read, dir, "z", "c", error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "subject a-b on rig c"));
}

static void test_names_stay_in_the_folder(void **state)
{
    (void)state;
    char dir[200], longer[100];
    snprintf(dir, sizeof dir, "%s", fresh_dir("names"));
    memset(longer, 'x', sizeof longer);
    longer[64] = '\0';
    static const char *const wrong[] = {"../s01", "a/b", "a b", "ü", "a@b"};
    struct calibration c = some_calibration(3);
    for (size_t i = 0; i <= sizeof wrong / sizeof wrong[0]; i++) {
        const char *name = i < sizeof wrong / sizeof wrong[0] ? wrong[i] : longer;
        assert_int_equal(calibration_store_save(&c, dir, name, "lab", error, sizeof error), -EINVAL);
        assert_non_null(strstr(error, "subject"));
        assert_int_equal(calibration_store_load(&c, dir, "s01", name, error, sizeof error), -EINVAL);
        assert_non_null(strstr(error, "rig"));
    }
    assert_int_equal(rmdir(dir), 0); // nothing was made in it
}

static void test_what_cannot_be_loaded_is_not_written(void **state)
{
    (void)state;
    char dir[200];
    snprintf(dir, sizeof dir, "%s", fresh_dir("refused"));
    struct calibration good = some_calibration(7), read;
    int site = __builtin_ctz(good.sites);
    assert_int_equal(calibration_store_save(&good, dir, "s", "r", error, sizeof error), 0);
    for (int i = 0; i < 6; i++) {
        struct calibration c = good;
        struct site_fit *fit = &c.site[site];
        if (i == 0)
            fit->q_sensor_from_segment[0] += 1e-3;
        else if (i == 1)
            fit->mount[4] = NAN;
        else if (i == 2)
            fit->tilt_deg = (float)INFINITY;
        else if (i == 3)
            fit->axis = 17;
        else if (i == 4)
            fit->axis_share = 1.5F;
        else
            c.sites = 0;
        assert_int_equal(calibration_store_save(&c, dir, "s", "r", error, sizeof error), -EINVAL);
        assert_non_null(strstr(error, "s@r.json: cannot be written: key 'sites"));
        assert_int_equal(calibration_store_load(&read, dir, "s", "r", error, sizeof error), 0);
        assert_null(differs_calibration(&good, &read));
    }
    assert_int_equal(calibration_store_save(&good, "/proc/nowhere", "s", "r", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/proc/nowhere/calibration/s@r.json"));
}

// A file of this text in place of a calibration's.
static int load_text(const char *text, size_t size, struct calibration *calibration)
{
    static int n;
    char dir[200], name[16], path[CALIBRATION_PATH], folder[300];
    snprintf(name, sizeof name, "text%d", n++);
    snprintf(dir, sizeof dir, "%s", fresh_dir(name));
    snprintf(folder, sizeof folder, "%s/calibration", dir);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(calibration_store_path(path, dir, "s", "r", error, sizeof error), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return calibration_store_load(calibration, dir, "s", "r", error, sizeof error);
}

#define FIT(q, mount, more)                                                                                            \
    "{\"q_sensor_from_segment\":" q ",\"mount\":" mount ",\"axis\":\"gait\",\"sway_deg\":0.5,\"axis_turn_deg\":-3,"    \
    "\"axis_share\":null,\"tall_pitch_deg\":null," more "}"
#define TEXT(version, owner, taken, sites)                                                                             \
    "{\"version\":" version "," owner ",\"program\":\"poised 1\",\n\"taken\":" taken                                   \
    ",\"tall_taken\":null,\n\"sites\":" sites "}"
#define OWNER "\"subject\":\"s\",\"rig\":\"r\""
#define UNIT  "[1,0,0,0]"
#define PLAIN "[1,0,0,0,1,0,0,0,1]"
#define REST  "\"tilt_deg\":4,\"tall_roll_deg\":null"

static void test_what_a_file_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names; // NULL: it is right
    } cases[] = {
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), NULL},
        {TEXT("1", OWNER, "\"2026-11-21T11:04:31Z\"", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), NULL},
        {TEXT("2", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), "key 'version': value 2"},
        {TEXT("1", "\"subject\":\"s\"", "null", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), "key 'rig'"},
        {TEXT("1", OWNER ",\"note\":1", "null", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), "key 'note' is not known"},
        {TEXT("1", OWNER, "\"yesterday\"", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), "key 'taken': value \"yesterday\""},
        {TEXT("1", OWNER, "\"2026-02-31T11:04:31Z\"", "{\"c7\":" FIT(UNIT, PLAIN, REST) "}"), "key 'taken'"},
        {TEXT("1", OWNER, "null", "{}"), "key 'sites'"},
        {TEXT("1", OWNER, "null", "[]"), "key 'sites'"},
        {TEXT("1", OWNER, "null", "{\"elbow\":" FIT(UNIT, PLAIN, REST) "}"), "key 'sites.elbow'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT("[1,0,0,0.01]", PLAIN, REST) "}"),
         "key 'sites.c7.q_sensor_from_segment'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT("[1,0,0]", PLAIN, REST) "}"), "key 'sites.c7.q_sensor_from_segment'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT("[null,0,0,1]", PLAIN, REST) "}"),
         "key 'sites.c7.q_sensor_from_segment'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, "[-1,0,0,0,1,0,0,0,1]", REST) "}"), "key 'sites.c7.mount'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, "[1,0,0,0,0.9,0,0,0,1]", REST) "}"), "key 'sites.c7.mount'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, "\"tall_roll_deg\":null") "}"),
         "key 'sites.c7.tilt_deg' is missing"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, "\"tilt_deg\":181,\"tall_roll_deg\":null") "}"),
         "key 'sites.c7.tilt_deg': value 181; allowed: 0 … 180"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, "\"tilt_deg\":null,\"tall_roll_deg\":null") "}"),
         "key 'sites.c7.tilt_deg': value null"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, "\"tilt_deg\":4,\"tall_roll_deg\":1") "}"),
         "key 'sites.c7.tall_roll_deg'"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, REST ",\"tilt\":4") "}"), "key 'sites.c7.tilt' is not"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, REST ",\"axis\":\"bows\"") "}"), "line 3: duplicate"},
        {TEXT("1", OWNER, "null", "{\"c7\":" FIT(UNIT, PLAIN, REST)), "line 3: "},
        {"", "line 1: "},
        {"[]", "no JSON object"},
        {"\"x\"", "line 1: "},
    };
    struct calibration c;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = load_text(cases[i].text, strlen(cases[i].text), &c);
        if ((rc == 0) != (cases[i].names == NULL))
            fail_msg("%s: %d, %s", cases[i].text, rc, error);
        if (rc != 0 && (!strstr(error, cases[i].names) || !strstr(error, "s@r.json: ")))
            fail_msg("%s: '%s' does not say '%s'", cases[i].text, error, cases[i].names);
    }
}

// Cut at every byte, and with every byte changed in turn: refused with a sentence, or a calibration within its limits.
static void test_damaged_files(void **state)
{
    (void)state;
    struct calibration c = some_calibration(test_seed()), read;
    const struct calibration_owner owner = {"s", "r"};
    struct calibration_owner found;
    char *text = calibration_file_format(&c, &owner);
    assert_non_null(text);
    size_t size = strlen(text);
    for (size_t cut = 0; cut + 1 < size; cut++)
        assert_int_equal(calibration_file_parse(&read, &found, text, cut, error, sizeof error), -EINVAL);
    for (size_t at = 0; at < size; at++) {
        char kept = text[at];
        text[at] = (char)(kept ^ (char)(1 << at % 7));
        error[0] = '\0';
        int rc = calibration_file_parse(&read, &found, text, size, error, sizeof error);
        assert_true(rc == 0 || error[0] != '\0');
        text[at] = kept;
    }
    free(text);
}

static void test_odd_files(void **state)
{
    (void)state;
    struct calibration c;
    size_t size = 600 * 1024; // STATE_FILE_MAX is less
    char *blanks = malloc(size);
    memset(blanks, ' ', size);
    assert_int_equal(load_text(blanks, size, &c), -EFBIG);
    free(blanks);
    char path[CALIBRATION_PATH], dir[200];
    snprintf(dir, sizeof dir, "%s", fresh_dir("odd"));
    assert_int_equal(calibration_store_path(path, dir, "s", "r", error, sizeof error), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(mkdir(path, 0755), 0);
    strcat(path, "/s@r.json");
    assert_int_equal(mkfifo(path, 0600), 0); // reading it would wait for a writer
    assert_int_equal(calibration_store_load(&c, dir, "s", "r", error, sizeof error), -EFBIG);
}

static void test_power_cut_leaves_no_obstacle(void **state)
{
    (void)state;
    char path[CALIBRATION_PATH], dir[200], aside[CALIBRATION_PATH + 8];
    snprintf(dir, sizeof dir, "%s", fresh_dir("power"));
    struct calibration a = some_calibration(1), b = some_calibration(9), read;
    assert_int_equal(calibration_store_save(&a, dir, "s", "r", error, sizeof error), 0);
    assert_int_equal(calibration_store_path(path, dir, "s", "r", error, sizeof error), 0);
    snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = fopen(aside, "wb");
    assert_non_null(file);
    fprintf(file, "{\"version\":1,");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(calibration_store_load(&read, dir, "s", "r", error, sizeof error), 0);
    assert_null(differs_calibration(&a, &read));
    assert_int_equal(calibration_store_save(&b, dir, "s", "r", error, sizeof error), 0);
    assert_int_equal(calibration_store_load(&read, dir, "s", "r", error, sizeof error), 0);
    assert_null(differs_calibration(&b, &read));
    assert_int_equal(access(aside, F_OK), -1);
}

static void test_what_is_part_of_what(void **state)
{
    (void)state;
    struct calibration whole = some_calibration(11), part = whole;
    part.sites &= part.sites - 1; // one site less
    part.tall &= part.sites;
    assert_true(calibration_is_part(&part, &whole));
    assert_false(calibration_is_part(&whole, &part));
    int site = __builtin_ctz(whole.sites);
    struct calibration other = whole;
    other.site[site].axis_turn_deg += 1;
    assert_false(calibration_is_part(&other, &whole));
    other = whole;
    other.taken_utc_ns++;
    assert_false(calibration_is_part(&other, &whole));
    other = whole;
    other.site[site].q_sensor_from_segment[1] = nextafter(other.site[site].q_sensor_from_segment[1], 2);
    assert_false(calibration_is_part(&other, &whole));
}

static void test_utc(void **state)
{
    (void)state;
    static const int64_t instants[] = {0, 1, -1, 999999999, -1000000000, INT64_MAX, INT64_MIN + 1, 1795258271123456789};
    char text[UTC_TEXT];
    int64_t read;
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        utc_text_format(instants[i], text);
        assert_true(utc_text_parse(text, &read));
        assert_true(read == instants[i]);
    }
    utc_text_format(1795258271123456789, text);
    assert_string_equal(text, "2026-11-21T10:51:11.123456789Z");
    static const char *const wrong[] = {"",
                                        "2026-11-21",
                                        "2026-11-21T10:51:11",
                                        "2026-11-21T10:51:11+01:00",
                                        "2026-13-21T10:51:11Z",
                                        "2026-02-29T10:51:11Z",
                                        "2026-11-21T24:51:11Z",
                                        "2026-11-21T10:51:11.Z",
                                        "2026-11-21T10:51:11.1234567890Z",
                                        " 026-11-21T10:51:11Z",
                                        "2026-11-21T10:51:11Zx",
                                        "1500-01-01T00:00:00Z",
                                        "9999-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(utc_text_parse(wrong[i], &read));
    assert_true(utc_text_parse("2026-11-21T10:51:11.5Z", &read));
    assert_true(read == 1795258271500000000);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_no_two_pairs_share_a_file),
        cmocka_unit_test(test_names_stay_in_the_folder),
        cmocka_unit_test(test_what_cannot_be_loaded_is_not_written),
        cmocka_unit_test(test_what_a_file_must_be),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_power_cut_leaves_no_obstacle),
        cmocka_unit_test(test_what_is_part_of_what),
        cmocka_unit_test(test_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
