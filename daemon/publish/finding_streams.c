// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams `finding` and `session`.
#include "publish/json_value.h"
#include "publish/special.h"

#include <math.h>

#define EVIDENCE_DECIMALS 3

static const struct factor_info *info_of(const struct finding_result *r)
{
    return r->factor >= 0 && r->factor < N_FACTORS ? &factors[r->factor] : NULL;
}

static json_t *name_or_null(const char *name)
{
    return name ? json_string(name) : json_null();
}

static json_t *cause_value(const void *result)
{
    const struct factor_info *info = info_of(result);
    return name_or_null(info ? cause_names[info->cause] : NULL);
}

static json_t *cause_schema(void)
{
    json_t *values = json_array();
    for (int i = 0; i < N_CAUSES; i++)
        json_array_append_new(values, json_string(cause_names[i]));
    json_array_append_new(values, json_null());
    return json_pack("{s:o}", "enum", values);
}

static json_t *factor_value(const void *result)
{
    const struct factor_info *info = info_of(result);
    return name_or_null(info ? info->name : NULL);
}

static json_t *factor_schema(void)
{
    json_t *values = json_array();
    for (int i = 0; i < N_FACTORS; i++)
        json_array_append_new(values, json_string(factors[i].name));
    json_array_append_new(values, json_null());
    return json_pack("{s:o}", "enum", values);
}

static json_t *evidence_value(const void *result)
{
    const struct finding_result *r = result;
    json_t *object = json_object();
    for (int i = 0; i < r->n_evidence && i < EVIDENCE_MAX; i++) {
        const struct evidence *e = &r->evidence[i];
        if (e->key)
            json_object_set_new(object, e->key,
                                json_pack("{s:o, s:o}", "value", value_number((double)e->value, EVIDENCE_DECIMALS),
                                          "reference", value_number((double)e->reference, EVIDENCE_DECIMALS)));
    }
    return object;
}

static json_t *evidence_schema(void)
{
    return json_pack("{s:s, s:{s:s, s:{s:{s:[s, s]}, s:{s:[s, s]}}, s:[s, s]}}", "type", "object",
                     "additionalProperties", "type", "object", "properties", "value", "type", "number", "null",
                     "reference", "type", "number", "null", "required", "value", "reference");
}

static bool raised(const struct finding_result *r)
{
    return r->level == LEVEL_NOTICE || r->level == LEVEL_WARN;
}

static json_t *advice_value(const void *result)
{
    const struct factor_info *info = info_of(result);
    return name_or_null(info && raised(result) ? info->advice : NULL);
}

static json_t *says_value(const void *result)
{
    const struct factor_info *info = info_of(result);
    return name_or_null(info && raised(result) ? info->says : NULL);
}

static json_t *unknown_value(const void *result)
{
    return name_or_null(((const struct finding_result *)result)->unknown_of);
}

static json_t *text_schema(void)
{
    return json_pack("{s:[s, s]}", "type", "string", "null");
}

static json_t *since_value(const void *result)
{
    int64_t since_ns = ((const struct finding_result *)result)->since_ns;
    return since_ns == INT64_MIN ? json_null() : value_number((double)since_ns / 1e9, 3);
}

static json_t *number_schema(void)
{
    return json_pack("{s:[s, s]}", "type", "number", "null");
}

static const struct stream_special cause_special = {cause_value, cause_schema, NULL};
static const struct stream_special factor_special = {factor_value, factor_schema, NULL};
static const struct stream_special evidence_special = {evidence_value, evidence_schema, NULL};
static const struct stream_special says_special = {says_value, text_schema, NULL};
static const struct stream_special advice_special = {advice_value, text_schema, NULL};
static const struct stream_special unknown_special = {unknown_value, text_schema, NULL};
static const struct stream_special since_special = {since_value, number_schema, NULL};

static const char *const level_names[] = FINDING_LEVEL_NAMES;

const struct stream_key stream_finding_keys[] = {
    {.key = "cause", .kind = KEY_SPECIAL, .special = &cause_special, .sentence = "which of the causes it belongs to"},
    {.key = "factor", .kind = KEY_SPECIAL, .special = &factor_special, .sentence = "what is judged"},
    {.key = "level",
     .kind = KEY_NAME,
     .offset = offsetof(struct finding_result, level),
     .names = level_names,
     .sentence = "how it stands"},
    {ROW(score, finding_result, NULL, 2), .sentence = "0 at the reference, 0.5 at notice, 1 at warn, at most 2"},
    {.key = "evidence",
     .kind = KEY_SPECIAL,
     .special = &evidence_special,
     .sentence = "the numbers behind it by name, each with what it is held against: a limit, the stand or the usual"},
    {.key = "says",
     .kind = KEY_SPECIAL,
     .special = &says_special,
     .sentence = "what it means, in a sentence; null unless notice or warn"},
    {.key = "advice",
     .kind = KEY_SPECIAL,
     .special = &advice_special,
     .sentence = "what helps; null unless notice or warn"},
    {.key = "since_s",
     .kind = KEY_SPECIAL,
     .special = &since_special,
     .unit = "s",
     .decimals = 3,
     .sentence = "monotonic time since when; for notice and warn when the cause set in"},
    {.key = "unknown_of",
     .kind = KEY_SPECIAL,
     .special = &unknown_special,
     .sentence = "what is missing for an answer; null when there is one"},
    END,
};

#define CLOCK(name)                                                                                                    \
    static json_t *name##_value(const void *result)                                                                    \
    {                                                                                                                  \
        return value_number(((const struct session_result *)result)->name, 1);                                         \
    }                                                                                                                  \
    static const struct stream_special name##_special = {name##_value, number_schema, NULL};
CLOCK(elapsed_s)
CLOCK(still_s)
CLOCK(ran_s)
CLOCK(steady_s)

static json_t *speed_value(const void *result)
{
    return value_number(((const struct session_result *)result)->speed_m_s, 3);
}
static const struct stream_special speed_special = {speed_value, number_schema, NULL};

static const char *const phase_names[] = SESSION_PHASE_NAMES;

#define SECONDS(name) .key = #name, .kind = KEY_SPECIAL, .special = &name##_special, .unit = "s", .decimals = 1

const struct stream_key stream_session_keys[] = {
    {.key = "phase",
     .kind = KEY_NAME,
     .offset = offsetof(struct session_result, phase),
     .names = phase_names,
     .sentence = "what part of the session this is, as the signal tells it"},
    {SECONDS(elapsed_s), .sentence = "since the session began, or since the start without one"},
    {SECONDS(still_s), .sentence = "without moving, until now"},
    {SECONDS(ran_s), .sentence = "running in this session"},
    {SECONDS(steady_s), .sentence = "of it at a steady pace"},
    {.key = "speed_m_s",
     .kind = KEY_SPECIAL,
     .special = &speed_special,
     .unit = "m/s",
     .decimals = 3,
     .sentence = "the belt's speed; null: not known"},
    END,
};
