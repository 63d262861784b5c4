// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong on purpose, as KIND:SITE@T+D or KIND:SITE@T+D=VALUE: from scenario second T for D seconds; SITE may
// be `all`. What follows from each is in docs/simulator.md.
//   unplug  the site's device is gone: reads fail with ENODEV, the context does not list it
//   gap     the chip goes on but its samples are lost: the stamps jump
//   freeze  the values stand still while the stamps go on
//   slip    within D the sensor turns on the body by VALUE degrees, about an axis between pitch and roll, and stays so
//   drop    single samples are lost at random, VALUE per cent of them
//   burst   the samples of the span come all at once at its end, and their stamps say so
//   step    the stamps are off by VALUE ms
//   saturate  every axis is at full scale
//   swap    x shows what y is to show, y what z, z what x; of both sensors
//   scale   the acceleration is VALUE times what it is
//   ppm     the oscillator is off by VALUE parts in a million more than it is anyway
//   short   a read gives fewer samples than asked; none is lost
//   eio, enodev, etimedout  reads fail with that error
//   reset   the connection breaks, and every new one at its first read
//   hang    reads are not answered; with SITE all nothing is, on any connection
#ifndef POISE_SIM_FAULT_H
#define POISE_SIM_FAULT_H

#include "frames/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_MAX 4096

enum fault_kind {
    FAULT_UNPLUG,
    FAULT_GAP,
    FAULT_FREEZE,
    FAULT_SLIP,
    FAULT_DROP,
    FAULT_BURST,
    FAULT_STEP,
    FAULT_SATURATE,
    FAULT_SWAP,
    FAULT_SCALE,
    FAULT_PPM,
    FAULT_SHORT,
    FAULT_EIO,
    FAULT_ENODEV,
    FAULT_ETIMEDOUT,
    FAULT_RESET,
    FAULT_HANG,
    N_FAULT_KINDS
};

struct fault_kind_info {
    const char *name;
    const char *unit; // of the value; NULL: it has none
    double min, max;
    const char *example;
    bool outage; // nothing is to be had of the device; a recording tells when it is lost and back
};
extern const struct fault_kind_info fault_kinds[N_FAULT_KINDS];

struct fault {
    enum fault_kind kind;
    uint32_t sites; // SITE_BIT
    int64_t from_ns, until_ns;
    double value;
};

struct fault_list {
    int n;
    uint32_t kinds; // bit per kind: there is one
    struct fault fault[FAULTS_MAX];
};

// Appends what text says. 0 or -EINVAL with a sentence in error.
__attribute__((warn_unused_result)) int fault_parse(struct fault_list *list, const char *text, char *error,
                                                    size_t error_size);

// The first fault of that kind at the site at t_ns, or NULL.
const struct fault *fault_at(const struct fault_list *list, enum fault_kind kind, int site, int64_t t_ns);

// The first outage of the site at t_ns, or NULL; and how many of them have begun by then.
const struct fault *fault_outage(const struct fault_list *list, int site, int64_t t_ns);
int fault_outages_begun(const struct fault_list *list, int site, int64_t t_ns);
// Of all sites at once: the server itself hangs.
bool fault_server_hangs(const struct fault_list *list, int64_t t_ns);
bool fault_any(const struct fault_list *list, enum fault_kind kind);

// How far the site's sensor has slipped at t_s, and how fast it does: rad and rad/s about fault_slip_axis, in the
// segment's axes. A smooth step whose rate and angular acceleration are continuous.
extern const double fault_slip_axis[3];
void fault_slip_at(const struct fault_list *list, int site, double t_s, double *angle_rad, double *rate_rad_s);

#endif
