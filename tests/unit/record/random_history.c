// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_history.h"

#include "core/uuid.h"
#include "frames/log_event.h"
#include "random_draw.h"

#include <string.h>

#define KEPT 8

static float any_number(double least, double most)
{
    return (float)(least + (most - least) * (double)draw() / 18446744073709551616.0);
}

static void any_usual(struct usual *usual)
{
    for (unsigned n = below(60); n > 0; n--)
        usual->cell[below(USUAL_GAITS)][below(USUAL_SPEEDS)][below(N_QUANTITIES)] =
            (struct usual_cell){any_number(-200, 400), any_number(0, 30), any_number(-1, 1), any_number(0.1, 600)};
}

const struct runner_history *random_history(unsigned long long seed)
{
    static struct runner_history kept[KEPT];
    static unsigned n_made;
    draw_seed(seed);
    if (n_made >= KEPT)
        return &kept[below(KEPT)];
    struct runner_history *h = &kept[n_made++];
    memset(h, 0, sizeof *h);
    h->sessions = below(1000);
    h->updated_utc_ns = below(4) ? 1790000000000000000 + (int64_t)below(1000000000) : UTC_UNKNOWN_NS;
    any_usual(&h->before);
    any_usual(&h->now);
    if (below(2))
        (void)uuid_make(h->session);
    h->phase = (int)below(5);
    double *const clocks[] = {&h->elapsed_s, &h->moved_s, &h->ran_s, &h->steady_s, &h->still_s, &h->since_drink_s};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        *clocks[i] = (double)draw() / 1e15;
    h->vest = below(2) != 0;
    return h;
}

const char *differs_history(const struct runner_history *a, const struct runner_history *b)
{
    if (a->sessions != b->sessions || a->updated_utc_ns != b->updated_utc_ns || strcmp(a->session, b->session) != 0)
        return "sessions, updated or session";
    if (a->phase != b->phase || a->vest != b->vest || a->elapsed_s != b->elapsed_s || a->moved_s != b->moved_s ||
        a->ran_s != b->ran_s || a->steady_s != b->steady_s || a->still_s != b->still_s ||
        a->since_drink_s != b->since_drink_s)
        return "phase, vest or a clock";
    return memcmp(&a->before, &b->before, sizeof a->before) != 0 ? "before"
           : memcmp(&a->now, &b->now, sizeof a->now) != 0        ? "now"
                                                                 : NULL;
}
