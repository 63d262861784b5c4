// SPDX-License-Identifier: GPL-3.0-or-later
// Guided assessments: the articles' exercises as programs of parts, what a part asks for, and what was measured while
// it was done. Room exercise counts, times and measures; publish writes it (streams `assessment` and `repetition`);
// main keeps it with the subject; poisectl leads the person through it.
#ifndef POISE_FRAMES_EXERCISE_H
#define POISE_FRAMES_EXERCISE_H

#include "frames/site.h"

#include <stdbool.h>
#include <stdint.h>

enum exercise {
    EXERCISE_THORACIC_ROTATION, // seated
    EXERCISE_LYING_ROTATION,
    EXERCISE_THORACIC_EXTENSION,
    EXERCISE_SCAPULAR_SQUEEZE,
    EXERCISE_POSTURE,
    EXERCISE_ARM_SWING,
    EXERCISE_BREATHING,
    EXERCISE_WARM_UP,
    N_EXERCISES
};

// A part ends when its repetitions are done, else by its time. A still part waits for the body to be quiet and takes
// the rest position that the next parts are measured against.
enum part_kind {
    PART_STILL,
    PART_REPETITIONS, // out and back, each with a hold of hold_s when that is not 0
    PART_STANCE,      // stand still for duration_s
    PART_TIMED,       // keep going for duration_s; cycles are counted
};

#define EXERCISE_PARTS 6

struct exercise_part {
    const char *name; // as published, "turn"
    const char *says; // what to do, one or two sentences to the person
    enum part_kind kind;
    bool sided;        // count is asked for of each side
    int count;         // repetitions asked for; 0: as many as come
    double hold_s;     // 0: no hold is asked for
    double duration_s; // PART_STANCE, PART_TIMED
};

struct exercise_info {
    const char *name;  // as published: "thoracic_rotation"
    const char *title; // for people
    uint32_t needs;    // SITE_BIT: all of these …
    uint32_t any;      // … and one of these, 0: none
    const char *why;   // what it is good for, one sentence, no diagnosis
    int n_parts;
    struct exercise_part part[EXERCISE_PARTS];
};
extern const struct exercise_info exercises[N_EXERCISES];

enum exercise_action { ASSESS_START, ASSESS_NEXT, ASSESS_STOP, N_EXERCISE_ACTIONS };
#define EXERCISE_ACTION_NAMES                                                                                          \
    {                                                                                                                  \
        "start", "next", "stop", NULL                                                                                  \
    }

// stopped: by a command, by the start of another or because nothing happened for assess.give_up_s; what was done by
// then stays. failed: it never began, the hint says why.
enum exercise_outcome { ASSESS_NONE = -1, ASSESS_RUNNING, ASSESS_DONE, ASSESS_STOPPED, ASSESS_FAILED };
#define EXERCISE_OUTCOME_NAMES                                                                                         \
    {                                                                                                                  \
        "running", "done", "stopped", "failed", NULL                                                                   \
    }

// What the person is to do this moment.
enum exercise_cue { CUE_NONE = -1, CUE_BE_STILL, CUE_MOVE, CUE_HOLD, CUE_BACK, CUE_KEEP_GOING };
#define EXERCISE_CUE_NAMES                                                                                             \
    {                                                                                                                  \
        "be_still", "move", "hold", "back", "keep_going", NULL                                                         \
    }

enum exercise_side { SIDE_NONE = -1, SIDE_LEFT, SIDE_RIGHT };
#define EXERCISE_SIDE_NAMES                                                                                            \
    {                                                                                                                  \
        "left", "right", NULL                                                                                          \
    }

#define EXERCISE_ROWS   8
#define EXERCISE_VALUES 14

struct exercise_value {
    const char *key; // with its unit, static
    float value;     // NaN: not known
};

// What one part measured of one side so far.
struct exercise_row {
    int part;         // index in the exercise's parts
    int side;         // enum exercise_side; SIDE_NONE: the part has no sides
    int count;        // repetitions done
    int held;         // of these, the ones held as long as asked; count when no hold is asked for
    float range_deg;  // mean over the repetitions of how far from rest (cycles: peak to peak); NaN: none
    float best_deg;   // the largest of them
    float hold_s;     // mean time held; NaN: none is measured
    float smoothness; // mean spectral arc length of the movement out (<= 0, nearer 0 is smoother); NaN: unknown
    int n_values;     // what this exercise tells besides
    struct exercise_value value[EXERCISE_VALUES];
};

struct exercise_result {
    int exercise;         // enum exercise, of the last command; -1 before one
    int outcome;          // enum exercise_outcome
    uint32_t commands;    // assess commands taken so far: tells an outcome from that of the command before
    int64_t begun_ns;     // on the grid; 0: never
    int64_t begun_utc_ns; // UTC_UNKNOWN_NS when the log does not tell
    int part;             // index; -1 when none runs
    int cue;              // enum exercise_cue
    int count[2];         // in this part, left and right; without sides in [0]
    float angle_deg;      // from rest, now; left, up, out positive; NaN: unknown
    float held_s;         // of the hold that runs, 0 without one
    float remaining_s;    // of a part that ends by its time, or of a still one; NaN: ends by its count
    char hint[96];        // a sentence: what is in the way or goes wrong; "" for nothing
    int n_rows;
    struct exercise_row row[EXERCISE_ROWS];
};

struct repetition_result { // t_ns is the instant at which its movement began
    int exercise, part, side;
    int number;       // in this part and side, from 1
    float range_deg;  // how far from rest
    float hold_s;     // from the end of the movement out to the start of the one back; NaN: none is measured
    float move_s;     // the movement out
    float smoothness; // as in the row
};

#endif
