// SPDX-License-Identifier: GPL-3.0-or-later
#include "export.h"

#include "record/log_reader.h"
#include "say.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct export_format *const formats[N_EXPORT_TARGETS] = {
    [EXPORT_CSV] = &export_csv, [EXPORT_BIDS] = &export_bids, [EXPORT_HDF5] = &export_hdf5};

struct run {
    struct export_job job;
    struct export_progress progress;
    void *state;
};

void export_note(struct export_job *job, const char *format, ...)
{
    size_t used = strlen(job->notes);
    va_list args;
    va_start(args, format);
    if (used > 0 && used + 2 < sizeof job->notes) {
        memcpy(job->notes + used, "; ", 3);
        used += 2;
    }
    vsnprintf(job->notes + used, sizeof job->notes - used, format, args);
    va_end(args);
}

// Keeps what a line of the log is stamped with: the first stamp of the newest block, or the newest tick.
static void keep_time(struct export_job *job, const struct log_event *event)
{
    if (event->kind == LOG_BLOCK)
        job->t_ns = event->block->stamp_ns[0];
    if (event->kind != LOG_TICK)
        return;
    job->t_ns = event->tick.mono_ns;
    if (event->tick.utc_ns != UTC_UNKNOWN_NS)
        job->utc_offset = event->tick.utc_ns - event->tick.mono_ns;
}

static void count(struct export_job *job, const struct log_event *event)
{
    if (event->kind == LOG_BLOCK)
        job->n_samples += event->block->n;
    else if (event->kind != LOG_TICK)
        job->n_events++;
    if (event->kind == LOG_COMMAND && event->command->kind == COMMAND_MARK)
        job->n_markers++;
}

static int give(struct run *run, const struct log_event *event, bool surveying)
{
    struct export_job *job = &run->job;
    int rc = event->kind == LOG_SOURCE ? export_survey_source(&job->survey, event) : 0;
    if (rc < 0)
        return rc;
    if (event->kind == LOG_BLOCK && (event->source >= MAX_SOURCES || job->survey.now[event->source] < 0))
        return 0;
    if (surveying)
        return export_survey_take(&job->survey, event);
    keep_time(job, event);
    count(job, event);
    return formats[job->options->target]->take(job, run->state, event);
}

// One reading of the log. 0 or negative errno, -EINTR when told to stop.
static int walk_log(struct run *run, bool surveying)
{
    struct export_job *job = &run->job;
    struct log_reader *reader;
    struct log_event event;
    int rc = log_reader_open(&reader, job->options->in, &job->options->reader, job->error, sizeof job->error);
    if (rc != 0) {
        job->code = EXPORT_NO_INPUT;
        return rc;
    }
    export_survey_rewind(&job->survey);
    job->survey.foreign = !log_reader_is_poise_log(reader);
    job->t_ns = job->survey.first_line_ns;
    job->utc_offset = job->survey.utc_minus_mono_ns;
    while ((rc = log_reader_next(reader, &event)) == 1) {
        export_progress_show(&run->progress, log_reader_offset(reader));
        rc = export_stopped() ? -EINTR : give(run, &event, surveying);
        if (rc != 0)
            break;
    }
    if (surveying)
        snprintf(job->survey.warning, sizeof job->survey.warning, "%s", log_reader_warning(reader));
    log_reader_close(reader);
    run->progress.pass++;
    return rc;
}

static int survey(struct run *run)
{
    struct export_job *job = &run->job;
    struct stat st;
    bool there = stat(job->options->in, &st) == 0;
    if (!there || !S_ISREG(st.st_mode)) {
        snprintf(job->error, sizeof job->error, "%s: %s", job->options->in,
                 there ? "is no regular file; it is read more than once" : strerror(errno));
        job->code = EXPORT_NO_INPUT;
        return -EINVAL;
    }
    export_progress_begin(&run->progress, job->label, (uint64_t)st.st_size, job->options->progress);
    run->progress.passes = 4;
    job->survey.first_line_ns = INT64_MIN;
    job->survey.utc_minus_mono_ns = UTC_UNKNOWN_NS;
    int rc = walk_log(run, true);
    if (rc == 0 && !job->survey.has_time) {
        snprintf(job->error, sizeof job->error, "%s: no samples in it", job->options->in);
        job->code = EXPORT_NO_INPUT;
        return -ENODATA;
    }
    if (rc == 0)
        rc = metrics_survey(&job->metrics, job->options->in, &run->progress);
    run->progress.pass++;
    if (job->metrics.n_streams == 0)
        run->progress.passes = 3;
    if (job->metrics.n_unreadable > 0)
        export_note(job, "%llu samples of poise.metrics are no objects of a stream", job->metrics.n_unreadable);
    if (job->metrics.n_left_out > 0)
        export_note(job, "%llu values of metrics beyond %d columns were left out", job->metrics.n_left_out,
                    METRIC_COLUMNS_MAX);
    if (job->survey.config_warning[0] != '\0')
        export_note(job, "%s; going on with the defaults", job->survey.config_warning);
    return rc;
}

static int take_metric(void *context, int stream, const struct metric_cell *cells)
{
    struct run *run = context;
    run->job.n_metrics++;
    return formats[run->job.options->target]->metric(&run->job, run->state, stream, cells);
}

static int write_files(struct run *run)
{
    struct export_job *job = &run->job;
    const struct export_format *format = formats[job->options->target];
    int rc = format->begin(job, &run->state);
    if (rc == 0)
        rc = walk_log(run, false);
    if (rc == 0 && format->metric && job->metrics.n_streams > 0)
        rc = metrics_walk(&job->metrics, job->options->in, &run->progress, take_metric, run);
    if (run->state) {
        int ended = format->end(job, run->state, rc == 0);
        rc = rc != 0 ? rc : ended;
    }
    if (rc == 0 && export_stopped())
        rc = -EINTR;
    return rc == 0 ? export_out_commit(job->out, job->error, sizeof job->error) : rc;
}

static int open_out(struct export_job *job)
{
    const struct export_options *options = job->options;
    static const enum export_out_root kinds[N_EXPORT_TARGETS] = {
        [EXPORT_CSV] = EXPORT_OUT_NEW, [EXPORT_BIDS] = EXPORT_OUT_MERGE, [EXPORT_HDF5] = EXPORT_OUT_INTO};
    char folder[sizeof options->out];
    snprintf(folder, sizeof folder, "%s", options->out);
    const char *name = "";
    if (options->target == EXPORT_HDF5) {
        char *slash = strrchr(folder, '/');
        name = slash ? options->out + (slash + 1 - folder) : options->out;
        snprintf(slash ? slash + (slash == folder) : folder, 2, "%s", slash ? "" : ".");
    }
    int rc = export_out_open(&job->out, folder, kinds[options->target], options->force, job->error, sizeof job->error);
    return rc == 0 && name[0] != '\0' ? export_out_check(job->out, name, job->error, sizeof job->error) : rc;
}

static int print_json(const struct export_job *job)
{
    const struct export_survey *survey = &job->survey;
    json_t *streams = json_array(), *files = json_array();
    unsigned long long bytes = 0;
    for (int i = 0; i < survey->n_sources; i++)
        json_array_append_new(streams, json_pack("{s:s, s:I}", "name", survey->sources[i].name, "samples",
                                                 (json_int_t)survey->sources[i].n_samples));
    for (int i = 0; i < export_out_count(job->out); i++) {
        bytes += export_out_bytes(job->out, i);
        json_array_append_new(files, json_pack("{s:s, s:I}", "path", export_out_name(job->out, i), "bytes",
                                               (json_int_t)export_out_bytes(job->out, i)));
    }
    const char *warning = survey->warning, *notes = job->notes;
    json_t *object = json_pack("{s:b, s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s?, s:s?}", "ok", 1,
                               "input", job->options->in, "format", export_target_names[job->options->target], "output",
                               job->options->out, "duration_s", (double)(survey->last_ns - survey->first_ns) / 1e9,
                               "samples", (json_int_t)job->n_samples, "events", (json_int_t)job->n_events, "markers",
                               (json_int_t)job->n_markers, "metrics", (json_int_t)job->n_metrics, "bytes",
                               (json_int_t)bytes, "streams", streams, "files", files, "warning",
                               warning[0] ? warning : NULL, "notes", notes[0] ? notes : NULL);
    return ctl_print(object);
}

static int print_summary(const struct export_job *job)
{
    if (job->options->json)
        return print_json(job);
    unsigned long long bytes = 0;
    for (int i = 0; i < export_out_count(job->out); i++)
        bytes += export_out_bytes(job->out, i);
    const struct export_survey *survey = &job->survey;
    printf("%s: %.1f s, %d streams, %llu samples, %llu events, %llu markers, %llu metrics\n%s: %d files, %.1f MB\n",
           job->label, (double)(survey->last_ns - survey->first_ns) / 1e9, survey->n_sources, job->n_samples,
           job->n_events, job->n_markers, job->n_metrics, job->options->out, export_out_count(job->out),
           (double)bytes / 1e6);
    return 0;
}

// The exit code; says what there is to say.
static int report(const struct run *run, int rc)
{
    const struct export_job *job = &run->job;
    int code = rc == 0 ? EXPORT_DONE : job->code != 0 ? job->code : EXPORT_FAILED;
    if (job->survey.warning[0] != '\0')
        ctl_warn("%s: %s", job->options->in, job->survey.warning);
    if (job->notes[0] != '\0')
        ctl_warn("%s", job->notes);
    if (rc == 0)
        return print_summary(job) == 0 && fflush(stdout) == 0 ? EXPORT_DONE : EXPORT_FAILED;
    if (export_stopped()) {
        ctl_fail("interrupted; nothing was written");
        code = 128 + export_stopped();
    } else if (job->error[0] != '\0') {
        ctl_fail("%s", job->error);
    } else {
        ctl_fail("%s: %s", job->options->out, strerror(-rc));
    }
    return code;
}

int poisectl_export(int argc, char **argv)
{
    struct export_options options = {.target = -1, .task = "running", .tracksys = "imu"};
    int code = export_parse_options(&options, argc, argv);
    if (code >= 0)
        return code;
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return EXPORT_FAILED;
    run->job.options = &options;
    const char *slash = strrchr(options.in, '/');
    snprintf(run->job.label, sizeof run->job.label, "%s", slash ? slash + 1 : options.in);
    export_watch_signals();
    int rc = open_out(&run->job);
    if (rc == 0)
        rc = survey(run);
    if (rc == 0)
        rc = write_files(run);
    export_progress_end(&run->progress);
    code = report(run, rc);
    export_out_end(run->job.out);
    metrics_finish(&run->job.metrics);
    export_survey_finish(&run->job.survey);
    free(run);
    return code;
}
