// SPDX-License-Identifier: GPL-3.0-or-later
// IIOD as bytes: what each command is answered, how damaged ones are, and that libiio itself understands the context.
#include "sim/iiod_session.h"

#include <errno.h>
#include <iio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct scenario scenario;
    struct fault_list faults;
    struct body *body;
    struct feed *feed;
    struct harness harness;
    struct iiod_session session;
};

static int set_up(void **state)
{
    static const char text[] = "version: 1\nsites: [c7, foot_left]\nphases: [{kind: stand, duration_s: 10}]\n";
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    *state = bench;
    if (!bench || scenario_load_text(&bench->scenario, "test", text, strlen(text), error) != 0 ||
        body_create(&bench->body, &bench->scenario) != 0 ||
        feed_from_runner(&bench->feed, &bench->scenario, bench->body, &bench->faults) != 0)
        return -1;
    harness_init(&bench->harness, bench->feed, true, FEED_END);
    iiod_session_init(&bench->session, &bench->harness);
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    iiod_session_finish(&bench->session);
    feed_destroy(bench->feed);
    body_destroy(bench->body);
    free(bench);
    return 0;
}

// Feeds text and gives what was answered, NUL-terminated, until the next call.
static const char *ask_bytes(struct iiod_session *session, const char *text, size_t length)
{
    static char answer[65536];
    session->out_sent = session->out_used = 0;
    assert_true(session->in_used + length <= IIOD_IN_MAX);
    memcpy(session->in + session->in_used, text, length);
    session->in_used += length;
    size_t used = 0;
    do {
        iiod_session_work(session);
        assert_true(used + session->out_used < sizeof answer);
        memcpy(answer + used, session->out, session->out_used);
        used += session->out_used;
        session->out_sent = session->out_used;
        if (session->out_used == 0)
            break;
        session->out_sent = session->out_used = 0;
    } while (true);
    answer[used] = '\0';
    return answer;
}

static const char *ask(struct iiod_session *session, const char *text)
{
    return ask_bytes(session, text, strlen(text));
}

static void answers_are_those_of_iiod(void **state)
{
    struct iiod_session *session = &((struct bench *)*state)->session;
    static const char *const talk[][2] = {
        {"VERSION\r\n", "0.24.v0.24  \n"},
        {"VERSION\n", "0.24.v0.24  \n"},
        {"\r\n", ""},
        {"TIMEOUT 1000\r\n", "0\n"},
        {"ZPRINT\r\n", "-22\n"},
        {"BINARY\r\n", "-22\n"},
        {"version\r\n", "-22\n"},
        {"READ iio:device0 INPUT accel_x nonsense\r\n", "-2\n"},
        {"READ iio:device0 INPUT voltage0 raw\r\n", "-2\n"},
        {"READ iio:device0 nonsense\r\n", "-2\n"},
        {"READ iio:device0 DEBUG direct_reg_access\r\n", "-2\n"},
        {"READ iio:device9 current_timestamp_clock\r\n", "-19\n"},
        {"READ iio:device0 BUFFER watermark\r\n", "2\n1"},
        {"SET iio:device0 BUFFERS_COUNT 4\r\n", "0\n"},
        {"SET iio:device0 BUFFERS_COUNT 0\r\n", "-22\n"},
        {"GETTRIG iio:device0\r\n", "-2\n"},
        {"READBUF iio:device0 240\r\n", "-9\n"},
        {"CLOSE iio:device0\r\n", "-6\n"},
        {"OPEN iio:device9 10 0000007f\r\n", "-19\n"},
        {"OPEN iio:device0 10 7f\r\n", "-22\n"},
        {"OPEN iio:device0 10 00000000\r\n", "-22\n"},
        {"OPEN iio:device0 10 000000ff\r\n", "-22\n"},
        {"OPEN iio:device0 0 0000007f\r\n", "-22\n"},
        {"OPEN iio:device0 999999999999 0000007f\r\n", "-12\n"},
        {"OPEN iio:device0 10 0000007f CYCLIC\r\n", "-22\n"},
        {"OPEN iio:device0 -1 0000007f\r\n", "-22\n"},
        {"READ a b c d e f g h\r\n", "-22\n"},
        {"TIMEOUT\r\n", "-22\n"},
    };
    for (size_t i = 0; i < sizeof talk / sizeof *talk; i++)
        assert_string_equal(ask(session, talk[i][0]), talk[i][1]);
}

static void attributes_are_read_and_written(void **state)
{
    struct iiod_session *session = &((struct bench *)*state)->session;
    static const char realtime[] = "9\nrealtime\0\n", write_line[] = "WRITE iio:device0 current_timestamp_clock 10\r\n";
    assert_memory_equal(ask(session, "READ iio:device0 current_timestamp_clock\r\n"), realtime, sizeof realtime);
    assert_string_equal(ask(session, write_line), ""); // waits for its payload
    assert_string_equal(ask_bytes(session, "monotonic", 10), "10\n");
    assert_string_equal(ask(session, "READ c7 current_timestamp_clock\r\n"), "10\nmonotonic");
    assert_string_equal(ask(session, "WRITE iio:device0 current_timestamp_clock 4\r\ntai\n"), "-22\n");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x scale_available 1\r\n1"), "-13\n");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x scale 1\r\n1"), "-22\n"); // not offered
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x scale 8\r\n0.002394"), "8\n");
    assert_string_equal(ask(session, "READ iio:device0 INPUT accel_z scale\r\n"), "12\n0.002394000");
    assert_string_equal(ask(session, "READ iio:device0 INPUT anglvel_z scale\r\n"), "12\n0.001065000");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\n200"), "3\n");
    assert_string_equal(ask(session, "READ iio:device0 INPUT anglvel_z sampling_frequency\r\n"), "4\n200");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\n201"), "-22\n");
    assert_string_equal(ask(session, "OPEN iio:device0 10 00000040\r\n"), "0\n");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x sampling_frequency 4\r\n1000"), "-16\n");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x scale 8\r\n0.004788"), "-16\n");
    assert_string_equal(ask(session, "READ iio:device0 INPUT accel_x raw\r\n"), "-16\n");
    assert_string_equal(ask(session, "CLOSE iio:device0\r\n"), "0\n");
}

static void buffers_are_packed_and_masked(void **state)
{
    struct bench *bench = *state;
    struct iiod_session *session = &bench->session, other;
    assert_string_equal(ask(session, "OPEN iio:device0 4 00000060\r\n"), "0\n"); // accel_z and timestamp: 16 bytes
    iiod_session_init(&other, &bench->harness);
    assert_string_equal(ask(&other, "OPEN iio:device0 4 00000060\r\n"), "-16\n");
    assert_string_equal(ask(&other, "READBUF iio:device0 64\r\n"), "-9\n");
    iiod_session_finish(&other);

    // 100 bytes are six samples: a chunk of four with the mask before its data, then two without.
    const char *answer = ask(session, "READBUF iio:device0 100\r\n");
    assert_memory_equal(answer, "64\n00000060\n", 12);
    assert_memory_equal(answer + 12 + 64, "32\n", 3);
    int64_t last = 0;
    for (int i = 0; i < 6; i++) {
        const char *sample = answer + 12 + 16 * i + (i < 4 ? 0 : 3);
        int64_t stamp;
        memcpy(&stamp, sample + 8, sizeof stamp);
        assert_true(i == 0 || llabs(stamp - last - 1000000) < 200000);
        assert_memory_equal(sample + 2, "\0\0\0\0\0\0", 6);
        last = stamp;
    }
    assert_memory_equal(ask(session, "READBUF iio:device0 16\r\n"), "16\n00000060\n", 12);
    assert_string_equal(ask(session, "READBUF iio:device0 3\r\n"), "0\n");
    assert_string_equal(ask(session, "CLOSE iio:device0\r\nCLOSE iio:device0\r\n"), "0\n-6\n");
}

static void damaged_input_ends_nothing_but_the_session(void **state)
{
    struct bench *bench = *state;
    struct iiod_session *session = &bench->session;
    assert_string_equal(ask_bytes(session, "VERSION\0\r\n", 10), "-22\n");
    assert_string_equal(ask(session, "WRITE iio:device0 INPUT accel_x raw 999999\r\n"), "-22\n");
    assert_true(session->ended);
    iiod_session_finish(session);
    iiod_session_init(session, &bench->harness);
    char flood[IIOD_IN_MAX];
    memset(flood, 'A', sizeof flood);
    assert_string_equal(ask_bytes(session, flood, sizeof flood), "-22\n");
    assert_true(session->ended);
    for (uint64_t random = 1, round = 0; round < 3000; round++) { // deterministic noise of the protocol's own words
        static const char *const words[] = {
            "READ",    "WRITE",         "OPEN",    "READBUF",  "CLOSE",  "SET",  "iio:device0", "INPUT",
            "accel_x", "raw",           "10",      "0000007f", "BUFFER", "\r\n", "\n",          " ",
            "-1",      "BUFFERS_COUNT", "TIMEOUT", "GETTRIG",  "c7",     "\x80", "4294967296"};
        iiod_session_finish(session);
        iiod_session_init(session, &bench->harness);
        for (int i = 0; i < 12 && !session->ended; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            char word[32];
            int n = snprintf(word, sizeof word, "%s ", words[(random >> 33) % (sizeof words / sizeof *words)]);
            memcpy(session->in + session->in_used, word, (size_t)n);
            session->in_used += (size_t)n;
            iiod_session_work(session);
            session->out_sent = session->out_used;
        }
    }
}

static void libiio_understands_the_context(void **state)
{
    struct bench *bench = *state;
    char *xml = harness_xml(&bench->harness);
    assert_non_null(xml);
    struct iio_context *context = iio_create_xml_context_mem(xml, strlen(xml));
    assert_non_null(context);
    assert_int_equal(iio_context_get_devices_count(context), 2);
    struct iio_device *device = iio_context_find_device(context, "foot_left");
    assert_non_null(device);
    assert_string_equal(iio_device_get_name(device), "bmi160");
    static const char *const order[] = {"anglvel_x", "anglvel_y", "anglvel_z", "accel_x",
                                        "accel_y",   "accel_z",   "timestamp"};
    assert_int_equal(iio_device_get_channels_count(device), 7);
    for (unsigned i = 0; i < 7; i++) {
        struct iio_channel *channel = iio_device_get_channel(device, i);
        assert_string_equal(iio_channel_get_id(channel), order[i]);
        assert_int_equal(iio_channel_get_index(channel), i);
        assert_true(iio_channel_is_scan_element(channel));
    }
    assert_non_null(iio_channel_find_attr(iio_device_get_channel(device, 3), "scale"));
    assert_non_null(iio_device_find_attr(device, "current_timestamp_clock"));
    iio_context_destroy(context);
    free(xml);
}

static void unplugged_devices_vanish(void **state)
{
    struct bench *bench = *state;
    char error[128];
    assert_int_equal(fault_parse(&bench->faults, "unplug:c7@0+1000", error, sizeof error), 0);
    assert_string_equal(ask(&bench->session, "OPEN iio:device0 10 0000007f\r\n"), "-19\n");
    assert_string_equal(ask(&bench->session, "READ iio:device0 current_timestamp_clock\r\n"), "-19\n");
    char *xml = harness_xml(&bench->harness);
    assert_null(strstr(xml, "iio:device0"));
    assert_non_null(strstr(xml, "iio:device1"));
    free(xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_are_those_of_iiod, set_up, tear_down),
        cmocka_unit_test_setup_teardown(attributes_are_read_and_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buffers_are_packed_and_masked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_input_ends_nothing_but_the_session, set_up, tear_down),
        cmocka_unit_test_setup_teardown(libiio_understands_the_context, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unplugged_devices_vanish, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
