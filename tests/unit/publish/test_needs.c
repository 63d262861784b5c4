// SPDX-License-Identifier: GPL-3.0-or-later
// What `status` says of values that are null: every key it names exists, none is forgotten, and each goes when the
// sensors it asks for are there.
#include "publish/streams.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define B(site)   SITE_BIT(SITE_##site)
#define ALL_SITES (SITE_BIT(N_SITES) - 1)

// The object by "stream.key"; the caller owns it.
static json_t *unavailable(uint32_t measuring, uint32_t with_gyro, bool has_speed)
{
    struct stream_encoder encoder = {.rig = "lab1", .boot = "12345678-1234-1234-1234-123456789abc"};
    struct output output;
    memset(&output, 0, sizeof output);
    output.stream = STREAM_STATUS;
    output.status.measuring = measuring;
    output.status.with_gyro = with_gyro;
    output.status.has_speed = has_speed;
    json_t *status = stream_encode(&encoder, &output);
    json_t *object = json_incref(json_object_get(status, "unavailable"));
    json_decref(status);
    assert_true(json_is_object(object));
    return object;
}

// What is available of the keys, as '1' and '0' in their order.
static void check_available(uint32_t measuring, uint32_t with_gyro, bool has_speed, const char *const *keys,
                            const char *expected)
{
    json_t *object = unavailable(measuring, with_gyro, has_speed);
    char got[32] = "";
    for (size_t i = 0; keys[i]; i++)
        got[i] = json_object_get(object, keys[i]) ? '0' : '1';
    json_decref(object);
    assert_string_equal(got, expected);
}

static const struct stream_key *find_key(const char *name)
{
    for (int i = 0; i < N_STREAMS; i++) {
        size_t n = strlen(stream_tables[i].name);
        if (strncmp(name, stream_tables[i].name, n) != 0 || name[n] != '.')
            continue;
        for (const struct stream_key *key = stream_tables[i].keys; key->key; key++)
            if (strcmp(key->key, name + n + 1) == 0)
                return key;
    }
    return NULL;
}

static void test_every_key_it_names_exists(void **state)
{
    (void)state;
    json_t *object = unavailable(0, 0, false), *words;
    const char *name;
    json_object_foreach(object, name, words)
    {
        if (!find_key(name))
            fail_msg("there is no key %s", name);
        assert_true(json_string_length(words) > 5);
    }
    json_decref(object);
}

static void test_without_sensors_nothing_of_the_steps_is_available(void **state)
{
    (void)state;
    static const enum stream streams[] = {STREAM_CONTACT, STREAM_STEP, STREAM_GAIT,
                                          STREAM_ARMS,    STREAM_PACK, STREAM_INSPIRATION};
    json_t *object = unavailable(0, 0, true);
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        for (const struct stream_key *key = stream_tables[streams[i]].keys; key->key; key++) {
            char name[96];
            snprintf(name, sizeof name, "%s.%s", stream_tables[streams[i]].name, key->key);
            if (key->kind != KEY_COUNT && !json_object_get(object, name))
                fail_msg("%s is null without sensors, and nothing says why", name);
        }
    json_decref(object);
}

static void test_with_every_sensor_and_the_belts_speed_nothing_is_missing(void **state)
{
    (void)state;
    json_t *object = unavailable(ALL_SITES, ALL_SITES, true);
    assert_int_equal(json_object_size(object), 0);
    json_decref(object);
}

static void test_steps_need_the_trunk_or_the_head(void **state)
{
    (void)state;
    static const char *const keys[] = {"contact.foot",          "step.contact_ms",           "gait.step_asymmetry_pct",
                                       "step.step_length_m",    "gait.step_length_m",        "gait.vertical_ratio_pct",
                                       "gait.overstride_index", "gait.shock_attenuation_db", NULL};
    check_available(B(SACRUM), 0, true, keys, "11111110");
    check_available(B(STERNUM), 0, false, keys, "11100000");
    check_available(B(HEAD), 0, true, keys, "11111110");
    check_available(B(HEAD) | B(T12), 0, false, keys, "11100001");
    check_available(B(HEAD) | B(C7), 0, false, keys, "11100000");
    check_available(ALL_SITES & ~(B(HEAD) | B(SACRUM) | B(T12) | B(C7) | B(STERNUM)), ALL_SITES, true, keys,
                    "00000000");
}

static void test_arms_and_feet_need_gyros(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "arms.swing_left_deg", "arms.crossing_right_deg", "arms.asymmetry_pct",      "arms.rate_hz",
        "arms.stiffness",      "gait.eversion_left_deg",  "gait.eversion_right_deg", NULL};
    const uint32_t wrists = B(WRIST_LEFT) | B(WRIST_RIGHT);
    check_available(ALL_SITES, 0, true, keys, "0000000");
    check_available(wrists, wrists, true, keys, "1111000");
    check_available(B(WRIST_LEFT) | B(C7), ALL_SITES, true, keys, "1001100"); // one that has a gyro, but is silent
    check_available(wrists | B(STERNUM), B(WRIST_RIGHT), true, keys, "0101000");
    check_available(wrists | B(STERNUM), B(WRIST_RIGHT) | B(STERNUM), true, keys, "0101100");
    check_available(B(C7) | B(FOOT_RIGHT), ALL_SITES, true, keys, "0000001");
}

static void test_a_pack_needs_the_back_behind_it(void **state)
{
    (void)state;
    static const char *const keys[] = {"pack.bounce_mm", "pack.lag_ms", "pack.tilt_deg", "pack.side_tilt_deg", NULL};
    check_available(B(PACK), ALL_SITES, true, keys, "0000");
    check_available(B(PACK) | B(SACRUM), ALL_SITES, true, keys, "0000");
    check_available(B(PACK) | B(T12), 0, true, keys, "1111");
    check_available(B(PACK) | B(C7), 0, true, keys, "1111");
    check_available(B(PACK) | B(STERNUM), 0, true, keys, "1111");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_it_names_exists),
        cmocka_unit_test(test_without_sensors_nothing_of_the_steps_is_available),
        cmocka_unit_test(test_with_every_sensor_and_the_belts_speed_nothing_is_missing),
        cmocka_unit_test(test_steps_need_the_trunk_or_the_head),
        cmocka_unit_test(test_arms_and_feet_need_gyros),
        cmocka_unit_test(test_a_pack_needs_the_back_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
