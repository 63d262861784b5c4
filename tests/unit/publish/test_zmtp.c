// SPDX-License-Identifier: GPL-3.0-or-later
// What the gate lets pass of a client's bytes: every rule, also when the bytes come one at a time.
#include "publish/zmtp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const topics[] = {"lab/posture", "lab/status"};
static const struct zmtp_rules
    subscriber = {.subscriber = true, .frame_max = 300, .frames_max = 1, .topics = topics, .n_topics = 2},
    client = {.frame_max = 300, .frames_max = 3},
    curve = {.curve = true, .subscriber = true, .frame_max = 300, .frames_max = 1, .curve_frames = 3};

struct tape {
    uint8_t bytes[4096];
    size_t n;
};

static void put(struct tape *t, const void *bytes, size_t n)
{
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

static void put_greeting(struct tape *t, const char *mechanism)
{
    uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1};
    memcpy(greeting + 12, mechanism, strlen(mechanism));
    put(t, greeting, sizeof greeting);
}

static void put_frame(struct tape *t, unsigned flags, const char *body, size_t n)
{
    uint8_t header[9] = {(uint8_t)flags, (uint8_t)n};
    if (n > 255) {
        header[0] |= 2;
        memset(header + 1, 0, 8);
        header[7] = (uint8_t)(n >> 8);
        header[8] = (uint8_t)n;
    }
    put(t, header, n > 255 ? 9 : 2);
    put(t, body, n);
}

static void begin(struct tape *t)
{
    t->n = 0;
    put_greeting(t, "NULL");
    put_frame(t, 4, "\5READY\13Socket-Type\0\0\0\3SUB", 25);
}

// Runs the tape in pieces of step bytes, as the gate would. What passed is put to out; returns the last verdict.
static enum zmtp_verdict play(const struct zmtp_rules *rules, const struct tape *t, size_t step, struct tape *out)
{
    struct zmtp_watch watch;
    uint8_t held[300 + ZMTP_HEADER_MAX];
    size_t n_held = 0, at = 0, length;
    bool message;
    zmtp_init(&watch, rules);
    out->n = 0;
    enum zmtp_verdict last = ZMTP_WAIT;
    for (;;) {
        enum zmtp_verdict verdict = zmtp_judge(&watch, held, n_held, &length, &message);
        if (verdict == ZMTP_CUT)
            return verdict;
        if (verdict == ZMTP_WAIT) {
            if (at == t->n)
                return n_held == 0 ? last : ZMTP_WAIT;
            size_t n = t->n - at < step ? t->n - at : step;
            if (n > sizeof held - n_held)
                n = sizeof held - n_held;
            assert_true(n > 0); // the buffer suffices
            memcpy(held + n_held, t->bytes + at, n);
            n_held += n;
            at += n;
            continue;
        }
        assert_in_range(length, 1, n_held);
        if (verdict == ZMTP_PASS)
            put(out, held, length);
        last = verdict;
        n_held -= length;
        memmove(held, held + length, n_held);
    }
}

static enum zmtp_verdict judge(const struct zmtp_rules *rules, const struct tape *t, struct tape *out)
{
    struct tape again;
    enum zmtp_verdict whole = play(rules, t, sizeof t->bytes, out);
    for (size_t step = 1; step < 80; step += 7) {
        assert_int_equal(play(rules, t, step, &again), whole);
        if (whole == ZMTP_CUT)
            continue; // of a greeting more may have passed before the wrong byte
        assert_int_equal(again.n, out->n);
        assert_memory_equal(again.bytes, out->bytes, out->n);
    }
    return whole;
}

static void test_a_subscriber(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t n;
        unsigned flags;
        enum zmtp_verdict verdict;
    } cases[] = {
        {"\1", 1, 0, ZMTP_PASS},
        {"\1lab/", 5, 0, ZMTP_PASS},
        {"\1lab/posture", 12, 0, ZMTP_PASS},
        {"\0lab/posture", 12, 0, ZMTP_PASS},
        {"\1lab/postures", 13, 0, ZMTP_DROP},
        {"\1other", 6, 0, ZMTP_DROP},
        {"\0other", 6, 0, ZMTP_DROP},
        {"\2lab", 4, 0, ZMTP_DROP},
        {"", 0, 0, ZMTP_DROP},
        {"\11SUBSCRIBElab/status", 20, 4, ZMTP_PASS},
        {"\11SUBSCRIBE", 10, 4, ZMTP_PASS}, // to everything
        {"\11SUBSCRIBEother", 15, 4, ZMTP_DROP},
        {"\6CANCELlab", 10, 4, ZMTP_PASS},
        {"\4PING\0\1x", 8, 4, ZMTP_PASS},
        {"\4PONGx", 6, 4, ZMTP_PASS},
        {"\4PINGx", 6, 5, ZMTP_CUT},
        {"\4PUNGx", 6, 4, ZMTP_CUT},
        {"", 0, 4, ZMTP_CUT},
        {"\5READY", 6, 4, ZMTP_CUT},
        {"\1lab", 4, 1, ZMTP_PASS}, // the first of two: what follows is one too many
        {"\1lab", 4, 8, ZMTP_CUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tape in, out;
        begin(&in);
        size_t before = in.n;
        put_frame(&in, cases[i].flags, cases[i].body, cases[i].n);
        enum zmtp_verdict verdict = judge(&subscriber, &in, &out);
        if (verdict != cases[i].verdict)
            fail_msg("case %zu: %d, not %d", i, (int)verdict, (int)cases[i].verdict);
        assert_int_equal(out.n, cases[i].verdict == ZMTP_PASS ? in.n : before);
    }
}

static void test_messages_end(void **state)
{
    (void)state;
    struct tape in, out;
    begin(&in);
    put_frame(&in, 1, "\1lab", 4);
    put_frame(&in, 0, "\1lab", 4);
    assert_int_equal(judge(&subscriber, &in, &out), ZMTP_CUT);
    begin(&in);
    for (int i = 0; i < 5; i++) { // an empty frame and a request, five times
        put_frame(&in, 1, "", 0);
        put_frame(&in, 0, "{}", 2);
    }
    assert_int_equal(judge(&client, &in, &out), ZMTP_PASS);
    assert_int_equal(out.n, in.n);
    for (int i = 0; i < 4; i++)
        put_frame(&in, 1, "", 0);
    assert_int_equal(judge(&client, &in, &out), ZMTP_CUT);
    begin(&in);
    put_frame(&in, 4, "\11SUBSCRIBElab", 13);
    assert_int_equal(judge(&client, &in, &out), ZMTP_CUT);
}

static void test_sizes(void **state)
{
    (void)state;
    struct tape in, out;
    char body[301];
    memset(body, 1, sizeof body);
    begin(&in);
    put_frame(&in, 0, body, 300);
    assert_int_equal(judge(&client, &in, &out), ZMTP_PASS);
    begin(&in);
    put_frame(&in, 0, body, 301);
    assert_int_equal(judge(&client, &in, &out), ZMTP_CUT);
    begin(&in);
    put(&in, "\2\x80\0\0\0\0\0\0\1", 9);
    assert_int_equal(judge(&client, &in, &out), ZMTP_CUT);
    begin(&in);
    put(&in, "\0\5abc", 5);
    assert_int_equal(judge(&client, &in, &out), ZMTP_WAIT);
}

static void test_greetings(void **state)
{
    (void)state;
    struct tape in = {.n = 0}, out;
    put_greeting(&in, "NULL");
    assert_int_equal(judge(&subscriber, &in, &out), ZMTP_PASS);
    assert_int_equal(judge(&curve, &in, &out), ZMTP_CUT);
    static const struct {
        size_t at;
        uint8_t byte;
    } wrong[] = {{0, 0}, {9, 0}, {10, 2}, {12, 'X'}, {16, 'X'}, {31, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tape other = in;
        other.bytes[wrong[i].at] = wrong[i].byte;
        assert_int_equal(judge(&subscriber, &other, &out), ZMTP_CUT);
    }
    in.n = 0;
    put_greeting(&in, "NULL");
    put_frame(&in, 0, "\1", 1); // before its READY
    assert_int_equal(judge(&subscriber, &in, &out), ZMTP_CUT);
}

static void test_curve(void **state)
{
    (void)state;
    struct tape in = {.n = 0}, out;
    char hello[200] = "\5HELLO", initiate[280] = "\10INITIATE";
    put_greeting(&in, "CURVE");
    put_frame(&in, 4, hello, sizeof hello);
    put_frame(&in, 4, initiate, sizeof initiate);
    for (int i = 0; i < 3; i++)
        put_frame(&in, 0, "\7MESSAGEwhatever", 16);
    assert_int_equal(judge(&curve, &in, &out), ZMTP_PASS);
    assert_int_equal(out.n, in.n);
    put_frame(&in, 0, "\7MESSAGEwhatever", 16); // one more than a connection may
    assert_int_equal(judge(&curve, &in, &out), ZMTP_CUT);
    in.n = 0;
    put_greeting(&in, "CURVE");
    put_frame(&in, 4, initiate, sizeof initiate);
    assert_int_equal(judge(&curve, &in, &out), ZMTP_CUT);
    in.n = 0;
    put_greeting(&in, "CURVE");
    put_frame(&in, 0, "\7MESSAGEwhatever", 16);
    assert_int_equal(judge(&curve, &in, &out), ZMTP_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_subscriber), cmocka_unit_test(test_messages_end), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_greetings),    cmocka_unit_test(test_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
