// SPDX-License-Identifier: GPL-3.0-or-later
// Findings: what strains this runner's back, after the eight causes of the two articles behind the project, with arm
// swing, fatigue and movement breaks beside them. What each factor is called, which cause it belongs to and what helps
// stands in one table; room findings decides on the level, publish writes it, poisectl explains it.
#ifndef POISE_FRAMES_FINDING_H
#define POISE_FRAMES_FINDING_H

#include "frames/site.h"

#include <stdbool.h>
#include <stdint.h>

enum cause {
    CAUSE_MUSCLE_IMBALANCE,
    CAUSE_POOR_POSTURE,
    CAUSE_INADEQUATE_WARM_UP,
    CAUSE_DEHYDRATION,
    CAUSE_BREATHING_MECHANICS,
    CAUSE_OVERSTRIDING,
    CAUSE_SPINAL_ALIGNMENT,
    CAUSE_EQUIPMENT_FIT,
    CAUSE_ARM_SWING,
    CAUSE_FATIGUE,
    CAUSE_MOVEMENT_BREAK,
    N_CAUSES
};

enum factor {
    FACTOR_LEFT_RIGHT_ASYMMETRY,
    FACTOR_SLOUCHING,
    FACTOR_FORWARD_HEAD,
    FACTOR_ROUNDED_SHOULDERS,
    FACTOR_SWAYBACK,
    FACTOR_UNEVEN_SHOULDERS,
    FACTOR_RAISED_SHOULDERS,
    FACTOR_COLD_START,
    FACTOR_HYDRATION_DUE,
    FACTOR_SHALLOW_BREATHING,
    FACTOR_ACCESSORY_BREATHING,
    FACTOR_THORACIC_IMMOBILITY,
    FACTOR_BREATH_HOLDING,
    FACTOR_IRREGULAR_BREATHING,
    FACTOR_LOW_CADENCE,
    FACTOR_LONG_STEP,
    FACTOR_HIGH_BOUNCE,
    FACTOR_HIGH_IMPACT,
    FACTOR_LATERAL_CURVATURE,
    FACTOR_HYPERKYPHOSIS,
    FACTOR_PELVIC_TILT,
    FACTOR_PACK_BOUNCE,
    FACTOR_PACK_UNEVEN,
    FACTOR_VEST_TIGHT,
    FACTOR_FOOT_ROLL,
    FACTOR_TOO_MUCH, // arm swing
    FACTOR_TOO_LITTLE,
    FACTOR_UNEVEN,
    FACTOR_CROSSING,
    FACTOR_STIFF,
    FACTOR_DRIFT,
    FACTOR_SITTING_LONG,
    N_FACTORS
};

struct factor_info {
    const char *name; // as published
    enum cause cause;
    const char *needs;  // sites and references without which it is unknown, for people
    const char *says;   // what a raised one means, one sentence without a diagnosis
    const char *advice; // what helps, after the articles, in our words
};
extern const struct factor_info factors[N_FACTORS];
extern const char *const cause_names[N_CAUSES + 1]; // NULL-terminated
// Closes every list of findings.
extern const char finding_disclaimer[];

enum finding_level { LEVEL_UNKNOWN, LEVEL_OK, LEVEL_NOTICE, LEVEL_WARN };
#define FINDING_LEVEL_NAMES                                                                                            \
    {                                                                                                                  \
        "unknown", "ok", "notice", "warn", NULL                                                                        \
    }

#define EVIDENCE_MAX 6
struct evidence {
    const char *key; // a name with its unit, static: "thoracic_flexion_deg"
    float value;     // NaN: not known
    float reference; // what it is held against: the person's usual, the stand or a limit; NaN: none
};

struct finding_result {
    int factor;  // enum factor
    int level;   // enum finding_level
    float score; // 0 at the reference, 0.5 at notice, 1 at warn, at most 2; NaN: unknown
    int n_evidence;
    struct evidence evidence[EVIDENCE_MAX];
    int64_t since_ns;       // when the level was reached, on the grid; for warn and notice when its cause set in
    const char *unknown_of; // static, what is missing for an answer; NULL: nothing
};

// --- The session, as the signal tells it.

enum session_phase { PHASE_IDLE, PHASE_WARM_UP, PHASE_STEADY, PHASE_FATIGUED, PHASE_COOL_DOWN };
#define SESSION_PHASE_NAMES                                                                                            \
    {                                                                                                                  \
        "idle", "warm_up", "steady", "fatigued", "cool_down", NULL                                                     \
    }

// What is compared with the runner's own usual, as means over 10 s.
enum quantity {
    QUANTITY_CADENCE,
    QUANTITY_TRUNK_LEAN,
    QUANTITY_THORACIC_FLEXION,
    QUANTITY_TRUNK_ROTATION,
    QUANTITY_STEP_LENGTH,
    QUANTITY_CONTACT,
    QUANTITY_STEP_CV,
    QUANTITY_BOUNCE,
    QUANTITY_VERTICAL_RATIO,
    QUANTITY_IMPACT,
    QUANTITY_BRAKING,
    QUANTITY_ARM_SWING,
    QUANTITY_BREATHING_RATE,
    QUANTITY_BREATH_DEPTH, // chest and abdomen
    QUANTITY_CHEST_FREE,   // chest amplitude, no vest worn
    QUANTITY_CHEST_SHARE,
    N_QUANTITIES
};
struct quantity_info {
    const char *key; // with its unit, as published
    int decimals;
};
extern const struct quantity_info quantities[N_QUANTITIES];

#define USUAL_GAITS  2  // walk, run
#define USUAL_SPEEDS 26 // 0: speed not known; k: 0.25 k m/s

// Running means of one quantity at one speed.
struct usual_cell {
    float mean, sd, rho; // of 10 s means; rho: correlation of one with the next
    float minutes;       // that went in; 0: nothing known
};

struct usual {
    struct usual_cell cell[USUAL_GAITS][USUAL_SPEEDS][N_QUANTITIES];
};

// What is kept of a runner between starts. In the log it is the event that opens findings' memory.
struct runner_history {
    uint32_t sessions;      // folded into `before`
    int64_t updated_utc_ns; // UTC_UNKNOWN_NS when never
    struct usual before;    // of earlier sessions
    struct usual now;       // of the session below: its minutes 3 to 8 of steady running
    char session[37];       // which, "" for none
    int phase;              // enum session_phase, and its clocks, so that a restart goes on
    double elapsed_s, moved_s, ran_s, steady_s, still_s, since_drink_s;
    bool vest;
};

struct session_result {
    int phase;
    float elapsed_s; // since the session began, or since the start without one
    float still_s;   // without moving, until now
    float ran_s, steady_s;
    float speed_m_s; // NaN: not known
    bool has_baseline;
    // At the present gait and speed: this session's baseline, else the person's usual; cells with minutes 0 unknown.
    struct usual_cell baseline[N_QUANTITIES];
    struct {
        float value;      // EWMA of the 10 s means; NaN: unknown
        float change;     // against the baseline, in its unit
        float sigmas;     // the same in standard deviations of such a mean
        bool drifted;     // CUSUM over its limit for long enough
        int64_t since_ns; // when it set in, by the CUSUM; 0: has not
    } drift[N_QUANTITIES];
    uint32_t n_marks;   // set in it since this start
    int64_t mark_ns[8]; // the last ones, oldest first
    char mark[8][96];
};

#endif
