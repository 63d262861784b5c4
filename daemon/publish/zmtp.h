// SPDX-License-Identifier: GPL-3.0-or-later
// Judges what one client sends, unit by unit, before libzmq sees it: ZMTP 3 as in RFC 23 and 37. libzmq itself keeps
// every subscription in a tree and every frame of an unfinished message in memory without a bound (a peer that sends
// nothing but "more follows" grows it 27 bytes per byte); here a message has few frames, a frame few bytes, and only
// subscriptions that can match a topic go on. Of CURVE's encrypted frames only number and size are seen. No
// allocation, no clock. Gate thread only. Private to publish/.
#ifndef POISE_PUBLISH_ZMTP_H
#define POISE_PUBLISH_ZMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZMTP_HEADER_MAX 9 // flags and a length of eight bytes

struct zmtp_rules {
    bool curve;                // the mechanism that is spoken; else NULL
    bool subscriber;           // a SUB is on the other side, else REQ or DEALER
    size_t frame_max;          // bytes of one frame's body
    unsigned frames_max;       // of one message
    unsigned curve_frames;     // encrypted frames in the life of a connection: libzmq may keep something of each
    const char *const *topics; // what is published, for subscriber without curve
    size_t n_topics;
};

struct zmtp_watch {
    const struct zmtp_rules *rules;
    unsigned greeted;  // bytes of the greeting seen
    bool ready;        // the handshake's last command of the client has passed
    unsigned frames;   // of the message under way
    unsigned commands; // CURVE: of the handshake
    unsigned encrypted;
};

enum zmtp_verdict {
    ZMTP_WAIT, // the unit is not complete
    ZMTP_PASS, // length bytes may go on
    ZMTP_DROP, // length bytes mean nothing to us and go nowhere
    ZMTP_CUT,  // no client of ours sends this
};

void zmtp_init(struct zmtp_watch *watch, const struct zmtp_rules *rules);
// The unit at the start of bytes [n]. With PASS and DROP *length is 1 to n; *message tells that a message or command
// ended with it. A buffer of frame_max + ZMTP_HEADER_MAX bytes never waits for ever.
enum zmtp_verdict zmtp_judge(struct zmtp_watch *watch, const uint8_t *bytes, size_t n, size_t *length, bool *message);

#endif
