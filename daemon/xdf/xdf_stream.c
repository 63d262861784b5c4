// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/format.h"
#include "xdf/reader_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Where streams[] has the id, or would have it.
static size_t place_of(const struct xdf_reader *reader, uint32_t id)
{
    size_t low = 0, high = reader->n_streams;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (reader->streams[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct xdf_stream *stream_find(const struct xdf_reader *reader, uint32_t id)
{
    size_t place = place_of(reader, id);
    bool here = place < reader->n_streams && reader->streams[place]->id == id;
    return here ? reader->streams[place] : NULL;
}

int stream_add(struct xdf_reader *reader, const struct xdf_stream *stream)
{
    struct xdf_stream **grown = realloc(reader->streams, (reader->n_streams + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    reader->streams = grown;
    struct xdf_stream *copy = malloc(sizeof *copy);
    if (!copy)
        return -ENOMEM;
    *copy = *stream;
    size_t place = place_of(reader, stream->id);
    memmove(grown + place + 1, grown + place, (reader->n_streams - place) * sizeof *grown);
    grown[place] = copy;
    reader->n_streams++;
    return 0;
}

bool stream_understand(struct xdf_stream *stream, const struct xdf_xml *xml)
{
    const struct xdf_node *info = xdf_xml_root(xml);
    char format[16];
    if (!xdf_node_text(info, "channel_format", format, sizeof format))
        return false;
    size_t f = 0;
    while (f < XDF_N_FORMATS && strcmp(format, xdf_formats[f].name) != 0)
        f++;
    double n_channels = xdf_node_number(info, "channel_count", -1);
    if (f == XDF_N_FORMATS || !(n_channels >= 0 && n_channels <= XDF_MAX_CHANNELS))
        return false;
    stream->format = (enum xdf_format)f;
    stream->n_channels = (uint32_t)n_channels;
    double rate = xdf_node_number(info, "nominal_srate", 0);
    stream->nominal_rate_hz = rate > 0 && rate < 1e9 ? rate : 0;
    xdf_node_text(info, "name", stream->name, sizeof stream->name);
    xdf_node_text(info, "type", stream->type, sizeof stream->type);
    return true;
}

void stream_finish(struct xdf_reader *reader)
{
    for (size_t i = 0; i < reader->n_streams; i++)
        free(reader->streams[i]);
    free(reader->streams);
}
