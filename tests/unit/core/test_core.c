// SPDX-License-Identifier: GPL-3.0-or-later
// Ring (also under ThreadSanitizer), UTC text, the log's time resolution.
#include "core/clock.h"
#include "core/ring.h"
#include "frames/log_event.h"
#include "frames/site.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void ring_refuses_sizes_that_are_no_power_of_two(void **state)
{
    (void)state;
    struct ring *ring;
    assert_int_equal(ring_create(&ring, 8, 3), -EINVAL);
    assert_int_equal(ring_create(&ring, 0, 4), -EINVAL);
    assert_null(ring);
}

static void ring_gives_back_in_order_and_refuses_when_full(void **state)
{
    (void)state;
    struct ring *ring;
    assert_int_equal(ring_create(&ring, sizeof(int), 4), 0);
    assert_null(ring_peek(ring));
    for (int i = 0; i < 4; i++) {
        *(int *)ring_reserve(ring) = i;
        ring_commit(ring);
    }
    assert_null(ring_reserve(ring));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(*(const int *)ring_peek(ring), i);
        ring_release(ring);
    }
    assert_int_equal(ring_used(ring), 0);
    ring_destroy(ring);
}

enum { N_PASSED = 200000 };

static void *produce(void *arg)
{
    struct ring *ring = arg;
    for (int i = 0; i < N_PASSED;) {
        long *slot = ring_reserve(ring);
        if (!slot) {
            sched_yield();
            continue;
        }
        slot[0] = i;
        slot[1] = ~(long)i;
        ring_commit(ring);
        i++;
    }
    return NULL;
}

static void ring_passes_between_two_threads_without_loss(void **state)
{
    (void)state;
    struct ring *ring;
    assert_int_equal(ring_create(&ring, 2 * sizeof(long), 64), 0);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
    for (long i = 0; i < N_PASSED;) {
        const long *slot = ring_peek(ring);
        if (!slot) {
            sched_yield();
            continue;
        }
        assert_true(slot[0] == i && slot[1] == ~i);
        ring_release(ring);
        i++;
    }
    pthread_join(producer, NULL);
    ring_destroy(ring);
}

static void utc_text_is_rfc3339_with_milliseconds(void **state)
{
    (void)state;
    char text[CLOCK_UTC_TEXT];
    clock_format_utc(INT64_C(1795259071123999999), text);
    assert_string_equal(text, "2026-11-21T11:04:31.123Z");
    clock_format_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void stamps_survive_seconds_in_double(void **state)
{
    (void)state;
    // 2.8 years of uptime: the quantised stamp must come back from XDF's double seconds.
    for (int64_t ns = 12345; ns < INT64_C(88000000000000000); ns = ns * 3 + 777) {
        int64_t quantised = log_quantise_ns(ns);
        double seconds = (double)quantised / 1e9;
        assert_int_equal(log_quantise_ns(llround(seconds * 1e9)), quantised);
    }
}

static void every_site_has_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < N_SITES; i++)
        assert_int_equal(site_from_name(site_names[i]), i);
    assert_int_equal(site_from_name("elbow"), -1);
    assert_null(site_names[N_SITES]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_refuses_sizes_that_are_no_power_of_two),
        cmocka_unit_test(ring_gives_back_in_order_and_refuses_when_full),
        cmocka_unit_test(ring_passes_between_two_threads_without_loss),
        cmocka_unit_test(utc_text_is_rfc3339_with_milliseconds),
        cmocka_unit_test(stamps_survive_seconds_in_double),
        cmocka_unit_test(every_site_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
