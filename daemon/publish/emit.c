// SPDX-License-Identifier: GPL-3.0-or-later
// From result struct to a line of text by the stream tables: what encode.c does with objects, kind by kind.
#include "core/clock.h"
#include "publish/special.h"

#include <errno.h>

static void write_object(struct wire_line *line, const struct stream_key *keys, const void *base,
                         const struct stream_host *host)
{
    wire_char(line, '{');
    stream_write_keys(line, keys, base, host, true);
    wire_char(line, '}');
}

static void write_name(struct wire_line *line, const struct stream_key *key, int index)
{
    for (int i = 0; key->names[i]; i++)
        if (i == index) {
            wire_string(line, key->names[i]);
            return;
        }
    wire_null(line);
}

static void write_host(struct wire_line *line, const struct stream_key *key, const struct stream_host *host)
{
    const unsigned char *part = host ? (const unsigned char *)host + key->offset : NULL;
    if (part && *(const bool *)part)
        write_object(line, key->nested, part, host);
    else
        wire_null(line);
}

static void write_value(struct wire_line *line, const struct stream_key *key, const void *base,
                        const struct stream_host *host)
{
    const void *at = (const unsigned char *)base + key->offset;
    switch (key->kind) {
    case KEY_NUMBER:
        wire_number(line, (double)*(const float *)at, key->decimals);
        break;
    case KEY_COUNT:
        wire_integer(line, *(const uint32_t *)at);
        break;
    case KEY_COUNT64:
        wire_integer(line, (int64_t) * (const uint64_t *)at);
        break;
    case KEY_FLAG:
        wire_flag(line, *(const bool *)at);
        break;
    case KEY_TRISTATE:
        if (*(const int *)at < 0)
            wire_null(line);
        else
            wire_flag(line, *(const int *)at != 0);
        break;
    case KEY_NAME:
        write_name(line, key, *(const int *)at);
        break;
    case KEY_TEXT:
        wire_text(line, at);
        break;
    case KEY_OBJECT:
        write_object(line, key->nested, at, host);
        break;
    case KEY_HOST:
        write_host(line, key, host);
        break;
    case KEY_SITES:
    case KEY_SPECIAL:
        if (key->special->write)
            key->special->write(line, base);
        else
            wire_json(line, key->special->value(base));
        break;
    }
}

void stream_write_keys(struct wire_line *line, const struct stream_key *keys, const void *base,
                       const struct stream_host *host, bool first)
{
    for (const struct stream_key *key = keys; key->key; key++) {
        wire_key(line, key->key, first);
        write_value(line, key, base, host);
        first = false;
    }
}

// In the order of stream_common_keys, as in encode.c.
static void write_common(struct wire_line *line, const struct stream_encoder *e, const struct output *output)
{
    char utc[CLOCK_UTC_TEXT] = "";
    if (output->utc_ns != UTC_UNKNOWN_NS)
        clock_format_utc(output->utc_ns, utc);
    wire_key(line, "v", true);
    wire_integer(line, WIRE_VERSION);
    wire_key(line, "rig", false);
    wire_string(line, e->rig);
    wire_key(line, "stream", false);
    wire_string(line, stream_tables[output->stream].name);
    wire_key(line, "boot", false);
    wire_string(line, e->boot);
    wire_key(line, "session", false);
    wire_text(line, output->session);
    wire_key(line, "seq", false);
    wire_integer(line, (int64_t)e->seq[output->stream]);
    wire_key(line, "t_s", false);
    wire_number(line, (double)output->t_ns / 1e9, 6);
    wire_key(line, "utc", false);
    wire_text(line, utc);
}

int stream_emit(struct stream_encoder *e, const struct output *output, FILE *to)
{
    const void *result = stream_result(e, output);
    if (!result)
        return -EIO;
    struct wire_line line; // on the stack: the encoder stays a plain struct
    wire_begin(&line, to);
    e->seq[output->stream]++;
    wire_char(&line, '{');
    write_common(&line, e, output);
    stream_write_keys(&line, stream_tables[output->stream].keys, result, e->host, false);
    wire_raw(&line, "}\n", 2);
    return wire_end(&line);
}
