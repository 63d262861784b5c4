// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl devices: what a libiio URI offers, or which sites the running daemon reads.
#include "acquire/acquire.h"
#include "client.h"
#include "ctl.h"
#include "line.h"
#include "safe_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 128

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

// Names come from the device: bytes that are no UTF-8 cannot stand in JSON.
static json_t *text_or_null(const char *text)
{
    json_t *value = text[0] != '\0' ? json_string(text) : NULL;
    return value ? value : json_null();
}

static json_t *count_or_null(int count)
{
    return count >= 0 ? json_integer(count) : json_null();
}

static int print_json(const char *uri, const struct acquire_listing *rows, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id",
                            text_or_null(rows[i].id), "name", text_or_null(rows[i].name), "label",
                            text_or_null(rows[i].label), "accel", rows[i].has_accel, "gyro", rows[i].has_gyro,
                            "timestamp", rows[i].has_timestamp, "rate_hz", real_or_null(rows[i].rate_hz), "accel_scale",
                            real_or_null(rows[i].accel_scale), "gyro_scale", real_or_null(rows[i].gyro_scale),
                            "accel_range_g", real_or_null(rows[i].accel_range_g), "gyro_range_deg_s",
                            real_or_null(rows[i].gyro_range_deg_s), "parent", text_or_null(rows[i].parent), "trigger",
                            text_or_null(rows[i].trigger), "buffer_length", count_or_null(rows[i].buffer_length),
                            "buffer_watermark", count_or_null(rows[i].buffer_watermark), "fifo", rows[i].has_fifo));
    return ctl_print(json_pack("{s:b, s:o, s:o}", "ok", 1, "uri", text_or_null(uri), "devices", list));
}

// Only this machine's sysfs tells where a device hangs and what clocks it.
static void print_head(bool local)
{
    printf("%-14s %-16s %-14s %-5s %-4s %-9s %9s %6s %8s", "id", "name", "label", "accel", "gyro", "timestamp",
           "rate Hz", "full g", "deg/s");
    if (local)
        printf("  %-10s %-14s %s", "parent", "trigger", "buffer");
    putchar('\n');
}

static void print_row(const struct acquire_listing *row, bool local)
{
    char rate[32], accel[32], gyro[32], *name = safe_text(row->name), *label = safe_text(row->label),
                                        *id = safe_text(row->id), *trigger = safe_text(row->trigger);
    printf("%-14s %-16s %-14s %-5s %-4s %-9s %9s %6s %8s", id ? id : "", name && name[0] ? name : "-",
           label && label[0] ? label : "-", row->has_accel ? "yes" : "-", row->has_gyro ? "yes" : "-",
           row->has_timestamp ? "yes" : "-", line_value(row->rate_hz, 1, rate),
           line_value(row->accel_range_g, 1, accel), line_value(row->gyro_range_deg_s, 0, gyro));
    if (local) {
        printf("  %-10s %-14s ", row->parent[0] ? row->parent : "-",
               trigger && trigger[0] ? trigger
               : row->has_fifo       ? "(FIFO)"
                                     : "-");
        if (row->buffer_length >= 0)
            printf("%d, from %d on", row->buffer_length, row->buffer_watermark);
        else
            putchar('-');
    }
    putchar('\n');
    free(name);
    free(label);
    free(id);
    free(trigger);
}

static int list_uri(const struct ctl *ctl, const char *uri)
{
    static struct acquire_listing rows[ROWS_MAX];
    int n = acquire_list(uri, rows, ROWS_MAX);
    if (n < 0)
        return ctl_fail("%s: %s", uri, strerror(-n));
    if (n == 0)
        return ctl_fail("%s offers no IIO device", uri);
    int shown = n < ROWS_MAX ? n : ROWS_MAX;
    if (ctl->json)
        return print_json(uri, rows, shown);
    bool local = strncmp(uri, "local:", 6) == 0;
    print_head(local);
    for (int i = 0; i < shown; i++)
        print_row(&rows[i], local);
    if (n > shown)
        printf("and %d more\n", n - shown);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int list_sites(const struct ctl *ctl)
{
    const char *site;
    json_t *value, *reply = client_ask_status(ctl);
    if (!reply)
        return 1;
    json_t *sites = json_object_get(json_object_get(reply, "status"), "sites");
    if (ctl->json) {
        int rc = ctl_print(json_pack("{s:b, s:O}", "ok", 1, "sites", sites));
        json_decref(reply);
        return rc;
    }
    if (json_object_size(sites) == 0) {
        puts("the daemon has no site yet; --uri URI lists what libiio sees there");
    } else {
        json_object_foreach(sites, site, value)
        {
            char state[16], reason[200], rate[32];
            line_text(value, "reason", reason, sizeof reason);
            printf("%-15s %-8s %9s Hz  %s\n", site, line_text(value, "state", state, sizeof state),
                   line_value(line_number(value, "rate_hz"), 1, rate), strcmp(reason, "-") == 0 ? "" : reason);
        }
    }
    json_decref(reply);
    return fflush(stdout) == 0 ? 0 : 1;
}

int ctl_devices(const struct ctl *ctl)
{
    const char *uri = ctl->uri ? ctl->uri : ctl->argc > 0 ? ctl->argv[0] : NULL;
    return uri ? list_uri(ctl, uri) : list_sites(ctl);
}
