// SPDX-License-Identifier: GPL-3.0-or-later
// What each room costs on a recording, in ns and (where they can be counted, meter.h) instructions: per site-sample,
// one sample of one site, the unit of the daemon's load; and per second of data. Several recordings are as many
// harnesses in one process, each with rooms of its own, a batch of each in turn: the figures are those of all together.
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define HARNESSES_MAX 4

static bool is_room(int stage)
{
    return stage != STAGE_READ && stage != STAGE_FRAMES && stage != STAGE_JSON;
}

static void add_meter(struct meter *sum, const struct meter *m)
{
    sum->ns += m->ns;
    sum->instructions += m->instructions;
}

struct report {
    double seconds, samples;
    bool counted;
};

static void print_row(const struct report *r, const char *name, const struct meter *m)
{
    double ns = (double)m->ns, instructions = (double)m->instructions;
    printf("%-10s %10.1f", name, ns / r->samples);
    if (r->counted)
        printf(" %12.1f %10.2f", instructions / r->samples, instructions / 1e6 / r->seconds);
    else
        printf(" %12s %10s", "-", "-");
    printf(" %12.3f %10.0f\n", 100 * ns / 1e9 / r->seconds, r->seconds / (ns / 1e9));
}

static void print_head(const struct bench *benches, int n, const struct report *r, int meter_error)
{
    uint64_t frames = 0, objects = 0, bytes = 0;
    for (int i = 0; i < n; i++) {
        frames += benches[i].frames;
        objects += benches[i].objects;
        bytes += benches[i].bytes;
    }
    printf("%.1f s, %.0f site-samples, %" PRIu64 " frames, %" PRIu64 " objects of %" PRIu64 " bytes\n", r->seconds,
           r->samples, frames, objects, objects ? bytes / objects : 0);
    if (meter_error != 0)
        printf("instructions cannot be counted here: %s\n", strerror(-meter_error));
    printf("%-10s %10s %12s %10s %12s %10s\n", "stage", "ns/sample", "instr/sample", "M instr/s", "% of a core",
           "x real");
}

static void print_report(const struct bench *benches, int n, int meter_error)
{
    struct report r = {.counted = meter_error == 0};
    struct meter stage[N_STAGES] = {0}, rooms = {0}, whole = {0};
    uint64_t n_packed = 0, packed_bytes = 0;
    for (int i = 0; i < n; i++) {
        const struct bench *b = &benches[i];
        double seconds = (double)(b->last_ns - b->first_ns) / 1e9;
        r.seconds = seconds > r.seconds ? seconds : r.seconds;
        r.samples += (double)b->samples;
        n_packed += b->n_packed;
        packed_bytes += b->packed_bytes;
        for (int s = 0; s < N_STAGES; s++)
            add_meter(&stage[s], &b->meter[s]);
    }
    print_head(benches, n, &r, meter_error);
    for (int s = 0; s < N_STAGES; s++) {
        print_row(&r, stage_names[s], &stage[s]);
        add_meter(&whole, &stage[s]);
        if (is_room(s))
            add_meter(&rooms, &stage[s]);
    }
    print_row(&r, "rooms", &rooms); // the pipeline without file, frames and JSON
    print_row(&r, "whole", &whole);
    printf("frames: %.0f ns to pack a block of %.0f bytes\n", (double)stage[STAGE_FRAMES].ns / (double)n_packed,
           (double)packed_bytes / (double)n_packed);
}

static int run(struct bench *benches, int n, char **paths)
{
    char error[512] = "";
    for (int i = 0; i < n; i++) {
        if (bench_open(&benches[i], paths[i], error, sizeof error) != 0) {
            fprintf(stderr, "poise-bench: %s: %s\n", paths[i], error);
            return EX_NOINPUT;
        }
    }
    bool done[HARNESSES_MAX] = {false};
    for (int left = n; left > 0;) {
        for (int i = 0; i < n; i++) {
            if (done[i])
                continue;
            int more = bench_step(&benches[i]);
            if (more < 0) {
                fprintf(stderr, "poise-bench: %s: %s\n", paths[i], strerror(-more));
                return EX_NOINPUT;
            }
            done[i] = more == 0;
            left -= done[i];
        }
    }
    for (int i = 0; i < n; i++) {
        if (benches[i].samples == 0 || benches[i].last_ns <= benches[i].first_ns) {
            fprintf(stderr, "poise-bench: %s: too short to measure\n", paths[i]);
            return EX_NOINPUT;
        }
    }
    return EX_OK;
}

int main(int argc, char **argv)
{
    static struct bench benches[HARNESSES_MAX];
    int n = argc - 1;
    if (n < 1 || n > HARNESSES_MAX || argv[1][0] == '\0') {
        fprintf(stderr, "usage: poise-bench RECORDING.xdf… (one to %d)\n", HARNESSES_MAX);
        return EX_USAGE;
    }
    int meter_error = meter_open();
    int code = run(benches, n, argv + 1);
    if (code == EX_OK)
        print_report(benches, n, meter_error);
    for (int i = 0; i < n; i++)
        bench_close(&benches[i]);
    return code;
}
