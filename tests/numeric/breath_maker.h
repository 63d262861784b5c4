// SPDX-License-Identifier: GPL-3.0-or-later
// Chest and abdomen of somebody breathing, 25 samples per second, with the truth of every breath: shapes from a cosine
// to a fast start, jitter, pauses, holds, sighs, speech, coughs, posture steps, drift, paradox, heart, and what a gait
// canceller leaves of the strides.
#ifndef POISE_TESTS_BREATH_MAKER_H
#define POISE_TESTS_BREATH_MAKER_H

#include "check.h"

#include <stdbool.h>
#include <string.h>

#define MAKER_HZ      25
#define MAKER_SECONDS 400
#define MAKER_N       (MAKER_SECONDS * MAKER_HZ)
#define MAKER_BREATHS 600
#define MAKER_EVENTS  8

struct maker {
    // what to make
    double seconds, rate_bpm, jitter, pause_s, chest_deg, abdomen_deg, drift_deg;
    bool cosine; // else a shape of its own for every breath, between a cosine and a fast start
    bool paradox;
    double step_hz, residue_deg, steps_from_s; // 0: at rest
    double lock, lock_jitter;                  // steps per breath; 0: free
    double ramp_from_s, ramp_to_s, ramp_bpm;   // another rate between these
    double hold_at_s[MAKER_EVENTS], sigh_at_s[MAKER_EVENTS], cough_at_s[MAKER_EVENTS];
    double step_at_s[MAKER_EVENTS], step_deg[MAKER_EVENTS];
    double speech_s[MAKER_EVENTS][2];
    double shallow_s[2], shallow; // between these, depths are so much of what they would be
    // what was made
    int n, n_breaths, n_holds;
    double chest[MAKER_N], abdomen[MAKER_N], turns[MAKER_N];
    double onset_s[MAKER_BREATHS], inspiration_s[MAKER_BREATHS], end_s[MAKER_BREATHS], depth[MAKER_BREATHS];
    double held_s[MAKER_EVENTS][2];
};

struct pulse {
    double onset, inspiration, top, expiration, depth, from, to, shape, hold_s;
    bool held_in, speech;
};

static inline double maker_rise(double u, double shape)
{
    return (1 - shape) * 0.5 * (1 - cos(PI * u)) + shape * sin(PI / 2 * u);
}

static inline bool maker_moves(const struct maker *m, int i)
{
    return m->step_hz > 0 && i >= m->steps_from_s * MAKER_HZ;
}

static inline void maker_steps(struct maker *m)
{
    double at = 0, length = 1;
    for (int i = 0; i < m->n; i++) {
        double before = floor(at);
        at += maker_moves(m, i) ? m->step_hz / MAKER_HZ / length : 0;
        if (floor(at) > before)
            length = fmax(0.8, 1 + 0.02 * check_normal());
        m->turns[i] = at;
    }
}

static inline double maker_time_of_step(const struct maker *m, double turn)
{
    int i = 0;
    while (i < m->n - 1 && m->turns[i] < turn)
        i++;
    return i > 0 ? (i - (m->turns[i] - turn) / (m->turns[i] - m->turns[i - 1])) / MAKER_HZ : 0;
}

static inline void maker_draw(struct maker *m, const struct pulse *p)
{
    double speech[9] = {0};
    for (int k = 1; k < 9; k++) // expired in runs, with pauses
        speech[k] = speech[k - 1] + (check_uniform() > 0.3 ? -log(1 - check_uniform()) : 0) + 0.01;
    for (int i = (int)ceil(p->onset * MAKER_HZ); i < m->n; i++) {
        double t = (double)i / MAKER_HZ - p->onset, y = p->to;
        double out = t - p->inspiration - (p->held_in ? p->hold_s : 0);
        if (t < p->inspiration) {
            y = p->from + (p->depth - p->from) * maker_rise(t / p->inspiration, p->shape);
        } else if (out < 0) {
            y = p->depth - 0.1 * (t - p->inspiration) / p->hold_s;
        } else if (out < p->expiration) {
            double top = p->depth - (p->held_in ? 0.1 : 0), u = out / p->expiration,
                   part = maker_rise(u, 0.8 * p->shape);
            int k = (int)(8 * u);
            if (p->speech)
                part = (speech[k] + (8 * u - k) * (speech[k + 1] - speech[k])) / speech[8];
            y = top + (p->to - top) * part;
        }
        m->chest[i] = m->chest_deg * y;
        m->abdomen[i] = m->abdomen_deg * y * (m->paradox ? -1 : 1);
    }
}

static inline bool maker_near(const double at_s[MAKER_EVENTS], double t, double within)
{
    bool is = false;
    for (int k = 0; k < MAKER_EVENTS; k++)
        is |= at_s[k] > 0 && fabs(at_s[k] - t) < within;
    return is;
}

// Durations of the breath that begins at t; returns its whole length without a hold.
static inline double maker_breath(const struct maker *m, double t, struct pulse *p, int *locked)
{
    bool ramp = t >= m->ramp_from_s && t < m->ramp_to_s;
    double mean_s = 60 / (ramp ? m->ramp_bpm : m->rate_bpm), pause = 0;
    double whole = mean_s * fmax(0.4, 1 + m->jitter * check_normal());
    *p = (struct pulse){.onset = t, .from = p->to, .to = 0.05 * check_normal()};
    p->depth = fmax(0.35, 1 + 0.2 * check_normal());
    p->shape = m->cosine ? 0 : check_uniform();
    p->inspiration = whole * fmin(fmax(0.4 + 0.03 * check_normal(), 0.2), 0.65);
    p->expiration = whole - p->inspiration;
    if (m->pause_s > 0) {
        pause = m->pause_s * fmax(0, 1 + 0.3 * check_normal());
        p->expiration = fmax(0.35 * whole, whole - p->inspiration - pause);
        pause = whole - p->inspiration - p->expiration;
    }
    for (int k = 0; k < MAKER_EVENTS; k++)
        p->speech |= t >= m->speech_s[k][0] && t < m->speech_s[k][1];
    if (p->speech) {
        p->inspiration = 0.5 * (0.8 + 0.5 * check_uniform());
        p->expiration = 2 + 6 * check_uniform();
        p->depth = 0.7 + 0.7 * check_uniform();
        pause = 0;
    } else if (maker_near(m->sigh_at_s, t, whole / 2)) {
        p->depth *= 2.5;
        p->inspiration *= 1.4;
        p->expiration *= 1.4;
    }
    if (t >= m->shallow_s[0] && t < m->shallow_s[1]) {
        p->depth *= m->shallow;
        p->to *= m->shallow;
    }
    if (m->lock > 0) {
        double next;
        do
            next = maker_time_of_step(m, ++*locked * m->lock + 0.37) + m->lock_jitter * mean_s * check_normal();
        while (next < t + 0.3);
        p->inspiration = 0.4 * (next - t);
        p->expiration = next - t - p->inspiration;
        pause = 0;
    }
    return p->inspiration + p->expiration + pause;
}

static inline void maker_breathe(struct maker *m)
{
    struct pulse p = {0};
    int holds = 0, locked = 0;
    for (double t = 0.5; t < m->seconds - 1 && m->n_breaths < MAKER_BREATHS;) {
        double end = t + maker_breath(m, t, &p, &locked);
        if (holds < MAKER_EVENTS && m->hold_at_s[holds] > 0 && t >= m->hold_at_s[holds]) {
            p.hold_s = 8 + 12 * check_uniform();
            p.held_in = check_uniform() < 0.5;
            double from = p.held_in ? t + p.inspiration : t + p.inspiration + p.expiration;
            m->held_s[holds][0] = from;
            m->held_s[holds][1] = from + p.hold_s;
            end += p.hold_s;
            m->n_holds = ++holds;
        }
        maker_draw(m, &p);
        int k = m->n_breaths++;
        m->onset_s[k] = t;
        m->inspiration_s[k] = p.inspiration;
        m->end_s[k] = t = end;
        m->depth[k] = p.depth - p.from;
    }
}

static inline void maker_cough(struct maker *m, double at)
{
    for (int k = 2 + (int)(3 * check_uniform()); k > 0; k--, at += 0.3 + 0.15 * check_uniform()) {
        double width = 0.15 + 0.1 * check_uniform(), chest = 0.6 + check_uniform(), abdomen = 0.6 + check_uniform();
        abdomen *= check_uniform() < 0.7 ? 1 : -1;
        for (int i = 0; i < m->n; i++) {
            double u = ((double)i / MAKER_HZ - at) / (width / 2);
            m->chest[i] -= m->chest_deg * chest * exp(-0.5 * u * u);
            m->abdomen[i] -= m->abdomen_deg * abdomen * exp(-0.5 * u * u);
        }
    }
}

static inline void maker_disturb(struct maker *m, double *x, double share)
{
    static const double harmonic[4] = {1, 0.8, 0.4, 0.3};
    double drift = 0, heart = 0, heart_hz = 1.1, slow[8] = {0}, keep = exp(-1.0 / (4 * MAKER_HZ));
    for (int i = 0; i < m->n; i++) {
        drift += m->drift_deg * check_normal() / sqrt(60.0 * MAKER_HZ);
        x[i] += drift + 0.05 * check_normal();
        if (i % MAKER_HZ == 0)
            heart_hz = 1.1 * (1 + 0.05 * check_normal());
        heart += heart_hz / MAKER_HZ;
        if (!maker_moves(m, i))
            x[i] += 0.05 * share * sin(2 * PI * heart);
        for (int k = 0; k < 8 && maker_moves(m, i); k++) {
            slow[k] = keep * slow[k] + (1 - keep) * check_normal() * sqrt(8.0 * MAKER_HZ);
            double turn = PI * (k / 2 + 1) * m->turns[i];
            x[i] += m->residue_deg * harmonic[k / 2] * slow[k] * (k % 2 ? sin(turn) : cos(turn));
        }
    }
}

static inline void maker_make(struct maker *m)
{
    m->n = (int)(m->seconds * MAKER_HZ);
    if (m->step_hz > 0)
        maker_steps(m);
    maker_breathe(m);
    maker_disturb(m, m->chest, 1);
    maker_disturb(m, m->abdomen, 0.7);
    for (int k = 0; k < MAKER_EVENTS; k++) {
        if (m->cough_at_s[k] > 0)
            maker_cough(m, m->cough_at_s[k]);
        double width = 0.8 + 1.7 * check_uniform(), share = 0.3 + 0.7 * check_uniform();
        for (int i = 0; i < m->n && m->step_at_s[k] > 0; i++) {
            double u = fmin(fmax(((double)i / MAKER_HZ - m->step_at_s[k]) / width, 0), 1);
            double step = m->step_deg[k] * u * u * u * (10 - 15 * u + 6 * u * u);
            m->chest[i] += step;
            m->abdomen[i] += share * step;
        }
    }
}

// What a spectrum over window_s would say at the instant: the mean rate, 2 % wrong; unknown for the first 15 s.
static inline double maker_spectrum_hz(const struct maker *m, double t, double window_s)
{
    double from = fmax(0, t - window_s), first = 0, last = 0;
    if (t < 15)
        return (double)NAN;
    for (int k = 0; k < m->n_breaths; k++) {
        double length = (k + 1 < m->n_breaths ? m->onset_s[k + 1] : m->end_s[k]) - m->onset_s[k];
        first = from >= m->onset_s[k] ? k + fmin(1, (from - m->onset_s[k]) / length) : first;
        last = t >= m->onset_s[k] ? k + fmin(1, (t - m->onset_s[k]) / length) : last;
    }
    return last > first ? (last - first) / (t - from) * (1 + 0.02 * check_normal()) : (double)NAN;
}

#endif
