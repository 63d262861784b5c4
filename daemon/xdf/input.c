// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (256U * 1024)
#define PINNED_BYTES (16U << 20)

int input_open_fd(struct input *in, int fd)
{
    *in = (struct input){.fd = fd, .capacity = BUFFER_BYTES};
    struct stat st;
    in->seekable = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    in->pinned = !in->seekable;
    in->owned = malloc(in->capacity);
    in->bytes = in->owned;
    return in->owned ? 0 : -ENOMEM;
}

void input_open_memory(struct input *in, const void *data, size_t size)
{
    *in = (struct input){.fd = -1, .bytes = data, .end = size, .at_end = true};
}

void input_finish(struct input *in)
{
    free(in->owned);
    in->owned = NULL;
}

uint64_t input_offset(const struct input *in)
{
    return in->base + in->pos;
}

// The first byte that must stay.
static size_t kept_from(const struct input *in)
{
    if (in->pinned)
        return 0;
    return in->marked ? in->mark : in->pos;
}

static void compact(struct input *in)
{
    size_t from = kept_from(in);
    if (from == 0)
        return;
    memmove(in->owned, in->owned + from, in->end - from);
    in->base += from;
    in->end -= from;
    in->pos -= from;
    in->mark = in->marked ? in->mark - from : 0;
}

// Room for n bytes at the read position. What is kept for a second look gives way before the buffer grows.
static bool make_room(struct input *in, size_t n)
{
    if (in->pinned && in->pos + n > PINNED_BYTES)
        in->pinned = false;
    if (!in->pinned && in->capacity - in->pos < n)
        compact(in);
    if (!in->pinned && in->marked && in->capacity - in->pos < n) {
        in->marked = false;
        compact(in);
    }
    if (in->capacity - in->pos >= n)
        return true;
    size_t capacity = in->capacity;
    while (capacity - in->pos < n)
        capacity *= 2;
    unsigned char *bytes = realloc(in->owned, capacity);
    if (!bytes) {
        in->error = -ENOMEM;
        return false;
    }
    in->owned = bytes;
    in->bytes = bytes;
    in->capacity = capacity;
    return true;
}

static ssize_t read_some(struct input *in)
{
    unsigned char *to = in->owned + in->end;
    size_t space = in->capacity - in->end;
    ssize_t got;
    do {
        got = in->seekable ? pread(in->fd, to, space, (off_t)(in->base + in->end)) : read(in->fd, to, space);
    } while (got < 0 && errno == EINTR);
    return got;
}

bool input_need(struct input *in, size_t n)
{
    if (in->end - in->pos >= n)
        return true;
    if (in->at_end || in->error || !make_room(in, n))
        return false;
    while (in->end - in->pos < n) {
        ssize_t got = read_some(in);
        if (got < 0)
            in->error = -errno;
        in->at_end = got <= 0;
        if (got <= 0)
            return false;
        in->end += (size_t)got;
    }
    return true;
}

const unsigned char *input_take(struct input *in, size_t n)
{
    if (!input_need(in, n))
        return NULL;
    const unsigned char *at = in->bytes + in->pos;
    in->pos += n;
    return at;
}

void input_mark(struct input *in)
{
    in->marked = true;
    in->mark = in->pos;
}

bool input_rewind(struct input *in)
{
    if (in->marked)
        in->pos = in->mark;
    return in->marked;
}

static bool jump_in_file(struct input *in, uint64_t n)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0 || st.st_size < 0)
        return false;
    uint64_t here = input_offset(in);
    uint64_t left = (uint64_t)st.st_size > here ? (uint64_t)st.st_size - here : 0;
    in->base = here + (n < left ? n : left);
    in->pos = in->end = 0;
    in->marked = false;
    return n <= left;
}

bool input_jump(struct input *in, uint64_t n)
{
    size_t here = in->end - in->pos;
    if (n <= here) {
        in->pos += (size_t)n;
        return true;
    }
    if (in->seekable)
        return jump_in_file(in, n);
    while (n > 0) {
        size_t part = n < BUFFER_BYTES / 2 ? (size_t)n : BUFFER_BYTES / 2;
        if (!input_take(in, part)) {
            in->pos = in->end;
            return false;
        }
        n -= part;
    }
    return true;
}

bool input_find(struct input *in, uint64_t n, const unsigned char *pattern, size_t pattern_size)
{
    while (n > 0) {
        size_t part = n < BUFFER_BYTES / 2 ? (size_t)n : BUFFER_BYTES / 2;
        if (!input_need(in, part))
            part = in->end - in->pos; // what is left at the end
        const unsigned char *at = in->bytes + in->pos;
        const unsigned char *found = part ? memmem(at, part, pattern, pattern_size) : NULL;
        if (found) {
            in->pos += (size_t)(found - at) + pattern_size;
            return true;
        }
        // A pattern may lie across two parts: the last bytes are looked at again.
        size_t step = part < n && part >= pattern_size ? part - pattern_size + 1 : part;
        in->pos += step;
        n -= step;
        if (in->pos == in->end && in->at_end)
            return false;
        if (part < pattern_size && !input_need(in, 1))
            return false;
    }
    return false;
}

static int write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, bytes, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        n -= (size_t)put;
    }
    return 0;
}

int input_spool(struct input *in, int fd)
{
    if (!in->pinned)
        return -ESPIPE;
    int rc = write_all(fd, in->bytes, in->end);
    in->pinned = false;
    in->marked = false;
    in->pos = in->end;
    while (rc == 0 && input_need(in, 1)) {
        rc = write_all(fd, in->bytes + in->pos, in->end - in->pos);
        in->pos = in->end;
    }
    return rc != 0 ? rc : in->error;
}
