// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_about.h"

#include "export_number.h"
#include "record/json_parts.h"

#include <errno.h>
#include <string.h>

json_t *export_text(const char *text)
{
    if (!text || text[0] == '\0')
        return json_null();
    return json_of_text(text);
}

json_t *export_about_source(const struct export_source *source)
{
    static const char *const formats[] = {"int16", "int32", "float32", "float64"};
    const struct source_desc *desc = &source->desc;
    json_t *mount = json_array(), *channels = json_array(), *scale = json_array();
    for (int i = 0; i < 9; i++)
        json_array_append_new(mount, json_of_real(desc->mount[i]));
    static const char *const names[N_CHANNELS] = {"acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"};
    for (int c = 0; c < N_CHANNELS; c++)
        if (export_source_has(source, c)) {
            json_array_append_new(channels, json_string(names[c]));
            json_array_append_new(scale, json_of_real(desc->scale[c]));
        }
    double rate_hz = export_source_rate_hz(source);
    char first[EXPORT_NUMBER], last[EXPORT_NUMBER];
    export_seconds(source->first_ns, first);
    export_seconds(source->last_ns, last);
    bool any = source->n_samples > 0;
    return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "name",
                     source->name, "site", site_names[desc->site], "source", (int)source->slot, "device",
                     export_text(desc->name), "chip", export_text(desc->chip), "channels", channels, "scale", scale,
                     "captured_as", formats[desc->format], "nominal_rate_hz",
                     desc->rate_hz > 0 ? json_real(desc->rate_hz) : json_null(), "mean_rate_hz", json_of_real(rate_hz),
                     "samples", (json_int_t)source->n_samples, "gaps", (json_int_t)source->n_gaps, "first_t_s",
                     any ? json_real(strtod(first, NULL)) : json_null(), "last_t_s",
                     any ? json_real(strtod(last, NULL)) : json_null(), "mount", mount);
}

json_t *export_about(const struct export_job *job)
{
    const struct export_survey *survey = &job->survey;
    json_t *streams = json_array(), *metrics = json_object();
    for (int i = 0; i < survey->n_sources; i++)
        json_array_append_new(streams, export_about_source(&survey->sources[i]));
    for (int i = 0; i < job->metrics.n_streams; i++)
        json_object_set_new(metrics, job->metrics.streams[i].name,
                            json_integer((json_int_t)job->metrics.streams[i].n_rows));
    char start[EXPORT_NUMBER], end[EXPORT_NUMBER];
    export_utc(survey->first_ns, survey->utc_minus_mono_ns, start);
    export_utc(survey->last_ns, job->utc_offset, end);
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "recording",
        export_text(job->label), "software", "poisectl " POISE_VERSION, "rig",
        survey->foreign ? json_null() : export_text(survey->config.top.rig), "subject",
        export_text(survey->config.subject.id), "start_utc", export_text(start), "end_utc", export_text(end),
        "first_t_s", (double)survey->first_ns / 1e9, "last_t_s", (double)survey->last_ns / 1e9, "duration_s",
        (double)(survey->last_ns - survey->first_ns) / 1e9, "units",
        json_pack("{s:s, s:s, s:s}", "t_s", "s, monotonic clock of the recording machine", "acc",
                  "m/s^2, specific force, chip axes", "gyro", "rad/s, chip axes"),
        "mount_note",
        json_string("nine numbers, row-major: mounted axes (x forward, y left, z up) from chip axes; not applied"),
        "streams", streams, "metrics", metrics, "settings_sha1", export_text(survey->digest), "settings",
        survey->foreign ? json_null() : export_text(survey->settings));
}

int export_write_json(struct export_job *job, const char *name, bool replace, json_t *object)
{
    if (!object)
        return -ENOMEM;
    errno = 0;
    FILE *file = export_out_file(job->out, name, replace);
    int rc = file ? 0 : errno > 0 ? -errno : -EIO;
    if (rc == 0 &&
        (json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0 || fputc('\n', file) == EOF))
        rc = errno > 0 ? -errno : -EIO;
    int closed = export_out_close(file);
    json_decref(object);
    return rc != 0 ? rc : closed;
}
