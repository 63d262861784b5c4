// SPDX-License-Identifier: GPL-3.0-or-later
// A runner's history: there and back bit for bit, refused with file and key in every way it can be wrong, cut anywhere,
// any byte changed.
#include "random_history.h"
#include "random_log.h"

#include "frames/log_event.h"
#include "record/history_file.h"
#include "record/history_store.h"
#include "record/history_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct runner_history read_back;

static const char *folder(void)
{
    static char dir[256];
    snprintf(dir, sizeof dir, "%s", test_path("state"));
    mkdir(dir, 0700);
    return dir;
}

static void test_there_and_back(void **unused)
{
    (void)unused;
    char error[1400];
    unsigned long long seed = test_seed();
    assert_int_equal(history_store_load(&read_back, folder(), "s01", error, sizeof error), -ENOENT);
    for (unsigned i = 0; i < 8; i++) {
        const struct runner_history *history = random_history(seed * 31 + i);
        assert_int_equal(history_store_save(history, folder(), "s01", error, sizeof error), 0);
        assert_int_equal(history_store_load(&read_back, folder(), "s01", error, sizeof error), 0);
        assert_null(differs_history(history, &read_back));
    }
    struct stat st;
    assert_int_equal(stat(test_path("state/history/s01.json"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(history_store_load(&read_back, folder(), NULL, error, sizeof error), -ENOENT);
    assert_int_equal(history_store_load(&read_back, folder(), "../s01", error, sizeof error), -EINVAL);
}

// The largest there can be fits into a file.
static void test_every_cell(void **unused)
{
    (void)unused;
    static struct runner_history full;
    char error[1400];
    history_clear(&full);
    for (int g = 0; g < USUAL_GAITS; g++)
        for (int s = 0; s < USUAL_SPEEDS; s++)
            for (int q = 0; q < N_QUANTITIES; q++)
                full.before.cell[g][s][q] = full.now.cell[g][s][q] =
                    (struct usual_cell){-1.0F / 3 - (float)q, 0.1F, -0.123456789F, 1234567.9F};
    assert_int_equal(history_store_save(&full, folder(), "", error, sizeof error), 0);
    assert_int_equal(history_store_load(&read_back, folder(), NULL, error, sizeof error), 0);
    assert_null(differs_history(&full, &read_back));
}

static void test_of_another_subject(void **unused)
{
    (void)unused;
    char error[1400], from[512];
    assert_int_equal(history_store_save(random_history(1), folder(), "s01", error, sizeof error), 0);
    snprintf(from, sizeof from, "%s/history/s01.json", folder());
    assert_int_equal(rename(from, test_path("state/history/s02.json")), 0);
    assert_int_equal(history_store_load(&read_back, folder(), "s02", error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "s02.json: key 'subject': it is of s01"));
    assert_int_equal(history_store_save(random_history(1), "/nonexistent", "s01", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/nonexistent/history/s01.json: cannot be written"));
}

static int parse(const char *text, size_t size, char error[256])
{
    char subject[HISTORY_SUBJECT];
    return history_file_parse(&read_back, subject, text, size, error, 256);
}

#define HEAD                           "{\"version\":1,\"subject\":\"s\",\"program\":\"p\","
#define SELF                           "\"sessions\":3,\"updated\":null,\"session\":null,\"phase\":\"idle\",\"vest\":false,"
#define CLOCK                          "\"elapsed_s\":1,\"moved_s\":1,\"ran_s\":1,\"steady_s\":1,\"still_s\":1,\"since_drink_s\":1,"
#define CELL(gait, speed, of, numbers) "{\"gait\":\"" gait "\",\"speed_m_s\":" speed ",\"of\":\"" of "\"," numbers "}"
#define NUMBERS                        "\"mean\":1,\"sd\":1,\"rho\":0.5,\"minutes\":3"
#define FINE                           CELL("run", "2.75", "cadence_spm", NUMBERS)
#define REST(before)                   "\"before\":[" before "],\"now\":[]}"

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "line 1"},
        {"[]", "key 'subject'"},
        {"{\"subject\":\"s\",\"program\":\"p\"}", "key 'version' is missing"},
        {"{\"subject\":\"s\",\"program\":\"p\",\"version\":2}", "another version of Poise"},
        {"{\"subject\":\"a/b\"}", "key 'subject'"},
        {HEAD SELF CLOCK "\"later\":1," REST(""), "key 'later'"},
        {HEAD SELF SELF CLOCK REST(""), "line 1"}, // twice
        {HEAD CLOCK REST(""), "key 'sessions' is missing"},
        {HEAD SELF REST(""), "key 'elapsed_s' is missing"},
        {HEAD SELF CLOCK "\"before\":[]}", "key 'now' is missing"},
        {HEAD SELF CLOCK REST("7"), "before[0]."},
        {HEAD SELF CLOCK REST(FINE "," FINE), "each once"},
        {HEAD SELF CLOCK REST(CELL("fly", "2.75", "cadence_spm", NUMBERS)), "key 'before[0].gait'"},
        {HEAD SELF CLOCK REST(CELL("run", "2.7", "cadence_spm", NUMBERS)), "key 'before[0].speed_m_s'"},
        {HEAD SELF CLOCK REST(CELL("run", "6.5", "cadence_spm", NUMBERS)), "key 'before[0].speed_m_s'"},
        {HEAD SELF CLOCK REST(CELL("run", "null", "charm", NUMBERS)), "key 'before[0].of'"},
        {HEAD SELF CLOCK REST(CELL("run", "null", "cadence_spm", "\"mean\":1,\"sd\":-1,\"rho\":0,\"minutes\":3")),
         "key 'before[0].sd'"},
        {HEAD SELF CLOCK REST(CELL("run", "null", "cadence_spm", "\"mean\":1,\"sd\":1,\"rho\":2,\"minutes\":3")),
         "key 'before[0].rho'"},
        {HEAD SELF CLOCK REST(CELL("run", "null", "cadence_spm", "\"mean\":1,\"sd\":1,\"rho\":0,\"minutes\":0")),
         "key 'before[0].minutes'"},
    };
    char error[256];
    assert_int_equal(parse(HEAD SELF CLOCK REST(FINE), strlen(HEAD SELF CLOCK REST(FINE)), error), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text, strlen(cases[i].text), error) != -EINVAL)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error, cases[i].says))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error, cases[i].says);
    }
}

static void test_cut_and_changed(void **unused)
{
    (void)unused;
    char error[256], *text = history_file_format(random_history(test_seed()), "s01");
    assert_non_null(text);
    size_t size = strlen(text);
    for (size_t n = 0; n + 2 < size; n += 1 + size / 500)
        assert_int_equal(parse(text, n, error), -EINVAL);
    for (size_t n = 0; n < size; n += 1 + size / 2000) {
        char kept = text[n];
        text[n] = (char)(kept ^ 4);
        if (parse(text, size, error) != 0)
            assert_int_not_equal(error[0], '\0');
        text[n] = kept;
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),     cmocka_unit_test(test_every_cell),
        cmocka_unit_test(test_of_another_subject), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cut_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
