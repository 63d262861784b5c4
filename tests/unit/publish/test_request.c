// SPDX-License-Identifier: GPL-3.0-or-later
// What the control socket accepts, and that nothing else gets through.
#include "publish/request.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "near.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[REQUEST_ERROR];
static struct request request;

static int parse(const char *text)
{
    return request_parse(&request, text, strlen(text), error);
}

static void test_questions(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"cmd\":\"ping\"}"), 0);
    assert_int_equal(request.kind, REQUEST_PING);
    assert_int_equal(parse(" {\"cmd\" : \"status\"}\n"), 0);
    assert_int_equal(request.kind, REQUEST_STATUS);
    assert_int_equal(parse("{\"cmd\":\"snapshot\"}"), 0);
    assert_int_equal(request.kind, REQUEST_SNAPSHOT);
    assert_int_equal(parse("{\"cmd\":\"meta\"}"), 0);
    assert_int_equal(request.kind, REQUEST_META);
    assert_int_equal(parse("{\"cmd\":\"findings\"}"), 0);
    assert_int_equal(request.kind, REQUEST_FINDINGS);
}

static void test_commands(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"cmd\":\"calibrate\"}"), 0);
    assert_int_equal(request.kind, REQUEST_COMMAND);
    assert_int_equal(request.command.kind, COMMAND_CALIBRATE);
    assert_int_equal(request.command.method, CALIBRATE_STAND);
    static const char *const methods[] = {"stand", "bows", "gait", "tall", "cancel"}; // in the enum's order
    for (int i = 0; i < N_CALIBRATE_METHODS; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"cmd\":\"calibrate\",\"method\":\"%s\"}", methods[i]);
        assert_int_equal(parse(text), 0);
        assert_int_equal(request.command.kind, COMMAND_CALIBRATE);
        assert_int_equal(request.command.method, i);
    }
    assert_int_equal(parse("{\"m_s\":2.75,\"cmd\":\"speed\"}"), 0);
    assert_int_equal(request.command.kind, COMMAND_SPEED);
    assert_near(request.command.value, 2.75, 0);
    assert_int_equal(parse("{\"cmd\":\"speed\",\"m_s\":0}"), 0);
    assert_int_equal(parse("{\"cmd\":\"speed\",\"m_s\":12}"), 0);
    assert_int_equal(parse("{\"cmd\":\"mark\",\"text\":\"Grüße { [ \\\" \"}"), 0);
    assert_int_equal(request.command.kind, COMMAND_MARK);
    assert_string_equal(request.command.text, "Grüße { [ \" ");
}

static void test_actions(void **state)
{
    (void)state;
    static const char *const actions[] = {"start", "stop", "status"}; // in the enum's order
    for (int i = ACTION_START; i <= ACTION_STATUS; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"cmd\":\"record\",\"action\":\"%s\"}", actions[i]);
        assert_int_equal(parse(text), 0);
        assert_int_equal(request.kind, REQUEST_RECORD);
        assert_int_equal(request.action, i);
        snprintf(text, sizeof text, "{\"cmd\":\"session\",\"action\":\"%s\"}", actions[i]);
        assert_int_equal(parse(text), 0);
        assert_int_equal(request.kind, REQUEST_SESSION);
        assert_int_equal(request.action, i);
        assert_int_equal(request.command.kind, COMMAND_SESSION);
        assert_string_equal(request.command.text, "");
        assert_string_equal(request.command.session, "");
    }
    assert_int_equal(parse("{\"cmd\":\"session\",\"action\":\"start\",\"subject\":\"s-01\"}"), 0);
    assert_string_equal(request.command.text, "s-01");
}

static void test_assessments(void **state)
{
    (void)state;
    for (int i = 0; i < N_EXERCISES; i++) {
        char text[96];
        snprintf(text, sizeof text, "{\"cmd\":\"assess\",\"action\":\"start\",\"exercise\":\"%s\"}", exercises[i].name);
        assert_int_equal(parse(text), 0);
        assert_int_equal(request.kind, REQUEST_COMMAND);
        assert_int_equal(request.command.kind, COMMAND_ASSESS);
        assert_int_equal(request.command.action, ASSESS_START);
        assert_int_equal(request.command.exercise, i);
    }
    assert_int_equal(parse("{\"cmd\":\"assess\",\"action\":\"next\"}"), 0);
    assert_int_equal(request.command.action, ASSESS_NEXT);
    assert_int_equal(parse("{\"cmd\":\"assess\",\"action\":\"stop\"}"), 0);
    assert_int_equal(request.kind, REQUEST_COMMAND);
    assert_int_equal(request.command.kind, COMMAND_ASSESS);
    assert_int_equal(request.command.action, ASSESS_STOP);
    assert_int_equal(parse("{\"cmd\":\"assess\",\"action\":\"status\"}"), 0);
    assert_int_equal(request.kind, REQUEST_ASSESS);
    assert_int_equal(request.after, 0);
    assert_int_equal(parse("{\"cmd\":\"assess\",\"action\":\"status\",\"after\":9223372036854775807}"), 0);
    assert_true(request.after == INT64_MAX);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "not JSON"},
        {"ping", "not JSON"},
        {"{\"cmd\":\"ping\"", "not JSON"},
        {"{\"cmd\":\"ping\"} x", "not JSON"},
        {"{\"cmd\":\"ping\"}{\"cmd\":\"ping\"}", "not JSON"},
        {"{\"cmd\":\"ping\",\"cmd\":\"calibrate\"}", "not JSON"},
        {"{\"cmd\":\"\xff\"}", "not JSON"},
        {"{\"cmd\":\"mark\",\"text\":\"a\\u0000b\"}", "not JSON"},
        {"[]", "JSON object"},
        {"{}", "no text under \"cmd\""},
        {"{\"cmd\":7}", "no text under \"cmd\""},
        {"{\"cmd\":\"\"}", "unknown command ''; known: ping status snapshot meta findings mark speed calibrate"},
        {"{\"cmd\":\"PING\"}", "unknown command 'PING'"},
        {"{\"cmd\":\"assess\"}", "assess: action must be start, next, stop or status"},
        {"{\"cmd\":\"assess\",\"action\":\"pause\"}", "assess: action must be start, next, stop or status"},
        {"{\"cmd\":\"assess\",\"action\":1}", "assess: action must be start, next, stop or status"},
        {"{\"cmd\":\"assess\",\"action\":\"start\"}",
         "exercise must be one of thoracic_rotation lying_rotation thoracic_extension scapular_squeeze posture "
         "arm_swing breathing warm_up"},
        {"{\"cmd\":\"assess\",\"action\":\"start\",\"exercise\":\"yoga\"}",
         "exercise must be one of thoracic_rotation"},
        {"{\"cmd\":\"assess\",\"action\":\"start\",\"exercise\":\"Posture\"}", "exercise must be one of"},
        {"{\"cmd\":\"assess\",\"action\":\"start\",\"exercise\":3}", "exercise must be one of"},
        {"{\"cmd\":\"assess\",\"action\":\"next\",\"exercise\":\"posture\"}", "exercise goes with action start"},
        {"{\"cmd\":\"assess\",\"action\":\"status\",\"exercise\":\"posture\"}", "exercise goes with action start"},
        {"{\"cmd\":\"assess\",\"action\":\"stop\",\"after\":1}", "after goes with action status"},
        {"{\"cmd\":\"assess\",\"action\":\"status\",\"after\":-1}", "after must be an integer from 0"},
        {"{\"cmd\":\"assess\",\"action\":\"status\",\"after\":1.0}", "after must be an integer from 0"},
        {"{\"cmd\":\"assess\",\"action\":\"status\",\"after\":null}", "after must be an integer from 0"},
        {"{\"cmd\":\"assess\",\"subject\":\"a\"}", "unknown key 'subject'; assess takes action and exercise and after"},
        {"{\"cmd\":\"record\"}", "record: action must be start, stop or status"},
        {"{\"cmd\":\"record\",\"action\":\"pause\"}", "record: action must be start, stop or status"},
        {"{\"cmd\":\"record\",\"action\":\"start\",\"subject\":\"a\"}", "unknown key 'subject'; record takes action"},
        {"{\"cmd\":\"record\",\"action\":\"start\",\"path\":\"/etc/passwd\"}", "unknown key 'path'"},
        {"{\"cmd\":\"session\",\"action\":[\"start\"]}", "session: action must be start, stop or status"},
        {"{\"cmd\":\"session\",\"action\":\"start\",\"id\":1}", "session takes action and subject"},
        {"{\"cmd\":\"session\",\"action\":\"stop\",\"subject\":\"a\"}", "subject goes with action start"},
        {"{\"cmd\":\"session\",\"action\":\"start\",\"subject\":\"\"}", "session: subject must be 1 to 63 of"},
        {"{\"cmd\":\"session\",\"action\":\"start\",\"subject\":\"a/b\"}", "letters, digits"},
        {"{\"cmd\":\"session\",\"action\":\"start\",\"subject\":null}", "session: subject must be 1 to 63 of"},
        {"{\"cmd\":\"\\u001b[31m\"}", "unknown command '?[31m'"},
        {"{\"cmd\":\"ping\",\"x\":1}", "unknown key 'x'; ping takes none"},
        {"{\"cmd\":\"mark\",\"m_s\":1}", "unknown key 'm_s'; mark takes text"},
        {"{\"cmd\":\"mark\"}", "1 to 95 bytes"},
        {"{\"cmd\":\"mark\",\"text\":null}", "1 to 95 bytes"},
        {"{\"cmd\":\"mark\",\"text\":\"\"}", "1 to 95 bytes"},
        {"{\"cmd\":\"mark\",\"text\":\"a\\nb\"}", "control characters"},
        {"{\"cmd\":\"speed\"}", "from 0 to 12"},
        {"{\"cmd\":\"speed\",\"m_s\":\"3\"}", "from 0 to 12"},
        {"{\"cmd\":\"speed\",\"m_s\":true}", "from 0 to 12"},
        {"{\"cmd\":\"speed\",\"m_s\":-0.1}", "from 0 to 12"},
        {"{\"cmd\":\"speed\",\"m_s\":12.01}", "from 0 to 12"},
        {"{\"cmd\":\"speed\",\"m_s\":NaN}", "not JSON"},
        {"{\"cmd\":\"speed\",\"m_s\":1e999}", "not JSON"},
        {"{\"cmd\":\"calibrate\",\"method\":\"jump\"}", "method must be one of stand bows gait tall cancel"},
        {"{\"cmd\":\"calibrate\",\"method\":\"\"}", "method must be one of stand"},
        {"{\"cmd\":\"calibrate\",\"method\":\"Stand\"}", "method must be one of stand"},
        {"{\"cmd\":\"calibrate\",\"method\":null}", "method must be one of stand"},
        {"{\"cmd\":\"calibrate\",\"method\":0}", "method must be one of stand"},
        {"{\"cmd\":\"calibrate\",\"method\":[\"stand\"]}", "method must be one of stand"},
        {"{\"cmd\":\"calibrate\",\"text\":\"stand\"}", "unknown key 'text'; calibrate takes method"},
        {"{\"cmd\":{\"a\":[[[[1]]]]}}", "nested too deeply"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text) != -EINVAL)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error, cases[i].says))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error, cases[i].says);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    static char text[2 * REQUEST_MAX];
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"cmd\":\"ping\"}", 14);
    assert_int_equal(request_parse(&request, text, REQUEST_MAX, error), 0);
    assert_int_equal(request_parse(&request, text, REQUEST_MAX + 1, error), -EINVAL);
    assert_non_null(strstr(error, "4096 bytes"));
    memset(text, '[', REQUEST_MAX);
    assert_int_equal(request_parse(&request, text, REQUEST_MAX, error), -EINVAL);
    assert_string_equal(error, "nested too deeply");

    char longest[COMMAND_TEXT + 40], mark[COMMAND_TEXT + 2] = "";
    for (int n = COMMAND_TEXT - 1; n <= COMMAND_TEXT; n++) {
        memset(mark, 'x', (size_t)n);
        snprintf(longest, sizeof longest, "{\"cmd\":\"mark\",\"text\":\"%s\"}", mark);
        assert_int_equal(parse(longest), n < COMMAND_TEXT ? 0 : -EINVAL);
    }
    memset(longest, 'x', sizeof longest); // an unknown command is quoted in part
    snprintf(text, sizeof text, "{\"cmd\":\"%.*s\"}", (int)sizeof longest, longest);
    assert_int_equal(parse(text), -EINVAL);
    assert_non_null(strstr(error, "..."));
}

// A valid request with bytes changed, removed or doubled is refused or is still valid; never anything else.
static void test_mutations(void **state)
{
    (void)state;
    static const char *const seeds[] = {"{\"cmd\":\"mark\",\"text\":\"start of the slope\"}",
                                        "{\"cmd\":\"speed\",\"m_s\":3.25}",
                                        "{\"cmd\":\"calibrate\",\"method\":\"bows\"}", "{\"cmd\":\"snapshot\"}"};
    const char *from = getenv("POISE_SEED");
    long seed = from ? strtol(from, NULL, 10) : 1;
    printf("seed %ld (POISE_SEED)\n", seed);
    srand48(seed);
    for (int i = 0; i < 50000; i++) {
        char text[128];
        size_t n = strlen(seeds[i % 4]);
        memcpy(text, seeds[i % 4], n);
        for (long turns = lrand48() % 4 + 1; turns > 0; turns--)
            text[(size_t)lrand48() % n] = (char)lrand48();
        n -= (size_t)(lrand48() % 3);
        if (request_parse(&request, text, n, error) != 0) {
            assert_in_range(strlen(error), 1, REQUEST_ERROR - 1);
        } else if (request.kind == REQUEST_COMMAND) {
            assert_true(strlen(request.command.text) < COMMAND_TEXT);
            assert_in_range(request.command.method, 0, N_CALIBRATE_METHODS - 1);
            assert_true(request.command.value >= 0 && request.command.value <= SPEED_MAX_M_S);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),   cmocka_unit_test(test_commands), cmocka_unit_test(test_actions),
        cmocka_unit_test(test_assessments), cmocka_unit_test(test_refusals), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
