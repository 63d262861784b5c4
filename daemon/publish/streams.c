// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/streams.h"

#include "publish/special.h"

const struct stream_key stream_common_keys[] = {
    {.key = "v", .kind = KEY_COUNT, .sentence = "version of the wire format; rises on a breaking change"},
    {.key = "rig", .kind = KEY_TEXT, .sentence = "name of the rig, from the configuration"},
    {.key = "stream", .kind = KEY_TEXT, .sentence = "name of the stream"},
    {.key = "boot", .kind = KEY_TEXT, .sentence = "UUID of this start of the daemon"},
    {.key = "session", .kind = KEY_TEXT, .sentence = "UUID of the running session"},
    {.key = "seq", .kind = KEY_COUNT64, .sentence = "counts the objects of this stream from 1, without holes"},
    {.key = "t_s",
     .kind = KEY_NUMBER,
     .unit = "s",
     .decimals = 6,
     .sentence = "monotonic time the values describe; the window's centre for spectral values, the instant for "
                 "events"},
    {.key = "utc", .kind = KEY_TEXT, .sentence = "the same instant as RFC 3339 in UTC with milliseconds"},
    END,
};

static const struct stream_key orientation_keys[] = {
    {.key = "sites",
     .kind = KEY_SPECIAL,
     .special = &stream_sensor_quaternions,
     .sentence = "of each site q_world_from_sensor [w, x, y, z]"},
    {.key = "segments",
     .kind = KEY_SPECIAL,
     .special = &stream_segment_quaternions,
     .sentence = "of each site q_world_from_segment [w, x, y, z], null until calibrated"},
    END,
};

static const char *const activity_names[] = {"still", "walk", "run", NULL};

static const struct stream_key cadence_keys[] = {
    {ROW(cadence_spm, cadence_result, "steps/min", 2), .sentence = "cadence from the spectrum; 0 when standing still"},
    {ROW(step_cadence_spm, cadence_result, "steps/min", 2), .sentence = "cadence from the detected steps"},
    {ROW(confidence, cadence_result, NULL, 3), .sentence = "0 to 1: share of the spectrum that the steps explain"},
    {.key = "activity",
     .kind = KEY_NAME,
     .offset = offsetof(struct cadence_result, activity),
     .names = activity_names,
     .sentence = "what the runner does"},
    {ROW(window_s, cadence_result, "s", 2), .sentence = "length of the window behind cadence_spm"},
    END,
};

static const char *const site_state_names[] = {"absent", "waiting", "running", "stalled", "lost", NULL};

static const struct stream_key site_status_keys[] = {
    {.key = "state",
     .kind = KEY_NAME,
     .offset = offsetof(struct site_status, state),
     .names = site_state_names,
     .sentence = "whether the site delivers"},
    {.key = "reason",
     .kind = KEY_TEXT,
     .offset = offsetof(struct site_status, reason),
     .sentence = "why it does not, or what is doubtful about what it delivers, for the operator"},
    {ROW(rate_hz, site_status, "Hz", 3), .sentence = "measured sampling rate"},
    {ROW(ppm, site_status, "ppm", 1), .sentence = "deviation of that rate from the device's nominal one"},
    {ROW(jitter_us, site_status, "us", 1), .sentence = "scatter of the stamps around the estimated clock"},
    {.key = "gaps",
     .kind = KEY_COUNT,
     .offset = offsetof(struct site_status, gaps),
     .sentence = "holes in the samples since the start"},
    {.key = "missed",
     .kind = KEY_COUNT,
     .offset = offsetof(struct site_status, missed),
     .sentence = "samples missing in these holes"},
    {.key = "saturated",
     .kind = KEY_COUNT,
     .offset = offsetof(struct site_status, saturated),
     .sentence = "samples at full scale"},
    {ROW(slipped_deg, site_status, "deg", 1),
     .sentence = "how far the sensor has turned on the body since the calibration; null: it has not slipped"},
    END,
};

#define COUNTER(name, text)                                                                                            \
    {                                                                                                                  \
        .key = #name, .kind = KEY_COUNT64, .offset = offsetof(struct sample_counters, name), .sentence = text          \
    }
#define SAMPLES(name, text)                                                                                            \
    {                                                                                                                  \
        .key = "samples_" #name, .kind = KEY_COUNT64, .offset = offsetof(struct sample_counters, name),                \
        .sentence = text                                                                                               \
    }

static const struct stream_key counter_keys[] = {
    SAMPLES(in, "samples taken in; always used + dropped + invalid + held"),
    SAMPLES(used, "samples that went onto the common grid"),
    SAMPLES(dropped, "samples lost on the way or too late"),
    SAMPLES(invalid, "samples that could not be right"),
    SAMPLES(held, "samples waiting for slower sensors"),
    COUNTER(frames, "frames of the common 1 kHz grid"),
    COUNTER(outputs_dropped, "results that found the publisher's queue full"),
    END,
};

#define HOST(member, name) .key = #name, .offset = offsetof(struct stream_##member, name)

static const struct stream_key latency_keys[] = {
    {ROW(p50, stream_latency, "ms", 2), .sentence = "median"},
    {ROW(p99, stream_latency, "ms", 2), .sentence = "99th percentile"},
    {ROW(max, stream_latency, "ms", 2), .sentence = "largest"},
    {ROW(worst, stream_latency, "ms", 2), .sentence = "largest since the start of the daemon"},
    END,
};

static const struct stream_key overrun_keys[] = {
    {HOST(overruns, posture_late), .kind = KEY_COUNT64,
     .sentence = "posture values sent more than 50 ms after their newest sample"},
    {HOST(overruns, frames_dropped), .kind = KEY_COUNT64,
     .sentence = "blocks of 1 kHz frames that found the publisher's queue full"},
    {HOST(overruns, outputs_dropped), .kind = KEY_COUNT64,
     .sentence = "results that found the publisher's queue full, as in counters"},
    {HOST(overruns, samples_dropped), .kind = KEY_COUNT64,
     .sentence = "samples that a reader could not hand on: the pipeline was late by a second"},
    {HOST(overruns, events_unrecorded), .kind = KEY_COUNT64,
     .sentence = "events of the log that the recording lost, as in recording"},
    {HOST(overruns, metrics_unrecorded), .kind = KEY_COUNT64,
     .sentence = "published objects that the recording lost, as in recording"},
    END,
};

static const struct stream_key recording_keys[] = {
    {HOST(recording, writing), .kind = KEY_FLAG, .sentence = "false: it has stopped by itself"},
    {HOST(recording, path), .kind = KEY_TEXT, .sentence = "file that is, or was, being written"},
    {HOST(recording, error), .kind = KEY_TEXT, .sentence = "why it is no longer written, or has holes"},
    {HOST(recording, part), .kind = KEY_COUNT, .sentence = "number of this file in the recording, from 1"},
    {HOST(recording, bytes), .kind = KEY_COUNT64, .unit = "B", .sentence = "written so far, all parts"},
    {HOST(recording, lost_events), .kind = KEY_COUNT64,
     .sentence = "events of the log that could not be written; with any a replay differs"},
    {HOST(recording, lost_metrics), .kind = KEY_COUNT64, .sentence = "published objects that could not be written"},
    END,
};

static const struct stream_key machine_keys[] = {
    {ROW(cpu_pct, stream_machine, "%", 1), .sentence = "processor time of the daemon, 100 is one core"},
    {ROW(memory_mb, stream_machine, "MB", 1), .sentence = "resident memory of the daemon"},
    {ROW(load_1min, stream_machine, NULL, 2), .sentence = "load average of the machine"},
    {ROW(temperature_c, stream_machine, "degC", 1), .sentence = "temperature of the processor"},
    END,
};

#define PART(member) .kind = KEY_HOST, .offset = offsetof(struct stream_host, member)

static const struct stream_key status_keys[] = {
    {.key = "sites",
     .kind = KEY_SITES,
     .nested = site_status_keys,
     .special = &stream_site_objects,
     .sentence = "of each configured site"},
    {.key = "counters",
     .kind = KEY_OBJECT,
     .offset = offsetof(struct status_result, counters),
     .nested = counter_keys,
     .sentence = "since the start"},
    {.key = "calibrated",
     .kind = KEY_FLAG,
     .offset = offsetof(struct status_result, calibrated),
     .sentence = "every sensor that counts for posture has a calibration"},
    {.key = "unavailable",
     .kind = KEY_SPECIAL,
     .special = &stream_unavailable,
     .sentence = "why values are null: by \"stream.key\" what they need"},
    {.key = "latency_ms",
     PART(latency_ms),
     .nested = latency_keys,
     .unit = "ms",
     .sentence = "newest sample to sending, of posture, over the last minute"},
    {.key = "overruns", PART(overruns), .nested = overrun_keys, .sentence = "deadlines missed since the start"},
    {.key = "rt", PART(rt), .nested = stream_rt_keys, .sentence = "real time: what was granted, and what it comes to"},
    {.key = "recording",
     PART(recording),
     .nested = recording_keys,
     .sentence = "the recording, null when none runs; one that failed stays"},
    {.key = "host", PART(host), .nested = machine_keys, .sentence = "the machine under the daemon"},
    END,
};

const struct stream_key *const stream_site_status_keys = site_status_keys;

#define META(name, member, text)                                                                                       \
    {                                                                                                                  \
        .key = name, .kind = KEY_TEXT, .offset = offsetof(struct stream_meta, member), .sentence = text                \
    }

static const struct stream_key version_keys[] = {
    META("poise", version_poise, "this program"),
    META("zmq", version_zmq, "libzmq at run time"),
    META("czmq", version_czmq, "czmq at build time"),
    META("jansson", version_jansson, "jansson at run time"),
    END,
};

static const struct stream_key endpoint_keys[] = {
    META("ipc", endpoint_ipc, "subscribe here on this machine; null when off"),
    META("tcp", endpoint_tcp, "subscribe here; as bound, null when off"),
    META("control", endpoint_control, "requests go here"),
    META("frames", endpoint_frames, "packed 1 kHz frames, docs/wire.md; null when off"),
    END,
};

static const struct stream_key meta_keys[] = {
    {.key = "versions", .kind = KEY_OBJECT, .nested = version_keys, .sentence = "of the program and its libraries"},
    {.key = "endpoints", .kind = KEY_OBJECT, .nested = endpoint_keys, .sentence = "where to connect"},
    {.key = "streams",
     .kind = KEY_SPECIAL,
     .special = &stream_catalogue_text,
     .sentence = "every stream with its rate, keys and units"},
    {.key = "sites", .kind = KEY_SPECIAL, .special = &stream_site_list, .sentence = "names of the configured sites"},
    {.key = "trunk_lean_weights",
     .kind = KEY_SPECIAL,
     .special = &stream_lean_weights,
     .sentence = "how much each site counts in trunk_lean_deg and trunk_side_lean_deg now"},
    {.key = "stated_errors",
     .kind = KEY_SPECIAL,
     .special = &stream_stated_errors,
     .sentence = "how large errors are, by \"stream.key\"; the tests hold this version to it"},
    META("config_digest", config_digest, "SHA-1 of the effective configuration"),
    END,
};

const struct stream_table stream_tables[N_STREAMS] = {
    [STREAM_POSTURE] = {"posture", "20 Hz", "Angles of the upper body.", stream_posture_keys},
    [STREAM_ORIENTATION] = {"orientation", "50 Hz", "Orientation of sensors and body segments.", orientation_keys},
    [STREAM_CADENCE] = {"cadence", "4 Hz", "How fast the runner steps.", cadence_keys},
    [STREAM_BREATHING] = {"breathing", "1 Hz", "How the runner breathes.", stream_breathing_keys},
    [STREAM_INSPIRATION] = {"inspiration", "event, a breath later", "A breath was taken.", stream_inspiration_keys},
    [STREAM_STATUS] = {"status", "1 Hz", "Health of the sensors and the daemon.", status_keys},
    [STREAM_CALIBRATION] = {"calibration", "on change, every 5 s; 4 Hz during a command",
                            "How the sensors sit on the body, and how a calibration goes.", stream_calibration_keys},
    [STREAM_META] = {"meta", "every 5 s", "What this daemon is and publishes.", meta_keys},
    [STREAM_CONTACT] = {"contact", "event, ≤ 250 ms after it", "A foot touched the ground.", stream_contact_keys},
    [STREAM_STEP] = {"step", "event, ≤ 250 ms after the next contact or after 1.5 s", "A step is complete.",
                     stream_step_keys},
    [STREAM_GAIT] = {"gait", "1 Hz", "How the last 20 steps were; means without the outer fifths.", stream_gait_keys},
    [STREAM_ARMS] = {"arms", "1 Hz", "How the arms swing.", stream_arms_keys},
    [STREAM_PACK] = {"pack", "1 Hz", "How the pack moves and sits against the trunk.", stream_pack_keys},
    [STREAM_FINDING] = {"finding", "on change, each again every 10 s", "What strains this runner's back, or does not.",
                        stream_finding_keys},
    [STREAM_SESSION] = {"session", "on change of the phase, every 5 s", "Where in the session the runner is.",
                        stream_session_keys},
    [STREAM_ASSESSMENT] = {"assessment", "on change, 4 Hz while one runs; none before the first command",
                           "How a guided assessment goes, and what it has measured so far.", stream_assessment_keys},
    [STREAM_REPETITION] = {"repetition", "event, when it is complete", "A repetition of an exercise is done.",
                           stream_repetition_keys},
};
