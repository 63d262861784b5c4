// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl __names WHAT: the words that a shell completes, a line each, from the tables that the programs themselves
// use. WHAT is streams, sites, presets, exercises, keys (of the configuration) or values KEY. For
// tools/completion/poise alone.
#ifndef POISE_POISECTL_NAMES_H
#define POISE_POISECTL_NAMES_H

int poisectl_names(int argc, char **argv); // the exit code

#endif
