// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes from a client, after a byte that says which door: a full buffer is always decided, what is decided lies in
// it, and a subscription that passes can match a topic.
#include "check.h"
#include "publish/zmtp.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const topics[] = {"lab/posture", "lab/status"};

static void check_passed(const struct zmtp_rules *rules, const uint8_t *unit, size_t n)
{
    if (rules->curve || !rules->subscriber || unit[0] != 0 || n < 3)
        return;
    check(n < 3 + sizeof "lab/posture");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zmtp_rules rules = {
        .frame_max = FRAME_MAX, .frames_max = 3, .curve_frames = 5, .topics = topics, .n_topics = 2};
    struct zmtp_watch watch;
    if (size == 0)
        return 0;
    rules.curve = data[0] & 1;
    rules.subscriber = data[0] & 2;
    zmtp_init(&watch, &rules);
    for (size_t at = 1; at < size;) {
        size_t n = size - at < FRAME_MAX + ZMTP_HEADER_MAX ? size - at : FRAME_MAX + ZMTP_HEADER_MAX, length = 0;
        bool message;
        uint8_t *bytes = malloc(n); // exactly as long as it is: reading past it is seen
        check(bytes != NULL);
        memcpy(bytes, data + at, n);
        unsigned greeted = watch.greeted;
        enum zmtp_verdict verdict = zmtp_judge(&watch, bytes, n, &length, &message);
        check(verdict == ZMTP_CUT || verdict == ZMTP_WAIT || (length > 0 && length <= n));
        check(verdict != ZMTP_WAIT || n < FRAME_MAX + ZMTP_HEADER_MAX);
        if (verdict == ZMTP_PASS && greeted == 64)
            check_passed(&rules, bytes, length);
        free(bytes);
        if (verdict == ZMTP_CUT || verdict == ZMTP_WAIT)
            return 0;
        at += length;
    }
    return 0;
}
