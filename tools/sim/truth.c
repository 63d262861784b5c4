// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/truth.h"

#include "sim/truth_breathing.h"
#include "sim/truth_drill.h"
#include "sim/truth_gait.h"
#include "sim/truth_raise.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEG            57.29577951308232
#define STEP_MS        10 // the means are taken over values so far apart
#define LINE_MS        50
#define STILL_VALUES   100 // 1 s
#define CADENCE_SPAN_S 6.0 // single steps jitter by 2 %: what a rate over some seconds can be compared with

enum key {
    TRUNK_LEAN,
    TRUNK_SIDE_LEAN,
    THORACIC_FLEXION,
    LUMBAR_FLEXION,
    NECK_FLEXION,
    PELVIC_TILT,
    PELVIC_OBLIQUITY,
    LATERAL_BEND,
    TRUNK_ROTATION,
    SHOULDER_LEFT,
    SHOULDER_RIGHT,
    SHOULDER_ASYMMETRY,
    SHOULDER_PROTRACTION,
    PACK_TILT,
    PACK_SIDE_TILT,
    N_KEYS
};

static const char *const key_names[N_KEYS] = {
    "trunk_lean_deg",
    "trunk_side_lean_deg",
    "thoracic_flexion_deg",
    "lumbar_flexion_deg",
    "neck_flexion_deg",
    "pelvic_tilt_deg",
    "pelvic_obliquity_deg",
    "lateral_bend_deg",
    "trunk_rotation_deg",
    "shoulder_elevation_left_deg",
    "shoulder_elevation_right_deg",
    "shoulder_asymmetry_deg",
    "shoulder_protraction_deg",
    "pack_tilt_deg",
    "pack_side_tilt_deg",
};

struct stride_mean {
    double sum[N_KEYS], rotation_min, rotation_max;
    int n;
};

struct truth {
    FILE *to;
    int error;
    const struct scenario *scenario;
    struct body *body;
    struct body_cursor cursor[N_SITES];
    int64_t step_hint, early_hint, late_hint;
    int64_t next_ms, start_mono_ns;
    int next_phase, next_drill;          // whose beginning is to be told next
    int64_t last_step;                   // already told; -1: none
    struct stride_mean stride;           // being taken
    double mean[N_KEYS], rotation_range; // of the last whole stride
    bool has_mean;
    double recent[STILL_VALUES][N_KEYS];
    int n_recent;
    struct truth_gait gait;
    struct truth_breathing breathing;
};

int truth_open(struct truth **out, const char *path, const struct scenario *scenario, struct body *body)
{
    struct truth *truth = calloc(1, sizeof *truth);
    *out = truth;
    if (!truth)
        return -ENOMEM;
    truth->to = fopen(path, "we");
    if (!truth->to) {
        int err = -errno;
        free(truth);
        *out = NULL;
        return err;
    }
    truth->scenario = scenario;
    truth->body = body;
    truth->last_step = -1;
    truth_gait_init(&truth->gait, body);
    truth_breathing_init(&truth->breathing, body);
    return 0;
}

// NAN while lying and on the way there: the slopes that gravity shows are none of the posture's then.
static void posture_at(struct truth *truth, double t_s, double key[N_KEYS])
{
    for (int i = 0; i < N_KEYS; i++)
        key[i] = NAN;
    if (scenario_weight(truth->scenario, PHASE_LIE, t_s) > 0)
        return;
    static const enum site sites[] = {SITE_HEAD,           SITE_C7,  SITE_T12, SITE_SACRUM, SITE_SHOULDER_LEFT,
                                      SITE_SHOULDER_RIGHT, SITE_PACK};
    double a[N_SITES][3]; // pitch, roll, yaw in degrees
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        double angle[3];
        body_angles_at(truth->body, &truth->cursor[sites[i]], sites[i], t_s, angle);
        for (int k = 0; k < 3; k++)
            a[sites[i]][k] = DEG * angle[k];
    }
    const double *c7 = a[SITE_C7], *t12 = a[SITE_T12], *sacrum = a[SITE_SACRUM];
    const double *left = a[SITE_SHOULDER_LEFT], *right = a[SITE_SHOULDER_RIGHT];
    key[TRUNK_LEAN] = 0.18 * sacrum[0] + 0.50 * t12[0] + 0.32 * c7[0];
    key[TRUNK_SIDE_LEAN] = 0.18 * sacrum[1] + 0.50 * t12[1] + 0.32 * c7[1];
    key[THORACIC_FLEXION] = c7[0] - t12[0];
    key[LUMBAR_FLEXION] = t12[0] - sacrum[0];
    key[NECK_FLEXION] = a[SITE_HEAD][0] - c7[0];
    key[PELVIC_TILT] = sacrum[0];
    key[PELVIC_OBLIQUITY] = sacrum[1];
    key[LATERAL_BEND] = c7[1] - sacrum[1];
    key[TRUNK_ROTATION] = c7[2] - sacrum[2];
    key[SHOULDER_LEFT] = left[1] - c7[1];
    key[SHOULDER_RIGHT] = c7[1] - right[1];
    key[SHOULDER_ASYMMETRY] = key[SHOULDER_LEFT] - key[SHOULDER_RIGHT];
    key[SHOULDER_PROTRACTION] = (left[0] + right[0]) / 2 - c7[0];
    key[PACK_TILT] = a[SITE_PACK][0] - t12[0];
    key[PACK_SIDE_TILT] = a[SITE_PACK][1] - t12[1];
}

// Steps since the start, with their fraction.
static double steps_at(struct truth *truth, double t_s, int64_t *hint)
{
    const struct timeline_step *step = timeline_step_at(body_timeline(truth->body), t_s, hint);
    return step ? (double)*hint + timeline_phase(step, t_s).turns : NAN;
}

static enum phase_kind activity_at(const struct truth *truth, double t_s)
{
    double run = scenario_weight(truth->scenario, PHASE_RUN, t_s),
           walk = scenario_weight(truth->scenario, PHASE_WALK, t_s);
    if (run + walk <= 0.5)
        return PHASE_STAND;
    return run >= walk ? PHASE_RUN : PHASE_WALK; // in the very middle of the change both weigh half
}

static const char *held_at(const struct truth *truth, double t_s)
{
    for (int kind = PHASE_SIT; kind <= PHASE_LIE; kind++)
        if (scenario_weight(truth->scenario, (enum phase_kind)kind, t_s) > 0.5)
            return phase_kind_names[kind];
    return phase_kind_names[PHASE_STAND];
}

static void remember(struct truth *truth, const double key[N_KEYS])
{
    memcpy(truth->recent[truth->n_recent++ % STILL_VALUES], key, N_KEYS * sizeof *key);
    struct stride_mean *stride = &truth->stride;
    if (stride->n == 0)
        stride->rotation_min = stride->rotation_max = key[TRUNK_ROTATION];
    stride->rotation_min = fmin(stride->rotation_min, key[TRUNK_ROTATION]);
    stride->rotation_max = fmax(stride->rotation_max, key[TRUNK_ROTATION]);
    for (int i = 0; i < N_KEYS; i++)
        stride->sum[i] += key[i];
    stride->n++;
}

static void end_stride(struct truth *truth, bool moving)
{
    struct stride_mean *stride = &truth->stride;
    truth->has_mean = moving && stride->n > 0;
    for (int i = 0; truth->has_mean && i < N_KEYS; i++)
        truth->mean[i] = stride->sum[i] / stride->n;
    truth_gait_end_stride(&truth->gait, moving, 1e-3 * STEP_MS);
    truth->rotation_range = stride->rotation_max - stride->rotation_min;
    *stride = (struct stride_mean){.n = 0};
}

static void print_times(struct truth *truth, double t_s, int64_t start_mono_ns)
{
    fprintf(truth->to, "\"t_s\":%.4f,\"mono_s\":%.6f", t_s, 1e-9 * (double)start_mono_ns + t_s);
}

static void tell_events(struct truth *truth, double t_s, int64_t start_mono_ns)
{
    const struct timeline_step *step = timeline_step_at(body_timeline(truth->body), t_s, &truth->step_hint);
    if (step && truth->step_hint != truth->last_step) {
        truth->last_step = truth->step_hint;
        const struct timeline_step begun = *step;
        step = &begun; // the timeline grows
        truth_gait_begin_step(&truth->gait, step);
        enum phase_kind activity = activity_at(truth, step->start_s);
        if (truth->step_hint % 2 == 0)
            end_stride(truth, activity != PHASE_STAND);
        if (activity != PHASE_STAND) {
            fprintf(truth->to, "{\"event\":\"contact\",");
            print_times(truth, step->start_s, start_mono_ns);
            fprintf(truth->to, ",\"foot\":\"%s\",\"activity\":\"%s\",\"step_time_ms\":%.3f",
                    truth->step_hint % 2 == 0 ? "right" : "left", phase_kind_names[activity], 1e3 * step->period_s);
            truth_gait_print_contact(&truth->gait, truth->to, 1e-9 * (double)start_mono_ns + step->start_s,
                                     activity == PHASE_RUN);
            fprintf(truth->to, "}\n");
        }
    }
    truth_breathing_tell(&truth->breathing, truth->to, t_s, 1e-9 * (double)start_mono_ns);
    truth_drill_tell(body_drill(truth->body), &truth->next_drill, truth->to, t_s, 1e-9 * (double)start_mono_ns);
    const struct scenario *scenario = truth->scenario;
    for (; truth->next_phase < scenario->n_phases && scenario->phase[truth->next_phase].start_s <= t_s;
         truth->next_phase++)
        truth_raise_tell(scenario, &scenario->phase[truth->next_phase], 1e-9 * (double)start_mono_ns, truth->to);
}

static double cadence_at(struct truth *truth, double t_s)
{
    double from_s = fmax(0, t_s - CADENCE_SPAN_S / 2), until_s = t_s + CADENCE_SPAN_S / 2;
    double steps = steps_at(truth, until_s, &truth->late_hint) - steps_at(truth, from_s, &truth->early_hint);
    return 60 * steps / (until_s - from_s);
}

static void print_gait(struct truth *truth, double t_s, enum phase_kind activity)
{
    const struct scenario *scenario = truth->scenario;
    const struct timeline_step *step = timeline_step_at(body_timeline(truth->body), t_s, &truth->step_hint);
    bool moving = activity != PHASE_STAND;
    double step_rate = moving && step ? 60 * timeline_phase(step, t_s).rate_hz : 0; // before the timeline grows
    double cadence = moving ? cadence_at(truth, t_s) : 0;
    fprintf(truth->to, ",\"phase\":\"%s\",\"activity\":\"%s\",\"posture\":\"%s\"",
            scenario_phase_at(scenario, t_s)->name, moving ? phase_kind_names[activity] : "still", held_at(truth, t_s));
    fprintf(truth->to, ",\"cadence_spm\":%.3f,\"step_rate_spm\":%.3f", cadence, step_rate);
    fprintf(truth->to, ",\"steps\":%.4f,\"speed_m_s\":%.3f,\"vertical_oscillation_mm\":%.2f",
            steps_at(truth, t_s, &truth->step_hint), scenario_param(scenario, PARAM_SPEED_M_S, t_s),
            truth->gait.now.vertical_oscillation_mm);
    truth_gait_print_line(&truth->gait, truth->to, t_s, moving);
    truth_breathing_print_line(&truth->breathing, truth->to, t_s, moving);
}

static void print_angle(FILE *to, const char *before, const char *key, double deg)
{
    if (isfinite(deg))
        fprintf(to, "%s\"%s\":%.3f", before, key, deg);
    else
        fprintf(to, "%s\"%s\":null", before, key);
}

static void print_line(struct truth *truth, double t_s, int64_t start_mono_ns, const double key[N_KEYS])
{
    double mean[N_KEYS] = {0};
    enum phase_kind activity = activity_at(truth, t_s);
    bool by_stride = activity != PHASE_STAND && truth->has_mean;
    int n = truth->n_recent < STILL_VALUES ? truth->n_recent : STILL_VALUES;
    for (int i = 0; i < N_KEYS; i++) {
        for (int k = 0; k < n; k++)
            mean[i] += truth->recent[k][i] / n;
        if (by_stride)
            mean[i] = truth->mean[i];
    }
    fputc('{', truth->to);
    print_times(truth, t_s, start_mono_ns);
    print_gait(truth, t_s, activity);
    for (int i = 0; i < N_KEYS; i++)
        print_angle(truth->to, ",", key_names[i], key[i]);
    fprintf(truth->to, ",\"mean\":{");
    for (int i = 0; i < N_KEYS; i++)
        print_angle(truth->to, i ? "," : "", key_names[i], mean[i]);
    if (by_stride)
        fprintf(truth->to, ",\"trunk_rotation_range_deg\":%.3f", truth->rotation_range);
    fprintf(truth->to, "}}\n");
}

int truth_advance(struct truth *truth, int64_t t_ns, int64_t start_mono_ns)
{
    truth->start_mono_ns = start_mono_ns;
    for (; truth->next_ms * 1000000 < t_ns; truth->next_ms += STEP_MS) {
        double t_s = 1e-3 * (double)truth->next_ms, key[N_KEYS];
        tell_events(truth, t_s, start_mono_ns);
        posture_at(truth, t_s, key);
        remember(truth, key);
        truth_gait_remember(&truth->gait, t_s);
        if (truth->next_ms % LINE_MS == 0)
            print_line(truth, t_s, start_mono_ns, key);
    }
    if (ferror(truth->to) && !truth->error)
        truth->error = -EIO;
    return truth->error;
}

void truth_tell_faults(struct truth *truth, const struct feed *feed)
{
    const struct fault_list *list = feed_faults(feed);
    for (int i = 0; i < list->n; i++) {
        const struct fault *fault = &list->fault[i];
        double from_s = 1e-9 * (double)fault->from_ns, until_s = 1e-9 * (double)fault->until_ns;
        for (int site = 0; site < N_SITES; site++) {
            if (!(fault->sites & truth->scenario->sites & SITE_BIT(site)))
                continue;
            fprintf(truth->to, "{\"event\":\"fault\",");
            print_times(truth, from_s, truth->start_mono_ns);
            fprintf(truth->to, ",\"kind\":\"%s\",\"site\":\"%s\",\"until_s\":%.4f", fault_kinds[fault->kind].name,
                    site_names[site], until_s);
            if (fault_kinds[fault->kind].unit)
                fprintf(truth->to, ",\"value\":%.6g", fault->value);
            fprintf(truth->to, "}\n");
        }
    }
    for (int i = 0; list->n > 0 && i < feed_count(feed); i++) {
        const struct source_desc *desc = feed_desc(feed, i);
        const struct feed_counts *counts = feed_counts(feed, i);
        fprintf(truth->to, "{\"event\":\"samples\",");
        print_times(truth, 1e-3 * (double)truth->next_ms, truth->start_mono_ns);
        fprintf(truth->to,
                ",\"site\":\"%s\",\"device\":\"%s\",\"delivered\":%" PRIu64 ",\"in_gaps\":%" PRIu64
                ",\"dropped\":%" PRIu64 ",\"overrun\":%" PRIu64 ",\"frozen\":%" PRIu64 ",\"saturated\":%" PRIu64
                ",\"burst\":%" PRIu64 ",\"stepped\":%" PRIu64 "}\n",
                site_names[desc->site], desc->name, counts->delivered, counts->in_gaps, counts->dropped,
                counts->overrun, counts->frozen, counts->saturated, counts->burst, counts->stepped);
    }
}

int truth_close(struct truth *truth)
{
    if (!truth)
        return 0;
    int err = truth->error;
    if (fclose(truth->to) != 0 && !err)
        err = -errno;
    free(truth);
    return err;
}
