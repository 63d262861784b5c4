// SPDX-License-Identifier: GPL-3.0-or-later
#include "assess_keys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void fill(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(set, numbers[i]);
}

// A job in the background may not change the terminal, and gets no keys.
static void listen(struct assess_keys *k)
{
    struct termios raw;
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &k->before) != 0)
        return;
    raw = k->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    k->listens = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

int assess_keys_open(struct assess_keys *k, bool interactive)
{
    sigset_t set;
    *k = (struct assess_keys){.signals = -1};
    fill(&set);
    signal(SIGPIPE, SIG_IGN); // a reader that goes is noticed by writing
    sigprocmask(SIG_BLOCK, &set, NULL);
    k->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (k->signals < 0)
        return -errno;
    if (interactive)
        listen(k);
    return 0;
}

void assess_keys_close(struct assess_keys *k)
{
    if (k->listens)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &k->before);
    if (k->signals >= 0)
        close(k->signals);
    *k = (struct assess_keys){.signals = -1};
}

int assess_keys_wait(struct assess_keys *k, int timeout_ms)
{
    struct pollfd on[2] = {{.fd = k->signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    struct signalfd_siginfo info;
    char key;
    if (poll(on, k->listens ? 2 : 1, timeout_ms) <= 0)
        return 0;
    if (on[0].revents & POLLIN && read(k->signals, &info, sizeof info) == (ssize_t)sizeof info)
        return -(int)info.ssi_signo;
    if (!k->listens || on[1].revents == 0)
        return 0;
    if (read(STDIN_FILENO, &key, 1) == 1)
        return (unsigned char)key;
    k->listens = false; // the terminal has gone; a hangup tells so
    return 0;
}
