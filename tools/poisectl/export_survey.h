// SPDX-License-Identifier: GPL-3.0-or-later
// What an export has to know of a recording before it writes the first line: its streams with their times, whose it is
// and with which settings it began.
#ifndef POISE_POISECTL_EXPORT_SURVEY_H
#define POISE_POISECTL_EXPORT_SURVEY_H

#include "config.h"
#include "frames/log_event.h"

#include <stdbool.h>
#include <stdint.h>

#define EXPORT_SOURCES_MAX 128 // a source described anew is another one

struct export_source {
    char name[48]; // "c7"; a half "c7_acc", "c7_gyro"; another description of the same part of a site "c7_2"
    uint16_t slot;
    struct source_desc desc;
    uint64_t n_samples;
    int64_t first_ns, last_ns;
    int64_t newest_ns;     // the sample before, while surveying
    int64_t delivering_ns; // time between samples, gaps left out
    uint64_t n_intervals, n_gaps;
};

struct export_survey {
    struct export_source sources[EXPORT_SOURCES_MAX];
    int n_sources;
    int now[MAX_SOURCES]; // of each slot the index in sources, -1: none yet
    bool has_time;
    int64_t first_ns, last_ns; // of samples
    int64_t first_line_ns;     // what lines before the first stamp are stamped with
    int64_t utc_minus_mono_ns; // at the first tick that tells, else UTC_UNKNOWN_NS
    struct config config;      // the first settings
    char *settings;            // their text
    char digest[41];           // SHA-1 of it, as in `meta`; "" without settings
    char config_warning[SETTINGS_ERROR];
    bool foreign;       // no Poise log: settings are those that were assumed
    char warning[1024]; // of the reader
};

// Before each reading of the file.
void export_survey_rewind(struct export_survey *survey);
// One event of the first reading. 0 or negative errno.
__attribute__((warn_unused_result)) int export_survey_take(struct export_survey *survey, const struct log_event *event);
// A LOG_SOURCE in any reading: from now on samples of its slot are those of the source returned. -ENOSPC: too many.
int export_survey_source(struct export_survey *survey, const struct log_event *event);
void export_survey_finish(struct export_survey *survey); // frees what it holds

// The configuration that a LOG_SETTINGS text says, over the defaults. False with a sentence: it cannot be read, config
// is that of before.
bool export_config(const char *text, struct config *config, char error[SETTINGS_ERROR]);

double export_source_rate_hz(const struct export_source *source); // mean outside gaps, NaN below two samples
static inline bool export_source_has(const struct export_source *source, int channel)
{
    return (source->desc.channel_mask >> channel & 1U) != 0;
}
// SI value of a channel of a sample.
static inline double export_si(const struct source_desc *desc, const double value[N_CHANNELS], int channel)
{
    return (value[channel] + desc->offset[channel]) * desc->scale[channel];
}

#endif
