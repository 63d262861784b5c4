// SPDX-License-Identifier: GPL-3.0-or-later
// Cadence of synthetic steps: exact sines, jittered steps with harmonics and noise, standing, a stop, missing sites.
#include "check.h"

#include "gait/gait.h"
#include "motion_maker.h"

#define SINE_TOLERANCE_SPM   0.05
#define SLOW_SPM             60  // a window holds few of so slow steps
#define JITTER_TOLERANCE_SPM 1.0 // 2 % step-time jitter; against the window's own mean step rate

static const struct gait_params defaults = {8, 4, 40, 240, 0.5, 0.35, 0};

struct steps {
    double spm, jitter, amplitude;
    double phase;  // turns
    double length; // of the current step, relative
    double noise;
    double limp; // of the stride's line in the vertical acceleration, relative to the step's
    double sway; // m/s², sideways once per stride
};

static double bounce(struct steps *s, double dt_s)
{
    double before = floor(s->phase);
    s->phase += s->spm / 60 * dt_s / s->length;
    if (floor(s->phase) > before)
        s->length = 1 + s->jitter * check_normal();
    double a = 2 * PI * s->phase;
    return s->amplitude * (sin(a) + 0.5 * sin(2 * a + 1) + 0.2 * sin(3 * a + 2) + (0.05 + s->limp) * sin(0.5 * a)) +
           s->noise * check_normal();
}

static double phase_at[10000]; // at the end of each block; the truth of a window is its mean step rate

struct score {
    int n, answered;
    double worst, mean_abs;
    struct cadence_result last;
    int64_t last_index;
    struct gait_phase phase;
};

static void run(struct gait *g, struct steps *s, int64_t from, int64_t to, uint32_t sites, struct score *score)
{
    for (int64_t k = from; k < to; k++) {
        struct motion m;
        motion_begin(&m, k, sites);
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            double a = bounce(s, 1e-3);
            for (int site = 0; site < N_SITES; site++)
                if (sites & SITE_BIT(site))
                    m.acc_up[site][f] = (float)(a * (site == SITE_SACRUM ? 1 : 0.8));
        }
        m.acc[SITE_SACRUM][1] = (float)(s->sway * sin(PI * s->phase));
        for (int site = SITE_FOOT_LEFT; site <= SITE_FOOT_RIGHT; site++) // a foot swings once per stride
            m.rate[site][1] = (float)(s->amplitude * pow(fmax(0, sin(PI * s->phase)), 3));
        phase_at[k] = s->phase;
        gait_step(g, &m, &score->phase);
        if (!gait_pull(g, &score->last, &score->last_index))
            continue;
        score->n++;
        if (!isfinite(score->last.cadence_spm))
            continue;
        score->answered++;
        int64_t half = (int64_t)lround((double)score->last.window_s * 50), centre = score->last_index / FRAME_BLOCK_LEN;
        int64_t low = centre - half < from ? from : centre - half, high = centre + half > k ? k : centre + half;
        double truth = 6000 * (phase_at[high] - phase_at[low]) / (double)(high - low);
        double error = fabs((double)score->last.cadence_spm - truth);
        score->worst = fmax(score->worst, error);
        score->mean_abs += error;
    }
}

static void a_regular_step_is_found_exactly(void **state)
{
    (void)state;
    for (double spm = 43; spm < 235; spm += 7.3) {
        struct gait *g;
        assert_int_equal(gait_create(&g, &defaults), 0);
        struct steps s = {.spm = spm, .amplitude = 5, .length = 1};
        struct score score = {0};
        run(g, &s, 0, 1100, SITE_BIT(SITE_SACRUM), &score);
        assert_near(score.last.cadence_spm, spm, SINE_TOLERANCE_SPM);
        assert_near(score.last.step_cadence_spm, spm, 0.5);
        assert_true(score.last.confidence > (spm < SLOW_SPM ? 0.5F : 0.8F));
        gait_destroy(g);
    }
}

static void jittered_noisy_steps_are_found_by_every_site(void **state)
{
    (void)state;
    const int sites[] = {SITE_SACRUM, SITE_T12, SITE_C7, SITE_STERNUM, SITE_HEAD};
    for (int i = 0; i < 5; i++) {
        struct gait *g;
        assert_int_equal(gait_create(&g, &defaults), 0);
        struct steps s = {.spm = 168, .jitter = 0.02, .amplitude = 8, .length = 1, .noise = 1};
        struct score score = {0};
        run(g, &s, 0, 6000, SITE_BIT(sites[i]), &score);
        printf("%s: MAE %.3f spm, worst %.2f\n", site_names[sites[i]], score.mean_abs / score.answered, score.worst);
        assert_true(score.answered > 0.97 * (score.n - 16));
        assert_true(score.mean_abs / score.answered < JITTER_TOLERANCE_SPM);
        gait_destroy(g);
    }
}

static void feet_alone_count_both_steps_of_the_stride(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 112, .amplitude = 4, .length = 1};
    struct score score = {0};
    run(g, &s, 0, 1300, SITE_BIT(SITE_FOOT_LEFT), &score);
    assert_near(score.last.cadence_spm, 112, 0.3);
    assert_near(score.last.step_cadence_spm, 112, 1);
    gait_destroy(g);
}

static void standing_is_zero_and_noise_is_unknown(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps still = {.spm = 60, .amplitude = 0, .length = 1, .noise = 0.3};
    struct score score = {0};
    run(g, &still, 0, 1000, SITE_BIT(SITE_SACRUM), &score);
    assert_near(score.last.cadence_spm, 0, 0);
    assert_int_equal(score.last.activity, ACTIVITY_STILL);
    struct steps shaking = {.spm = 60, .amplitude = 0, .length = 1, .noise = 12};
    run(g, &shaking, 1000, 3000, SITE_BIT(SITE_SACRUM), &score);
    assert_true(isnan(score.last.cadence_spm));
    assert_false(score.phase.moving);
    gait_destroy(g);
}

static void a_limp_is_not_half_the_cadence(void **state)
{
    (void)state;
    for (double spm = 70; spm < 130; spm += 11) {
        struct gait *g;
        assert_int_equal(gait_create(&g, &defaults), 0);
        // The stride's line is half as strong again as the step's.
        struct steps s = {
            .spm = spm, .jitter = 0.02, .amplitude = 2, .length = 1, .noise = 0.2, .limp = 1.2, .sway = 1};
        struct score score = {0};
        run(g, &s, 0, 4000, SITE_BIT(SITE_SACRUM), &score);
        assert_near(score.last.cadence_spm, spm, 3);
        assert_true(score.worst < 5);
        gait_destroy(g);
    }
}

static void fidgets_are_no_slow_walk(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 40, .amplitude = 0, .length = 1, .noise = 1.5, .sway = 0.3};
    struct score score = {0};
    run(g, &s, 0, 6000, SITE_BIT(SITE_SACRUM), &score);
    assert_int_equal(score.last.activity, ACTIVITY_STILL);
    assert_true(score.answered > 200);
    assert_true(score.mean_abs / score.answered > 39.9); // every answer was 0
    gait_destroy(g);
}

static void a_brisk_walk_is_no_run_and_a_slow_jog_is(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 140, .jitter = 0.02, .amplitude = 5.5, .length = 1, .noise = 1}; // 4.4 m/s² RMS
    struct score score = {0};
    run(g, &s, 0, 1500, SITE_BIT(SITE_SACRUM), &score);
    assert_int_equal(score.last.activity, ACTIVITY_WALK);
    s.amplitude = 9.5;
    run(g, &s, 1500, 2500, SITE_BIT(SITE_SACRUM), &score);
    assert_int_equal(score.last.activity, ACTIVITY_RUN);
    gait_destroy(g);
}

static void a_break_into_a_run_is_followed(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 115, .jitter = 0.02, .amplitude = 4, .length = 1, .noise = 0.5};
    struct score score = {0};
    run(g, &s, 0, 2000, SITE_BIT(SITE_SACRUM), &score);
    s.spm = 165;
    s.amplitude = 9;
    run(g, &s, 2000, 2500, SITE_BIT(SITE_SACRUM), &score); // 5 s
    assert_near(score.last.cadence_spm, 165, 3);
    assert_near(score.last.window_s, 4, 0.01); // not yet all of it
    run(g, &s, 2500, 3000, SITE_BIT(SITE_SACRUM), &score);
    assert_near(score.last.window_s, 8, 0.01);
    gait_destroy(g);
}

static void a_stop_is_noticed_within_two_seconds(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 160, .amplitude = 9, .length = 1};
    struct score score = {0};
    run(g, &s, 0, 1500, SITE_BIT(SITE_SACRUM), &score);
    assert_int_equal(score.last.activity, ACTIVITY_RUN);
    s.amplitude = 0;
    run(g, &s, 1500, 1700, SITE_BIT(SITE_SACRUM), &score);
    assert_int_equal(score.last.activity, ACTIVITY_STILL);
    assert_near(score.last.cadence_spm, 0, 0);
    gait_destroy(g);
}

static void the_step_phase_counts_every_step(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 165, .jitter = 0.03, .amplitude = 8, .length = 1};
    struct score score = {0};
    run(g, &s, 0, 1000, SITE_BIT(SITE_SACRUM), &score);
    double turns = score.phase.step_turns, truth = s.phase;
    run(g, &s, 1000, 7000, SITE_BIT(SITE_SACRUM), &score);
    assert_near(score.phase.step_turns - turns, s.phase - truth, 0.3);
    gait_destroy(g);
}

static void without_any_site_all_is_null(void **state)
{
    (void)state;
    struct gait *g;
    assert_int_equal(gait_create(&g, &defaults), 0);
    struct steps s = {.spm = 160, .amplitude = 9, .length = 1};
    struct score score = {0};
    run(g, &s, 0, 1000, SITE_BIT(SITE_WRIST_LEFT), &score);
    assert_int_equal(score.answered, 0);
    assert_int_equal(score.last.activity, ACTIVITY_UNKNOWN);
    assert_true(isnan(score.last.confidence));
    gait_destroy(g);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_regular_step_is_found_exactly),
        cmocka_unit_test(jittered_noisy_steps_are_found_by_every_site),
        cmocka_unit_test(feet_alone_count_both_steps_of_the_stride),
        cmocka_unit_test(standing_is_zero_and_noise_is_unknown),
        cmocka_unit_test(a_limp_is_not_half_the_cadence),
        cmocka_unit_test(fidgets_are_no_slow_walk),
        cmocka_unit_test(a_brisk_walk_is_no_run_and_a_slow_jog_is),
        cmocka_unit_test(a_break_into_a_run_is_followed),
        cmocka_unit_test(a_stop_is_noticed_within_two_seconds),
        cmocka_unit_test(the_step_phase_counts_every_step),
        cmocka_unit_test(without_any_site_all_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
