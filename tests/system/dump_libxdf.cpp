// SPDX-License-Identifier: GPL-3.0-or-later
// What Debian's libxdf reads in a recording, for the test of exports: per stream a file NAME.f64 of rows (stamp, one
// value per channel) as doubles, NAME.channels with label, unit, scale and offset per line, and events.tsv with stamp
// and text.
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <vector>
#include <xdf.h>

static std::string value(const std::map<std::string, std::string> &channel, const char *key)
{
    const auto found = channel.find(key);
    return found == channel.end() ? "" : found->second;
}

static void write_stream(const Xdf::Stream &stream, const std::string &base)
{
    std::ofstream rows(base + ".f64", std::ios::binary), channels(base + ".channels");
    std::vector<double> row(stream.time_series.size() + 1);
    for (size_t i = 0; i < stream.time_stamps.size(); i++) {
        row[0] = stream.time_stamps[i];
        for (size_t c = 0; c < stream.time_series.size(); c++)
            row[c + 1] = static_cast<double>(stream.time_series[c][i]);
        rows.write(reinterpret_cast<const char *>(row.data()), static_cast<std::streamsize>(row.size() * sizeof row[0]));
    }
    for (const auto &channel : stream.info.channels)
        channels << value(channel, "label") << '\t' << value(channel, "unit") << '\t' << value(channel, "scale") << '\t'
                 << value(channel, "offset") << '\n';
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::cerr << "usage: dump_libxdf FILE.xdf FOLDER\n";
        return 64;
    }
    Xdf xdf;
    if (xdf.load_xdf(argv[1]) != 0)
        return 1;
    const std::string folder = argv[2];
    for (const Xdf::Stream &stream : xdf.streams)
        if (stream.info.channel_format != "string")
            write_stream(stream, folder + "/" + stream.info.name);
    std::ofstream events(folder + "/events.tsv");
    for (const auto &event : xdf.eventMap)
        events << std::setprecision(17) << event.first.second << '\t' << event.first.first << '\n';
    return events.flush() ? 0 : 1;
}
