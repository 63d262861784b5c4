// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_about.h"
#include "export_bids.h"
#include "export_number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIDS_VERSION "1.9.0"
#define ROW_BYTES    4096

static const char *const placements[N_SITES] = {
    [SITE_HEAD] = "back of the head",
    [SITE_C7] = "over the seventh cervical vertebra",
    [SITE_T12] = "over the twelfth thoracic vertebra",
    [SITE_SACRUM] = "over the sacrum",
    [SITE_STERNUM] = "front of the chest, over the sternum",
    [SITE_ABDOMEN] = "front of the abdomen",
    [SITE_SHOULDER_LEFT] = "left shoulder, over the acromion",
    [SITE_SHOULDER_RIGHT] = "right shoulder, over the acromion",
    [SITE_WRIST_LEFT] = "left wrist",
    [SITE_WRIST_RIGHT] = "right wrist",
    [SITE_FOOT_LEFT] = "left foot",
    [SITE_FOOT_RIGHT] = "right foot",
    [SITE_PACK] = "pack on the back",
};

static int open_file(struct export_job *job, const char *name, bool replace, FILE **file)
{
    int rc = replace ? 0 : export_out_check(job->out, name, job->error, sizeof job->error);
    errno = 0;
    *file = rc == 0 ? export_out_file(job->out, name, replace) : NULL;
    return rc != 0 ? rc : *file ? 0 : errno > 0 ? -errno : -EIO;
}

static bool is_there(const struct export_job *job, const char *name)
{
    char path[ROW_BYTES + 512];
    snprintf(path, sizeof path, "%s/%s", export_out_folder(job->out), name);
    return access(path, F_OK) == 0;
}

// The device behind a channel, and how fast it was read.
static void put_description(FILE *file, const struct export_survey *survey, int site, int channel)
{
    for (int i = 0; i < survey->n_sources; i++) {
        const struct export_source *source = &survey->sources[i];
        if (source->desc.site != site || !export_source_has(source, channel))
            continue;
        for (const char *c = source->desc.name; *c; c++)
            fputc((unsigned char)*c < 0x20 ? ' ' : *c, file);
        double rate_hz = export_source_rate_hz(source);
        if (isfinite(rate_hz))
            fprintf(file, ", captured at %.2f Hz on its own clock", rate_hz);
        return;
    }
    fputs("n/a", file);
}

// bad: less than half of its frames are valid.
static void put_status(FILE *file, const struct bids_site *site, bool acc, int64_t n_frames)
{
    unsigned long long n = acc ? site->n_acc : site->n_gyro;
    unsigned long long n_clipped = acc ? site->n_acc_clipped : site->n_gyro_clipped;
    fprintf(file, "%s\t%.2f %% of the samples are valid, %llu interpolated over a hole, %llu at full scale",
            2 * n < (unsigned long long)n_frames ? "bad" : "good", 100.0 * (double)n / (double)n_frames,
            site->n_bridged, n_clipped);
}

static int write_channels(struct export_job *job, const struct bids *bids)
{
    static const char axes[3][2] = {"x", "y", "z"};
    char name[2 * BIDS_NAME];
    FILE *file;
    bids_name(bids, "channels.tsv", name);
    int rc = open_file(job, name, false, &file);
    if (rc != 0)
        return rc;
    fputs("name\tcomponent\ttype\ttracked_point\tunits\tplacement\treference_frame\tdescription\tsampling_frequency\t"
          "status\tstatus_description\n",
          file);
    for (int i = 0; i < bids->n_sites; i++)
        for (int c = 0; c < N_CHANNELS; c++) {
            const struct bids_site *site = &bids->sites[i];
            if (!(site->channels >> c & 1U))
                continue;
            bool acc = c < CH_GYRO_X;
            const char *point = site_names[site->site], *axis = axes[c % 3];
            fprintf(file, "%s_%s_%s\t%s\t%s\t%s\t%s\t%s\tsensor\t", point, acc ? "acc" : "gyro", axis, axis,
                    acc ? "ACCEL" : "GYRO", point, acc ? "m/s^2" : "rad/s", placements[site->site]);
            put_description(file, &job->survey, site->site, c);
            fputs("\t1000\t", file);
            put_status(file, site, acc, bids->next_frame - bids->first_frame);
            fputc('\n', file);
        }
    return export_out_close(file);
}

static json_t *reference_frame(void)
{
    return json_pack("{s:{s:s, s:{s:{s:s, s:s, s:s}}}}", "reference_frame", "Description",
                     "axes in which a channel is to be read", "Levels", "sensor", "SpatialAxes", "ALS", "RotationRule",
                     "right-hand", "Description",
                     "axes of the sensor as mounted, moving with the body part: x anterior, y left, z superior when "
                     "the subject stands upright and the mount is as configured. Accelerometers measure specific "
                     "force: at rest 9.81 m/s^2 upwards.");
}

static json_t *device_names(const struct export_survey *survey)
{
    char text[512] = "";
    for (int i = 0; i < survey->n_sources; i++) {
        const char *name = survey->sources[i].desc.name;
        size_t used = strlen(text);
        if (name[0] != '\0' && !strstr(text, name))
            snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? ", " : "", name);
    }
    return text[0] ? export_text(text) : json_string("n/a");
}

static json_t *motion_object(const struct export_job *job, const struct bids *bids)
{
    int n_acc = 0, n_gyro = 0;
    for (int i = 0; i < bids->n_sites; i++) {
        n_acc += __builtin_popcount(bids->sites[i].channels & CHANNELS_ACC);
        n_gyro += __builtin_popcount(bids->sites[i].channels & CHANNELS_GYRO);
    }
    json_t *object = json_pack(
        "{s:s, s:i, s:i, s:s, s:i, s:i, s:i, s:i, s:f, s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "TaskName",
        job->options->task, "SamplingFrequency", 1000, "SamplingFrequencyEffective", 1000, "TrackingSystemName",
        job->options->tracksys, "TrackedPointsCount", bids->n_sites, "MotionChannelCount", bids->n_channels,
        "ACCELChannelCount", n_acc, "GYROChannelCount", n_gyro, "RecordingDuration",
        (double)(bids->next_frame - bids->first_frame) / 1e3, "MissingValues", "n/a", "SubjectArtefactDescription",
        "n/a", "SpatialAxes", "ALS", "RotationRule", "right-hand", "ManufacturersModelName", device_names(&job->survey),
        "SoftwareVersions", "poisectl " POISE_VERSION, "Resampling",
        "Every sensor has its own clock and rate. Its clock was estimated from its stamps, samples were scaled, turned "
        "to the mounted axes and interpolated (4-point Lagrange) at whole milliseconds of the recording machine's "
        "monotonic clock; sensors faster than the grid were low-passed before. Short holes are interpolated, longer "
        "ones are n/a. The samples as captured are in the recording.");
    static const char *const none[] = {"ANGACCELChannelCount", "JNTANGChannelCount", "LATENCYChannelCount",
                                       "MAGNChannelCount",     "MISCChannelCount",   "ORNTChannelCount",
                                       "POSChannelCount",      "VELChannelCount",    NULL};
    for (int i = 0; none[i]; i++)
        json_object_set_new(object, none[i], json_integer(0));
    json_object_set_new(object, "SourceRecording", export_text(job->label));
    json_object_set_new(object, "FirstSampleMonotonicSeconds", json_real((double)bids->first_frame / 1e3));
    return object;
}

static json_t *events_object(void)
{
    return json_pack("{s:{s:s}, s:{s:s, s:{s:s, s:s, s:s, s:s, s:s}}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "onset",
                     "Description", "seconds after the first sample of the motion file", "trial_type", "Description",
                     "what happened", "Levels", "mark", "a marker set by the operator", "speed",
                     "the belt's speed was told", "calibrate", "a calibration was asked for", "calibration",
                     "a stored calibration came into force", "device", "a sensor changed its state", "value",
                     "Description", "belt speed in m/s, or the number of samples dropped", "site", "Description",
                     "tracked point concerned", "state", "Description",
                     "state of the sensor, or method of the calibration", "text", "Description",
                     "text of the marker, or the reason");
}

// The cell of row in the column that header calls name; "n/a" when header has no such column.
static void put_cell_named(FILE *file, const char *name, size_t n, const char *header, const char *row)
{
    while (*header != '\0') {
        size_t wide = strcspn(header, "\t"), cell = strcspn(row, "\t");
        if (wide == n && memcmp(header, name, n) == 0) {
            fwrite(row, 1, cell, file);
            return;
        }
        header += wide + (header[wide] == '\t');
        row += cell + (row[cell] == '\t');
    }
    fputs("n/a", file);
}

// A row in the order of another table's columns.
static void put_row_as(FILE *file, const char *columns, const char *header, const char *row)
{
    for (const char *c = columns; *c;) {
        size_t n = strcspn(c, "\t");
        put_cell_named(file, c, n, header, row);
        c += n;
        if (*c == '\t')
            fputc(*c++, file);
    }
    fputc('\n', file);
}

// The table with a row for key, its first cell: one that is there is kept when keep is set, else replaced. The columns
// are those the file has; what it calls otherwise is n/a.
static int merge_row(struct export_job *job, const char *name, const char *header, const char *row, bool keep)
{
    char path[ROW_BYTES + 512], line[ROW_BYTES], columns[ROW_BYTES];
    snprintf(path, sizeof path, "%s/%s", export_out_folder(job->out), name);
    snprintf(columns, sizeof columns, "%s", header);
    size_t n_key = strcspn(row, "\t");
    FILE *old = fopen(path, "re"), *file;
    int rc = open_file(job, name, true, &file);
    bool found = false, first = true;
    while (rc == 0 && old && fgets(line, sizeof line, old)) {
        size_t n = strcspn(line, "\r\n");
        if (line[n] == '\0' && n + 1 == sizeof line) {
            snprintf(job->error, sizeof job->error, "%.400s: a line is too long", path);
            rc = -EFBIG;
        }
        line[n] = '\0';
        if (first && n > 0)
            memcpy(columns, line, n + 1);
        bool same = strncmp(line, row, n_key) == 0 && (line[n_key] == '\t' || line[n_key] == '\0');
        found = found || (same && keep);
        if (n > 0 && (!same || keep))
            fprintf(file, "%s\n", line);
        first = first && n == 0;
    }
    if (rc == 0 && first)
        fprintf(file, "%s\n", header);
    if (rc == 0 && !found)
        put_row_as(file, columns, header, row);
    if (old)
        fclose(old);
    int closed = export_out_close(file);
    return rc != 0 ? rc : closed;
}

static int write_dataset(struct export_job *job, const struct bids *bids)
{
    int rc = 0;
    if (!is_there(job, "dataset_description.json"))
        rc = export_write_json(job, "dataset_description.json", true,
                               json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "Name",
                                         "Recordings of a harness of inertial sensors", "BIDSVersion", BIDS_VERSION,
                                         "DatasetType", "raw", "GeneratedBy", "Name", "poisectl export", "Version",
                                         POISE_VERSION));
    FILE *readme = NULL;
    if (rc == 0 && !is_there(job, "README") && !is_there(job, "README.md")) {
        rc = open_file(job, "README", true, &readme);
        if (rc == 0)
            fputs("Recordings of runners with a harness of inertial sensors, written by poisectl export.\n"
                  "All sensors of a recording are one tracking system on one grid of 1000 Hz; each motion.json tells\n"
                  "how the samples came there, each channels.tsv which sensor is worn where.\n",
                  readme);
        int closed = export_out_close(readme);
        rc = rc != 0 ? rc : closed;
    }
    char row[ROW_BYTES / 4];
    snprintf(row, sizeof row, "%s\thomo sapiens\tn/a\tn/a", bids->subject);
    return rc == 0 ? merge_row(job, "participants.tsv", "participant_id\tspecies\tage\tsex", row, true) : rc;
}

static int write_scans(struct export_job *job, const struct bids *bids)
{
    char name[2 * BIDS_NAME], row[2 * BIDS_NAME], utc[EXPORT_NUMBER];
    const char *slash = strchr(bids->folder, '/');
    snprintf(name, sizeof name, "%s/%s%s%s_scans.tsv", bids->folder, bids->subject, slash ? "_" : "",
             slash ? slash + 1 : "");
    export_utc(bids->first_frame * FRAME_PERIOD_NS, job->survey.utc_minus_mono_ns, utc);
    snprintf(row, sizeof row, "%s_motion.tsv\t%s", bids->base, utc[0] ? utc : "n/a");
    return merge_row(job, name, "filename\tacq_time", row, false);
}

static int write_object(struct export_job *job, const struct bids *bids, const char *suffix, json_t *object)
{
    char name[2 * BIDS_NAME];
    bids_name(bids, suffix, name);
    int rc = export_out_check(job->out, name, job->error, sizeof job->error);
    if (rc == 0)
        return export_write_json(job, name, false, object);
    json_decref(object);
    return rc;
}

int bids_write_meta(struct export_job *job, const struct bids *bids)
{
    int rc = write_channels(job, bids);
    if (rc == 0)
        rc = write_object(job, bids, "channels.json", reference_frame());
    if (rc == 0)
        rc = write_object(job, bids, "motion.json", motion_object(job, bids));
    if (rc == 0)
        rc = write_object(job, bids, "events.json", events_object());
    if (rc == 0)
        rc = write_scans(job, bids);
    return rc == 0 ? write_dataset(job, bids) : rc;
}
