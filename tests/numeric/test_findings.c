// SPDX-License-Identifier: GPL-3.0-or-later
// Every factor of room findings from synthetic outputs: it rises when its values are bad for long enough, nothing else
// warns, and it goes when they are good again; what is not known is not judged.
#include "findings_rig.h"

#define DUE_TOLERANCE_S 1.5  // values come once a second, levels five times
#define EARLY_S         5.5  // the rig's values change at once; a window's lag is taken off
#define HALF_BREATHS_S  18.5 // which for variation is that of 20 breaths, at 36 a minute
#define CLEAR_S         8.0  // release of 5 s, and the same
#define EVENT_CLEAR_S   33.0
#define WARM_UP_S       400
#define SETTLE_S        200

static void slouch(struct rig *r)
{
    r->posture.mean.thoracic_flexion_deg = 14;
}

static void carry_the_head_forward(struct rig *r)
{
    r->posture.mean.neck_flexion_deg = 17;
}

static void round_the_shoulders(struct rig *r)
{
    r->posture.mean.shoulder_protraction_deg = 11;
}

static void sway_back(struct rig *r)
{
    r->posture.mean.thoracic_flexion_deg = 10;
    r->posture.mean.lumbar_flexion_deg = -9;
    r->posture.mean.trunk_lean_deg = -2;
}

static void lift_the_left_shoulder(struct rig *r)
{
    r->posture.mean.shoulder_elevation_left_deg = 7;
    r->posture.mean.shoulder_elevation_right_deg = -1;
    r->posture.mean.shoulder_asymmetry_deg = 8;
}

static void raise_the_shoulders(struct rig *r)
{
    r->posture.mean.shoulder_elevation_left_deg = r->posture.mean.shoulder_elevation_right_deg = 9;
}

static void bend_to_a_side(struct rig *r)
{
    r->posture.mean.lateral_bend_deg = -9;
}

static void stay_far_from_tall(struct rig *r)
{
    r->posture.mean.thoracic_flexion_deg = 11;
    r->calibration.tall.thoracic_flexion_deg = -10;
}

static void tilt_the_pelvis(struct rig *r)
{
    r->posture.mean.pelvic_tilt_deg = 6 + 13; // 6: the trunk leans by that
}

static void breathe_shallowly(struct rig *r)
{
    r->breathing.chest_deg = 1;
    r->breathing.abdomen_deg = 1.2F;
    r->breathing.rate_bpm = 42;
}

static void breathe_with_the_shoulders(struct rig *r)
{
    r->shoulder_deg = 2; // peak to peak 4 of 6.5
}

static void breathe_with_the_chest_alone(struct rig *r)
{
    r->breathing.chest_share = 0.9F;
}

static void keep_the_thorax_stiff(struct rig *r)
{
    r->posture.trunk_rotation_range_deg = 3;
}

static void hold_the_breath(struct rig *r)
{
    r->breathing.hold_now_s = 11;
}

static void breathe_unevenly(struct rig *r)
{
    r->breathing.interval_cv_pct = 45;
}

static void step_slowly(struct rig *r)
{
    r->cadence.cadence_spm = 150;
}

static void step_far(struct rig *r)
{
    r->gait.step_length_m = 1.15F;
    r->gait.braking_g = 0.36F; // with the root of 1.2: 1.26
}

static void bounce(struct rig *r)
{
    r->gait.vertical_ratio_pct = 10.2F;
}

static void land_hard(struct rig *r)
{
    r->gait.impact_g = 3.5F;
    r->gait.braking_g = 0.6F; // such a landing brakes, too: no long step
}

static void step_unevenly(struct rig *r)
{
    r->gait.step_asymmetry_pct = -11;
}

static void stand_unevenly(struct rig *r)
{
    r->gait.contact_asymmetry_pct = 11;
}

static void roll_the_feet(struct rig *r)
{
    r->gait.eversion_left_deg = 20;
    r->gait.eversion_right_deg = 19;
}

static void roll_one_foot(struct rig *r)
{
    r->gait.eversion_right_deg = 1;
}

static void swing_far(struct rig *r)
{
    r->arms.swing_left_deg = 115;
}

static void swing_little(struct rig *r)
{
    r->arms.swing_right_deg = 10;
}

static void swing_unevenly(struct rig *r)
{
    r->arms.asymmetry_pct = -45;
}

static void cross(struct rig *r)
{
    r->arms.crossing_right_deg = 33;
}

static void swing_stiffly(struct rig *r)
{
    r->arms.stiffness = 0.85F;
}

static void let_the_pack_jump(struct rig *r)
{
    r->pack.bounce_mm = 35;
}

static void hang_the_pack_to_a_side(struct rig *r)
{
    r->pack.side_tilt_deg = -9;
}

static void pull_the_vest_tight(struct rig *r)
{
    r->breathing.chest_deg = 1.5F;
}

static const struct {
    enum factor factor;
    void (*make_bad)(struct rig *);
    double clear_s;
} bad[] = {
    {FACTOR_LEFT_RIGHT_ASYMMETRY, step_unevenly, CLEAR_S + 25}, // eighty steps
    {FACTOR_LEFT_RIGHT_ASYMMETRY, stand_unevenly, CLEAR_S + 25},
    {FACTOR_SLOUCHING, slouch, CLEAR_S - 3},
    {FACTOR_FORWARD_HEAD, carry_the_head_forward, CLEAR_S},
    {FACTOR_ROUNDED_SHOULDERS, round_the_shoulders, CLEAR_S},
    {FACTOR_SWAYBACK, sway_back, CLEAR_S},
    {FACTOR_UNEVEN_SHOULDERS, lift_the_left_shoulder, CLEAR_S},
    {FACTOR_RAISED_SHOULDERS, raise_the_shoulders, CLEAR_S},
    {FACTOR_LATERAL_CURVATURE, bend_to_a_side, CLEAR_S},
    {FACTOR_HYPERKYPHOSIS, stay_far_from_tall, CLEAR_S},
    {FACTOR_PELVIC_TILT, tilt_the_pelvis, CLEAR_S},
    {FACTOR_SHALLOW_BREATHING, breathe_shallowly, CLEAR_S},
    {FACTOR_ACCESSORY_BREATHING, breathe_with_the_shoulders, CLEAR_S + 12}, // a window of breaths
    {FACTOR_ACCESSORY_BREATHING, breathe_with_the_chest_alone, CLEAR_S},
    {FACTOR_THORACIC_IMMOBILITY, keep_the_thorax_stiff, CLEAR_S + 2}, // smoothed over 4 s
    {FACTOR_BREATH_HOLDING, hold_the_breath, EVENT_CLEAR_S},
    {FACTOR_IRREGULAR_BREATHING, breathe_unevenly, CLEAR_S},
    {FACTOR_LOW_CADENCE, step_slowly, CLEAR_S},
    {FACTOR_LONG_STEP, step_far, CLEAR_S},
    {FACTOR_HIGH_BOUNCE, bounce, CLEAR_S},
    {FACTOR_HIGH_IMPACT, land_hard, CLEAR_S},
    {FACTOR_PACK_BOUNCE, let_the_pack_jump, CLEAR_S},
    {FACTOR_PACK_UNEVEN, hang_the_pack_to_a_side, CLEAR_S},
    {FACTOR_VEST_TIGHT, pull_the_vest_tight, CLEAR_S},
    {FACTOR_FOOT_ROLL, roll_the_feet, CLEAR_S},
    {FACTOR_FOOT_ROLL, roll_one_foot, CLEAR_S},
    {FACTOR_TOO_MUCH, swing_far, CLEAR_S},
    {FACTOR_TOO_LITTLE, swing_little, CLEAR_S},
    {FACTOR_UNEVEN, swing_unevenly, CLEAR_S},
    {FACTOR_CROSSING, cross, CLEAR_S},
    {FACTOR_STIFF, swing_stiffly, CLEAR_S},
};

// Warm, running, everything as it should be, the usual known.
static void begin_run(struct rig *r, const struct findings_params *params)
{
    rig_create(r, params);
    rig_give_usual(r);
    rig_do(r, ACTIVITY_STILL, 20);
    rig_do(r, ACTIVITY_WALK, WARM_UP_S);
    rig_do(r, ACTIVITY_RUN, SETTLE_S);
}

static void expect_only(const struct rig *r, int factor)
{
    for (int f = 0; f < N_FACTORS; f++)
        if (f != factor && r->warned[f] > 0)
            fail_msg("%s warned at %.1f s while %s was made bad", factors[f].name, r->reached_s[f][LEVEL_WARN],
                     factor < 0 ? "nothing" : factors[factor].name);
}

static void expect_unknown(struct rig *r, int f, const char *why)
{
    if (r->last[f].level != LEVEL_UNKNOWN || !r->last[f].unknown_of || !strstr(r->last[f].unknown_of, why))
        fail_msg("%s is %d: %s", factors[f].name, r->last[f].level,
                 r->last[f].unknown_of ? r->last[f].unknown_of : "known");
}

// Very unequal breaths have no line in the spectrum; the breaths themselves tell, once 20 are of this activity.
static void test_uneven_breath_needs_breaths_but_no_rate(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    rig_do(&r, ACTIVITY_STILL, 5);
    breathe_unevenly(&r);
    r.breathing.confidence = 0.1F;
    rig_do(&r, ACTIVITY_STILL, 20);
    expect_unknown(&r, FACTOR_IRREGULAR_BREATHING, "too few breaths");
    rig_do(&r, ACTIVITY_STILL, 60);
    expect_only(&r, FACTOR_IRREGULAR_BREATHING);
    assert_int_equal(r.last[FACTOR_IRREGULAR_BREATHING].level, LEVEL_WARN);
    r.breathing.interval_cv_pct = NAN;
    rig_do(&r, ACTIVITY_STILL, 12);
    expect_unknown(&r, FACTOR_IRREGULAR_BREATHING, "noise");
    rig_destroy(&r);
}

static void test_a_healthy_runner_is_ok(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    expect_only(&r, -1);
    for (int f = 0; f < N_FACTORS; f++) {
        int expected = f == FACTOR_VEST_TIGHT || f == FACTOR_DRIFT ? LEVEL_UNKNOWN : LEVEL_OK; // no vest, no baseline
        if (r.last[f].level != expected || r.reached_s[f][LEVEL_NOTICE] >= 0)
            fail_msg("%s is %d: %s", factors[f].name, r.last[f].level,
                     r.last[f].unknown_of ? r.last[f].unknown_of : "known");
        assert_true((r.last[f].level == LEVEL_UNKNOWN) == (r.last[f].unknown_of != NULL));
        assert_true((r.last[f].level == LEVEL_UNKNOWN) == isnan(r.last[f].score));
    }
    assert_true(r.any_session);
    rig_destroy(&r);
}

static void check_bad(size_t i)
{
    struct findings_params params;
    struct rig r;
    int f = (int)bad[i].factor;
    rig_defaults(&params);
    params.vest = f == FACTOR_VEST_TIGHT;
    begin_run(&r, &params);
    bool held = f != FACTOR_BREATH_HOLDING;
    double hold_s = held ? params.factor[f].hold_s : 0, from_s = r.time_s;
    double late_s = DUE_TOLERANCE_S;
    if (f == FACTOR_LEFT_RIGHT_ASYMMETRY)
        late_s += 15; // the second twenty steps
    if (f == FACTOR_ACCESSORY_BREATHING || f == FACTOR_THORACIC_IMMOBILITY)
        late_s += 12;
    double early_s = EARLY_S + (f == FACTOR_IRREGULAR_BREATHING ? HALF_BREATHS_S : 0);
    bad[i].make_bad(&r);
    rig_run(&r, hold_s + late_s + 10);
    if (r.warned[f] != 1)
        fail_msg("%s (%zu) is %d, score %g: %s", factors[f].name, i, r.last[f].level, (double)r.last[f].score,
                 r.last[f].unknown_of ? r.last[f].unknown_of : "known");
    double due_s = from_s + hold_s;
    double after_s = r.reached_s[f][LEVEL_WARN] - due_s;
    printf("figure %s_%zu_after_due %.1f s\n", factors[f].name, i, after_s);
    if (after_s < -early_s || after_s > late_s)
        fail_msg("%s (%zu) warned %.1f s after it was due", factors[f].name, i, after_s);
    if (held)
        assert_true(r.reached_s[f][LEVEL_NOTICE] > from_s - 1 &&
                    r.reached_s[f][LEVEL_NOTICE] < r.reached_s[f][LEVEL_WARN]);
    assert_true(r.last[f].score >= 1 && r.last[f].score <= 2);
    assert_true(r.last[f].n_evidence > 0);
    double since_s = (double)r.last[f].since_ns / 1e9;
    assert_true(since_s > from_s - early_s && since_s <= r.reached_s[f][LEVEL_WARN]);
    expect_only(&r, f);

    double good_s = r.time_s;
    rig_healthy(&r);
    r.cadence.cadence_spm = 165;
    memset(&r.calibration.tall, 0, sizeof r.calibration.tall);
    rig_run(&r, bad[i].clear_s + 10);
    if (r.last[f].level != LEVEL_OK || r.reached_s[f][LEVEL_OK] > good_s + bad[i].clear_s)
        fail_msg("%s (%zu) is %d, ok after %.1f s", factors[f].name, i, r.last[f].level,
                 r.reached_s[f][LEVEL_OK] - good_s);
    expect_only(&r, f);
    rig_destroy(&r);
}

static void test_each_bad_value_raises_its_factor_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_bad(i);
}

// A slouch that comes slowly while running: the reminder counts from the true crossing, though the mean lags.
static void test_a_slouch_is_told_in_time(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    params.factor[FACTOR_SLOUCHING].hold_s = 20;
    begin_run(&r, &params);
    double from_s = r.time_s, per_s = 0.5, crossing_s = from_s + 12 / per_s;
    while (r.time_s < from_s + 80) {
        double lagged = fmin((r.time_s - RIG_MEAN_LAG_S - from_s) * per_s, 15);
        r.posture.mean.thoracic_flexion_deg = (float)fmax(lagged, 0);
        rig_hop(&r);
    }
    assert_near(r.reached_s[FACTOR_SLOUCHING][LEVEL_WARN], crossing_s + 20, 0.5);
    assert_near((double)r.last[FACTOR_SLOUCHING].since_ns / 1e9, crossing_s, 0.4);
    r.posture.mean.thoracic_flexion_deg = 1;
    double good_s = r.time_s;
    rig_run(&r, 10);
    assert_near(r.reached_s[FACTOR_SLOUCHING][LEVEL_OK], good_s + 2, 0.5);
    rig_destroy(&r);
}

static void test_the_same_breath_window_is_not_late(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    r.breath_lag_s = 15; // what is published is of fifteen seconds ago
    double seen_s = r.time_s;
    breathe_with_the_chest_alone(&r);
    rig_run(&r, 70);
    assert_near(r.reached_s[FACTOR_ACCESSORY_BREATHING][LEVEL_WARN], seen_s - 15 + 60, DUE_TOLERANCE_S);
    rig_destroy(&r);
}

// A window of breaths that holds the end of a run and the walk after it says nothing about either.
static void test_breaths_of_two_activities_are_not_judged(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    r.breath_lag_s = 15; // of windows of thirty seconds
    rig_run(&r, 60);
    breathe_with_the_chest_alone(&r);
    rig_do(&r, ACTIVITY_WALK, 28);
    assert_true(r.reached_s[FACTOR_ACCESSORY_BREATHING][LEVEL_NOTICE] < 0);
    expect_unknown(&r, FACTOR_ACCESSORY_BREATHING, "since the activity changed");
    rig_run(&r, 70); // it goes on, and the walk's own breaths tell
    assert_int_equal(r.last[FACTOR_ACCESSORY_BREATHING].level, LEVEL_WARN);
    rig_destroy(&r);
}

static void test_what_a_breath_must_be_to_be_judged(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    params.vest = true;
    begin_run(&r, &params);
    breathe_shallowly(&r);
    r.breathing.rate_bpm = 33; // slow small breaths are rest, not shallow
    rig_run(&r, 80);
    assert_int_equal(r.warned[FACTOR_SHALLOW_BREATHING], 0);
    assert_int_equal(r.last[FACTOR_SHALLOW_BREATHING].level, LEVEL_OK);
    rig_healthy(&r);
    r.breathing.rate_bpm = 50;
    rig_run(&r, 20);
    expect_unknown(&r, FACTOR_VEST_TIGHT, "faster or slower");
    r.breathing.gait_overlap = 1;
    rig_run(&r, 20);
    expect_unknown(&r, FACTOR_ACCESSORY_BREATHING, "hidden");
    rig_healthy(&r);
    r.breathing.confidence = 0.3F;
    rig_run(&r, 20);
    expect_unknown(&r, FACTOR_ACCESSORY_BREATHING, "noise");
    rig_healthy(&r);
    rig_do(&r, ACTIVITY_WALK, 25); // twenty breaths take 33 s
    expect_unknown(&r, FACTOR_IRREGULAR_BREATHING, "since the activity changed");
    rig_run(&r, 20);
    assert_int_equal(r.last[FACTOR_IRREGULAR_BREATHING].level, LEVEL_OK);
    rig_destroy(&r);
}

static void test_running_factors_wait_for_a_run(void **state)
{
    (void)state;
    static const enum factor running[] = {
        FACTOR_TOO_MUCH,  FACTOR_STIFF,       FACTOR_HIGH_BOUNCE, FACTOR_THORACIC_IMMOBILITY,
        FACTOR_LONG_STEP, FACTOR_LOW_CADENCE, FACTOR_PACK_BOUNCE};
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_give_usual(&r);
    swing_far(&r);
    swing_stiffly(&r);
    keep_the_thorax_stiff(&r);
    bounce(&r);
    step_far(&r);
    let_the_pack_jump(&r);
    rig_do(&r, ACTIVITY_WALK, 300);
    expect_only(&r, -1);
    for (size_t i = 0; i < sizeof running / sizeof *running; i++)
        assert_string_equal(r.last[running[i]].unknown_of, "told only while running");
    rig_destroy(&r);
}

static void test_what_is_missing_is_named(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params); // no usual, no speed
    r.posture.calibrated = false;
    r.calibration.now.tall = 0;
    r.no_arms = true;
    slouch(&r);
    rig_do(&r, ACTIVITY_RUN, 100);
    expect_unknown(&r, FACTOR_SLOUCHING, "not calibrated");
    expect_unknown(&r, FACTOR_TOO_LITTLE, "wrist");
    expect_unknown(&r, FACTOR_LOW_CADENCE, "usual");
    expect_unknown(&r, FACTOR_HIGH_IMPACT, "usual");
    expect_unknown(&r, FACTOR_VEST_TIGHT, "vest");
    expect_unknown(&r, FACTOR_DRIFT, "baseline");
    r.posture.calibrated = true;
    r.posture.slipped = SITE_BIT(SITE_SHOULDER_LEFT);
    r.posture.mean.neck_flexion_deg = NAN; // no head
    rig_run(&r, 100);
    assert_int_equal(r.last[FACTOR_SLOUCHING].level, LEVEL_WARN); // its sites have not slipped
    expect_unknown(&r, FACTOR_ROUNDED_SHOULDERS, "slipped");
    expect_unknown(&r, FACTOR_FORWARD_HEAD, "head");
    expect_unknown(&r, FACTOR_HYPERKYPHOSIS, "tall");
    r.posture.mean.trunk_lean_deg = -85; // lies down
    rig_run(&r, 30);
    expect_unknown(&r, FACTOR_SLOUCHING, "upright");
    rig_destroy(&r);
}

// The mean of the strides reaches back before the instant at which the axes turned.
static void test_nothing_from_before_a_calibration_counts(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    params.factor[FACTOR_SLOUCHING].hold_s = 0;
    rig_create(&r, &params);
    r.posture.calibrated = false;
    r.posture.mean.thoracic_flexion_deg = 31; // by the mount
    rig_do(&r, ACTIVITY_STILL, 10);
    r.posture.calibrated = true;
    rig_run(&r, 0.6);
    r.posture.mean.thoracic_flexion_deg = 0;
    rig_run(&r, 10);
    assert_int_equal(r.warned[FACTOR_SLOUCHING], 0);
    r.calibration.changes++; // another stand, and the axes turn again
    do
        rig_hop(&r);
    while ((r.index + 1) % 1000 != 0);
    r.posture.mean.thoracic_flexion_deg = 31; // half of the mean is of the axes before
    rig_run(&r, 0.6);
    r.posture.mean.thoracic_flexion_deg = 0;
    rig_run(&r, 10);
    assert_int_equal(r.warned[FACTOR_SLOUCHING], 0);
    assert_int_equal(r.last[FACTOR_SLOUCHING].level, LEVEL_OK);
    rig_destroy(&r);
}

static void test_a_runner_who_leans_tilts_no_pelvis(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    r.posture.mean.trunk_lean_deg = r.posture.mean.pelvic_tilt_deg = 14;
    rig_run(&r, 150);
    expect_only(&r, -1);
    assert_int_equal(r.last[FACTOR_PELVIC_TILT].level, LEVEL_OK);
    rig_do(&r, ACTIVITY_STILL, 150); // standing it is one
    assert_int_equal(r.last[FACTOR_PELVIC_TILT].level, LEVEL_WARN);
    r.posture.mean.pelvic_tilt_deg = -14;
    r.posture.mean.lumbar_flexion_deg = 18; // sits
    rig_run(&r, 30);
    expect_unknown(&r, FACTOR_PELVIC_TILT, "sitting");
    rig_destroy(&r);
}

static void send_assessment(struct rig *r, int outcome, float left_deg, float right_deg, float against_t12)
{
    struct output o;
    memset(&o, 0, sizeof o);
    o.assessment = (struct exercise_result){.exercise = EXERCISE_THORACIC_ROTATION, .outcome = outcome, .n_rows = 2};
    for (int side = SIDE_LEFT; side <= SIDE_RIGHT; side++) {
        struct exercise_row *row = &o.assessment.row[side];
        *row = (struct exercise_row){.part = 1, .side = side, .count = 5, .n_values = 1};
        row->range_deg = side == SIDE_LEFT ? left_deg : right_deg;
        row->value[0] = (struct exercise_value){"against_t12", against_t12};
    }
    rig_take(r, &o, STREAM_ASSESSMENT, 0);
}

// What a runner can turn counts beside what he does, in this session.
static void test_an_assessed_rotation_counts(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_do(&r, ACTIVITY_STILL, 20);
    expect_unknown(&r, FACTOR_THORACIC_IMMOBILITY, "running");
    send_assessment(&r, ASSESS_RUNNING, 20, 20, 0);
    send_assessment(&r, ASSESS_STOPPED, 20, 20, 0);
    send_assessment(&r, ASSESS_DONE, 20, 20, 1);  // of a part of the trunk
    send_assessment(&r, ASSESS_DONE, 20, NAN, 0); // to one side alone
    rig_run(&r, 20);
    expect_unknown(&r, FACTOR_THORACIC_IMMOBILITY, "running");
    send_assessment(&r, ASSESS_DONE, 46, 44, 0);
    rig_run(&r, 130);
    assert_int_equal(r.last[FACTOR_THORACIC_IMMOBILITY].level, LEVEL_OK);
    send_assessment(&r, ASSESS_DONE, 46, 31, 0);
    rig_run(&r, 60);
    const struct finding_result *last = &r.last[FACTOR_THORACIC_IMMOBILITY];
    assert_int_equal(last->level, LEVEL_NOTICE);
    assert_near((double)last->score, 0.5 + 0.5 * (35 - 31) / (35 - 25), 1e-6);
    assert_int_equal(last->n_evidence, 2);
    assert_string_equal(last->evidence[1].key, "assessed_right_deg");
    assert_near((double)last->evidence[1].value, 31, 0);
    assert_near((double)last->evidence[1].reference, 35, 0);
    send_assessment(&r, ASSESS_DONE, 24, 46, 0);
    rig_run(&r, 130);
    assert_int_equal(r.last[FACTOR_THORACIC_IMMOBILITY].level, LEVEL_WARN);
    rig_do(&r, ACTIVITY_RUN, 60); // turns well in the stride: the worse one counts
    assert_int_equal(r.last[FACTOR_THORACIC_IMMOBILITY].level, LEVEL_WARN);
    assert_int_equal(r.last[FACTOR_THORACIC_IMMOBILITY].n_evidence, 3);
    const struct command other = {.kind = COMMAND_SESSION, .session = "01234567-89ab-4cde-8f01-23456789abcd"};
    findings_command(r.findings, &other, r.index);
    rig_run(&r, 60);
    assert_int_equal(r.last[FACTOR_THORACIC_IMMOBILITY].level, LEVEL_OK);
    rig_destroy(&r);
}

static void test_a_short_gap_keeps_the_level(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    slouch(&r);
    rig_run(&r, 70);
    assert_int_equal(r.last[FACTOR_SLOUCHING].level, LEVEL_WARN);
    r.posture.mean.thoracic_flexion_deg = NAN;
    rig_run(&r, 8);
    assert_int_equal(r.last[FACTOR_SLOUCHING].level, LEVEL_WARN);
    slouch(&r);
    rig_run(&r, 5);
    assert_int_equal(r.warned[FACTOR_SLOUCHING], 1);
    r.posture.mean.thoracic_flexion_deg = NAN;
    rig_run(&r, 12);
    expect_unknown(&r, FACTOR_SLOUCHING, "c7");
    rig_destroy(&r);
}

static void test_a_hole_in_the_log_is_no_hold(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    slouch(&r);
    rig_run(&r, 15);
    r.index += 60000;
    rig_run(&r, 10);
    assert_int_equal(r.warned[FACTOR_SLOUCHING], 0);
    rig_run(&r, 55);
    assert_int_equal(r.warned[FACTOR_SLOUCHING], 1);
    rig_destroy(&r);
}

static void test_each_factor_is_repeated(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_do(&r, ACTIVITY_STILL, 120);
    int before[N_FACTORS];
    for (int f = 0; f < N_FACTORS; f++)
        before[f] = r.said[f];
    rig_run(&r, 100);
    for (int f = 0; f < N_FACTORS; f++)
        assert_int_equal(r.said[f] - before[f], 10);
    rig_destroy(&r);
}

static void test_population_limits_serve_without_a_usual(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    rig_create(&r, &params);
    rig_do(&r, ACTIVITY_WALK, WARM_UP_S);
    r.gait.overstride_index = 2.5F;
    r.gait.vertical_ratio_pct = 13;
    rig_do(&r, ACTIVITY_RUN, 100);
    assert_int_equal(r.last[FACTOR_LONG_STEP].level, LEVEL_WARN);
    assert_int_equal(r.last[FACTOR_HIGH_BOUNCE].level, LEVEL_WARN);
    rig_destroy(&r);
}

static void test_uncertain_asymmetry_is_not_told(void **state)
{
    (void)state;
    struct findings_params params;
    struct rig r;
    rig_defaults(&params);
    begin_run(&r, &params);
    r.gait.step_asymmetry_pct = 11;
    r.gait.step_asymmetry_ci_pct = 16; // of eighty steps 8
    rig_run(&r, 60);
    assert_int_equal(r.last[FACTOR_LEFT_RIGHT_ASYMMETRY].level, LEVEL_OK);
    r.gait.step_asymmetry_ci_pct = 12; // of forty steps 8.5, of eighty 6
    rig_run(&r, 60);
    assert_int_equal(r.last[FACTOR_LEFT_RIGHT_ASYMMETRY].level, LEVEL_NOTICE);
    r.gait.step_asymmetry_pct = 0.5F;
    rig_run(&r, 40);
    assert_int_equal(r.last[FACTOR_LEFT_RIGHT_ASYMMETRY].level, LEVEL_OK);
    r.arms.asymmetry_pct = 45; // arms alone are a hint
    rig_run(&r, 60);
    assert_int_equal(r.last[FACTOR_LEFT_RIGHT_ASYMMETRY].level, LEVEL_NOTICE);
    r.posture.mean.trunk_side_lean_deg = 8; // with a side lean they are more
    rig_run(&r, 60);
    assert_int_equal(r.last[FACTOR_LEFT_RIGHT_ASYMMETRY].level, LEVEL_WARN);
    rig_destroy(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_healthy_runner_is_ok),
        cmocka_unit_test(test_uneven_breath_needs_breaths_but_no_rate),
        cmocka_unit_test(test_each_bad_value_raises_its_factor_alone),
        cmocka_unit_test(test_a_slouch_is_told_in_time),
        cmocka_unit_test(test_the_same_breath_window_is_not_late),
        cmocka_unit_test(test_breaths_of_two_activities_are_not_judged),
        cmocka_unit_test(test_what_a_breath_must_be_to_be_judged),
        cmocka_unit_test(test_running_factors_wait_for_a_run),
        cmocka_unit_test(test_what_is_missing_is_named),
        cmocka_unit_test(test_nothing_from_before_a_calibration_counts),
        cmocka_unit_test(test_a_runner_who_leans_tilts_no_pelvis),
        cmocka_unit_test(test_an_assessed_rotation_counts),
        cmocka_unit_test(test_a_short_gap_keeps_the_level),
        cmocka_unit_test(test_a_hole_in_the_log_is_no_hold),
        cmocka_unit_test(test_each_factor_is_repeated),
        cmocka_unit_test(test_population_limits_serve_without_a_usual),
        cmocka_unit_test(test_uncertain_asymmetry_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
