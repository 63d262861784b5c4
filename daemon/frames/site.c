// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/site.h"

#include <string.h>

const char *const site_names[N_SITES + 1] = {
    [SITE_HEAD] = "head",
    [SITE_C7] = "c7",
    [SITE_T12] = "t12",
    [SITE_SACRUM] = "sacrum",
    [SITE_STERNUM] = "sternum",
    [SITE_ABDOMEN] = "abdomen",
    [SITE_SHOULDER_LEFT] = "shoulder_left",
    [SITE_SHOULDER_RIGHT] = "shoulder_right",
    [SITE_WRIST_LEFT] = "wrist_left",
    [SITE_WRIST_RIGHT] = "wrist_right",
    [SITE_FOOT_LEFT] = "foot_left",
    [SITE_FOOT_RIGHT] = "foot_right",
    [SITE_PACK] = "pack",
};

int site_from_name(const char *name)
{
    for (int i = 0; i < N_SITES; i++)
        if (strcmp(site_names[i], name) == 0)
            return i;
    return -1;
}
