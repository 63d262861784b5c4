// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a recording: through the XDF reader alone, and through the log reader with all its guesses.
#include "record/log_reader.h"
#include "xdf/xdf_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void read_format(const unsigned char *data, size_t size)
{
    struct xdf_reader *reader;
    if (xdf_reader_open_memory(&reader, data, size) != 0)
        return;
    struct xdf_chunk chunk;
    struct xdf_sample sample;
    size_t n_chunks = 0;
    while (xdf_reader_next(reader, &chunk) == 1) {
        n_chunks++;
        while (chunk.kind == XDF_SAMPLES && xdf_reader_sample(reader, &sample) == 1)
            ;
    }
    if (n_chunks > size)
        abort(); // each chunk has bytes of its own
    xdf_reader_close(reader);
}

static void read_log(const char *path, size_t size)
{
    struct log_reader_options options = {.n_map = 1, .map = {{.name = "m", .site = 1}}};
    struct log_reader *reader;
    char error[1200];
    if (log_reader_open(&reader, path, &options, error, sizeof error) != 0)
        return;
    struct log_event event;
    size_t n_events = 0;
    while (log_reader_next(reader, &event) == 1)
        n_events++;
    // A sample has a byte at least and is followed by at most 100 ticks, however wild its stamp.
    if (n_events > 200 * (size + 1))
        abort();
    log_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        if (fd < 0)
            abort();
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    read_format(data, size);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    read_log(path, size);
    return 0;
}
