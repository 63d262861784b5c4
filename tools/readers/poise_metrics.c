// SPDX-License-Identifier: GPL-3.0-or-later
// Example: reads the metrics of poised (docs/streams.md), one JSON object a line. It shows what every such program has
// to do: a small queue of its own, lost messages told by `seq` of each topic, a restart of the daemon told by `boot`,
// and old values refused. A value's own t_s may well be seconds old (a window's centre, a breath that has ended), so
// the age of what arrives is told by the streams that are instantaneous: posture, and status when nothing is worn.
//   cc -O2 -o poise_metrics poise_metrics.c $(pkg-config --cflags --libs libzmq jansson)
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define QUEUE       100 // messages: a queue of one's own holds old data too
#define MESSAGE_MAX (INT64_C(1) << 20)
#define TOPIC_MAX   128
#define TOPICS_MAX  64
#define TURN_MS     100

struct options {
    char endpoint[300];
    double seconds, max_age_s; // 0: for ever; any age
    char **streams;            // wanted; all when there is none
    int n_streams;
};

struct topic {
    char name[TOPIC_MAX];
    json_int_t next_seq;
};

struct reader {
    struct options options;
    char boot[64];
    struct topic topics[TOPICS_MAX];
    int n_topics;
    double newest_s; // t_s of the newest instantaneous value, negative before the first
    uint64_t messages, shown, lost, stale, refused, starts;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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
    // Who knows the rig's name subscribes to "<rig>/posture" and the like, and spares the rest.
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(socket, endpoint) == 0)
        return socket;
    zmq_close(socket);
    return NULL;
}

static struct topic *find_topic(struct reader *r, const char *name)
{
    for (int i = 0; i < r->n_topics; i++)
        if (strcmp(r->topics[i].name, name) == 0)
            return &r->topics[i];
    if (r->n_topics == TOPICS_MAX)
        return NULL;
    struct topic *topic = &r->topics[r->n_topics++];
    snprintf(topic->name, sizeof topic->name, "%s", name);
    topic->next_seq = 0;
    return topic;
}

static void follow(struct reader *r, const char *name, const char *boot, json_int_t seq)
{
    if (strcmp(boot, r->boot) != 0) { // another start: everything begins anew
        snprintf(r->boot, sizeof r->boot, "%s", boot);
        r->n_topics = 0;
        r->newest_s = -1;
        r->starts++;
    }
    struct topic *topic = find_topic(r, name);
    if (!topic)
        return;
    if (topic->next_seq != 0 && seq > topic->next_seq) {
        fprintf(stderr, "%s: %lld lost\n", name, (long long)(seq - topic->next_seq));
        r->lost += (uint64_t)(seq - topic->next_seq);
    }
    topic->next_seq = seq + 1;
}

static bool is_wanted(const struct options *o, const char *stream)
{
    for (int i = 0; i < o->n_streams; i++)
        if (strcmp(o->streams[i], stream) == 0)
            return true;
    return o->n_streams == 0;
}

static void take_object(struct reader *r, const char *name, json_t *object, const char *text, size_t n)
{
    const char *stream = json_string_value(json_object_get(object, "stream"));
    const char *boot = json_string_value(json_object_get(object, "boot"));
    json_t *seq = json_object_get(object, "seq"), *t_s = json_object_get(object, "t_s");
    if (json_integer_value(json_object_get(object, "v")) != 1 || !stream || !boot || !json_is_integer(seq) ||
        json_integer_value(seq) < 1 || json_integer_value(seq) > INT64_MAX / 2 || !json_is_number(t_s)) {
        r->refused++;
        return;
    }
    r->messages++;
    follow(r, name, boot, json_integer_value(seq));
    bool instantaneous = strcmp(stream, "posture") == 0 || strcmp(stream, "status") == 0;
    if (instantaneous && json_number_value(t_s) > r->newest_s)
        r->newest_s = json_number_value(t_s);
    // After a pause, here or on the way, what was queued comes first: it is history, not the present.
    if (r->options.max_age_s > 0 && (r->newest_s < 0 || now_s() - r->newest_s > r->options.max_age_s)) {
        r->stale++;
        return;
    }
    if (!is_wanted(&r->options, stream))
        return;
    r->shown++;
    fwrite(text, 1, n, stdout);
    putchar('\n');
}

static void take(struct reader *r, const char *name, const char *text, size_t n)
{
    json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        take_object(r, name, object, text, n);
    else
        r->refused++;
    json_decref(object);
}

static void receive(struct reader *r, void *socket)
{
    char name[TOPIC_MAX] = "";
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, TURN_MS) <= 0)
        return;
    zmq_msg_t part;
    zmq_msg_init(&part);
    for (int i = 0, more = 1; more; i++) {
        if (zmq_msg_recv(&part, socket, 0) < 0)
            break;
        more = zmq_msg_more(&part);
        if (i == 0 && zmq_msg_size(&part) < sizeof name)
            memcpy(name, zmq_msg_data(&part), zmq_msg_size(&part));
        else if (i == 1 && !more)
            take(r, name, zmq_msg_data(&part), zmq_msg_size(&part));
    }
    zmq_msg_close(&part);
    fflush(stdout);
}

static int run(struct reader *r)
{
    void *context = zmq_ctx_new();
    void *socket = context ? open_socket(context, r->options.endpoint) : NULL;
    if (!socket) {
        fprintf(stderr, "poise_metrics: %s: %s\n", r->options.endpoint, zmq_strerror(zmq_errno()));
        zmq_ctx_term(context);
        return EXIT_FAILURE;
    }
    double start = now_s();
    r->newest_s = -1;
    while (!stopped && (r->options.seconds <= 0 || now_s() - start < r->options.seconds))
        receive(r, socket);
    fprintf(stderr,
            "total messages %" PRIu64 " shown %" PRIu64 " lost %" PRIu64 " stale %" PRIu64 " refused %" PRIu64
            " starts %" PRIu64 "\n",
            r->messages, r->shown, r->lost, r->stale, r->refused, r->starts);
    zmq_close(socket);
    zmq_ctx_term(context);
    return r->messages > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_help(void)
{
    puts("usage: poise_metrics [--runtime-dir DIR | --endpoint EP] [--seconds S] [--max-age S] [STREAM…]\n"
         "Prints the objects of these streams of poised, or of all, one a line.\n"
         "  --runtime-dir DIR  of the daemon, default /run/poise: reads ipc://DIR/metrics\n"
         "  --endpoint EP      another ZeroMQ endpoint, tcp://127.0.0.1:5556 for example\n"
         "  --seconds S        ends after so long; exit 1 when nothing came\n"
         "  --max-age S        what was sent longer ago is counted as stale and not shown; default 2, 0 shows all\n"
         "                     (use 0 from another machine: monotonic time is this machine's)");
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
    int i = 1;
    snprintf(o->endpoint, sizeof o->endpoint, "ipc:///run/poise/metrics");
    o->max_age_s = 2;
    for (; i < argc && argv[i][0] == '-'; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool good = *value != '\0';
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return EXIT_SUCCESS;
        } else if (strcmp(argv[i], "--runtime-dir") == 0) {
            good = good && snprintf(o->endpoint, sizeof o->endpoint, "ipc://%s/metrics", value) < 300;
        } else if (strcmp(argv[i], "--endpoint") == 0) {
            good = good && snprintf(o->endpoint, sizeof o->endpoint, "%s", value) < 300;
        } else if (strcmp(argv[i], "--seconds") == 0) {
            good = number(value, &o->seconds);
        } else if (strcmp(argv[i], "--max-age") == 0) {
            good = number(value, &o->max_age_s);
        } else {
            good = false;
        }
        if (!good) {
            fprintf(stderr, "poise_metrics: '%s' '%s' is not understood; --help tells\n", argv[i], value);
            return 64;
        }
    }
    o->streams = argv + i;
    o->n_streams = argc - i;
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
