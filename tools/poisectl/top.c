// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl top: the live view in the terminal (ncurses), or one screen of text with --once.
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "screen.h"

#include <ncurses.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS    200
#define ONCE_ROWS    SCREEN_ROWS
#define ONCE_COLUMNS 160
#define ONCE_MS      2500 // after the first message; enough for streams of 1 Hz

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

struct top {
    const struct ctl *ctl;
    struct feed feed;
    struct view view;
    struct screen screen;
    int64_t heard_ns; // 0 before the first message
    bool help;
};

static void keep_level(struct top *t, const json_t *finding)
{
    static const char *const names[] = FINDING_LEVEL_NAMES;
    const char *factor = json_string_value(json_object_get(finding, "factor"));
    const char *level = json_string_value(json_object_get(finding, "level"));
    for (int i = 0; factor && level && i < N_FACTORS; i++)
        for (int k = 0; names[k] && strcmp(factors[i].name, factor) == 0; k++)
            if (strcmp(names[k], level) == 0)
                t->view.level[i] = k;
}

static void keep(struct top *t, struct feed_message *message)
{
    for (int i = 0; i < N_STREAMS; i++) {
        if (strcmp(stream_tables[i].name, message->stream) != 0)
            continue;
        if (i == STREAM_FINDING)
            keep_level(t, message->object);
        json_decref(t->view.last[i]);
        t->view.last[i] = json_incref(message->object);
    }
    feed_message_free(message);
    t->heard_ns = clock_mono_ns();
}

static bool has_all(const struct top *t)
{
    static const enum stream shown[] = {STREAM_POSTURE, STREAM_CADENCE, STREAM_BREATHING, STREAM_STATUS,
                                        STREAM_GAIT,    STREAM_ARMS,    STREAM_PACK,      STREAM_FINDING};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!t->view.last[shown[i]])
            return false;
    return true;
}

// Waits for the first message. 0, or 1 with the error printed.
static int wait_for_first(struct top *t)
{
    struct feed_message message;
    int64_t end = clock_mono_ns() + FEED_FIRST_MS * (NS_PER_S / 1000);
    while (!stopped && clock_mono_ns() < end)
        if (feed_next(&t->feed, 100, -1, &message) > 0) {
            keep(t, &message);
            return 0;
        }
    return stopped ? 1 : ctl_fail("nothing is published on %s; is poised running?", t->feed.endpoint);
}

static int print_json(const struct top *t)
{
    json_t *all = json_object();
    for (int i = 0; i < N_STREAMS; i++)
        json_object_set_new(all, stream_tables[i].name, t->view.last[i] ? json_incref(t->view.last[i]) : json_null());
    json_dumpf(all, stdout, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(all);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int run_once(struct top *t)
{
    struct feed_message message;
    int64_t end = clock_mono_ns() + ONCE_MS * (NS_PER_S / 1000);
    while (!stopped && !has_all(t) && clock_mono_ns() < end)
        if (feed_next(&t->feed, 100, -1, &message) > 0)
            keep(t, &message);
    if (t->ctl->json)
        return print_json(t);
    t->screen.rows = ONCE_ROWS;
    t->screen.columns = ONCE_COLUMNS;
    screen_draw(&t->screen, &t->view);
    for (int i = 0; i < t->screen.used; i++)
        puts(t->screen.text[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}

// A line each second, for who wants the view and not the stream.
static int run_json(struct top *t)
{
    struct feed_message message;
    int64_t begin = clock_mono_ns(), next_ns = begin + NS_PER_S;
    int rc = 0;
    while (rc == 0 && !stopped) {
        int64_t now = clock_mono_ns();
        if (t->ctl->seconds > 0 && now - begin > (int64_t)(t->ctl->seconds * 1e9))
            break;
        if (now >= next_ns) {
            rc = print_json(t);
            next_ns += NS_PER_S;
        }
        if (feed_next(&t->feed, REDRAW_MS / 2, -1, &message) > 0)
            keep(t, &message);
    }
    return rc;
}

static int attribute_of(enum tone tone)
{
    switch (tone) {
    case TONE_HEADING:
        return (int)A_UNDERLINE;
    case TONE_STRONG:
        return (int)A_BOLD;
    case TONE_BAD:
        return (int)(has_colors() ? (attr_t)COLOR_PAIR(1) | A_BOLD : A_STANDOUT);
    case TONE_PLAIN:
        break;
    }
    return (int)A_NORMAL;
}

static void show(struct top *t)
{
    getmaxyx(stdscr, t->screen.rows, t->screen.columns);
    int last_row = t->screen.rows - 1;
    t->screen.rows = last_row > 0 ? last_row : 0;
    if (t->help)
        screen_draw_help(&t->screen);
    else
        screen_draw(&t->screen, &t->view);
    erase();
    for (int i = 0; i < t->screen.used; i++) {
        attrset(attribute_of(t->screen.tone[i]));
        mvaddstr(i, 0, t->screen.text[i]);
    }
    attrset(A_DIM);
    mvaddnstr(last_row, 0, "q quit  ? help", t->screen.columns);
    attrset(A_NORMAL);
    refresh();
}

// False when the user has had enough.
static bool take_keys(struct top *t)
{
    int key;
    while ((key = getch()) != ERR) {
        if (key == 'q' || key == 'Q')
            return false;
        if (key == '?' || key == 'h')
            t->help = !t->help;
    }
    return true;
}

static bool start_screen(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !newterm(NULL, stdout, stdin))
        return false;
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(1, COLOR_RED, -1);
    }
    return true;
}

static void run_live(struct top *t)
{
    struct feed_message message;
    int64_t begin = clock_mono_ns(), next_ns = 0;
    while (!stopped && take_keys(t)) {
        int64_t now = clock_mono_ns();
        if (t->ctl->seconds > 0 && now - begin > (int64_t)(t->ctl->seconds * 1e9))
            return;
        if (now >= next_ns) {
            t->view.silent_s = (double)(now - t->heard_ns) / 1e9;
            show(t);
            next_ns = now + REDRAW_MS * (NS_PER_S / 1000);
        }
        if (feed_next(&t->feed, REDRAW_MS / 2, STDIN_FILENO, &message) > 0)
            keep(t, &message);
    }
}

static int run(struct top *t)
{
    int rc = wait_for_first(t);
    if (rc != 0)
        return rc;
    if (t->ctl->once)
        return run_once(t);
    if (t->ctl->json)
        return run_json(t);
    if (!start_screen())
        return ctl_fail("top needs a terminal; --once prints one screen anywhere, --json needs none");
    // After newterm, which sets handlers of its own.
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    run_live(t);
    endwin();
    return 0;
}

int ctl_top(const struct ctl *ctl)
{
    static struct top top;
    struct sigaction action = {.sa_handler = on_signal};
    top.ctl = ctl;
    if (feed_open(&top.feed, ctl) != 0)
        return 1;
    top.view.endpoint = top.feed.endpoint;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int rc = run(&top);
    feed_close(&top.feed);
    for (int i = 0; i < N_STREAMS; i++)
        json_decref(top.view.last[i]);
    return rc;
}
