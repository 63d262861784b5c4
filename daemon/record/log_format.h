// SPDX-License-Identifier: GPL-3.0-or-later
// How the event log lies in XDF, inside this room. A source is an IMU stream whose header carries the source_desc; all
// other events are lines of JSON in the first stream, `poise.events`. Some lines are no events of their own: "source"
// (a slot was opened again with the same description), "hole" (the recorder lost events here), "part" (which file of
// which recording this is) and "head" (what stands between "part" and here repeats what was in force).
#ifndef POISE_RECORD_LOG_FORMAT_H
#define POISE_RECORD_LOG_FORMAT_H

#include "frames/finding.h"
#include "frames/log_event.h"
#include "record/log_part.h"
#include "xdf/xdf.h"
#include "xdf/xml.h"

#include <stdbool.h>
#include <stddef.h>

#define EVENTS_STREAM    "poise.events"
#define EVENTS_STREAM_ID 1U
#define MARKERS_STREAM   "poise.markers"
#define METRICS_STREAM   "poise.metrics"

// Where the pointers of a read event point to.
struct event_store {
    char *settings; // heap
    struct source_desc desc;
    struct raw_block block;
    struct device_event device;
    struct command command;
    struct calibration calibration;
    struct runner_history history;
};

enum line_kind { LINE_EVENT, LINE_SOURCE_AGAIN, LINE_HOLE, LINE_PART, LINE_HEAD };

struct line {
    enum line_kind kind;
    struct log_part part;    // LINE_PART
    uint16_t slot;           // LINE_SOURCE_AGAIN
    unsigned long long lost; // LINE_HOLE
};

// The JSON line of an event other than LOG_BLOCK; LOG_SOURCE gives the "again" line. To be freed; NULL: no memory.
char *event_line_format(const struct log_event *event);
char *event_line_format_hole(unsigned long long n_lost);
char *event_line_format_part(const struct log_part *part);
char *event_line_format_head(void);
// 0, -EBADMSG (not such a line) or -ENOMEM. LINE_EVENT fills *event, its pointers go to *store.
__attribute__((warn_unused_result)) int event_line_parse(const char *text, struct line *line, struct log_event *event,
                                                         struct event_store *store);

// The XDF stream of a source. -EINVAL when the description cannot be written (no site, no channel).
__attribute__((warn_unused_result)) int source_stream(struct xdf_stream *stream, uint32_t id,
                                                      const struct source_desc *desc);
void source_describe(struct xdf_node *info, uint16_t slot, const struct source_desc *desc); // adds <desc>
// False when the header is not that of a Poise source.
bool source_understand(const struct xdf_stream *stream, const struct xdf_node *info, uint16_t *slot,
                       struct source_desc *desc);
bool source_read_mount(const struct xdf_node *desc, double mount[9]);       // false without nine numbers
bool source_same(const struct source_desc *a, const struct source_desc *b); // bit for bit
// The name of a channel, "acc_x".
extern const char *const source_channel_names[N_CHANNELS];

static inline int64_t stamp_from_seconds(double seconds)
{
    double ns = seconds * 1e9;
    return log_quantise_ns((int64_t)(ns < 0 ? ns - 0.5 : ns + 0.5));
}

#define STAMP_LIMIT_S 4e9 // so that the difference of two stamps stays in int64
static inline bool stamp_usable(double seconds)
{
    return seconds > -STAMP_LIMIT_S && seconds < STAMP_LIMIT_S;
}

#endif
