// SPDX-License-Identifier: GPL-3.0-or-later
// The places on the body where an IMU can be worn. Any subset works. The numbers are internal; names are the contract.
#ifndef POISE_FRAMES_SITE_H
#define POISE_FRAMES_SITE_H

#include <stddef.h>

enum site {
    SITE_HEAD,
    SITE_C7,
    SITE_T12,
    SITE_SACRUM,
    SITE_STERNUM,
    SITE_ABDOMEN,
    SITE_SHOULDER_LEFT,
    SITE_SHOULDER_RIGHT,
    SITE_WRIST_LEFT,
    SITE_WRIST_RIGHT,
    SITE_FOOT_LEFT,
    SITE_FOOT_RIGHT,
    SITE_PACK,
    N_SITES
};

#define SITE_BIT(site) (1U << (unsigned)(site))

extern const char *const site_names[N_SITES + 1]; // NULL-terminated

// The site called name, or -1.
int site_from_name(const char *name);

#endif
