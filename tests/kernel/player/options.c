// SPDX-License-Identifier: GPL-3.0-or-later
#include "options.h"

#include "frames/site.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 64

static const char usage[] =
    "usage: imu_player --recording FILE.xdf --bus N --chip SITE@ADDRESS... [options]\n"
    "       imu_player --recording FILE.xdf --list\n"
    "Lets BMI160s behind i2c-stub measure what a recording holds, in real time.\n"
    "  --chip c7@0x10         the chip at this address is worn there; may be repeated\n"
    "  --list                 print the recorded sites and their mounts, and end\n"
    "  --rate HZ              writes per second (1000)\n"
    "  --from S, --seconds S  which part of the recording (all)\n"
    "  --trigger PATH         after each write of all chips, fire this iio-trig-sysfs trigger_now; may be repeated.\n"
    "                         Without, hrtimer triggers are taken to run and the writes keep out of their way\n"
    "  --skip I@S+N           leave out N ticks of the I-th trigger (from 0), S seconds after the first tick\n"
    "  --report FILE          write as JSON what was done\n";

static bool parse_chip(struct options *options, char *text)
{
    char *at = strchr(text, '@'), *end;
    if (!at || options->n_chips == MAX_CHIPS)
        return false;
    *at = '\0';
    struct chip_place *place = &options->chips[options->n_chips++];
    place->site = site_from_name(text);
    place->address = (int)strtol(at + 1, &end, 0);
    return place->site >= 0 && place->address > 0 && *end == '\0';
}

static bool parse_skip(struct options *options, const char *text)
{
    if (options->n_skips == MAX_SKIPS)
        return false;
    struct skip *skip = &options->skips[options->n_skips++];
    char rest;
    return sscanf(text, "%d@%lf+%d%c", &skip->trigger, &skip->from_s, &skip->n, &rest) == 3;
}

static bool parse_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool take(struct options *options, int letter, char *text)
{
    double bus;
    switch (letter) {
    case 'r':
        options->recording = text;
        return true;
    case 'o':
        options->report = text;
        return true;
    case 'l':
        options->list = true;
        return true;
    case 'c':
        return parse_chip(options, text);
    case 'k':
        return parse_skip(options, text);
    case 'b':
        if (!parse_number(text, &bus) || bus < 0)
            return false;
        options->bus = (int)bus;
        return true;
    case 'z':
        return parse_number(text, &options->rate_hz) && options->rate_hz > 0;
    case 'f':
        return parse_number(text, &options->from_s);
    case 's':
        return parse_number(text, &options->seconds);
    case 't':
        if (options->n_triggers == MAX_TRIGGERS)
            return false;
        options->triggers[options->n_triggers++] = text;
        return true;
    default:
        return false;
    }
}

int options_parse(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {{"recording", required_argument, NULL, 'r'},
                                          {"report", required_argument, NULL, 'o'},
                                          {"list", no_argument, NULL, 'l'},
                                          {"chip", required_argument, NULL, 'c'},
                                          {"skip", required_argument, NULL, 'k'},
                                          {"bus", required_argument, NULL, 'b'},
                                          {"rate", required_argument, NULL, 'z'},
                                          {"from", required_argument, NULL, 'f'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"trigger", required_argument, NULL, 't'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int letter;
    *options = (struct options){.rate_hz = 1000};
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        if (!take(options, letter, optarg)) {
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc && options->recording && (options->list || options->n_chips > 0))
        return 0;
    fputs(usage, stderr);
    return EXIT_USAGE;
}
