// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"

#include "export_out.h"
#include "export_progress.h"
#include "record/json_parts.h"
#include "report_html.h"
#include "report_private.h"
#include "report_read.h"
#include "report_view.h"
#include "say.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEGIN_S 2 // a session begins with its command, when that was so long before the first value

// Index of the session to report: the wanted one, else the longest, else what is outside of any. -1 with the error
// told.
static int choose_session(const struct report_data *data, const struct report_files *files, json_t *notes)
{
    int best = -1, none = -1, n = 0;
    char text[300];
    for (int i = 0; i < data->n_sessions; i++) {
        const struct report_session *session = &data->session[i];
        if (session->uuid[0] == '\0' || !isfinite(session->from_s)) {
            none = session->uuid[0] == '\0' ? i : none;
            continue;
        }
        bool wanted = strncmp(session->uuid, files->session, strlen(files->session)) == 0;
        n++;
        if (wanted &&
            (best < 0 || session->until_s - session->from_s > data->session[best].until_s - data->session[best].from_s))
            best = i;
    }
    if (best < 0 && files->session[0] != '\0') {
        ctl_fail("%s: no session '%s' in it", files->path[0], files->session);
        return -1;
    }
    if (n > 1 && files->session[0] == '\0') {
        snprintf(text, sizeof text, "The recording holds %d sessions; this is the longest (--session chooses).", n);
        json_array_append_new(notes, json_string(text));
    }
    if (best < 0 && none >= 0)
        json_array_append_new(notes, json_string("No session was begun; this is the whole recording."));
    if (best < 0 && none < 0)
        ctl_fail("%s: nothing was published of it", files->path[0]);
    return best >= 0 ? best : none;
}

static json_t *names_of(const struct report_files *files)
{
    json_t *names = json_array();
    for (size_t i = 0; i < files->n; i++)
        json_array_append_new(names, json_of_text(report_base_name(files->path[i])));
    return names;
}

// The model of one report; NULL with the error told and its exit code.
static json_t *model_of(const struct report_options *options, const struct report_files *files, int *code)
{
    struct report_data *data = malloc(sizeof *data);
    if (!data) {
        *code = ctl_fail("out of memory");
        return NULL;
    }
    report_data_init(data);
    struct report_reading reading = {.options = options, .files = files, .data = data};
    json_t *model = NULL;
    *code = report_read(&reading);
    struct report_view view = {.data = data,
                               .metrics = reading.replayed ? "replayed" : "recorded",
                               .notes = reading.notes,
                               .doubts = reading.doubts};
    if (*code == 0 && !export_stopped()) {
        view.session = choose_session(data, files, reading.notes);
        *code = view.session < 0 ? REPORT_NO_INPUT : 0;
    }
    if (*code == 0 && !export_stopped()) {
        const struct report_session *session = &data->session[view.session];
        bool told = session->begun_s < session->from_s && session->begun_s > session->from_s - BEGIN_S;
        view.from_s = told ? session->begun_s : session->from_s;
        view.until_s = session->until_s;
        view.files = names_of(files);
        report_view_begin(&view);
        model = report_model(&view);
        json_decref(view.files);
        if (!model)
            *code = ctl_fail("out of memory");
    }
    report_read_finish(&reading);
    report_data_finish(data);
    free(data);
    return model;
}

static int write_page(FILE *out, const json_t *model, int format)
{
    if (format == REPORT_HTML)
        return report_html(out, model);
    if (format == REPORT_MD)
        return report_markdown(out, model);
    int rc = json_dumpf(model, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
    return rc == 0 && fputc('\n', out) != EOF ? 0 : -EIO;
}

// A file appears whole or not at all.
static int write_file(const struct report_options *options, const json_t *model)
{
    char error[512] = "";
    const char *name = strrchr(options->out, '/');
    char *folder = name ? strndup(options->out, name == options->out ? 1 : (size_t)(name - options->out)) : strdup(".");
    struct export_out *out = NULL;
    name = name ? name + 1 : options->out;
    int rc = folder ? export_out_open(&out, folder, EXPORT_OUT_INTO, options->force, error, sizeof error) : -ENOMEM;
    if (rc == 0)
        rc = export_out_check(out, name, error, sizeof error);
    FILE *file = rc == 0 ? export_out_file(out, name, false) : NULL;
    if (rc == 0 && !file)
        rc = -errno;
    if (rc == 0)
        rc = write_page(file, model, options->format);
    int closed = export_out_close(file);
    rc = rc != 0 ? rc : closed;
    if (rc == 0)
        rc = export_out_commit(out, error, sizeof error);
    export_out_end(out);
    free(folder);
    if (rc != 0)
        return ctl_fail("%s", error[0] ? error : strerror(-rc));
    if (say_is_json())
        return ctl_print(json_pack("{s:b, s:o}", "ok", 1, "output", json_of_text(options->out)));
    return 0;
}

static int write_report(const struct report_options *options, const json_t *model)
{
    if (options->out)
        return write_file(options, model);
    int rc = write_page(stdout, model, options->format);
    if (rc == 0 && fflush(stdout) == 0)
        return 0;
    return ctl_fail("standard output: %s", strerror(rc != 0 ? -rc : errno));
}

int poisectl_report(int argc, char **argv)
{
    struct report_options options = {.format = -1};
    struct report_files files[REPORT_SIDES] = {{0}};
    json_t *model[REPORT_SIDES] = {NULL}, *page = NULL;
    int code = report_parse_options(&options, argc, argv);
    if (code >= 0)
        return code;
    export_watch_signals();
    int n = report_find(&options, files);
    code = n < 0 ? -n : 0;
    for (int i = 0; i < n && code == 0 && !export_stopped(); i++)
        model[i] = model_of(&options, &files[i], &code);
    if (code == 0 && !export_stopped()) {
        page = n == 2 ? report_compare(model[0], model[1]) : json_incref(model[0]);
        code = page ? write_report(&options, page) : ctl_fail("out of memory");
    }
    if (export_stopped()) {
        ctl_fail("interrupted; nothing was written");
        code = 128 + export_stopped();
    }
    json_decref(page);
    for (int i = 0; i < REPORT_SIDES; i++) {
        json_decref(model[i]);
        report_files_finish(&files[i]);
    }
    return code;
}
