// SPDX-License-Identifier: GPL-3.0-or-later
// What a report is made of: the published objects of one or several sessions, reduced to the numbers that count, and
// the log's marks. Filled line by line in publishing order, from a recording or from a replay; then cut to one session.
// Outside input: what is odd is counted and passed over.
#ifndef POISE_POISECTL_REPORT_DATA_H
#define POISE_POISECTL_REPORT_DATA_H

#include "report_channels.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_rows { // of one table of report_streams
    size_t n, capacity;
    int n_values; // in a row
    double *t_s;
    float *before_s, *after_s;
    float *value; // [n × n_values], NaN: unknown
};

struct report_span {
    int what; // enum activity or enum session_phase
    double from_s, until_s;
};

struct report_spans {
    struct report_span *span;
    size_t n, capacity;
    bool ended; // nothing was known since the last one
};

struct report_site_row { // of one status object
    float rate_hz, ppm, jitter_us, slipped_deg;
    uint32_t gaps, missed, saturated;
    int16_t state; // enum site_state; -1: not configured
};

struct report_status_row {
    double t_s;
    double counter[5];      // in, used, dropped, invalid, held
    bool calibrated, fresh; // fresh: the first one of a daemon, whose counts begin at 0
    struct report_site_row site[N_SITES];
};

struct report_status {
    struct report_status_row *row;
    size_t n, capacity;
};

struct report_level {
    double t_s, since_s;
    float score;
    int level; // enum finding_level
    int why;   // index in reason of its finding, -1: none
};

struct report_worst { // the object with the highest level and score
    int level;
    double score, t_s;
    json_t *evidence; // NULL: there was none
};

#define REPORT_SESSIONS_MAX 64
#define REPORT_FINDINGS_MAX 64
#define REPORT_REASONS_MAX  8
struct report_finding {
    char factor[48], cause[48];
    struct report_level *level;
    size_t n, capacity;
    struct report_worst worst[REPORT_SESSIONS_MAX];
    char *reason[REPORT_REASONS_MAX]; // why it was unknown
};

struct report_drift {
    double t_s;
    json_t *drift;
};

struct report_drifts {
    struct report_drift *row;
    size_t n, capacity;
};

struct report_note { // a mark or an event
    double t_s;
    const char *kind; // static
    int site;         // -1: none
    char *text;
};

struct report_notes {
    struct report_note *note;
    size_t n, capacity;
};

struct report_session {
    char uuid[40]; // "": none ran
    char subject[100];
    double from_s, until_s; // of what was published; NaN: nothing was
    double begun_s;         // the command that began it; NaN: it is not in the log
};

struct report_data {
    struct report_rows rows[N_TABLES];
    struct report_spans activities, phases, assessing;
    struct report_status status;
    json_t *unavailable; // {"stream.key": reason}, all that status told
    json_t *reasons;     // {site: the last reason that was told while it did not run}
    json_t *complaints;  // {site: the last one that was told while it ran}
    struct report_finding finding[REPORT_FINDINGS_MAX];
    int n_findings;
    struct report_drifts drifts;
    struct report_notes marks, events;
    json_t *assessments; // of objects {t_s, commands, …, repetitions: […]}
    struct report_session session[REPORT_SESSIONS_MAX];
    int n_sessions;
    char rig[64], boot[40], subject[100];                // subject of the settings
    double first_s, last_s;                              // of the objects that tell the present; NaN: none came
    double utc_minus_t_s;                                // NaN: not known
    double shift_s;                                      // added to what is taken: the reader's to set
    uint64_t n_objects, n_missing, n_unreadable, n_lost; // lost: by the recorder, as status told
    bool failed;                                         // no memory

    // Where taking stands.
    struct {
        char name[48];
        double seq;
    } sequence[48];
    int n_sequences, session_now;
    double thin_next_s[N_TABLES];
    char boot_now[40];
    int calibrated_now;  // -1: not told yet
    double open_until_s; // the last moment without a calibration, NaN: there was none
    char outcome_now[24];
    struct {
        int state;
        bool slipped;
    } site_now[N_SITES];
};

void report_data_init(struct report_data *data);
void report_data_finish(struct report_data *data);

// One published object as text. An object that is not of interest costs a look at its first bytes.
void report_take(struct report_data *data, const char *line);
// A line of poise.events with a command, and its time; repeated: in a part's head, it was given before.
void report_take_event(struct report_data *data, double t_s, const char *line, bool repeated);

// Makes room in *list (list: address of a pointer) for one more behind its n, of size bytes each; false without memory.
bool report_grow(void *list, size_t *capacity, size_t n, size_t size);
void report_add_note(struct report_data *data, struct report_notes *notes, double t_s, const char *kind, int site,
                     const char *text);
// what goes on, or begins, at t_s; a hole of more than hole_s ends what was before. what < 0: nothing known.
void report_extend(struct report_data *data, struct report_spans *spans, double t_s, int what, double hole_s);

// Numbers of outside objects: NaN when key is not there or no number.
double report_number(const json_t *object, const char *key);
const char *report_text(const json_t *object, const char *key); // "" when not there

// What streams without a table bring (report_take.c).
void report_take_object(struct report_data *data, enum stream stream, const json_t *object, double t_s);
int report_session_of(struct report_data *data, const char *uuid); // index, added when new; -1: too many

#endif
