// SPDX-License-Identifier: GPL-3.0-or-later
// A session's file: there and back, refused with file and key in every way it can be wrong, cut anywhere, any byte
// changed.
#include "random_log.h"

#include "core/uuid.h"
#include "record/session_file.h"
#include "record/session_store.h"

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

static struct session_state state, read_state;

static void fill(uint32_t n_marks)
{
    memset(&state, 0, sizeof state);
    assert_int_equal(uuid_make(state.id), 0);
    snprintf(state.subject, sizeof state.subject, "s-01");
    state.since_utc_ns = 1790000000123456789;
    state.speed_m_s = 3.1;
    state.n_marks = n_marks;
    for (uint32_t i = 0; i < session_marks_kept(&state); i++) {
        state.mark[i].utc_ns = state.since_utc_ns + i;
        snprintf(state.mark[i].text, sizeof state.mark[i].text, "Grüße \"%u\" \\", i);
    }
}

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
    const char *dir = folder();
    assert_int_equal(session_store_load(&read_state, dir, "lab", error, sizeof error), -ENOENT);
    for (uint32_t n = 0; n < 600; n += 199) {
        fill(n);
        if (n == 0) {
            memset(state.subject, 0, sizeof state.subject);
            state.speed_m_s = NAN;
        }
        assert_int_equal(session_store_save(&state, dir, "lab", error, sizeof error), 0);
        memset(&read_state, 0, sizeof read_state);
        assert_int_equal(session_store_load(&read_state, dir, "lab", error, sizeof error), 0);
        assert_true(n == 0 ? isnan(read_state.speed_m_s) : read_state.speed_m_s == state.speed_m_s);
        read_state.speed_m_s = state.speed_m_s;
        assert_memory_equal(&read_state, &state, sizeof state);
    }
    struct stat st;
    assert_int_equal(stat(test_path("state/session/lab.json"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(session_store_load(&read_state, dir, "other", error, sizeof error), -ENOENT);
    assert_int_equal(session_store_load(&read_state, dir, "../lab", error, sizeof error), -EINVAL);
    state.id[0] = '\0'; // it has ended
    assert_int_equal(session_store_save(&state, dir, "lab", error, sizeof error), 0);
    assert_int_equal(session_store_save(&state, dir, "lab", error, sizeof error), 0);
    assert_int_equal(session_store_load(&read_state, dir, "lab", error, sizeof error), -ENOENT);
}

static void test_of_another_rig(void **unused)
{
    (void)unused;
    char error[1400];
    const char *dir = folder();
    fill(1);
    assert_int_equal(session_store_save(&state, dir, "lab", error, sizeof error), 0);
    char from[512];
    snprintf(from, sizeof from, "%s/session/lab.json", dir);
    assert_int_equal(rename(from, test_path("state/session/lab2.json")), 0);
    assert_int_equal(session_store_load(&read_state, dir, "lab2", error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "lab2.json: key 'rig': it is of rig lab"));
}

static void test_nowhere_to_write(void **unused)
{
    (void)unused;
    char error[1400];
    fill(0);
    assert_int_equal(session_store_save(&state, "/nonexistent", "lab", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/nonexistent/session/lab.json: cannot be written"));
}

static int parse(const char *text, char error[256])
{
    char rig[SESSION_RIG];
    return session_file_parse(&read_state, rig, text, strlen(text), error, 256);
}

#define ID   "\"session\":\"01234567-89ab-4cde-8f01-23456789abcd\","
#define HEAD "{\"version\":1,\"rig\":\"lab\",\"program\":\"p\","
#define REST "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":null,\"n_marks\":0,\"marks\":[]}"

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "line 1"},
        {"[]", "no JSON object"},
        {"{}", "key 'version' is missing"},
        {"{\"version\":2}", "another version of Poise"},
        {HEAD ID "\"later\":1," REST, "key 'later' is not known"},
        {HEAD ID ID REST, "line 1"}, // twice
        {"{\"version\":1,\"rig\":\"a/b\"," ID REST, "key 'rig'"},
        {HEAD REST, "key 'session' is missing"},
        {HEAD "\"session\":\"\"," REST, "key 'session'"},
        {HEAD "\"session\":\"01234567-89AB-4cde-8f01-23456789abcd\"," REST, "a UUID in lower case"},
        {HEAD ID "\"subject\":\"a b\",\"since\":\"2026-11-21T11:04:31Z\"}", "key 'subject'"},
        {HEAD ID "\"subject\":null,\"since\":\"yesterday\"}", "key 'since'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":-1}", "key 'speed_m_s'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":\"1\"}", "key 'speed_m_s'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":null,\"n_marks\":1,\"marks\":[]}",
         "key 'marks'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":null,\"n_marks\":-1,\"marks\":[]}",
         "key 'n_marks'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":null,\"n_marks\":1,\"marks\":[7]}",
         "key 'marks'"},
        {HEAD ID "\"subject\":null,\"since\":\"2026-11-21T11:04:31Z\",\"speed_m_s\":null,\"n_marks\":1,\"marks\":"
                 "[{\"utc\":\"2026-11-21T11:04:31Z\",\"text\":\"a\\nb\"}]}",
         "key 'text'"},
    };
    char error[256];
    assert_int_equal(parse(HEAD ID REST, error), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text, error) != -EINVAL)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error, cases[i].says))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error, cases[i].says);
    }
}

static void test_cut_and_changed(void **unused)
{
    (void)unused;
    fill(3);
    char error[256], rig[SESSION_RIG], *text = session_file_format(&state, "lab");
    size_t n = strlen(text);
    for (size_t cut = 0; cut < n - 2; cut++) { // without its last brace it is nothing
        assert_int_equal(session_file_parse(&read_state, rig, text, cut, error, sizeof error), -EINVAL);
        assert_true(error[0] != '\0');
    }
    srandom((unsigned)test_seed());
    for (size_t i = 0; i < n; i++) {
        char was = text[i];
        text[i] = (char)random();
        error[0] = '\0';
        int rc = session_file_parse(&read_state, rig, text, n, error, sizeof error);
        assert_true(rc == 0 || (rc == -EINVAL && error[0] != '\0'));
        text[i] = was;
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),   cmocka_unit_test(test_of_another_rig),
        cmocka_unit_test(test_nowhere_to_write), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cut_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
