// SPDX-License-Identifier: GPL-3.0-or-later
// What the log says of a site that starts, stops or is doubted: once, not in every status, and of one that comes and
// goes no more than a line in five seconds.
#include "core/log.h"
#include "publish/site_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char said[4096];

// Some statuses of c7 alike, one after the other; said gets the lines that they made.
static void take(struct site_watch *watch, int times, int state, const char *reason)
{
    struct status_result status = {.configured = SITE_BIT(SITE_C7)};
    status.site[SITE_C7].state = state;
    snprintf(status.site[SITE_C7].reason, REASON_MAX, "%s", reason);
    FILE *lines = tmpfile();
    assert_non_null(lines);
    fflush(stderr);
    int own = dup(STDERR_FILENO);
    assert_true(own >= 0 && dup2(fileno(lines), STDERR_FILENO) >= 0);
    for (int i = 0; i < times; i++)
        site_watch_take(watch, &status);
    fflush(stderr);
    assert_true(dup2(own, STDERR_FILENO) >= 0);
    close(own);
    rewind(lines);
    said[fread(said, 1, sizeof said - 1, lines)] = '\0';
    fclose(lines);
}

static void let_time_pass(struct site_watch *watch)
{
    watch->limit[SITE_C7].next_ns = 0;
}

static void each_change_is_said_once(void **state)
{
    (void)state;
    struct site_watch watch = {0};
    take(&watch, 3, SITE_STATE_RUNNING, "");
    assert_string_equal(said, "test: site c7 is running\n");
    let_time_pass(&watch);
    take(&watch, 3, SITE_STATE_RUNNING, "");
    assert_string_equal(said, "");
    take(&watch, 3, SITE_STATE_RUNNING, "gravity reads 19.6 m/s2 at rest");
    assert_string_equal(said, "test: warning: site c7 is running: gravity reads 19.6 m/s2 at rest\n");
    let_time_pass(&watch);
    take(&watch, 3, SITE_STATE_STALLED, "its values stand still");
    assert_string_equal(said, "test: warning: site c7 is silent: its values stand still\n");
    let_time_pass(&watch);
    take(&watch, 3, SITE_STATE_LOST, "unplugged\x1b[31m");
    assert_string_equal(said, "test: warning: site c7 is lost: unplugged?[31m\n"); // no orders to a terminal
    let_time_pass(&watch);
    take(&watch, 1, SITE_STATE_LOST, "another attempt, another reason");
    assert_string_equal(said, "");
    take(&watch, 1, SITE_STATE_RUNNING, "");
    assert_string_equal(said, "test: site c7 is running\n");
}

static void a_loose_contact_does_not_fill_the_log(void **state)
{
    (void)state;
    struct site_watch watch = {0};
    take(&watch, 1, SITE_STATE_RUNNING, "");
    for (int i = 0; i < 10; i++) {
        take(&watch, 1, SITE_STATE_LOST, "unplugged");
        assert_string_equal(said, "");
        take(&watch, 1, SITE_STATE_RUNNING, "");
        assert_string_equal(said, "");
    }
    let_time_pass(&watch);
    take(&watch, 1, SITE_STATE_LOST, "unplugged");
    assert_string_equal(said, "test: warning: site c7 is lost: unplugged (changed before, 10 lines held back)\n");
}

int main(void)
{
    log_init("test", LOG_LEVEL_INFO);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_said_once),
        cmocka_unit_test(a_loose_contact_does_not_fill_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
