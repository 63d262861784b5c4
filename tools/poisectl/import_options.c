// SPDX-License-Identifier: GPL-3.0-or-later
#include "import_options.h"

#include "cli.h"
#include "frames/site.h"
#include "import.h"
#include "import_presets.h"
#include "say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define G_M_S2      9.80665
#define RAD_PER_DEG 0.017453292519943295

static const struct cli_option options_table[] = {
    {"map", "SITE=COLUMNS", 'm',
     "columns of one sensor by name, AX,AY,AZ[,GX,GY,GZ]; turn it to x forward, y left, z up by their order and a "
     "minus sign, leave out what is missing: sacrum=-ay,,az. Once for each site"},
    {"time", "COLUMN", 't', "seconds of each row (default: t_s)"},
    {"rate", "HZ", 'r', "without a time column: rows per second, up to 1000000"},
    {"unit-acc", "g|m/s2", 'a', "unit of the accelerometer's columns (default: m/s2)"},
    {"unit-gyro", "deg/s|rad/s", 'g', "unit of the gyroscope's columns (default: rad/s)"},
    {"from", "PRESET", 'f', "columns, time and rate of a folder of reference data, see below"},
    {"json", NULL, 'j', "print {\"ok\": true, \"rows\": ..., ...}. An error is {\"ok\": false, \"error\": ...}"},
    {NULL, NULL, 0, NULL}};

static void print_lists(FILE *to)
{
    char sites[256];
    int n = 0;
    fputs("\nPresets:\n", to);
    for (const struct import_preset *preset = import_presets; preset->name; preset++) {
        fprintf(to, "  %-24s", preset->name);
        cli_wrap(to, 26, 26, preset->note);
    }
    for (int site = 0; site < N_SITES; site++)
        n += snprintf(sites + n, sizeof sites - (size_t)n, "%s ", site_names[site]);
    fputs("\nSites:\n  ", to);
    cli_wrap(to, 2, 2, sites);
}

const struct cli_page page_import = {
    .name = "import",
    .arguments = "--map SITE=COLUMNS... [OPTIONS] IN.csv[.xz] OUT.xdf\n--from PRESET IN.csv[.xz] OUT.xdf",
    .sentence = "tables of numbers (CSV) into a recording",
    .about =
        "Writes a table of numbers as a recording that poised --replay and poise-sim --replay read: other people's "
        "data through the same arithmetic. Commas, semicolons or tabs between the cells; the first line names the "
        "columns, else they are called 1, 2, and so on. Empty cells and nan are kept as missing values. IN - is "
        "standard input, OUT - standard output.",
    .options = options_table,
    .lists = print_lists,
    .examples = {{"poisectl import --map sacrum=ax,ay,az --unit-acc g --rate 100 walk.csv walk.xdf",
                  "one accelerometer without stamps"},
                 {"poisectl import --map c7=-az,ay,ax,-gz,gy,gx --time sec log.csv.xz log.xdf",
                  "a sensor worn with x up and z to the back"},
                 {"poisectl import --from broad trial.csv - | poised --replay - --emit -",
                  "reference data straight into the daemon"}},
    .exits = "0 done, 1 cannot be written, 64 usage, 66 the table cannot be used.",
};

int import_usage(const char *what, const char *value)
{
    return ctl_usage("import", "%s%s%s%s", what, value ? " '" : "", value ? value : "", value ? "'" : "");
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
    case 'j':
        say_as_json(true);
        return 0;
    default:
        return IMPORT_USAGE;
    }
}

int import_parse_options(struct import_options *options, int argc, char **argv)
{
    int option;
    cli_rewind();
    while ((option = cli_next(options_table, "import", false, argc, argv)) != CLI_END) {
        if (option == CLI_HELP)
            return cli_help(&page_import);
        if (option == CLI_WRONG)
            return IMPORT_USAGE;
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
    if (say_is_json() && strcmp(options->out, "-") == 0)
        return import_usage("--json and the recording cannot both go to standard output", NULL);
    return -1;
}
