// SPDX-License-Identifier: GPL-3.0-or-later
#include "run.h"

#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/poise/poised.yaml"

int run_load_config(const struct options *options, bool use_etc, const char *recorded, struct config *config,
                    char error[SETTINGS_ERROR])
{
    config_defaults(config);
    const char *path = options->config_path;
    if (!path && use_etc && access(DEFAULT_CONFIG, F_OK) == 0)
        path = DEFAULT_CONFIG;
    int rc = 0;
    if (path)
        rc = settings_load_file(&config_schema, config, path, error);
    else if (recorded)
        rc = settings_load_text(&config_schema, config, "the recording's settings", recorded, error);
    for (int i = 0; rc == 0 && i < options->n_set; i++)
        rc = settings_set(&config_schema, config, options->set[i], error);
    if (rc != 0)
        return rc;
    char what[SETTINGS_ERROR];
    rc = config_check(config, what);
    if (rc == 0 && use_etc) // live: this machine has to have what real time asks for
        rc = rt_check(&config->rt, config->acquire.fifo_priority, what, sizeof what);
    if (rc == 0)
        return 0;
    const char *where = path ? path : recorded ? "the recording's settings" : "--set";
    snprintf(error, SETTINGS_ERROR, "%.200s: %.300s", where, what);
    return -EINVAL;
}

void run_say_balance(const struct sample_counters *c)
{
    log_info("samples in %llu = used %llu + dropped %llu + invalid %llu", (unsigned long long)c->in,
             (unsigned long long)c->used, (unsigned long long)c->dropped, (unsigned long long)c->invalid);
}

FILE *run_open_emit(const char *path, bool *failed)
{
    *failed = false;
    if (!path)
        return NULL;
    FILE *emit = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (!emit) {
        log_error("--emit %s: %s", path, strerror(errno));
        *failed = true;
    }
    return emit;
}

int run_close_emit(FILE *emit)
{
    if (!emit)
        return 0;
    bool failed = ferror(emit);
    failed = (emit == stdout ? fflush(emit) : fclose(emit)) != 0 || failed;
    if (failed)
        log_error("--emit: not everything could be written: %s", strerror(errno));
    return failed ? -EIO : 0;
}
