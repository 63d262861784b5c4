// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/harness.h"

#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_channel(struct harness_device *device, const char *id, int channel, unsigned bytes)
{
    struct harness_channel *added = &device->channel[device->n_channels++];
    snprintf(added->id, sizeof added->id, "%s", id);
    added->channel = channel;
    added->bytes = bytes;
}

static void init_device(struct harness_device *device, int index, const struct source_desc *desc)
{
    static const char *const ids[N_CHANNELS] = {"accel_x", "accel_y", "accel_z", "anglvel_x", "anglvel_y", "anglvel_z"};
    *device = (struct harness_device){.stamps_realtime = true, .buffers_count = 4, .watermark = 1};
    snprintf(device->id, sizeof device->id, "iio:device%d", index);
    unsigned bytes = desc->format == SAMPLE_INT16 ? 2 : 4;
    for (int i = 0; i < N_CHANNELS; i++) {
        int channel = (i + CH_GYRO_X) % N_CHANNELS; // a bmi160 puts the gyro first
        if (desc->channel_mask & (1U << channel))
            add_channel(device, ids[channel], channel, bytes);
    }
    add_channel(device, "timestamp", HARNESS_TIMESTAMP, 8);
}

void harness_init(struct harness *harness, struct feed *feed, bool fast, int64_t end_ns)
{
    *harness = (struct harness){.feed = feed, .fast = fast, .end_ns = end_ns};
    for (int i = 0; i < feed_count(feed); i++)
        init_device(&harness->device[i], i, feed_desc(feed, i));
}

void harness_start(struct harness *harness)
{
    if (harness->started)
        return;
    harness->started = true;
    harness->start_mono_ns = clock_mono_ns();
    harness->start_utc_ns = clock_utc_ns();
}

int64_t harness_now_ns(const struct harness *harness)
{
    return harness->started ? clock_mono_ns() - harness->start_mono_ns : 0;
}

int64_t harness_horizon_ns(const struct harness *harness)
{
    int64_t horizon_ns = harness->fast ? FEED_END - 1 : harness_now_ns(harness);
    return horizon_ns < harness->end_ns ? horizon_ns : harness->end_ns - 1;
}

bool harness_has_device(const struct harness *harness, int device)
{
    return !feed_is_unplugged(harness->feed, device, harness_now_ns(harness));
}

bool harness_has_fault(const struct harness *harness, int device, enum fault_kind kind)
{
    const struct fault_list *faults = feed_faults(harness->feed);
    return fault_any(faults, kind) &&
           fault_at(faults, kind, feed_desc(harness->feed, device)->site, harness_now_ns(harness));
}

int harness_find(const struct harness *harness, const char *name)
{
    for (int i = 0; i < feed_count(harness->feed); i++) {
        const struct source_desc *desc = feed_desc(harness->feed, i);
        if (strcmp(harness->device[i].id, name) == 0 || strcmp(desc->name, name) == 0 ||
            strcmp(site_names[desc->site], name) == 0)
            return harness_has_device(harness, i) ? i : -ENODEV;
    }
    return -ENODEV;
}

static void print_attributes(FILE *to, const struct harness *harness, int device, int channel)
{
    char file[64];
    const char *name;
    for (int i = 0; (name = harness_channel_attr(harness, device, channel, i, file)); i++)
        fprintf(to, "<attribute name=\"%s\" filename=\"%s\" />", name, file);
}

static void print_device(FILE *to, const struct harness *harness, int index)
{
    const struct source_desc *desc = feed_desc(harness->feed, index);
    const struct harness_device *device = &harness->device[index];
    const char *name;
    fprintf(to, "<device id=\"%s\" name=\"", device->id);
    for (const char *c = desc->name; *c; c++) // a recording's device name may hold anything
        fputc(strchr("<>&\"'", *c) || (unsigned char)*c < ' ' || (unsigned char)*c > '~' ? '_' : *c, to);
    fprintf(to, "\" label=\"%s\" >", site_names[desc->site]);
    for (int i = 0; i < device->n_channels; i++) {
        const struct harness_channel *channel = &device->channel[i];
        double scale = channel->channel == HARNESS_TIMESTAMP ? 1 : desc->scale[channel->channel];
        fprintf(to, "<channel id=\"%s\" type=\"input\" ><scan-element index=\"%d\" format=\"le:S%u/%u&gt;&gt;0\"",
                channel->id, i, 8 * channel->bytes, 8 * channel->bytes);
        if (channel->channel != HARNESS_TIMESTAMP)
            fprintf(to, " scale=\"%.9f\"", scale);
        fprintf(to, " />");
        print_attributes(to, harness, index, i);
        fprintf(to, "</channel>");
    }
    for (int i = 0; (name = harness_device_attr(i)); i++)
        fprintf(to, "<attribute name=\"%s\" />", name);
    for (int i = 0; (name = harness_buffer_attr(i)); i++)
        fprintf(to, "<buffer-attribute name=\"%s\" />", name);
    fprintf(to, "</device>");
}

char *harness_xml(const struct harness *harness)
{
    // The DTD names only what follows; without one, clients' parsers warn.
    static const char head[] =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<!DOCTYPE context [<!ELEMENT context (context-attribute*,device*)>"
        "<!ELEMENT context-attribute EMPTY>"
        "<!ELEMENT device (channel*,attribute*,buffer-attribute*)>"
        "<!ELEMENT channel (scan-element,attribute*)>"
        "<!ELEMENT scan-element EMPTY><!ELEMENT attribute EMPTY><!ELEMENT buffer-attribute EMPTY>"
        "<!ATTLIST context name CDATA #REQUIRED version-major CDATA #REQUIRED version-minor CDATA #REQUIRED "
        "version-git CDATA #REQUIRED description CDATA #IMPLIED>"
        "<!ATTLIST context-attribute name CDATA #REQUIRED value CDATA #REQUIRED>"
        "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED label CDATA #IMPLIED>"
        "<!ATTLIST channel id CDATA #REQUIRED type (input|output) #REQUIRED name CDATA #IMPLIED>"
        "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED scale CDATA #IMPLIED>"
        "<!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>"
        "<!ATTLIST buffer-attribute name CDATA #REQUIRED>]>";
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    fputs(head, to);
    fprintf(to, "<context name=\"network\" version-major=\"0\" version-minor=\"24\" version-git=\"v0.24\" "
                "description=\"poise-sim " POISE_VERSION "\" >");
    fprintf(to, "<context-attribute name=\"hw_model\" value=\"Poise harness simulator\" />");
    fprintf(to, "<context-attribute name=\"local,kernel\" value=\"none\" />");
    for (int i = 0; i < feed_count(harness->feed); i++)
        if (harness_has_device(harness, i))
            print_device(to, harness, i);
    fputs("</context>", to);
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
