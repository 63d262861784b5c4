// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of the calibration: the step it is at, how far, and what the runner is to do now.
#include "segment/segment_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REPORT_FRAMES 250  // while a command is under way
#define IDLE_FRAMES   5000 // otherwise

// The first site of those, as a word.
static const char *first_of(uint32_t sites)
{
    return site_names[__builtin_ctz(sites)];
}

#define REVERSED_WORDS "sees the runner go backward: is it, or its mount, turned round?"

const char *segment_doubt(const struct segment *g, int s, char words[REASON_MAX])
{
    if (g->slipped & SITE_BIT(s))
        snprintf(words, REASON_MAX, "has turned by %.0f deg on the body: calibrate again", (double)g->slipped_deg[s]);
    else if (g->reversed & SITE_BIT(s))
        snprintf(words, REASON_MAX, "%s", REVERSED_WORDS);
    else
        doubt_words(&g->doubt, s, words);
    return words;
}

static void hint_at_rest(const struct segment *g, char hint[REASON_MAX])
{
    const uint32_t doubted = g->doubt.aslant | g->doubt.scale;
    char words[REASON_MAX];
    if (g->slipped != 0)
        snprintf(hint, REASON_MAX, "%s has slipped on the body: calibrate again", first_of(g->slipped));
    else if (g->reversed != 0)
        snprintf(hint, REASON_MAX, "%s " REVERSED_WORDS, first_of(g->reversed));
    else if (doubted != 0)
        snprintf(hint, REASON_MAX, "%s: %.140s", first_of(doubted),
                 doubt_words(&g->doubt, __builtin_ctz(doubted), words));
    else if (g->unfitted != 0)
        snprintf(hint, REASON_MAX, "%s %s: stand upright and still for a moment", first_of(g->unfitted),
                 g->unfitted & g->other_mount ? "was calibrated with another mount" : "is not calibrated");
}

static void fill_hint(const struct segment *g, char hint[REASON_MAX])
{
    char words[STAND_FLAW_WORDS_MAX];
    hint[0] = '\0';
    if (g->outcome != OUTCOME_RUNNING && g->failure[0] != '\0') {
        memcpy(hint, g->failure, REASON_MAX);
        return;
    }
    switch (g->step) {
    case STEP_STAND:
        snprintf(hint, REASON_MAX, "stand upright and still%s", stand_flaw_words(&g->stand, words));
        break;
    case STEP_TALL:
        snprintf(hint, REASON_MAX, "stand as tall as you can, and still%s", stand_flaw_words(&g->stand, words));
        break;
    case STEP_BOWS:
        snprintf(hint, REASON_MAX, "bow forward and come up again: %d of %d", g->bows.count, CALIBRATION_BOWS);
        break;
    case STEP_GAIT:
        snprintf(hint, REASON_MAX, "walk or run straight on");
        break;
    default:
        hint_at_rest(g, hint);
    }
}

static float progress_of(const struct segment *g)
{
    switch (g->step) {
    case STEP_STAND:
    case STEP_TALL:
        return (float)fmin((g->stand.seconds + (double)g->stand.blocks / STAND_BLOCKS_PER_S) / g->params.stand_s, 1);
    case STEP_BOWS:
        return (float)g->bows.count / CALIBRATION_BOWS;
    case STEP_GAIT:
        return gait_axis_progress(&g->gait_axis, g->now.sites);
    default:
        return NAN;
    }
}

bool segment_pull(struct segment *g, struct calibration_result *r, int64_t *index)
{
    int64_t every = g->outcome == OUTCOME_RUNNING ? REPORT_FRAMES : IDLE_FRAMES;
    if (!g->started || (!g->report && (g->index + 1) % every != 0))
        return false;
    g->report = false;
    *index = g->index;
    r->calibrated = g->now.sites != 0;
    r->stored = g->stored;
    r->changes = g->changes;
    r->step = g->step;
    r->progress = progress_of(g);
    r->bows = g->bows.count;
    r->method = g->method;
    r->outcome = g->outcome;
    r->commands = g->commands;
    fill_hint(g, r->hint);
    r->now = g->now;
    segment_slipped(g, r->slipped_deg);
    return true;
}
