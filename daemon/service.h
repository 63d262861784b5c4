// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd is told of a live run (sd_notify), and nothing without it: when it is ready, how many sites run, that it
// reloads, that it is alive, that its end takes longer. Main's thread only; a thread of its own asks for patience while
// the end drains, because main then waits for a disk.
#ifndef POISE_SERVICE_H
#define POISE_SERVICE_H

void service_ready(void);
void service_failed(const char *error); // it does not start, and why
void service_alive(void);               // every loop turned

void service_reloading(void);
// refused: what is wrong with the configuration that was not taken, NULL when it was. The status line says it until a
// reload succeeds.
void service_reloaded(const char *refused);

// Status line. missing: " name name", in order, of the sites that do not run.
void service_say_sites(int n_running, int n_configured, const char *missing);

void service_stopping(void); // begins to ask for patience
void service_stopped(void);

#endif
