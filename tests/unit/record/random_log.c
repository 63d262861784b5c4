// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_log.h"

#include "core/uuid.h"
#include "frames/site.h"
#include "random_calibration.h"
#include "random_draw.h"
#include "random_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

unsigned long long test_seed(void)
{
    const char *given = getenv("TEST_SEED");
    unsigned long long seed = given ? strtoull(given, NULL, 0) : (unsigned long long)time(NULL) * 7919U + 1U;
    printf("TEST_SEED=%llu\n", seed);
    return seed;
}

// Any bits, so also NaN, infinities and denormals.
static double any_double(void)
{
    unsigned long long bits = draw();
    double value;
    memcpy(&value, &bits, sizeof value);
    return below(4) == 0 ? value : (double)(int)below(2000001) / 1e5 - 10;
}

static void any_text(char *text, size_t size)
{
    static const char *const pieces[] = {"a", "Z", "0", "_", "ü", "😀", "<&>", "\"", "\\", "'", "]]>", "x y"};
    size_t used = 0;
    for (unsigned i = below(40); i > 0; i--) {
        const char *piece = pieces[below(12)];
        if (used + strlen(piece) >= size)
            break;
        memcpy(text + used, piece, strlen(piece));
        used += strlen(piece);
    }
    text[used] = '\0';
}

static struct source_desc any_desc(void)
{
    struct source_desc desc = {.site = (uint16_t)below(N_SITES), .format = (enum sample_format)below(4)};
    unsigned mask = 1 + below(63);
    desc.channel_mask = (uint16_t)mask;
    desc.rate_hz = below(3) ? (double)below(100000) / 7.0 : 0;
    for (unsigned c = 0; c < N_CHANNELS; c++) {
        bool in = (mask >> c & 1U) != 0;
        desc.scale[c] = in ? 1.0 / (1 + below(9999)) : 0;
        desc.offset[c] = in && below(2) ? -(double)below(999) / 3 : 0;
    }
    for (int i = 0; i < 9; i++)
        desc.mount[i] = sin((double)below(10000));
    any_text(desc.name, sizeof desc.name);
    any_text(desc.chip, sizeof desc.chip);
    desc.bits = (uint16_t)(below(2) ? 8 + below(24) : 0);
    return desc;
}

static double any_value(enum sample_format format)
{
    switch (format) {
    case SAMPLE_INT16:
        return (int16_t)draw();
    case SAMPLE_INT32:
        return (int32_t)draw();
    case SAMPLE_FLOAT32:
        return (double)(float)((double)(int)below(2000001) / 1e5 - 10);
    case SAMPLE_FLOAT64:
        break;
    }
    return any_double();
}

static void any_block(struct raw_block *block, uint16_t slot, const struct source_desc *desc, int64_t *now_ns)
{
    block->source = slot;
    block->n = (uint16_t)(1 + below(RAW_BLOCK_MAX));
    for (unsigned i = 0; i < block->n; i++) {
        *now_ns += below(2000000);
        block->stamp_ns[i] = log_quantise_ns(*now_ns - (int64_t)below(5) * 1000000);
        for (unsigned c = 0; c < N_CHANNELS; c++)
            block->value[i][c] = desc->channel_mask >> c & 1U ? any_value(desc->format) : 0;
    }
}

static void any_device(struct device_event *device)
{
    device->source = below(3) ? (uint16_t)below(MAX_SOURCES) : SOURCE_NONE;
    device->site = (uint16_t)below(N_SITES);
    device->state = (enum device_state)below(4);
    device->n_dropped = (uint32_t)draw();
    device->error = -(int32_t)below(200);
    any_text(device->reason, sizeof device->reason);
}

static void fill(struct kept_event *kept, struct source_desc *slots, bool *open, int64_t *now_ns)
{
    uint16_t slot = (uint16_t)below(6);
    unsigned choice = below(100);
    kept->kind = !open[slot] || choice < 3 ? LOG_SOURCE
                 : choice < 70             ? LOG_BLOCK
                 : choice < 90             ? LOG_TICK
                 : choice < 94             ? LOG_DEVICE
                 : choice < 97             ? LOG_COMMAND
                 : choice < 99             ? LOG_CALIBRATION
                                           : LOG_HISTORY;
    if (kept->kind == LOG_SOURCE) {
        kept->source = slot;
        if (!open[slot] || below(2))
            slots[slot] = any_desc();
        open[slot] = true;
        kept->desc = slots[slot];
    } else if (kept->kind == LOG_BLOCK) {
        kept->source = slot;
        any_block(&kept->block, slot, &slots[slot], now_ns);
    } else if (kept->kind == LOG_TICK) {
        kept->tick.mono_ns = log_quantise_ns(*now_ns);
        kept->tick.utc_ns = below(4) ? 1790000000000000000 + *now_ns : UTC_UNKNOWN_NS;
    } else if (kept->kind == LOG_DEVICE) {
        any_device(&kept->device);
    } else if (kept->kind == LOG_CALIBRATION) {
        kept->calibration = random_calibration(draw());
    } else if (kept->kind == LOG_HISTORY) {
        kept->history = random_history(draw());
    } else {
        kept->command.kind = (enum command_kind)below(5);
        if (kept->command.kind == COMMAND_CALIBRATE)
            kept->command.method = (enum calibrate_method)below(N_CALIBRATE_METHODS);
        if (kept->command.kind == COMMAND_ASSESS) {
            kept->command.action = (enum exercise_action)below(N_EXERCISE_ACTIONS);
            kept->command.exercise = kept->command.action == ASSESS_START ? (int)below(N_EXERCISES) : 0;
        }
        kept->command.value = below(3) ? (double)below(1000) / 7 : (double)NAN;
        any_text(kept->command.text, sizeof kept->command.text);
        if (kept->command.kind == COMMAND_SESSION && below(2))
            (void)uuid_make(kept->command.session);
    }
}

struct kept_event *random_log(unsigned long long seed, size_t n)
{
    draw_seed(seed);
    struct kept_event *log = calloc(n, sizeof *log);
    struct source_desc slots[MAX_SOURCES] = {0};
    bool open[MAX_SOURCES] = {false};
    int64_t now_ns = (int64_t)below(1000000) * 80000000000; // up to 2.5 years of uptime
    log[0].kind = LOG_SETTINGS;
    snprintf(log[0].settings, sizeof log[0].settings, "version: 1\nrig: \"tést\"\n# tab\tand \x01 control\n");
    for (size_t i = 1; i < n; i++)
        fill(&log[i], slots, open, &now_ns);
    return log;
}

struct log_event kept_event_view(const struct kept_event *kept)
{
    struct log_event event = {.kind = kept->kind, .source = kept->source};
    if (kept->kind == LOG_SETTINGS)
        event.settings = kept->settings;
    else if (kept->kind == LOG_SOURCE)
        event.desc = &kept->desc;
    else if (kept->kind == LOG_BLOCK)
        event.block = &kept->block;
    else if (kept->kind == LOG_TICK)
        event.tick = kept->tick;
    else if (kept->kind == LOG_DEVICE)
        event.device = &kept->device;
    else if (kept->kind == LOG_CALIBRATION)
        event.calibration = &kept->calibration;
    else if (kept->kind == LOG_HISTORY)
        event.history = kept->history;
    else
        event.command = &kept->command;
    return event;
}

static const char *differs_desc(const struct source_desc *a, const struct source_desc *b)
{
    if (a->site != b->site || a->channel_mask != b->channel_mask || a->format != b->format || a->bits != b->bits)
        return "site, mask, format or bits";
    if (a->rate_hz != b->rate_hz || memcmp(a->scale, b->scale, sizeof a->scale) != 0 ||
        memcmp(a->offset, b->offset, sizeof a->offset) != 0 || memcmp(a->mount, b->mount, sizeof a->mount) != 0)
        return "rate, scale, offset or mount";
    return strcmp(a->name, b->name) != 0 || strcmp(a->chip, b->chip) != 0 ? "name or chip" : NULL;
}

static const char *differs_block(const struct raw_block *a, const struct raw_block *b)
{
    if (a->source != b->source || a->n != b->n)
        return "source or n";
    if (memcmp(a->stamp_ns, b->stamp_ns, a->n * sizeof a->stamp_ns[0]) != 0)
        return "stamps";
    return memcmp(a->value, b->value, a->n * sizeof a->value[0]) != 0 ? "values" : NULL;
}

static const char *differs(const struct kept_event *kept, const struct log_event *event)
{
    if (kept->kind != event->kind)
        return "kind";
    if ((kept->kind == LOG_SOURCE || kept->kind == LOG_BLOCK) && kept->source != event->source)
        return "slot";
    if (kept->kind == LOG_SETTINGS)
        return strcmp(kept->settings, event->settings) != 0 ? "settings" : NULL;
    if (kept->kind == LOG_SOURCE)
        return differs_desc(&kept->desc, event->desc);
    if (kept->kind == LOG_BLOCK)
        return differs_block(&kept->block, event->block);
    if (kept->kind == LOG_TICK)
        return kept->tick.mono_ns != event->tick.mono_ns || kept->tick.utc_ns != event->tick.utc_ns ? "tick" : NULL;
    if (kept->kind == LOG_DEVICE)
        return memcmp(&kept->device, event->device, offsetof(struct device_event, reason)) != 0 ||
                       strcmp(kept->device.reason, event->device->reason) != 0
                   ? "device"
                   : NULL;
    if (kept->kind == LOG_CALIBRATION)
        return differs_calibration(&kept->calibration, event->calibration);
    if (kept->kind == LOG_HISTORY)
        return differs_history(kept->history, event->history);
    bool same_value =
        kept->command.value == event->command->value || (isnan(kept->command.value) && isnan(event->command->value));
    return kept->command.kind != event->command->kind || kept->command.method != event->command->method ||
                   kept->command.action != event->command->action ||
                   kept->command.exercise != event->command->exercise || !same_value ||
                   strcmp(kept->command.text, event->command->text) != 0 ||
                   strcmp(kept->command.session, event->command->session) != 0
               ? "command"
               : NULL;
}

bool same_event(const struct kept_event *kept, const struct log_event *event, char *why, size_t size)
{
    const char *what = differs(kept, event);
    snprintf(why, size, "kind %d, read kind %d: %s", (int)kept->kind, (int)event->kind, what ? what : "same");
    return what == NULL;
}

static char folder[64];

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", folder);
}

const char *test_path(const char *name)
{
    static char path[192];
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/poise_record_XXXXXX");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}
