// SPDX-License-Identifier: GPL-3.0-or-later
// publish_probe schemas            every stream's schema as one JSON object
// publish_probe lines SEED N       N random objects of each stream, one a line
// publish_probe run DIR            a real publisher in DIR at the streams' own rates until stdin closes; prints its TCP
//                                  endpoint, then a line for every command it is given; a calibration goes as with
//                                  a runner who does what is asked for
#include "core/clock.h"
#include "core/log.h"
#include "publish/publisher.h"
#include "publish/streams.h"
#include "sample_outputs.h"

#include <math.h>
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

static void push_step(struct publisher *publisher)
{
    push(publisher, STREAM_CONTACT);
    push(publisher, STREAM_STEP);
}

static void push_each_second(struct publisher *publisher)
{
    push(publisher, STREAM_GAIT);
    push(publisher, STREAM_ARMS);
    push(publisher, STREAM_PACK);
    push(publisher, STREAM_BREATHING);
    push(publisher, STREAM_INSPIRATION);
    push(publisher, STREAM_STATUS);
    push(publisher, STREAM_FINDING);
    push(publisher, STREAM_SESSION);
    push(publisher, STREAM_REPETITION);
    push(publisher, STREAM_ASSESSMENT);
}

// A calibration as a daemon with a runner would tell it: a stand takes 1.5 s and a bow 1 s, long enough to be seen from
// a busy machine; gait goes on until a marker says that the runner stopped, and then fails.
#define STAND_TURNS 150
#define BOW_TURNS   100

struct play {
    struct calibration_result result;
    int turn; // since the step began
    bool stopped, changed;
};

static void begin_step(struct play *play, enum calibration_step step, const char *hint)
{
    struct calibration_result *r = &play->result;
    play->turn = 0;
    play->changed = true;
    r->step = (int)step;
    r->progress = step == STEP_NONE ? NAN : 0;
    r->bows = 0;
    snprintf(r->hint, REASON_MAX, "%s", hint);
}

static void end_play(struct play *play, enum calibration_outcome outcome, const char *hint)
{
    play->result.outcome = (int)outcome;
    begin_step(play, STEP_NONE, hint);
}

static void begin_play(struct play *play, const struct command *command)
{
    struct calibration_result *r = &play->result;
    r->commands++;
    r->method = (int)command->method;
    play->stopped = false;
    if (command->method == CALIBRATE_CANCEL) {
        end_play(play, OUTCOME_CANCELLED, "");
        return;
    }
    r->outcome = OUTCOME_RUNNING;
    begin_step(play, command->method == CALIBRATE_TALL ? STEP_TALL : STEP_STAND, "stand upright and still");
}

static void end_step(struct play *play)
{
    struct calibration_result *r = &play->result;
    if (r->step == STEP_STAND && r->method == CALIBRATE_BOWS)
        begin_step(play, STEP_BOWS, "bow forward: 0 of 3");
    else if (r->step == STEP_STAND && r->method == CALIBRATE_GAIT)
        begin_step(play, STEP_GAIT, "walk or run");
    else
        end_play(play, OUTCOME_DONE, "");
}

static void turn_play(struct play *play)
{
    struct calibration_result *r = &play->result;
    int last = r->step == STEP_BOWS ? CALIBRATION_BOWS * BOW_TURNS : STAND_TURNS;
    if (r->outcome != OUTCOME_RUNNING)
        return;
    if (play->stopped) {
        end_play(play, OUTCOME_FAILED, "stood still before \x1b[31mthe axis was found");
        return;
    }
    play->turn++;
    r->progress = r->step == STEP_GAIT ? 0.25F : (float)play->turn / (float)last;
    if (r->step == STEP_BOWS && play->turn % BOW_TURNS == 0) {
        r->bows++;
        snprintf(r->hint, REASON_MAX, "bow forward: %d of %d", r->bows, CALIBRATION_BOWS);
        play->changed = true;
    }
    if (r->step != STEP_GAIT && play->turn == last)
        end_step(play);
}

static void publish_play(struct publisher *publisher, struct play *play)
{
    struct output output;
    sample_output(&output, STREAM_CALIBRATION, clock_mono_ns());
    struct calibration_result *r = &output.calibration;
    play->result.now = r->now;
    play->result.calibrated = true;
    memcpy(play->result.slipped_deg, r->slipped_deg, sizeof r->slipped_deg);
    play->result.tall = r->tall;
    *r = play->result;
    publisher_push(publisher, &output);
    play->changed = false;
}

static void take_commands(struct publisher *publisher, struct play *play)
{
    static const char *const names[] = {"mark", "speed", "calibrate", "session", "assess"}, *const methods[] =
                                                                                                CALIBRATE_METHOD_NAMES;
    struct command command;
    while (publisher_take_command(publisher, &command)) {
        printf("%s %.3f %s\n", names[command.kind], command.value,
               command.kind == COMMAND_CALIBRATE ? methods[command.method] : command.text);
        fflush(stdout);
        if (command.kind == COMMAND_CALIBRATE)
            begin_play(play, &command);
        play->stopped = play->stopped || strcmp(command.text, "the runner stopped") == 0;
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
    struct play play = {.result = {.step = STEP_NONE, .progress = NAN, .method = -1, .outcome = OUTCOME_NONE}};
    struct pollfd in = {.fd = 0, .events = POLLIN};
    for (int turn = 0; poll(&in, 1, 10) == 0; turn++) {
        if (turn % 2 == 0)
            push(publisher, STREAM_ORIENTATION);
        if (turn % 5 == 0)
            push(publisher, STREAM_POSTURE);
        if (turn % 25 == 0)
            push(publisher, STREAM_CADENCE);
        if (turn % 36 == 0)
            push_step(publisher);
        if (turn % 100 == 0)
            push_each_second(publisher);
        take_commands(publisher, &play);
        turn_play(&play);
        if (play.changed || turn % (play.result.outcome == OUTCOME_RUNNING ? 25 : 500) == 0)
            publish_play(publisher, &play);
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
