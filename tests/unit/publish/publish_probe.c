// SPDX-License-Identifier: GPL-3.0-or-later
// publish_probe schemas            every stream's schema as one JSON object
// publish_probe lines SEED N       N random objects of each stream, one a line
// publish_probe run DIR            a real publisher in DIR at the streams' own rates until stdin closes; prints its TCP
//                                  endpoint, then a line for every command it is given
#include "core/clock.h"
#include "core/log.h"
#include "publish/publisher.h"
#include "publish/streams.h"
#include "sample_outputs.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BOOT "12345678-1234-1234-1234-123456789abc"

static int print_schemas(void)
{
    json_t *all = json_object();
    for (int i = 0; i < N_STREAMS; i++)
        json_object_set_new(all, stream_tables[i].name, stream_schema((enum stream)i));
    int rc = json_dumpf(all, stdout, JSON_REAL_PRECISION(15));
    json_decref(all);
    return rc == 0 ? 0 : 1;
}

static void make_host(struct stream_host *host, uint64_t seed)
{
    memset(host, 0, sizeof *host);
    host->latency_ms = (struct stream_latency){.known = seed & 1, .p50 = 3, .p99 = 4, .max = 5};
    host->overruns.known = host->rt.known = seed & 2;
    host->recording.known = seed & 4;
    host->host = (struct stream_machine){.known = seed & 8, .cpu_pct = 3};
}

static int print_lines(uint64_t seed, int n)
{
    static struct stream_host host;
    json_t *catalogue = stream_catalogue();
    struct stream_meta meta = {.version_poise = "1", .catalogue = catalogue};
    struct stream_encoder encoder = {.rig = "lab1", .boot = BOOT, .meta = &meta};
    int rc = 0;
    for (int i = 0; i < n * N_STREAMS && rc == 0; i++) {
        struct output output;
        random_output(&output, (enum stream)(i % N_STREAMS), &seed);
        make_host(&host, seed >> 30);
        encoder.host = seed >> 40 & 1 ? &host : NULL;
        meta.configured = (uint32_t)(seed >> 20);
        rc = stream_emit(&encoder, &output, stdout);
    }
    json_decref(catalogue);
    return rc == 0 ? 0 : 1;
}

static void push(struct publisher *publisher, enum stream stream)
{
    struct output output;
    sample_output(&output, stream, clock_mono_ns() - 5000000);
    output.utc_ns = clock_utc_ns();
    publisher_push(publisher, &output);
}

static void print_commands(struct publisher *publisher)
{
    static const char *const names[] = {"mark", "speed", "calibrate"};
    struct command command;
    while (publisher_take_command(publisher, &command)) {
        printf("%s %.3f %s\n", names[command.kind], command.value, command.text);
        fflush(stdout);
    }
}

static int run(const char *dir)
{
    struct publish_params params = {.ipc = true, .tcp = "127.0.0.1:0", .send_hwm = 50};
    struct publisher_identity identity = {.rig = "lab1", .boot = BOOT, .config_text = "rig: lab1\n"};
    struct publisher *publisher;
    char error[512];
    snprintf(identity.runtime_dir, sizeof identity.runtime_dir, "%s", dir);
    if (publisher_create(&publisher, &params, &identity, error, sizeof error) != 0) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    printf("%s\n", publisher_tcp_endpoint(publisher));
    fflush(stdout);
    struct pollfd in = {.fd = 0, .events = POLLIN};
    for (int turn = 0; poll(&in, 1, 10) == 0; turn++) {
        if (turn % 2 == 0)
            push(publisher, STREAM_ORIENTATION);
        if (turn % 5 == 0)
            push(publisher, STREAM_POSTURE);
        if (turn % 25 == 0)
            push(publisher, STREAM_CADENCE);
        if (turn % 100 == 0)
            push(publisher, STREAM_BREATHING);
        if (turn % 100 == 0)
            push(publisher, STREAM_STATUS);
        print_commands(publisher);
    }
    publisher_destroy(publisher);
    return 0;
}

int main(int argc, char **argv)
{
    log_init("publish_probe", LOG_LEVEL_WARNING);
    if (argc == 2 && strcmp(argv[1], "schemas") == 0)
        return print_schemas();
    if (argc == 4 && strcmp(argv[1], "lines") == 0)
        return print_lines(strtoull(argv[2], NULL, 10), atoi(argv[3]));
    if (argc == 3 && strcmp(argv[1], "run") == 0)
        return run(argv[2]);
    fprintf(stderr, "usage: publish_probe schemas | lines SEED N | run DIR\n");
    return 64;
}
