// SPDX-License-Identifier: GPL-3.0-or-later
// A test peer that speaks the IIOD protocol to the real libiio on a free loopback port, for what the simulator does not
// offer: odd formats, split chips, devices that refuse, and peers that hang at a chosen place or die.
// Sample k of a device has the stamp start + k * period and in channel c the count peer_value(c, k).
#ifndef POISE_TEST_IIOD_PEER_H
#define POISE_TEST_IIOD_PEER_H

#include <stdbool.h>
#include <stdint.h>

struct peer_device {
    const char *name, *label; // label may be NULL
    bool accel, gyro;
    bool gyro_first;                                     // in scan order
    const char *format;                                  // of the axes, "le:S16/16>>0"
    const char *scale_accel, *scale_gyro, *offset_accel; // at first; NULL: no such attribute
    const char *scales_accel, *scales_gyro;              // scale_available, which writes must be of; NULL: not offered
    int scale_error;                                     // what a write of a scale is refused with; 0: it is not
    const char *rates;            // sampling_frequency_available, NULL: no rate attributes at all
    const char *rate;             // sampling_frequency at first
    bool rate_fixed, clock_fixed; // writes are refused with -EINVAL
    bool no_timestamp;
    const char *mount;   // mount_matrix, NULL: no such attribute
    const char *trigger; // what GETTRIG answers; device k's is trigger<k> with a rate of its own, at first 100
    bool short_reads;    // a read gives a third of the samples asked for
    int deliver_hz;      // what really comes; 0: 1000
};

// Where the peer falls silent (the connection stays open). Dripping it sends ten bytes a second, which no time-out of
// a connection takes for silence.
enum peer_hang { HANG_NEVER, HANG_AT_ONCE, HANG_AT_PRINT, HANG_AT_OPEN, HANG_IN_STREAM, HANG_DRIPPING };

struct iiod_peer;

struct iiod_peer *peer_start(const struct peer_device *devices, int n_devices, int port); // port 0: a free one
int peer_port(const struct iiod_peer *peer);
int peer_connections(const struct iiod_peer *peer); // so many were made so far
void peer_set_hang(struct iiod_peer *peer, enum peer_hang hang);
void peer_stop(struct iiod_peer *peer); // closes every connection as a dying server does

// What the attribute of device k is now: 'r' rate, 't' the trigger's, 'a' and 'g' the scales. The caller's copy.
void peer_setting(struct iiod_peer *peer, int device, char which, char text[32]);

int64_t peer_value(int channel, int64_t k); // fits 12 bits

#endif
