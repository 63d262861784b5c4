// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/site_watch.h"

#include "core/clock.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_NS (5 * NS_PER_S)

static const char *describe(int state)
{
    switch (state) {
    case SITE_STATE_RUNNING:
        return "is running";
    case SITE_STATE_STALLED:
        return "is silent";
    case SITE_STATE_LOST:
        return "is lost";
    case SITE_STATE_WAITING:
        return "is awaited";
    default:
        return "is absent";
    }
}

// A reason may hold what a device or a network peer said.
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static void say(struct site_watch *w, int site, const struct site_status *status)
{
    // A loose contact would fill the log: what was held back is made up for when the state still differs later.
    int held_back = log_limit_pass(&w->limit[site], REPEAT_NS);
    if (held_back < 0)
        return;
    char reason[REASON_MAX + 2] = "", more[48] = "";
    if (status->reason[0] != '\0')
        snprintf(reason, sizeof reason, ": %s", status->reason);
    if (held_back > 0)
        snprintf(more, sizeof more, " (changed before, %d lines held back)", held_back);
    make_printable(reason);
    bool well = status->state == SITE_STATE_RUNNING && reason[0] == '\0';
    enum log_level level = well ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
    log_line(level, "site %s %s%s%s", site_names[site], describe(status->state), reason, more);
    w->said[site] = true;
    w->state[site] = status->state;
    memcpy(w->reason[site], status->reason, REASON_MAX);
}

// Why a site does not deliver may change from attempt to attempt; that it has begun or ended is enough.
static bool is_news(const struct site_watch *w, int s, const struct site_status *status)
{
    if (!w->said[s] || w->state[s] != status->state)
        return true;
    return status->state == SITE_STATE_RUNNING && strcmp(w->reason[s], status->reason) != 0;
}

void site_watch_take(struct site_watch *w, const struct status_result *status)
{
    for (int s = 0; s < N_SITES; s++)
        if (status->configured & SITE_BIT(s) && is_news(w, s, &status->site[s]))
            say(w, s, &status->site[s]);
}
