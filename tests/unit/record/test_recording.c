// SPDX-License-Identifier: GPL-3.0-or-later
// A recording in parts read back as one log, each part alone, begun in the middle, cut anywhere with metrics in it.
#include "random_history.h"
#include "random_log.h"

#include "record/log_head.h"
#include "record/log_reader.h"
#include "record/recording.h"
#include "xdf/xdf_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#define PARTS_MAX 200

static struct record_params params_of(const char *dir, double rotate_mb)
{
    struct record_params params = {.rotate_mb = rotate_mb};
    snprintf(params.dir, sizeof params.dir, "%s", dir);
    return params;
}

static int xdf_name(const struct dirent *entry)
{
    return strstr(entry->d_name, ".xdf") != NULL;
}

// The folder's recordings by name. Returns how many; the folder is emptied at the next call with empty.
static int list(const char *dir, char paths[PARTS_MAX][512])
{
    struct dirent **entries;
    int n = scandir(dir, &entries, xdf_name, alphasort);
    assert_true(n >= 0 && n <= PARTS_MAX);
    for (int i = 0; i < n; i++) {
        snprintf(paths[i], 512, "%s/%s", dir, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return n;
}

static void put(struct recording *recording, const struct kept_event *log, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct log_event event = kept_event_view(&log[i]);
        recording_put(recording, &event);
        char text[64];
        snprintf(text, sizeof text, "{\"seq\":%zu}", i);
        if (i % 3 == 0)
            recording_put_metric(recording, (int64_t)i * 1000000, text);
    }
}

// Reads a file and demands the log's events from `at` on; returns where it ended.
static size_t read_on(const char *path, const struct log_reader_options *options, const struct kept_event *log,
                      size_t n, size_t at, struct log_part *part, bool *goes_on)
{
    struct log_reader *reader;
    struct log_event event;
    char error[512], why[128];
    int rc;
    assert_int_equal(log_reader_open(&reader, path, options, error, sizeof error), 0);
    while ((rc = log_reader_next(reader, &event)) == 1) {
        assert_true(at < n);
        if (!same_event(&log[at], &event, why, sizeof why))
            fail_msg("%s, event %zu: %s", path, at, why);
        at++;
    }
    assert_int_equal(rc, 0);
    assert_string_equal(log_reader_warning(reader), "");
    *part = *log_reader_part(reader);
    *goes_on = log_reader_goes_on(reader);
    log_reader_close(reader);
    return at;
}

static void test_parts_are_one_log(void **state)
{
    (void)state;
    static char paths[PARTS_MAX][512];
    size_t n = 1500;
    struct kept_event *log = random_log(test_seed(), n);
    struct record_params params = params_of(test_path("parts"), 0.1);
    struct recording *recording;
    assert_int_equal(recording_create(&recording, &params, "lab"), 0);
    assert_int_equal(recording_start(recording, NULL), 0);
    put(recording, log, 0, n);
    uint64_t told = recording_state(recording)->bytes;
    assert_int_equal(recording_state(recording)->error, 0);
    assert_int_equal(recording_stop(recording), 0);
    recording_destroy(recording);

    int n_parts = list(params.dir, paths);
    print_message("%d parts\n", n_parts);
    assert_true(n_parts > 5);
    struct log_reader_options options = {0};
    size_t at = 0;
    uint64_t bytes = 0;
    for (int i = 0; i < n_parts; i++) {
        struct log_part part;
        bool goes_on;
        struct stat st;
        at = read_on(paths[i], &options, log, n, at, &part, &goes_on);
        assert_int_equal(part.number, i + 1);
        assert_int_equal(part.has_head, i > 0);
        assert_int_equal(goes_on, i > 0);
        options.after = part;
        assert_int_equal(stat(paths[i], &st), 0);
        bytes += (uint64_t)st.st_size;
    }
    assert_int_equal(at, n);
    assert_true(told <= bytes && bytes - told < (uint64_t)n_parts * 20000); // but the footers of the last
    free(log);
}

// What a part's head must tell: followed over the events before it.
static size_t check_alone(const char *path, const struct kept_event *log, size_t n, size_t at)
{
    struct log_head *wanted = calloc(1, sizeof *wanted), *found = calloc(1, sizeof *found);
    struct log_reader *reader;
    struct log_event event;
    char error[512], why[128];
    for (size_t i = 0; i < at; i++) {
        event = kept_event_view(&log[i]);
        if (event.kind != LOG_BLOCK && event.kind != LOG_TICK)
            log_head_take(wanted, &event);
    }
    assert_int_equal(log_reader_open(&reader, path, NULL, error, sizeof error), 0);
    int n_head = 1 + wanted->has_calibration + (wanted->history != NULL) + wanted->has_speed +
                 (wanted->session.session[0] != '\0');
    for (int i = 0; i < MAX_SOURCES; i++)
        n_head += wanted->has_desc[i];
    for (int i = 0; i < DEVICE_SLOTS; i++)
        n_head += wanted->has_device[i];
    for (int i = 0; i < n_head; i++) {
        assert_int_equal(log_reader_next(reader, &event), 1);
        assert_int_equal(event.kind == LOG_SETTINGS, i == 0);
        if (i == 0)
            assert_string_equal(event.settings, wanted->settings);
        log_head_take(found, &event);
        assert_true(event.kind != LOG_HISTORY || !differs_history(wanted->history, event.history));
    }
    assert_int_equal(wanted->history != NULL, found->history != NULL);
    assert_memory_equal(wanted->has_desc, found->has_desc, sizeof found->has_desc);
    assert_memory_equal(wanted->has_device, found->has_device, sizeof found->has_device);
    assert_string_equal(wanted->session.session, found->session.session);
    assert_true(wanted->session.session[0] == '\0' || wanted->session.value == found->session.value);
    assert_true(wanted->has_speed == found->has_speed && wanted->speed.text[0] == found->speed.text[0]);
    assert_int_equal(wanted->calibration.sites, found->calibration.sites);
    while (log_reader_next(reader, &event) == 1) {
        assert_true(at < n);
        if (!same_event(&log[at], &event, why, sizeof why))
            fail_msg("%s alone, event %zu: %s", path, at, why);
        at++;
    }
    assert_string_equal(log_reader_warning(reader), "");
    log_reader_close(reader);
    free(wanted);
    free(found);
    return at;
}

static void test_each_part_alone(void **state)
{
    (void)state;
    static char paths[PARTS_MAX][512];
    size_t n = 1200;
    struct kept_event *log = random_log(test_seed(), n);
    for (size_t i = 0; i < n; i++) // marks in a session are counted with it: NaN would never be the same
        if (log[i].kind == LOG_COMMAND && log[i].command.kind == COMMAND_SESSION)
            log[i].command.value = 0;
    struct record_params params = params_of(test_path("alone"), 0.1);
    struct recording *recording;
    assert_int_equal(recording_create(&recording, &params, "lab"), 0);
    size_t begun = 100; // in the middle
    put(recording, log, 0, begun);
    assert_int_equal(recording_start(recording, NULL), 0);
    put(recording, log, begun, n);
    recording_destroy(recording);
    int n_parts = list(params.dir, paths);
    assert_true(n_parts > 3);
    size_t at = begun;
    for (int i = 0; i < n_parts; i++)
        at = check_alone(paths[i], log, n, at);
    assert_int_equal(at, n);
    free(log);
}

static size_t count_metrics(const char *path)
{
    struct xdf_reader *reader;
    struct xdf_chunk chunk;
    struct xdf_sample sample;
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    if (xdf_reader_open_fd(&reader, fd) != 0) {
        close(fd);
        return 0;
    }
    while (xdf_reader_next(reader, &chunk) == 1)
        if (chunk.kind == XDF_SAMPLES && strcmp(chunk.stream->name, "poise.metrics") == 0 &&
            xdf_reader_sample(reader, &sample) == 1) {
            char text[64];
            snprintf(text, sizeof text, "{\"seq\":%zu}", n * 3);
            assert_string_equal(sample.text[0], text);
            n++;
        }
    xdf_reader_close(reader);
    close(fd);
    return n;
}

static size_t count_events(const char *path)
{
    struct log_reader *reader;
    struct log_event event;
    char error[512];
    size_t n = 0;
    if (log_reader_open(&reader, path, NULL, error, sizeof error) != 0)
        return 0;
    while (log_reader_next(reader, &event) == 1)
        n++;
    log_reader_close(reader);
    return n;
}

// A power cut at any byte: events and metrics are those of a shorter run, never fewer with a byte more.
static void test_cut_anywhere(void **state)
{
    (void)state;
    size_t n = 400;
    unsigned long long seed = test_seed();
    struct kept_event *log = random_log(seed, n);
    struct record_params params = params_of("", 0);
    struct recording *recording;
    char whole[512], cut[512];
    snprintf(whole, sizeof whole, "%s", test_path("whole.xdf"));
    snprintf(cut, sizeof cut, "%s", test_path("cut.xdf"));
    assert_int_equal(recording_create(&recording, &params, "lab"), 0);
    assert_int_equal(recording_start(recording, whole), 0);
    put(recording, log, 0, n);
    recording_destroy(recording);
    assert_int_equal(count_events(whole), n);
    assert_int_equal(count_metrics(whole), (n + 2) / 3);

    struct stat st;
    assert_int_equal(stat(whole, &st), 0);
    unsigned char *bytes = malloc((size_t)st.st_size);
    FILE *file = fopen(whole, "rb");
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), (size_t)st.st_size);
    fclose(file);
    srandom((unsigned)seed);
    size_t events = 0, metrics = 0, at = 0;
    while ((at += 1 + (size_t)random() % 3000) < (size_t)st.st_size) {
        file = fopen(cut, "wb");
        assert_int_equal(fwrite(bytes, 1, at, file), at);
        fclose(file);
        size_t now_events = count_events(cut), now_metrics = count_metrics(cut);
        assert_true(now_events >= events && now_metrics >= metrics);
        events = now_events;
        metrics = now_metrics;
    }
    assert_true(events > n / 2);
    free(bytes);
    free(log);
}

static void test_what_cannot_be(void **state)
{
    (void)state;
    struct recording *recording;
    struct record_params none = params_of("", 0), nowhere = params_of("/nonexistent/a/b", 0);
    assert_int_equal(recording_create(&recording, &none, "lab"), 0);
    assert_int_equal(recording_start(recording, NULL), -ENOTDIR);
    assert_int_equal(recording_start(recording, "/dev/full"), -ENOSPC);
    assert_false(recording_state(recording)->writing);
    assert_int_equal(recording_start(recording, test_path("one.xdf")), 0);
    assert_int_equal(recording_state(recording)->error, 0);
    assert_int_equal(recording_start(recording, test_path("two.xdf")), -EALREADY);
    assert_int_equal(recording_stop(recording), 0);
    recording_destroy(recording);
    assert_int_equal(recording_create(&recording, &nowhere, "lab"), 0);
    assert_int_equal(recording_start(recording, NULL), -ENOENT);
    assert_int_equal(recording_state(recording)->error, -ENOENT);
    recording_destroy(recording);
    recording_destroy(NULL);
}

// A file that is there is never written over: another name is taken, or for a later part the recording ends.
static void test_names_are_taken(void **state)
{
    (void)state;
    static char paths[PARTS_MAX][512];
    size_t n = 600;
    struct kept_event *log = random_log(test_seed(), n);
    struct record_params params = params_of(test_path("taken"), 0.1);
    struct recording *recording;
    assert_int_equal(recording_create(&recording, &params, "lab"), 0);
    assert_int_equal(recording_start(recording, NULL), 0);
    char second[512];
    snprintf(second, sizeof second, "%s", recording_state(recording)->path);
    memcpy(strrchr(second, '_'), "_002", 4);
    FILE *file = fopen(second, "wx");
    fputs("mine", file);
    fclose(file);
    put(recording, log, 0, n);
    assert_int_equal(recording_state(recording)->error, -EEXIST);
    assert_false(recording_state(recording)->writing);
    assert_int_equal(recording_start(recording, NULL), 0); // again, under another name
    assert_int_equal(recording_state(recording)->part, 1);
    recording_destroy(recording);
    struct stat st;
    assert_int_equal(stat(second, &st), 0);
    assert_int_equal(st.st_size, 4);
    assert_int_equal(list(params.dir, paths), 3);
    free(log);
}

// Of events so few that they fill no buffer, too.
static void test_a_crash_costs_a_second(void **state)
{
    (void)state;
    const size_t n = 20;
    struct kept_event *log = random_log(test_seed(), n);
    struct recording *recording;
    struct log_reader *reader;
    struct log_event event;
    struct stat begun, st;
    char error[512];
    assert_int_equal(recording_create(&recording, &(struct record_params){0}, "lab"), 0);
    assert_int_equal(recording_start(recording, test_path("quiet.xdf")), 0);
    assert_int_equal(stat(test_path("quiet.xdf"), &begun), 0);
    put(recording, log, 0, n);
    usleep(1050000);
    recording_turn(recording);
    assert_int_equal(stat(test_path("quiet.xdf"), &st), 0);
    assert_true(st.st_size > begun.st_size);
    assert_int_equal(log_reader_open(&reader, test_path("quiet.xdf"), NULL, error, sizeof error), 0);
    size_t n_read = 0;
    while (log_reader_next(reader, &event) == 1)
        n_read++;
    assert_int_equal(n_read, n);
    log_reader_close(reader);
    recording_destroy(recording);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_one_log), cmocka_unit_test(test_each_part_alone),
        cmocka_unit_test(test_cut_anywhere),      cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_names_are_taken),   cmocka_unit_test(test_a_crash_costs_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
