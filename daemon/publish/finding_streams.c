// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams about the runner as a whole: `finding` and `session`.
#include "publish/json_value.h"
#include "publish/special.h"

#include <math.h>

#define EVIDENCE_DECIMALS 3

static const char *const level_names[] = FINDING_LEVEL_NAMES;
static const char *const phase_names[] = SESSION_PHASE_NAMES;

static const struct factor_info *info_of(const void *result)
{
    const struct finding_result *r = result;
    return r->factor >= 0 && r->factor < N_FACTORS ? &factors[r->factor] : NULL;
}

static json_t *cause(const void *result)
{
    const struct factor_info *info = info_of(result);
    return info ? json_string(cause_names[info->cause]) : json_null();
}

static json_t *factor(const void *result)
{
    const struct factor_info *info = info_of(result);
    return info ? json_string(info->name) : json_null();
}

static bool is_raised(const void *result)
{
    const struct finding_result *r = result;
    return r->level == LEVEL_NOTICE || r->level == LEVEL_WARN;
}

static json_t *says(const void *result)
{
    const struct factor_info *info = info_of(result);
    return info && is_raised(result) ? json_string(info->says) : json_null();
}

static json_t *advice(const void *result)
{
    const struct factor_info *info = info_of(result);
    return info && is_raised(result) ? json_string(info->advice) : json_null();
}

static json_t *unknown_of(const void *result)
{
    const struct finding_result *r = result;
    return r->level == LEVEL_UNKNOWN && r->unknown_of ? json_string(r->unknown_of) : json_null();
}

static json_t *since(const void *result)
{
    const struct finding_result *r = result;
    return value_number((double)r->since_ns / 1e9, 3);
}

static json_t *evidence(const void *result)
{
    const struct finding_result *r = result;
    json_t *object = json_object();
    for (int i = 0; i < r->n_evidence && i < EVIDENCE_MAX; i++) {
        const struct evidence *e = &r->evidence[i];
        json_object_set_new(object, e->key,
                            json_pack("{s:o, s:o}", "value", value_number((double)e->value, EVIDENCE_DECIMALS),
                                      "reference", value_number((double)e->reference, EVIDENCE_DECIMALS)));
    }
    return object;
}

static json_t *text_schema(void)
{
    return json_pack("{s:[s, s]}", "type", "string", "null");
}

static json_t *number_schema(void)
{
    return json_pack("{s:[s, s]}", "type", "number", "null");
}

static json_t *cause_schema(void)
{
    json_t *names = json_array();
    for (int i = 0; i < N_CAUSES; i++)
        json_array_append_new(names, json_string(cause_names[i]));
    json_array_append_new(names, json_null());
    return json_pack("{s:o}", "enum", names);
}

static json_t *factor_schema(void)
{
    json_t *names = json_array();
    for (int i = 0; i < N_FACTORS; i++)
        json_array_append_new(names, json_string(factors[i].name));
    json_array_append_new(names, json_null());
    return json_pack("{s:o}", "enum", names);
}

static json_t *evidence_schema(void)
{
    json_t *pair = json_pack("{s:s, s:{s:o, s:o}, s:[s, s]}", "type", "object", "properties", "value", number_schema(),
                             "reference", number_schema(), "required", "value", "reference");
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", pair);
}

static const struct stream_special cause_special = {cause, cause_schema, NULL};
static const struct stream_special factor_special = {factor, factor_schema, NULL};
static const struct stream_special says_special = {says, text_schema, NULL};
static const struct stream_special advice_special = {advice, text_schema, NULL};
static const struct stream_special unknown_special = {unknown_of, text_schema, NULL};
static const struct stream_special since_special = {since, number_schema, NULL};
static const struct stream_special evidence_special = {evidence, evidence_schema, NULL};

#define SPECIAL(name, what) .key = name, .kind = KEY_SPECIAL, .special = &(what)

const struct stream_key stream_finding_keys[] = {
    {SPECIAL("cause", cause_special), .sentence = "which of the causes the factor belongs to"},
    {SPECIAL("factor", factor_special), .sentence = "what is judged; docs/findings.md defines each"},
    {.key = "level",
     .kind = KEY_NAME,
     .offset = offsetof(struct finding_result, level),
     .names = level_names,
     .sentence = "unknown: what is needed for an answer is not there"},
    {ROW(score, finding_result, NULL, 3), .sentence = "0 at the reference, 0.5 at notice, 1 at warn, at most 2"},
    {SPECIAL("evidence", evidence_special),
     .sentence = "the numbers behind it, by their name and unit: what was found, and what it is held against"},
    {SPECIAL("says", says_special), .sentence = "what a raised level means; null below notice"},
    {SPECIAL("advice", advice_special), .sentence = "what helps; null below notice. Never a diagnosis"},
    {SPECIAL("since_s", since_special), .unit = "s", .sentence = "the t_s at which what is found set in"},
    {SPECIAL("unknown_of", unknown_special), .sentence = "what is missing when the level is unknown"},
    END,
};

static json_t *baseline(const void *result)
{
    const struct session_result *r = result;
    json_t *object = json_object();
    for (int q = 0; q < N_QUANTITIES; q++) {
        const struct usual_cell *cell = &r->baseline[q];
        int decimals = quantities[q].decimals;
        if (r->has_baseline && cell->minutes > 0)
            json_object_set_new(object, quantities[q].key,
                                json_pack("{s:o, s:o, s:o}", "mean", value_number((double)cell->mean, decimals), "sd",
                                          value_number((double)cell->sd, decimals + 1), "minutes",
                                          value_number((double)cell->minutes, 1)));
    }
    return object;
}

static json_t *drift(const void *result)
{
    const struct session_result *r = result;
    json_t *object = json_object();
    for (int q = 0; q < N_QUANTITIES; q++) {
        int decimals = quantities[q].decimals;
        if (isfinite(r->drift[q].change))
            json_object_set_new(
                object, quantities[q].key,
                json_pack("{s:o, s:o, s:o, s:b}", "value", value_number((double)r->drift[q].value, decimals), "change",
                          value_number((double)r->drift[q].change, decimals), "sigmas",
                          value_number((double)r->drift[q].sigmas, 1), "drifted", (int)r->drift[q].drifted));
    }
    return object;
}

static json_t *markers(const void *result)
{
    const struct session_result *r = result;
    const uint32_t most = sizeof r->mark / sizeof r->mark[0];
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_marks && i < most; i++)
        json_array_append_new(list, json_pack("{s:o, s:o}", "t_s", value_number((double)r->mark_ns[i] / 1e9, 3), "text",
                                              value_string(r->mark[i])));
    return list;
}

// Objects by quantity of these numbers; takes properties.
static json_t *by_quantity_schema(json_t *properties)
{
    json_t *names = json_array();
    for (int q = 0; q < N_QUANTITIES; q++)
        json_array_append_new(names, json_string(quantities[q].key));
    json_t *element = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    return json_pack("{s:s, s:{s:o}, s:o}", "type", "object", "propertyNames", "enum", names, "additionalProperties",
                     element);
}

static json_t *baseline_schema(void)
{
    return by_quantity_schema(
        json_pack("{s:o, s:o, s:o}", "mean", number_schema(), "sd", number_schema(), "minutes", number_schema()));
}

static json_t *drift_schema(void)
{
    return by_quantity_schema(json_pack("{s:o, s:o, s:o, s:{s:s}}", "value", number_schema(), "change", number_schema(),
                                        "sigmas", number_schema(), "drifted", "type", "boolean"));
}

static json_t *markers_schema(void)
{
    json_t *mark = json_pack("{s:s, s:{s:o, s:{s:s}}}", "type", "object", "properties", "t_s", number_schema(), "text",
                             "type", "string");
    return json_pack("{s:s, s:o}", "type", "array", "items", mark);
}

static const struct stream_special baseline_special = {baseline, baseline_schema, NULL};
static const struct stream_special drift_special = {drift, drift_schema, NULL};
static const struct stream_special markers_special = {markers, markers_schema, NULL};

const struct stream_key stream_session_keys[] = {
    {.key = "phase",
     .kind = KEY_NAME,
     .offset = offsetof(struct session_result, phase),
     .names = phase_names,
     .sentence = "what the signal says the runner is doing"},
    {ROW(elapsed_s, session_result, "s", 1), .sentence = "since the session began, without one since the start"},
    {ROW(still_s, session_result, "s", 1), .sentence = "without movement until now; 0 while moving"},
    {ROW(ran_s, session_result, "s", 1), .sentence = "of running in it"},
    {ROW(steady_s, session_result, "s", 1), .sentence = "of running at a steady speed in it"},
    {SPECIAL("baseline", baseline_special),
     .sentence =
         "the runner's own at this gait and speed, as means over 10 s: minutes 3 to 8 of steady running, before "
         "them the usual of earlier sessions; empty when neither is known"},
    {SPECIAL("drift", drift_special), .sentence = "how far it has gone from this baseline, smoothed"},
    {SPECIAL("markers", markers_special), .sentence = "the last marks set in it"},
    {ROW(speed_m_s, session_result, "m/s", 2), .sentence = "of the belt, when known"},
    END,
};
