// SPDX-License-Identifier: GPL-3.0-or-later
// What `poisectl top` shows, as rows of plain ASCII: the same for the terminal and for --once.
#ifndef POISE_POISECTL_SCREEN_H
#define POISE_POISECTL_SCREEN_H

#include "publish/streams.h"

#include <jansson.h>

#define SCREEN_ROWS    64
#define SCREEN_COLUMNS 256

enum tone { TONE_PLAIN, TONE_HEADING, TONE_STRONG, TONE_BAD };

struct screen {
    int rows, columns; // of the terminal; what does not fit is left out
    int used;
    char text[SCREEN_ROWS][SCREEN_COLUMNS];
    enum tone tone[SCREEN_ROWS];
};

struct view {
    json_t *last[N_STREAMS]; // owned
    int level[N_FACTORS];    // of each factor's last finding, enum finding_level
    const char *endpoint;
    double silent_s; // since the last message
};

void screen_draw(struct screen *screen, const struct view *view);
void screen_draw_help(struct screen *screen);

#endif
