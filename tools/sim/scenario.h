// SPDX-License-Identifier: GPL-3.0-or-later
// What the simulated runner does: a list of phases, each with a kind, a duration and parameters that may ramp from one
// value to another, and what the harness is like (noise, clocks, mounts, split chips). Loaded from YAML;
// config/scenarios/default.yaml is compiled in. The parameters are smooth functions of scenario time: a change of phase
// is blended over 3 s, or what the phase says.
#ifndef POISE_SIM_SCENARIO_H
#define POISE_SIM_SCENARIO_H

#include "frames/calibration.h"
#include "frames/exercise.h"
#include "frames/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum phase_kind { PHASE_STAND, PHASE_WALK, PHASE_RUN, PHASE_BOW, PHASE_SIT, PHASE_LIE, N_PHASE_KINDS };
enum lie_side { LIE_SUPINE, LIE_LEFT, LIE_RIGHT, LIE_PRONE, N_LIE_SIDES }; // left: on the left side
enum hold_at { HOLD_AT_END_EXPIRATION, HOLD_AT_END_INSPIRATION, N_HOLD_ATS };
extern const char *const hold_at_names[N_HOLD_ATS + 1];
extern const char *const lie_side_names[N_LIE_SIDES + 1];
extern const char *const phase_kind_names[N_PHASE_KINDS + 1];

enum phase_param {
    PARAM_CADENCE_SPM, // step rate; standing it is held for the fading gait and means nothing
    PARAM_SPEED_M_S,
    PARAM_DUTY_FACTOR, // contact time / stride time
    PARAM_BREATHING_BPM,
    PARAM_BREATHING_CHEST_DEG,    // peak to peak, sternum against the spine
    PARAM_BREATHING_ABDOMEN_DEG,  // peak to peak, abdomen against the spine
    PARAM_BREATHING_PHASE_DEG,    // of a breath: how much later the chest moves than the abdomen
    PARAM_BREATHING_SHOULDER_DEG, // peak to peak, both shoulders go up with each inspiration
    PARAM_INSPIRATORY_SHARE,      // of a breath
    PARAM_EXPIRATORY_PAUSE,       // of a breath, at its end
    PARAM_TRUNK_LEAN_DEG,
    PARAM_TRUNK_SIDE_LEAN_DEG,
    PARAM_THORACIC_FLEXION_DEG,
    PARAM_LUMBAR_FLEXION_DEG,
    PARAM_NECK_FLEXION_DEG,
    PARAM_PELVIC_TILT_DEG, // the pelvis so much further forward; the lumbar spine takes it up
    PARAM_LATERAL_BEND_DEG,
    PARAM_TRUNK_ROTATION, // factor on the stride's turning of pelvis, thorax and head about the vertical
    PARAM_SHOULDER_ELEVATION_LEFT_DEG,
    PARAM_SHOULDER_ELEVATION_RIGHT_DEG,
    PARAM_SHOULDER_PROTRACTION_DEG,
    PARAM_ARM_SWING,          // 1: the swing of the two keys that follow
    PARAM_ARM_SWING_LEFT_DEG, // peak to peak, against the trunk
    PARAM_ARM_SWING_RIGHT_DEG,
    PARAM_ARM_CROSSING_LEFT_DEG, // how far the plane of the swing turns inward
    PARAM_ARM_CROSSING_RIGHT_DEG,
    PARAM_ARM_STIFFNESS,      // 0: loose, 1: the arm moves with the trunk alone
    PARAM_STEP_ASYMMETRY_PCT, // 100 · 2(L−R)/(L+R) of step time, contact time, impact peak
    PARAM_CONTACT_ASYMMETRY_PCT,
    PARAM_IMPACT_ASYMMETRY_PCT,
    PARAM_WALK_SCALE,     // how large the walking is: factor on its displacements, angles and impacts
    PARAM_IMPACT_SCALE,   // factor on the upward part of both feet's impacts
    PARAM_PACK_BOUNCE_MM, // peak to peak, the pack against T12, at the step frequency
    PARAM_PACK_LAG_MS,    // how much later the pack is than T12, at the step frequency
    PARAM_PACK_TILT_DEG,  // pitch and roll of the pack against T12
    PARAM_PACK_SIDE_TILT_DEG,
    PARAM_FOOT_EVERSION_LEFT_DEG, // range of the foot's roll in stance
    PARAM_FOOT_EVERSION_RIGHT_DEG,
    N_PHASE_PARAMS
};

struct phase_param_info {
    const char *key;
    double def[N_PHASE_KINDS]; // where a phase does not say
    double min, max;
};
extern const struct phase_param_info phase_params[N_PHASE_PARAMS];

#define SCENARIO_PHASES_MAX 64
#define SCENARIO_ERROR      2048
#define PHASE_BLEND_S       3.0 // unless a phase says otherwise

#define BEYOND_MAX    4
#define SCENARIO_TEXT 48

// What a phase is to raise: a factor of room findings, and from which values of the parameters on.
struct scenario_raise {
    char factor[32]; // "": nothing
    int n_beyond;    // 0: from the start of the phase to its end
    struct {
        enum phase_param param;
        double limit; // beyond it on the side where the phase's last value is
    } beyond[BEYOND_MAX];
    double after_s; // so long after the start of the phase, for what takes its time
};

// What a phase repeats: sim/drill.h does it. Out and back are turn, extend, squeeze and neck_turns, cycles the others.
enum drill_kind {
    DRILL_NONE,
    DRILL_TURN,       // the thorax against the pelvis, about the long axis
    DRILL_EXTEND,     // the upper back backward against T12
    DRILL_SQUEEZE,    // both shoulder blades back
    DRILL_NECK_TURNS, // the head against the thorax
    DRILL_ARM_CIRCLES,
    DRILL_SHOULDER_ROLLS,
    DRILL_SWING, // both arms, by turns
    N_DRILLS
};
enum drill_sides { DRILL_ALTERNATE, DRILL_EACH, DRILL_LEFT, DRILL_RIGHT, DRILL_BOTH, N_DRILL_SIDES };
extern const char *const drill_names[N_DRILLS + 1];
extern const char *const drill_side_names[N_DRILL_SIDES + 1];

struct scenario_drill {
    enum drill_kind kind;
    enum drill_sides sides;                // each: all on the left, then all on the right
    bool backward;                         // cycles
    bool through;                          // from one side straight to the other
    double repetitions;                    // of each side
    double wait_s;                         // from when the change into the phase is over to the first
    double range_deg[2];                   // left, right: from rest; cycles: peak to peak
    double move_s, hold_s, back_s, rest_s; // out and back
    double cycle_s;
    double range_jitter_pct, hold_jitter_pct, move_jitter_pct; // largest, of single repetitions
    double skew_pct;                                           // largest: how unlike the halves of a movement are
    double tremor_deg;                                         // peak to peak
    double sag_pct;                                            // of the range, lost by the end of the hold
    double hesitate_s;                                         // a stop half way out
    double shrug_deg;                                          // squeeze: the shoulders go up
    double along_deg;  // what should stay goes along: the pelvis, in an extension the lower trunk, turning the head C7
    double drift_deg;  // of the rest position, until the last repetition
    double fidget_deg; // largest of small movements while resting
};

struct scenario_phase {
    char name[32];
    enum phase_kind kind;
    double duration_s, start_s;
    double from[N_PHASE_PARAMS], to[N_PHASE_PARAMS];
    double bow_deg, bow_s, bow_rest_s; // PHASE_BOW: the trunk's lean at the bottom, one bow, the stand after each
    double blend_s;                    // how long the change into this phase takes
    double stumble_every_s;            // 0: never; the first one so long after the start of the phase
    double stumble_pct;                // how much longer (first, third ...) or shorter (second ...) that step is
    double breath_jitter_pct, breath_depth_jitter_pct; // standard deviations of single breaths; < 0: the body's
    double lock_steps_per_breath, lock_phase;          // 0: free; breaths begin at lock_phase + k times so many steps
    double hold_every_s, hold_s;                       // 0: never
    enum hold_at hold_at;
    bool speech;          // breathes as people do who talk
    double cough_every_s; // 0: never
    enum lie_side lie_side;
    struct scenario_drill drill;
    struct scenario_raise raise;
    // What somebody tells the daemon at the start of the phase, calibrate when the change into it is over; in a written
    // recording alone. A phase calibrates or assesses.
    char mark[SCENARIO_TEXT]; // "": none
    bool calibrates, assesses;
    enum calibrate_method calibrate;
    enum exercise_action assess;
    enum exercise exercise; // ASSESS_START
    double assess_after_s;  // so long after the start of the phase
};

// How one site's sensor sits on the body beyond its nominal mount and the body's natural slope: about the body's axes,
// R = Rz(yaw) Ry(pitch) Rx(roll).
struct scenario_mount {
    bool given;
    double pitch_deg, roll_deg, yaw_deg;
};

struct scenario {
    uint64_t seed;
    uint32_t sites;              // SITE_BIT
    uint32_t split;              // SITE_BIT: accelerometer and gyro are two devices on one oscillator
    bool tell_speed;             // the belt's speed is told to the daemon, once a second when it changed
    char subject[SCENARIO_TEXT]; // a session of his begins with the run; "": none
    int n_phases;
    struct scenario_phase phase[SCENARIO_PHASES_MAX];
    double rate_hz;                            // nominal
    double acc_noise_m_s2, gyro_noise_deg_s;   // white, standard deviation per sample
    double acc_bias_m_s2, gyro_bias_deg_s;     // largest constant bias per axis
    double ppm_max, jitter_us;                 // oscillators off by at most; standard deviation of the stamps
    double gyro_bias_exact_deg_s;              // instead of the random bias: its size on every axis; 0: random
    double misalignment_deg;                   // largest per axis, on top of the nominal mount
    double heading_error_deg;                  // largest about the vertical, besides
    double mount_error_deg;                    // exactly so far about a random axis, on top of all the others
    struct scenario_mount mount[N_SITES];      // instead of the three above
    double step_jitter_pct, breath_jitter_pct; // standard deviation of single periods
    double sway_deg;                           // of every segment, slow
    double wander_deg;                         // the same over minutes
};

// 0, -EINVAL with a sentence (file, line, key, value, what is allowed), or negative errno when it cannot be read.
__attribute__((warn_unused_result)) int scenario_load_file(struct scenario *scenario, const char *path,
                                                           char error[SCENARIO_ERROR]);
__attribute__((warn_unused_result)) int scenario_load_text(struct scenario *scenario, const char *name,
                                                           const char *text, size_t length, char error[SCENARIO_ERROR]);
__attribute__((warn_unused_result)) int scenario_load_default(struct scenario *scenario, char error[SCENARIO_ERROR]);

// Derives what the loader's values imply (start times, the held cadence of stands). After every change of phases.
void scenario_prepare(struct scenario *scenario);
void scenario_stretch(struct scenario *scenario, double factor); // multiplies all durations

double scenario_length_s(const struct scenario *scenario);
const struct scenario_phase *scenario_phase_at(const struct scenario *scenario, double t_s); // the last one goes on
double scenario_param(const struct scenario *scenario, enum phase_param param, double t_s);
// How much of gait kind is in the motion, 0 … 1.
double scenario_weight(const struct scenario *scenario, enum phase_kind kind, double t_s);

#endif
