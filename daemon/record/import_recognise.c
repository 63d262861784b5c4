// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/site.h"
#include "record/import_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define G_M_S2       9.80665
#define RAD_PER_DEG  0.017453292519943295
#define MAX_LABELLED 4096U // channels looked at

enum kind { KIND_OTHER, KIND_IMU, KIND_ACC, KIND_GYRO };

struct unit {
    const char *name; // letters, digits and '/' only
    double to_si;
};

static const struct unit acc_units[] = {
    {"g", G_M_S2}, {"gs", G_M_S2}, {"gforce", G_M_S2}, {"mg", G_M_S2 / 1000}, {"m/s2", 1}, {"m/ss", 1}, {"ms2", 1},
};
static const struct unit gyro_units[] = {
    {"deg/s", RAD_PER_DEG},          {"degs", RAD_PER_DEG}, {"dps", RAD_PER_DEG},
    {"degrees/s", RAD_PER_DEG},      {"/s", RAD_PER_DEG},   {"mdps", RAD_PER_DEG / 1000},
    {"degrees/second", RAD_PER_DEG}, {"rad/s", 1},          {"rads", 1},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

// Keeps letters (small), digits and the characters in also.
static void squeeze(const char *text, const char *also, char *to, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        if (isalnum((unsigned char)*text))
            to[n++] = (char)tolower((unsigned char)*text);
        else if (strchr(also, *text))
            to[n++] = *text;
    }
    to[n] = '\0';
}

static enum kind kind_of_type(const char *type)
{
    static const struct {
        const char *name;
        enum kind kind;
    } types[] = {
        {"imu", KIND_IMU},          {"motion", KIND_IMU},  {"inertial", KIND_IMU},
        {"acc", KIND_ACC},          {"accel", KIND_ACC},   {"accelerometer", KIND_ACC},
        {"acceleration", KIND_ACC}, {"gyro", KIND_GYRO},   {"gyr", KIND_GYRO},
        {"gyroscope", KIND_GYRO},   {"accgyro", KIND_IMU}, {"accelerometergyroscope", KIND_IMU},
    };
    char name[64];
    squeeze(type, "", name, sizeof name);
    for (size_t i = 0; i < COUNT(types); i++)
        if (strcmp(name, types[i].name) == 0)
            return types[i].kind;
    return KIND_OTHER;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

// "acc_x", "AccelX", "ax", "sacrum gyr Z", "omega_y": the channel, or -1. kind helps with a bare "x".
static int channel_of_label(const char *label, enum kind kind)
{
    static const char *const acc[] = {"acc", "accel", "accelerometer", "acceleration"};
    static const char *const gyro[] = {"gyr", "gyro", "gyroscope", "omega", "angvel", "angularvelocity", "angularrate"};
    char stem[64];
    squeeze(label, "", stem, sizeof stem);
    size_t n = strlen(stem);
    if (n == 0 || stem[n - 1] < 'x' || stem[n - 1] > 'z')
        return -1;
    int axis = stem[n - 1] - 'x';
    stem[n - 1] = '\0';
    // Gravity was taken out of these: no specific force.
    if (strstr(stem, "lin") || strstr(stem, "free") || strstr(stem, "user"))
        return -1;
    bool is_acc = strcmp(stem, "a") == 0 || (stem[0] == '\0' && kind == KIND_ACC);
    bool is_gyro = strcmp(stem, "g") == 0 || strcmp(stem, "w") == 0 || (stem[0] == '\0' && kind == KIND_GYRO);
    for (size_t i = 0; i < COUNT(acc); i++)
        is_acc = is_acc || ends_with(stem, acc[i]);
    for (size_t i = 0; i < COUNT(gyro); i++)
        is_gyro = is_gyro || ends_with(stem, gyro[i]);
    if (is_acc == is_gyro)
        return -1;
    return (is_acc ? CH_ACC_X : CH_GYRO_X) + axis;
}

// Factor to SI; SI is assumed where nothing known is said, and said so.
static double unit_factor(const char *text, bool acc, bool *known)
{
    char unit[32];
    squeeze(text, "/", unit, sizeof unit);
    const struct unit *units = acc ? acc_units : gyro_units;
    size_t n = acc ? COUNT(acc_units) : COUNT(gyro_units);
    for (size_t i = 0; i < n; i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].to_si;
    *known = *known && unit[0] == '\0';
    return 1;
}

static bool take_channel(struct import_stream *stream, int c, uint32_t column, const struct xdf_node *channel,
                         bool *known)
{
    unsigned bit = 1U << c;
    if (stream->desc.channel_mask & bit)
        return false; // the same label twice: the first counts
    char unit[32];
    if (!xdf_node_text(channel, "unit", unit, sizeof unit))
        xdf_node_text(channel, "units", unit, sizeof unit);
    double factor = unit_factor(unit, c < CH_GYRO_X, known);
    stream->desc.channel_mask = (uint16_t)(stream->desc.channel_mask | bit);
    stream->column[c] = column;
    stream->desc.scale[c] = xdf_node_number(channel, "scale", 1) * factor;
    stream->desc.offset[c] = xdf_node_number(channel, "offset", 0);
    return true;
}

static void find_channels(struct import_stream *stream, uint32_t n_channels, const struct xdf_node *info,
                          enum kind kind, bool *known)
{
    const struct xdf_node *channels = xdf_node_child(xdf_node_child(info, "desc"), "channels");
    const struct xdf_node *channel = xdf_node_child(channels, "channel");
    for (uint32_t i = 0; channel && i < n_channels && i < MAX_LABELLED; i++, channel = xdf_node_next(channel)) {
        char label[64];
        xdf_node_text(channel, "label", label, sizeof label);
        int c = channel_of_label(label, kind);
        if (c >= 0)
            (void)take_channel(stream, c, i, channel, known);
    }
    if (channel || xdf_node_child(channels, "channel"))
        return;
    // Without any labels the type and the number of channels must do.
    uint32_t expected = kind == KIND_IMU ? 6 : 3;
    int first = kind == KIND_GYRO ? CH_GYRO_X : CH_ACC_X;
    if (kind != KIND_OTHER && n_channels == expected)
        for (uint32_t i = 0; i < expected; i++)
            (void)take_channel(stream, first + (int)i, i, NULL, known);
}

// A site's name as whole words in the stream's name: "Xsens sacrum", "foot-left_acc".
static int site_in_name(const char *name)
{
    char words[160] = "_";
    size_t n = 1;
    for (; *name && n + 2 < sizeof words; name++)
        words[n++] = isalnum((unsigned char)*name) ? (char)tolower((unsigned char)*name) : '_';
    words[n++] = '_';
    words[n] = '\0';
    for (int site = 0; site < N_SITES; site++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "_%s_", site_names[site]);
        if (strstr(words, wanted))
            return site;
    }
    return -1;
}

static int find_site(const char *name, const struct xdf_node *info, const struct log_reader_options *options)
{
    for (int i = 0; options && i < options->n_map && i < IMPORT_MAP_MAX; i++)
        if (strncmp(options->map[i].name, name, sizeof options->map[i].name) == 0)
            return options->map[i].site;
    char text[64];
    int site = xdf_node_text(info, "desc/site", text, sizeof text) ? site_from_name(text) : -1;
    return site >= 0 ? site : site_in_name(name);
}

static void describe(struct source_desc *desc, const struct xdf_stream *header, const struct xdf_node *info)
{
    const struct xdf_node *node = xdf_node_child(info, "desc");
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    if (!source_read_mount(node, desc->mount))
        memcpy(desc->mount, identity, sizeof identity);
    if (!xdf_node_text(node, "device", desc->name, sizeof desc->name))
        snprintf(desc->name, sizeof desc->name, "%.*s", (int)sizeof desc->name - 1, header->name);
    // No chip: a name or model that two streams have in common is no common oscillator, and LSL's clock is the host's.
    desc->rate_hz = header->nominal_rate_hz;
    static const enum sample_format formats[] = {
        [XDF_STRING] = SAMPLE_FLOAT64,  [XDF_INT8] = SAMPLE_INT16,    [XDF_INT16] = SAMPLE_INT16,
        [XDF_INT32] = SAMPLE_INT32,     [XDF_INT64] = SAMPLE_FLOAT64, [XDF_FLOAT32] = SAMPLE_FLOAT32,
        [XDF_DOUBLE64] = SAMPLE_FLOAT64};
    desc->format = formats[header->format];
}

bool import_recognise(struct import_stream *stream, const struct xdf_stream *header, const struct xdf_node *info,
                      const struct log_reader_options *options, char *why, size_t why_size)
{
    memset(stream, 0, sizeof *stream);
    enum kind kind = kind_of_type(header->type);
    bool known = true;
    if (header->format != XDF_STRING)
        find_channels(stream, header->n_channels, info, kind, &known);
    int site = find_site(header->name, info, options);
    bool is_imu = stream->desc.channel_mask != 0 && (kind != KIND_OTHER || site >= 0);
    if (!is_imu) {
        snprintf(why, why_size, kind == KIND_OTHER ? "not an IMU" : "no channel labelled like acc_x or gyro_x");
        return false;
    }
    if (site < 0) {
        snprintf(why, why_size, "an IMU, but on no known site: map it with import.map.NAME=site");
        return false;
    }
    stream->id = header->id;
    stream->desc.site = (uint16_t)site;
    stream->period_s = header->nominal_rate_hz > 0 ? 1 / header->nominal_rate_hz : 0;
    describe(&stream->desc, header, info);
    snprintf(why, why_size, known ? "" : "has a unit that is not known, taken as SI");
    return true;
}
