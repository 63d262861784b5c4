// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher thread owns every ZeroMQ socket, all in czmq's own context: PUB on ipc and tcp, ROUTER for control,
// each behind a gate that judges what clients send (docs/security.md). It takes outputs from the pipeline thread
// through a ring, encodes them, measures latency, keeps the last object of every stream for `snapshot`, sends `status`
// and `meta`, logs changes of a site's state and validates commands.
#ifndef POISE_PUBLISH_PUBLISHER_H
#define POISE_PUBLISH_PUBLISHER_H

#include "core/rt_figures.h"
#include "core/setting.h"
#include "core/text_queue.h"
#include "frames/log_event.h"
#include "frames/output.h"
#include "frames/recording.h"
#include "frames/session.h"
#include "publish/imu_frames.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct publish_params {
    bool ipc;          // ipc://<runtime-dir>/metrics
    char tcp[96];      // "127.0.0.1:5556"; "" opens none; port 0 takes a free one
    char curve[256];   // directory of keys, then tcp is encrypted and asks for them; "" for none
    bool insecure_lan; // permit a bind outside loopback without CURVE
    bool frames;       // ipc://<runtime-dir>/frames, 1 kHz
    int send_hwm;      // messages kept per subscriber before the newest is dropped
};
extern const struct setting publish_settings[];
extern const size_t n_publish_settings;

// Whether params may be opened at all, without opening. 0, or -EINVAL with a sentence in error.
__attribute__((warn_unused_result)) int publish_check(const struct publish_params *params, char *error,
                                                      size_t error_size);

struct publisher_identity {
    char rig[64];
    char boot[37];
    char runtime_dir[256];
    const char *config_text;             // effective settings, for the digest in `meta`; needed during create only
    FILE *emit;                          // every object as a line, NULL for none
    struct text_queue *metrics;          // every object for the recording, NULL for none
    bool can_record;                     // `record` can be asked for
    const struct session_state *session; // that goes on from before this start; needed during create only
    const struct rt_figures *figures;    // for status.rt and overruns, NULL for none; lives as long as the publisher
    char cpus[64];                       // of readers and pipeline, for status.rt; "" for any
    bool mlock;                          // for status.rt
};

struct publisher;

// Takes the runtime directory's lock, binds, starts the thread. -EADDRINUSE when another daemon holds the lock or a
// port; -EINVAL for an endpoint that may not be opened; error gets the sentence.
__attribute__((warn_unused_result)) int publisher_create(struct publisher **out, const struct publish_params *params,
                                                         const struct publisher_identity *identity, char *error,
                                                         size_t error_size);

// Pipeline thread, RT-safe. A full ring drops the output and counts it.
void publisher_push(struct publisher *publisher, const struct output *output);

// Where the pipeline thread puts frame blocks; NULL when the endpoint is off. Lives as long as the publisher.
struct imu_frames *publisher_frames(struct publisher *publisher);

// Pipeline thread, RT-safe: the next validated command, false when there is none.
bool publisher_take_command(struct publisher *publisher, struct command *command);

// Another configuration is in force: `meta` shows its digest. Any thread but the pipeline's.
void publisher_set_config(struct publisher *publisher, const char *config_text);

// Reads the allow-list of publish.curve anew, for connections to come: how many clients it names (0 without CURVE), or
// a negative code with a sentence, and the old list stays. The thread of create.
__attribute__((warn_unused_result)) int publisher_reload_clients(struct publisher *publisher, char *error,
                                                                 size_t error_size);

// How the recording and the session stand, for status and whoever asks; main.
void publisher_set_recording(struct publisher *publisher, const struct recording_state *state);
void publisher_set_session(struct publisher *publisher, const struct session_state *state);
// Main: what the control socket wants of the recorder; RECORDING_KEEP: nothing.
enum recording_order publisher_take_order(struct publisher *publisher);

const char *publisher_tcp_endpoint(const struct publisher *publisher); // as bound, "" for none
bool publisher_is_alive(const struct publisher *publisher);            // for the watchdog
void publisher_destroy(struct publisher *publisher);                   // drains, closes, joins; accepts NULL

#endif
