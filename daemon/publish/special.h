// SPDX-License-Identifier: GPL-3.0-or-later
// Keys whose value is no plain member of a struct: maps by site and what `meta` lists. Private to publish/.
#ifndef POISE_PUBLISH_SPECIAL_H
#define POISE_PUBLISH_SPECIAL_H

#include "publish/streams.h"
#include "publish/wire_line.h"

#define WIRE_VERSION 1

// The last row of a table; the front of a row for a float member of struct what.
#define END                                                                                                            \
    {                                                                                                                  \
        .key = NULL                                                                                                    \
    }
#define ROW(name, what, unit_text, digits)                                                                             \
    .key = #name, .kind = KEY_NUMBER, .offset = offsetof(struct what, name), .unit = unit_text, .decimals = digits

extern const struct stream_special stream_sensor_quaternions, stream_segment_quaternions; // struct orientation_result
extern const struct stream_special stream_site_objects, stream_unavailable;               // struct status_result
extern const struct stream_special stream_slipped_list;                                   // struct posture_result
extern const struct stream_special stream_taken, stream_site_fits, stream_tall_angles;    // struct calibration_result
extern const struct stream_special stream_catalogue_text, stream_site_list, stream_lean_weights,
    stream_stated_errors; // struct stream_meta

extern const struct stream_key *const stream_site_status_keys;
extern const struct stream_key stream_posture_keys[], stream_calibration_keys[];
extern const struct stream_key stream_contact_keys[], stream_step_keys[], stream_gait_keys[];
extern const struct stream_key stream_rt_keys[]; // struct stream_rt
extern const struct stream_key stream_arms_keys[], stream_pack_keys[];
extern const struct stream_key stream_breathing_keys[], stream_inspiration_keys[];
extern const struct stream_key stream_finding_keys[], stream_session_keys[];
extern const struct stream_key stream_assessment_keys[], stream_repetition_keys[];

// Adds the rows' keys and values to object.
void stream_add_keys(json_t *object, const struct stream_key *keys, const void *base, const struct stream_host *host);
// The same as text: the object's members from the first on.
void stream_write_keys(struct wire_line *line, const struct stream_key *keys, const void *base,
                       const struct stream_host *host, bool first);
// The struct that the rows of the output's stream are about; NULL when there is none.
const void *stream_result(const struct stream_encoder *encoder, const struct output *output);
// The schema of an object with these rows, all required.
json_t *stream_object_schema(const struct stream_key *keys);
// The same, or null.
json_t *stream_optional_schema(const struct stream_key *keys);
// The schema of an object whose keys are sites; takes element.
json_t *stream_site_map_schema(json_t *element);

#endif
