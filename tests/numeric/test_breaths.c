// SPDX-License-Identifier: GPL-3.0-or-later
// Breath by breath against a synthetic chest and abdomen whose every breath, hold and coupling is known.
#include "check.h"

#include "breath_maker.h"
#include "breathing/breaths.h"

#define F1_LEAST         0.95
#define F1_DISTURBED     0.88
#define ONSET_BIAS_S     0.35
#define ONSET_SD_S       0.2
#define TI_BIAS_S        0.3
#define DEPTH_TOLERANCE  0.15 // of the truth, median
#define CV_TOLERANCE_PCT 4.0
#define HOLD_LEAST       0.9
#define HOLD_ASKED_S     20 // how far back holds are asked for
#define LOCKED_LEAST     0.5
#define FREE_MOST        0.3
#define N_SEEDS          3

#define OUT_MOST 1000

struct outcome {
    struct breath breath[OUT_MOST];
    int n;
    float hold_s[MAKER_SECONDS]; // by second; NaN: unknown or not asked
    float cv_pct[MAKER_SECONDS], coupling[MAKER_SECONDS], ratio[MAKER_SECONDS];
};

struct run_options {
    bool deaf;      // the spectrum says nothing
    double says_hz; // the spectrum says this, whatever the truth
    bool sign_unknown, turned;
    bool chest_only;
    double gone_s[2]; // the chest is not measured between these
    double dark_s[2]; // nor is anything
};

static struct outcome run(const struct maker *m, const struct run_options *o)
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
                                       : maker_spectrum_hz(m, t, m->step_hz > 0 ? 30 : 60);
        float side = o->turned ? -1 : 1;
        const struct breaths_input in = {
            .chest = no_chest ? NAN : side * (float)m->chest[i],
            .abdomen = gone ? NAN : side * (float)m->abdomen[i],
            .sign_known = !o->sign_unknown,
            .moving = m->step_hz > 0,
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
            out.cv_pct[second] = breaths_cv_pct(b);
            out.coupling[second] = breaths_coupling(b, &out.ratio[second]);
        }
    }
    breaths_destroy(b);
    return out;
}

struct score {
    int n, found, said;
    double bias, square, ti, depth[MAKER_BREATHS * N_SEEDS];
    int n_depth;
};

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, order);
    return n > 0 ? x[n / 2] : (double)NAN;
}

// Onsets one to one, each with the nearest in reach.
static void compare(const struct maker *m, const struct outcome *out, double from_s, struct score *s)
{
    bool used[OUT_MOST] = {false};
    double mean_s = 60 / m->rate_bpm, reach = fmin(0.35 * mean_s, 0.5 + 0.1 * mean_s),
           to_s = m->seconds - fmax(8, 3 * mean_s);
    if (mean_s <= 1.5)
        reach = 0.4 * mean_s;
    for (int k = 0; k < out->n; k++)
        s->said += out->breath[k].onset / MAKER_HZ > from_s && out->breath[k].onset / MAKER_HZ < to_s;
    for (int i = 0; i < m->n_breaths; i++) {
        int best = -1;
        if (m->onset_s[i] <= from_s || m->onset_s[i] >= to_s)
            continue;
        s->n++;
        for (int k = 0; k < out->n; k++) {
            double d = fabs(out->breath[k].onset / MAKER_HZ - m->onset_s[i]);
            if (!used[k] && d <= reach && (best < 0 || d < fabs(out->breath[best].onset / MAKER_HZ - m->onset_s[i])))
                best = k;
        }
        if (best < 0)
            continue;
        const struct breath *b = &out->breath[best];
        double error = b->onset / MAKER_HZ - m->onset_s[i];
        used[best] = true;
        s->found++;
        s->bias += error;
        s->square += error * error;
        s->ti += (b->end - b->onset) / MAKER_HZ - m->inspiration_s[i];
        s->depth[s->n_depth++] = (double)b->depth_deg / (m->depth[i] * (m->chest_deg + m->abdomen_deg));
    }
}

struct figures {
    double f1, bias, sd, ti, depth;
};

static struct figures tell(const char *name, struct score *s)
{
    double found = s->found > 0 ? s->found : 1;
    struct figures f = {
        .f1 = 2.0 * s->found / (s->n + s->said > 0 ? s->n + s->said : 1), .bias = s->bias / found, .ti = s->ti / found};
    f.sd = sqrt(fmax(0, s->square / found - f.bias * f.bias));
    f.depth = median(s->depth, s->n_depth);
    printf("%-22s %4d breaths, recall %.3f precision %.3f F1 %.3f; onset %+.0f ± %.0f ms, Ti %+.0f ms, depth × %.2f\n",
           name, s->n, (double)s->found / s->n, s->found / fmax(s->said, 1), f.f1, 1e3 * f.bias, 1e3 * f.sd, 1e3 * f.ti,
           f.depth);
    return f;
}

#define SEATED(seconds_, jitter_, drift_)                                                                              \
    .seconds = (seconds_), .jitter = (jitter_), .drift_deg = (drift_), .chest_deg = 2.4, .abdomen_deg = 3
#define RUNNING(seconds_, jitter_)                                                                                     \
    .seconds = (seconds_), .jitter = (jitter_), .drift_deg = 2, .chest_deg = 3.6, .abdomen_deg = 4, .step_hz = 2.8,    \
    .residue_deg = 0.5

static void breaths_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double f1, from_s;
        struct maker m;
    } cases[] = {
        {"cosine 15", F1_LEAST, 20, {SEATED(300, 0.05, 1), .rate_bpm = 15, .cosine = true}},
        {"rest 15", F1_LEAST, 20, {SEATED(300, 0.1, 1), .rate_bpm = 15}},
        {"pauses 12", F1_LEAST, 25, {SEATED(300, 0.1, 1), .rate_bpm = 12, .pause_s = 1}},
        {"slow 5", 0.85, 80, {SEATED(400, 0.08, 1), .rate_bpm = 5, .pause_s = 3}},
        {"irregular 15", F1_LEAST, 20, {SEATED(300, 0.15, 2), .rate_bpm = 15}},
        {"paradox 15", F1_LEAST, 20, {SEATED(300, 0.1, 1), .rate_bpm = 15, .paradox = true}},
        {"rest 30", F1_LEAST, 20, {SEATED(300, 0.1, 1), .rate_bpm = 30}},
        {"speech", F1_DISTURBED, 20, {SEATED(300, 0.1, 1), .rate_bpm = 15, .speech_s = {{60, 150}, {200, 260}}}},
        {"coughs", F1_DISTURBED, 20, {SEATED(300, 0.1, 1), .rate_bpm = 15, .cough_at_s = {50, 80, 120, 160, 200, 240}}},
        {"posture",
         F1_DISTURBED,
         20,
         {SEATED(300, 0.1, 1), .rate_bpm = 15, .step_at_s = {60, 100, 140, 180, 220},
          .step_deg = {20, -30, 10, -15, 25}}},
        {"sighs", F1_LEAST, 20, {SEATED(300, 0.1, 1), .rate_bpm = 15, .sigh_at_s = {60, 110, 160, 210, 250}}},
        {"walk 20", F1_LEAST, 20, {SEATED(300, 0.08, 1), .rate_bpm = 20, .step_hz = 1.8, .residue_deg = 0.3}},
        {"walk 35", F1_LEAST, 20, {SEATED(300, 0.08, 1), .rate_bpm = 35, .step_hz = 1.8, .residue_deg = 0.3}},
        {"run 30", F1_LEAST, 20, {RUNNING(200, 0.05), .rate_bpm = 30}},
        {"run 38", F1_LEAST, 20, {RUNNING(200, 0.05), .rate_bpm = 38}},
        {"run 50", F1_LEAST, 20, {RUNNING(200, 0.05), .rate_bpm = 50}},
        {"run 60", F1_LEAST, 20, {RUNNING(200, 0.05), .rate_bpm = 60}},
        {"run 70", F1_LEAST, 20, {RUNNING(200, 0.03), .rate_bpm = 70}},
        {"run irregular 38", F1_LEAST, 20, {RUNNING(200, 0.15), .rate_bpm = 38}},
        {"run 22, 37, 22",
         F1_LEAST,
         20,
         {RUNNING(200, 0.05), .rate_bpm = 22, .ramp_from_s = 70, .ramp_to_s = 140, .ramp_bpm = 37}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static struct score score;
        score = (struct score){0};
        for (int seed = 0; seed < N_SEEDS; seed++) {
            static struct maker m;
            m = cases[c].m;
            maker_make(&m);
            static struct outcome out;
            out = run(&m, &(struct run_options){0});
            compare(&m, &out, cases[c].from_s, &score);
        }
        struct figures f = tell(cases[c].name, &score);
        (void)f;
    }
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaths_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
