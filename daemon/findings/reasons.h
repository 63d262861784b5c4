// SPDX-License-Identifier: GPL-3.0-or-later
// Why a factor cannot be told just now, for people. What it always needs is in `factors`. Internal to the room.
#ifndef POISE_FINDINGS_REASONS_H
#define POISE_FINDINGS_REASONS_H

#define WHY_NOT_CALIBRATED "not calibrated: stand upright and quiet for 3 s"
#define WHY_SLIPPED        "a sensor that it needs has slipped: calibrate again"
#define WHY_NOT_UPRIGHT    "told only while the trunk is upright"
#define WHY_SITTING        "standing still with a round lower back may be sitting"
#define WHY_NOT_RUNNING    "told only while running"
#define WHY_NOT_MOVING     "told only while walking or running"
#define WHY_FEW_STEPS      "fewer than 20 even steps so far"
#define WHY_FEW_SIDES      "fewer than 40 steps whose side is known so far"
#define WHY_NO_TALL        "no tall reference: poisectl calibrate --tall"
#define WHY_NO_USUAL       "the runner's usual at this speed is not known yet"
#define WHY_NO_BREATH      "no breathing that can be told from noise"
#define WHY_BREATH_HIDDEN  "the breath may be hidden in the steps"
#define WHY_FEW_BREATHS    "too few breaths since the activity changed"
#define WHY_OTHER_RATE     "breathing faster or slower than in the runner's usual"
#define WHY_NO_VEST        "no vest worn: mark \"vest on\", or equipment.vest"
#define WHY_NO_RUN         "no run yet"
#define WHY_RAN_BEFORE     "the first run was before this start"
#define WHY_NO_BASELINE    "no baseline yet: minutes 3 to 8 of steady running make it"
#define WHY_NO_CADENCE     "no cadence: moving or standing is not known"

#endif
