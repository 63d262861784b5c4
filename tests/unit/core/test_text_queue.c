// SPDX-License-Identifier: GPL-3.0-or-later
// Texts between two threads: order, bounds in number and bytes, what is lost is counted; UUIDs as text.
#include "core/text_queue.h"
#include "core/uuid.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N 50000

static void *produce(void *arg)
{
    struct text_queue *queue = arg;
    for (int i = 0; i < N; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i);
        text_queue_put(queue, i, text);
        if (i % 64 == 0)
            sched_yield();
    }
    return NULL;
}

static void test_between_threads(void **state)
{
    (void)state;
    struct text_queue *queue;
    pthread_t thread;
    assert_int_equal(text_queue_create(&queue, 256, 4096), 0);
    text_queue_open(queue, true);
    assert_int_equal(pthread_create(&thread, NULL, produce, queue), 0);
    int64_t last = -1, t_ns;
    unsigned long long got = 0;
    while (last < N - 1 && got + text_queue_lost(queue) < N) {
        char *text = text_queue_take(queue, &t_ns);
        if (!text)
            continue;
        assert_true(t_ns > last);
        assert_int_equal(strtoll(text, NULL, 10), t_ns);
        last = t_ns;
        got++;
        free(text);
    }
    pthread_join(thread, NULL);
    for (char *text; (text = text_queue_take(queue, &t_ns)) != NULL; got++)
        free(text);
    assert_int_equal(got + text_queue_lost(queue), N);
    text_queue_destroy(queue);
}

static void test_bounds(void **state)
{
    (void)state;
    struct text_queue *queue;
    int64_t t_ns;
    assert_int_equal(text_queue_create(&queue, 3, 100), -EINVAL);
    assert_int_equal(text_queue_create(&queue, 4, 10), 0);
    text_queue_put(queue, 1, "closed");
    assert_null(text_queue_take(queue, &t_ns));
    assert_int_equal(text_queue_lost(queue), 0);
    text_queue_open(queue, true);
    text_queue_put(queue, 2, "too long for it");
    text_queue_put(queue, 3, "12345");
    text_queue_put(queue, 4, "67890"); // 6 + 6 bytes
    assert_int_equal(text_queue_lost(queue), 2);
    char *text = text_queue_take(queue, &t_ns);
    assert_string_equal(text, "12345");
    assert_int_equal(t_ns, 3);
    free(text);
    for (int i = 0; i < 5; i++)
        text_queue_put(queue, i, "");
    assert_int_equal(text_queue_lost(queue), 3);
    text_queue_put(NULL, 0, "nowhere");
    text_queue_destroy(queue); // with texts in it
    text_queue_destroy(NULL);
}

static void test_uuid(void **state)
{
    (void)state;
    char a[UUID_TEXT], b[UUID_TEXT];
    assert_int_equal(uuid_make(a), 0);
    assert_int_equal(uuid_make(b), 0);
    assert_true(uuid_is_text(a) && uuid_is_text(b) && strcmp(a, b) != 0);
    assert_true(a[14] == '4' && strchr("89ab", a[19]));
    static const char *const wrong[] = {"",
                                        "0",
                                        "01234567-89ab-4cde-8f01-23456789abc",
                                        "01234567-89ab-4cde-8f01-23456789abcde",
                                        "01234567-89AB-4cde-8f01-23456789abcd",
                                        "01234567089ab-4cde-8f01-23456789abcd"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(uuid_is_text(wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_between_threads),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_uuid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
