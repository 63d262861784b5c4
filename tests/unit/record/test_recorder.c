// SPDX-License-Identifier: GPL-3.0-or-later
// The recorder thread: all events in order, a full disk, a full ring.
#include "random_log.h"

#include "record/log_reader.h"
#include "record/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct record_params one_file = {.rotate_mb = 1024};

static struct recorder *record_to(const char *path)
{
    struct recorder *recorder;
    assert_int_equal(recorder_create(&recorder, &one_file, "lab", true), 0);
    assert_int_equal(recorder_start(recorder, path), 0);
    return recorder;
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void test_records_all(void **state)
{
    (void)state;
    size_t n = 3000;
    struct kept_event *log = random_log(test_seed(), n);
    char error[256];
    struct recorder *recorder = record_to(test_path("live.xdf"));
    for (size_t i = 0; i < n; i++) {
        struct log_event event = kept_event_view(&log[i]);
        recorder_push(recorder, &event);
    }
    for (int i = 0; i < 500 && recorder_state(recorder).bytes == 0; i++)
        nap(20);
    struct recording_state status = recorder_state(recorder);
    assert_true(status.writing && status.error == 0 && status.lost_events == 0 && status.bytes > 0);
    assert_int_equal(recorder_close(recorder), 0);

    struct log_reader *reader;
    assert_int_equal(log_reader_open(&reader, test_path("live.xdf"), NULL, error, sizeof error), 0);
    struct log_event event;
    char why[128];
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(log_reader_next(reader, &event), 1);
        if (!same_event(&log[i], &event, why, sizeof why))
            fail_msg("event %zu: %s", i, why);
    }
    assert_int_equal(log_reader_next(reader, &event), 0);
    assert_string_equal(log_reader_warning(reader), "");
    log_reader_close(reader);
    free(log);
}

static void test_full_disk(void **state)
{
    (void)state;
    size_t n = 3000;
    struct kept_event *log = random_log(test_seed(), n);
    struct recorder *recorder;
    assert_int_equal(recorder_create(&recorder, &one_file, "lab", true), 0);
    assert_int_equal(recorder_start(recorder, "/dev/full"), -ENOSPC); // seen with the first line
    for (int round = 0; round < 3; round++) { // more than the ring holds: it must be drained all the same
        for (size_t i = 0; i < n; i++) {
            struct log_event event = kept_event_view(&log[i]);
            recorder_push(recorder, &event);
        }
        for (int i = 0; i < 500 && recorder_state(recorder).writing; i++)
            nap(20);
        nap(200);
    }
    struct recording_state status = recorder_state(recorder);
    assert_false(status.writing);
    assert_int_equal(status.error, -ENOSPC);
    assert_int_equal(recorder_close(recorder), -ENOSPC);
    free(log);
}

static void test_nowhere_to_write(void **state)
{
    (void)state;
    struct recorder *recorder;
    assert_int_equal(recorder_create(&recorder, &one_file, "lab", true), 0);
    assert_int_equal(recorder_start(recorder, "/nonexistent/x.xdf"), -ENOENT);
    assert_string_equal(recorder_state(recorder).path, "/nonexistent/x.xdf");
    assert_int_equal(recorder_start(recorder, NULL), -ENOTDIR); // no folder either
    assert_int_equal(recorder_start(recorder, test_path("now.xdf")), 0);
    assert_int_equal(recorder_start(recorder, test_path("twice.xdf")), -EALREADY);
    assert_int_equal(recorder_close(recorder), 0);
    assert_int_equal(recorder_close(NULL), 0);
}

struct read_counts {
    size_t blocks, changes;
};

static struct read_counts read_flood(const char *path, unsigned long long *told)
{
    struct log_reader *reader;
    char error[256];
    assert_int_equal(log_reader_open(&reader, path, NULL, error, sizeof error), 0);
    struct log_event event;
    struct read_counts counts = {0, 0};
    double scale = 0;
    int rc;
    while ((rc = log_reader_next(reader, &event)) == 1) {
        if (event.kind == LOG_SOURCE) {
            scale = event.desc->scale[0];
            counts.changes++;
        }
        if (event.kind == LOG_BLOCK) {
            // Under whatever was lost, a block stands under its own description: value and scale were made equal.
            assert_true(event.block->value[0][0] == scale);
            counts.blocks++;
        }
    }
    assert_int_equal(rc, 0);
    *told = 0;
    const char *number = strstr(log_reader_warning(reader), "lost ");
    if (number)
        *told = strtoull(number + 5, NULL, 10);
    log_reader_close(reader);
    return counts;
}

// A producer faster than the disk: drops are counted, told in the log, and never put a block under a stale description.
static void test_full_ring(void **state)
{
    (void)state;
    struct recorder *recorder = record_to(test_path("flood.xdf"));
    struct source_desc desc = {.site = 1, .channel_mask = 1, .format = SAMPLE_INT32};
    static struct raw_block block = {.source = 4, .n = RAW_BLOCK_MAX};
    size_t pushed = 0, blocks = 0;
    for (int burst = 0; burst < 30000; burst++) {
        desc.scale[0] = 1 + burst % 1000;
        for (int i = 0; i < RAW_BLOCK_MAX; i++) {
            block.value[i][0] = desc.scale[0];
            block.stamp_ns[i] = (int64_t)burst * 64000000 + i * 1000000;
        }
        struct log_event source = {.kind = LOG_SOURCE, .source = 4, .desc = &desc};
        struct log_event event = {.kind = LOG_BLOCK, .source = 4, .block = &block};
        if (burst % 10 == 0)
            recorder_push(recorder, &source);
        else
            desc.scale[0] = 1 + (burst - burst % 10) % 1000;
        for (int i = 0; i < RAW_BLOCK_MAX; i++)
            block.value[i][0] = desc.scale[0];
        recorder_push(recorder, &event);
        pushed += burst % 10 == 0 ? 2 : 1;
        blocks++;
    }
    unsigned long long dropped = recorder_state(recorder).lost_events;
    assert_int_equal(recorder_close(recorder), 0);
    unsigned long long told;
    struct read_counts counts = read_flood(test_path("flood.xdf"), &told);
    print_message("pushed %zu, dropped %llu, blocks read %zu\n", pushed, dropped, counts.blocks);
    assert_true(dropped > 0); // the test means nothing otherwise
    assert_int_equal(told, dropped);
    assert_true(counts.blocks <= blocks);
    // A description that found no place is counted as dropped once and written later all the same.
    assert_true(counts.blocks + counts.changes + dropped >= pushed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_all),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_nowhere_to_write),
        cmocka_unit_test(test_full_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
