// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_gnuplot.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 60
#define MAX_BYTES  ((size_t)64 << 20)

// Numbers with a point, whatever the person's language.
static char *const environment[] = {"LC_ALL=C", "GNUTERM=svg", NULL};

static int spawn(int script_fd, int svg_fd, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    char *const argv[] = {"gnuplot", "-d", NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, script_fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, svg_fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int rc = posix_spawnp(child, "gnuplot", &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

// All of it, with a NUL behind; a child that stands still is not waited for.
static int read_all(int fd, char **text)
{
    size_t size = 0, capacity = 1 << 18;
    int64_t end = clock_mono_ns() + PATIENCE_S * NS_PER_S;
    char *buffer = malloc(capacity);
    int rc = buffer ? 1 : -ENOMEM;
    while (rc > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left_ms = (end - clock_mono_ns()) / 1000000;
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) == 0) {
            rc = -ETIMEDOUT;
            break;
        }
        ssize_t n = read(fd, buffer + size, capacity - size - 1);
        if (n < 0 && errno == EINTR)
            continue;
        rc = n < 0 ? -errno : n > 0;
        size += n > 0 ? (size_t)n : 0;
        if (rc <= 0 || capacity - size > 1)
            continue;
        char *more = capacity < MAX_BYTES ? realloc(buffer, capacity *= 2) : NULL;
        rc = more ? rc : -ENOMEM;
        buffer = more ? more : buffer;
    }
    if (buffer)
        buffer[size] = '\0';
    *text = buffer;
    return rc;
}

static int draw(FILE *script, char **svg)
{
    int ends[2], status = 0;
    pid_t child;
    if (fflush(script) != 0 || lseek(fileno(script), 0, SEEK_SET) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    int rc = spawn(fileno(script), ends[1], &child);
    close(ends[1]);
    if (rc == 0) {
        rc = read_all(ends[0], svg);
        if (rc < 0)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        if (rc == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
            rc = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EPROTO;
    }
    close(ends[0]);
    return rc;
}

int gnuplot_draw(FILE *script, char **svg, char *why, size_t why_size)
{
    *svg = NULL;
    int rc = draw(script, svg);
    if (rc == 0)
        return 0;
    free(*svg);
    *svg = NULL;
    if (rc == -ENOENT)
        snprintf(why, why_size, "gnuplot is not installed (Debian package gnuplot-nox)");
    else if (rc == -EPROTO)
        snprintf(why, why_size, "gnuplot failed");
    else
        snprintf(why, why_size, "gnuplot: %s", strerror(-rc));
    return rc;
}
