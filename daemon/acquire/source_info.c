// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/source_iio.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void source_note(struct source_info *info, const char *format, ...)
{
    size_t used = strlen(info->note);
    if (used > 0 && used + 2 < sizeof info->note) {
        memcpy(info->note + used, "; ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(info->note + used, sizeof info->note - used, format, args);
    va_end(args);
}

void source_facts(const struct source_info *info, char facts[FACTS_MAX])
{
    char accel[24] = "", gyro[24] = "", trigger[96] = "", buffer[32] = "";
    if (isfinite(info->accel_range_g))
        snprintf(accel, sizeof accel, ", %.3g g", info->accel_range_g);
    if (isfinite(info->gyro_range_deg_s))
        snprintf(gyro, sizeof gyro, ", %.4g deg/s", info->gyro_range_deg_s);
    if (info->trigger.name[0] != '\0')
        snprintf(trigger, sizeof trigger, ", %strigger %s", info->trigger.made ? "made " : "", info->trigger.name);
    if (info->buffer_length >= 0)
        snprintf(buffer, sizeof buffer, ", buffer of %d", info->buffer_length);
    snprintf(facts, FACTS_MAX, "%s%s%s%s", accel, gyro, trigger, buffer);
}
