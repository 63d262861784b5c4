// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/phase.h"

#include <math.h>

#define IDLE_AFTER_S 60.0 // of standing or sitting; a traffic light is shorter
#define LEAVE_IDLE_S 5.0
#define EVEN_S       120.0 // of even running make it steady
#define WALK_S       60.0
#define EASY_S       120.0 // a recovery between intervals is shorter
#define RUN_AGAIN_S  30.0
#define WORKED_S     300.0 // of steady running; what is easy after it is a cool-down
#define LONG_REST_S  900.0 // then the body is cold again
#define TAKES_BACK   3.0

void phase_begin(struct phase *p, int phase, double worked_s)
{
    *p = (struct phase){.phase = phase, .worked_s = worked_s};
}

static void count(double *seconds, double dt_s, bool lasts, double most)
{
    *seconds = lasts ? fmin(*seconds + dt_s, most) : fmax(*seconds - TAKES_BACK * dt_s, 0);
}

static int easy_phase(const struct phase *p)
{
    return p->worked_s >= WORKED_S ? PHASE_COOL_DOWN : PHASE_WARM_UP;
}

static int after_idle(const struct phase *p, bool runs, bool fatigued)
{
    if (p->moving_s < LEAVE_IDLE_S)
        return PHASE_IDLE;
    if (runs && p->worked_s >= WORKED_S)
        return fatigued ? PHASE_FATIGUED : PHASE_STEADY;
    return easy_phase(p);
}

static int next(const struct phase *p, bool runs, bool fatigued)
{
    int running = fatigued ? PHASE_FATIGUED : PHASE_STEADY;
    if (p->still_s >= IDLE_AFTER_S)
        return PHASE_IDLE;
    switch (p->phase) {
    case PHASE_IDLE:
        return after_idle(p, runs, fatigued);
    case PHASE_WARM_UP:
        return p->even_s >= EVEN_S ? running : PHASE_WARM_UP;
    case PHASE_COOL_DOWN:
        return p->running_s >= RUN_AGAIN_S && p->easy_s < EASY_S ? running : PHASE_COOL_DOWN;
    default:
        if (p->walking_s >= WALK_S)
            return easy_phase(p);
        return p->easy_s >= EASY_S && p->worked_s >= WORKED_S ? PHASE_COOL_DOWN : running;
    }
}

void phase_step(struct phase *p, double dt_s, int activity, bool easy, bool fatigued)
{
    bool walks = activity == ACTIVITY_WALK, runs = activity == ACTIVITY_RUN;
    if (activity != ACTIVITY_UNKNOWN) {
        count(&p->still_s, dt_s, !walks && !runs, IDLE_AFTER_S);
        count(&p->moving_s, dt_s, walks || runs, LEAVE_IDLE_S);
        count(&p->walking_s, dt_s, walks, WALK_S);
        count(&p->running_s, dt_s, runs, RUN_AGAIN_S);
        count(&p->easy_s, dt_s, runs && easy, EASY_S);
    }
    int phase = next(p, runs, fatigued);
    p->idle_s = phase == PHASE_IDLE ? p->idle_s + dt_s : 0;
    if (p->idle_s >= LONG_REST_S)
        p->worked_s = 0;
    p->phase = phase;
}

void phase_window(struct phase *p, double window_s, bool even)
{
    count(&p->even_s, window_s, even, EVEN_S);
    if (even)
        p->worked_s += window_s;
}
