// SPDX-License-Identifier: GPL-3.0-or-later
// The whole configuration: one params struct per room, and the schema that names where each stands in the document.
#ifndef POISE_CONFIG_H
#define POISE_CONFIG_H

#include "acquire/acquire.h"
#include "align/align.h"
#include "arms/arms.h"
#include "breathing/breathing.h"
#include "core/rt.h"
#include "exercise/exercise.h"
#include "findings/findings.h"
#include "gait/gait.h"
#include "orient/orient.h"
#include "pack/pack.h"
#include "posture/posture.h"
#include "publish/publisher.h"
#include "record/log_reader.h"
#include "record/record_settings.h"
#include "segment/segment.h"
#include "settings/settings.h"

struct config_top {
    int version;
    char rig[64];
};

struct config_subject {
    char id[64];
    double leg_length_m;
};

struct config_map { // import.map.NAME
    char name[64];
    int site;
};

struct config {
    struct config_top top;
    struct config_subject subject;
    struct site_params sites[N_SITES];
    struct acquire_params acquire;
    struct align_params align;
    struct orient_params orient;
    struct segment_params segment;
    struct gait_params gait;
    struct posture_params posture;
    struct breathing_params breathing;
    struct arms_params arms;
    struct pack_params pack;
    struct exercise_params exercise;
    struct findings_params findings;
    struct publish_params publish;
    struct record_params record;
    struct rt_params rt;
    struct config_map import_map[IMPORT_MAP_MAX]; // up to the first empty name
};

extern const struct setting_schema config_schema;

void config_defaults(struct config *config);

// What no single row can check (a site without a way to find its device, …). 0 or -EINVAL with a sentence.
__attribute__((warn_unused_result)) int config_check(struct config *config, char error[SETTINGS_ERROR]);

// The effective configuration as YAML text, malloc'd; NULL without memory. Opens every recording.
char *config_text(const struct config *config);

#endif
