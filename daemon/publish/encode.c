// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/clock.h"
#include "publish/json_text.h"
#include "publish/special.h"
#include "publish/streams.h"

#include <errno.h>

#define WIRE_VERSION 1

static void write_name(struct json_text *to, const struct stream_key *key, int index)
{
    int n = 0;
    while (key->names[n])
        n++;
    if (index < 0 || index >= n)
        text_null(to);
    else
        text_string(to, key->names[index]);
}

static void write_text(struct json_text *to, const char *text)
{
    if (text[0] == '\0')
        text_null(to);
    else
        text_string(to, text);
}

static void write_object(struct json_text *to, const struct stream_key *keys, const void *base,
                         const struct stream_host *host)
{
    text_open(to, '{');
    stream_write_keys(to, keys, base, host);
    text_close(to, '}');
}

static void write_host(struct json_text *to, const struct stream_key *key, const struct stream_host *host)
{
    const unsigned char *part = (const unsigned char *)host + (host ? key->offset : 0);
    if (host && *(const bool *)part)
        write_object(to, key->nested, part, host);
    else
        text_null(to);
}

static void write_value(struct json_text *to, const struct stream_key *key, const void *base,
                        const struct stream_host *host)
{
    const void *at = (const unsigned char *)base + key->offset;
    switch (key->kind) {
    case KEY_NUMBER:
        text_number(to, (double)*(const float *)at, key->decimals);
        break;
    case KEY_COUNT:
        text_count(to, *(const uint32_t *)at);
        break;
    case KEY_COUNT64:
        text_count(to, *(const uint64_t *)at);
        break;
    case KEY_FLAG:
        text_flag(to, *(const bool *)at);
        break;
    case KEY_TRISTATE:
        if (*(const int *)at < 0)
            text_null(to);
        else
            text_flag(to, *(const int *)at != 0);
        break;
    case KEY_NAME:
        write_name(to, key, *(const int *)at);
        break;
    case KEY_TEXT:
        write_text(to, at);
        break;
    case KEY_OBJECT:
        write_object(to, key->nested, at, host);
        break;
    case KEY_HOST:
        write_host(to, key, host);
        break;
    case KEY_SPECIAL:
        key->special->write(to, base);
        break;
    }
}

void stream_write_keys(struct json_text *to, const struct stream_key *keys, const void *base,
                       const struct stream_host *host)
{
    for (const struct stream_key *key = keys; key->key; key++) {
        text_key(to, key->key);
        write_value(to, key, base, host);
    }
}

// In the order of stream_common_keys; a test compares.
static void write_common(struct json_text *to, const struct stream_encoder *e, const struct output *output)
{
    char utc[CLOCK_UTC_TEXT] = "";
    if (output->utc_ns != UTC_UNKNOWN_NS)
        clock_format_utc(output->utc_ns, utc);
    int64_t half = output->t_ns < 0 ? -500 : 500;
    text_key(to, "v");
    text_count(to, WIRE_VERSION);
    text_key(to, "rig");
    text_string(to, e->rig);
    text_key(to, "stream");
    text_string(to, stream_tables[output->stream].name);
    text_key(to, "boot");
    text_string(to, e->boot);
    text_key(to, "session");
    write_text(to, e->session);
    text_key(to, "seq");
    text_count(to, e->seq[output->stream] + 1);
    text_key(to, "t_s");
    text_decimal(to, (output->t_ns + half) / 1000, 6);
    text_key(to, "utc");
    write_text(to, utc);
}

static const void *result_of(const struct stream_encoder *e, const struct output *output)
{
    switch (output->stream) {
    case STREAM_POSTURE:
        return &output->posture;
    case STREAM_ORIENTATION:
        return &output->orientation;
    case STREAM_CADENCE:
        return &output->cadence;
    case STREAM_BREATHING:
        return &output->breathing;
    case STREAM_STATUS:
        return &output->status;
    case STREAM_META:
        return e->meta;
    case N_STREAMS:
        break;
    }
    return NULL;
}

size_t stream_line(struct stream_encoder *e, const struct output *output, char *line, size_t size)
{
    const void *result = result_of(e, output);
    if (!result)
        return 0;
    struct json_text to;
    text_init(&to, line, size);
    text_open(&to, '{');
    write_common(&to, e, output);
    stream_write_keys(&to, stream_tables[output->stream].keys, result, e->host);
    text_close(&to, '}');
    size_t n = text_finish(&to);
    if (n > 0)
        e->seq[output->stream]++;
    return n;
}

int stream_emit(struct stream_encoder *e, const struct output *output, FILE *to)
{
    char line[STREAM_LINE_MAX];
    size_t n = stream_line(e, output, line, sizeof line - 1);
    line[n] = '\n';
    return n > 0 && fwrite(line, 1, n + 1, to) == n + 1 ? 0 : -EIO;
}

json_t *stream_encode(struct stream_encoder *e, const struct output *output)
{
    char line[STREAM_LINE_MAX];
    size_t n = stream_line(e, output, line, sizeof line);
    return n > 0 ? json_loadb(line, n, 0, NULL) : NULL;
}

char *stream_text(const json_t *object)
{
    return json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
}
