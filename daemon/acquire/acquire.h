// SPDX-License-Identifier: GPL-3.0-or-later
// Samples in through libiio: one blocking reader thread per device, each with an SPSC ring of raw blocks, and the
// intake, which merges the rings, 10 Hz ticks, device events and commands into the ordered event log.
// Counts, chip axes and the device's stamps go out as captured; nothing is scaled, filled or dropped silently.
// Besides the readers one thread that mostly sleeps cancels refills that hang. The process must ignore SIGPIPE.
#ifndef POISE_ACQUIRE_ACQUIRE_H
#define POISE_ACQUIRE_ACQUIRE_H

#include "core/setting.h"
#include "frames/log_event.h"
#include "frames/site.h"

#include <stdbool.h>
#include <stddef.h>

enum on_missing { ON_MISSING_WAIT, ON_MISSING_EXIT };
enum trigger_choice { TRIGGER_AUTO, TRIGGER_KEEP };

struct acquire_params {
    int rate_hz;       // asked of the devices; what they offer nearest is taken and read back
    int on_missing;    // enum on_missing
    int block_samples; // per refill
    int kernel_buffers;
    int timeout_ms;                         // a refill without data for so long means the device is lost
    int fifo_priority;                      // of the readers; 0: none
    double accel_range_g, gyro_range_deg_s; // full scale the devices must hold; NaN: what they have
    int trigger;                            // enum trigger_choice
};
extern const struct setting acquire_settings[];
extern const size_t n_acquire_settings;

struct site_params { // sites.NAME
    bool present;
    char uri[128];       // "local:", "ip:10.0.0.5", "ip:127.0.0.1:30431", "usb:1.2.3"
    char label[64];      // device-tree label, or
    char name[64];       // device name
    char accel_name[64]; // split chips whose halves have names of their own
    char accel_label[64];
    char gyro_name[64];
    char gyro_label[64];
    double mount[9];  // NaN: the device's mount_matrix, else identity
    char parent[64];  // local: only; what the device hangs on in sysfs, "1-0068", "spi0.1"; both halves of a chip share
                      // it
    char trigger[64]; // local: only; the trigger to use
    double accel_range_g, gyro_range_deg_s; // NaN: acquire's
};
extern const struct setting site_settings[];
extern const size_t n_site_settings;
extern const char *const acquire_uri_beginnings[]; // NULL-terminated

struct acquire;

// What must be right before anything is opened: the form of the URIs and the mounts. 0 or -EINVAL with a
// sentence that names the key.
__attribute__((warn_unused_result)) int acquire_check_sites(const struct site_params sites[N_SITES], char *error,
                                                            size_t error_size);

// Starts a reader per configured device. With ON_MISSING_EXIT every device must deliver within 5 s and none may fail at
// the first attempt, else -ENODEV; with ON_MISSING_WAIT what is missing is retried with backoff for ever. -EINVAL: the
// configuration cannot be meant (no site, no or a wrong URI, one device for two sites, a mount that is no rotation).
// error gets the sentence. The rings hold about one second: call this last and acquire_next soon.
__attribute__((warn_unused_result)) int acquire_start(struct acquire **out, const struct acquire_params *params,
                                                      const struct site_params sites[N_SITES], char *error,
                                                      size_t error_size);

// The next event of the log, in the order fixed here. Waits at most until the next tick. 1: *event is filled, its
// pointers are valid until the next call. 0: acquire_stop_intake() was called and what was there then has come out.
// Makes no LOG_SETTINGS: that comes from main, before the first call. Pipeline thread only; RT-safe.
int acquire_next(struct acquire *acquire, struct log_event *event);

// Queues a validated command for the log; false when the queue is full. Pipeline thread only; RT-safe.
bool acquire_put_command(struct acquire *acquire, const struct command *command);

void acquire_stop_intake(struct acquire *acquire); // any thread, async-signal-safe
// After acquire_next() returned 0: makes it deliver again (another pipeline takes over). Pipeline thread, or when it is
// joined. What the readers delivered meanwhile waits in their rings.
void acquire_resume_intake(struct acquire *acquire);
// True when every reader's loop turned within the last few seconds (reconnect attempts count): for the watchdog.
bool acquire_is_alive(const struct acquire *acquire);
// Cancels, joins, frees; accepts NULL. Within about 2 s, also when a network peer hangs; resolving a host's name and
// a hung usb: device may take libiio's own 5 s.
void acquire_stop(struct acquire *acquire);

// One line per IIO device that uri offers, for `poisectl devices`: calls libiio, so it lives here.
struct acquire_listing {
    char id[32], name[64], label[64];
    bool has_accel, has_gyro, has_timestamp;
    double rate_hz, accel_scale, gyro_scale; // NaN when not stated
    double accel_range_g, gyro_range_deg_s;  // full scale, from scale and format; NaN when not stated
    char parent[64], trigger[64];            // local: only, else ""
    int buffer_length, buffer_watermark;     // samples, as they are set now; local: only, else -1
    bool has_fifo;                           // of its own; local: only
};
// Fills up to max rows; returns how many devices there are, or negative errno.
int acquire_list(const char *uri, struct acquire_listing *rows, int max);

#endif
