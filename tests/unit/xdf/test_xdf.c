// SPDX-License-Identifier: GPL-3.0-or-later
// The file format alone: every channel format there and back, cut at every byte, damaged, hostile lengths.
#include "xdf/xdf_reader.h"
#include "xdf/xdf_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N_NUMERIC 6
#define N_CHUNKS  8
#define PER_CHUNK 3

static char path[] = "/tmp/poise_xdf_XXXXXX";

static double value_at(enum xdf_format format, int i)
{
    static const double extreme[][2] = {[XDF_INT8] = {-128, 127},
                                        [XDF_INT16] = {-32768, 32767},
                                        [XDF_INT32] = {-2147483648.0, 2147483647.0},
                                        [XDF_INT64] = {-0x1p63, 0x1p62},
                                        [XDF_FLOAT32] = {-0x1.fffffep127, 0x1p-149},
                                        [XDF_DOUBLE64] = {-0x1.fffffffffffffp1023, 0x1p-1074}};
    return i % 5 == 0 ? extreme[format][0] : i % 5 == 1 ? extreme[format][1] : i % 100;
}

static double stamp_at(int chunk, int k)
{
    return 100 + chunk * 4.0 + k * 0.001;
}

static void write_header(struct xdf_writer *writer, const struct xdf_stream *stream)
{
    struct xdf_xml *header = xdf_stream_header(stream);
    xdf_node_add(xdf_node_add(xdf_xml_root(header), "desc", NULL), "note", "a < b & \"c\" \x01 \xff ü");
    assert_int_equal(xdf_writer_stream(writer, stream, header), 0);
    xdf_xml_destroy(header);
}

static void write_chunk(struct xdf_writer *writer, enum xdf_format format, int chunk)
{
    double stamp_s[PER_CHUNK], value[PER_CHUNK * 2];
    for (int k = 0; k < PER_CHUNK; k++) {
        stamp_s[k] = stamp_at(chunk, k);
        value[k * 2] = value_at(format, chunk * PER_CHUNK + k);
        value[k * 2 + 1] = k;
    }
    // Every other chunk without stamps.
    assert_int_equal(xdf_writer_samples(writer, format, PER_CHUNK, chunk % 2 ? NULL : stamp_s, value), 0);
}

// Stream id = its format; chunks of all streams in turn; a string stream with id 0.
static void write_file(void)
{
    struct xdf_writer *writer;
    assert_int_equal(xdf_writer_open(&writer, path), 0);
    write_header(writer, &(struct xdf_stream){.id = 0, .format = XDF_STRING, .n_channels = 1, .name = "words"});
    for (unsigned f = XDF_INT8; f <= XDF_DOUBLE64; f++)
        write_header(writer, &(struct xdf_stream){
                                 .id = f, .format = (enum xdf_format)f, .n_channels = 2, .nominal_rate_hz = 1.0 / 3});
    for (int chunk = 0; chunk < N_CHUNKS; chunk++) {
        char text[400];
        memset(text, 'a' + chunk, sizeof text);
        text[chunk * 50] = '\0';
        assert_int_equal(xdf_writer_text(writer, 0, stamp_at(chunk, 0), text), 0);
        for (unsigned f = XDF_INT8; f <= XDF_DOUBLE64; f++)
            write_chunk(writer, (enum xdf_format)f, chunk);
        assert_int_equal(xdf_writer_clock_offset(writer, 3, chunk, -chunk), 0);
    }
    assert_int_equal(xdf_writer_close(writer), 0);
}

static unsigned char *read_bytes(size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    unsigned char *bytes = malloc((size_t)st.st_size);
    *size = fread(bytes, 1, (size_t)st.st_size, file);
    fclose(file);
    return bytes;
}

struct seen {
    bool by_rows;
    int rows; // chunks taken at once
    int headers, texts, samples, offsets, footers, chunks;
};

// A whole chunk of numbers with stamps can be had at once; any other cannot, and is then still there.
static bool check_rows(struct xdf_reader *reader, enum xdf_format format, struct seen *seen, int *per_stream)
{
    enum { STRIDE = 3 };
    double stamp_s[PER_CHUNK], value[PER_CHUNK * STRIDE];
    assert_false(xdf_reader_rows(reader, PER_CHUNK + 1, STRIDE, stamp_s, value));
    assert_false(xdf_reader_rows(reader, PER_CHUNK, 1, stamp_s, value) && format != XDF_STRING);
    if (!xdf_reader_rows(reader, PER_CHUNK, STRIDE, stamp_s, value))
        return false;
    assert_int_not_equal(format, XDF_STRING);
    for (int k = 0; k < PER_CHUNK; k++, seen->samples++) {
        int i = per_stream[format]++;
        assert_true(stamp_s[k] == stamp_at(i / PER_CHUNK, k));
        assert_true(value[k * STRIDE] == value_at(format, i) && value[k * STRIDE + 1] == k);
    }
    seen->rows++;
    return true;
}

static void check_samples(struct xdf_reader *reader, const struct xdf_chunk *chunk, struct seen *seen, int *per_stream)
{
    enum xdf_format format = chunk->stream->format;
    bool all = seen->by_rows && check_rows(reader, format, seen, per_stream);
    struct xdf_sample sample;
    int rc;
    while ((rc = xdf_reader_sample(reader, &sample)) == 1) {
        int i = per_stream[format]++;
        if (format == XDF_STRING) {
            assert_int_equal(strlen(sample.text[0]), i * 50);
            assert_true(i == 0 || sample.text[0][0] == 'a' + i);
            seen->texts++;
            continue;
        }
        int chunk_number = i / PER_CHUNK;
        assert_int_equal(sample.has_stamp, chunk_number % 2 == 0);
        if (sample.has_stamp)
            assert_true(sample.stamp_s == stamp_at(chunk_number, i % PER_CHUNK));
        assert_true(sample.value[0] == value_at(format, i));
        assert_true(sample.value[1] == i % PER_CHUNK);
        assert_false(all);
        seen->samples++;
    }
}

// Reads all of it; whatever is given must be what was written, in order.
static struct seen read_all(struct xdf_reader *reader, bool by_rows)
{
    struct seen seen = {.by_rows = by_rows};
    int per_stream[N_NUMERIC + 1] = {0};
    struct xdf_chunk chunk;
    int rc;
    while ((rc = xdf_reader_next(reader, &chunk)) == 1) {
        char note[64];
        seen.chunks++;
        switch (chunk.kind) {
        case XDF_FILE_HEADER:
            break;
        case XDF_STREAM_HEADER:
            seen.headers++;
            assert_true(xdf_node_text(xdf_xml_root(chunk.xml), "desc/note", note, sizeof note));
            assert_string_equal(note, "a < b & \"c\" ? ? ü");
            assert_true(chunk.stream->id == 0 || chunk.stream->nominal_rate_hz == 1.0 / 3);
            break;
        case XDF_SAMPLES:
            check_samples(reader, &chunk, &seen, per_stream);
            break;
        case XDF_CLOCK_OFFSET:
            assert_true(chunk.collection_s == seen.offsets && chunk.offset_s == -seen.offsets);
            seen.offsets++;
            break;
        case XDF_STREAM_FOOTER:
            assert_true(xdf_node_number(xdf_xml_root(chunk.xml), "sample_count", -1) ==
                        (chunk.stream->id == 0 ? N_CHUNKS : N_CHUNKS * PER_CHUNK));
            seen.footers++;
            break;
        }
    }
    assert_int_equal(rc, 0);
    return seen;
}

static void test_there_and_back(void **state)
{
    (void)state;
    write_file();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct xdf_reader *reader;
    assert_int_equal(xdf_reader_open_fd(&reader, fd), 0);
    struct seen seen = read_all(reader, false);
    assert_int_equal(seen.headers, N_NUMERIC + 1);
    assert_int_equal(seen.texts, N_CHUNKS);
    assert_int_equal(seen.samples, N_NUMERIC * N_CHUNKS * PER_CHUNK);
    assert_int_equal(seen.offsets, N_CHUNKS);
    assert_int_equal(seen.footers, N_NUMERIC + 1);
    assert_int_equal(xdf_reader_damage(reader)->n_gaps, 0);
    xdf_reader_close(reader);

    // One stream alone, others passed over by length.
    assert_int_equal(xdf_reader_open_fd(&reader, fd), 0);
    xdf_reader_only(reader, XDF_INT32, true);
    seen = read_all(reader, false);
    assert_int_equal(seen.samples, N_CHUNKS * PER_CHUNK);
    xdf_reader_close(reader);

    assert_int_equal(xdf_reader_open_fd(&reader, fd), 0);
    seen = read_all(reader, true);
    assert_int_equal(seen.rows, N_NUMERIC * N_CHUNKS / 2);
    assert_int_equal(seen.samples, N_NUMERIC * N_CHUNKS * PER_CHUNK);
    assert_int_equal(xdf_reader_damage(reader)->n_gaps, 0);
    xdf_reader_close(reader);
    close(fd);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    write_file();
    size_t size;
    unsigned char *bytes = read_bytes(&size);
    int before = 0;
    for (size_t cut = 4; cut <= size; cut++) {
        struct xdf_reader *reader;
        unsigned char *exact = malloc(cut); // so that a read beyond it is noticed
        memcpy(exact, bytes, cut);
        assert_int_equal(xdf_reader_open_memory(&reader, exact, cut), 0);
        struct seen seen = read_all(reader, cut % 2);
        assert_true(seen.chunks >= before);
        before = seen.chunks;
        const struct xdf_damage *damage = xdf_reader_damage(reader);
        assert_true(damage->n_gaps == 0 ? damage->bytes_lost == 0 : damage->cut && damage->bytes_lost > 0);
        xdf_reader_close(reader);
        free(exact);
    }
    free(bytes);
}

// Bytes changed at random: never a crash, never without an end; behind the next boundary all is well again.
static void test_damaged_bytes(void **state)
{
    (void)state;
    const char *given = getenv("TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
    printf("TEST_SEED=%u\n", seed);
    srand(seed);
    write_file();
    size_t size;
    unsigned char *bytes = read_bytes(&size);
    unsigned char *copy = malloc(size);
    for (int round = 0; round < 3000; round++) {
        memcpy(copy, bytes, size);
        for (int n = 1 + rand() % 4; n > 0; n--)
            copy[4 + (size_t)rand() % (size - 4)] = (unsigned char)rand();
        struct xdf_reader *reader;
        assert_int_equal(xdf_reader_open_memory(&reader, copy, size), 0);
        struct xdf_chunk chunk;
        struct xdf_sample sample;
        int n_chunks = 0;
        while (xdf_reader_next(reader, &chunk) == 1) {
            n_chunks++;
            double stamp_s[PER_CHUNK], value[2 * PER_CHUNK];
            if (chunk.kind == XDF_SAMPLES && round % 2)
                (void)xdf_reader_rows(reader, PER_CHUNK, 2, stamp_s, value);
            while (chunk.kind == XDF_SAMPLES && xdf_reader_sample(reader, &sample) == 1)
                ;
        }
        assert_true(n_chunks <= 200);
        xdf_reader_close(reader);
    }
    free(copy);
    free(bytes);
}

static void test_writer_refuses(void **state)
{
    (void)state;
    struct xdf_writer *writer;
    assert_int_equal(xdf_writer_open(&writer, path), 0);
    struct xdf_stream stream = {.id = 5, .format = XDF_INT8, .n_channels = 1};
    write_header(writer, &stream);
    struct xdf_xml *header = xdf_stream_header(&stream);
    assert_int_equal(xdf_writer_stream(writer, &stream, header), -EINVAL);
    xdf_xml_destroy(header);
    static const double bad[] = {128, -129, 0.5, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(xdf_writer_samples(writer, 5, 1, NULL, &bad[i]), -ERANGE);
    assert_int_equal(xdf_writer_samples(writer, 6, 1, NULL, bad), -EINVAL);
    assert_int_equal(xdf_writer_text(writer, 5, 0, "x"), -EINVAL);
    assert_int_equal(xdf_writer_close(writer), 0);
    // What was refused left nothing behind.
    size_t size;
    unsigned char *bytes = read_bytes(&size);
    struct xdf_reader *reader;
    struct xdf_chunk chunk;
    assert_int_equal(xdf_reader_open_memory(&reader, bytes, size), 0);
    while (xdf_reader_next(reader, &chunk) == 1)
        assert_true(chunk.kind != XDF_SAMPLES);
    assert_int_equal(xdf_reader_damage(reader)->n_gaps, 0);
    xdf_reader_close(reader);
    free(bytes);
}

static size_t count_boundaries(const unsigned char *bytes, size_t size)
{
    static const unsigned char uuid[] = {0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F,
                                         0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4};
    size_t n = 0;
    for (const unsigned char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), uuid, 16)); at += 16)
        n++;
    return n;
}

static void test_boundaries(void **state)
{
    (void)state;
    struct xdf_writer *writer;
    assert_int_equal(xdf_writer_open(&writer, path), 0);
    write_header(writer, &(struct xdf_stream){.id = 1, .format = XDF_DOUBLE64, .n_channels = 2});
    static double stamp_s[5000], value[10000];
    for (int s = 0; s < 100; s++) { // 100 s in the stamps
        stamp_s[0] = 7 + s;
        assert_int_equal(xdf_writer_samples(writer, 1, 1, stamp_s, value), 0);
    }
    for (int i = 0; i < 250; i++) // 31 MB without any stamps
        assert_int_equal(xdf_writer_samples(writer, 1, 5000, stamp_s, value), 0);
    unsigned long long told = xdf_writer_bytes(writer);
    assert_int_equal(xdf_writer_close(writer), 0);
    size_t size;
    unsigned char *bytes = read_bytes(&size);
    assert_true(told <= size && told > size - 300); // all but the footer
    size_t n = count_boundaries(bytes, size);
    assert_true(n >= 9 + 2 && n <= 10 + 4);
    free(bytes);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_damaged_bytes),  cmocka_unit_test(test_writer_refuses),
        cmocka_unit_test(test_boundaries),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
