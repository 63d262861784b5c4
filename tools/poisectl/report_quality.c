// SPDX-License-Identifier: GPL-3.0-or-later
// What can be trusted: sensors, samples, calibration, and for how much of the time there were answers. Every doubt is a
// sentence with a level; the verdict is the worst of them, where a sensor that is not on the trunk costs at most
// "fair".
#include "record/json_parts.h"
#include "report_view.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRUNK_SITES                                                                                                    \
    (SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN))

enum trust { GOOD, FAIR, POOR };
static const char *const trust_names[] = {"good", "fair", "poor"};

// Shares in percent above which data are fair and poor.
static const struct {
    double fair, poor;
} away = {2, 20}, missing = {0.5, 5}, clipped = {0.1, 2}, lost = {0.1, 2}, uncalibrated = {10, 60}, silent = {10, 50};

static enum trust grade(double pct, double fair, double poor)
{
    return pct > poor ? POOR : pct > fair ? FAIR : GOOD;
}

struct site_sums {
    size_t n, n_running, n_rate;
    double gaps, missed, saturated, slipped_deg;
    int state;
    float *rate, *ppm, *jitter; // [n_rate]
};

static bool row_counts(const struct report_view *view, size_t i)
{
    double t_s = view->data->status.row[i].t_s;
    return t_s >= view->from_s && t_s <= view->until_s;
}

// What a count grew by in row i: from 0 with a new daemon, else from the row before.
static double growth(const struct report_status *status, size_t i, double now, double before)
{
    if (status->row[i].fresh || (i > 0 && now < before))
        return now;
    return i > 0 ? now - before : 0;
}

static void add_site(const struct report_view *view, int s, struct site_sums *sums)
{
    const struct report_status *status = &view->data->status;
    for (size_t i = 0; i < status->n; i++) {
        const struct report_site_row *row = &status->row[i].site[s];
        if (!row_counts(view, i) || row->state < 0)
            continue;
        const struct report_site_row *before =
            i > 0 && status->row[i - 1].site[s].state >= 0
                ? &status->row[i - 1].site[s]
                : &(struct report_site_row){.gaps = row->gaps, .missed = row->missed, .saturated = row->saturated};
        sums->n++;
        sums->n_running += row->state == SITE_STATE_RUNNING;
        sums->state = row->state;
        sums->gaps += growth(status, i, row->gaps, before->gaps);
        sums->missed += growth(status, i, row->missed, before->missed);
        sums->saturated += growth(status, i, row->saturated, before->saturated);
        if (!(fabs((double)row->slipped_deg) <= fabs(sums->slipped_deg)) && isfinite(row->slipped_deg))
            sums->slipped_deg = (double)row->slipped_deg;
        if (row->state == SITE_STATE_RUNNING && isfinite(row->rate_hz)) {
            sums->rate[sums->n_rate] = row->rate_hz;
            sums->ppm[sums->n_rate] = isfinite(row->ppm) ? row->ppm : 0;
            sums->jitter[sums->n_rate++] = isfinite(row->jitter_us) ? row->jitter_us : 0;
        }
    }
}

struct doubts {
    json_t *list[3]; // by enum trust
    enum trust verdict;
};

static void doubt(struct doubts *doubts, enum trust level, enum trust verdict, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void doubt(struct doubts *doubts, enum trust level, enum trust verdict, const char *format, ...)
{
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_array_append_new(doubts->list[level],
                          json_pack("{s:s, s:o}", "level", trust_names[level], "text", json_of_text(text)));
    doubts->verdict = verdict > doubts->verdict ? verdict : doubts->verdict;
}

// Why a site is not to be trusted, the gravest first; why stays "" when it is.
static enum trust judge(const struct report_view *view, int s, const struct site_sums *sums, double running_pct,
                        double rate_hz, char why[300])
{
    double seconds = (double)sums->n_running, samples = rate_hz * seconds; // status comes once a second
    const char *reason = report_text(view->data->reasons, site_names[s]);
    const char *complaint = report_text(view->data->complaints, site_names[s]);
    enum trust trust = grade(100 - running_pct, away.fair, away.poor);
    why[0] = '\0';
    if (trust > GOOD)
        snprintf(why, 300, "was away for %.0f s%s%s", (double)(sums->n - sums->n_running), reason[0] ? ": " : "",
                 reason);
    if (isfinite(sums->slipped_deg) && sums->slipped_deg > 0) {
        if (trust < POOR)
            snprintf(why, 300, "slipped on the body by %.0f deg", sums->slipped_deg);
        trust = POOR;
    }
    enum trust holes = samples > 0 ? grade(100 * sums->missed / samples, missing.fair, missing.poor) : GOOD;
    if (holes > trust)
        snprintf(why, 300, "has %.0f gap%s with %.0f samples missing, %.1f %%", sums->gaps, sums->gaps == 1 ? "" : "s",
                 sums->missed, 100 * sums->missed / samples);
    trust = holes > trust ? holes : trust;
    enum trust clips = samples > 0 ? grade(100 * sums->saturated / samples, clipped.fair, clipped.poor) : GOOD;
    if (clips > trust)
        snprintf(why, 300, "was at full scale for %.0f samples, %.2f %%", sums->saturated,
                 100 * sums->saturated / samples);
    trust = clips > trust ? clips : trust;
    if (trust == GOOD && complaint[0] != '\0') {
        snprintf(why, 300, "%s", complaint);
        trust = FAIR;
    }
    return trust;
}

static double median_of(float *values, size_t n)
{
    return report_stats_of(values, n).median;
}

static json_t *site_row(const struct report_view *view, int s, struct doubts *doubts)
{
    const struct stream_key *states = report_key(STREAM_STATUS, "state");
    struct site_sums sums = {.state = -1, .slipped_deg = 0};
    size_t most = view->data->status.n + 1;
    float *room = malloc(3 * most * sizeof *room);
    if (!room)
        return NULL;
    sums.rate = room;
    sums.ppm = room + most;
    sums.jitter = room + 2 * most;
    add_site(view, s, &sums);
    json_t *row = NULL;
    if (sums.n > 0) {
        double rate_hz = median_of(sums.rate, sums.n_rate), running_pct = 100 * (double)sums.n_running / (double)sums.n;
        char why[300];
        enum trust trust = judge(view, s, &sums, running_pct, rate_hz, why);
        if (trust > GOOD)
            doubt(doubts, trust, SITE_BIT(s) & TRUNK_SITES ? trust : FAIR, "%s %s.", site_names[s], why);
        row = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:s, s:o}", "site", site_names[s], "state",
                        states->names[sums.state], "running_pct", report_real(running_pct, 1), "rate_hz",
                        report_real(rate_hz, 3), "ppm", report_real(median_of(sums.ppm, sums.n_rate), 1), "jitter_us",
                        report_real(median_of(sums.jitter, sums.n_rate), 1), "gaps", (json_int_t)sums.gaps, "missed",
                        (json_int_t)sums.missed, "saturated", (json_int_t)sums.saturated, "slipped_deg",
                        sums.slipped_deg > 0 ? report_real(sums.slipped_deg, 1) : json_null(), "trust",
                        trust_names[trust], "why", report_words_json(why));
    }
    free(room);
    return row;
}

static json_t *counters(const struct report_view *view, struct doubts *doubts)
{
    static const char *const names[] = {"in", "used", "dropped", "invalid", "held"};
    const struct report_status *status = &view->data->status;
    double sum[5] = {0}, before[5] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < status->n; i++)
        for (int k = 0; k < 4; k++) {
            double now = status->row[i].counter[k];
            bool begins = status->row[i].fresh || now < before[k];
            if (!isfinite(now))
                continue;
            if (row_counts(view, i) && (begins || isfinite(before[k])))
                sum[k] += begins ? now : now - before[k];
            before[k] = now;
        }
    sum[4] = sum[0] - sum[1] - sum[2] - sum[3]; // of this session: in = used + dropped + invalid + held
    json_t *object = json_object();
    for (int k = 0; k < 5; k++)
        json_object_set_new(object, names[k], json_integer((json_int_t)sum[k]));
    if (sum[0] > 0) {
        double dropped_pct = 100 * sum[2] / sum[0], invalid_pct = 100 * sum[3] / sum[0];
        enum trust dropped = grade(dropped_pct, lost.fair, lost.poor), bad = grade(invalid_pct, lost.fair, lost.poor);
        if (dropped > GOOD)
            doubt(doubts, dropped, dropped, "%.2f %% of the samples were lost on the way.", dropped_pct);
        if (bad > GOOD)
            doubt(doubts, bad, FAIR, "%.2f %% of the samples could not be right.", invalid_pct);
    }
    return object;
}

static double calibrated_pct(const struct report_view *view)
{
    const struct report_status *status = &view->data->status;
    size_t n = 0, calibrated = 0;
    for (size_t i = 0; i < status->n; i++)
        if (row_counts(view, i)) {
            n++;
            calibrated += status->row[i].calibrated;
        }
    return n > 0 ? 100 * (double)calibrated / (double)n : (double)NAN;
}

static json_t *answered(const struct report_view *view, struct doubts *doubts)
{
    static const struct {
        enum report_table table;
        const char *what, *key;
        unsigned in;
        bool matters;
    } asked[] = {{TABLE_CADENCE, "Cadence", "cadence_spm", IN_NONE, true},
                 {TABLE_BREATHING, "Breathing rate", "rate_bpm", IN_NONE, true},
                 {TABLE_BREATHING, "Breathing rate while moving", "rate_bpm", IN_MOTION, false},
                 {TABLE_BREATHING, "Chest against abdomen", "chest_share", IN_NONE, false},
                 {TABLE_POSTURE, "Thoracic flexion", "thoracic_flexion_deg", IN_NONE, true},
                 {TABLE_POSTURE, "Trunk lean", "trunk_lean_deg", IN_NONE, false},
                 {TABLE_POSTURE, "Neck flexion", "neck_flexion_deg", IN_NONE, false},
                 {TABLE_POSTURE, "Shoulders", "shoulder_protraction_deg", IN_NONE, false},
                 {TABLE_GAIT, "Vertical oscillation", "vertical_oscillation_mm", IN_MOTION, false},
                 {TABLE_GAIT, "Ground contact", "contact_ms", IN_MOTION, false},
                 {TABLE_GAIT, "Step length", "step_length_m", IN_MOTION, false},
                 {TABLE_GAIT, "Foot roll", "eversion_left_deg", IN_MOTION, false},
                 {TABLE_ARMS, "Arm swing", "swing_left_deg", IN_MOTION, false},
                 {TABLE_PACK, "Pack", "bounce_mm", IN_MOTION, false}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        double pct = report_answered(view, asked[i].table, asked[i].key, asked[i].in);
        char key[80];
        snprintf(key, sizeof key, "%s.%s", stream_tables[report_streams[asked[i].table].stream].name, asked[i].key);
        const char *needs = report_text(view->data->unavailable, key), *why = pct < 99 ? needs : "";
        if (!isfinite(pct))
            continue; // nothing of it, nor of this activity
        if (why[0] == '\0' && asked[i].table == TABLE_POSTURE && pct < 99 && calibrated_pct(view) < 99)
            why = "not calibrated for a part of the time";
        bool worn = needs[0] == '\0';
        if (asked[i].matters && worn && grade(100 - pct, silent.fair, silent.poor) > GOOD)
            doubt(doubts, FAIR, FAIR, "%s was told for %.0f %% of the time.", asked[i].what, pct);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "what", asked[i].what, "key", key, "of",
                                              asked[i].in == IN_NONE ? "all" : "moving", "answered_pct",
                                              report_real(pct, 1), "why", report_words_json(why)));
    }
    return list;
}

json_t *report_quality(const struct report_view *view)
{
    struct doubts doubts = {.list = {json_array(), json_array(), json_array()}};
    json_t *sites = json_array(), *sentences = json_array(), *told;
    size_t i;
    json_array_foreach(view->doubts, i, told) doubt(&doubts, FAIR, FAIR, "%s", json_string_value(told));
    for (int s = 0; s < N_SITES; s++) {
        json_t *row = site_row(view, s, &doubts);
        if (row)
            json_array_append_new(sites, row);
    }
    double calibrated = calibrated_pct(view);
    json_t *samples = counters(view, &doubts), *answers = answered(view, &doubts);
    enum trust open = grade(100 - calibrated, uncalibrated.fair, uncalibrated.poor);
    if (open > GOOD)
        doubt(&doubts, open, open, "The harness was calibrated for %.0f %% of the time; posture is told only then.",
              calibrated);
    if (json_array_size(sites) == 0)
        doubt(&doubts, POOR, POOR, "Nothing is known of the sensors.");
    if (doubts.verdict == GOOD)
        doubt(&doubts, GOOD, GOOD,
              "All %d sensors ran without a gap worth mentioning, calibrated for %.0f %% of the time.",
              (int)json_array_size(sites), calibrated);
    for (int level = POOR; level >= GOOD; level--) {
        json_array_extend(sentences, doubts.list[level]);
        json_decref(doubts.list[level]);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "verdict", trust_names[doubts.verdict], "sentences", sentences,
                     "sites", sites, "counters", samples, "calibrated_pct", report_real(calibrated, 1), "answered",
                     answers);
}
