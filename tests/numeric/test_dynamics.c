// SPDX-License-Identifier: GPL-3.0-or-later
// Dynamics of single steps from motions with a closed form, and the summary of twenty against counts and Monte Carlo.
#include "check.h"
#include "gait/dynamics.h"
#include "gait/overstride.h"
#include "gait/shock.h"
#include "gait/summary.h"
#include "motion_maker.h"

#include "dsp/vec.h"

#define SITE         SITE_SACRUM
#define BLOCKS       400
#define VO_TOLERANCE 0.5 // mm: a step is cut at whole frames, 1 ms of 0.7 m/s
#define STEP_MS      350.0
#define CONTACT_MS   240.0

typedef double (*signal)(double ms); // m/s^2 at an instant

static double no_signal(double ms)
{
    (void)ms;
    return 0;
}

static void fill(struct dynamics *d, signal up, signal forward)
{
    struct motion m;
    dynamics_init(d);
    for (int64_t b = 0; b < BLOCKS; b++) {
        motion_begin(&m, b, SITE_BIT(SITE));
        m.has_level = SITE_BIT(SITE);
        float mean = 0;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            double ms = (double)(b * FRAME_BLOCK_LEN + f);
            m.acc_up[SITE][f] = (float)up(ms);
            mean += (float)forward(ms) / FRAME_BLOCK_LEN;
        }
        m.acc_level[SITE][0] = mean;
        dynamics_push(d, &m, SITE);
    }
}

static struct step running_step(double contact)
{
    return (struct step){.contact_frame = contact,
                         .toe_off_frame = contact + CONTACT_MS,
                         .next_frame = contact + STEP_MS,
                         .foot = FOOT_LEFT,
                         .confidence = 1,
                         .running = true};
}

// Height A sin(2 pi t / T): the acceleration's amplitude is A (2 pi / T)^2.
#define BOUNCE_MM 80.0
static double bounce(double ms)
{
    double w = 2 * PI / (STEP_MS * 1e-3);
    return -BOUNCE_MM / 2 * 1e-3 * w * w * sin(w * ms * 1e-3);
}

static double bounce_with_bias(double ms)
{
    return bounce(ms) + 0.4; // a level that is 0.4 m/s^2 wrong
}

static void test_vertical_oscillation(void **state)
{
    (void)state;
    static struct dynamics d;
    struct step_result r;
    const signal signals[] = {bounce, bounce_with_bias};
    for (int s = 0; s < 2; s++) {
        fill(&d, signals[s], no_signal);
        for (double start = 1000; start < 2400; start += 97.3) {
            struct step step = running_step(start);
            dynamics_measure(&d, &step, 3.0, 60 / 21.0, &r);
            assert_near(r.vertical_oscillation_mm, BOUNCE_MM, VO_TOLERANCE);
            assert_near(r.step_time_ms, STEP_MS, 1e-3);
            assert_near(r.contact_ms, CONTACT_MS, 1e-3);
            assert_near(r.flight_ms, STEP_MS - CONTACT_MS, 1e-3);
            assert_near(r.step_length_m, 3.0 * STEP_MS * 1e-3, 1e-4);
            assert_int_equal(r.foot, FOOT_LEFT);
        }
    }
}

// Steps that are not alike and contacts that are not exact, as on a belt: 3 mm is what the issue allows.
static double uneven(double ms)
{
    double w = PI / (STEP_MS * 1e-3);
    return bounce(ms) + 0.0015 * w * w * sin(w * ms * 1e-3 + 1);
}

static double range_of_height_mm(double from, double to) // of `uneven` by brute force, from its closed-form part
{
    double low = 1e9, high = -1e9, w = PI / (STEP_MS * 1e-3);
    for (double ms = from; ms <= to; ms += 0.5) {
        double h = BOUNCE_MM / 2 * sin(2 * w * ms * 1e-3) - 1.5 * sin(w * ms * 1e-3 + 1);
        low = fmin(low, h);
        high = fmax(high, h);
    }
    return high - low;
}

static void test_uneven_steps(void **state)
{
    (void)state;
    static struct dynamics d;
    struct step_result r;
    double worst = 0;
    fill(&d, uneven, no_signal);
    for (int k = 3; k < 9; k++) {
        struct step step = running_step(k * STEP_MS + STEP_MS / 2 + 40 * (check_uniform() - 0.5));
        step.next_frame += 40 * (check_uniform() - 0.5); // neither instant is exact
        dynamics_measure(&d, &step, NAN, 0, &r);
        worst = fmax(worst,
                     fabs((double)r.vertical_oscillation_mm - range_of_height_mm(step.contact_frame, step.next_frame)));
        assert_true(isnan(r.step_length_m));
    }
    printf("uneven steps: vertical oscillation within %.2f mm\n", worst);
    assert_true(worst < 3);
}

// A bump of 25 m/s^2, 30 ms after the contact of 40 ms half width; braking of 6 m/s^2 50 ms after the contact.
#define IMPACT_AT 1030.0
static double impact(double ms)
{
    double x = (ms - IMPACT_AT) / 30;
    return fabs(x) < 1 ? 12.5 * (1 + cos(PI * x)) : 0;
}

static double brake(double ms)
{
    double x = (ms - 1050) / 60;
    return fabs(x) < 1 ? -3 * (1 + cos(PI * x)) : ms > 1150 && ms < 1250 ? -50 : 0;
}

static void test_impact(void **state)
{
    (void)state;
    static struct dynamics d;
    struct step_result r;
    struct step step = running_step(1000);
    fill(&d, impact, brake);
    dynamics_measure(&d, &step, NAN, 0, &r);
    assert_near(r.impact_g, 25 / GRAVITY, 0.12);
    // 20–80 % of a raised cosine: 60 % of its height in acos(-0.6) - acos(0.6) of pi half widths
    double rise_ms = 30 * (acos(-0.6) - acos(0.6)) / PI;
    double rate = 0.6 * 25 / GRAVITY / (rise_ms * 1e-3);
    assert_near(r.loading_rate_g_s / rate, 1, 0.05);
    assert_near(r.braking_g, 6 / GRAVITY, 0.02); // not the 50 m/s^2 late in the contact
}

// Whatever is missing, clipped or bridged takes with it what rests on it, and nothing else.
#define RISING 1137.0 // where the acceleration of `bounce` is least
static void test_what_is_missing(void **state)
{
    (void)state;
    static struct dynamics d;
    struct step_result r;
    struct step step = running_step(RISING);
    const struct {
        int after, n;
        uint8_t set, clear;
        bool bounce, impact;
    } cases[] = {
        {330, 1, 0, FRAME_ACC, false, true},      {40, 1, FRAME_ACC_CLIPPED, 0, false, false},
        {200, 40, FRAME_BRIDGED, 0, false, true}, {200, 10, FRAME_BRIDGED, 0, true, true},
        {40, 10, FRAME_BRIDGED, 0, true, false},  {700, 9, 0, FRAME_ACC, true, true},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        fill(&d, bounce, brake);
        for (int k = 0; k < cases[c].n; k++) {
            uint8_t *valid = &d.valid[(int)RISING + cases[c].after + k];
            *valid = (uint8_t)((*valid | cases[c].set) & ~cases[c].clear);
        }
        dynamics_measure(&d, &step, NAN, 0, &r);
        print_message("case %zu\n", c);
        assert_int_equal(!isnan(r.vertical_oscillation_mm), cases[c].bounce);
        assert_int_equal(!isnan(r.impact_g), cases[c].impact);
        assert_int_equal(!isnan(r.loading_rate_g_s), cases[c].impact);
    }
    fill(&d, bounce, brake);
    struct step late = running_step(3900); // not all of it has come
    dynamics_measure(&d, &late, NAN, 0, &r);
    assert_true(isnan(r.vertical_oscillation_mm));
    step.next_frame = NAN;
    dynamics_measure(&d, &step, 3, 0, &r);
    assert_true(isnan(r.step_time_ms) && isnan(r.flight_ms) && isnan(r.step_length_m));
    assert_true(isnan(r.vertical_oscillation_mm) && !isnan(r.impact_g));
    step = running_step(RISING);
    step.toe_off_frame = NAN;
    dynamics_measure(&d, &step, 3, 0, &r);
    assert_true(isnan(r.contact_ms) && isnan(r.flight_ms) && !isnan(r.step_length_m));
    step = running_step(RISING);
    step.running = false;
    step.toe_off_frame = RISING + 450;
    dynamics_measure(&d, &step, 3, 0, &r);
    assert_true(isnan(r.flight_ms) && !isnan(r.contact_ms)); // feet overlap
    struct motion m;
    motion_begin(&m, BLOCKS, SITE_BIT(SITE_T12)); // another site: nothing of the old one is used
    dynamics_push(&d, &m, SITE_T12);
    step = running_step(3600);
    dynamics_measure(&d, &step, 3, 0, &r);
    assert_true(isnan(r.vertical_oscillation_mm));
}

static void push_steps(struct summary *s, int n, double left_ms, double right_ms, double jitter_ms)
{
    summary_reset(s);
    double at = 0, error = 0;
    for (int i = 0; i < n; i++) {
        bool left = i % 2 == 0;
        double next_error = jitter_ms * check_normal();
        double length = (left ? left_ms : right_ms) + next_error - error;
        struct step step = {.contact_frame = at, .next_frame = at + length, .foot = left ? FOOT_LEFT : FOOT_RIGHT};
        step.running = true;
        struct step_result r = {.foot = step.foot, .step_time_ms = (float)length, .contact_ms = left ? 250 : 230};
        r.contact_ms += (float)(5 * check_normal());
        r.vertical_oscillation_mm = 90;
        r.impact_g = 2;
        r.loading_rate_g_s = 60;
        r.braking_g = 2;
        r.step_length_m = 1.05F;
        summary_push(s, &step, &r);
        at += length;
        error = next_error;
    }
}

static void test_summary(void **state)
{
    (void)state;
    static struct summary s;
    struct gait_result r;
    struct summary_input in = {.now_frame = 8000, .speed_m_s = 3, .leg_length_m = 0.9};
    push_steps(&s, 30, 355, 345, 0);
    s.result[4].vertical_oscillation_mm = 300; // a stumble …
    s.result[5].vertical_oscillation_mm = NAN;
    s.result[6].contact_ms = 700;
    assert_true(summary_measure(&s, &in, &r));
    assert_int_equal(r.steps, 20);
    assert_near(r.vertical_oscillation_mm, 90, 1e-4);
    assert_near(r.contact_ms, 240, 4);
    assert_near(r.duty_factor, 240.0 / 700, 0.006);
    assert_near(r.vertical_ratio_pct, 100 * 0.09 / 1.05, 1e-3);
    assert_near(r.step_asymmetry_pct, 100 * 2 * 10 / 700.0, 0.01);
    assert_near(r.contact_asymmetry_pct, 100 * 2 * 20 / 480.0, 3);
    assert_near(r.step_time_cv_pct, 100 * 5.0 / 350 * sqrt(20 / 19.0), 0.01);
    // the usual step at 3 m/s is 3 / 2.83 m; braking is as large as the impact, usual is 0.6 of it
    assert_near(r.overstride_index, 0.7 * (1.05 * 2.83 / 3 - 1) / 0.05 + 0.15 * 0.4 / 0.2 + 0.15 * -2 / 15, 0.01);
    in.speed_m_s = NAN;
    assert_true(summary_measure(&s, &in, &r));
    assert_true(isnan(r.overstride_index));
    in.now_frame = 60000;
    assert_false(summary_measure(&s, &in, &r));
    assert_true(isnan(r.contact_ms) && isnan(r.duty_factor) && isnan(r.step_asymmetry_pct));
    push_steps(&s, 11, 355, 345, 0); // five of the right foot are too few
    in.now_frame = 4000;
    assert_true(summary_measure(&s, &in, &r));
    assert_true(isnan(r.step_asymmetry_pct) && isnan(r.step_asymmetry_ci_pct));
}

// Half intervals must hold the true asymmetry 95 times in a hundred, also when one wrong instant spoils two steps.
static void test_confidence_interval(void **state)
{
    (void)state;
    static struct summary s;
    struct gait_result r;
    const struct summary_input in = {.now_frame = 7000, .speed_m_s = NAN, .leg_length_m = NAN};
    const int trials = 4000;
    int step_held = 0, contact_held = 0;
    double width = 0;
    for (int t = 0; t < trials; t++) {
        push_steps(&s, 20, 352, 348, 6);
        assert_true(summary_measure(&s, &in, &r));
        step_held += fabs((double)r.step_asymmetry_pct - 100 * 2 * 4 / 700.0) <= (double)r.step_asymmetry_ci_pct;
        contact_held +=
            fabs((double)r.contact_asymmetry_pct - 100 * 2 * 20 / 480.0) <= (double)r.contact_asymmetry_ci_pct;
        width += (double)r.step_asymmetry_ci_pct / trials;
    }
    printf("95 %% intervals held %.1f %% (step time, mean half width %.2f %%), %.1f %% (contact)\n",
           100.0 * step_held / trials, width, 100.0 * contact_held / trials);
    assert_in_range(step_held, 0.935 * trials, 0.985 * trials);
    assert_in_range(contact_held, 0.935 * trials, 0.99 * trials);
}

static void test_walking_and_running_apart(void **state)
{
    (void)state;
    static struct summary s;
    struct gait_result r;
    push_steps(&s, 20, 350, 350, 0);
    double at = 7000;
    for (int i = 0; i < 4; i++, at += 550) {
        struct step step = {.contact_frame = at, .next_frame = at + 550, .foot = FOOT_UNKNOWN};
        struct step_result w = {.foot = FOOT_UNKNOWN, .step_time_ms = 550, .contact_ms = 700};
        summary_push(&s, &step, &w);
    }
    const struct summary_input in = {.now_frame = at, .speed_m_s = NAN, .leg_length_m = NAN};
    assert_true(summary_measure(&s, &in, &r));
    assert_int_equal(r.steps, 4);
    assert_near(r.duty_factor, 700.0 / 1100, 1e-4);
    assert_true(isnan(r.step_asymmetry_pct) && isnan(r.step_time_cv_pct));
}

static void test_overstride(void **state)
{
    (void)state;
    struct overstride_input in = {.running = true,
                                  .speed_m_s = 3,
                                  .leg_length_m = 0.9,
                                  .braking_g = NAN,
                                  .impact_g = NAN,
                                  .vertical_oscillation_mm = NAN};
    in.step_length_m = 3 / 2.83;
    assert_near(overstride_index(&in), 0, 1e-9);
    in.step_length_m *= 1.05;
    assert_near(overstride_index(&in), 1, 1e-9);
    in.leg_length_m = 1.0; // the same step is less for a longer leg
    assert_true(overstride_index(&in) < 0.5);
    in.leg_length_m = 0;
    assert_true(isnan(overstride_index(&in)));
    // 170 steps/min is usual at 3 m/s and few at 5: no cadence is right for all speeds
    assert_true(5 * 60 / overstride_usual_step_m(true, 5, 0.9) > 180);
    assert_near(60 * 1.4 / overstride_usual_step_m(false, 1.4, 0.9), 114, 2);
}

static void test_shock(void **state)
{
    (void)state;
    struct shock shock;
    float pelvis[SHOCK_SAMPLES], head[SHOCK_SAMPLES];
    assert_int_equal(shock_create(&shock), 0);
    for (int i = 0; i < SHOCK_SAMPLES; i++) {
        double t = i * 0.01, step = sin(2 * PI * 2.8 * t), shock_wave = sin(2 * PI * 14 * t + 1);
        pelvis[i] = (float)(10 * step + 4 * shock_wave);
        head[i] = (float)(11 * step + 1 * shock_wave); // the movement of the step does not count
    }
    assert_near(shock_attenuation_db(&shock, head, pelvis), 20 * log10(0.25), 0.1);
    for (int i = 0; i < SHOCK_SAMPLES; i++)
        pelvis[i] = (float)(0.02 * check_normal());
    assert_true(isnan(shock_attenuation_db(&shock, head, pelvis)));
    shock_destroy(&shock);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vertical_oscillation),
        cmocka_unit_test(test_uneven_steps),
        cmocka_unit_test(test_impact),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_confidence_interval),
        cmocka_unit_test(test_walking_and_running_apart),
        cmocka_unit_test(test_overstride),
        cmocka_unit_test(test_shock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
