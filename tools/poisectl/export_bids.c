// SPDX-License-Identifier: GPL-3.0-or-later
// A recording as BIDS motion data. One tracking system has one rate, sensors have each their own: so the samples are
// put on the grid of 1 kHz by the room that does it for the daemon, with the recording's own settings. Frames without
// valid data are n/a, as are those from the first sample until the first frame.
#include "export_bids.h"

#include "export_event.h"
#include "export_number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BYTES     24
#define START_APART_NS INT64_C(60000000000)
#define GAP_MAX_ROWS   INT64_C(86400000) // a day without data is no recording but a wrong stamp

void bids_name(const struct bids *bids, const char *suffix, char name[2 * BIDS_NAME])
{
    snprintf(name, 2 * BIDS_NAME, "%s/%s_%s", bids->folder, bids->base, suffix);
}

static int choose_names(struct export_job *job, struct bids *bids)
{
    const struct export_options *options = job->options;
    const char *subject = options->subject ? options->subject : job->survey.config.subject.id;
    if (!export_label_is_valid(subject)) {
        snprintf(job->error, sizeof job->error,
                 subject[0] == '\0' ? "the recording names no subject%s: --subject LABEL is needed"
                                    : "the recording's subject '%s' is no BIDS label (letters and digits): "
                                      "--subject LABEL is needed",
                 subject);
        job->code = EXPORT_USAGE;
        return -EINVAL;
    }
    char session[80] = "", run[16] = "";
    snprintf(bids->subject, sizeof bids->subject, "sub-%s", subject);
    if (options->session)
        snprintf(session, sizeof session, "ses-%s", options->session);
    if (options->run > 0)
        snprintf(run, sizeof run, "_run-%d", options->run);
    snprintf(bids->folder, sizeof bids->folder, "%s%s%s", bids->subject, session[0] ? "/" : "", session);
    snprintf(bids->base, sizeof bids->base, "motion/%s%s%s_task-%s_tracksys-%s%s", bids->subject, session[0] ? "_" : "",
             session, options->task, options->tracksys, run);
    return 0;
}

static void choose_channels(const struct export_survey *survey, struct bids *bids)
{
    unsigned of_site[N_SITES] = {0};
    for (int i = 0; i < survey->n_sources; i++)
        of_site[survey->sources[i].desc.site] |= survey->sources[i].desc.channel_mask;
    for (int s = 0; s < N_SITES; s++) {
        if (of_site[s] == 0)
            continue;
        bids->sites[bids->n_sites++] = (struct bids_site){.site = s, .channels = of_site[s]};
        bids->n_channels += __builtin_popcount(of_site[s]);
    }
}

static int open_file(struct export_job *job, const struct bids *bids, const char *suffix, FILE **file)
{
    char name[2 * BIDS_NAME];
    bids_name(bids, suffix, name);
    int rc = export_out_check(job->out, name, job->error, sizeof job->error);
    if (rc != 0)
        return rc;
    errno = 0;
    *file = export_out_file(job->out, name, false);
    return *file ? 0 : errno > 0 ? -errno : -EIO;
}

// Sensors do not begin at once: the earliest sample, unless its stamp is far from where the log begins.
static int64_t begin_ns(const struct export_survey *survey)
{
    int64_t early_ns = survey->first_line_ns - survey->first_ns;
    return early_ns > 0 && early_ns < START_APART_NS ? survey->first_ns : survey->first_line_ns;
}

static int begin(struct export_job *job, void **result)
{
    struct bids *bids = *result = calloc(1, sizeof *bids);
    if (!bids)
        return -ENOMEM;
    choose_channels(&job->survey, bids);
    bids->line = malloc((size_t)bids->n_channels * CELL_BYTES + 2);
    int rc = bids->line ? choose_names(job, bids) : -ENOMEM;
    if (rc == 0)
        rc = open_file(job, bids, "motion.tsv", &bids->motion);
    if (rc == 0)
        rc = open_file(job, bids, "events.tsv", &bids->events);
    if (rc == 0)
        fputs("onset\tduration\ttrial_type\tvalue\tsite\tstate\ttext\n", bids->events);
    bids->first_frame = bids->next_frame = begin_ns(&job->survey) / FRAME_PERIOD_NS;
    return rc;
}

// One row, block NULL: all n/a. Six decimals are finer than any sensor's noise by three orders.
static void put_row(struct bids *bids, const struct frame_block *block, int k)
{
    char *at = bids->line;
    for (int i = 0; i < bids->n_sites; i++) {
        struct bids_site *site = &bids->sites[i];
        const struct site_frames *frames = block ? &block->site[site->site] : NULL;
        unsigned valid = frames ? frames->valid[k] : 0;
        for (int c = 0; c < N_CHANNELS; c++) {
            if (!(site->channels >> c & 1U))
                continue;
            if (c < CH_GYRO_X)
                at = valid & FRAME_ACC ? export_put_fixed(at, frames->acc[k][c]) : stpcpy(at, "n/a");
            else
                at = valid & FRAME_GYRO ? export_put_fixed(at, frames->gyro[k][c - CH_GYRO_X]) : stpcpy(at, "n/a");
            *at++ = '\t';
        }
        site->n_acc += (valid & FRAME_ACC) != 0;
        site->n_gyro += (valid & FRAME_GYRO) != 0;
        site->n_bridged += (valid & FRAME_BRIDGED) != 0;
        site->n_acc_clipped += (valid & FRAME_ACC_CLIPPED) != 0;
        site->n_gyro_clipped += (valid & FRAME_GYRO_CLIPPED) != 0;
    }
    at[-1] = '\n';
    fwrite(bids->line, 1, (size_t)(at - bids->line), bids->motion);
    bids->next_frame++;
}

static bool has_data(const struct bids *bids, const struct frame_block *block, int k)
{
    unsigned valid = 0;
    for (int i = 0; i < bids->n_sites; i++)
        valid |= block->site[bids->sites[i].site].valid[k];
    return (valid & (FRAME_ACC | FRAME_GYRO)) != 0;
}

static int put_block(struct export_job *job, struct bids *bids, const struct frame_block *block)
{
    if (block->first_index - bids->next_frame > GAP_MAX_ROWS) {
        snprintf(job->error, sizeof job->error, "%s: no data for more than a day after %.3f s: a stamp must be wrong",
                 job->options->in, (double)bids->next_frame / 1e3);
        return -ERANGE;
    }
    errno = 0;
    while (bids->next_frame < block->first_index && !ferror(bids->motion) && !export_stopped())
        put_row(bids, NULL, 0);
    for (int k = 0; k < FRAME_BLOCK_LEN; k++) {
        if (block->first_index + k == bids->next_frame)
            put_row(bids, block, k);
        else
            bids->n_early += has_data(bids, block, k);
    }
    return export_out_failed(bids->motion);
}

static int pull(struct export_job *job, struct bids *bids)
{
    int rc = 0;
    while (rc == 0 && bids->align && align_pull(bids->align, &bids->block))
        rc = put_block(job, bids, &bids->block);
    return rc;
}

// Each settings of the log begin a new aligner, as they begin a new pipeline.
static int restart(struct export_job *job, struct bids *bids, const char *settings)
{
    if (bids->align)
        align_finish(bids->align);
    int rc = pull(job, bids);
    char error[SETTINGS_ERROR];
    if (settings && bids->align && !export_config(settings, &job->survey.config, error))
        export_note(job, "%s; going on with the settings so far", error);
    align_destroy(bids->align);
    bids->align = NULL;
    return rc == 0 ? align_create(&bids->align, &job->survey.config.align) : rc;
}

static void put_cell(FILE *file, const char *text)
{
    if (text[0] == '\0')
        text = "n/a";
    for (const char *c = text; *c; c++)
        fputc((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c, file);
}

static int put_event(struct export_job *job, struct bids *bids, const struct export_event *row)
{
    char onset[EXPORT_NUMBER], number[EXPORT_NUMBER];
    export_seconds(job->t_ns - bids->first_frame * FRAME_PERIOD_NS, onset);
    errno = 0;
    fprintf(bids->events, "%s\t0\t%s\t", onset, row->event);
    put_cell(bids->events, export_number(row->value, number));
    const char *const cells[] = {row->site, row->state, row->text};
    for (int i = 0; i < 3; i++) {
        fputc('\t', bids->events);
        put_cell(bids->events, cells[i]);
    }
    fputc('\n', bids->events);
    return export_out_failed(bids->events);
}

static int take(struct export_job *job, void *opaque, const struct log_event *event)
{
    struct bids *bids = opaque;
    struct export_event row;
    int rc = 0;
    if (event->kind == LOG_SETTINGS || !bids->align)
        rc = restart(job, bids, event->kind == LOG_SETTINGS ? event->settings : NULL);
    // Which sensors there are and with which settings, other files of the dataset tell.
    bool told = event->kind == LOG_SETTINGS || event->kind == LOG_SOURCE;
    if (rc == 0 && !told && export_event_row(event, &row))
        rc = put_event(job, bids, &row);
    if (rc != 0)
        return rc;
    if (event->kind == LOG_SOURCE)
        align_set_source(bids->align, event->source, event->desc);
    else if (event->kind == LOG_BLOCK)
        align_push_block(bids->align, event->block);
    else if (event->kind == LOG_DEVICE)
        align_push_device(bids->align, event->device);
    else if (event->kind == LOG_TICK)
        align_push_tick(bids->align, event->tick.mono_ns);
    return pull(job, bids);
}

static int end(struct export_job *job, void *opaque, bool whole)
{
    struct bids *bids = opaque;
    int rc = 0;
    if (whole && bids->align) {
        align_finish(bids->align);
        rc = pull(job, bids);
    }
    if (whole && rc == 0 && bids->next_frame == bids->first_frame) {
        snprintf(job->error, sizeof job->error, "%s: too short for a single frame", job->options->in);
        rc = -ENODATA;
    }
    if (bids->n_early > 0)
        export_note(job, "%llu frames before the first, or a second time, were left out", bids->n_early);
    int closed = export_out_close(bids->motion);
    rc = rc != 0 ? rc : closed;
    closed = export_out_close(bids->events);
    rc = rc != 0 ? rc : closed;
    if (whole && rc == 0)
        rc = bids_write_meta(job, bids);
    align_destroy(bids->align);
    free(bids->line);
    free(bids);
    return rc;
}

const struct export_format export_bids = {begin, take, NULL, end};
