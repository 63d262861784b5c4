// SPDX-License-Identifier: GPL-3.0-or-later
// Tells the operator in the log when a site starts or stops delivering, and what is doubtful about one that does.
// Private to publish/.
#ifndef POISE_PUBLISH_SITE_WATCH_H
#define POISE_PUBLISH_SITE_WATCH_H

#include "core/log.h"
#include "frames/output.h"

struct site_watch {
    bool said[N_SITES];
    int state[N_SITES]; // as said last
    char reason[N_SITES][REASON_MAX];
    struct log_limit limit[N_SITES];
};

void site_watch_take(struct site_watch *watch, const struct status_result *status);

#endif
