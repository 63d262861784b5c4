// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/finding.h"

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
};

const char finding_disclaimer[] =
    "These are measurements of movement, not a diagnosis. See a professional when pain stays or gets worse.";

const struct factor_info factors[N_FACTORS] = {
    [FACTOR_LEFT_RIGHT_ASYMMETRY] = {"left_right_asymmetry", CAUSE_MUSCLE_IMBALANCE,
                                     "a trunk site; for the arms both wrists",
                                     "Left and right differ more than they usually do in runners.",
                                     "Train both sides of the back and the hips alike, the weaker one first; see "
                                     "whether shoes, camber of the road or "
                                     "a load on one side explain it."},
    [FACTOR_SLOUCHING] =
        {"slouching", CAUSE_POOR_POSTURE, "c7 and t12, calibrated",
         "The upper back is rounder than in the runner's own stand.",
         "Grow tall, lift the breastbone, look ahead; stretch the chest and squeeze the shoulder blades "
         "together, 3 times 15 to 30 s."},
    [FACTOR_FORWARD_HEAD] = {"forward_head", CAUSE_POOR_POSTURE, "head, c7 and t12, calibrated",
                             "The head is carried further forward than in the stand.",
                             "Draw the chin in, let the ears come over the shoulders, look 15 to 20 m ahead."},
    [FACTOR_ROUNDED_SHOULDERS] =
        {"rounded_shoulders", CAUSE_POOR_POSTURE, "both shoulders and c7, calibrated",
         "The shoulders are rolled forward.",
         "Open the chest: stretch it in a doorway, squeeze the shoulder blades together and down, "
         "3 times 15 to 30 s."},
    [FACTOR_SWAYBACK] =
        {"swayback", CAUSE_POOR_POSTURE, "c7, t12 and sacrum, calibrated",
         "The hips are pushed forward and the trunk hangs behind them.",
         "Tighten the belly and the seat, bring the ribs over the hips and lean from the ankles; train the "
         "core."},
    [FACTOR_UNEVEN_SHOULDERS] = {"uneven_shoulders", CAUSE_POOR_POSTURE, "both shoulders and c7, calibrated",
                                 "One shoulder is carried higher than the other.",
                                 "Let both arms hang and shake them out; carry nothing on one side only."},
    [FACTOR_RAISED_SHOULDERS] =
        {"raised_shoulders", CAUSE_POOR_POSTURE, "both shoulders and c7, calibrated", "The shoulders are pulled up.",
         "Let the shoulders drop with a long breath out; roll them back a few times, keep the hands "
         "loose."},
    [FACTOR_COLD_START] =
        {"cold_start", CAUSE_INADEQUATE_WARM_UP, "a trunk site",
         "The run began without enough easy movement before it.",
         "Warm up for 5 to 10 minutes: walk or jog easily, circle the arms, roll the shoulders, turn the "
         "trunk."},
    [FACTOR_HYDRATION_DUE] = {"hydration_due", CAUSE_DEHYDRATION, "a trunk site",
                              "A timer, not a measurement: so long has been run since the last drink that was marked.",
                              "Drink some water and mark it: poisectl mark drink."},
    [FACTOR_SHALLOW_BREATHING] =
        {"shallow_breathing", CAUSE_BREATHING_MECHANICS,
         "sternum and abdomen against the spine, and the runner's usual",
         "Breaths are smaller and quicker than this runner's usual.",
         "Breathe down into the belly: practise lying, a hand on the belly, in through the nose and "
         "long out."},
    [FACTOR_ACCESSORY_BREATHING] =
        {"accessory_breathing", CAUSE_BREATHING_MECHANICS, "sternum, abdomen, both shoulders and c7",
         "The shoulders or the upper chest do the work of breathing.",
         "Practise breathing with the diaphragm: the belly moves first, the shoulders stay where "
         "they are."},
    [FACTOR_THORACIC_IMMOBILITY] =
        {"thoracic_immobility", CAUSE_BREATHING_MECHANICS, "c7 and sacrum, with gyros",
         "The thorax turns little against the pelvis.",
         "Mobilise the upper back: seated turns 5 times 5 s a side, extension over a roller 10 "
         "times."},
    [FACTOR_BREATH_HOLDING] = {"breath_holding", CAUSE_BREATHING_MECHANICS, "sternum or abdomen against the spine",
                               "The breath was held.",
                               "Let it flow: breathe out through loosely closed lips, in the rhythm of the steps."},
    [FACTOR_IRREGULAR_BREATHING] =
        {"irregular_breathing", CAUSE_BREATHING_MECHANICS, "sternum or abdomen against the spine",
         "The breaths are of very unequal length.",
         "Find a rhythm with the steps, for example in for three and out for two; slow down until "
         "it holds."},
    [FACTOR_LOW_CADENCE] =
        {"low_cadence", CAUSE_OVERSTRIDING, "a trunk site, and the runner's usual at this speed",
         "Fewer steps per minute than this runner's usual at this speed.",
         "Take shorter, quicker steps: 5 to 10 % more of them at the same speed, with a metronome for a "
         "start."},
    [FACTOR_LONG_STEP] = {"long_step", CAUSE_OVERSTRIDING, "a trunk site, the belt's speed and the leg's length",
                          "The steps are long for this speed and leg, and land hard before the body.",
                          "Shorten the step and let the foot land under the knee; raise the cadence by 5 to 10 %."},
    [FACTOR_HIGH_BOUNCE] = {"high_bounce", CAUSE_OVERSTRIDING, "a trunk site and the belt's speed",
                            "Much goes up and down for the way gained.",
                            "Run forward rather than upward: quicker, shorter steps, eyes on one height."},
    [FACTOR_HIGH_IMPACT] = {"high_impact", CAUSE_OVERSTRIDING, "a trunk site, and the runner's usual at this speed",
                            "The landing is harder than this runner's usual at this speed.",
                            "Land softly and quietly with shorter steps; look at the shoes and the ground."},
    [FACTOR_LATERAL_CURVATURE] = {"lateral_curvature", CAUSE_SPINAL_ALIGNMENT, "c7 and sacrum, calibrated",
                                  "The trunk is bent to one side.",
                                  "Train both sides of the trunk with side planks; have it looked at when it stays."},
    [FACTOR_HYPERKYPHOSIS] =
        {"hyperkyphosis", CAUSE_SPINAL_ALIGNMENT, "c7 and t12, calibrated with a tall stand",
         "The upper back is rounder than the runner's own tall stand.",
         "Mobilise into extension over a roller and train the muscles between the shoulder blades."},
    [FACTOR_PELVIC_TILT] = {"pelvic_tilt", CAUSE_SPINAL_ALIGNMENT, "sacrum, calibrated with a tall stand",
                            "The pelvis is tilted against the runner's own tall stand.",
                            "Stretch the hip flexors and train belly and seat; tilt the pelvis to its middle."},
    [FACTOR_PACK_BOUNCE] = {"pack_bounce", CAUSE_EQUIPMENT_FIT, "pack, and t12, c7 or sternum",
                            "The pack jumps on the back.",
                            "Tighten chest and side straps, pack heavy things high and close to the back."},
    [FACTOR_PACK_UNEVEN] = {"pack_uneven", CAUSE_EQUIPMENT_FIT, "pack, and t12, c7 or sternum",
                            "The pack hangs to one side.", "Make both straps equally long and balance what is inside."},
    [FACTOR_VEST_TIGHT] = {"vest_tight", CAUSE_EQUIPMENT_FIT,
                           "sternum against the spine, the marks \"vest on\" or \"vest off\", and breathing without it",
                           "The chest moves less with the vest on.",
                           "Loosen the vest's straps until a deep breath is free; fill it evenly."},
    [FACTOR_FOOT_ROLL] = {"foot_roll", CAUSE_EQUIPMENT_FIT, "feet, with gyros",
                          "A foot rolls inward far, or much further than the other.",
                          "Have the shoes looked at, for wear and for support; train the feet."},
    [FACTOR_TOO_MUCH] = {"too_much", CAUSE_ARM_SWING, "a wrist, with a gyro", "The arms swing wide.",
                         "Keep the elbows bent and the swing compact, the fist near the hip."},
    [FACTOR_TOO_LITTLE] = {"too_little", CAUSE_ARM_SWING, "a wrist, with a gyro", "The arms hardly swing.",
                           "Let the arms swing loosely from the shoulder, the fist near the hip."},
    [FACTOR_UNEVEN] = {"uneven", CAUSE_ARM_SWING, "both wrists, with gyros", "One arm swings more than the other.",
                       "Carry nothing in one hand; let both arms swing alike."},
    [FACTOR_CROSSING] = {"crossing", CAUSE_ARM_SWING, "a wrist, with a gyro",
                         "The arms swing across the body and turn the trunk.",
                         "Swing the arms parallel, forward and back, the fist near the hip."},
    [FACTOR_STIFF] = {"stiff", CAUSE_ARM_SWING, "a wrist, and c7, t12 or sternum, with gyros",
                      "The arms only follow the trunk.", "Shake the arms out, drop the shoulders, loosen the hands."},
    [FACTOR_DRIFT] = {"drift", CAUSE_FATIGUE, "a trunk site and 5 minutes of steady running",
                      "The way of running has drifted away from this session's beginning.",
                      "Slow down or take a walking break; end the session when it does not come back."},
    [FACTOR_SITTING_LONG] = {"sitting_long", CAUSE_MOVEMENT_BREAK, "a trunk site", "A timer: so long without movement.",
                             "Stand up and move for a few minutes, every 30 to 60 min."},
};
