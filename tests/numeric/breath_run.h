// SPDX-License-Identifier: GPL-3.0-or-later
// Runs what breath_maker.h made through breathing/breaths.h, with a spectrum that says the lagging mean rate, and
// collects all that comes out.
#ifndef POISE_TESTS_BREATH_RUN_H
#define POISE_TESTS_BREATH_RUN_H

#include "breath_maker.h"
#include "breathing/breaths.h"

#define HOLD_ASKED_S 20 // how far back holds are asked for
#define SEATED(seconds_, jitter_, drift_)                                                                              \
    .seconds = (seconds_), .jitter = (jitter_), .drift_deg = (drift_), .chest_deg = 2.4, .abdomen_deg = 3
#define RUNNING(seconds_, jitter_, residue_)                                                                           \
    .seconds = (seconds_), .jitter = (jitter_), .drift_deg = 2, .chest_deg = 3.6, .abdomen_deg = 4, .step_hz = 2.8,    \
    .residue_deg = (residue_)

#define OUT_MOST 1000

struct outcome {
    struct breath breath[OUT_MOST];
    int n;
    float hold_s[MAKER_SECONDS];     // by second; NaN: unknown or not asked
    float hold_now_s[MAKER_SECONDS]; // as it was told at that second
    float cv_pct[MAKER_SECONDS], coupling[MAKER_SECONDS], ratio[MAKER_SECONDS];
};

struct run_options {
    bool deaf;      // the spectrum says nothing
    double says_hz; // the spectrum says this, whatever the truth
    bool sign_unknown, turned;
    bool chest_only;
    bool mute_in_holds; // the spectrum is silent until 15 s after a hold
    double scale;       // of a belt; 0: degrees
    double gone_s[2];   // the chest is not measured between these
    double dark_s[2];   // nor is anything
};

static inline const struct outcome *breath_run(const struct maker *m, const struct run_options *o)
{
    struct breaths *b;
    static struct outcome out;
    double rate_hz = (double)NAN;
    out.n = 0;
    assert_int_equal(breaths_create(&b), 0);
    for (int i = 0; i < MAKER_SECONDS; i++)
        out.hold_s[i] = out.cv_pct[i] = out.coupling[i] = out.ratio[i] = NAN;
    for (int i = 0; i < m->n; i++) {
        double t = (double)i / MAKER_HZ;
        int second = i / MAKER_HZ;
        bool whole = i % MAKER_HZ == 0, dark = t >= o->dark_s[0] && t < o->dark_s[1];
        bool gone = o->chest_only || dark, no_chest = dark || (t >= o->gone_s[0] && t < o->gone_s[1]);
        if (whole)
            rate_hz = o->deaf          ? (double)NAN
                      : o->says_hz > 0 ? o->says_hz
                                       : maker_spectrum_hz(m, t, maker_moves(m, i) ? 30 : 60);
        float side = (o->turned ? -1 : 1) * (o->scale > 0 ? (float)o->scale : 1);
        for (int k = 0; k < m->n_holds && o->mute_in_holds; k++)
            if (t > m->held_s[k][0] + 5 && t < m->held_s[k][1] + 15)
                rate_hz = (double)NAN;
        const struct breaths_input in = {
            .chest = no_chest ? NAN : side * (float)m->chest[i],
            .abdomen = gone ? NAN : side * (float)m->abdomen[i],
            .sign_known = !o->sign_unknown,
            .any_unit = o->scale > 0,
            .moving = maker_moves(m, i),
            .stride_hz = m->step_hz / 2,
            .step_turns = m->turns[i],
            .rate_hz = rate_hz,
        };
        breaths_push(b, &in);
        while (out.n < OUT_MOST && breaths_pull(b, &out.breath[out.n]))
            out.n++;
        if (whole) {
            if (second >= HOLD_ASKED_S)
                out.hold_s[second - HOLD_ASKED_S] = breaths_hold_s(b, i - HOLD_ASKED_S * MAKER_HZ);
            out.hold_now_s[second] = breaths_hold_now_s(b);
            out.cv_pct[second] = breaths_cv_pct(b);
            out.coupling[second] = breaths_coupling(b, &out.ratio[second]);
        }
    }
    breaths_destroy(b);
    return &out;
}

#endif
