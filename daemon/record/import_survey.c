// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/clock.h"
#include "frames/site.h"
#include "record/import_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_SLOPE 0.01 // no pair of clocks drifts by a percent: then only the mean offset is used

struct fit {
    double n, origin, x, y, xx, xy;
};

struct pass {
    struct survey *survey;
    const struct log_reader_options *options;
    struct fit fits[MAX_SOURCES];
    bool has_sample[MAX_SOURCES];
    char found[768]; // streams that are not used, and why
};

static void fit_add(struct fit *fit, double x, double y)
{
    if (!stamp_usable(x) || !stamp_usable(y))
        return;
    if (fit->n == 0)
        fit->origin = x;
    x -= fit->origin;
    fit->n++;
    fit->x += x;
    fit->y += y;
    fit->xx += x * x;
    fit->xy += x * y;
}

static struct clock_line fit_line(const struct fit *fit)
{
    struct clock_line line = {0};
    if (fit->n == 0)
        return line;
    double mean_x = fit->x / fit->n, mean_y = fit->y / fit->n;
    double spread = fit->xx - fit->x * mean_x;
    double slope = spread > 0 ? (fit->xy - fit->x * mean_y) / spread : 0;
    line.slope = fabs(slope) < MAX_SLOPE ? slope : 0;
    line.origin = fit->origin + mean_x;
    line.offset = mean_y;
    return line;
}

// "2026-11-21T11:04:31.5+0100" as recorders write it. Without a zone nobody knows which hour it was.
static int64_t parse_datetime(const char *text)
{
    struct tm tm = {0};
    const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!at)
        return UTC_UNKNOWN_NS;
    double fraction = 0;
    int used = 0;
    if (*at == '.' && sscanf(at, "%lf%n", &fraction, &used) == 1)
        at += used;
    int hours = 0, minutes = 0;
    char sign = '+';
    if (strcmp(at, "Z") != 0 && sscanf(at, "%c%2d:%2d", &sign, &hours, &minutes) != 3 &&
        sscanf(at, "%c%2d%2d", &sign, &hours, &minutes) != 3)
        return UTC_UNKNOWN_NS;
    if (tm.tm_year < 70 || tm.tm_year > 300 || (sign != '+' && sign != '-') || hours > 14 || minutes > 59)
        return UTC_UNKNOWN_NS;
    int64_t zone_s = (hours * 60 + minutes) * 60;
    return (timegm(&tm) - (sign == '-' ? -zone_s : zone_s)) * NS_PER_S + (int64_t)(fraction * 1e9);
}

static void list_stream(struct pass *pass, const struct xdf_stream *header, const char *why)
{
    size_t used = strlen(pass->found);
    snprintf(pass->found + used, sizeof pass->found - used, "%s'%s' type %s %u channels (%s)", used ? ", " : "",
             header->name, header->type[0] ? header->type : "none", header->n_channels, why);
}

static int index_of(const struct survey *survey, uint32_t id)
{
    for (int i = 0; i < survey->n_streams; i++)
        if (survey->streams[i].id == id)
            return i;
    return -1;
}

static void take_header(struct pass *pass, const struct xdf_chunk *chunk, char *warning)
{
    struct survey *survey = pass->survey;
    struct import_stream stream;
    char why[96];
    if (!import_recognise(&stream, chunk->stream, xdf_xml_root(chunk->xml), pass->options, why, sizeof why)) {
        list_stream(pass, chunk->stream, why);
        return;
    }
    for (int i = 0; i < survey->n_streams; i++) {
        const struct source_desc *other = &survey->streams[i].desc;
        if (other->site != stream.desc.site || (other->channel_mask & stream.desc.channel_mask) == 0)
            continue;
        snprintf(why, sizeof why, "%s has another stream already", site_names[stream.desc.site]);
        list_stream(pass, chunk->stream, why);
        return;
    }
    if (survey->n_streams == MAX_SOURCES) {
        list_stream(pass, chunk->stream, "too many");
        return;
    }
    if (why[0])
        add_warning(warning, "stream '%s' %s", chunk->stream->name, why);
    survey->streams[survey->n_streams++] = stream;
}

static void take_samples(struct pass *pass, struct xdf_reader *xdf, const struct xdf_chunk *chunk)
{
    int i = index_of(pass->survey, chunk->stream->id);
    struct xdf_sample sample;
    if (i < 0)
        return;
    struct import_stream *stream = &pass->survey->streams[i];
    stream->n_samples += chunk->n_samples;
    if (pass->has_sample[i] || xdf_reader_sample(xdf, &sample) != 1)
        return;
    pass->has_sample[i] = true;
    stream->first_has_stamp = sample.has_stamp && stamp_usable(sample.stamp_s);
    stream->first_s = stream->first_has_stamp ? sample.stamp_s : 0;
}

static int scan(struct pass *pass, struct xdf_reader *xdf, char *warning)
{
    struct xdf_chunk chunk;
    int rc;
    while ((rc = xdf_reader_next(xdf, &chunk)) == 1) {
        char text[64];
        int i = chunk.stream ? index_of(pass->survey, chunk.stream->id) : -1;
        if (chunk.kind == XDF_FILE_HEADER && xdf_node_text(xdf_xml_root(chunk.xml), "datetime", text, sizeof text))
            pass->survey->utc_ns = parse_datetime(text);
        else if (chunk.kind == XDF_STREAM_HEADER)
            take_header(pass, &chunk, warning);
        else if (chunk.kind == XDF_SAMPLES)
            take_samples(pass, xdf, &chunk);
        else if (chunk.kind == XDF_CLOCK_OFFSET && i >= 0)
            fit_add(&pass->fits[i], chunk.collection_s, chunk.offset_s);
    }
    add_damage_warning(warning, xdf_reader_damage(xdf));
    pass->survey->sound = xdf_reader_damage(xdf)->n_gaps == 0;
    return rc;
}

// A stream without stamps begins with the others.
static void settle_starts(struct survey *survey)
{
    double earliest = INFINITY;
    for (int i = 0; i < survey->n_streams; i++) {
        const struct import_stream *stream = &survey->streams[i];
        if (stream->first_has_stamp)
            earliest = fmin(earliest, stream->first_s);
    }
    for (int i = 0; i < survey->n_streams; i++)
        if (!survey->streams[i].first_has_stamp)
            survey->streams[i].first_s = isfinite(earliest) ? earliest : 0;
}

int import_survey(struct survey *survey, int fd, const struct log_reader_options *options, char *error,
                  size_t error_size, char *warning)
{
    memset(survey, 0, sizeof *survey);
    survey->utc_ns = UTC_UNKNOWN_NS;
    struct pass pass = {.survey = survey, .options = options};
    struct xdf_reader *xdf;
    int rc = xdf_reader_open_fd(&xdf, fd);
    if (rc == 0) {
        rc = scan(&pass, xdf, warning);
        xdf_reader_close(xdf);
    }
    if (rc != 0) {
        snprintf(error, error_size, "%s", strerror(-rc));
        return rc;
    }
    uint64_t n_samples = 0;
    for (int i = 0; i < survey->n_streams; i++) {
        survey->streams[i].clock = fit_line(&pass.fits[i]);
        n_samples += survey->streams[i].n_samples;
    }
    if (n_samples == 0) {
        snprintf(error, error_size, "no usable stream%s; found: %s", survey->n_streams ? " with samples" : "",
                 pass.found[0]       ? pass.found
                 : survey->n_streams ? "IMU streams without samples"
                                     : "no streams");
        return -ENODATA;
    }
    if (pass.found[0])
        add_warning(warning, "not used: %s", pass.found);
    settle_starts(survey);
    return 0;
}
