// SPDX-License-Identifier: GPL-3.0-or-later
// poised: options, configuration, then one of the two ways to run.
#include "core/log.h"
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static int print_config(const struct config *config)
{
    int rc = settings_print(&config_schema, config, stdout, true);
    return rc == 0 && fflush(stdout) == 0 ? EX_OK : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct config config;
    struct options options;
    char error[SETTINGS_ERROR] = "";
    int code = options_parse(&options, argc, argv);
    if (code >= 0)
        return code;
    log_init("poised", (enum log_level)options.log_level);
    signal(SIGPIPE, SIG_IGN); // libiio's network backend writes to sockets whose peer is gone

    if (run_load_config(&options, options.n_replay == 0, NULL, &config, error) != 0) {
        log_error("%s", error);
        return EX_CONFIG;
    }
    log_set_rig(config.top.rig);
    if (options.print_config)
        return print_config(&config);
    if (options.check_config) {
        printf("configuration is valid\n");
        return EX_OK;
    }
    return options.n_replay > 0 ? run_replay(&options, &config) : run_live(&options, &config);
}
