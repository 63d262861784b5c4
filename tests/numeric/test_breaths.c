// SPDX-License-Identifier: GPL-3.0-or-later
// Breath by breath against a synthetic chest and abdomen whose every breath, hold and coupling is known.
#include "check.h"

#include "breath_run.h"

#define F1_LEAST        0.95
#define F1_POSTURE      0.9 // the breaths within a posture step are dropped
#define F1_SLOW         0.85
#define F1_SLOWEST      0.8
#define F1_GAP          0.9
#define F1_AXIS         0.9
#define INVENTED_MOST   10
#define FROM_S          25
#define ONSET_BIAS_S    0.35
#define ONSET_SD_S      0.2
#define TI_BIAS_S       0.3
#define DEPTH_TOLERANCE 0.15 // of the truth, median
#define HOLD_ASKED_S    20   // how far back holds are asked for
#define N_SEEDS         3

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
        s->said += b->onset / MAKER_HZ <= from_s || b->onset / MAKER_HZ >= to_s; // the truth lies inside
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

// Several seeds of one kind.
static struct figures measure(const char *name, const struct maker *kind, const struct run_options *options,
                              double from_s)
{
    static struct score score;
    static struct maker m;
    score = (struct score){0};
    for (int seed = 0; seed < N_SEEDS; seed++) {
        m = *kind;
        maker_make(&m);
        compare(&m, breath_run(&m, options), from_s, &score);
    }
    return tell(name, &score);
}

static void check(const struct figures *f, double least)
{
    assert_true(f->f1 >= least);
    assert_near(f->bias, 0, ONSET_BIAS_S);
    assert_near(f->sd, 0, ONSET_SD_S);
    assert_near(f->ti, 0, TI_BIAS_S);
    assert_near(f->depth, 1, DEPTH_TOLERANCE);
}

struct kind {
    const char *name;
    double least;
    struct maker m;
};

static const struct kind at_rest[] = {
    {"cosine 15", F1_LEAST, {SEATED(300, 0.05, 1), .rate_bpm = 15, .cosine = true}},
    {"rest 15", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 15}},
    {"pauses 12", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 12, .pause_s = 1}},
    {"irregular 15", F1_LEAST, {SEATED(300, 0.15, 2), .rate_bpm = 15}},
    {"wild 16", F1_LEAST, {SEATED(300, 0.55, 1), .rate_bpm = 16}},
    {"wilder 14", F1_LEAST, {SEATED(300, 0.85, 1), .rate_bpm = 14}},
    {"paradox 15", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 15, .paradox = true}},
    {"rest 60", F1_LEAST, {SEATED(300, 0.05, 1), .rate_bpm = 60}},
    {"rest 30", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 30}},
};

static const struct kind disturbed[] = {
    {"speech", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 15, .speech_s = {{60, 150}, {200, 260}}}},
    {"coughs", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 15, .cough_at_s = {50, 80, 120, 160, 200, 240}}},
    {"posture",
     F1_POSTURE,
     {SEATED(300, 0.1, 1), .rate_bpm = 15, .step_at_s = {60, 100, 140, 180, 220}, .step_deg = {20, -30, 10, -15, 25}}},
    {"sighs", F1_LEAST, {SEATED(300, 0.1, 1), .rate_bpm = 15, .sigh_at_s = {60, 110, 160, 210, 250}}},
};

static const struct kind moving[] = {
    {"rest 18, run 36",
     F1_LEAST,
     {RUNNING(250, 0.05, 0.5), .rate_bpm = 36, .steps_from_s = 120, .ramp_to_s = 120, .ramp_bpm = 18}},
    {"walk 20", F1_LEAST, {SEATED(300, 0.08, 1), .rate_bpm = 20, .step_hz = 1.8, .residue_deg = 0.3}},
    {"walk 35", F1_LEAST, {SEATED(300, 0.08, 1), .rate_bpm = 35, .step_hz = 1.8, .residue_deg = 0.3}},
    {"run 30", F1_LEAST, {RUNNING(200, 0.05, 0.5), .rate_bpm = 30}},
    {"run 38", F1_LEAST, {RUNNING(200, 0.05, 0.5), .rate_bpm = 38}},
    {"run 50", F1_LEAST, {RUNNING(200, 0.05, 0.5), .rate_bpm = 50}},
    {"run 60", F1_LEAST, {RUNNING(200, 0.05, 0.5), .rate_bpm = 60}},
    {"run 70", F1_LEAST, {RUNNING(200, 0.03, 0.5), .rate_bpm = 70}},
    {"run 38, residue", F1_LEAST, {RUNNING(200, 0.05, 1), .rate_bpm = 38}},
    {"run irregular 38", F1_LEAST, {RUNNING(200, 0.15, 0.5), .rate_bpm = 38}},
    {"run 22, 37, 22",
     F1_LEAST,
     {RUNNING(200, 0.05, 0.5), .rate_bpm = 22, .ramp_from_s = 70, .ramp_to_s = 140, .ramp_bpm = 37}},
};

static void measure_all(const struct kind *kinds, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct figures f = measure(kinds[k].name, &kinds[k].m, &(struct run_options){0}, FROM_S);
        check(&f, kinds[k].least);
    }
}

static void breaths_at_rest_are_found(void **state)
{
    (void)state;
    measure_all(at_rest, sizeof at_rest / sizeof *at_rest);
}

static void speech_coughs_and_postures_invent_none(void **state)
{
    (void)state;
    measure_all(disturbed, sizeof disturbed / sizeof *disturbed);
}

static void breaths_are_found_while_moving(void **state)
{
    (void)state;
    measure_all(moving, sizeof moving / sizeof *moving);
}

static void slow_breaths_with_long_pauses_are_found_less_exactly(void **state)
{
    (void)state;
    const struct maker slow = {SEATED(400, 0.08, 1), .rate_bpm = 5, .pause_s = 3};
    const struct maker slower = {SEATED(400, 0.08, 1), .rate_bpm = 3, .pause_s = 4};
    assert_true(measure("slow 3", &slower, &(struct run_options){0}, 100).f1 >= F1_SLOWEST);
    assert_true(measure("slow 5", &slow, &(struct run_options){0}, 80).f1 >= F1_SLOW);
}

static void one_compartment_serves_and_its_absence_invents_nothing(void **state)
{
    (void)state;
    const struct maker m = {SEATED(300, 0.1, 1), .rate_bpm = 15};
    struct figures f = measure("chest gone 100 to 200", &m, &(struct run_options){.gone_s = {100, 200}}, FROM_S);
    assert_true(f.f1 >= F1_LEAST);
    f = measure("chest alone", &m, &(struct run_options){.chest_only = true}, FROM_S);
    assert_true(f.f1 >= F1_LEAST);
    f = measure("gap of 0.4 s", &m, &(struct run_options){.dark_s = {100, 100.4}}, FROM_S);
    assert_true(f.f1 >= F1_LEAST);
    f = measure("gap of 20 s", &m, &(struct run_options){.dark_s = {100, 120}}, FROM_S);
    assert_true(f.f1 >= F1_GAP && f.f1 < 0.98); // the truth has breaths in the gap
}

static void no_breath_reaches_across_a_gap(void **state)
{
    (void)state;
    static struct maker m;
    m = (struct maker){SEATED(300, 0.1, 1), .rate_bpm = 15};
    maker_make(&m);
    const struct outcome *out = breath_run(&m, &(struct run_options){.dark_s = {100, 112}});
    assert_true(out->n > 50);
    for (int k = 0; k < out->n; k++)
        assert_false(out->breath[k].onset < 100.0 * MAKER_HZ && out->breath[k].next > 112.0 * MAKER_HZ);
    for (int t = 101; t < 112; t++)
        assert_true(isnan(out->hold_s[t]));
}

static void the_faster_phase_is_the_inspiration_where_the_sign_is_unknown(void **state)
{
    (void)state;
    const struct maker m = {SEATED(300, 0.1, 1), .rate_bpm = 15};
    struct figures f = measure("axis alone", &m, &(struct run_options){.sign_unknown = true}, 40);
    assert_true(f.f1 >= F1_AXIS);
    f = measure("axis turned", &m, &(struct run_options){.sign_unknown = true, .turned = true}, 40);
    assert_true(f.f1 >= F1_AXIS);
}

static void without_breathing_there_is_no_breath(void **state)
{
    (void)state;
    static const struct kind kinds[] = {
        {"nothing at rest", 0, {SEATED(300, 0.1, 1), .rate_bpm = 15}},
        {"nothing while running", 0, {RUNNING(300, 0.1, 0.5), .rate_bpm = 38}},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int deaf = 0; deaf < 2; deaf++) {
            static struct maker m;
            m = kinds[k].m;
            m.chest_deg = m.abdomen_deg = 1e-3;
            maker_make(&m);
            const struct outcome *out =
                breath_run(&m, &(struct run_options){.deaf = deaf, .says_hz = deaf ? 0 : m.rate_bpm / 60});
            printf("%s, spectrum %s: %d breaths\n", kinds[k].name, deaf ? "silent" : "wrong", out->n);
            assert_true(deaf ? out->n == 0 : out->n <= INVENTED_MOST);
            for (int t = 0; t < m.n / MAKER_HZ && deaf; t++)
                assert_true(isnan(out->hold_s[t]) && isnan(out->cv_pct[t]) && isnan(out->coupling[t]));
        }
}

static void a_belt_has_a_unit_of_its_own(void **state)
{
    (void)state;
    const struct maker m = {SEATED(300, 0.1, 1), .rate_bpm = 15};
    assert_true(measure("belt × 0.001", &m, &(struct run_options){.scale = 1e-3}, FROM_S).f1 >= F1_LEAST);
    assert_true(measure("belt × 1000", &m, &(struct run_options){.scale = 1e3}, FROM_S).f1 >= F1_LEAST);
}

// Breaths of very unequal length have no line in the spectrum: whatever rate it says, they are told. Equal ones at
// another rate than it says are not.
static void very_unequal_breaths_need_no_rate(void **state)
{
    (void)state;
    const struct maker wild = {SEATED(300, 0.85, 1), .rate_bpm = 14}, calm = {SEATED(300, 0.05, 1), .rate_bpm = 15};
    for (double says = 0.5; says < 1.8; says += 0.4) {
        struct figures f = measure("wild, another rate", &wild, &(struct run_options){.says_hz = says * 14 / 60}, 40);
        assert_true(f.f1 >= F1_LEAST);
    }
    static struct maker m;
    m = calm;
    maker_make(&m);
    assert_int_equal(breath_run(&m, &(struct run_options){.says_hz = 0.5 * 15 / 60})->n, 0);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaths_at_rest_are_found),
        cmocka_unit_test(speech_coughs_and_postures_invent_none),
        cmocka_unit_test(breaths_are_found_while_moving),
        cmocka_unit_test(slow_breaths_with_long_pauses_are_found_less_exactly),
        cmocka_unit_test(one_compartment_serves_and_its_absence_invents_nothing),
        cmocka_unit_test(no_breath_reaches_across_a_gap),
        cmocka_unit_test(the_faster_phase_is_the_inspiration_where_the_sign_is_unknown),
        cmocka_unit_test(a_belt_has_a_unit_of_its_own),
        cmocka_unit_test(without_breathing_there_is_no_breath),
        cmocka_unit_test(very_unequal_breaths_need_no_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
