// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams of guided assessments: `assessment` and `repetition`.
#include "core/clock.h"
#include "publish/json_value.h"
#include "publish/special.h"

#define VALUE_DECIMALS 3

static const char *const outcome_names[] = EXERCISE_OUTCOME_NAMES;
static const char *const cue_names[] = EXERCISE_CUE_NAMES;
static const char *const side_names[] = EXERCISE_SIDE_NAMES;

static const struct exercise_info *info_of(int exercise)
{
    return exercise >= 0 && exercise < N_EXERCISES ? &exercises[exercise] : NULL;
}

static const struct exercise_part *part_of(int exercise, int part)
{
    const struct exercise_info *info = info_of(exercise);
    return info && part >= 0 && part < info->n_parts ? &info->part[part] : NULL;
}

// The part that runs; NULL for none.
static const struct exercise_part *part_now(const struct exercise_result *r)
{
    return part_of(r->exercise, r->part);
}

static json_t *name_value(const char *name)
{
    return name ? json_string(name) : json_null();
}

static json_t *integer_or_null(bool known, int value)
{
    return known ? json_integer(value) : json_null();
}

static json_t *exercise_name(const void *result)
{
    const struct exercise_result *r = result;
    const struct exercise_info *info = info_of(r->exercise);
    return name_value(info ? info->name : NULL);
}

static json_t *begun_utc(const void *result)
{
    const struct exercise_result *r = result;
    char utc[CLOCK_UTC_TEXT] = "";
    if (r->begun_ns != 0 && r->begun_utc_ns != UTC_UNKNOWN_NS)
        clock_format_utc(r->begun_utc_ns, utc);
    return value_text(utc);
}

static json_t *part_name(const void *result)
{
    const struct exercise_part *part = part_now(result);
    return name_value(part ? part->name : NULL);
}

static json_t *part_number(const void *result)
{
    const struct exercise_result *r = result;
    return integer_or_null(part_now(r) != NULL, r->part + 1);
}

static json_t *parts(const void *result)
{
    const struct exercise_result *r = result;
    const struct exercise_info *info = info_of(r->exercise);
    return integer_or_null(info != NULL, info ? info->n_parts : 0);
}

static json_t *says(const void *result)
{
    const struct exercise_part *part = part_now(result);
    return name_value(part ? part->says : NULL);
}

static json_t *count_of(const struct exercise_result *r, bool sided, int side)
{
    const struct exercise_part *part = part_now(r);
    bool counts = part && (part->kind == PART_REPETITIONS || part->kind == PART_TIMED);
    return integer_or_null(counts && part->sided == sided, r->count[side]);
}

static json_t *count_left(const void *result)
{
    return count_of(result, true, SIDE_LEFT);
}

static json_t *count_right(const void *result)
{
    return count_of(result, true, SIDE_RIGHT);
}

static json_t *count(const void *result)
{
    return count_of(result, false, 0);
}

static json_t *target(const void *result)
{
    const struct exercise_part *part = part_now(result);
    return integer_or_null(part && part->count > 0, part ? part->count : 0);
}

static json_t *target_hold(const void *result)
{
    const struct exercise_part *part = part_now(result);
    return part && part->hold_s > 0 ? value_number(part->hold_s, 1) : json_null();
}

static json_t *values_of(const struct exercise_row *row)
{
    json_t *object = json_object();
    for (int i = 0; i < row->n_values && i < EXERCISE_VALUES; i++)
        json_object_set_new(object, row->value[i].key, value_number((double)row->value[i].value, VALUE_DECIMALS));
    return object;
}

static json_t *row_of(const struct exercise_result *r, const struct exercise_row *row)
{
    const struct exercise_part *part = part_of(r->exercise, row->part);
    bool sided = row->side == SIDE_LEFT || row->side == SIDE_RIGHT;
    json_t *object = json_object();
    json_object_set_new(object, "part", name_value(part ? part->name : NULL));
    json_object_set_new(object, "side", name_value(sided ? side_names[row->side] : NULL));
    json_object_set_new(object, "count", json_integer(row->count));
    json_object_set_new(object, "held", json_integer(row->held));
    json_object_set_new(object, "range_deg", value_number((double)row->range_deg, 2));
    json_object_set_new(object, "best_deg", value_number((double)row->best_deg, 2));
    json_object_set_new(object, "hold_s", value_number((double)row->hold_s, 2));
    json_object_set_new(object, "smoothness", value_number((double)row->smoothness, 3));
    json_object_set_new(object, "values", values_of(row));
    return object;
}

static json_t *rows(const void *result)
{
    const struct exercise_result *r = result;
    json_t *list = json_array();
    for (int i = 0; i < r->n_rows && i < EXERCISE_ROWS; i++)
        json_array_append_new(list, row_of(r, &r->row[i]));
    return list;
}

static json_t *repetition_exercise(const void *result)
{
    const struct repetition_result *r = result;
    const struct exercise_info *info = info_of(r->exercise);
    return name_value(info ? info->name : NULL);
}

static json_t *repetition_part(const void *result)
{
    const struct repetition_result *r = result;
    const struct exercise_part *part = part_of(r->exercise, r->part);
    return name_value(part ? part->name : NULL);
}

static json_t *repetition_number(const void *result)
{
    const struct repetition_result *r = result;
    return json_integer(r->number);
}

static json_t *typed(const char *type)
{
    return json_pack("{s:[s, s]}", "type", type, "null");
}

static json_t *text_schema(void)
{
    return typed("string");
}

static json_t *integer_schema(void)
{
    return typed("integer");
}

static json_t *number_schema(void)
{
    return typed("number");
}

static json_t *number_of_schema(void)
{
    return json_pack("{s:s, s:i}", "type", "integer", "minimum", 1);
}

static json_t *utc_schema(void)
{
    json_t *schema = typed("string");
    json_object_set_new(schema, "pattern",
                        json_string("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"));
    return schema;
}

static json_t *exercise_schema(void)
{
    json_t *names = json_array();
    for (int i = 0; i < N_EXERCISES; i++)
        json_array_append_new(names, json_string(exercises[i].name));
    json_array_append_new(names, json_null());
    return json_pack("{s:o}", "enum", names);
}

static void describe(json_t *properties, json_t *required, const char *key, json_t *schema, const char *sentence)
{
    json_object_set_new(schema, "description", json_string(sentence));
    json_object_set_new(properties, key, schema);
    json_array_append_new(required, json_string(key));
}

static json_t *rows_schema(void)
{
    json_t *p = json_object(), *required = json_array();
    json_t *values = json_pack("{s:s, s:o}", "type", "object", "additionalProperties", number_schema());
    describe(p, required, "part", text_schema(), "name of the part");
    describe(p, required, "side", json_pack("{s:[s, s, n]}", "enum", "left", "right"), "null: the part has no sides");
    describe(p, required, "count", json_pack("{s:s}", "type", "integer"), "repetitions done");
    describe(p, required, "held", json_pack("{s:s}", "type", "integer"), "of these, held as long as asked");
    describe(p, required, "range_deg", number_schema(),
             "mean over them of how far from rest; cycles: peak to peak (deg)");
    describe(p, required, "best_deg", number_schema(), "the largest of them (deg)");
    describe(p, required, "hold_s", number_schema(), "mean time held (s)");
    describe(p, required, "smoothness", number_schema(),
             "mean spectral arc length of the movements out: at most 0, nearer 0 is smoother");
    describe(p, required, "values", values, "what this exercise tells besides, by name and unit");
    json_t *row = json_pack("{s:s, s:o, s:o}", "type", "object", "properties", p, "required", required);
    return json_pack("{s:s, s:o}", "type", "array", "items", row);
}

#define SPECIAL(name, what, what_schema) static const struct stream_special name##_special = {what, what_schema, NULL}

SPECIAL(exercise, exercise_name, exercise_schema);
SPECIAL(begun, begun_utc, utc_schema);
SPECIAL(part, part_name, text_schema);
SPECIAL(part_number, part_number, integer_schema);
SPECIAL(parts, parts, integer_schema);
SPECIAL(says, says, text_schema);
SPECIAL(count_left, count_left, integer_schema);
SPECIAL(count_right, count_right, integer_schema);
SPECIAL(count, count, integer_schema);
SPECIAL(target, target, integer_schema);
SPECIAL(target_hold, target_hold, number_schema);
SPECIAL(rows, rows, rows_schema);
SPECIAL(repetition_exercise, repetition_exercise, exercise_schema);
SPECIAL(repetition_part, repetition_part, text_schema);
SPECIAL(repetition_number, repetition_number, number_of_schema);

#define KEY(name, what) .key = name, .kind = KEY_SPECIAL, .special = &what##_special
#define NAMED(name, what, its_names)                                                                                   \
    .key = #name, .kind = KEY_NAME, .offset = offsetof(struct what, name), .names = its_names

const struct stream_key stream_assessment_keys[] = {
    {KEY("exercise", exercise), .sentence = "of the last command; docs/assess.md describes each"},
    {NAMED(outcome, exercise_result, outcome_names),
     .sentence = "stopped: what was done by then stays; failed: it never began, the hint says why"},
    {.key = "commands",
     .kind = KEY_COUNT,
     .offset = offsetof(struct exercise_result, commands),
     .sentence = "assess commands taken so far: tells an outcome from that of the command before"},
    {KEY("begun_utc", begun), .sentence = "when it was begun, as RFC 3339 in UTC"},
    {KEY("part", part), .sentence = "the part that runs; null without one, as all that is said of it"},
    {KEY("part_number", part_number), .sentence = "its number, from 1"},
    {KEY("parts", parts), .sentence = "how many the exercise has"},
    {NAMED(cue, exercise_result, cue_names), .sentence = "what the person is to do this moment"},
    {KEY("says", says), .sentence = "what the part asks for, to the person"},
    {KEY("count_left", count_left), .sentence = "repetitions to the left in this part; null: it has no sides"},
    {KEY("count_right", count_right), .sentence = "the same, to the right"},
    {KEY("count", count), .sentence = "repetitions in a part without sides"},
    {KEY("target", target), .sentence = "repetitions asked for, with sides of each; null: as many as come"},
    {KEY("target_hold_s", target_hold), .unit = "s", .sentence = "how long to hold each; null: no hold is asked for"},
    {ROW(angle_deg, exercise_result, "deg", 1), .sentence = "from rest, now; left, up and out positive"},
    {ROW(held_s, exercise_result, "s", 1), .sentence = "of the hold that runs, 0 without one"},
    {ROW(remaining_s, exercise_result, "s", 1),
     .sentence = "of a part that ends by its time, or of being still; null: it ends by its count"},
    {.key = "hint",
     .kind = KEY_TEXT,
     .offset = offsetof(struct exercise_result, hint),
     .sentence = "what is in the way or goes wrong"},
    {KEY("rows", rows), .sentence = "what was measured so far, a row for each part and side"},
    END,
};

const struct stream_key stream_repetition_keys[] = {
    {KEY("exercise", repetition_exercise), .sentence = "of which exercise"},
    {KEY("part", repetition_part), .sentence = "in which part of it"},
    {NAMED(side, repetition_result, side_names), .sentence = "null: the part has no sides"},
    {KEY("number", repetition_number), .sentence = "in this part and side, from 1"},
    {ROW(range_deg, repetition_result, "deg", 2), .sentence = "how far from rest; a cycle: peak to peak"},
    {ROW(hold_s, repetition_result, "s", 2),
     .sentence = "from the end of the movement out to the start of the one back; null: none is measured"},
    {ROW(move_s, repetition_result, "s", 2), .sentence = "the movement out, which begins at t_s"},
    {ROW(smoothness, repetition_result, NULL, 3),
     .sentence = "spectral arc length of the movement out: at most 0, nearer 0 is smoother"},
    END,
};
