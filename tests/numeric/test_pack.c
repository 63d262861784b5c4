// SPDX-License-Identifier: GPL-3.0-or-later
// A pack whose bounce is known, on a running trunk whose steps jitter: amplitude with harmonics, lag, tilts; what does
// not repeat with the step; sites that are missing or change.
#include "check.h"

#include "motion_maker.h"
#include "pack/pack.h"

#define BOUNCE_TOLERANCE_MM 1.0
#define LAG_TOLERANCE_MS    2.0
#define TILT_TOLERANCE_DEG  0.1
#define GAIT_LAG_STEPS      1.0 // by how much gait's phase follows the jitter later

#define BOTH (SITE_BIT(SITE_PACK) | SITE_BIT(SITE_T12))

static const struct pack_params defaults = {16};

struct load {
    double hz, jitter;
    double trunk_mm;           // amplitude of the trunk's step line
    double own_mm, own_second; // pack against trunk, amplitude and second harmonic's share
    double own_turns;          // by how much the pack's own motion is behind the trunk's
    double stride_mm;          // of the pack, once per stride
    double noise_m_s2, pitch_deg, roll_deg;
    double phase, length, shown; // steps; length of this one; gait's phase
};

// Displacement in mm by the step phase; acceleration by its second difference in time.
static double trunk_mm(const struct load *l, double steps)
{
    return l->trunk_mm * (cos(2 * PI * steps) + 0.2 * cos(4 * PI * steps + 1));
}

static double own_mm(const struct load *l, double steps)
{
    double turns = steps - l->own_turns;
    return l->own_mm * (cos(2 * PI * turns) + l->own_second * cos(4 * PI * turns + 2));
}

static double own_range(const struct load *l)
{
    double high = -1e3, low = 1e3;
    for (int i = 0; i < 1000; i++) {
        high = fmax(high, own_mm(l, i / 1000.0));
        low = fmin(low, own_mm(l, i / 1000.0));
    }
    return high - low;
}

// The phase rises by step_s(t) per second, smoothly from step to step.
static double advance(struct load *l)
{
    double before = floor(l->phase);
    double length = l->length > 0 ? l->length : 1;
    l->phase += l->hz * 0.001 / length;
    if (floor(l->phase) > before)
        l->length = 1 + l->jitter * check_normal();
    return l->phase;
}

static int64_t block;
static uint32_t turned;

static struct pack_result run(struct pack *p, struct load *l, int seconds, uint32_t sites, bool moving)
{
    static double steps[3];
    struct pack_result last = {NAN, NAN, NAN, NAN};
    int64_t index;
    for (int64_t end = block + seconds * 100; block < end; block++) {
        struct motion m;
        motion_begin(&m, block, sites);
        m.turned = turned;
        motion_tilt(&m, SITE_T12, 4);
        motion_tilt(&m, SITE_PACK, 4 + l->pitch_deg + 2 * sin(PI * l->phase));
        m.roll_deg[SITE_PACK] = (float)l->roll_deg;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            steps[0] = steps[1];
            steps[1] = steps[2];
            steps[2] = moving ? advance(l) : l->phase;
            double trunk = 0, pack = 0;
            static const double difference[] = {1, -2, 1};
            for (int i = 0; i < 3; i++) {
                trunk += difference[i] * trunk_mm(l, steps[i]) * 1e3;
                pack += difference[i] *
                        (trunk_mm(l, steps[i]) + own_mm(l, steps[i]) + l->stride_mm * cos(PI * steps[i] + 1)) * 1e3;
            }
            m.acc_up[SITE_T12][f] = (float)(trunk + l->noise_m_s2 * check_normal());
            m.acc_up[SITE_PACK][f] = (float)(pack + l->noise_m_s2 * check_normal());
            memcpy(m.acc_up[SITE_C7], m.acc_up[SITE_T12], sizeof m.acc_up[SITE_C7]);
        }
        // Gait's phase: smooth, late, with an offset of its own.
        l->shown += l->hz * 0.01 * moving;
        l->shown += (l->phase - l->shown) * fmin(1, l->hz * 0.01 / GAIT_LAG_STEPS) * moving;
        const struct gait_phase phase = {.moving = moving,
                                         .step_hz = moving ? (float)l->hz : 0,
                                         .step_turns = l->shown + 0.37,
                                         .activity = moving ? ACTIVITY_RUN : ACTIVITY_STILL};
        pack_step(p, &m, &phase);
        if (pack_pull(p, &last, &index))
            assert_true(index <= m.index && index > m.index - 10000);
    }
    return last;
}

static struct pack *fresh(void)
{
    struct pack *p;
    block = 0;
    assert_int_equal(pack_create(&p, &defaults), 0);
    return p;
}

static double lag_of(const struct load *l) // of the pack's step line against the trunk's
{
    double re = l->trunk_mm + l->own_mm * cos(2 * PI * l->own_turns), im = l->own_mm * sin(2 * PI * l->own_turns);
    return 1000 * atan2(im, re) / (2 * PI * l->hz);
}

static void bounce_and_lag_are_exact_on_even_steps(void **state)
{
    (void)state;
    for (double hz = 1.5; hz < 3.4; hz += 0.31)
        for (double own_turns = 0; own_turns < 0.5; own_turns += 0.2) {
            struct pack *p = fresh();
            struct load l = {.hz = hz, .trunk_mm = 35, .own_mm = 12, .own_second = 0.3, .own_turns = own_turns};
            struct pack_result r = run(p, &l, 25, BOTH, true);
            assert_near(r.bounce_mm, own_range(&l), 0.02 * own_range(&l));
            assert_near(r.lag_ms, lag_of(&l), LAG_TOLERANCE_MS);
            pack_destroy(p);
        }
}

static void bounce_and_lag_hold_under_jitter_noise_and_a_strides_sway(void **state)
{
    (void)state;
    double worst_mm = 0, worst_ms = 0;
    for (int i = 0; i < 12; i++) {
        struct pack *p = fresh();
        struct load l = {.hz = 2.75,
                         .jitter = 0.02,
                         .trunk_mm = 35,
                         .own_mm = 3 + 2 * i,
                         .own_second = 0.2,
                         .own_turns = 0.04 * i,
                         .stride_mm = 10,
                         .noise_m_s2 = 0.5};
        struct pack_result r = run(p, &l, 20, BOTH, true);
        worst_mm = fmax(worst_mm, fabs((double)r.bounce_mm - own_range(&l)));
        worst_ms = fmax(worst_ms, fabs((double)r.lag_ms - lag_of(&l)));
        pack_destroy(p);
    }
    printf("2 %% jitter: worst bounce %.2f mm, worst lag %.2f ms\n", worst_mm, worst_ms);
    assert_near(worst_mm, 0, BOUNCE_TOLERANCE_MM);
    assert_near(worst_ms, 0, LAG_TOLERANCE_MS);
}

static void a_sway_with_the_stride_is_no_bounce(void **state)
{
    (void)state;
    for (int steps = 6; steps <= 9; steps++) { // odd numbers are taken as whole strides too
        struct pack *p;
        block = 0;
        assert_int_equal(pack_create(&p, &(struct pack_params){steps}), 0);
        struct load l = {.hz = 2.8, .trunk_mm = 40, .own_mm = 5, .stride_mm = 80};
        assert_near(run(p, &l, 15, BOTH, true).bounce_mm, 10, BOUNCE_TOLERANCE_MM);
        pack_destroy(p);
    }
}

static void after_a_turn_of_the_axes_the_steps_are_counted_anew(void **state)
{
    (void)state;
    struct pack *p = fresh();
    struct load l = {.hz = 2.8, .trunk_mm = 40, .own_mm = 5};
    assert_near(run(p, &l, 15, BOTH, true).bounce_mm, 10, BOUNCE_TOLERANCE_MM);
    turned++;
    assert_true(isnan(run(p, &l, 2, BOTH, true).bounce_mm));
    assert_near(run(p, &l, 5, BOTH, true).bounce_mm, 10, BOUNCE_TOLERANCE_MM);
    pack_destroy(p);
}

static void a_fixed_pack_does_not_bounce(void **state)
{
    (void)state;
    struct pack *p = fresh();
    struct load l = {.hz = 2.8, .jitter = 0.02, .trunk_mm = 40, .noise_m_s2 = 0.5};
    struct pack_result r = run(p, &l, 20, BOTH, true);
    assert_near(r.bounce_mm, 0, BOUNCE_TOLERANCE_MM);
    assert_near(r.lag_ms, 0, LAG_TOLERANCE_MS);
    pack_destroy(p);
}

static void tilts_hold_still_and_moving_and_bounce_is_null_when_still(void **state)
{
    (void)state;
    struct pack *p = fresh();
    struct load l = {.hz = 2.8, .trunk_mm = 40, .own_mm = 10, .pitch_deg = 12, .roll_deg = -5};
    struct pack_result r = run(p, &l, 5, BOTH, false);
    assert_near(r.tilt_deg, 12, TILT_TOLERANCE_DEG);
    assert_near(r.side_tilt_deg, -5, TILT_TOLERANCE_DEG);
    assert_true(isnan(r.bounce_mm) && isnan(r.lag_ms));
    r = run(p, &l, 20, BOTH, true);
    assert_near(r.tilt_deg, 12, TILT_TOLERANCE_DEG);
    assert_near(r.side_tilt_deg, -5, TILT_TOLERANCE_DEG);
    assert_near(r.bounce_mm, 20, BOUNCE_TOLERANCE_MM);
    r = run(p, &l, 3, BOTH, false);
    assert_true(isnan(r.bounce_mm) && isnan(r.lag_ms) && isfinite(r.tilt_deg));
    pack_destroy(p);
}

static void what_is_not_worn_is_null_and_another_site_steps_in(void **state)
{
    (void)state;
    struct pack *p = fresh();
    struct load l = {.hz = 2.8, .trunk_mm = 40, .own_mm = 10};
    struct pack_result r = run(p, &l, 12, SITE_BIT(SITE_PACK), true);
    assert_true(isnan(r.bounce_mm) && isnan(r.lag_ms) && isnan(r.tilt_deg) && isnan(r.side_tilt_deg));
    r = run(p, &l, 12, SITE_BIT(SITE_PACK) | SITE_BIT(SITE_C7), true);
    assert_near(r.bounce_mm, 20, BOUNCE_TOLERANCE_MM);
    assert_true(isfinite(r.tilt_deg));
    r = run(p, &l, 12, SITE_BIT(SITE_T12), true);
    assert_true(isnan(r.bounce_mm) && isnan(r.tilt_deg));
    pack_destroy(p);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounce_and_lag_are_exact_on_even_steps),
        cmocka_unit_test(bounce_and_lag_hold_under_jitter_noise_and_a_strides_sway),
        cmocka_unit_test(a_sway_with_the_stride_is_no_bounce),
        cmocka_unit_test(after_a_turn_of_the_axes_the_steps_are_counted_anew),
        cmocka_unit_test(a_fixed_pack_does_not_bounce),
        cmocka_unit_test(tilts_hold_still_and_moving_and_bounce_is_null_when_still),
        cmocka_unit_test(what_is_not_worn_is_null_and_another_site_steps_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
