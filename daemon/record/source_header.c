// SPDX-License-Identifier: GPL-3.0-or-later
#include "frames/site.h"
#include "record/log_format.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const source_channel_names[N_CHANNELS] = {"acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"};

static const enum xdf_format xdf_of[] = {[SAMPLE_INT16] = XDF_INT16,
                                         [SAMPLE_INT32] = XDF_INT32,
                                         [SAMPLE_FLOAT32] = XDF_FLOAT32,
                                         [SAMPLE_FLOAT64] = XDF_DOUBLE64};
#define N_SAMPLE_FORMATS 4U
#define MOUNT_MAX        1.1 // of a rotation's numbers; align multiplies without a second look

int source_stream(struct xdf_stream *stream, uint32_t id, const struct source_desc *desc)
{
    unsigned mask = desc->channel_mask;
    if (desc->site >= N_SITES || mask == 0 || mask >> N_CHANNELS != 0 || (unsigned)desc->format >= N_SAMPLE_FORMATS)
        return -EINVAL;
    *stream = (struct xdf_stream){.id = id, .format = xdf_of[desc->format], .nominal_rate_hz = desc->rate_hz};
    stream->n_channels = (uint32_t)__builtin_popcount(mask);
    const char *half = (mask & CHANNELS_GYRO) == 0 ? "_acc" : (mask & CHANNELS_ACC) == 0 ? "_gyro" : "";
    snprintf(stream->name, sizeof stream->name, "%s%s", site_names[desc->site], half);
    snprintf(stream->type, sizeof stream->type, "IMU");
    return 0;
}

static void describe_channel(struct xdf_node *channels, const struct source_desc *desc, unsigned c)
{
    bool acc = (CHANNELS_ACC >> c & 1U) != 0;
    struct xdf_node *channel = xdf_node_add(channels, "channel", NULL);
    xdf_node_add(channel, "label", source_channel_names[c]);
    xdf_node_add(channel, "unit", acc ? "m/s^2" : "rad/s");
    xdf_node_add(channel, "type", acc ? "ACC" : "GYRO");
    xdf_node_add_number(channel, "scale", desc->scale[c]);
    xdf_node_add_number(channel, "offset", desc->offset[c]);
}

void source_describe(struct xdf_node *info, uint16_t slot, const struct source_desc *desc)
{
    struct xdf_node *node = xdf_node_add(info, "desc", NULL);
    xdf_node_add(node, "site", site_names[desc->site]);
    xdf_node_add_number(node, "source", slot);
    xdf_node_add(node, "device", desc->name);
    xdf_node_add(node, "chip", desc->chip);
    if (desc->bits > 0)
        xdf_node_add_number(node, "bits", desc->bits);
    char mount[9 * 28];
    size_t used = 0;
    for (size_t i = 0; i < 9; i++)
        used += (size_t)snprintf(mount + used, sizeof mount - used, i ? " %.17g" : "%.17g", desc->mount[i]);
    xdf_node_add(node, "mount", mount);
    struct xdf_node *channels = xdf_node_add(node, "channels", NULL);
    for (unsigned c = 0; c < N_CHANNELS; c++)
        if (desc->channel_mask >> c & 1U)
            describe_channel(channels, desc, c);
}

bool source_read_mount(const struct xdf_node *node, double mount[9])
{
    char text[512];
    if (!xdf_node_text(node, "mount", text, sizeof text))
        return false;
    char *at = text;
    for (int i = 0; i < 9; i++) {
        char *end;
        mount[i] = strtod(at, &end);
        if (end == at || !(fabs(mount[i]) <= MOUNT_MAX)) // what is no number too
            return false;
        at = end;
    }
    return *at == '\0';
}

static int channel_named(const char *label)
{
    for (int c = 0; c < N_CHANNELS; c++)
        if (strcmp(label, source_channel_names[c]) == 0)
            return c;
    return -1;
}

// Channels of a Poise stream come in the order of enum source_channel.
static bool read_channels(const struct xdf_node *node, struct source_desc *desc)
{
    int before = -1;
    const struct xdf_node *channel = xdf_node_child(xdf_node_child(node, "channels"), "channel");
    for (; channel; channel = xdf_node_next(channel)) {
        char label[16];
        xdf_node_text(channel, "label", label, sizeof label);
        int c = channel_named(label);
        if (c <= before)
            return false;
        before = c;
        desc->channel_mask |= (uint16_t)(1U << c);
        desc->scale[c] = xdf_node_number(channel, "scale", 1);
        desc->offset[c] = xdf_node_number(channel, "offset", 0);
    }
    return before >= 0;
}

bool source_understand(const struct xdf_stream *stream, const struct xdf_node *info, uint16_t *slot,
                       struct source_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    const struct xdf_node *node = xdf_node_child(info, "desc");
    char site_name[32];
    xdf_node_text(node, "site", site_name, sizeof site_name);
    int site = site_from_name(site_name);
    double number = xdf_node_number(node, "source", -1);
    if (site < 0 || !(number >= 0 && number < MAX_SOURCES) || !source_read_mount(node, desc->mount) ||
        !read_channels(node, desc) || stream->n_channels != (uint32_t)__builtin_popcount(desc->channel_mask))
        return false;
    unsigned format = 0;
    while (format < N_SAMPLE_FORMATS && xdf_of[format] != stream->format)
        format++;
    if (format == N_SAMPLE_FORMATS)
        return false;
    double bits = xdf_node_number(node, "bits", 0);
    *slot = (uint16_t)number;
    desc->site = (uint16_t)site;
    desc->format = (enum sample_format)format;
    desc->bits = bits > 0 && bits <= 64 ? (uint16_t)bits : 0;
    desc->rate_hz = stream->nominal_rate_hz;
    xdf_node_text(node, "device", desc->name, sizeof desc->name);
    xdf_node_text(node, "chip", desc->chip, sizeof desc->chip);
    return true;
}

bool source_same(const struct source_desc *a, const struct source_desc *b)
{
    // Field by field: padding between them is nobody's.
    return a->site == b->site && a->channel_mask == b->channel_mask && a->format == b->format && a->bits == b->bits &&
           memcmp(&a->rate_hz, &b->rate_hz, sizeof a->rate_hz) == 0 &&
           memcmp(a->scale, b->scale, sizeof a->scale) == 0 && memcmp(a->offset, b->offset, sizeof a->offset) == 0 &&
           memcmp(a->mount, b->mount, sizeof a->mount) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->chip, b->chip) == 0;
}
