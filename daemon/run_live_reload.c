// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_live.h"

#include "core/log.h"
#include "service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool acquisition_differs(const struct config *a, const struct config *b)
{
    return memcmp(a->sites, b->sites, sizeof a->sites) != 0 || memcmp(&a->acquire, &b->acquire, sizeof a->acquire) != 0;
}

static int restart_acquisition(struct live *l, const struct config *config)
{
    char error[SETTINGS_ERROR] = "";
    acquire_stop(l->acquire);
    l->acquire = NULL;
    memset(l->has_desc, 0, sizeof l->has_desc);
    memset(l->has_device, 0, sizeof l->has_device);
    atomic_store(&l->running, 0);
    int rc = acquire_start(&l->acquire, &config->acquire, config->sites, error, sizeof error);
    if (rc != 0)
        log_error("%s", error);
    return rc;
}

static bool make_room_to_retire(struct live *l)
{
    char **grown = realloc(l->retired, (l->n_retired + 1) * sizeof *grown);
    if (grown)
        l->retired = grown;
    return grown != NULL;
}

// Who may connect over CURVE can change without a restart.
static void read_clients(struct live *l)
{
    char error[SETTINGS_ERROR] = "";
    int n = publisher_reload_clients(l->publisher, error, sizeof error);
    if (n < 0)
        log_error("reload: %s; who was allowed stays allowed", error);
    else if (l->config->publish.curve[0] != '\0')
        log_info("reload: %d clients are allowed", n);
}

int live_reload(struct live *l)
{
    static struct config next; // static: several kilobytes, and a struct compare must not see other padding
    char error[SETTINGS_ERROR] = "";
    service_reloading();
    struct pipeline *pipeline = NULL;
    char *text = NULL;
    int rc = run_load_config(l->options, true, NULL, &next, error);
    if (rc == 0 &&
        (!make_room_to_retire(l) || (text = config_text(&next)) == NULL || pipeline_create(&pipeline, &next) != 0)) {
        snprintf(error, sizeof error, "no memory");
        rc = -ENOMEM;
    }
    if (rc != 0) {
        log_error("reload: %s; the old configuration stays", error);
        free(text);
        service_reloaded(error);
        return 0;
    }
    if (memcmp(&next.rt, &l->config->rt, sizeof next.rt) != 0 ||
        memcmp(&next.publish, &l->config->publish, sizeof next.publish) != 0 ||
        memcmp(&next.record, &l->config->record, sizeof next.record) != 0 ||
        strcmp(next.top.rig, l->config->top.rig) != 0)
        log_warning("reload: changes of rig, publish.*, record.* and rt.* take effect at the next start");
    live_stop_pipeline(l);
    keep_begin(l->keep, &next, NULL);
    pipeline_destroy(l->pipeline);
    l->pipeline = pipeline;
    l->retired[l->n_retired++] = l->text;
    l->text = text;
    rc = 0;
    if (acquisition_differs(&next, l->config))
        rc = restart_acquisition(l, &next);
    else
        acquire_resume_intake(l->acquire);
    *l->config = next;
    history_keep_begin(l->history, live_subject(l));
    assess_keep_begin(l->assess, next.subject.id, NULL);
    hook_set(l->hook, next.findings.on_finding, next.findings.on_finding_limit_s);
    publisher_set_config(l->publisher, l->text);
    if (rc == 0)
        rc = live_start_pipeline(l);
    read_clients(l);
    log_info("reload: %s", rc == 0 ? "the new configuration is in force" : "failed");
    service_reloaded(NULL);
    return rc;
}
