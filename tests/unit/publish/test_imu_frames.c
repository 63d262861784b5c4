// SPDX-License-Identifier: GPL-3.0-or-later
// The frames endpoint: its bytes are those of docs/wire.md, the example reader's parser gets back what went in, and a
// real socket with a real subscriber shows who gets what, what is dropped, and that nothing is packed for nobody.
#include "frames/log_event.h"
#include "pimu.h"
#include "publish/imu_frames.h"
#include "publish/imu_wire.h"
#include "sample_outputs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <czmq.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BOOT    "12345678-1234-1234-1234-123456789abc"
#define EXAMPLE 12345670
#define DUMP    8192

// The worked example of docs/wire.md: c7 with everything; a left wrist without a gyro, clipped in frame 3, bridged in
// frame 5, without a value in frame 9.
static void make_example(struct frame_block *block, struct imu_wire_stamp *stamp)
{
    memset(block, 0, sizeof *block);
    memset(stamp, 0, sizeof *stamp);
    block->first_index = EXAMPLE;
    block->worn = SITE_BIT(SITE_C7) | SITE_BIT(SITE_WRIST_LEFT);
    struct site_frames *c7 = &block->site[SITE_C7], *wrist = &block->site[SITE_WRIST_LEFT];
    for (int k = 0; k < FRAME_BLOCK_LEN; k++) {
        c7->valid[k] = FRAME_ACC | FRAME_GYRO | FRAME_ORIENT;
        memcpy(c7->acc[k], (const float[]){0.5F, -0.25F, 9.75F + (float)k / 16}, sizeof c7->acc[k]);
        memcpy(c7->gyro[k], (const float[]){(float)k / 8, 0, -1}, sizeof c7->gyro[k]);
        wrist->valid[k] = k == 9 ? 0 : FRAME_ACC | FRAME_INCLINATION;
        if (k != 9)
            memcpy(wrist->acc[k], (const float[]){1, 2, (float)(8 + k)}, sizeof wrist->acc[k]);
    }
    wrist->valid[3] |= FRAME_ACC_CLIPPED;
    wrist->valid[5] |= FRAME_BRIDGED;
    imu_wire_boot(stamp->boot, BOOT);
    stamp->seq = 7;
    stamp->utc_minus_mono_ns = INT64_C(1795259071120000000) - EXAMPLE * FRAME_PERIOD_NS;
}

static void dump(char out[DUMP], const uint8_t *bytes, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i += 16) {
        at += (size_t)snprintf(out + at, DUMP - at, "%04zx ", i);
        for (size_t k = i; k < i + 16 && k < n; k++)
            at += (size_t)snprintf(out + at, DUMP - at, " %02x", bytes[k]);
        at += (size_t)snprintf(out + at, DUMP - at, "\n");
    }
}

static void test_the_document_shows_these_bytes(void **state)
{
    (void)state;
    static char page[65536], expected[DUMP];
    struct frame_block block;
    struct imu_wire_stamp stamp;
    uint8_t bytes[IMU_WIRE_MAX];
    char path[512];
    const char *source = getenv("POISE_SOURCE_DIR");
    assert_non_null(source);
    snprintf(path, sizeof path, "%s/docs/wire.md", source);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    make_example(&block, &stamp);
    dump(expected, bytes, imu_wire_encode(bytes, &block, &stamp));
    if (!strstr(page, expected)) {
        fputs(expected, stderr);
        fail_msg("docs/wire.md does not show these bytes");
    }
}

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static void make_random(struct frame_block *block, struct imu_wire_stamp *stamp, uint64_t *state)
{
    memset(block, 0, sizeof *block);
    block->first_index = (int64_t)(draw(state) << 9);
    block->worn = (uint32_t)draw(state) & (SITE_BIT(N_SITES) - 1);
    block->axes_missing = (uint32_t)draw(state) & block->worn;
    for (int s = 0; s < N_SITES; s++)
        for (int k = 0; k < FRAME_BLOCK_LEN; k++) {
            block->site[s].valid[k] = (uint8_t)draw(state);
            for (int i = 0; i < 3; i++) {
                block->site[s].acc[k][i] = (float)draw(state) / 1e7F - 100;
                block->site[s].gyro[k][i] = (float)draw(state) / 1e8F - 10;
            }
        }
    for (int i = 0; i < 16; i++)
        stamp->boot[i] = (uint8_t)draw(state);
    stamp->seq = draw(state) << 31 | draw(state);
    stamp->utc_minus_mono_ns = draw(state) & 1 ? UTC_UNKNOWN_NS : (int64_t)(draw(state) << 20);
}

static void check_vector(const float *read, const float *written, bool valid)
{
    for (int i = 0; i < 3; i++)
        assert_true(valid ? memcmp(&read[i], &written[i], sizeof *read) == 0 : isnan(read[i]));
}

static void check_cells(const struct pimu_block *read, const struct frame_block *block)
{
    for (unsigned i = 0; i < read->n_sites; i++) {
        const struct site_frames *site = &block->site[read->sites[i]];
        for (unsigned k = 0; k < read->n_frames; k++) {
            float v[6];
            unsigned bits = pimu_valid(read, k, i), from = site->valid[k];
            pimu_values(read, k, i, v);
            check_vector(v, site->acc[k], from & FRAME_ACC);
            check_vector(v + 3, site->gyro[k], from & FRAME_GYRO);
            assert_int_equal(!(bits & PIMU_ACC), !(from & FRAME_ACC));
            assert_int_equal(!(bits & PIMU_GYRO), !(from & FRAME_GYRO));
            assert_int_equal(!(bits & PIMU_ACC_CLIPPED), !(from & FRAME_ACC_CLIPPED));
            assert_int_equal(!(bits & PIMU_GYRO_CLIPPED), !(from & FRAME_GYRO_CLIPPED));
            assert_int_equal(!(bits & PIMU_BRIDGED), !(from & FRAME_BRIDGED));
            assert_int_equal(!(bits & PIMU_ACC_PARTIAL), !(block->axes_missing & SITE_BIT(read->sites[i])));
            assert_int_equal(bits >> 6, 0);
        }
    }
}

static void test_the_reader_gets_back_what_went_in(void **state)
{
    (void)state;
    uint64_t seed = seed_from_environment();
    for (int round = 0; round < 500; round++) {
        struct frame_block block;
        struct imu_wire_stamp stamp;
        struct pimu_block read;
        uint8_t bytes[IMU_WIRE_MAX];
        make_random(&block, &stamp, &seed);
        size_t n = imu_wire_encode(bytes, &block, &stamp);
        assert_true(n <= IMU_WIRE_MAX);
        assert_int_equal(pimu_parse(&read, bytes, n), 0);
        assert_memory_equal(read.boot, stamp.boot, 16);
        assert_true(read.seq == stamp.seq && read.first_index == block.first_index);
        assert_true(read.t0_mono_ns == block.first_index * FRAME_PERIOD_NS && read.period_ns == FRAME_PERIOD_NS);
        assert_true(
            read.t0_utc_ns ==
            (stamp.utc_minus_mono_ns == UTC_UNKNOWN_NS ? PIMU_UTC_UNKNOWN : read.t0_mono_ns + stamp.utc_minus_mono_ns));
        assert_int_equal(read.n_frames, FRAME_BLOCK_LEN);
        uint32_t sites = 0;
        for (unsigned i = 0; i < read.n_sites; i++) {
            assert_string_equal(pimu_site_name(read.sites[i]), site_names[read.sites[i]]);
            sites |= SITE_BIT(read.sites[i]);
        }
        assert_int_equal(sites, block.worn);
        check_cells(&read, &block);
        for (size_t cut = 0; cut < n; cut += 1 + draw(&seed) % 37) {
            uint8_t *part = malloc(cut + (cut == 0)); // exactly so much, for the sanitizer
            memcpy(part, bytes, cut);
            assert_true(pimu_parse(&read, part, cut) < 0);
            free(part);
        }
    }
    assert_null(pimu_site_name(N_SITES));
}

static void test_a_longer_header_and_a_tail_are_skipped(void **state)
{
    (void)state;
    struct frame_block block;
    struct imu_wire_stamp stamp;
    struct pimu_block plain, later;
    uint8_t bytes[IMU_WIRE_MAX], longer[IMU_WIRE_MAX + 64] = {0};
    make_example(&block, &stamp);
    size_t n = imu_wire_encode(bytes, &block, &stamp);
    memcpy(longer, bytes, IMU_WIRE_HEADER);
    longer[6] = IMU_WIRE_HEADER + 8; // eight more bytes of header, and a tail
    memcpy(longer + IMU_WIRE_HEADER + 8, bytes + IMU_WIRE_HEADER, n - IMU_WIRE_HEADER);
    assert_int_equal(pimu_parse(&plain, bytes, n), 0);
    assert_int_equal(pimu_parse(&later, longer, n + 40), 0);
    assert_memory_equal(plain.sites, later.sites, plain.n_sites);
    for (unsigned k = 0; k < FRAME_BLOCK_LEN; k++) {
        float a[6], b[6];
        pimu_values(&plain, k, 0, a);
        pimu_values(&later, k, 0, b);
        assert_memory_equal(a, b, sizeof a);
        assert_int_equal(pimu_valid(&plain, k, 1), pimu_valid(&later, k, 1));
    }
    longer[4] = 2;
    assert_int_equal(pimu_parse(&later, longer, n + 8), PIMU_OTHER_VERSION);
    bytes[60] = bytes[61] = 0; // no frames
    assert_int_equal(pimu_parse(&plain, bytes, n), PIMU_NONSENSE);
    bytes[0] = 'X';
    assert_int_equal(pimu_parse(&plain, bytes, n), PIMU_NOT_PIMU);
}

static void test_what_is_missing_is_told(void **state)
{
    (void)state;
    struct pimu_track track = {0};
    struct pimu_block block = {.seq = 5, .first_index = 100, .n_frames = 10, .period_ns = 1000000};
    assert_true(pimu_follow(&track, &block).restarted);
    block.seq = 6, block.first_index = 110;
    struct pimu_gap gap = pimu_follow(&track, &block);
    assert_true(!gap.restarted && gap.messages == 0 && gap.frames == 0);
    block.seq = 7, block.first_index = 150; // dropped or not there at the source
    gap = pimu_follow(&track, &block);
    assert_true(!gap.restarted && gap.messages == 0 && gap.frames == 30);
    block.seq = 10, block.first_index = 180; // lost on the way
    gap = pimu_follow(&track, &block);
    assert_true(!gap.restarted && gap.messages == 2 && gap.frames == 20);
    block.boot[3] = 1;
    assert_true(pimu_follow(&track, &block).restarted);
    block.seq = 1;
    assert_true(pimu_follow(&track, &block).restarted);
}

static void test_boot_texts(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "1", "12345678-1234-1234-1234-123456789ab", "zz345678-1234-1234"};
    static const uint8_t none[16] = {0}, good[16] = {0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x12, 0x34,
                                                     0x12, 0x34, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc};
    uint8_t boot[16];
    imu_wire_boot(boot, BOOT);
    assert_memory_equal(boot, good, 16);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        imu_wire_boot(boot, wrong[i]);
        assert_memory_equal(boot, none, 16);
    }
}

struct door {
    char dir[64], endpoint[96];
    struct imu_frames *frames;
    zsock_t *pub, *sub;
    int wake;
    int64_t index;
};

static void open_door(struct door *d)
{
    memset(d, 0, sizeof *d);
    strcpy(d->dir, "/tmp/poise-frames-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    snprintf(d->endpoint, sizeof d->endpoint, "ipc://%s/frames", d->dir);
    d->pub = zsock_new(ZMQ_XPUB);
    assert_int_equal(zsock_bind(d->pub, "%s", d->endpoint), 0);
    d->wake = eventfd(0, EFD_NONBLOCK);
    const struct imu_frames_identity identity = {
        .topic = "lab/imu", .boot = BOOT, .endpoint = d->endpoint, .socket = zsock_resolve(d->pub), .wake = d->wake};
    assert_int_equal(imu_frames_create(&d->frames, &identity), 0);
    assert_string_equal(imu_frames_endpoint(d->frames), d->endpoint);
}

static void close_door(struct door *d)
{
    zsock_destroy(&d->sub);
    imu_frames_destroy(d->frames);
    zsock_destroy(&d->pub);
    close(d->wake);
    char path[96];
    snprintf(path, sizeof path, "%s/frames", d->dir);
    unlink(path);
    assert_int_equal(rmdir(d->dir), 0);
}

static void push(struct door *d)
{
    static struct frame_block block;
    block.worn = SITE_BIT(SITE_C7);
    block.first_index = d->index;
    d->index += FRAME_BLOCK_LEN;
    imu_frames_push(d->frames, &block, 0);
}

static bool receive(struct door *d, struct pimu_block *out)
{
    static uint8_t bytes[IMU_WIRE_MAX];
    char topic[16] = "";
    void *socket = zsock_resolve(d->sub);
    if (zmq_recv(socket, topic, sizeof topic - 1, 0) < 0)
        return false;
    assert_string_equal(topic, "lab/imu");
    int n = zmq_recv(socket, bytes, sizeof bytes, 0);
    assert_true(n > 0);
    assert_int_equal(pimu_parse(out, bytes, (size_t)n), 0);
    return true;
}

static void subscribe(struct door *d, const char *topic)
{
    d->sub = zsock_new(ZMQ_SUB);
    zsock_set_subscribe(d->sub, topic);
    zsock_set_rcvtimeo(d->sub, 50);
    assert_int_equal(zsock_connect(d->sub, "%s", d->endpoint), 0);
}

static bool arrives(struct door *d, struct pimu_block *block, int patience)
{
    bool arrived = false;
    for (int i = 0; i < patience && !arrived; i++) {
        imu_frames_serve(d->frames);
        push(d);
        imu_frames_serve(d->frames);
        arrived = receive(d, block);
    }
    return arrived;
}

static void test_nothing_is_packed_for_nobody(void **state)
{
    (void)state;
    struct door d;
    struct pimu_block block;
    open_door(&d);
    for (int i = 0; i < 1000; i++)
        push(&d);
    assert_int_equal(imu_frames_dropped(d.frames), 0);
    subscribe(&d, "lab/posture"); // a topic that is not here
    assert_false(arrives(&d, &block, 10));
    zsock_set_subscribe(d.sub, "lab/");
    assert_true(arrives(&d, &block, 200));
    assert_int_equal(block.seq, 1);
    assert_true(block.first_index >= 10000);
    zsock_set_unsubscribe(d.sub, "lab/");
    uint64_t before = 1, after = 0; // dropped: more than a ring is pushed at once, so packing shows
    for (int i = 0; i < 500 && before != after; i++) {
        usleep(10000);
        imu_frames_serve(d.frames);
        before = imu_frames_dropped(d.frames);
        for (int k = 0; k < 1000; k++)
            push(&d);
        after = imu_frames_dropped(d.frames);
    }
    assert_int_equal(before, after);
    close_door(&d);
}

static void test_a_full_ring_shows_in_the_index_alone(void **state)
{
    (void)state;
    struct door d;
    struct pimu_block block;
    struct pimu_track track = {0};
    open_door(&d);
    subscribe(&d, "");
    assert_true(arrives(&d, &block, 200));
    while (receive(&d, &block))
        continue;
    pimu_follow(&track, &block);
    for (int i = 0; i < 100; i++) // the publisher is held up: its ring takes 64
        push(&d);
    assert_int_equal(imu_frames_dropped(d.frames), 36);
    imu_frames_serve(d.frames);
    push(&d);
    imu_frames_serve(d.frames);
    int n = 0;
    int64_t missing = 0;
    zsock_set_rcvtimeo(d.sub, 2000);
    for (; n < 65 && receive(&d, &block); n++) {
        struct pimu_gap gap = pimu_follow(&track, &block);
        assert_false(gap.restarted);
        assert_int_equal(gap.messages, 0);
        assert_int_equal(gap.frames, n == 64 ? 360 : 0);
        missing += gap.frames;
    }
    assert_int_equal(n, 65);
    assert_int_equal(missing, 360);
    close_door(&d);
}

static void test_off_is_quiet(void **state)
{
    (void)state;
    static const struct frame_block block;
    imu_frames_push(NULL, &block, 0);
    imu_frames_serve(NULL);
    assert_int_equal(imu_frames_dropped(NULL), 0);
    assert_string_equal(imu_frames_endpoint(NULL), "");
    imu_frames_destroy(NULL);
}

int main(void)
{
    setenv("ZSYS_SIGHANDLER", "false", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_document_shows_these_bytes),
        cmocka_unit_test(test_the_reader_gets_back_what_went_in),
        cmocka_unit_test(test_a_longer_header_and_a_tail_are_skipped),
        cmocka_unit_test(test_what_is_missing_is_told),
        cmocka_unit_test(test_boot_texts),
        cmocka_unit_test(test_nothing_is_packed_for_nobody),
        cmocka_unit_test(test_a_full_ring_shows_in_the_index_alone),
        cmocka_unit_test(test_off_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
