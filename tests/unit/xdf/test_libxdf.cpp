// SPDX-License-Identifier: GPL-3.0-or-later
// A recording of ours in a reader by others: streams, names, units, stamps and values.
#include "known_log.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <xdf.h>

static int n_failed = 0;

static void check(bool good, const std::string &what)
{
    if (good)
        return;
    std::printf("FAILED: %s\n", what.c_str());
    n_failed++;
}

static const Xdf::Stream *named(const Xdf &xdf, const std::string &name)
{
    for (const Xdf::Stream &stream : xdf.streams)
        if (stream.info.name == name)
            return &stream;
    return nullptr;
}

static void check_stream(const Xdf &xdf, int s)
{
    const std::string name = known_names[s];
    const Xdf::Stream *stream = named(xdf, name);
    check(stream != nullptr, name + " is there");
    if (stream == nullptr)
        return;
    const size_t n_channels = static_cast<size_t>(known_channels[s]);
    check(stream->info.type == "IMU", name + " has type IMU");
    check(stream->info.nominal_srate == 1000, name + " has its nominal rate");
    check(stream->info.sample_count == KNOWN_SAMPLES, name + " has its count in the footer");
    check(stream->time_stamps.size() == KNOWN_SAMPLES, name + " has all stamps");
    check(stream->time_series.size() == n_channels, name + " has all channels");
    check(stream->info.channels.size() == n_channels, name + " has its channels described");
    if (n_failed > 0)
        return;
    check(stream->info.channels[0].at("label") == (s == 2 ? "gyro_x" : "acc_x"), name + " has labels");
    check(stream->info.channels[0].at("unit") == (s == 2 ? "rad/s" : "m/s^2"), name + " has units");
    for (int i = 0; i < KNOWN_SAMPLES && n_failed == 0; i++) {
        const size_t at = static_cast<size_t>(i);
        check(stream->time_stamps[at] == known_stamp_s(s, i), name + " stamp " + std::to_string(i));
        for (int c = 0; c < known_channels[s]; c++)
            check(stream->time_series[static_cast<size_t>(c)][at] == static_cast<float>(known_value(s, c, i)),
                  name + " value " + std::to_string(i));
    }
}

// argv[1]: the program that writes the recording. It is another one because libxdf itself reads past its buffers, which
// a build with AddressSanitizer would end at.
int main(int argc, char **argv)
{
    char path[] = "/tmp/poise_libxdf_XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0 || argc != 2 || std::system((std::string(argv[1]) + " " + path).c_str()) != 0) {
        std::perror(path);
        return 1;
    }
    close(fd);
    Xdf xdf;
    const int rc = xdf.load_xdf(path);
    std::remove(path);
    check(rc == 0, "libxdf loads it");
    check(xdf.streams.size() == KNOWN_STREAMS + 1, "libxdf finds all streams");
    for (int s = 0; s < KNOWN_STREAMS; s++)
        check_stream(xdf, s);
    check(named(xdf, "poise.events") != nullptr, "the events are there");
    check(xdf.eventMap.size() == KNOWN_TICKS + 1, "libxdf reads every event line");
    std::printf("libxdf: %zu streams, %zu events, %d failed\n", xdf.streams.size(), xdf.eventMap.size(), n_failed);
    return n_failed == 0 ? 0 : 1;
}
