// SPDX-License-Identifier: GPL-3.0-or-later
// A Poise log read back: event for event, from a file, from a pipe, cut anywhere, damaged.
#include "random_log.h"

#include "record/log_format.h"
#include "record/log_reader.h"
#include "record/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
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

static void write_log(const char *path, const struct kept_event *log, size_t n)
{
    struct log_writer *writer;
    assert_int_equal(log_writer_open(&writer, path), 0);
    for (size_t i = 0; i < n; i++) {
        struct log_event event = kept_event_view(&log[i]);
        assert_int_equal(log_writer_put(writer, &event), 0);
    }
    assert_int_equal(log_writer_close(writer), 0);
}

// Reads path and demands the events of the log from the first on. Returns how many there were.
static size_t read_and_compare(const char *path, const struct kept_event *log, size_t n, char *warning, size_t size)
{
    struct log_reader *reader;
    char error[256] = "";
    int rc = log_reader_open(&reader, path, NULL, error, sizeof error);
    if (rc != 0) {
        snprintf(warning, size, "%s", error);
        return 0;
    }
    assert_true(log_reader_is_poise_log(reader));
    size_t i = 0;
    struct log_event event;
    while ((rc = log_reader_next(reader, &event)) == 1) {
        char why[128];
        assert_true(i < n);
        if (!same_event(&log[i], &event, why, sizeof why))
            fail_msg("event %zu: %s", i, why);
        i++;
    }
    assert_int_equal(rc, 0);
    snprintf(warning, size, "%s", log_reader_warning(reader));
    log_reader_close(reader);
    return i;
}

static void test_same_events(void **state)
{
    (void)state;
    unsigned long long seed = test_seed();
    for (unsigned round = 0; round < 20; round++) {
        size_t n = 1 + round * 40;
        struct kept_event *log = random_log(seed + round, n);
        write_log(test_path("log.xdf"), log, n);
        char warning[512];
        assert_int_equal(read_and_compare(test_path("log.xdf"), log, n, warning, sizeof warning), n);
        assert_string_equal(warning, "");
        free(log);
    }
}

static unsigned char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    unsigned char *bytes = malloc((size_t)st.st_size);
    *size = fread(bytes, 1, (size_t)st.st_size, file);
    fclose(file);
    return bytes;
}

static void write_file(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

// Cut at every byte: what is whole comes back, in order, and never fewer events than with one byte less.
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    size_t n = 14;
    struct kept_event *log = random_log(test_seed(), n);
    write_log(test_path("whole.xdf"), log, n);
    size_t size;
    unsigned char *bytes = read_file(test_path("whole.xdf"), &size);
    size_t before = 0;
    for (size_t cut = 0; cut < size; cut++) {
        write_file(test_path("cut.xdf"), bytes, cut);
        char warning[512];
        size_t got = read_and_compare(test_path("cut.xdf"), log, n, warning, sizeof warning);
        assert_true(got >= before);
        before = got;
        // Cut between two footers nothing is lost and nothing need be said.
        if (got < n)
            assert_true(strlen(warning) > 0);
    }
    assert_int_equal(before, n);
    free(bytes);
    free(log);
}

struct feed {
    const unsigned char *bytes;
    size_t size;
    int fd;
};

static void *feed_pipe(void *arg)
{
    struct feed *feed = arg;
    for (size_t at = 0; at < feed->size;) {
        size_t part = feed->size - at < 777 ? feed->size - at : 777;
        ssize_t put = write(feed->fd, feed->bytes + at, part);
        if (put <= 0)
            break;
        at += (size_t)put;
    }
    close(feed->fd);
    return NULL;
}

static void test_from_a_pipe(void **state)
{
    (void)state;
    size_t n = 900;
    struct kept_event *log = random_log(test_seed(), n);
    write_log(test_path("piped.xdf"), log, n);
    struct feed feed;
    unsigned char *bytes = read_file(test_path("piped.xdf"), &feed.size);
    feed.bytes = bytes;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    feed.fd = ends[1];
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, feed_pipe, &feed), 0);
    char path[32], warning[512];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(read_and_compare(path, log, n, warning, sizeof warning), n);
    assert_string_equal(warning, "");
    close(ends[0]);
    pthread_join(thread, NULL);
    free(bytes);
    free(log);
}

static void test_what_cannot_be_written(void **state)
{
    (void)state;
    struct log_writer *writer;
    assert_int_equal(log_writer_open(&writer, "/nonexistent/x.xdf"), -ENOENT);
    assert_int_equal(log_writer_open(&writer, test_path("odd.xdf")), 0);
    struct raw_block block = {.source = 3, .n = 1};
    struct log_event event = {.kind = LOG_BLOCK, .block = &block};
    assert_int_equal(log_writer_put(writer, &event), -EINVAL); // nobody said what slot 3 is
    struct source_desc desc = {.site = 2, .channel_mask = 1, .format = SAMPLE_INT16};
    struct log_event source = {.kind = LOG_SOURCE, .source = 3, .desc = &desc};
    assert_int_equal(log_writer_put(writer, &source), 0);
    static const double outside[] = {32768, -32769, 0.5, NAN, INFINITY};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        block.value[0][0] = outside[i];
        assert_int_equal(log_writer_put(writer, &event), -ERANGE);
    }
    block.value[0][0] = -32768;
    assert_int_equal(log_writer_put(writer, &event), 0);
    desc.channel_mask = 0;
    assert_int_equal(log_writer_put(writer, &source), -EINVAL);
    assert_int_equal(log_writer_close(writer), 0);

    int rc = log_writer_open(&writer, "/dev/full");
    assert_int_equal(rc, 0); // the buffer has not been written yet
    assert_int_equal(log_writer_flush(writer), -ENOSPC);
    assert_int_equal(log_writer_close(writer), -ENOSPC);
}

#define FIT                                                                                                            \
    "{\"q_sensor_from_segment\":[1,0,0,0],\"mount\":[1,0,0,0,1,0,0,0,1],\"axis\":\"bows\",\"tilt_deg\":4,"             \
    "\"sway_deg\":0.5,\"axis_turn_deg\":-3,\"axis_share\":null,\"tall_pitch_deg\":1,\"tall_roll_deg\":2"
#define CALIBRATION(sites)                                                                                             \
    "{\"event\":\"calibration\",\"version\":1,\"taken\":null,\"tall_taken\":null,\"later\":[],\"sites\":" sites "}"

// Lines of other versions: what is not known is passed over, what is wrong is no line.
static void test_lines_of_other_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int method; // -1: no line
    } commands[] = {
        {"{\"event\":\"command\",\"command\":\"calibrate\",\"value\":null,\"text\":\"\"}", CALIBRATE_STAND},
        {"{\"event\":\"command\",\"command\":\"calibrate\",\"method\":\"bows\"}", CALIBRATE_BOWS},
        {"{\"event\":\"command\",\"command\":\"calibrate\",\"method\":\"dance\"}", CALIBRATE_STAND},
        {"{\"event\":\"command\",\"command\":\"calibrate\",\"method\":3}", CALIBRATE_STAND},
        {"{\"event\":\"command\",\"command\":\"mark\",\"method\":\"bows\"}", 0},
        {"{\"event\":\"command\",\"command\":\"dance\"}", -1},
    };
    struct event_store store = {0};
    struct line line;
    struct log_event event;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        int rc = event_line_parse(commands[i].text, &line, &event, &store);
        assert_int_equal(rc, commands[i].method < 0 ? -EBADMSG : 0);
        if (rc == 0)
            assert_int_equal(event.command->method, commands[i].method);
    }
    assert_int_equal(
        event_line_parse(CALIBRATION("{\"c7\":" FIT ",\"later\":1},\"elbow\":" FIT "}}"), &line, &event, &store), 0);
    assert_int_equal(event.kind, LOG_CALIBRATION);
    assert_int_equal(event.calibration->sites, SITE_BIT(SITE_C7));
    assert_int_equal(event.calibration->tall, SITE_BIT(SITE_C7));
    assert_int_equal(event.calibration->site[SITE_C7].axis, AXIS_BOWS);
    assert_true(event.calibration->taken_utc_ns == UTC_UNKNOWN_NS);
    static const char *const wrong[] = {
        "{\"event\":\"calibration\"}",
        "{\"event\":\"calibration\",\"version\":2,\"taken\":null,\"tall_taken\":null,\"sites\":{}}",
        CALIBRATION("{\"c7\":{}}"),
        CALIBRATION("{\"c7\":" FIT ",\"q_sensor_from_segment\":[1,1,0,0]}}"),
        CALIBRATION("7"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(event_line_parse(wrong[i], &line, &event, &store), -EBADMSG);
    free(store.settings);
}

static void test_hole_is_told(void **state)
{
    (void)state;
    struct log_writer *writer;
    assert_int_equal(log_writer_open(&writer, test_path("hole.xdf")), 0);
    struct log_event event = {.kind = LOG_TICK, .tick = {1000000000, UTC_UNKNOWN_NS}};
    assert_int_equal(log_writer_put(writer, &event), 0);
    assert_int_equal(log_writer_put_hole(writer, 17), 0);
    assert_int_equal(log_writer_close(writer), 0);
    struct log_reader *reader;
    char error[256];
    assert_int_equal(log_reader_open(&reader, test_path("hole.xdf"), NULL, error, sizeof error), 0);
    assert_int_equal(log_reader_next(reader, &event), 1);
    assert_int_equal(log_reader_next(reader, &event), 0);
    assert_non_null(strstr(log_reader_warning(reader), "17 events"));
    log_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_events),  cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_from_a_pipe),  cmocka_unit_test(test_what_cannot_be_written),
        cmocka_unit_test(test_hole_is_told), cmocka_unit_test(test_lines_of_other_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
