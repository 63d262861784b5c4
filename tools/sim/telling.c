// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/telling.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define STATED_M_S 0.01 // what a belt's display shows

void telling_init(struct telling *telling, const struct scenario *scenario)
{
    *telling = (struct telling){.scenario = scenario};
}

static int64_t in_ns(double t_s)
{
    return log_quantise_ns(llrint(1e9 * t_s));
}

static bool begin_session(const struct scenario *scenario, struct command *command)
{
    *command = (struct command){.kind = COMMAND_SESSION};
    snprintf(command->text, sizeof command->text, "%s", scenario->subject);
    snprintf(command->session, sizeof command->session, "00000000-0000-4000-8000-%012" PRIx64,
             scenario->seed & UINT64_C(0xffffffffffff));
    return *scenario->subject != '\0';
}

// When the next mark, calibration or assessment is due; NULL: no more.
static const struct scenario_phase *next_event(struct telling *telling, double *t_s)
{
    const struct scenario *scenario = telling->scenario;
    for (; telling->phase < scenario->n_phases; telling->phase++, telling->part = 0) {
        const struct scenario_phase *phase = &scenario->phase[telling->phase];
        *t_s = phase->start_s;
        if (telling->part == 0 && *phase->mark != '\0')
            return phase;
        telling->part = 1;
        *t_s = phase->start_s + phase->assess_after_s;
        if (phase->assesses)
            return phase;
        *t_s = phase->start_s + fmin(phase->blend_s, phase->duration_s);
        if (phase->calibrates)
            return phase;
    }
    return NULL;
}

static void take_event(struct telling *telling, const struct scenario_phase *phase, struct command *command)
{
    if (telling->part == 0) {
        *command = (struct command){.kind = COMMAND_MARK};
        snprintf(command->text, sizeof command->text, "%s", phase->mark);
        telling->part = 1;
        return;
    }
    if (phase->assesses)
        *command = (struct command){.kind = COMMAND_ASSESS, .action = phase->assess, .exercise = (int)phase->exercise};
    else
        *command = (struct command){.kind = COMMAND_CALIBRATE, .method = phase->calibrate};
    telling->phase++;
    telling->part = 0;
}

// The next whole second, before until_s, at which the display shows another speed.
static bool next_speed(struct telling *telling, double until_s, double *t_s, double *speed_m_s)
{
    if (!telling->scenario->tell_speed)
        return false;
    for (; (double)telling->next_s < until_s; telling->next_s++) {
        *t_s = (double)telling->next_s;
        *speed_m_s = STATED_M_S * round(scenario_param(telling->scenario, PARAM_SPEED_M_S, *t_s) / STATED_M_S);
        if (telling->next_s == 0 || *speed_m_s != telling->told_m_s)
            return true;
    }
    return false;
}

bool telling_pull(struct telling *telling, int64_t until_ns, struct command *command, int64_t *t_ns)
{
    if (!telling->scenario || until_ns <= 0)
        return false;
    *t_ns = 0;
    if (!telling->begun) {
        telling->begun = true;
        if (begin_session(telling->scenario, command))
            return true;
    }
    double event_s = 0, speed_s = 0, speed_m_s = 0;
    const struct scenario_phase *phase = next_event(telling, &event_s);
    bool event = phase && in_ns(event_s) < until_ns;
    if (next_speed(telling, 1e-9 * (double)until_ns, &speed_s, &speed_m_s) && (!event || speed_s <= event_s)) {
        telling->next_s++;
        telling->told_m_s = speed_m_s;
        *command = (struct command){.kind = COMMAND_SPEED, .value = speed_m_s};
        *t_ns = in_ns(speed_s);
        return true;
    }
    if (!event)
        return false;
    take_event(telling, phase, command);
    *t_ns = in_ns(event_s);
    return true;
}
