// SPDX-License-Identifier: GPL-3.0-or-later
// Published metrics in a recording: the XDF stream `poise.metrics`, one string channel, each sample one JSON object as
// published. An object becomes a row: nested keys are joined with dots ("mean.trunk_lean_deg", "sites.c7.rate_hz"),
// numbers of a list get their position ("sites.c7.0"), a list of words one cell with blanks between them. The columns
// of a stream are all the keys that any of its objects has, so the file is read once for them and once for the rows.
#ifndef POISE_POISECTL_EXPORT_METRICS_H
#define POISE_POISECTL_EXPORT_METRICS_H

#include "export_progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_STREAMS_MAX 48
#define METRIC_COLUMNS_MAX 1024

struct metric_column {
    char *key;
    bool text; // some value is no number: all are texts
};

struct metric_stream {
    char name[48];
    struct metric_column *columns; // [n_columns]
    int n_columns, capacity;
    uint64_t n_rows;
};

struct metric_survey {
    struct metric_stream streams[METRIC_STREAMS_MAX];
    int n_streams;
    unsigned long long n_unreadable; // samples that are no object with a stream's name
    unsigned long long n_left_out;   // values of keys or streams beyond the maximum
};

struct metric_cell {
    bool known;       // false: null or absent
    double number;    // of a column that is no text; true is 1
    const char *text; // of a text column; until the next row
    char *owned;
};

// -EBADMSG: not XDF; negative errno.
__attribute__((warn_unused_result)) int metrics_survey(struct metric_survey *survey, const char *path,
                                                       struct export_progress *progress);
// Every row again, in order: cells [n_columns of streams[stream]]. Ends with what take returns unless that is 0.
__attribute__((warn_unused_result)) int
metrics_walk(struct metric_survey *survey, const char *path, struct export_progress *progress,
             int (*take)(void *context, int stream, const struct metric_cell *cells), void *context);
void metrics_finish(struct metric_survey *survey);

#endif
