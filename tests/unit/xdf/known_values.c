// SPDX-License-Identifier: GPL-3.0-or-later
#include "known_log.h"

const char *const known_names[KNOWN_STREAMS] = {"c7", "sacrum_acc", "sacrum_gyro"};
const int known_channels[KNOWN_STREAMS] = {6, 3, 3};

int64_t known_stamp_ns(int stream, int i)
{
    return 86400000000000 + stream * 300000 + i * 1000100LL;
}

double known_stamp_s(int stream, int i)
{
    return (double)known_stamp_ns(stream, i) / 1e9;
}

double known_value(int stream, int channel, int i)
{
    int whole = (i * 37 + channel * 1001 + stream * 5) % 65536 - 32768;
    return stream == 0 ? whole : whole / 64.0;
}
