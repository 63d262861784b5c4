// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/attribute_text.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SCALE_TOLERANCE 0.03 // drivers round, and 2000 deg/s may be 1998
#define SEPARATORS      " \t\n,;[]"

// Numbers from text into out; how many, or -1 when something else is in it or there are more than max.
static int numbers(const char *text, double *out, int max)
{
    int n = 0;
    for (;;) {
        text += strspn(text, SEPARATORS);
        if (*text == '\0')
            return n;
        char *end;
        double value = strtod(text, &end);
        if (end == text || !isfinite(value) || n == max)
            return -1;
        out[n++] = value;
        text = end;
    }
}

double rate_nearest(const char *available, double wanted_hz)
{
    double rate[64];
    int n = numbers(available, rate, 64);
    if (n <= 0)
        return NAN;
    if (strchr(available, '[') && n == 3) {
        double lowest = rate[0], step = rate[1], highest = rate[2];
        double steps = step > 0 ? round((wanted_hz - lowest) / step) : 0;
        return fmin(highest, fmax(lowest, lowest + steps * step));
    }
    double best = rate[0];
    for (int i = 1; i < n; i++)
        if (fabs(rate[i] - wanted_hz) < fabs(best - wanted_hz))
            best = rate[i];
    return best;
}

double rate_at_least(const char *available, double wanted_hz)
{
    double rate[64], best = NAN, highest = NAN;
    int n = numbers(available, rate, 64);
    if (strchr(available, '[') && n == 3) {
        double steps = rate[1] > 0 ? ceil((wanted_hz - rate[0]) / rate[1] - 1e-6) : 0;
        return fmin(rate[2], fmax(rate[0], rate[0] + steps * rate[1]));
    }
    for (int i = 0; i < n; i++) {
        highest = fmax(highest, rate[i]); // fmax passes over NaN
        if (rate[i] > wanted_hz * (1 - 1e-3))
            best = fmin(best, rate[i]);
    }
    return isnan(best) ? highest : best;
}

double scale_at_least(const char *available, double wanted, char as_written[32])
{
    double chosen = NAN;
    bool holds = false;
    while (*(available += strspn(available, SEPARATORS)) != '\0') {
        size_t length = strcspn(available, SEPARATORS);
        char *end;
        double scale = strtod(available, &end);
        bool fits = scale >= wanted * (1 - SCALE_TOLERANCE);
        if (end != available + length || !isfinite(scale) || scale <= 0 || length >= 32)
            return NAN;
        if (isnan(chosen) || (fits && !holds) || (fits ? scale < chosen : !holds && scale > chosen)) {
            chosen = scale;
            holds = fits;
            memcpy(as_written, available, length);
            as_written[length] = '\0';
        }
        available += length;
    }
    return chosen;
}

int mount_parse(const char *text, double mount[9])
{
    return numbers(text, mount, 9) == 9 ? 0 : -EINVAL;
}

const char *mount_fault(const double mount[9])
{
    double largest = 0;
    for (int i = 0; i < 9; i++) {
        if (!isfinite(mount[i]))
            return "holds something that is no number";
        largest = fmax(largest, fabs(mount[i]));
    }
    if (largest <= 0)
        return "is all zero";
    for (int a = 0; a < 3; a++) {
        for (int b = a; b < 3; b++) {
            double dot = 0;
            for (int k = 0; k < 3; k++)
                dot += mount[3 * a + k] * mount[3 * b + k];
            if (fabs(dot - (a == b ? 1.0 : 0.0)) > 0.02)
                return "is not orthonormal";
        }
    }
    double determinant = mount[0] * (mount[4] * mount[8] - mount[5] * mount[7]) -
                         mount[1] * (mount[3] * mount[8] - mount[5] * mount[6]) +
                         mount[2] * (mount[3] * mount[7] - mount[4] * mount[6]);
    return determinant < 0 ? "mirrors the axes" : NULL;
}
