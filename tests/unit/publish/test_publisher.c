// SPDX-License-Identifier: GPL-3.0-or-later
// A real publisher with its thread and sockets, a czmq subscriber and a REQ client in the same process. Runs under
// ThreadSanitizer too.
#include "core/clock.h"
#include "publish/control.h"
#include "publish/publisher.h"
#include "publish/streams.h"
#include "sample_outputs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <czmq.h>
#include <unistd.h>

struct fixture {
    char dir[64];
    struct publish_params params;
    struct publisher_identity identity;
    struct publisher *publisher;
    char error[512];
};

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    strcpy(f.dir, "/tmp/poise-publisher-XXXXXX");
    assert_non_null(mkdtemp(f.dir));
    f.params = (struct publish_params){.ipc = true, .tcp = "127.0.0.1:0", .send_hwm = 1000};
    f.identity = (struct publisher_identity){
        .rig = "lab1", .boot = "12345678-1234-1234-1234-123456789abc", .config_text = "abc"};
    snprintf(f.identity.runtime_dir, sizeof f.identity.runtime_dir, "%s", f.dir);
    *state = &f;
    return publisher_create(&f.publisher, &f.params, &f.identity, f.error, sizeof f.error);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char lock[96];
    publisher_destroy(f->publisher);
    snprintf(lock, sizeof lock, "%s/lock", f->dir);
    unlink(lock);
    return rmdir(f->dir); // fails when a socket was left
}

static zsock_t *subscribe(const struct fixture *f, const char *topic)
{
    zsock_t *sub = zsock_new(ZMQ_SUB);
    assert_non_null(sub);
    zsock_set_subscribe(sub, topic);
    zsock_set_rcvtimeo(sub, 10000);
    zsock_set_rcvhwm(sub, 100000);
    assert_int_equal(zsock_connect(sub, "%s", publisher_tcp_endpoint(f->publisher)), 0);
    return sub;
}

// The next object, NULL after ten seconds of silence; its topic must match.
static json_t *receive(zsock_t *sub)
{
    char *topic = zstr_recv(sub), *text = topic ? zstr_recv(sub) : NULL;
    json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (object) {
        char expected[96];
        snprintf(expected, sizeof expected, "lab1/%s", json_string_value(json_object_get(object, "stream")));
        assert_string_equal(topic, expected);
    }
    zstr_free(&topic);
    zstr_free(&text);
    return object;
}

static json_t *ask(const struct fixture *f, const char *request)
{
    zsock_t *req = zsock_new(ZMQ_REQ);
    zsock_set_rcvtimeo(req, 10000);
    assert_int_equal(zsock_connect(req, "ipc://%s/control", f->dir), 0);
    zstr_send(req, request);
    char *text = zstr_recv(req);
    assert_non_null(text);
    json_t *reply = json_loads(text, 0, NULL);
    assert_non_null(reply);
    zstr_free(&text);
    zsock_destroy(&req);
    return reply;
}

static void push(struct fixture *f, enum stream stream)
{
    struct output output;
    sample_output(&output, stream, clock_mono_ns() - 3000000);
    publisher_push(f->publisher, &output);
}

static void join_stream(struct fixture *f, zsock_t *sub)
{
    // A subscription takes a moment to arrive; what was sent before is not for us.
    zsock_set_rcvtimeo(sub, 50);
    json_t *object = NULL;
    for (int i = 0; !object && i < 200; i++) {
        push(f, STREAM_CADENCE);
        object = receive(sub);
    }
    assert_non_null(object);
    json_decref(object);
    zsock_set_rcvtimeo(sub, 10000);
}

static void test_outputs_arrive_in_order(void **state)
{
    struct fixture *f = *state;
    zsock_t *sub = subscribe(f, "lab1/");
    uint64_t last[N_STREAMS] = {0};
    join_stream(f, sub);
    for (int i = 0; i < 400; i++) {
        push(f, i % 4 == 0 ? STREAM_POSTURE : STREAM_ORIENTATION);
        if (i % 50 == 49)
            usleep(20000);
    }
    push(f, STREAM_BREATHING);
    for (bool ended = false; !ended;) {
        json_t *object = receive(sub);
        assert_non_null(object);
        const char *name = json_string_value(json_object_get(object, "stream"));
        uint64_t seq = (uint64_t)json_integer_value(json_object_get(object, "seq"));
        for (int i = 0; i < N_STREAMS; i++)
            if (strcmp(stream_tables[i].name, name) == 0) {
                assert_true(last[i] == 0 || seq == last[i] + 1);
                last[i] = seq;
            }
        ended = strcmp(name, "breathing") == 0;
        json_decref(object);
    }
    assert_int_equal(last[STREAM_POSTURE], 100);
    assert_int_equal(last[STREAM_ORIENTATION], 300);
    zsock_destroy(&sub);
}

static void test_status_is_completed(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 20; i++)
        push(f, STREAM_POSTURE);
    publisher_set_recording(f->publisher, &(struct recording_state){.path = "/var/lib/poise/a.xdf", .error = -ENOSPC});
    push(f, STREAM_STATUS);
    json_t *reply = NULL, *status = NULL;
    for (int i = 0; i < 100 && !json_is_object(status); i++) {
        json_decref(reply);
        usleep(20000);
        reply = ask(f, "{\"cmd\":\"status\"}");
        status = json_object_get(reply, "status");
    }
    assert_true(json_is_true(json_object_get(reply, "ok")));
    json_t *latency = json_object_get(status, "latency_ms");
    assert_true(json_real_value(json_object_get(latency, "p50")) >= 3);
    assert_true(json_real_value(json_object_get(latency, "max")) < 10000);
    json_t *recording = json_object_get(status, "recording");
    assert_string_equal(json_string_value(json_object_get(recording, "path")), "/var/lib/poise/a.xdf");
    assert_string_equal(json_string_value(json_object_get(recording, "error")), "No space left on device");
    assert_true(json_real_value(json_object_get(json_object_get(status, "host"), "memory_mb")) > 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(status, "counters"), "samples_in")), 3000);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(status, "counters"), "outputs_dropped")), 0);
    json_decref(reply);
}

static void test_latency_of_another_clock_is_null(void **state)
{
    struct fixture *f = *state;
    struct output output;
    sample_output(&output, STREAM_POSTURE, clock_utc_ns());
    publisher_push(f->publisher, &output);
    push(f, STREAM_STATUS);
    json_t *reply = NULL, *status = NULL;
    for (int i = 0; i < 100 && !json_is_object(status); i++) {
        json_decref(reply);
        usleep(20000);
        reply = ask(f, "{\"cmd\":\"status\"}");
        status = json_object_get(reply, "status");
    }
    assert_true(json_is_object(status));
    assert_true(json_is_null(json_object_get(status, "latency_ms")));
    json_decref(reply);
}

// Without a single output: meta at once and every five seconds, status after two.
static void test_heartbeat_without_pipeline(void **state)
{
    struct fixture *f = *state;
    zsock_t *sub = subscribe(f, "");
    bool status = false, meta = false;
    for (int i = 0; i < 6 && !(status && meta); i++) {
        json_t *object = receive(sub);
        assert_non_null(object);
        const char *name = json_string_value(json_object_get(object, "stream"));
        status = status || strcmp(name, "status") == 0;
        if (strcmp(name, "meta") == 0) {
            meta = true;
            json_t *endpoints = json_object_get(object, "endpoints");
            assert_string_equal(json_string_value(json_object_get(endpoints, "tcp")),
                                publisher_tcp_endpoint(f->publisher));
            assert_string_equal(json_string_value(json_object_get(object, "config_digest")),
                                "A9993E364706816ABA3E25717850C26C9CD0D89D");
            json_t *keys = json_object_get(json_object_get(json_object_get(object, "streams"), "cadence"), "keys");
            assert_string_equal(json_string_value(json_object_get(keys, "cadence_spm")), "steps/min");
        }
        json_decref(object);
    }
    assert_true(status && meta);
    assert_true(publisher_is_alive(f->publisher));
    zsock_destroy(&sub);
}

static void test_commands_reach_the_pipeline(void **state)
{
    struct fixture *f = *state;
    struct command command;
    assert_false(publisher_take_command(f->publisher, &command));
    json_t *reply = ask(f, "{\"cmd\":\"mark\",\"text\":\"hill\"}");
    assert_true(json_is_true(json_object_get(reply, "ok")));
    json_decref(reply);
    assert_true(publisher_take_command(f->publisher, &command));
    assert_int_equal(command.kind, COMMAND_MARK);
    assert_string_equal(command.text, "hill");
    reply = ask(f, "{\"cmd\":\"calibrate\",\"method\":\"tall\"}");
    assert_int_equal(json_object_size(reply), 1); // {"ok": true}: the outcome is told by the stream
    json_decref(reply);
    assert_true(publisher_take_command(f->publisher, &command));
    assert_int_equal(command.kind, COMMAND_CALIBRATE);
    assert_int_equal(command.method, CALIBRATE_TALL);
    reply = ask(f, "{\"cmd\":\"speed\",\"m_s\":99}");
    assert_true(json_is_false(json_object_get(reply, "ok")));
    json_decref(reply);
    assert_false(publisher_take_command(f->publisher, &command));

    int taken = 0;
    for (int i = 0; i < 70; i++) { // nobody takes them: the queue's end is said, not hidden
        reply = ask(f, "{\"cmd\":\"calibrate\"}");
        taken += json_is_true(json_object_get(reply, "ok"));
        json_decref(reply);
    }
    assert_int_equal(taken, 64);
}

static json_t *ask_assessments(const struct fixture *f, json_int_t after)
{
    char request[96];
    snprintf(request, sizeof request, "{\"cmd\":\"assess\",\"action\":\"status\",\"after\":%lld}", (long long)after);
    json_t *reply = ask(f, request);
    assert_true(json_is_true(json_object_get(reply, "ok")));
    return reply;
}

// Who asks with the last answer's `next` is told each object once and in order, as far as they are kept.
static void test_assessments_are_told_in_order(void **state)
{
    struct fixture *f = *state;
    const int n = 2 * ASSESS_KEPT + 5;
    json_int_t next = 0;
    json_t *reply = ask_assessments(f, 0);
    assert_int_equal(json_array_size(json_object_get(reply, "objects")), 0);
    json_decref(reply);
    int seen = 0;
    for (int i = 0; i < n; i++) {
        push(f, i % 3 == 0 ? STREAM_REPETITION : STREAM_ASSESSMENT);
        if (i % 10 != 9 && i != n - 1)
            continue;
        for (int tries = 0; seen <= i && tries < 400; tries++) {
            reply = ask_assessments(f, next);
            const json_t *object;
            size_t k;
            json_array_foreach(json_object_get(reply, "objects"), k, object)
            {
                const char *stream = json_string_value(json_object_get(object, "stream"));
                assert_string_equal(stream, seen % 3 == 0 ? "repetition" : "assessment");
                seen++;
            }
            next = json_integer_value(json_object_get(reply, "next"));
            assert_int_equal(next, seen);
            json_decref(reply);
            usleep(5000);
        }
        assert_int_equal(seen, i + 1);
    }
    reply = ask_assessments(f, 0); // late
    assert_int_equal(json_array_size(json_object_get(reply, "objects")), ASSESS_KEPT);
    json_decref(reply);
    reply = ask_assessments(f, n + 1000);
    assert_int_equal(json_array_size(json_object_get(reply, "objects")), 0);
    assert_string_equal(json_string_value(json_object_get(reply, "boot")), "12345678-1234-1234-1234-123456789abc");
    json_decref(reply);
}

static void test_a_second_daemon_is_refused(void **state)
{
    struct fixture *f = *state;
    struct publisher *second = (struct publisher *)1;
    assert_int_equal(publisher_create(&second, &f->params, &f->identity, f->error, sizeof f->error), -EADDRINUSE);
    assert_null(second);
    assert_non_null(strstr(f->error, "another poised"));
    json_t *reply = ask(f, "{\"cmd\":\"ping\"}"); // the first one is unharmed
    assert_string_equal(json_string_value(json_object_get(reply, "rig")), "lab1");
    json_decref(reply);

    // The port alone, from another directory
    struct publisher_identity elsewhere = f->identity;
    struct publish_params params = f->params;
    char lock[300];
    snprintf(elsewhere.runtime_dir, sizeof elsewhere.runtime_dir, "%s/other", f->dir);
    snprintf(params.tcp, sizeof params.tcp, "%s", publisher_tcp_endpoint(f->publisher) + strlen("tcp://"));
    assert_int_equal(publisher_create(&second, &params, &elsewhere, f->error, sizeof f->error), -EADDRINUSE);
    assert_non_null(strstr(f->error, params.tcp));
    snprintf(lock, sizeof lock, "%s/lock", elsewhere.runtime_dir);
    unlink(lock);
    assert_int_equal(rmdir(elsewhere.runtime_dir), 0);
}

// More than the ring holds at once: what is dropped is counted, what arrives has no holes.
static void test_drops_are_counted(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 20000; i++)
        push(f, STREAM_ORIENTATION);
    json_decref(ask(f, "{\"cmd\":\"ping\"}")); // answered when the queue is empty: a status finds room
    json_t *reply = NULL;
    int64_t dropped = -1, seq = 0;
    for (int i = 0; i < 200 && dropped + seq != 20000; i++) {
        usleep(50000);
        push(f, STREAM_STATUS);
        json_decref(reply);
        reply = ask(f, "{\"cmd\":\"snapshot\"}");
        json_t *snapshot = json_object_get(reply, "snapshot");
        json_t *counters = json_object_get(json_object_get(snapshot, "status"), "counters");
        dropped = json_integer_value(json_object_get(counters, "outputs_dropped"));
        seq = json_integer_value(json_object_get(json_object_get(snapshot, "orientation"), "seq"));
    }
    printf("%lld sent, %lld dropped\n", (long long)seq, (long long)dropped);
    assert_int_equal(dropped + seq, 20000);
    json_decref(reply);
}

static void test_emit_has_every_object(void **state)
{
    struct fixture *f = *state;
    publisher_destroy(f->publisher);
    char *text = NULL;
    size_t size = 0;
    f->identity.emit = open_memstream(&text, &size);
    assert_int_equal(publisher_create(&f->publisher, &f->params, &f->identity, f->error, sizeof f->error), 0);
    for (int i = 0; i < 100; i++)
        push(f, STREAM_CADENCE);
    publisher_destroy(f->publisher); // drains
    f->publisher = NULL;
    fclose(f->identity.emit);
    int lines = 0, cadence = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        cadence += strcmp(json_string_value(json_object_get(object, "stream")), "cadence") == 0;
        json_decref(object);
    }
    assert_int_equal(cadence, 100);
    assert_true(lines > cadence); // meta
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_outputs_arrive_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_status_is_completed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_latency_of_another_clock_is_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_heartbeat_without_pipeline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_commands_reach_the_pipeline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_assessments_are_told_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_daemon_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drops_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_emit_has_every_object, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
