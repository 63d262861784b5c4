// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl export: a recording into files that other programs open. The recording is read at least twice: a survey
// finds its streams, times and columns, then one of three writers (export_csv.c, export_bids.c, export_hdf5.c) is given
// every event in order. Memory does not grow with the recording. What is written lies in a folder of its own
// (export_out.h) until all of it is whole.
#ifndef POISE_POISECTL_EXPORT_H
#define POISE_POISECTL_EXPORT_H

#include "cli.h"
#include "export_metrics.h"
#include "export_options.h"
#include "export_out.h"
#include "export_survey.h"

extern const struct cli_page page_export;
int poisectl_export(int argc, char **argv); // the exit code

struct export_job {
    const struct export_options *options;
    struct export_survey survey;
    struct metric_survey metrics;
    struct export_out *out;
    char label[256];    // of the recording in files: its name without folder
    char notes[512];    // sentences for the summary, "" for none
    char error[512];    // why an export cannot be, "" when the errno says enough
    int code;           // exit code of that, 0: EXPORT_FAILED
    int64_t t_ns;       // of the event given: what a log line is stamped with
    int64_t utc_offset; // UTC minus monotonic time now, UTC_UNKNOWN_NS until known
    unsigned long long n_samples, n_events, n_markers, n_metrics;
};

// A writer. Each call gives 0 or a negative errno; job->error may say more. begin sets *state, which end frees in any
// case: with whole true it completes the files first.
struct export_format {
    int (*begin)(struct export_job *job, void **state);
    int (*take)(struct export_job *job, void *state, const struct log_event *event);
    int (*metric)(struct export_job *job, void *state, int stream, const struct metric_cell *cells); // may be NULL
    int (*end)(struct export_job *job, void *state, bool whole);
};
extern const struct export_format export_csv, export_bids, export_hdf5;

// Appends a sentence for the operator; what does not fit is left out.
void export_note(struct export_job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
