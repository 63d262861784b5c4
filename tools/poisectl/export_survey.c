// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_survey.h"

#include <czmq.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void export_survey_rewind(struct export_survey *survey)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        survey->now[i] = -1;
}

static bool same_description(const struct source_desc *a, const struct source_desc *b)
{
    return a->site == b->site && a->channel_mask == b->channel_mask && a->format == b->format && a->bits == b->bits &&
           memcmp(&a->rate_hz, &b->rate_hz, sizeof a->rate_hz) == 0 &&
           memcmp(a->scale, b->scale, sizeof a->scale) == 0 && memcmp(a->offset, b->offset, sizeof a->offset) == 0 &&
           memcmp(a->mount, b->mount, sizeof a->mount) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->chip, b->chip) == 0;
}

static void name_source(const struct export_survey *survey, struct export_source *source)
{
    unsigned mask = source->desc.channel_mask;
    const char *half = (mask & CHANNELS_GYRO) == 0 ? "_acc" : (mask & CHANNELS_ACC) == 0 ? "_gyro" : "";
    char base[32];
    snprintf(base, sizeof base, "%s%s", site_names[source->desc.site], half);
    int number = 1;
    for (int i = 0; i < survey->n_sources; i++) {
        const char *other = survey->sources[i].name;
        size_t n = strlen(base);
        if (strncmp(other, base, n) == 0 &&
            (other[n] == '\0' || (other[n] == '_' && isdigit((unsigned char)other[n + 1]))))
            number++;
    }
    if (number == 1)
        snprintf(source->name, sizeof source->name, "%s", base);
    else
        snprintf(source->name, sizeof source->name, "%s_%d", base, number);
}

int export_survey_source(struct export_survey *survey, const struct log_event *event)
{
    if (event->source >= MAX_SOURCES || event->desc->site >= N_SITES)
        return -EBADMSG;
    for (int i = 0; i < survey->n_sources; i++)
        if (survey->sources[i].slot == event->source && same_description(&survey->sources[i].desc, event->desc))
            return survey->now[event->source] = i;
    if (survey->n_sources == EXPORT_SOURCES_MAX)
        return -ENOSPC;
    struct export_source *source = &survey->sources[survey->n_sources];
    *source = (struct export_source){.slot = event->source, .desc = *event->desc};
    name_source(survey, source);
    return survey->now[event->source] = survey->n_sources++;
}

bool export_config(const char *text, struct config *config, char error[SETTINGS_ERROR])
{
    struct config *fresh = malloc(sizeof *fresh);
    if (!fresh)
        return false;
    config_defaults(fresh);
    bool good = settings_load_text(&config_schema, fresh, "the recording's settings", text, error) == 0 &&
                config_check(fresh, error) == 0;
    if (good) {
        *config = *fresh;
        error[0] = '\0'; // loading leaves its notes there
    }
    free(fresh);
    return good;
}

static int take_settings(struct export_survey *survey, const char *text)
{
    if (survey->settings)
        return 0;
    survey->settings = strdup(text);
    if (!survey->settings)
        return -ENOMEM;
    zdigest_t *sha = zdigest_new();
    zdigest_update(sha, (const byte *)text, strlen(text));
    snprintf(survey->digest, sizeof survey->digest, "%s", zdigest_string(sha));
    zdigest_destroy(&sha);
    config_defaults(&survey->config);
    export_config(text, &survey->config, survey->config_warning);
    return 0;
}

static void take_stamp(struct export_survey *survey, int64_t stamp_ns)
{
    if (survey->first_line_ns == INT64_MIN)
        survey->first_line_ns = stamp_ns;
}

// A gap: nothing for 100 ms, or five samples of a slow device.
static void take_interval(struct export_source *source, int64_t t)
{
    int64_t interval_ns = t - source->newest_ns, limit_ns = INT64_C(100000000);
    if (source->desc.rate_hz > 0 && 5e9 / source->desc.rate_hz > (double)limit_ns)
        limit_ns = (int64_t)(5e9 / source->desc.rate_hz);
    if (interval_ns > limit_ns) {
        source->n_gaps++;
    } else if (interval_ns > 0) {
        source->delivering_ns += interval_ns;
        source->n_intervals++;
    }
}

static void take_block(struct export_survey *survey, const struct raw_block *block)
{
    take_stamp(survey, block->stamp_ns[0]);
    struct export_source *source = &survey->sources[survey->now[block->source]];
    for (int i = 0; i < block->n; i++) {
        int64_t t = block->stamp_ns[i];
        if (source->n_samples > 0)
            take_interval(source, t);
        source->newest_ns = t;
        if (source->n_samples == 0 || t < source->first_ns)
            source->first_ns = t;
        if (source->n_samples == 0 || t > source->last_ns)
            source->last_ns = t;
        if (!survey->has_time || t < survey->first_ns)
            survey->first_ns = t;
        if (!survey->has_time || t > survey->last_ns)
            survey->last_ns = t;
        survey->has_time = true;
        source->n_samples++;
    }
}

int export_survey_take(struct export_survey *survey, const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SETTINGS:
        return take_settings(survey, event->settings);
    case LOG_BLOCK:
        take_block(survey, event->block);
        return 0;
    case LOG_TICK:
        take_stamp(survey, event->tick.mono_ns);
        if (survey->utc_minus_mono_ns == UTC_UNKNOWN_NS && event->tick.utc_ns != UTC_UNKNOWN_NS)
            survey->utc_minus_mono_ns = event->tick.utc_ns - event->tick.mono_ns;
        return 0;
    case LOG_SOURCE: // export_survey_source has it
    case LOG_DEVICE:
    case LOG_COMMAND:
    case LOG_CALIBRATION:
    case LOG_HISTORY:
        return 0;
    }
    return 0;
}

void export_survey_finish(struct export_survey *survey)
{
    free(survey->settings);
    survey->settings = NULL;
}

double export_source_rate_hz(const struct export_source *source)
{
    return source->delivering_ns > 0 ? (double)source->n_intervals * 1e9 / (double)source->delivering_ns : (double)NAN;
}
