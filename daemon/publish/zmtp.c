// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/zmtp.h"

#include <string.h>

#define GREETING     64
#define AT_MAJOR     10
#define AT_MECHANISM 12
#define MECHANISM    20
#define FLAG_MORE    1U
#define FLAG_LONG    2U
#define FLAG_COMMAND 4U

struct frame {
    unsigned flags;
    const uint8_t *body;
    size_t size, length; // length: with the header
};

void zmtp_init(struct zmtp_watch *watch, const struct zmtp_rules *rules)
{
    *watch = (struct zmtp_watch){.rules = rules};
}

static bool is_greeting_byte(const struct zmtp_rules *rules, size_t at, uint8_t byte)
{
    const char *mechanism = rules->curve ? "CURVE" : "NULL";
    if (at == 0)
        return byte == 0xff;
    if (at == 9)
        return byte == 0x7f;
    if (at == AT_MAJOR)
        return byte >= 3;
    if (at >= AT_MECHANISM && at < AT_MECHANISM + MECHANISM) {
        size_t i = at - AT_MECHANISM;
        return byte == (i < strlen(mechanism) ? (uint8_t)mechanism[i] : 0);
    }
    return true;
}

// In pieces as they come: a client waits for our version before it sends the rest of its own.
static enum zmtp_verdict judge_greeting(struct zmtp_watch *w, const uint8_t *bytes, size_t n, size_t *length)
{
    size_t i = 0;
    for (; i < n && w->greeted < GREETING; i++, w->greeted++)
        if (!is_greeting_byte(w->rules, w->greeted, bytes[i]))
            return ZMTP_CUT;
    *length = i;
    return ZMTP_PASS;
}

static enum zmtp_verdict read_frame(const struct zmtp_watch *w, const uint8_t *bytes, size_t n, struct frame *out)
{
    uint64_t size = 0;
    out->flags = bytes[0];
    if (out->flags & ~(FLAG_MORE | FLAG_LONG | FLAG_COMMAND))
        return ZMTP_CUT;
    size_t header = out->flags & FLAG_LONG ? ZMTP_HEADER_MAX : 2;
    if (n < header)
        return ZMTP_WAIT;
    for (size_t i = 1; i < header; i++)
        size = size << 8 | bytes[i];
    if (size > w->rules->frame_max)
        return ZMTP_CUT;
    out->body = bytes + header;
    out->size = (size_t)size;
    out->length = header + out->size;
    return n < out->length ? ZMTP_WAIT : ZMTP_PASS;
}

static bool can_match(const struct zmtp_rules *rules, const uint8_t *topic, size_t n)
{
    for (size_t i = 0; i < rules->n_topics; i++)
        if (n <= strlen(rules->topics[i]) && memcmp(rules->topics[i], topic, n) == 0)
            return true;
    return false;
}

static bool is_named(const struct frame *frame, const char *name)
{
    size_t n = strlen(name);
    return frame->size > n && frame->body[0] == n && memcmp(frame->body + 1, name, n) == 0;
}

static enum zmtp_verdict judge_topic(const struct zmtp_rules *rules, const uint8_t *topic, size_t n)
{
    return can_match(rules, topic, n) ? ZMTP_PASS : ZMTP_DROP;
}

static enum zmtp_verdict judge_command(struct zmtp_watch *w, const struct frame *frame)
{
    if (frame->flags & FLAG_MORE)
        return ZMTP_CUT;
    if (!w->ready) {
        w->ready = is_named(frame, "READY");
        return w->ready || is_named(frame, "ERROR") ? ZMTP_PASS : ZMTP_CUT;
    }
    if (is_named(frame, "PING") || is_named(frame, "PONG"))
        return ZMTP_PASS;
    if (w->rules->subscriber && is_named(frame, "SUBSCRIBE"))
        return judge_topic(w->rules, frame->body + 10, frame->size - 10);
    if (w->rules->subscriber && is_named(frame, "CANCEL"))
        return judge_topic(w->rules, frame->body + 7, frame->size - 7);
    return ZMTP_CUT;
}

static enum zmtp_verdict judge_plain(struct zmtp_watch *w, const struct frame *frame)
{
    if (frame->flags & FLAG_COMMAND)
        return judge_command(w, frame);
    if (!w->ready || ++w->frames > w->rules->frames_max)
        return ZMTP_CUT;
    if (!(frame->flags & FLAG_MORE))
        w->frames = 0;
    if (!w->rules->subscriber)
        return ZMTP_PASS;
    bool subscription = frame->size > 0 && frame->body[0] <= 1;
    return subscription ? judge_topic(w->rules, frame->body + 1, frame->size - 1) : ZMTP_DROP;
}

// HELLO and INITIATE, then frames whose inside nobody but libzmq sees.
static enum zmtp_verdict judge_curve(struct zmtp_watch *w, const struct frame *frame)
{
    if (frame->flags & FLAG_MORE)
        return ZMTP_CUT;
    if (frame->flags & FLAG_COMMAND && !w->ready) {
        const char *expected = w->commands == 0 ? "HELLO" : "INITIATE";
        w->ready = w->commands++ == 1;
        return is_named(frame, expected) || is_named(frame, "ERROR") ? ZMTP_PASS : ZMTP_CUT;
    }
    return w->ready && ++w->encrypted <= w->rules->curve_frames ? ZMTP_PASS : ZMTP_CUT;
}

enum zmtp_verdict zmtp_judge(struct zmtp_watch *w, const uint8_t *bytes, size_t n, size_t *length, bool *message)
{
    struct frame frame;
    *length = 0;
    *message = false;
    if (n == 0)
        return ZMTP_WAIT;
    if (w->greeted < GREETING)
        return judge_greeting(w, bytes, n, length);
    enum zmtp_verdict verdict = read_frame(w, bytes, n, &frame);
    if (verdict != ZMTP_PASS)
        return verdict;
    *length = frame.length;
    *message = !(frame.flags & FLAG_MORE);
    return w->rules->curve ? judge_curve(w, &frame) : judge_plain(w, &frame);
}
