// SPDX-License-Identifier: GPL-3.0-or-later
// Scenario files: what they may say, how each mistake is named with its line; faults; that the shipped ones load.
#include "frames/exercise.h"
#include "frames/finding.h"
#include "sim/fault.h"
#include "sim/scenario.h"
#include "sim/truth_raise.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void mistakes_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "t:1: empty"},
        {"version: 1\n", "phases: missing"},
        {"phases: [{kind: stand, duration_s: 5}]\n", "version: missing"},
        {"version: 2\nphases: [{kind: stand, duration_s: 5}]\n", "t:1: version: 2: a number from 1 to 1"},
        {"version: 1\nspeed: 3\n", "t:2: speed: unknown key"},
        {"version: 1\nseed: 1.5\n", "t:2: seed: 1.5"},
        {"version: 1\nseed: 1\nseed: 2\n", "t:3: seed: given twice"},
        {"version: 1\nnoise: {acc_m_s2: loud}\n", "t:2: acc_m_s2: loud: a number from 0 to 5"},
        {"version: 1\nnoise: {acc_m_s2: \"0.1\"}\n", "t:2: acc_m_s2"},
        {"version: 1\nnoise: {acc_m_s2: 0.1x}\n", "t:2: acc_m_s2: 0.1x"},
        {"version: 1\nnoise: {acc_m_s2: 0x1}\n", "t:2: acc_m_s2: 0x1"},
        {"version: 1\nnoise: {acc_m_s2: .nan}\n", "t:2: acc_m_s2: .nan"},
        {"version: 1\nclock: {ppm: 5}\n", "t:2: clock.ppm: unknown key"},
        {"version: 1\nsites: [c7, elbow]\n", "t:2: sites: elbow: unknown"},
        {"version: 1\nsites: [c7, c7]\n", "t:2: sites: c7: given twice"},
        {"version: 1\nsites: c7\n", "t:2: sites: a sequence"},
        {"version: 1\nphases: []\n", "t:2: phases: a sequence"},
        {"version: 1\nphases:\n  - {kind: fly, duration_s: 5}\n", "t:3: kind: fly: stand, walk, run, bow, sit or lie"},
        {"version: 1\nphases:\n  - {kind: run}\n", "t:3: duration_s: missing"},
        {"version: 1\nphases:\n  - kind: run\n    duration_s: 5\n    cadence_spm: 900\n",
         "t:5: cadence_spm: 900: a number from 40 to 240"},
        {"version: 1\nphases:\n  - kind: run\n    duration_s: 5\n    to: {cadense_spm: 160}\n",
         "t:5: cadense_spm: unknown key; known here: cadence_spm"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, name: \"a\\\"b\"}\n", "t:3: name"},
        {"version: 1\nphases: [{kind: run, duration_s: 5}]\n---\nversion: 1\n", "t:4: a second document"},
        {"version: 1\nphases: [\n", "t:3: not YAML"},
        {"version: 1\nmount: {mount_error_deg: 190}\n", "t:2: mount_error_deg: 190: a number from 0 to 180"},
        {"version: 1\nmounts: {elbow: {pitch_deg: 3}}\n", "t:2: mounts: elbow: not the name of a site"},
        {"version: 1\nmounts:\n  c7: {tilt_deg: 3}\n", "t:3: tilt_deg: unknown key; known here: pitch_deg"},
        {"version: 1\nmounts: {c7: 3}\n", "t:2: c7: a mapping is wanted"},
        {"version: 1\nsplit: perhaps\n", "t:2: split: perhaps: true, false or a sequence"},
        {"version: 1\nsplit: [c7, elbow]\n", "t:2: split: elbow: unknown"},
        {"version: 1\nphases:\n  - {kind: stand, duration_s: 5, bow_deg: 30}\n",
         "t:3: bow_deg: only a phase of kind bow"},
        {"version: 1\nphases:\n  - {kind: bow, duration_s: 5, bow_deg: 100}\n", "t:3: bow_deg: 100: a number from 5"},
        {"version: 1\nphases:\n  - {kind: bow, duration_s: 5, bow_s: 6}\n", "t:3: duration_s: 5: a bow takes 6 s"},
        {"version: 1\nphases:\n  - {kind: bow, duration_s: 5, to: {bow_deg: 30}}\n", "t:3: bow_deg: unknown key"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, arm_stiffness: 1.5}\n",
         "t:3: arm_stiffness: 1.5: a number from 0 to 1"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, blend_s: 0}\n", "t:3: blend_s: 0: a number from 0.3"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, to: {stumble_pct: 9}}\n",
         "t:3: stumble_pct: unknown key; known here: cadence_spm"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, pack: 9}\n", " foot_eversion_right_deg"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, breathing_bpm: 2}\n",
         "t:3: breathing_bpm: 2: a number from 3 to 80"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, to: {breathing_phase_deg: 200}}\n",
         "t:3: breathing_phase_deg: 200: a number from -180 to 180"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, inspiratory_share: 0.8}\n",
         "t:3: inspiratory_share: 0.8: a number from 0.2 to 0.7"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, breath_jitter_pct: -1}\n",
         "t:3: breath_jitter_pct: -1: a number from 0 to 100"},
        {"version: 1\nphases:\n  - kind: run\n    duration_s: 5\n    lock_steps_per_breath: 0.5\n",
         "t:5: lock_steps_per_breath: 0.5: 0 or a number from 1 to 20"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 5, lock_steps_per_breath: 4}\n",
         "t:3: lock_steps_per_breath: only a phase of kind walk or run"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, lock_steps_per_breath: 4, speech: true}\n",
         "t:3: speech: breaths locked"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, hold_every_s: 30}\n", "together with hold_s"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, hold_s: 9}\n", "together with hold_s"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, hold_s: 9, hold_every_s: 9}\n",
         "t:3: hold_every_s: 9: more than hold_s, 9"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, hold_at: top}\n",
         "t:3: hold_at: top: end_expiration or end_inspiration is wanted"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, speech: 1}\n", "t:3: speech: 1: false or true"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, cough_every_s: 2}\n",
         "t:3: cough_every_s: 2: 0 or a number from 3"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, lie_side: left}\n",
         "t:3: lie_side: only a phase of kind lie"},
        {"version: 1\nphases:\n  - {kind: lie, duration_s: 50, lie_side: back}\n",
         "t:3: lie_side: back: supine, left, right or prone is wanted"},
        {"version: 1\nphases:\n  - {kind: lie, duration_s: 50}\n  - {kind: run, duration_s: 5}\n",
         "t:4: kind: run: between lie and run a stand or a sit"},
        {"version: 1\nphases:\n  - {kind: bow, duration_s: 50}\n  - {kind: lie, duration_s: 5}\n",
         "t:4: kind: lie: between bow and lie a stand or a sit"},
        {"version: 1\ntell_speed: 1\n", "t:2: tell_speed: 1: false or true"},
        {"version: 1\nsession: \"a\\\"b\"\n", "t:2: session: 1 to 47 printable characters"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, mark: \"\"}\n", "t:3: mark: 1 to 47 printable"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, calibrate: now}\n", "t:3: calibrate: now: stand, bows, "},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, raises: Slouch}\n", "t:3: raises: Slouch: the name of"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, beyond: {trunk_lean_deg: 8}}\n", "together with raises"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, raises: drift, beyond: {lean: 8}}\n",
         "t:3: beyond: lean: not a parameter"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, raises: drift, beyond: {trunk_lean_deg: 6}}\n",
         "the phase ends at the limit"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 5, raises: drift, raises_after_s: 6}\n",
         "t:3: raises_after_s: 6: the phase takes 5 s"},
        {"version: 1\nphases:\n  - {kind: run, duration_s: 50, exercise: {motion: turn}}\n",
         "t:3: exercise: only a phase of kind stand, sit or lie"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 50, exercise: turn}\n",
         "t:3: exercise: a mapping with motion"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: jump}}\n",
         "t:3: motion: jump: turn, extend, "},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, side: both}}\n",
         "side: both: alternate, each, left or right is"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, cycle_s: 2}}\n",
         "t:3: cycle_s: turn has none"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, range_deg: 90}}\n",
         "range_deg: 90: a number from 1 to 85"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, repetitions: 2.5}}\n",
         "repetitions: 2.5: a whole number"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: arm_circles, range_deg: 90}}\n",
         "a circle of arm_circles is whole"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, backward: true}}\n",
         "t:3: backward: unknown key; known in exercise: motion"},
        {"version: 1\nphases:\n  - {kind: lie, duration_s: 90, exercise: {motion: extend, range_left_deg: 9}}\n",
         "t:3: range_left_deg: extend has no sides"},
        {"version: 1\nphases:\n  - {kind: lie, duration_s: 90, exercise: {motion: swing}}\n",
         "exercise: swing: lying nobody does it"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 30, exercise: {motion: turn}}\n",
         "t:3: duration_s: 30: the exercise may take 51.9 s"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 90, exercise: {motion: turn, through: true, drift_deg: "
         "3}}\n",
         "t:3: through: only side alternate has it"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 30, assess: dance}\n",
         "t:3: assess: dance: thoracic_rotation, "},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 30, assess: next, calibrate: stand}\n",
         "assess: the phase calibrates already"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 30, assess_after_s: 3}\n",
         "assess_after_s: 3: wanted together with assess"},
        {"version: 1\nphases:\n  - {kind: sit, duration_s: 30, assess: stop, assess_after_s: 31}\n",
         "t:3: assess_after_s: 31: wanted together"},
        {"- 1\n", "scenario: a mapping is wanted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario scenario;
        char error[SCENARIO_ERROR] = "";
        assert_int_equal(scenario_load_text(&scenario, "t", cases[i].text, strlen(cases[i].text), error), -EINVAL);
        if (!strstr(error, cases[i].says))
            fail_msg("case %zu says: %s", i, error);
    }
}

static void values_arrive_and_ramp(void **state)
{
    (void)state;
    static const char text[] = "version: 1\nseed: 9\nrate_hz: 833\nsites: [head, pack]\nnoise: {gyro_deg_s: 0.5}\n"
                               "phases:\n"
                               "  - {name: a, kind: walk, duration_s: 20, cadence_spm: 100, to: {cadence_spm: 120}}\n"
                               "  - {name: b, kind: run, duration_s: 20, trunk_lean_deg: 8}\n";
    struct scenario scenario;
    char error[SCENARIO_ERROR];
    assert_int_equal(scenario_load_text(&scenario, "t", text, strlen(text), error), 0);
    assert_int_equal(scenario.sites, SITE_BIT(SITE_HEAD) | SITE_BIT(SITE_PACK));
    assert_int_equal(scenario.seed, 9);
    assert_true(scenario.gyro_noise_deg_s == 0.5 && scenario.acc_noise_m_s2 == 0.035 && scenario.rate_hz == 833);
    assert_true(scenario_param(&scenario, PARAM_CADENCE_SPM, 0) == 100);
    assert_true(fabs(scenario_param(&scenario, PARAM_CADENCE_SPM, 10) - 110) < 1e-9);
    assert_true(fabs(scenario_param(&scenario, PARAM_CADENCE_SPM, 20) - 120) < 1e-9);
    assert_true(fabs(scenario_param(&scenario, PARAM_TRUNK_LEAN_DEG, 21.5) - 5) < 1e-9); // half-way from 2 to 8
    assert_true(scenario_param(&scenario, PARAM_TRUNK_LEAN_DEG, 1000) == 8);
    assert_true(scenario.phase[0].blend_s == PHASE_BLEND_S && scenario.phase[0].stumble_every_s == 0);
    assert_true(scenario_param(&scenario, PARAM_PACK_BOUNCE_MM, 30) == 12); // what a run has unless it says
    assert_true(scenario_weight(&scenario, PHASE_RUN, 30) == 1 && scenario_weight(&scenario, PHASE_WALK, 30) == 0);
    scenario_stretch(&scenario, 3);
    assert_true(scenario_length_s(&scenario) == 120);
    assert_string_equal(scenario_phase_at(&scenario, 59)->name, "a");
    assert_string_equal(scenario_phase_at(&scenario, 61)->name, "b");
}

static void the_harness_is_as_said(void **state)
{
    (void)state;
    static const char text[] = "version: 1\nnoise: {gyro_bias_exact_deg_s: 0.5}\n"
                               "mount: {mount_error_deg: 10, heading_error_deg: 20}\n"
                               "mounts: {c7: {pitch_deg: -7, yaw_deg: 30}, head: {}}\nsplit: [c7, sternum]\n"
                               "phases:\n  - {kind: bow, duration_s: 10, bow_s: 2.5}\n";
    struct scenario scenario;
    char error[SCENARIO_ERROR];
    assert_int_equal(scenario_load_text(&scenario, "t", text, strlen(text), error), 0);
    assert_true(scenario.gyro_bias_exact_deg_s == 0.5 && scenario.mount_error_deg == 10);
    assert_true(scenario.heading_error_deg == 20 && scenario.misalignment_deg == 3);
    const struct scenario_mount *c7 = &scenario.mount[SITE_C7];
    assert_true(c7->given && c7->pitch_deg == -7 && c7->roll_deg == 0 && c7->yaw_deg == 30);
    assert_true(scenario.mount[SITE_HEAD].given && !scenario.mount[SITE_T12].given);
    assert_int_equal(scenario.split, SITE_BIT(SITE_C7) | SITE_BIT(SITE_STERNUM));
    assert_true(scenario.phase[0].bow_deg == 45 && scenario.phase[0].bow_s == 2.5 && scenario.phase[0].bow_rest_s == 1);
    static const char all[] = "version: 1\nsplit: true\nphases: [{kind: stand, duration_s: 5}]\n";
    assert_int_equal(scenario_load_text(&scenario, "t", all, strlen(all), error), 0);
    assert_int_equal(scenario.split, SITE_BIT(N_SITES) - 1);
    assert_true(scenario.phase[0].bow_deg == 0 && !scenario.mount[SITE_C7].given);
}

static void breathing_is_as_said(void **state)
{
    (void)state;
    static const char text[] = "version: 1\nphases:\n"
                               "  - {kind: sit, duration_s: 50, breathing_bpm: 3, hold_every_s: 20, hold_s: 8, "
                               "hold_at: end_inspiration, breath_jitter_pct: 20}\n"
                               "  - {kind: lie, duration_s: 50, lie_side: prone, cough_every_s: 9}\n"
                               "  - {kind: stand, duration_s: 50, speech: true}\n"
                               "  - {kind: walk, duration_s: 50, lock_steps_per_breath: 2.5, lock_phase: 0.5}\n";
    struct scenario scenario;
    char error[SCENARIO_ERROR];
    assert_int_equal(scenario_load_text(&scenario, "t", text, strlen(text), error), 0);
    const struct scenario_phase *phase = scenario.phase;
    assert_true(phase[0].kind == PHASE_SIT && phase[0].hold_every_s == 20 && phase[0].hold_s == 8);
    assert_true(phase[0].hold_at == HOLD_AT_END_INSPIRATION && phase[0].breath_jitter_pct == 20);
    assert_true(phase[0].breath_depth_jitter_pct < 0 && phase[0].cough_every_s == 0 && !phase[0].speech);
    assert_true(phase[1].kind == PHASE_LIE && phase[1].lie_side == LIE_PRONE && phase[1].cough_every_s == 9);
    assert_true(phase[2].speech && phase[2].lock_steps_per_breath == 0 && phase[2].hold_s == 0);
    assert_true(phase[3].lock_steps_per_breath == 2.5 && phase[3].lock_phase == 0.5);
    assert_true(scenario_param(&scenario, PARAM_BREATHING_BPM, 0) == 3);
    assert_true(scenario_param(&scenario, PARAM_INSPIRATORY_SHARE, 0) == 0.42);
    assert_true(scenario_param(&scenario, PARAM_EXPIRATORY_PAUSE, 0) == 0.15);
    assert_true(scenario_param(&scenario, PARAM_EXPIRATORY_PAUSE, 199) == 0); // in motion
}

static void shipped_scenarios_load(void **state)
{
    (void)state;
    static struct scenario scenario, built_in; // zeroed, so that they can be compared as bytes
    static const char *const names[] = {"default",
                                        "run",
                                        "rest",
                                        "calibrate",
                                        "mounts",
                                        "tall",
                                        "dynamics",
                                        "intervals",
                                        "slow",
                                        "breathing_rest",
                                        "breathing_motion",
                                        "breathing_locked",
                                        "breathing_holds",
                                        "breathing_mixed"};
    char error[SCENARIO_ERROR] = "", path[512];
    const char *source = getenv("POISE_SOURCE_DIR");
    if (!source)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/config/scenarios/%s.yaml", source, names[i]);
        int err = scenario_load_file(&scenario, path, error);
        if (err)
            fail_msg("%s", error);
    }
    snprintf(path, sizeof path, "%s/config/scenarios/default.yaml", source);
    assert_int_equal(scenario_load_file(&scenario, path, error), 0);
    assert_int_equal(scenario_load_default(&built_in, error), 0);
    assert_int_equal(built_in.n_phases, scenario.n_phases);
    assert_memory_equal(built_in.phase, scenario.phase, sizeof scenario.phase);
    assert_true(scenario_length_s(&built_in) == 180);
    assert_int_equal(scenario_load_file(&scenario, "/nonexistent/x.yaml", error), -ENOENT);
}

// Every factor has a scenario of its name that raises it and nothing else, drift in fatigue.yaml.
static void every_factor_has_its_scenario(void **state)
{
    (void)state;
    static struct scenario scenario;
    char error[SCENARIO_ERROR] = "", path[512];
    const char *source = getenv("POISE_SOURCE_DIR");
    if (!source)
        skip();
    for (int f = 0; f < N_FACTORS; f++) {
        int raised = 0;
        snprintf(path, sizeof path, "%s/config/scenarios/findings/%s.yaml", source,
                 f == FACTOR_DRIFT ? "fatigue" : factors[f].name);
        if (scenario_load_file(&scenario, path, error) != 0)
            fail_msg("%s", error);
        for (int i = 0; i < scenario.n_phases; i++) {
            const struct scenario_phase *phase = &scenario.phase[i];
            if (*phase->raise.factor == '\0')
                continue;
            struct raise_span span = raise_span_of(&scenario, phase);
            assert_string_equal(phase->raise.factor, factors[f].name);
            assert_true(span.from_s >= phase->start_s && span.until_s > span.from_s + 20);
            assert_true(span.until_s <= scenario_length_s(&scenario));
            raised++;
        }
        assert_true(raised > 0);
    }
}

// Every exercise has one that does it well and one that does it badly; both start it, and nothing else.
static void every_exercise_has_its_scenarios(void **state)
{
    (void)state;
    static struct scenario scenario;
    char error[SCENARIO_ERROR] = "", path[512];
    const char *source = getenv("POISE_SOURCE_DIR");
    if (!source)
        skip();
    for (int i = 0; i < 2 * N_EXERCISES; i++) {
        int started = 0;
        snprintf(path, sizeof path, "%s/config/scenarios/exercises/%s%s.yaml", source, exercises[i / 2].name,
                 i % 2 ? "_badly" : "");
        if (scenario_load_file(&scenario, path, error) != 0)
            fail_msg("%s", error);
        uint32_t needs = exercises[i / 2].needs, any = exercises[i / 2].any;
        assert_true((scenario.sites & needs) == needs && (any == 0 || (scenario.sites & any) != 0));
        for (int k = 0; k < scenario.n_phases; k++)
            started += scenario.phase[k].assesses && scenario.phase[k].exercise == (enum exercise)(i / 2);
        assert_int_equal(started, 1);
        assert_true(scenario.phase[0].kind == PHASE_STAND && scenario.phase[0].duration_s >= 6);
    }
}

static void faults_are_parsed_strictly(void **state)
{
    (void)state;
    struct fault_list list = {.n = 0};
    char error[256];
    assert_int_equal(fault_parse(&list, "gap:c7@20+1.5", error, sizeof error), 0);
    assert_int_equal(fault_parse(&list, "freeze:foot_left@0+0.25", error, sizeof error), 0);
    assert_non_null(fault_at(&list, FAULT_GAP, SITE_C7, 20 * INT64_C(1000000000)));
    assert_null(fault_at(&list, FAULT_GAP, SITE_C7, INT64_C(21500000000)));
    assert_null(fault_at(&list, FAULT_FREEZE, SITE_C7, 20 * INT64_C(1000000000)));
    static const char *const wrong[] = {"",
                                        "gap",
                                        "gap:c7",
                                        "gap:c7@1",
                                        "gap:c7@1+",
                                        "gap:c7@+1",
                                        "gap:c7@1+0",
                                        "gap:c7@-1+1",
                                        "gap:elbow@1+1",
                                        "ga:c7@1+1",
                                        "gap:c7@1+1x",
                                        "gap:c7@1e3+1",
                                        "gap:c7@1+nan",
                                        "gap@c7:1+1",
                                        "gapx:c7@1+1",
                                        "gap:c7@1+1=5",
                                        "burst:all@1+1=0",
                                        "slip:c7@1+1",
                                        "slip:c7@1+1=",
                                        "slip:c7@1+1=--3",
                                        "slip:c7@1+1=91",
                                        "slip:c7@1+1=3x",
                                        "drop:c7@1+1=-1",
                                        "drop:c7@1+1=101",
                                        "step:c7@1+1=1e3",
                                        "step:alles@1+1=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (fault_parse(&list, wrong[i], error, sizeof error) != -EINVAL)
            fail_msg("%s was taken", wrong[i]);
    assert_int_equal(list.n, 2);
    assert_int_equal(fault_parse(&list, "slip:c7@20+1.5=-12.5", error, sizeof error), 0);
    assert_int_equal(fault_parse(&list, "drop:all@0+60=2", error, sizeof error), 0);
    assert_int_equal(fault_parse(&list, "burst:all@1+0.3", error, sizeof error), 0);
    assert_true(list.fault[2].value == -12.5 && fault_at(&list, FAULT_DROP, SITE_PACK, 0)->value == 2);
    assert_true(fault_any(&list, FAULT_SLIP) && !fault_any(&list, FAULT_STEP));
}

static void wrong_faults_teach(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"fall:c7@1+1", "KIND one of unplug gap freeze slip drop burst step saturate swap scale ppm"},
        {"slip:c7@1+1",
         "slip:SITE@T+D=VALUE is wanted, for example slip:c7@20+1.5=10; SITE a site or all, T and D seconds, "
         "VALUE degrees from -90 to 90"},
        {"step:c7@1=4", "VALUE ms from -60000 to 60000"},
        {"gap:c7@1+1=4", "gap:SITE@T+D is wanted, for example gap:c7@20+1.5; SITE a site or all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault_list list = {.n = 0};
        char error[512] = "";
        assert_int_equal(fault_parse(&list, cases[i].text, error, sizeof error), -EINVAL);
        if (!strstr(error, cases[i].says) || !strstr(error, cases[i].text))
            fail_msg("case %zu says: %s", i, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(values_arrive_and_ramp),
        cmocka_unit_test(the_harness_is_as_said),
        cmocka_unit_test(breathing_is_as_said),
        cmocka_unit_test(shipped_scenarios_load),
        cmocka_unit_test(every_factor_has_its_scenario),
        cmocka_unit_test(every_exercise_has_its_scenarios),
        cmocka_unit_test(faults_are_parsed_strictly),
        cmocka_unit_test(wrong_faults_teach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
