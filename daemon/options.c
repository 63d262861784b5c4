// SPDX-License-Identifier: GPL-3.0-or-later
#include "options.h"

#include "core/log.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char help[] =
    "usage: poised [options]\n"
    "\n"
    "Samples an IMU harness through libiio and publishes posture, cadence and breathing over ZeroMQ.\n"
    "\n"
    "  -c, --config FILE     configuration (default /etc/poise/poised.yaml when it is there)\n"
    "      --set KEY=VALUE   sets one key over the configuration; may be given often\n"
    "      --check-config    reads the configuration, says what is wrong with it, and ends\n"
    "      --print-config    prints every key with its value and meaning, and ends\n"
    "      --replay FILE...  takes an XDF recording (- for standard input) instead of devices; the parts of one\n"
    "                        recording in their order give what the whole would\n"
    "      --pace fast|real  how fast a replay runs (default fast)\n"
    "      --emit FILE       writes every published object as a line of JSON (- for standard output)\n"
    "      --record FILE     records raw samples, events and what is published to this one FILE (XDF)\n"
    "      --runtime-dir DIR sockets and lock (default $RUNTIME_DIRECTORY, else /run/poise)\n"
    "      --state-dir DIR   calibrations and the session are kept there (default $STATE_DIRECTORY, else\n"
    "                        /var/lib/poise; a replay reads and writes calibrations there only with this option)\n"
    "      --log-level L     error, warning, info (default) or debug\n"
    "      --version         prints the version, and ends\n"
    "  -h, --help            prints this, and ends\n"
    "\n"
    "Signals: SIGTERM and SIGINT drain and end; SIGHUP reads the configuration again and keeps the old one on error.\n"
    "Exit codes: 0 done, 1 failure while running, 64 usage, 66 input unusable, 78 configuration error.\n";

enum {
    OPT_SET = 256,
    OPT_CHECK,
    OPT_PRINT,
    OPT_REPLAY,
    OPT_PACE,
    OPT_EMIT,
    OPT_RECORD,
    OPT_RUNTIME,
    OPT_STATE,
    OPT_LEVEL,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, OPT_SET},
    {"check-config", no_argument, NULL, OPT_CHECK},
    {"print-config", no_argument, NULL, OPT_PRINT},
    {"replay", required_argument, NULL, OPT_REPLAY},
    {"pace", required_argument, NULL, OPT_PACE},
    {"emit", required_argument, NULL, OPT_EMIT},
    {"record", required_argument, NULL, OPT_RECORD},
    {"runtime-dir", required_argument, NULL, OPT_RUNTIME},
    {"state-dir", required_argument, NULL, OPT_STATE},
    {"log-level", required_argument, NULL, OPT_LEVEL},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "poised: %s '%s'\nTry 'poised --help'.\n", what, value);
    return EX_USAGE;
}

static int find_name(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int take_option(struct options *o, int option)
{
    static const char *const paces[] = {"fast", "real", NULL};
    switch (option) {
    case 'c':
        o->config_path = optarg;
        break;
    case OPT_SET:
        if (o->n_set == SET_MAX)
            return usage_error("too many --set at", optarg);
        o->set[o->n_set++] = optarg;
        break;
    case OPT_CHECK:
        o->check_config = true;
        break;
    case OPT_PRINT:
        o->print_config = true;
        break;
    case OPT_REPLAY:
        if (o->n_replay == REPLAY_MAX)
            return usage_error("too many --replay at", optarg);
        o->replay[o->n_replay++] = optarg;
        break;
    case OPT_PACE:
        if (find_name(paces, optarg) < 0)
            return usage_error("--pace takes fast or real, not", optarg);
        o->pace_real = find_name(paces, optarg) == 1;
        break;
    case OPT_EMIT:
        o->emit = optarg;
        break;
    case OPT_RECORD:
        o->record = optarg;
        break;
    case OPT_RUNTIME:
        o->runtime_dir = optarg;
        break;
    case OPT_STATE:
        o->state_dir = optarg;
        break;
    case OPT_LEVEL:
        o->log_level = find_name(log_level_names, optarg);
        if (o->log_level < 0)
            return usage_error("--log-level takes error, warning, info or debug, not", optarg);
        break;
    case OPT_VERSION:
        puts("poised " POISE_VERSION);
        return 0;
    case 'h':
        fputs(help, stdout);
        return 0;
    default: // getopt has said what is wrong
        fputs("Try 'poised --help'.\n", stderr);
        return EX_USAGE;
    }
    return -1;
}

int options_parse(struct options *o, int argc, char **argv)
{
    memset(o, 0, sizeof *o);
    o->log_level = LOG_LEVEL_INFO;
    int option;
    while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
        int rc = take_option(o, option);
        if (rc >= 0)
            return rc;
    }
    for (; o->n_replay > 0 && optind < argc; optind++) // --replay run_*.xdf
        if (o->n_replay == REPLAY_MAX)
            return usage_error("too many files at", argv[optind]);
        else
            o->replay[o->n_replay++] = argv[optind];
    if (optind < argc)
        return usage_error("unexpected argument", argv[optind]);
    if (o->n_replay > 0 && o->record)
        return usage_error("--record goes with live acquisition, not with --replay of", o->replay[0]);
    if (o->pace_real && o->n_replay == 0)
        return usage_error("--pace goes with", "--replay");
    return -1;
}
