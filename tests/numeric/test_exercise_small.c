// SPDX-License-Identifier: GPL-3.0-or-later
// Repetitions that are small, slow, brief, or hardly apart from each other.
#include "exercise_scene.h"

static const struct scene seated = {.exercise = EXERCISE_THORACIC_ROTATION, .sites = spine};

// Out and back at once, one after the other without a pause.
static void test_quick_ones(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = EXERCISE_THORACIC_EXTENSION, .sites = spine};
    const struct manner quick = {.move_s = 0.8, .back_s = 0.8};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++)
        script_repetition(&script, 20, &quick);
    script_wait(&script, 1);
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    tell("at_once", &worst);
    assert_true(worst.range_deg < RANGE_DEG && worst.begin_s < BEGIN_S);
}

// Back to somewhere else each time, and only for a moment: the range is from there.
static void test_wandering_rest(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct manner how = {.move_s = 1, .back_s = 1, .hold_s = 5, .rest_s = 0.35};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        how.rest_deg = 4 * (i % 3) - 4;
        script_repetition(&script, i % 2 ? -40 : 40, &how);
    }
    script_wait(&script, 1);
    assess(&body, &seated, &script);
    check_done(&body, &script, &worst);
    tell("wandering_rest", &worst);
    assert_true(worst.range_deg < 1 && worst.hold_s < HOLD_S);
}

// Small ones with a short rest and a stop half way out, less from the rest than counts: the stop is no rest.
static void test_small_ones(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = EXERCISE_THORACIC_EXTENSION, .sites = spine};
    const struct manner small = {.move_s = 1, .back_s = 1, .hold_s = 0.7, .rest_s = 0.5, .hesitate_s = 0.6};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++)
        script_repetition(&script, 6.8, &small);
    script_wait(&script, 1);
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    tell("small", &worst);
    assert_true(worst.range_deg < 1 && worst.begin_s < BEGIN_S);
}

// Slow and small ones of a body that sways: half of the movement is slower than a rest that is followed, and the stop
// half way out is not quite still.
static void test_slow_ones(void **state)
{
    (void)state;
    const uint32_t sites = SITE_BIT(SITE_C7) | SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT);
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = EXERCISE_SCAPULAR_SQUEEZE, .sites = sites, .sway_deg = 0.25};
    const struct manner slow = {.move_s = 3.4, .back_s = 3.4, .hold_s = 15, .rest_s = 1.8};
    script_wait(&script, 5);
    script_repetition(&script, 6, &slow);
    script.truth[script.n_truth++] = (struct truth){script_end(&script), 8, 15, 1};
    script_go(&script, 4, 1.5);
    script_go(&script, 4.5, 0.6);
    script_go(&script, 8, 1.5);
    script_wait(&script, 15);
    script_go(&script, 0, 3);
    script_wait(&script, 1.8);
    script.truth[script.n_truth++] = (struct truth){script_end(&script), 12, 15, 1};
    script_go(&script, 6, 1.2);
    script_go(&script, 5, 0.6); // sinks
    script_wait(&script, 0.4);
    script_go(&script, 12, 1.5);
    script_wait(&script, 15);
    script_go(&script, 0, 3);
    script_wait(&script, 1.8);
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    tell("slow", &worst);
    assert_true(worst.range_deg < 1 && worst.hold_s < HOLD_S && worst.begin_s < BEGIN_S);
}

// Held for a moment only, in which a seventh is lost; or not at all.
static void test_brief_holds(void **state)
{
    (void)state;
    struct errors worst = {0};
    struct script script = {0};
    struct body body;
    struct scene scene = {.exercise = EXERCISE_THORACIC_EXTENSION, .sites = spine};
    struct manner how = {.move_s = 1.2, .back_s = 1.2, .rest_s = 1, .sag = 0.15};
    script_wait(&script, 5);
    for (int i = 0; i < 10; i++) {
        how.hold_s = 0.1 * i;
        script_repetition(&script, 22, &how);
    }
    assess(&body, &scene, &script);
    check_done(&body, &script, &worst);
    tell("brief", &worst);
    assert_true(worst.range_deg < 1.5 && worst.begin_s < BEGIN_S);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_quick_ones), cmocka_unit_test(test_wandering_rest), cmocka_unit_test(test_small_ones),
    cmocka_unit_test(test_slow_ones),  cmocka_unit_test(test_brief_holds),
};

int main(void)
{
    check_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
