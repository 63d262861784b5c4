// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder against jansson reading its text, number by number, and the tables against the structs.
#include "core/clock.h"
#include "publish/json_value.h"
#include "publish/latency.h"
#include "publish/streams.h"
#include "publish/wire_line.h"
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
static struct stream_meta meta = {.version_poise = "0.1.0", .configured = SITE_BIT(SITE_C7)};

static int set_up(void **state)
{
    (void)state;
    encoder = (struct stream_encoder){.rig = "lab1", .boot = "12345678-1234-1234-1234-123456789abc"};
    return 0;
}

static const char *number_text(double value, int decimals)
{
    static char text[64];
    json_t *number = value_number(value, decimals);
    size_t n = json_dumpb(number, text, sizeof text - 1, JSON_ENCODE_ANY | JSON_LINE_FLAGS);
    assert_true(n > 0 && n < sizeof text);
    text[n] = '\0';
    json_decref(number);
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

static void test_strings_are_valid_utf8(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain", "quote \" backslash \\ slash /", "\x01\x1f\x7f\n\t", "Grüße, 日本 😀",
                                        "\xc2\x85\xc2\x9b\xc2\xa0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *value = value_string(texts[i]);
        assert_string_equal(json_string_value(value), texts[i]);
        json_decref(value);
    }
    // Cut short, overlong, a surrogate, beyond the last character: each byte becomes U+FFFD.
    static const char *const bad[] = {"\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *value = value_string(bad[i]);
        assert_int_equal(json_string_length(value), 3 * strlen(bad[i]));
        json_decref(value);
    }
}

static char *encode_line(const struct output *output)
{
    json_t *object = stream_encode(&encoder, output);
    char *line = object ? stream_text(object) : NULL;
    json_decref(object);
    assert_non_null(line);
    return line;
}

static char *emit_line(struct stream_encoder *own, const struct output *output)
{
    char *line = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&line, &size);
    assert_non_null(to);
    assert_int_equal(stream_emit(own, output, to), 0);
    assert_int_equal(fclose(to), 0);
    assert_true(size > 0 && line[size - 1] == '\n' && strlen(line) == size);
    line[size - 1] = '\0';
    return line;
}

static void check_both_ways(struct stream_encoder *own, const struct output *output)
{
    char *expected = encode_line(output), *got = emit_line(own, output);
    assert_string_equal(got, expected);
    free(expected);
    free(got);
}

// A line written straight from the tables has the bytes of the object's text.
static void test_emitted_lines_are_the_objects_text(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment();
    srand48((long)seed);
    meta.catalogue = stream_catalogue();
    encoder.meta = &meta;
    snprintf(encoder.rig, sizeof encoder.rig,
             "Gr\xc3\xbc\xc3\x9f"
             "e \x7f\xff");
    struct stream_host machine = {.rt = {.known = true, .policy = 1}, .recording = {.known = true}};
    snprintf(machine.recording.path, sizeof machine.recording.path, "/var/\xe2\x82\xac.xdf");
    struct stream_encoder own = encoder;
    struct output output;
    for (int i = 0; i < 4000; i++) {
        random_output(&output, (enum stream)(i % N_STREAMS), &seed);
        snprintf(output.session, sizeof output.session, "%s", i % 3 == 0 ? "a \"quoted\" one" : "");
        output.t_ns = (int64_t)((drand48() - 0.3) * pow(10, drand48() * 19));
        check_both_ways(&own, &output);
        sample_output(&output, (enum stream)(i % N_STREAMS), i * INT64_C(123456789));
        check_both_ways(&own, &output);
        encoder.host = own.host = i % 2 == 0 ? &machine : NULL;
    }
    json_decref(meta.catalogue);
}

static void test_emitted_numbers_are_those_of_objects(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment();
    srand48((long)seed);
    static const double special[] = {0,     -0.0,  1e-4,   9.9999e-5, 5e-9, 0.5,   99.995, 1e15,
                                     -1e15, 1e300, 5e-324, 999999,    1e9,  1e-10, NAN,    INFINITY};
    static struct wire_line line;
    for (int i = 0; i < 400000; i++) {
        double value = (drand48() - 0.5) * pow(10, drand48() * 24 - 10);
        if (i % 3 == 0)
            value = round(value * 1e4) / 1e4; // short ones
        if (i < 16 * 12)
            value = special[i / 12];
        int decimals = i % 12;
        wire_begin(&line, NULL);
        wire_number(&line, value, decimals);
        line.bytes[line.n] = '\0';
        if (line.failed || strcmp(line.bytes, number_text(value, decimals)) != 0)
            fail_msg("%.17g with %d decimals: %s, not %s", value, decimals, line.bytes, number_text(value, decimals));
    }
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
    struct output output;
    meta.catalogue = stream_catalogue();
    encoder.meta = &meta;
    for (int i = 0; i < N_STREAMS; i++) {
        sample_output(&output, (enum stream)i, INT64_C(1234567891234500));
        output.utc_ns = INT64_C(1600000000123456789);
        char *line = encode_line(&output);
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
        free(line);
    }
    json_decref(meta.catalogue);
}

static void test_seq_has_no_holes(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment(), sent[N_STREAMS] = {0};
    for (int i = 0; i < 500; i++) {
        struct output output;
        enum stream stream = (enum stream)(lrand48() % N_STREAMS);
        if (stream == STREAM_META) // the publisher's own
            continue;
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
    check_every_float(STREAM_INSPIRATION, offsetof(struct output, inspiration), sizeof(struct inspiration_result));
    check_every_float(STREAM_CONTACT, offsetof(struct output, contact.confidence), sizeof(float));
    check_every_float(STREAM_STEP, offsetof(struct output, step.step_time_ms),
                      sizeof(struct step_result) - offsetof(struct step_result, step_time_ms));
    check_every_float(STREAM_GAIT, offsetof(struct output, gait), offsetof(struct gait_result, steps));
    check_every_float(STREAM_ARMS, offsetof(struct output, arms), sizeof(struct arms_result));
    check_every_float(STREAM_PACK, offsetof(struct output, pack), sizeof(struct pack_result));
}

// The same for the angles of the tall stand, which are there only when it was taken.
static void test_every_tall_angle_is_published_once(void **state)
{
    (void)state;
    struct output output;
    int seen[sizeof(struct posture_angles) / sizeof(float)] = {0}, n = (int)(sizeof seen / sizeof seen[0]);
    memset(&output, 0, sizeof output);
    output.stream = STREAM_CALIBRATION;
    for (int i = 0; i < n; i++)
        ((float *)&output.calibration.tall)[i] = (float)(1000 + i);
    json_t *object = stream_encode(&encoder, &output);
    assert_true(json_is_null(json_object_get(object, "tall")));
    json_decref(object);
    output.calibration.now.tall = SITE_BIT(SITE_HEAD);
    object = stream_encode(&encoder, &output);
    collect_reals(json_object_get(object, "tall"), seen, n);
    assert_int_equal(json_object_size(json_object_get(object, "tall")), n);
    json_decref(object);
    for (int i = 0; i < n; i++)
        assert_int_equal(seen[i], 1);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_an_assessment_that_runs(void **state)
{
    (void)state;
    struct output output;
    sample_output(&output, STREAM_ASSESSMENT, NS_PER_S);
    json_t *object = stream_encode(&encoder, &output);
    static const char *const texts[][2] = {{"exercise", "thoracic_rotation"},
                                           {"outcome", "running"},
                                           {"part", "turn"},
                                           {"cue", "hold"},
                                           {"begun_utc", "2020-09-13T12:26:40.123Z"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(text_of(object, texts[i][0]), texts[i][1]);
    static const struct {
        const char *key;
        int value;
    } counts[] = {{"part_number", 2}, {"parts", 2}, {"count_left", 3}, {"count_right", 2}, {"target", 5}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_int_equal(json_integer_value(json_object_get(object, counts[i].key)), counts[i].value);
    assert_true(json_is_null(json_object_get(object, "count")));
    assert_true(json_is_null(json_object_get(object, "remaining_s")));
    assert_true(json_is_null(json_object_get(object, "hint")));
    assert_near(json_real_value(json_object_get(object, "target_hold_s")), 5, 0);
    assert_near(json_real_value(json_object_get(object, "angle_deg")), -36.3, 1e-9);
    const json_t *rows = json_object_get(object, "rows"), *left = json_array_get(rows, 0);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_of(left, "part"), "turn");
    assert_string_equal(text_of(left, "side"), "left");
    assert_near(json_real_value(json_object_get(left, "range_deg")), 41.24, 1e-9);
    assert_near(json_real_value(json_object_get(json_object_get(left, "values"), "overshoot_deg")), 1.234, 1e-9);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "smoothness")));
    json_decref(object);
    output.assessment.part = -1; // none runs: nothing is said of one
    output.assessment.outcome = ASSESS_DONE;
    object = stream_encode(&encoder, &output);
    static const char *const of_part[] = {"part", "part_number", "says", "count_left", "count_right", "target"};
    for (size_t i = 0; i < sizeof of_part / sizeof of_part[0]; i++)
        assert_true(json_is_null(json_object_get(object, of_part[i])));
    json_decref(object);
}

static void test_a_calibration_that_is_in_force(void **state)
{
    (void)state;
    struct output output;
    sample_output(&output, STREAM_CALIBRATION, NS_PER_S);
    json_t *object = stream_encode(&encoder, &output), *sites = json_object_get(object, "sites");
    assert_true(json_is_true(json_object_get(object, "calibrated")));
    assert_true(json_is_null(json_object_get(object, "step")));
    assert_true(json_is_null(json_object_get(object, "progress")));
    assert_true(json_is_null(json_object_get(object, "hint")));
    assert_int_equal(json_integer_value(json_object_get(object, "bows")), 3);
    assert_int_equal(json_integer_value(json_object_get(object, "commands")), 1);
    assert_string_equal(text_of(object, "method"), "bows");
    assert_string_equal(text_of(object, "outcome"), "done");
    assert_string_equal(text_of(object, "taken"), "2020-09-13T12:26:40.123Z");
    assert_int_equal(json_object_size(sites), 4);
    json_t *c7 = json_object_get(sites, "c7"), *abdomen = json_object_get(sites, "abdomen");
    assert_near(json_real_value(json_object_get(c7, "tilt_deg")), 4.57, 1e-9);
    assert_near(json_real_value(json_object_get(c7, "sway_deg")), 0.25, 1e-9);
    assert_near(json_real_value(json_object_get(c7, "axis_turn_deg")), -7.5, 1e-9);
    assert_near(json_real_value(json_object_get(c7, "axis_share")), 0.988, 1e-9);
    assert_near(json_real_value(json_object_get(c7, "slipped_deg")), 12.3, 1e-9);
    assert_string_equal(text_of(c7, "axis"), "bows");
    assert_string_equal(text_of(abdomen, "axis"), "mount");
    assert_true(json_is_null(json_object_get(abdomen, "axis_share")));
    assert_true(json_is_null(json_object_get(abdomen, "slipped_deg")));
    json_decref(object);
}

static void test_a_calibration_under_way(void **state)
{
    (void)state;
    struct output output;
    sample_output(&output, STREAM_CALIBRATION, NS_PER_S);
    output.calibration.now = (struct calibration){0};
    output.calibration.calibrated = false; // 1970 is not when it was taken
    output.calibration.step = STEP_TALL;
    output.calibration.progress = 0.128F;
    output.calibration.method = -1;
    output.calibration.outcome = OUTCOME_NONE;
    snprintf(output.calibration.hint, REASON_MAX, "stand tall");
    json_t *object = stream_encode(&encoder, &output);
    assert_string_equal(text_of(object, "step"), "tall");
    assert_string_equal(text_of(object, "hint"), "stand tall");
    assert_near(json_real_value(json_object_get(object, "progress")), 0.13, 1e-9);
    assert_true(json_is_null(json_object_get(object, "taken")));
    assert_true(json_is_null(json_object_get(object, "method")));
    assert_true(json_is_null(json_object_get(object, "outcome")));
    assert_int_equal(json_object_size(json_object_get(object, "sites")), 0);
    json_decref(object);
    output.calibration.calibrated = true;
    output.calibration.now.taken_utc_ns = UTC_UNKNOWN_NS;
    object = stream_encode(&encoder, &output);
    assert_true(json_is_null(json_object_get(object, "taken")));
    json_decref(object);
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
    assert_int_equal(json_array_size(json_object_get(object, "slipped")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(object, "slipped"), 0)), "c7");
    json_decref(object);

    sample_output(&output, STREAM_ORIENTATION, NS_PER_S);
    object = stream_encode(&encoder, &output);
    json_t *c7 = json_object_get(json_object_get(object, "sites"), "c7");
    assert_near(json_real_value(json_array_get(c7, 0)), 0.70710678, 1e-7);
    assert_near(json_real_value(json_array_get(c7, 3)), -0.70710678, 1e-7);
    assert_int_equal(json_object_size(json_object_get(object, "segments")), N_SITES);
    assert_true(json_is_null(json_object_get(json_object_get(object, "segments"), "head")));
    json_decref(object);
}

static void check_text(enum stream stream, const char *expected)
{
    struct output output;
    sample_output(&output, stream, NS_PER_S);
    char *line = encode_line(&output);
    const char *own = strstr(line, "\"utc\":");
    own = own ? strchr(own, ',') : NULL;
    assert_non_null(own);
    assert_string_equal(own + 1, expected);
    free(line);
}

// What the contract says, to the letter: keys in its order, with these decimals.
static void test_steps_arms_and_pack_are_written_out(void **state)
{
    (void)state;
    check_text(STREAM_CONTACT, "\"foot\":\"left\",\"confidence\":0.938}");
    check_text(STREAM_STEP, "\"foot\":null,\"step_time_ms\":356.5,\"contact_ms\":243.3,\"flight_ms\":113.3,"
                            "\"vertical_oscillation_mm\":84.4,\"impact_g\":2.31,\"loading_rate_g_s\":61.2,"
                            "\"braking_g\":0.215,\"step_length_m\":null}");
    check_text(
        STREAM_GAIT,
        "\"vertical_oscillation_mm\":84.4,\"contact_ms\":243.3,\"duty_factor\":0.341,\"vertical_ratio_pct\":7.89,"
        "\"step_time_cv_pct\":1.52,\"step_asymmetry_pct\":2.14,\"contact_asymmetry_pct\":-1.25,\"impact_g\":2.31,"
        "\"shock_attenuation_db\":-9.9,\"step_length_m\":1.07,\"overstride_index\":1.023,"
        "\"step_asymmetry_ci_pct\":0.84,\"contact_asymmetry_ci_pct\":1.06,\"loading_rate_g_s\":61.2,"
        "\"braking_g\":0.215,\"eversion_left_deg\":11.3,\"eversion_right_deg\":null,\"steps\":20}");
    check_text(STREAM_ARMS, "\"swing_left_deg\":35.1,\"swing_right_deg\":26.2,\"asymmetry_pct\":29.0,"
                            "\"crossing_left_deg\":12.5,\"crossing_right_deg\":-3.1,\"stiffness\":0.225,"
                            "\"rate_hz\":1.402}");
    check_text(STREAM_INSPIRATION,
               "\"inspiratory_ms\":842.4,\"expiratory_ms\":1156.2,\"interval_ms\":1998.6,\"depth_deg\":4.235}");
    check_text(STREAM_PACK, "\"bounce_mm\":12.3,\"lag_ms\":14.3,\"tilt_deg\":2.35,\"side_tilt_deg\":-1.2}");
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
    assert_true(json_is_null(json_object_get(sternum, "slipped_deg")));
    json_t *c7 = json_object_get(json_object_get(object, "sites"), "c7");
    assert_near(json_real_value(json_object_get(c7, "slipped_deg")), 12.3, 1e-9);
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
    assert_near((double)summary.worst, 100, 1e-3);
    latency_summary(&latency, now + 61 * NS_PER_S, &summary);
    assert_false(summary.known); // all older than a minute
    latency_add(&latency, now + 61 * NS_PER_S, now + 61 * NS_PER_S - 5000000);
    latency_summary(&latency, now + 61 * NS_PER_S, &summary);
    assert_near((double)summary.max, 5, 1e-3);
    assert_near((double)summary.worst, 100, 1e-3); // since the start
}

static void test_cost(void **state)
{
    (void)state;
    for (int i = 0; i < N_STREAMS; i++) {
        struct output output;
        if (i == STREAM_META)
            continue;
        sample_output(&output, (enum stream)i, 12345 * NS_PER_S);
        size_t n = 0;
        int64_t from = clock_mono_ns();
        for (int turn = 0; turn < 1000; turn++) {
            char *line = encode_line(&output);
            n = strlen(line);
            free(line);
        }
        printf("%-12s %5zu bytes, %6lld ns\n", stream_tables[i].name, n, (long long)(clock_mono_ns() - from) / 1000);
        assert_true(n > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_rounded),
        cmocka_unit_test(test_numbers_equal_what_printf_rounds_to),
        cmocka_unit_test(test_strings_are_valid_utf8),
        cmocka_unit_test_setup(test_common_keys, set_up),
        cmocka_unit_test_setup(test_emitted_lines_are_the_objects_text, set_up),
        cmocka_unit_test(test_emitted_numbers_are_those_of_objects),
        cmocka_unit_test_setup(test_seq_has_no_holes, set_up),
        cmocka_unit_test_setup(test_every_member_is_published_once, set_up),
        cmocka_unit_test_setup(test_every_tall_angle_is_published_once, set_up),
        cmocka_unit_test_setup(test_a_calibration_that_is_in_force, set_up),
        cmocka_unit_test_setup(test_an_assessment_that_runs, set_up),
        cmocka_unit_test_setup(test_a_calibration_under_way, set_up),
        cmocka_unit_test_setup(test_keys_carry_the_member_of_their_name, set_up),
        cmocka_unit_test_setup(test_steps_arms_and_pack_are_written_out, set_up),
        cmocka_unit_test_setup(test_host_is_null_in_replay_only, set_up),
        cmocka_unit_test(test_latency_quantiles),
        cmocka_unit_test_setup(test_cost, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
