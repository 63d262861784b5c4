// SPDX-License-Identifier: GPL-3.0-or-later
// Buffered bytes of a file, a pipe or memory, for the reader in this room. From the mark on, bytes stay in the buffer
// as long as they fit, so that a chunk that turns out damaged can be searched again; a regular file is read with
// pread, so several inputs may share one descriptor.
#ifndef POISE_XDF_INPUT_H
#define POISE_XDF_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    int fd; // -1: memory
    bool seekable;
    bool marked, pinned, at_end;
    int error; // negative errno of a failed read
    unsigned char *owned;
    const unsigned char *bytes;
    size_t capacity, mark, pos, end;
    uint64_t base; // file offset of bytes[0]
};

__attribute__((warn_unused_result)) int input_open_fd(struct input *in, int fd); // does not own fd
void input_open_memory(struct input *in, const void *data, size_t size);         // keeps the pointer
void input_finish(struct input *in);

// True when n bytes lie at the read position; false at the end or after an error.
bool input_need(struct input *in, size_t n);
// The next n bytes, and past them; NULL as above. Valid until the next call.
const unsigned char *input_take(struct input *in, size_t n);
void input_mark(struct input *in);             // here a chunk begins
bool input_rewind(struct input *in);           // back to the mark; false when it has left the buffer
bool input_jump(struct input *in, uint64_t n); // forward, without reading when it can; false: the end came first
uint64_t input_offset(const struct input *in);

// Passes over up to n bytes in search of pattern. True: just behind it. False: n bytes were passed, or the end came.
bool input_find(struct input *in, uint64_t n, const unsigned char *pattern, size_t pattern_size);

// Copies everything from the very first byte to fd. Only while pinned: an input that cannot
// seek keeps its beginning until pinned is cleared or 16 MiB have gone by.
__attribute__((warn_unused_result)) int input_spool(struct input *in, int fd);

#endif
