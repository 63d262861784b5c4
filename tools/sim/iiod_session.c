// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/iiod_session.h"

#include "core/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX      ((size_t)96 << 20)
#define HANG_LOOK_NS 20000000

void iiod_session_init(struct iiod_session *session, struct harness *harness)
{
    *session = (struct iiod_session){.harness = harness, .buffer = {.device = -1}};
}

void iiod_session_finish(struct iiod_session *session)
{
    iiod_buffer_close(&session->buffer, session->harness);
    free(session->out);
    session->out = NULL;
}

// Room for n more bytes at the end of out; NULL ends the session.
static unsigned char *reserve(struct iiod_session *session, size_t n)
{
    if (session->out_sent == session->out_used)
        session->out_sent = session->out_used = 0;
    size_t wanted = session->out_used + n;
    if (wanted > session->out_room) {
        size_t room = wanted < 4096 ? 4096 : 2 * wanted;
        unsigned char *grown = wanted < OUT_MAX ? realloc(session->out, room) : NULL;
        if (!grown) {
            session->ended = true;
            return NULL;
        }
        session->out = grown;
        session->out_room = room;
    }
    return session->out + session->out_used;
}

static void say_bytes(struct iiod_session *session, const void *bytes, size_t n)
{
    unsigned char *to = reserve(session, n);
    if (!to)
        return;
    memcpy(to, bytes, n);
    session->out_used += n;
}

static void say_number(struct iiod_session *session, int64_t number)
{
    char text[24];
    say_bytes(session, text, (size_t)snprintf(text, sizeof text, "%" PRId64 "\n", number));
}

static void say_text(struct iiod_session *session, const char *text, size_t length) // length line, text, newline
{
    say_number(session, (int64_t)length);
    say_bytes(session, text, length);
    say_bytes(session, "\n", 1);
}

static void do_print(struct iiod_session *session)
{
    char *xml = harness_xml(session->harness);
    if (xml)
        say_text(session, xml, strlen(xml));
    else
        say_number(session, -ENOMEM);
    free(xml);
}

static void do_read(struct iiod_session *session, const struct iiod_command *command)
{
    char value[HARNESS_VALUE_MAX];
    int device = harness_find(session->harness, command->device);
    int err = device < 0 ? device : command->output ? -ENOENT : 0;
    if (!err)
        err = harness_read(session->harness, device, command->scope, command->channel, command->attr, value);
    if (err)
        say_number(session, err);
    else
        say_text(session, value, strlen(value) + 1);
}

static void do_write(struct iiod_session *session, const struct iiod_command *command, const char *payload)
{
    char value[IIOD_PAYLOAD_MAX + 1];
    memcpy(value, payload, command->n);
    value[command->n] = '\0';
    int device = harness_find(session->harness, command->device);
    int err = device < 0 ? device : command->output ? -ENOENT : 0;
    if (!err)
        err = harness_write(session->harness, device, command->scope, command->channel, command->attr, value);
    say_number(session, err ? err : (int64_t)command->n);
}

static void do_open(struct iiod_session *session, const struct iiod_command *command)
{
    int device = harness_find(session->harness, command->device);
    int err = device < 0 ? device : command->cyclic ? -EINVAL : 0;
    if (!err)
        err = iiod_buffer_open(&session->buffer, session->harness, device, command->mask, command->n);
    say_number(session, err);
}

// The device index when it is the one whose buffer is open here.
static bool is_open_here(const struct iiod_session *session, const char *name)
{
    return session->buffer.device >= 0 && (strcmp(session->harness->device[session->buffer.device].id, name) == 0 ||
                                           harness_find(session->harness, name) == session->buffer.device);
}

static void do_readbuf(struct iiod_session *session, const struct iiod_command *command)
{
    if (!is_open_here(session, command->device)) {
        say_number(session, -EBADF);
        return;
    }
    session->reading = command->n / session->buffer.sample_bytes * session->buffer.sample_bytes;
    session->mask_sent = false;
    session->reading_since_ns = clock_mono_ns();
    if (session->reading == 0)
        say_number(session, 0);
}

static void do_close(struct iiod_session *session, const struct iiod_command *command)
{
    bool open = is_open_here(session, command->device);
    if (open)
        iiod_buffer_close(&session->buffer, session->harness);
    say_number(session, open ? 0 : -ENXIO);
}

static void do_set_buffers(struct iiod_session *session, const struct iiod_command *command)
{
    int device = harness_find(session->harness, command->device);
    int err = device < 0 ? device : command->n < 1 || command->n > 1024 ? -EINVAL : 0;
    if (!err)
        session->harness->device[device].buffers_count = (unsigned)command->n;
    say_number(session, err);
}

static void do_trigger(struct iiod_session *session, const struct iiod_command *command)
{
    int device = harness_find(session->harness, command->device);
    say_number(session, device < 0 ? device : -ENOENT); // the devices need no trigger
}

static void do_command(struct iiod_session *session, const struct iiod_command *command)
{
    switch (command->verb) {
    case IIOD_NOTHING:
        break;
    case IIOD_VERSION:
        say_bytes(session, "0.24.v0.24  \n", 13);
        break;
    case IIOD_PRINT:
        do_print(session);
        break;
    case IIOD_TIMEOUT:
        session->timeout_ms = command->n;
        say_number(session, 0);
        break;
    case IIOD_READ:
        do_read(session, command);
        break;
    case IIOD_WRITE:
        session->writing = *command; // answered when the payload is here
        break;
    case IIOD_OPEN:
        do_open(session, command);
        break;
    case IIOD_CLOSE:
        do_close(session, command);
        break;
    case IIOD_READBUF:
        do_readbuf(session, command);
        break;
    case IIOD_SET_BUFFERS_COUNT:
        do_set_buffers(session, command);
        break;
    case IIOD_GETTRIG:
    case IIOD_SETTRIG:
        do_trigger(session, command);
        break;
    case IIOD_EXIT:
        session->ended = true;
        break;
    }
}

static void end_reading(struct iiod_session *session, int64_t code)
{
    say_number(session, code);
    session->reading = 0;
}

static void send_chunk(struct iiod_session *session, size_t n_samples)
{
    size_t bytes = n_samples * session->buffer.sample_bytes;
    say_number(session, (int64_t)bytes);
    if (!session->mask_sent) {
        char mask[16];
        say_bytes(session, mask, (size_t)snprintf(mask, sizeof mask, "%08" PRIx32 "\n", session->buffer.mask));
        session->mask_sent = true;
    }
    unsigned char *to = reserve(session, bytes);
    if (!to)
        return;
    iiod_buffer_take(&session->buffer, n_samples, to);
    session->out_used += bytes;
    session->reading -= bytes;
    session->reading_since_ns = clock_mono_ns();
}

static bool has_fault(const struct iiod_session *session, enum fault_kind kind)
{
    return session->buffer.device >= 0 && harness_has_fault(session->harness, session->buffer.device, kind);
}

static size_t wanted_samples(const struct iiod_session *session)
{
    size_t n = (size_t)(session->reading / session->buffer.sample_bytes);
    size_t most = session->buffer.chunk_samples;
    if (most > 1 && has_fault(session, FAULT_SHORT))
        most = (most + 2) / 3;
    return n < most ? n : most;
}

// What a fault answers to a read, 0 when there is none.
static int64_t refusal(struct iiod_session *session)
{
    session->reset = has_fault(session, FAULT_RESET);
    return session->reset                                                  ? -EPIPE
           : has_fault(session, FAULT_EIO)                                 ? -EIO
           : has_fault(session, FAULT_ENODEV)                              ? -ENODEV
           : has_fault(session, FAULT_ETIMEDOUT)                           ? -ETIMEDOUT
           : !harness_has_device(session->harness, session->buffer.device) ? -ENODEV
                                                                           : 0;
}

// True when a chunk or an end was said.
static bool work_reading(struct iiod_session *session)
{
    struct harness *harness = session->harness;
    size_t wanted = wanted_samples(session);
    int64_t refused = refusal(session);
    if (session->reset)
        session->ended = true;
    if (refused) {
        end_reading(session, refused);
        return true;
    }
    iiod_buffer_fill(&session->buffer, harness, wanted);
    if (session->buffer.used >= wanted) {
        send_chunk(session, wanted);
        if (session->reading > 0 && has_fault(session, FAULT_SHORT))
            end_reading(session, 0);
        return true;
    }
    if (iiod_buffer_due_ns(&session->buffer, harness, wanted) == FEED_END) { // what is left, then the end
        if (session->buffer.used > 0)
            send_chunk(session, session->buffer.used);
        end_reading(session, session->mask_sent ? 0 : -ENODEV);
        return true;
    }
    int64_t waited_ns = clock_mono_ns() - session->reading_since_ns;
    if (session->timeout_ms && waited_ns > (int64_t)session->timeout_ms * 1000000) {
        end_reading(session, -ETIMEDOUT);
        return true;
    }
    return false;
}

static void drop_input(struct iiod_session *session, size_t n)
{
    session->in_used -= n;
    memmove(session->in, session->in + n, session->in_used);
}

static bool work_writing(struct iiod_session *session)
{
    struct iiod_command command = session->writing;
    if (command.n > IIOD_PAYLOAD_MAX) { // cannot be an attribute of ours, and what follows cannot be told from commands
        say_number(session, -EINVAL);
        session->ended = true;
        return true;
    }
    if (session->in_used < command.n)
        return false;
    session->writing.verb = IIOD_NOTHING;
    do_write(session, &command, session->in);
    drop_input(session, command.n);
    return true;
}

static bool work_line(struct iiod_session *session)
{
    char *end = memchr(session->in, '\n', session->in_used);
    if (!end) {
        if (session->in_used == IIOD_IN_MAX) { // no command is that long
            say_number(session, -EINVAL);
            session->ended = true;
        }
        return false;
    }
    size_t length = (size_t)(end - session->in);
    char line[IIOD_IN_MAX];
    memcpy(line, session->in, length);
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    drop_input(session, length + 1);
    struct iiod_command command;
    if (strlen(line) + 1 < length || iiod_parse(line, &command) != 0) // the first: a NUL inside
        say_number(session, -EINVAL);
    else
        do_command(session, &command);
    return true;
}

void iiod_session_work(struct iiod_session *session)
{
    bool more = !fault_server_hangs(feed_faults(session->harness->feed), harness_now_ns(session->harness)) &&
                !has_fault(session, FAULT_HANG);
    while (more && !session->ended && session->out_sent == session->out_used) {
        if (session->reading > 0)
            more = work_reading(session);
        else if (session->writing.verb == IIOD_WRITE)
            more = work_writing(session);
        else
            more = work_line(session);
    }
}

int64_t iiod_session_due_in_ns(const struct iiod_session *session)
{
    const struct fault_list *faults = feed_faults(session->harness->feed);
    if (fault_any(faults, FAULT_HANG) && session->in_used > 0)
        return HANG_LOOK_NS; // what came in is answered when the server goes on
    if (session->reading == 0 || session->out_sent != session->out_used)
        return -1;
    if (session->harness->fast)
        return 0;
    int64_t due_ns = iiod_buffer_due_ns(&session->buffer, session->harness, wanted_samples(session));
    int64_t in_ns = due_ns == FEED_END ? 0 : due_ns - harness_now_ns(session->harness);
    const int64_t longest_ns = 20000000; // time-outs and pulled plugs are noticed by then
    return in_ns < 0 ? 0 : in_ns > longest_ns ? longest_ns : in_ns;
}
