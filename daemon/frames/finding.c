// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/finding.h"

#include <stddef.h>

const char *const cause_names[N_CAUSES + 1] = {
    [CAUSE_MUSCLE_IMBALANCE] = "muscle_imbalance",
    [CAUSE_POOR_POSTURE] = "poor_posture",
    [CAUSE_INADEQUATE_WARM_UP] = "inadequate_warm_up",
    [CAUSE_DEHYDRATION] = "dehydration",
    [CAUSE_BREATHING_MECHANICS] = "breathing_mechanics",
    [CAUSE_OVERSTRIDING] = "overstriding",
    [CAUSE_SPINAL_ALIGNMENT] = "spinal_alignment",
    [CAUSE_EQUIPMENT_FIT] = "equipment_fit",
    [CAUSE_ARM_SWING] = "arm_swing",
    [CAUSE_FATIGUE] = "fatigue",
    [CAUSE_MOVEMENT_BREAK] = "movement_break",
    [N_CAUSES] = NULL,
};

const char finding_disclaimer[] = "These are measurements of movement, not a diagnosis. See a doctor or a "
                                  "physiotherapist when pain stays, gets worse, "
                                  "or comes with numbness or weakness.";

const struct factor_info factors[N_FACTORS] = {
    [FACTOR_LEFT_RIGHT_ASYMMETRY] = {"left_right_asymmetry", CAUSE_MUSCLE_IMBALANCE,
                                     "needs a sensor at the trunk that tells left from right steps",
                                     "One side steps, stands or swings differently from the other.",
                                     "Strengthen the weaker side: one-legged bridges, side planks, rows with one arm, "
                                     "two or three times a week. Run "
                                     "on a flat road and change the side of a sloped one."},
    [FACTOR_SLOUCHING] =
        {"slouching", CAUSE_POOR_POSTURE, "needs calibrated sensors at c7 and t12",
         "The upper back is rounder than in your upright stand, and stays so.",
         "Grow tall through the crown of the head, let the breastbone rise and squeeze the shoulder blades down and "
         "together for a breath. Stretch the chest in a doorway after the run."},
    [FACTOR_FORWARD_HEAD] =
        {"forward_head", CAUSE_POOR_POSTURE, "needs calibrated sensors at the head, c7 and t12",
         "The head is held in front of the chest.",
         "Look at the horizon, not at your feet, and draw the chin back as if to make a double chin. Ten slow "
         "repetitions, twice a day."},
    [FACTOR_ROUNDED_SHOULDERS] = {"rounded_shoulders", CAUSE_POOR_POSTURE,
                                  "needs calibrated sensors at c7 and both shoulders",
                                  "The shoulders are turned forward.",
                                  "Open the chest: stretch it in a doorway for 30 s a side, then squeeze the shoulder "
                                  "blades together ten times. "
                                  "Run with the thumbs a little outward."},
    [FACTOR_SWAYBACK] = {"swayback", CAUSE_POOR_POSTURE, "needs calibrated sensors at c7, t12 and the sacrum",
                         "The lower back is hollow, the upper back round, and the trunk leans back behind the hips.",
                         "Bring the ribs over the pelvis and lean forward a little from the ankles. Planks and bridges "
                         "help to hold it."},
    [FACTOR_UNEVEN_SHOULDERS] =
        {"uneven_shoulders", CAUSE_POOR_POSTURE, "needs calibrated sensors at c7 and both shoulders",
         "One shoulder is held higher than the other.",
         "Shake both arms out, lift both shoulders to the ears and let them drop together. Carry nothing in one hand."},
    [FACTOR_RAISED_SHOULDERS] =
        {"raised_shoulders", CAUSE_POOR_POSTURE, "needs calibrated sensors at c7 and both shoulders",
         "Both shoulders are drawn up towards the ears.",
         "Breathe out and let the shoulders fall; shake the arms out for a few steps. Keep the hands loose, as if they "
         "held a crisp that must not break."},
    [FACTOR_COLD_START] = {"cold_start", CAUSE_INADEQUATE_WARM_UP, "needs a sensor at the trunk, and a run",
                           "The run began before the body was warm.",
                           "Walk or jog easily for 5 to 10 minutes first, with arm circles and turns of the trunk. "
                           "Slow down now until you "
                           "have moved for ten minutes."},
    [FACTOR_HYDRATION_DUE] =
        {"hydration_due", CAUSE_DEHYDRATION, "needs a sensor at the trunk that tells running",
         "You have run for long since your last drink. This is a timer: no sensor measures water.",
         "Drink a few mouthfuls of water and mark it: poisectl mark drink. Drink before a long run, too."},
    [FACTOR_SHALLOW_BREATHING] =
        {"shallow_breathing", CAUSE_BREATHING_MECHANICS, "needs sensors at the sternum and the abdomen, and your usual",
         "The breath is quick and much shallower than your own at this speed.",
         "Breathe into the belly: in through the nose while it widens, and out slowly and all the way. Slow down until "
         "that works for ten breaths."},
    [FACTOR_ACCESSORY_BREATHING] =
        {"accessory_breathing", CAUSE_BREATHING_MECHANICS,
         "needs sensors at the sternum and the abdomen, or at c7, a shoulder and the sternum",
         "Neck and shoulders lift the chest with every breath; the diaphragm does too little.",
         "Practise lying down, a hand on the belly: it rises, chest and shoulders stay where they are. Five minutes a "
         "day, then while walking, then running."},
    [FACTOR_THORACIC_IMMOBILITY] = {"thoracic_immobility", CAUSE_BREATHING_MECHANICS,
                                    "needs sensors with a gyro at c7 and the sacrum", "The upper back hardly turns.",
                                    "Loosen the upper back: turn the trunk to each side on all fours, one hand behind "
                                    "the head, and bend back over a "
                                    "rolled towel, ten times each."},
    [FACTOR_BREATH_HOLDING] = {"breath_holding", CAUSE_BREATHING_MECHANICS,
                               "needs a sensor at the sternum or the abdomen",
                               "The breath was held for several seconds.",
                               "Breathe out when it gets hard. A rhythm helps: in for three steps, out for two."},
    [FACTOR_IRREGULAR_BREATHING] =
        {"irregular_breathing", CAUSE_BREATHING_MECHANICS, "needs a sensor at the sternum or the abdomen",
         "The breaths are of very different length.",
         "Find a rhythm with the steps, in for three and out for two, and a speed at which you could still talk."},
    [FACTOR_LOW_CADENCE] = {"low_cadence", CAUSE_OVERSTRIDING,
                            "needs a sensor at the trunk, and your usual at this speed",
                            "You take fewer steps per minute than you usually do at this speed.",
                            "Take shorter and quicker steps, 5 to 10 % more per minute; a metronome or music helps."},
    [FACTOR_LONG_STEP] = {"long_step", CAUSE_OVERSTRIDING,
                          "needs a sensor at the trunk, the belt's speed and the leg's length",
                          "The steps are long for this speed, and the foot lands far in front of the body.",
                          "Let the foot land under the hips: shorter steps and 5 to 10 % more of them."},
    [FACTOR_HIGH_BOUNCE] =
        {"high_bounce", CAUSE_OVERSTRIDING, "needs a sensor at the trunk and the belt's speed",
         "Much of every step goes upward.",
         "Push forward, not up: quicker and shorter steps, a slight lean from the ankles, the head level."},
    [FACTOR_HIGH_IMPACT] =
        {"high_impact", CAUSE_OVERSTRIDING, "needs a sensor at the trunk, and your usual at this speed",
         "The landing jolts the trunk more than it usually does at this speed.",
         "Land softly and quietly, with bent knees and quicker steps. Look at the wear of your shoes."},
    [FACTOR_LATERAL_CURVATURE] =
        {"lateral_curvature", CAUSE_SPINAL_ALIGNMENT, "needs calibrated sensors at c7 and the sacrum",
         "The back is bent to one side, and stays so. This is how you hold it, not the shape of your spine.",
         "Check pack, belt and the slope of the road. Side planks and stretches of the shorter side help; when it is "
         "always there, let a physiotherapist look at it."},
    [FACTOR_HYPERKYPHOSIS] = {"hyperkyphosis", CAUSE_SPINAL_ALIGNMENT,
                              "needs calibrated sensors at c7 and t12, and a tall reference",
                              "The upper back is much rounder than in your own best posture.",
                              "Bend the upper back over a rolled towel and squeeze the shoulder blades, ten times a "
                              "day; strengthen the back "
                              "with rows."},
    [FACTOR_PELVIC_TILT] =
        {"pelvic_tilt", CAUSE_SPINAL_ALIGNMENT, "needs a calibrated sensor at the sacrum, and a tall reference",
         "The pelvis is tilted far from your own best posture.",
         "Tighten the belly lightly and bring the ribs over the pelvis. Stretch the front of the hips, strengthen the "
         "buttocks with bridges."},
    [FACTOR_PACK_BOUNCE] =
        {"pack_bounce", CAUSE_EQUIPMENT_FIT, "needs sensors at the pack and the trunk",
         "The pack jumps with every step.",
         "Tighten hip belt and chest strap until the pack moves with the trunk; put heavy things close to the back."},
    [FACTOR_PACK_UNEVEN] = {"pack_uneven", CAUSE_EQUIPMENT_FIT, "needs calibrated sensors at the pack and the trunk",
                            "The pack hangs to one side, or makes you lean.",
                            "Make both straps equally long and pack the load in the middle."},
    [FACTOR_VEST_TIGHT] =
        {"vest_tight", CAUSE_EQUIPMENT_FIT, "needs a sensor at the sternum and your usual without a vest",
         "With the vest on the chest moves much less than it does without.",
         "Loosen the straps across the chest until a deep breath is free; two fingers should fit below them."},
    [FACTOR_FOOT_ROLL] = {"foot_roll", CAUSE_EQUIPMENT_FIT, "needs a sensor with a gyro on a foot",
                          "A foot rolls far inward while it stands, or one more than the other.",
                          "Look at the wear of your shoes and try others in a running shop. Strengthen the foot: calf "
                          "raises, standing on "
                          "one leg."},
    [FACTOR_TOO_MUCH] = {"too_much", CAUSE_ARM_SWING, "needs a sensor with a gyro at a wrist", "The arms swing far.",
                         "Keep the elbows bent and close; the fist goes from the hip to the lower ribs and back."},
    [FACTOR_TOO_LITTLE] =
        {"too_little", CAUSE_ARM_SWING, "needs a sensor with a gyro at a wrist",
         "An arm hardly swings, so the trunk has to turn instead.",
         "Let the arms swing from the shoulders, parallel to the way you run, the fist passing near the hip."},
    [FACTOR_UNEVEN] =
        {"uneven", CAUSE_ARM_SWING, "needs sensors with a gyro at both wrists",
         "One arm swings much further than the other.",
         "Empty your hands and let both fists pass the hip at the same height. Carry bottle or phone on the body."},
    [FACTOR_CROSSING] = {"crossing", CAUSE_ARM_SWING, "needs calibrated sensors at the wrists",
                         "The hands swing across the body and turn the trunk.",
                         "Swing the arms parallel to the way you run; the hands stay on their own side."},
    [FACTOR_STIFF] = {"stiff", CAUSE_ARM_SWING, "needs sensors with a gyro at the wrists and at c7, t12 or the sternum",
                      "The arms turn with the trunk instead of against it.",
                      "Drop the shoulders, open the hands and let the elbows swing back freely."},
    [FACTOR_DRIFT] = {"drift", CAUSE_FATIGUE, "needs a baseline: minutes 3 to 8 of steady running at this speed",
                      "Your posture or stride has changed since the beginning of this run, as it does with fatigue.",
                      "Take it easier or walk for a minute, stand tall, shake the arms out. End the run when it does "
                      "not come back."},
    [FACTOR_SITTING_LONG] =
        {"sitting_long", CAUSE_MOVEMENT_BREAK, "needs a sensor at the trunk", "You have not moved for long.",
         "Get up and move for two minutes: walk, turn the trunk, stretch the chest. Every 30 to 60 minutes."},
};

const struct quantity_info quantities[N_QUANTITIES] = {
    [QUANTITY_CADENCE] = {"cadence_spm", 1},
    [QUANTITY_TRUNK_LEAN] = {"trunk_lean_deg", 2},
    [QUANTITY_THORACIC_FLEXION] = {"thoracic_flexion_deg", 2},
    [QUANTITY_TRUNK_ROTATION] = {"trunk_rotation_range_deg", 2},
    [QUANTITY_STEP_LENGTH] = {"step_length_m", 3},
    [QUANTITY_CONTACT] = {"contact_ms", 1},
    [QUANTITY_STEP_CV] = {"step_time_cv_pct", 2},
    [QUANTITY_BOUNCE] = {"vertical_oscillation_mm", 1},
    [QUANTITY_VERTICAL_RATIO] = {"vertical_ratio_pct", 2},
    [QUANTITY_IMPACT] = {"impact_g", 3},
    [QUANTITY_BRAKING] = {"braking_g", 3},
    [QUANTITY_ARM_SWING] = {"arm_swing_deg", 1},
    [QUANTITY_BREATHING_RATE] = {"rate_bpm", 2},
    [QUANTITY_BREATH_DEPTH] = {"depth_deg", 2},
    [QUANTITY_CHEST_FREE] = {"chest_deg", 2},
    [QUANTITY_CHEST_SHARE] = {"chest_share", 3},
};
