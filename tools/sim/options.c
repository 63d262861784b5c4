// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: poise-sim [--scenario FILE.yaml | --replay FILE.xdf] [OPTIONS]\n"
                            "\n"
                            "A harness of IMUs in software: speaks the IIOD protocol on a loopback port, so\n"
                            "that poised and every other libiio client read it as they read hardware; or,\n"
                            "with --write, writes the run as a recording and serves nothing.\n"
                            "\n"
                            "Options:\n"
                            "  --scenario FILE.yaml  what the runner does (default: stand, walk, run, slouch,\n"
                            "                        recover; 180 s)\n"
                            "  --replay FILE.xdf     serve the sources of a recording instead\n"
                            "  --bind ADDRESS        loopback address to listen on (default 127.0.0.1)\n"
                            "  --port N              TCP port (default 30431); 0 takes a free one, told on\n"
                            "                        standard output\n"
                            "  --pace real|fast      samples come as time passes (default), or as fast as\n"
                            "                        they are read\n"
                            "  --write FILE.xdf|-    write the run as a recording instead of serving it\n"
                            "  --truth FILE.jsonl    write what is true of the run beside it\n"
                            "  --fault SPEC          KIND:SITE@T+D, from second T on for D seconds: KIND\n"
                            "                        unplug, gap, freeze, burst, saturate, swap (axes),\n"
                            "                        short, eio, enodev, etimedout (reads), reset or hang;\n"
                            "                        or KIND:SITE@T+D=VALUE: KIND slip (degrees), drop (per\n"
                            "                        cent), step (ms), scale (factor) or ppm. SITE may be\n"
                            "                        all; may be repeated\n"
                            "  --seed N              another runner with other sensors, by the same scenario\n"
                            "                        (default: the scenario's)\n"
                            "  --seconds S           end after S seconds of scenario time, 0.001 to 1e8; the\n"
                            "                        last phase goes on if need be (default: never; with\n"
                            "                        --write the scenario's length)\n"
                            "  --stretch X           multiply the duration of every phase, 0.01 to 10000\n"
                            "                        (default 1)\n"
                            "  --sites a,b,c         worn sites (default: the scenario's)\n"
                            "  --quiet               print nothing but errors\n"
                            "  --version             print the version and end\n"
                            "  --help                print this and end\n"
                            "\n"
                            "Examples:\n"
                            "  poise-sim & poised -c config/sim.yaml\n"
                            "      a daemon with a harness, without hardware\n"
                            "  poise-sim --write - --seconds 3600 | poised --replay - --emit hour.jsonl\n"
                            "      an hour of running as fast as it goes\n"
                            "  poise-sim --fault unplug:c7@30+10\n"
                            "      a cable that comes loose for ten seconds\n"
                            "\n"
                            "Exit codes: 0 done, 1 failure while running, 64 usage, 66 scenario or recording\n"
                            "            cannot be read, 78 the scenario says what is not allowed.\n";

enum {
    OPT_SCENARIO = 256,
    OPT_REPLAY,
    OPT_BIND,
    OPT_PORT,
    OPT_PACE,
    OPT_WRITE,
    OPT_TRUTH,
    OPT_FAULT,
    OPT_SEED,
    OPT_SECONDS,
    OPT_STRETCH,
    OPT_SITES,
    OPT_QUIET,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"replay", required_argument, NULL, OPT_REPLAY},
    {"bind", required_argument, NULL, OPT_BIND},
    {"port", required_argument, NULL, OPT_PORT},
    {"pace", required_argument, NULL, OPT_PACE},
    {"write", required_argument, NULL, OPT_WRITE},
    {"truth", required_argument, NULL, OPT_TRUTH},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"seed", required_argument, NULL, OPT_SEED},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"stretch", required_argument, NULL, OPT_STRETCH},
    {"sites", required_argument, NULL, OPT_SITES},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static bool take_real(const char *text, double min, double max, double *value)
{
    char *end;
    double number = strspn(text, "0123456789.") == strlen(text) ? strtod(text, &end) : NAN;
    if (!(number >= min && number <= max) || end == text || *end)
        return false;
    *value = number;
    return true;
}

static bool take_sites(const char *text, uint32_t *sites)
{
    *sites = 0;
    while (true) {
        char name[24];
        size_t length = strcspn(text, ",");
        if (length >= sizeof name)
            return false;
        memcpy(name, text, length);
        name[length] = '\0';
        int site = site_from_name(name);
        if (site < 0 || *sites & SITE_BIT(site))
            return false;
        *sites |= SITE_BIT(site);
        if (!text[length])
            return true;
        text += length + 1;
    }
}

static int refuse(const char *option, const char *value, const char *allowed)
{
    fprintf(stderr, "poise-sim: --%s %s: %s\n", option, value, allowed);
    return EXIT_USAGE;
}

static int take_number_option(struct options *options, int option)
{
    double number;
    switch (option) {
    case OPT_PORT:
        if (!take_real(optarg, 0, 65535, &number) || number != floor(number))
            return refuse("port", optarg, "a port from 0 to 65535 is wanted");
        options->port = (uint16_t)number;
        return -1;
    case OPT_SEED:
        if (!take_real(optarg, 0, 0x1p53, &number) || number != floor(number))
            return refuse("seed", optarg, "a whole number is wanted");
        options->has_seed = true;
        options->seed = (uint64_t)number;
        return -1;
    case OPT_SECONDS:
        if (!take_real(optarg, 0.001, 1e8, &options->seconds))
            return refuse("seconds", optarg, "seconds from 0.001 to 1e8 are wanted");
        return -1;
    default:
        if (!take_real(optarg, 0.01, 10000, &options->stretch))
            return refuse("stretch", optarg, "a factor from 0.01 to 10000 is wanted");
        return -1;
    }
}

static int take_option(struct options *options, int option)
{
    char error[512];
    switch (option) {
    case OPT_SCENARIO:
        options->scenario = optarg;
        return -1;
    case OPT_REPLAY:
        options->replay = optarg;
        return -1;
    case OPT_BIND:
        options->bind = optarg;
        return -1;
    case OPT_WRITE:
        options->write = optarg;
        return -1;
    case OPT_TRUTH:
        options->truth = optarg;
        return -1;
    case OPT_QUIET:
        options->quiet = true;
        return -1;
    case OPT_PACE:
        options->fast = strcmp(optarg, "fast") == 0;
        if (!options->fast && strcmp(optarg, "real") != 0)
            return refuse("pace", optarg, "real or fast is wanted");
        return -1;
    case OPT_FAULT:
        if (fault_parse(&options->faults, optarg, error, sizeof error) == 0)
            return -1;
        fprintf(stderr, "poise-sim: %s\n", error);
        return EXIT_USAGE;
    case OPT_SITES:
        return take_sites(optarg, &options->sites) ? -1 : refuse("sites", optarg, "site names, each once, are wanted");
    case OPT_HELP:
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    case OPT_VERSION:
        puts("poise-sim " POISE_VERSION);
        return EXIT_SUCCESS;
    case '?':
        fputs("poise-sim: see --help\n", stderr);
        return EXIT_USAGE;
    default:
        return take_number_option(options, option);
    }
}

int options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.bind = "127.0.0.1", .port = 30431, .stretch = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int code = take_option(options, option);
        if (code >= 0)
            return code;
    }
    const char *wrong = NULL;
    if (optind < argc)
        wrong = argv[optind];
    else if (options->scenario && options->replay)
        wrong = "--scenario and --replay exclude each other";
    else if (options->replay && options->truth)
        wrong = "--truth: the truth of a recording is not known";
    else if (options->replay && options->write)
        wrong = "--write: the recording is there already";
    else if (options->replay && (options->sites || options->has_seed || options->stretch != 1))
        wrong = "--sites, --seed and --stretch do not apply to a recording";
    else if (options->replay && fault_any(&options->faults, FAULT_SLIP))
        wrong = "--fault slip: the sensors of a recording sit where they sat";
    else if (options->replay && fault_any(&options->faults, FAULT_PPM))
        wrong = "--fault ppm: the samples of a recording came when they came";
    if (!wrong)
        return -1;
    fprintf(stderr, "poise-sim: %s; see --help\n", wrong);
    return EXIT_USAGE;
}
