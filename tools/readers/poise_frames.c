// SPDX-License-Identifier: GPL-3.0-or-later
// Example: reads the 1 kHz samples of all sensors from poised (docs/wire.md). It shows what every such program has to
// do: a small queue of its own, lost messages told by the sequence number, missing frames by the frame index, old data
// refused by its age, a restart of the daemon told by its boot UUID. libzmq connects again by itself.
//   cc -O2 -o poise_frames poise_frames.c pimu.c $(pkg-config --cflags --libs libzmq)
#include "pimu.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define QUEUE       100 // messages, a second: a queue of one's own holds old data too
#define MESSAGE_MAX (INT64_C(1) << 20)
#define TURN_MS     100
#define SECOND_NS   INT64_C(1000000000)

struct options {
    char endpoint[300];
    double seconds, max_age_s; // 0: for ever; any age
    bool csv;
};

struct reader {
    struct options options;
    struct pimu_track track;
    int64_t next_report_ns;
    // Since the start, and of them at the last report.
    uint64_t messages, frames, lost, missing, stale, refused, starts, reported;
    int64_t age_ns; // of the newest frame when it came
    char sites[400];
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void *open_socket(void *context, const char *endpoint)
{
    const int zero = 0, queue = QUEUE, again_ms = 100, again_max_ms = 2000, beat_ms = 2000, beat_timeout_ms = 6000;
    const int64_t limit = MESSAGE_MAX;
    void *socket = zmq_socket(context, ZMQ_SUB);
    if (!socket)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof queue);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &again_ms, sizeof again_ms);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL_MAX, &again_max_ms, sizeof again_max_ms);
    zmq_setsockopt(socket, ZMQ_HEARTBEAT_IVL, &beat_ms, sizeof beat_ms);
    zmq_setsockopt(socket, ZMQ_HEARTBEAT_TIMEOUT, &beat_timeout_ms, sizeof beat_timeout_ms);
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(socket, endpoint) == 0)
        return socket;
    zmq_close(socket);
    return NULL;
}

static void name_sites(struct reader *r, const struct pimu_block *block)
{
    size_t at = 0;
    r->sites[0] = '\0';
    for (unsigned i = 0; i < block->n_sites && at < sizeof r->sites - 32; i++) {
        const char *name = pimu_site_name(block->sites[i]);
        at += (size_t)snprintf(r->sites + at, sizeof r->sites - at, " %s", name ? name : "(unknown)");
    }
}

static void print_frames(const struct pimu_block *block, double age_ms)
{
    for (unsigned k = 0; k < block->n_frames; k++) {
        int64_t t_ns = block->t0_mono_ns + (int64_t)k * block->period_ns;
        for (unsigned i = 0; i < block->n_sites; i++) {
            float v[6];
            const char *name = pimu_site_name(block->sites[i]);
            pimu_values(block, k, i, v);
            printf("%" PRId64 ",%.3f,%.1f,%s,%u,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n", block->first_index + k,
                   (double)t_ns / 1e9, age_ms, name ? name : "(unknown)", pimu_valid(block, k, i), (double)v[0],
                   (double)v[1], (double)v[2], (double)v[3], (double)v[4], (double)v[5]);
        }
    }
}

static void take(struct reader *r, const void *bytes, size_t n)
{
    struct pimu_block block;
    int rc = pimu_parse(&block, bytes, n);
    if (rc != 0) {
        if (r->refused++ == 0)
            fprintf(stderr, "a message was refused: %s\n", pimu_error(rc));
        return;
    }
    struct pimu_gap gap = pimu_follow(&r->track, &block);
    r->messages++;
    r->starts += gap.restarted;
    r->lost += gap.messages;
    r->missing += (uint64_t)gap.frames;
    r->age_ns = now_ns() - pimu_newest_ns(&block);
    // After a pause, here or on the way, what was queued comes first: it is history, not the present.
    if (r->options.max_age_s > 0 && (double)r->age_ns > r->options.max_age_s * 1e9) {
        r->stale++;
        return;
    }
    r->frames += block.n_frames;
    name_sites(r, &block);
    if (r->options.csv)
        print_frames(&block, (double)r->age_ns / 1e6);
}

static void say(const struct reader *r, const char *what)
{
    fprintf(r->options.csv ? stderr : stdout,
            "%s messages %" PRIu64 " frames %" PRIu64 " lost %" PRIu64 " missing %" PRIu64 " stale %" PRIu64
            " refused %" PRIu64 " starts %" PRIu64 " age_ms %.1f sites%s\n",
            what, r->messages, r->frames, r->lost, r->missing, r->stale, r->refused, r->starts, (double)r->age_ns / 1e6,
            r->sites);
    fflush(NULL);
}

static void report(struct reader *r, int64_t now)
{
    if (now < r->next_report_ns)
        return;
    r->next_report_ns = now + SECOND_NS;
    say(r, r->messages == r->reported ? "silent" : "so far");
    r->reported = r->messages;
}

// One message of topic and block. False when none came within a turn.
static bool receive(struct reader *r, void *socket)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, TURN_MS) <= 0)
        return false;
    zmq_msg_t part;
    zmq_msg_init(&part);
    for (int i = 0, more = 1; more; i++) {
        if (zmq_msg_recv(&part, socket, 0) < 0)
            break;
        more = zmq_msg_more(&part);
        if (i == 1 && !more)
            take(r, zmq_msg_data(&part), zmq_msg_size(&part));
    }
    zmq_msg_close(&part);
    return true;
}

static int run(struct reader *r)
{
    void *context = zmq_ctx_new();
    void *socket = context ? open_socket(context, r->options.endpoint) : NULL;
    if (!socket) {
        fprintf(stderr, "poise_frames: %s: %s\n", r->options.endpoint, zmq_strerror(zmq_errno()));
        zmq_ctx_term(context);
        return EXIT_FAILURE;
    }
    if (r->options.csv)
        printf("index,t_s,age_ms,site,valid,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n");
    int64_t start = now_ns();
    while (!stopped && (r->options.seconds <= 0 || (double)(now_ns() - start) < r->options.seconds * 1e9)) {
        receive(r, socket);
        report(r, now_ns());
    }
    say(r, "total");
    zmq_close(socket);
    zmq_ctx_term(context);
    return r->messages > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_help(void)
{
    puts("usage: poise_frames [--runtime-dir DIR | --endpoint EP] [--seconds S] [--max-age S] [--csv]\n"
         "Reads the 1 kHz samples of poised and tells each second how many came.\n"
         "  --runtime-dir DIR  of the daemon, default /run/poise: reads ipc://DIR/frames\n"
         "  --endpoint EP      another ZeroMQ endpoint\n"
         "  --seconds S        ends after so long; exit 1 when nothing came\n"
         "  --max-age S        older samples are counted as stale and not shown; default 2, 0 shows all\n"
         "  --csv              every sample as a line on standard output, reports on standard error");
}

static bool number(const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && *out >= 0 && *out < 1e9;
}

// -1 goes on, else an exit code.
static int parse(struct options *o, int argc, char **argv)
{
    snprintf(o->endpoint, sizeof o->endpoint, "ipc:///run/poise/frames");
    o->max_age_s = 2;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool good = true;
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return EXIT_SUCCESS;
        } else if (strcmp(argv[i], "--csv") == 0) {
            o->csv = true;
            continue;
        } else if (strcmp(argv[i], "--runtime-dir") == 0) {
            good = snprintf(o->endpoint, sizeof o->endpoint, "ipc://%s/frames", value) < (int)sizeof o->endpoint;
        } else if (strcmp(argv[i], "--endpoint") == 0) {
            good = snprintf(o->endpoint, sizeof o->endpoint, "%s", value) < (int)sizeof o->endpoint;
        } else if (strcmp(argv[i], "--seconds") == 0) {
            good = number(value, &o->seconds);
        } else if (strcmp(argv[i], "--max-age") == 0) {
            good = number(value, &o->max_age_s);
        } else {
            good = false;
        }
        if (!good || *value == '\0') {
            fprintf(stderr, "poise_frames: '%s' '%s' is not understood; --help tells\n", argv[i], value);
            return 64;
        }
        i++;
    }
    return -1;
}

int main(int argc, char **argv)
{
    static struct reader reader;
    int code = parse(&reader.options, argc, argv);
    if (code >= 0)
        return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return run(&reader);
}
