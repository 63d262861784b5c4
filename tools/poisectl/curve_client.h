// SPDX-License-Identifier: GPL-3.0-or-later
// The client's side of an encrypted connection.
#ifndef POISE_POISECTL_CURVE_CLIENT_H
#define POISE_POISECTL_CURVE_CLIENT_H

// Gives socket, not connected yet, the keys of path: a folder with one NAME.key_secret and the daemon's server.key, or
// such a NAME.key_secret with server.key beside it. 0, or 1 with the error printed.
int curve_client_apply(void *socket, const char *path);

#endif
