// SPDX-License-Identifier: GPL-3.0-or-later
// The two conversations with the daemon: a request to its control socket, and reading its stream. Both fail with a
// sentence on stderr within a few seconds when there is no daemon.
#ifndef POISE_POISECTL_CLIENT_H
#define POISE_POISECTL_CLIENT_H

#include "ctl.h"

#include <jansson.h>
#include <stddef.h>

// Sends request (takes it) and gives the reply of a daemon that said ok, else NULL; the error is already printed.
json_t *client_ask(const struct ctl *ctl, json_t *request);
// The same with {"cmd": "status"}; a daemon that has just begun is given the time for its first status.
json_t *client_ask_status(const struct ctl *ctl);

// The same without a word: NULL when nobody answers, or what came is no yes.
json_t *client_try(const struct ctl *ctl, json_t *request);

#define FEED_FIRST_MS 3000 // a daemon that runs says something at least every two seconds

struct feed {
    void *context, *socket;
    char endpoint[320];
};

struct feed_message {
    json_t *object; // owned by the caller
    char stream[32];
    char *text; // the JSON as received; malloc'd, owned by the caller
};

// Connects. 0, or 1 with the error printed.
int feed_open(struct feed *feed, const struct ctl *ctl);
void feed_close(struct feed *feed);
// Waits up to timeout_ms, or until input_fd (-1: none) can be read or a signal comes. 1: a message; 0: none. What is
// no message of Poise is passed over.
int feed_next(struct feed *feed, int timeout_ms, int input_fd, struct feed_message *message);
void feed_message_free(struct feed_message *message);

#endif
