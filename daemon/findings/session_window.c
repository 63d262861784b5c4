// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/session_private.h"

#include "frames/frame_block.h"

#include <math.h>
#include <string.h>

#define WINDOW_S         10.0
#define SETTLE_S         60.0  // after a change of speed or gait, before anything is learned or compared
#define BASELINE_FROM_S  180.0 // of steady running
#define BASELINE_MINUTES 5.0F  // of each cell: minutes 3 to 8, where the first speed is kept
#define CADENCE_EVEN     0.03
#define ODD_STEPS        2 // a stumble, or a contact missed
#define REST_WINDOWS     12
#define COMPARED_AGAIN   24   // windows, after a restart
#define SAME_CADENCE     3.0F // steps/min: without a speed, about 0.4 m/s of another one
#define EASY_SPEED       0.75 // of the session's steady speed
#define RUN_SPEED_MAX    60   // windows that its mean remembers
#define USUAL_BEFORE     5.0F // minutes of earlier sessions that outrank this one's

static const int angle_sites[] = {SITE_C7, SITE_T12, SITE_SACRUM, SITE_STERNUM};
#define N_ANGLE_SITES ((int)(sizeof angle_sites / sizeof *angle_sites))

// Angles against another stand are other angles: their baseline is learned anew.
static void forget_angles(struct session *s)
{
    static const enum quantity angles[] = {QUANTITY_TRUNK_LEAN, QUANTITY_THORACIC_FLEXION};
    for (int a = 0; a < 2; a++) {
        for (int gait = 0; gait < USUAL_GAITS; gait++)
            for (int bin = 0; bin < USUAL_SPEEDS; bin++)
                s->history.now.cell[gait][bin][angles[a]] = (struct usual_cell){0};
        s->previous[angles[a]] = NAN;
        drift_forget(&s->drift, angles[a]);
    }
}

static void take_calibration(struct session *s, const struct calibration_result *c)
{
    if (!c->calibrated)
        return;
    bool other = s->has_fit ? false : !c->stored;
    for (int i = 0; i < N_ANGLE_SITES; i++)
        for (int k = 0; k < 4; k++) {
            int site = angle_sites[i];
            float now = c->now.sites & SITE_BIT(site) ? (float)c->now.site[site].q_sensor_from_segment[k] : 0;
            other = other || (s->has_fit && now != s->fit[site][k]);
            s->fit[site][k] = now;
        }
    s->has_fit = true;
    if (other)
        forget_angles(s);
}

void session_take_window(struct session *s, const struct output *output)
{
    if (output->stream == STREAM_CALIBRATION)
        take_calibration(s, &output->calibration);
    ten_seconds_take(&s->window, output, s->history.vest);
}

// The cadence of the last minute, this window's too.
static double minute_cadence(struct session *s, float cadence)
{
    double sum = 0;
    s->minute[s->n_minute++ % MINUTE_WINDOWS] = cadence;
    int n = s->n_minute < MINUTE_WINDOWS ? s->n_minute : MINUTE_WINDOWS;
    for (int i = 0; i < n; i++)
        sum += (double)s->minute[i];
    return sum / n;
}

static bool is_even(struct session *s, const struct ten_seconds_mean *mean)
{
    double cadence = (double)mean->value[QUANTITY_CADENCE];
    if (mean->gait == GAIT_NONE || mean->gait != s->gait || !isfinite(cadence)) {
        s->n_minute = 0;
        return false;
    }
    double usual = minute_cadence(s, (float)cadence);
    if (isfinite(s->speed_m_s))
        return !s->speed_changed;
    return fabs(cadence - usual) <= CADENCE_EVEN * usual;
}

static struct usual_cell *cells_here(struct session *s, int gait)
{
    int bin = usual_bin(s->speed_m_s);
    return bin < 0 ? NULL : s->history.now.cell[gait][bin];
}

// Without a speed the cells are of one pace, told by its cadence.
static bool is_other_pace(const struct session *s, const struct ten_seconds_mean *mean, const struct usual_cell *cells,
                          float band)
{
    const struct usual_cell *pace = &cells[QUANTITY_CADENCE];
    return !isfinite(s->speed_m_s) && pace->minutes > 0 && fabsf(mean->value[QUANTITY_CADENCE] - pace->mean) > band;
}

static bool is_full(const struct usual_cell *cell)
{
    return cell->minutes >= BASELINE_MINUTES - 0.01F;
}

// The first five minutes of each speed from the third minute of steady running on: a speed that is met later is
// learned as it is then.
static void learn(struct session *s, const struct ten_seconds_mean *mean, struct usual_cell *cells)
{
    bool running = mean->gait == GAIT_RUN;
    bool early = running && s->history.steady_s <= BASELINE_FROM_S;
    bool fatigued = running && s->phase.phase == PHASE_FATIGUED;
    bool other = is_other_pace(s, mean, cells, USUAL_CADENCE_BAND);
    if (other && !early && cells[QUANTITY_CADENCE].minutes < USUAL_MIN_MINUTES) { // it was not kept
        memset(cells, 0, N_QUANTITIES * sizeof *cells);
        other = false;
    }
    for (int q = 0; q < N_QUANTITIES; q++) {
        float value = early || fatigued || other ? NAN : mean->value[q];
        if (isfinite(value) && !is_full(&cells[q]))
            usual_add(&cells[q], value, s->previous[q]);
        s->previous[q] = value;
    }
}

// A tired runner without a belt runs slower, and contact and bounce follow the speed: then they tell nothing.
static bool needs_speed(int q)
{
    return q == QUANTITY_CONTACT || q == QUANTITY_BOUNCE;
}

// Only with this very speed's own baseline, and only when it is complete.
static void compare(struct session *s, const struct ten_seconds_mean *mean, const struct usual_cell *cells)
{
    struct usual_cell baseline[N_QUANTITIES] = {0};
    if (is_other_pace(s, mean, cells, SAME_CADENCE)) {
        drift_pause(&s->drift);
        return;
    }
    for (int q = 0; q < N_QUANTITIES; q++)
        if (is_full(&cells[q]) && (isfinite(s->speed_m_s) || !needs_speed(q)))
            baseline[q] = cells[q];
    drift_take(&s->drift, mean->value, baseline, s->window_index);
}

static void note_run_speed(struct session *s)
{
    if (!isfinite(s->speed_m_s))
        return;
    s->n_run_speed += s->n_run_speed < RUN_SPEED_MAX;
    if (s->n_run_speed == 1)
        s->run_speed_m_s = s->speed_m_s;
    else
        s->run_speed_m_s += (s->speed_m_s - s->run_speed_m_s) / s->n_run_speed;
}

bool session_is_easy(const struct session *s)
{
    return s->speed_m_s < EASY_SPEED * s->run_speed_m_s; // false where either is not known
}

// After a restart a fatigued runner is one until the drift has been looked at again.
bool session_is_fatigued(const struct session *s)
{
    return drift_any(&s->drift) || (s->phase.phase == PHASE_FATIGUED && drift_compared(&s->drift) < COMPARED_AGAIN);
}

static void take_mean(struct session *s, const struct ten_seconds_mean *mean)
{
    bool even = is_even(s, mean), running = mean->gait == GAIT_RUN;
    s->settled_s = even ? s->settled_s + WINDOW_S : 0;
    if (even && running) {
        s->history.steady_s += WINDOW_S;
        if (!session_is_easy(s))
            note_run_speed(s);
    }
    phase_window(&s->phase, WINDOW_S, even && running);
    bool usable = even && s->settled_s > SETTLE_S && mean->odd_steps < ODD_STEPS;
    struct usual_cell *cells = usable ? cells_here(s, mean->gait) : NULL;
    if (cells && running)
        compare(s, mean, cells);
    else
        drift_pause(&s->drift);
    if (cells)
        learn(s, mean, cells);
    else
        for (int q = 0; q < N_QUANTITIES; q++)
            s->previous[q] = NAN;
    s->gait = mean->gait;
}

void session_end_window(struct session *s, int64_t window_index)
{
    struct ten_seconds_mean mean;
    bool drifted = drift_any(&s->drift);
    if (s->window_index >= 0) {
        ten_seconds_end(&s->window, &mean);
        take_mean(s, &mean);
    }
    // A rest takes fatigue away and lets belts be moved: what is still there after it is found again.
    s->rest_windows = s->window_index >= 0 && mean.gait == GAIT_RUN ? 0 : s->rest_windows + 1;
    if (s->rest_windows == REST_WINDOWS)
        drift_reset(&s->drift);
    ten_seconds_begin(&s->window);
    s->window_index = window_index;
    s->speed_changed = false;
    s->looked_index = INT64_MIN / 2; // look up anew
    if (drifted != drift_any(&s->drift))
        s->pending = true;
}

static void report_drift(struct session *s)
{
    for (int q = 0; q < N_QUANTITIES; q++) {
        const struct drift_line *l = &s->drift.line[q];
        bool known = drift_is_known(l);
        s->now.drift[q].value = known ? (float)(l->mean + l->change) : NAN;
        s->now.drift[q].change = known ? (float)l->change : NAN;
        s->now.drift[q].sigmas = known && l->sd > 0 ? (float)(l->change / l->sd) : NAN;
        s->now.drift[q].drifted = known && l->drifted;
        s->now.drift[q].since_ns = l->drifted ? l->onset * TEN_SECONDS_FRAMES * FRAME_PERIOD_NS : 0;
    }
}

void session_look_up(struct session *s)
{
    const struct runner_history *h = &s->history;
    int gait = s->activity == ACTIVITY_RUN ? GAIT_RUN : s->activity == ACTIVITY_WALK ? GAIT_WALK : GAIT_NONE;
    s->now.has_baseline = false;
    for (int q = 0; q < N_QUANTITIES; q++) {
        struct usual_cell now, before;
        bool has_now =
            usual_look_up(&h->now, gait, s->speed_m_s, s->cadence_spm, (enum quantity)q, USUAL_MIN_MINUTES, &now);
        bool has_before =
            usual_look_up(&h->before, gait, s->speed_m_s, s->cadence_spm, (enum quantity)q, USUAL_MIN_MINUTES, &before);
        bool mature = has_before && before.minutes >= USUAL_BEFORE;
        const struct usual_cell none = {.mean = NAN, .sd = NAN, .rho = NAN};
        s->now.baseline[q] = has_now ? now : has_before ? before : none;
        s->usual[q] = mature || (has_before && !has_now) ? before : has_now ? now : none;
        s->now.has_baseline = s->now.has_baseline || has_now;
    }
    report_drift(s);
}
