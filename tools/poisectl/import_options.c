// SPDX-License-Identifier: GPL-3.0-or-later
#include "import_options.h"

#include "frames/site.h"
#include "import_presets.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define G_M_S2      9.80665
#define RAD_PER_DEG 0.017453292519943295

static void print_help(FILE *to)
{
    fprintf(to, "usage: poisectl import --from PRESET IN.csv[.xz] OUT.xdf\n"
                "       poisectl import --map SITE=AX,AY,AZ[,GX,GY,GZ]... [options] IN.csv[.xz] OUT.xdf\n"
                "Writes a table of numbers as a recording that `poised --replay` and `poise-sim --replay` read.\n"
                "IN - is standard input, OUT - standard output.\n\n"
                "  --map SITE=COLUMNS   columns of one sensor, by name; turn it to x forward, y left, z up by their\n"
                "                       order and a minus sign; leave out what is missing: sacrum=-ay,,az\n"
                "  --time COLUMN        seconds of each row (default: t_s)\n"
                "  --rate HZ            without a time column: rows per second\n"
                "  --unit-acc g|m/s2    default m/s2\n"
                "  --unit-gyro deg/s|rad/s  default rad/s\n"
                "  --from PRESET        a folder of reference data:\n");
    for (const struct import_preset *preset = import_presets; preset->name; preset++)
        fprintf(to, "      %-24s %s\n", preset->name, preset->note);
    fprintf(to, "Sites:");
    for (int site = 0; site < N_SITES; site++)
        fprintf(to, " %s", site_names[site]);
    fprintf(to, "\nEmpty cells and nan are kept as missing values. Exit: 0 done, 1 write error, 64 usage, 66 input.\n");
}

int import_usage(const char *what, const char *value)
{
    fprintf(stderr, "poisectl import: %s%s%s%s (see poisectl import --help)\n", what, value ? " '" : "",
            value ? value : "", value ? "'" : "");
    return IMPORT_USAGE;
}

static int take_preset(struct import_options *options, const char *name)
{
    const struct import_preset *preset = import_preset_named(name);
    if (!preset)
        return import_usage("no such preset", name);
    for (int i = 0; preset->maps[i] && options->n_maps < MAX_SOURCES; i++)
        options->maps[options->n_maps++] = preset->maps[i];
    options->rate_hz = preset->rate_hz;
    options->time_column = "t_s";
    return 0;
}

static int take_rate(struct import_options *options, const char *text)
{
    char *end;
    options->rate_hz = strtod(text, &end);
    if (*end != '\0' || !(options->rate_hz > 0 && options->rate_hz <= 1e6))
        return import_usage("--rate is more than 0 and at most 1000000, not", text);
    return 0;
}

static int take_unit(double *to_si, const char *text, const char *si, const char *other, double factor)
{
    if (strcmp(text, si) != 0 && strcmp(text, other) != 0)
        return import_usage("no such unit", text);
    *to_si = strcmp(text, si) == 0 ? 1 : factor;
    return 0;
}

static int take_option(struct import_options *options, int option)
{
    switch (option) {
    case 'f':
        return take_preset(options, optarg);
    case 'm':
        if (options->n_maps == MAX_SOURCES)
            return import_usage("too many --map", NULL);
        options->maps[options->n_maps++] = optarg;
        return 0;
    case 't':
        options->time_column = optarg;
        return 0;
    case 'r':
        return take_rate(options, optarg);
    case 'a':
        return take_unit(&options->acc_to_si, optarg, "m/s2", "g", G_M_S2);
    case 'g':
        return take_unit(&options->gyro_to_si, optarg, "rad/s", "deg/s", RAD_PER_DEG);
    default:
        return IMPORT_USAGE; // getopt has said what is wrong
    }
}

int import_parse_options(struct import_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"from", required_argument, NULL, 'f'},     {"map", required_argument, NULL, 'm'},
        {"time", required_argument, NULL, 't'},     {"rate", required_argument, NULL, 'r'},
        {"unit-acc", required_argument, NULL, 'a'}, {"unit-gyro", required_argument, NULL, 'g'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    optind = 0; // poisectl has used getopt for its own options
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            print_help(stdout);
            return IMPORT_DONE;
        }
        int rc = take_option(options, option);
        if (rc != 0)
            return rc;
    }
    if (argc - optind != 2)
        return import_usage("needs an input and an output", NULL);
    if (options->n_maps == 0)
        return import_usage("needs --from or --map", NULL);
    options->in = argv[optind];
    options->out = argv[optind + 1];
    return -1;
}
