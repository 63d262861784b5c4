// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder against jansson reading its text, number by number, and the tables against the structs.
#include "core/clock.h"
#include "publish/digest.h"
#include "publish/json_text.h"
#include "publish/latency.h"
#include "publish/streams.h"
#include "sample_outputs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "near.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stream_encoder encoder;
static struct stream_host host;
static struct stream_meta meta = {.version_poise = "0.1.0", .catalogue = "{}", .configured = SITE_BIT(SITE_C7)};

static int set_up(void **state)
{
    (void)state;
    encoder = (struct stream_encoder){.rig = "lab1", .boot = "12345678-1234-1234-1234-123456789abc"};
    return 0;
}

static const char *number_text(double value, int decimals)
{
    static char text[64];
    struct json_text to;
    text_init(&to, text, sizeof text);
    text_number(&to, value, decimals);
    assert_true(text_finish(&to) > 0);
    return text;
}

static void test_numbers_are_rounded(void **state)
{
    (void)state;
    assert_string_equal(number_text(0, 2), "0.0");
    assert_string_equal(number_text(-0.0, 2), "0.0");
    assert_string_equal(number_text(-0.004, 2), "0.0");
    assert_string_equal(number_text(0.005, 2), "0.01");
    assert_string_equal(number_text(-0.006, 2), "-0.01");
    assert_string_equal(number_text(12.345, 1), "12.3");
    assert_string_equal(number_text(0.1, 5), "0.1");
    assert_string_equal(number_text((double)0.1F, 5), "0.1");
    assert_string_equal(number_text(99.999, 2), "100.0");
    assert_string_equal(number_text(1e6, 3), "1000000.0");
    assert_string_equal(number_text(7.6, 0), "8");
    assert_string_equal(number_text((double)NAN, 2), "null");
    assert_string_equal(number_text((double)-INFINITY, 2), "null");
    assert_near(strtod(number_text(3.4e38, 2), NULL), 3.4e38, 1e24);
    assert_non_null(strpbrk(number_text(1e15, 3), ".e"));
}

static void test_numbers_equal_what_printf_rounds_to(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment();
    srand48((long)seed);
    for (int i = 0; i < 100000; i++) {
        int decimals = i % 7;
        double value = (drand48() - 0.5) * pow(10, drand48() * 8), unit = pow(10, -decimals);
        double got = strtod(number_text(value, decimals), NULL);
        if (fabs(got - value) > unit * 0.5000001 + fabs(value) * 4e-16)
            fail_msg("%.17g with %d decimals is %s", value, decimals, number_text(value, decimals));
    }
}

static void test_exact_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {1, "0.000001"},
                 {-1, "-0.000001"},
                 {1000000, "1.0"},
                 {123456789012345678, "123456789012.345678"},
                 {INT64_MIN, "-9223372036854.775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct json_text to;
        text_init(&to, text, sizeof text);
        text_decimal(&to, cases[i].value, 6);
        assert_true(text_finish(&to) > 0);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_strings_are_valid_json(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain", "quote \" backslash \\ slash /", "\x01\x1f\x7f\n\t", "Grüße, 日本 😀",
                                        "\u0085\u009b\u00a0"};
    char text[256];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json_text to;
        text_init(&to, text, sizeof text);
        text_string(&to, texts[i]);
        assert_true(text_finish(&to) > 0);
        json_t *read = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(read), texts[i]);
        json_decref(read);
    }
    // Cut short, overlong, a surrogate, beyond the last character: each byte becomes U+FFFD.
    static const char *const bad[] = {"\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_text to;
        text_init(&to, text, sizeof text);
        text_string(&to, bad[i]);
        assert_true(text_finish(&to) > 0);
        json_t *read = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        assert_int_equal(json_string_length(read), 3 * strlen(bad[i]));
        json_decref(read);
    }
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static char line[STREAM_LINE_MAX];
    struct output output;
    sample_output(&output, STREAM_POSTURE, NS_PER_S);
    size_t n = stream_line(&encoder, &output, line, sizeof line);
    assert_true(n > 500);
    assert_int_equal(encoder.seq[STREAM_POSTURE], 1);
    for (size_t size = 0; size <= n; size++) {
        memset(line, '#', n + 2);
        assert_int_equal(stream_line(&encoder, &output, line, size), 0);
        assert_int_equal(line[size], '#'); // nothing written beyond
    }
    assert_int_equal(encoder.seq[STREAM_POSTURE], 1);
    assert_int_equal(stream_line(&encoder, &output, line, n + 1), n);
}

static void check_key_order(const char *line, const struct stream_key *keys)
{
    const char *from = line;
    for (const struct stream_key *key = keys; key->key; key++) {
        char quoted[80];
        snprintf(quoted, sizeof quoted, "\"%s\":", key->key);
        from = strstr(from, quoted);
        if (!from)
            fail_msg("key %s is missing or out of order", key->key);
    }
}

static void test_common_keys(void **state)
{
    (void)state;
    static char line[STREAM_LINE_MAX];
    struct output output;
    encoder.meta = &meta;
    for (int i = 0; i < N_STREAMS; i++) {
        sample_output(&output, (enum stream)i, INT64_C(1234567891234500));
        output.utc_ns = INT64_C(1600000000123456789);
        assert_true(stream_line(&encoder, &output, line, sizeof line) > 0);
        check_key_order(line, stream_common_keys);
        check_key_order(line, stream_tables[i].keys);
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        size_t n = 0;
        for (const struct stream_key *key = stream_common_keys; key->key; key++)
            n++;
        for (const struct stream_key *key = stream_tables[i].keys; key->key; key++)
            n++;
        assert_int_equal(json_object_size(object), n);
        assert_string_equal(json_string_value(json_object_get(object, "stream")), stream_tables[i].name);
        assert_string_equal(json_string_value(json_object_get(object, "utc")), "2020-09-13T12:26:40.123Z");
        assert_true(json_is_null(json_object_get(object, "session")));
        json_decref(object);
        assert_non_null(strstr(line, "\"t_s\":1234567.891235,"));
    }
}

static void test_seq_has_no_holes(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment(), sent[N_STREAMS] = {0};
    for (int i = 0; i < 500; i++) {
        struct output output;
        enum stream stream = (enum stream)(lrand48() % STREAM_META);
        random_output(&output, stream, &seed);
        json_t *object = stream_encode(&encoder, &output);
        assert_non_null(object);
        assert_int_equal(json_integer_value(json_object_get(object, "seq")), ++sent[stream]);
        json_decref(object);
    }
}

// Every float of the struct, set to a value of its own, must come out under exactly one key: catches an offset that
// stands twice or not at all.
static void collect_reals(const json_t *object, int *seen, int n)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_object(value))
            collect_reals(value, seen, n);
        long got = json_is_real(value) && strcmp(key, "t_s") != 0 ? lround(json_real_value(value)) - 1000 : -1;
        if (got >= 0 && got < n)
            seen[got]++;
    }
}

static void check_every_float(enum stream stream, size_t at, size_t bytes)
{
    struct output output;
    int seen[64] = {0}, n = (int)(bytes / sizeof(float));
    memset(&output, 0, sizeof output);
    output.stream = stream;
    float *values = (float *)((unsigned char *)&output + at);
    for (int i = 0; i < n; i++)
        values[i] = (float)(1000 + i);
    json_t *object = stream_encode(&encoder, &output);
    assert_non_null(object);
    collect_reals(object, seen, n);
    json_decref(object);
    for (int i = 0; i < n; i++)
        if (seen[i] != 1)
            fail_msg("float %d of stream %s is published %d times", i, stream_tables[stream].name, seen[i]);
}

static void test_every_member_is_published_once(void **state)
{
    (void)state;
    check_every_float(STREAM_POSTURE, offsetof(struct output, posture), offsetof(struct posture_result, calibrated));
    check_every_float(STREAM_CADENCE, offsetof(struct output, cadence), offsetof(struct cadence_result, activity));
    check_every_float(STREAM_BREATHING, offsetof(struct output, breathing),
                      offsetof(struct breathing_result, gait_overlap));
}

static void test_keys_carry_the_member_of_their_name(void **state)
{
    (void)state;
    struct output output;
    sample_output(&output, STREAM_POSTURE, NS_PER_S);
    output.posture.now.pelvic_tilt_deg = 21.125F;
    output.posture.mean.pelvic_tilt_deg = -3;
    json_t *object = stream_encode(&encoder, &output);
    json_t *mean = json_object_get(object, "mean");
    assert_near(json_real_value(json_object_get(object, "pelvic_tilt_deg")), 21.13, 1e-9);
    assert_near(json_real_value(json_object_get(mean, "pelvic_tilt_deg")), -3, 1e-9);
    assert_near(json_real_value(json_object_get(mean, "trunk_rotation_range_deg")), 12.35, 1e-9);
    assert_true(json_is_null(json_object_get(object, "neck_flexion_deg")));
    assert_true(json_is_true(json_object_get(object, "calibrated")));
    json_decref(object);

    sample_output(&output, STREAM_ORIENTATION, NS_PER_S);
    object = stream_encode(&encoder, &output);
    json_t *c7 = json_object_get(json_object_get(object, "sites"), "c7");
    assert_near(json_real_value(json_array_get(c7, 0)), 0.70711, 1e-12);
    assert_near(json_real_value(json_array_get(c7, 3)), -0.70711, 1e-12);
    assert_int_equal(json_object_size(json_object_get(object, "segments")), N_SITES);
    assert_true(json_is_null(json_object_get(json_object_get(object, "segments"), "head")));
    json_decref(object);
}

static void test_host_is_null_in_replay_only(void **state)
{
    (void)state;
    static const char *const keys[] = {"latency_ms", "overruns", "rt", "recording", "host"};
    struct output output;
    sample_output(&output, STREAM_STATUS, NS_PER_S);
    json_t *object = stream_encode(&encoder, &output);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_true(json_is_null(json_object_get(object, keys[i])));
    json_t *sternum = json_object_get(json_object_get(object, "sites"), "sternum");
    assert_string_equal(json_string_value(json_object_get(sternum, "state")), "lost");
    assert_int_equal(json_object_size(json_object_get(object, "sites")), 3);
    json_decref(object);

    host.rt = (struct stream_rt){.known = true, .policy = 1, .mlock = true};
    host.latency_ms = (struct stream_latency){.known = true, .p50 = 1.5F, .p99 = 2, .max = 3};
    encoder.host = &host;
    object = stream_encode(&encoder, &output);
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "rt"), "policy")), "fifo");
    assert_near(json_real_value(json_object_get(json_object_get(object, "latency_ms"), "p50")), 1.5, 1e-9);
    assert_true(json_is_null(json_object_get(object, "recording")));
    json_decref(object);
}

static void test_latency_quantiles(void **state)
{
    (void)state;
    static struct latency latency;
    struct stream_latency summary;
    int64_t now = 1000 * NS_PER_S;
    latency_summary(&latency, now, &summary);
    assert_false(summary.known);
    latency_add(&latency, now, now + 1);             // another clock, ahead
    latency_add(&latency, now, now - 60 * NS_PER_S); // and behind
    latency_add(&latency, now, -500000000 * NS_PER_S);
    latency_summary(&latency, now, &summary);
    assert_false(summary.known);
    for (int i = 1; i <= 1000; i++)
        latency_add(&latency, now, now - i * 100000);
    latency_summary(&latency, now, &summary);
    assert_true(summary.known);
    assert_near((double)summary.p50, 50, 1e-3);
    assert_near((double)summary.p99, 99, 1e-3);
    assert_near((double)summary.max, 100, 1e-3);
    assert_int_equal(latency.late, 500);
    latency_summary(&latency, now + 61 * NS_PER_S, &summary);
    assert_false(summary.known); // all older than a minute
}

// The examples of FIPS 180-4's companion page, and the lengths around a block's end.
static void test_digest(void **state)
{
    (void)state;
    char text[DIGEST_TEXT], million[1000];
    digest_text("abc", 3, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_text("", 0, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    digest_text(two, strlen(two), text);
    assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    digest_text(million, 64, text);
    assert_string_equal(text, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

static void test_cost(void **state)
{
    (void)state;
    static char line[STREAM_LINE_MAX];
    for (int i = 0; i < STREAM_META; i++) {
        struct output output;
        sample_output(&output, (enum stream)i, 12345 * NS_PER_S);
        size_t n = 0;
        int64_t from = clock_mono_ns();
        for (int turn = 0; turn < 1000; turn++)
            n = stream_line(&encoder, &output, line, sizeof line);
        printf("%-12s %5zu bytes, %6lld ns\n", stream_tables[i].name, n, (long long)(clock_mono_ns() - from) / 1000);
        assert_true(n > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_rounded),
        cmocka_unit_test(test_numbers_equal_what_printf_rounds_to),
        cmocka_unit_test(test_exact_decimals),
        cmocka_unit_test(test_strings_are_valid_json),
        cmocka_unit_test_setup(test_what_does_not_fit_is_refused, set_up),
        cmocka_unit_test_setup(test_common_keys, set_up),
        cmocka_unit_test_setup(test_seq_has_no_holes, set_up),
        cmocka_unit_test_setup(test_every_member_is_published_once, set_up),
        cmocka_unit_test_setup(test_keys_carry_the_member_of_their_name, set_up),
        cmocka_unit_test_setup(test_host_is_null_in_replay_only, set_up),
        cmocka_unit_test(test_latency_quantiles),
        cmocka_unit_test(test_digest),
        cmocka_unit_test_setup(test_cost, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
