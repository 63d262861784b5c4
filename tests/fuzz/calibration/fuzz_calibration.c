// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a calibration's file: an error with a sentence, or a calibration that is written and read back the same.
#include "check.h"
#include "core/name.h"
#include "record/calibration_file.h"
#include "record/calibration_text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What segment relies on.
static void check_limits(const struct calibration *c)
{
    check(c->sites != 0 && c->sites < SITE_BIT(N_SITES) && (c->tall & ~c->sites) == 0);
    for (int s = 0; s < N_SITES; s++) {
        const struct site_fit *fit = &c->site[s];
        const double *q = fit->q_sensor_from_segment;
        if (!(c->sites & SITE_BIT(s)))
            continue;
        check(fabs(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3] - 1) < 1e-5);
        for (int i = 0; i < 9; i++)
            check(fabs(fit->mount[i]) < 1.1);
        check(fit->axis >= 0 && fit->axis < N_CALIBRATION_AXES);
        check(isfinite(fit->tilt_deg) && isfinite(fit->sway_deg) && isfinite(fit->axis_turn_deg));
        check(!isinf(fit->axis_share) && isfinite(fit->tall_pitch_deg) == isfinite(fit->tall_roll_deg));
        check(isfinite(fit->tall_pitch_deg) == ((c->tall & SITE_BIT(s)) != 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calibration first, second;
    struct calibration_owner owner, again;
    char error[512] = "";
    if (calibration_file_parse(&first, &owner, (const char *)data, size, error, sizeof error) != 0) {
        check(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL);
        return 0;
    }
    check(name_is_plain(owner.subject) && name_is_plain(owner.rig));
    check_limits(&first);
    char *text = calibration_file_format(&first, &owner);
    check(text != NULL);
    check(calibration_file_parse(&second, &again, text, strlen(text), error, sizeof error) == 0);
    check(strcmp(owner.subject, again.subject) == 0 && strcmp(owner.rig, again.rig) == 0);
    check(calibration_is_part(&first, &second) && calibration_is_part(&second, &first));
    free(text);
    return 0;
}
