// SPDX-License-Identifier: GPL-3.0-or-later
// The feed of the simulated runner: one IMU per site, each sampling the body at the instants of its own oscillator. A
// split one is two devices, accelerometer and gyro, on one oscillator and half a period apart.
#include "sim/feed_private.h"
#include "sim/phasor.h"
#include "sim/sensor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worn_device {
    struct sensor sensor;
    struct body_cursor cursor;
    double start_s, period_s; // sample k is at start + k * period
    double off_ppm;           // by a fault, what period_s has in it
    int64_t k;
};

struct runner {
    struct feed feed; // first
    struct body *body;
    struct worn_device device[MAX_SOURCES];
};

static struct runner *runner_of(struct feed *feed)
{
    return (struct runner *)feed;
}

static double next_s(const struct worn_device *device)
{
    return device->start_s + (double)device->k * device->period_s;
}

static int64_t runner_next_ns(struct feed *feed, int i)
{
    return (int64_t)(1e9 * next_s(&runner_of(feed)->device[i]));
}

// The oscillator goes on from where it is at its rate of now.
static void retune(struct worn_device *device, double rate_hz, double off_ppm)
{
    device->start_s = next_s(device);
    device->k = 0;
    device->off_ppm = off_ppm;
    device->period_s = 1 / (rate_hz * device->sensor.true_rate * (1 + 1e-6 * off_ppm));
}

static void follow_ppm(struct feed *feed, int i)
{
    struct worn_device *device = &runner_of(feed)->device[i];
    if (!fault_any(feed->faults, FAULT_PPM))
        return;
    const struct fault *fault = feed_fault(feed, i, FAULT_PPM, runner_next_ns(feed, i));
    double off_ppm = fault ? fault->value : 0;
    if (off_ppm != device->off_ppm)
        retune(device, feed->desc[i].rate_hz, off_ppm);
}

// The sensor turned on the segment: it sees force and rate from there, and its own turning.
static void slip(double angle_rad, double rate_rad_s, struct body_state *state)
{
    double segment_from_slipped[3][3], force[3] = {0}, rate[3];
    sensor_rotation(fault_slip_axis, angle_rad * 360 / TURN_RAD, segment_from_slipped);
    for (int i = 0; i < 3; i++) {
        rate[i] = rate_rad_s * fault_slip_axis[i];
        for (int k = 0; k < 3; k++) {
            force[i] += segment_from_slipped[k][i] * state->force_segment[k];
            rate[i] += segment_from_slipped[k][i] * state->rate_segment[k];
        }
    }
    memcpy(state->force_segment, force, sizeof force);
    memcpy(state->rate_segment, rate, sizeof rate);
}

static bool runner_pull(struct feed *feed, int i, struct feed_sample *sample)
{
    struct worn_device *device = &runner_of(feed)->device[i];
    struct body_state state;
    double t_s = next_s(device), slipped_rad, slipping_rad_s;
    body_at(runner_of(feed)->body, &device->cursor, (enum site)feed->desc[i].site, t_s, &state);
    fault_slip_at(feed->faults, feed->desc[i].site, t_s, &slipped_rad, &slipping_rad_s);
    if (slipped_rad != 0)
        slip(slipped_rad, slipping_rad_s, &state);
    sensor_measure(&device->sensor, state.force_segment, state.rate_segment, sample->value);
    for (int channel = 0; channel < N_CHANNELS; channel++)
        if (!(feed->desc[i].channel_mask & (1U << channel)))
            sample->value[channel] = 0;
    sample->t_ns = (int64_t)(1e9 * t_s) + sensor_stamp_jitter_ns(&device->sensor);
    device->k++;
    follow_ppm(feed, i);
    return true;
}

static uint64_t runner_skip(struct feed *feed, int i, int64_t t_ns)
{
    struct worn_device *device = &runner_of(feed)->device[i];
    int64_t k = (int64_t)ceil((1e-9 * (double)t_ns - device->start_s) / device->period_s);
    int64_t skipped = k > device->k ? k - device->k : 0;
    device->k += skipped;
    follow_ppm(feed, i);
    return (uint64_t)skipped;
}

static int runner_set_rate(struct feed *feed, int i, int rate_hz)
{
    struct worn_device *device = &runner_of(feed)->device[i];
    retune(device, rate_hz, device->off_ppm);
    feed->desc[i].rate_hz = rate_hz;
    return 0;
}

static int runner_set_scale(struct feed *feed, int i, bool gyro, double scale)
{
    struct sensor *sensor = &runner_of(feed)->device[i].sensor;
    *(gyro ? &sensor->gyro_scale : &sensor->acc_scale) = scale;
    for (int c = gyro ? CH_GYRO_X : CH_ACC_X; c <= (gyro ? CH_GYRO_Z : CH_ACC_Z); c++)
        feed->desc[i].scale[c] = scale;
    return 0;
}

static void runner_destroy(struct feed *feed)
{
    free(runner_of(feed));
}

static const struct feed_ops runner_ops = {runner_next_ns,  runner_pull,      runner_skip,
                                           runner_set_rate, runner_set_scale, runner_destroy};

static void describe(struct source_desc *desc, enum site site, uint16_t channels, double rate_hz)
{
    static const char *const names[] = {"bmi160", "lsm6dso_accel", "lsm6dso_gyro"};
    int part = channels == CHANNELS_ACC ? 1 : channels == CHANNELS_GYRO ? 2 : 0;
    *desc = (struct source_desc){
        .site = (uint16_t)site, .channel_mask = channels, .format = SAMPLE_INT16, .rate_hz = rate_hz};
    for (int i = 0; i < N_CHANNELS; i++)
        desc->scale[i] = i < CH_GYRO_X ? SENSOR_ACC_SCALE : SENSOR_GYRO_SCALE;
    sensor_mount(site, desc->mount);
    snprintf(desc->name, sizeof desc->name, "%s", names[part]);
    snprintf(desc->chip, sizeof desc->chip, "sim/%s", site_names[site]);
}

static void offer_rates(int rates[12], int nominal_hz)
{
    static const int offered[] = {25, 50, 100, 200, 400, 800, 1000, 1600};
    int n = 0;
    bool has_nominal = false;
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++) {
        if (!has_nominal && offered[i] > nominal_hz)
            rates[n++] = nominal_hz;
        has_nominal = has_nominal || offered[i] >= nominal_hz;
        rates[n++] = offered[i];
    }
    rates[n] = 0;
}

static void add_device(struct runner *runner, const struct scenario *scenario, enum site site, uint16_t channels)
{
    int i = runner->feed.n++;
    struct worn_device *device = &runner->device[i];
    describe(&runner->feed.desc[i], site, channels, scenario->rate_hz);
    offer_rates(runner->feed.rates[i], (int)scenario->rate_hz);
    sensor_init(&device->sensor, scenario, site);
    device->period_s = 1 / (scenario->rate_hz * device->sensor.true_rate);
    device->start_s = device->period_s * (1 + 0.5 * (double)site / N_SITES); // oscillators are not in step
    if (channels == CHANNELS_GYRO) {
        device->start_s += device->period_s / 2;
        device->sensor.random ^= UINT64_C(0x6460) << 32; // noise and jitter of its own
    }
}

int feed_from_runner(struct feed **out, const struct scenario *scenario, struct body *body,
                     const struct fault_list *faults)
{
    struct runner *runner = calloc(1, sizeof *runner);
    *out = runner ? &runner->feed : NULL;
    if (!runner)
        return -ENOMEM;
    runner->feed.ops = &runner_ops;
    runner->feed.faults = faults;
    runner->feed.seed = scenario->seed;
    runner->body = body;
    for (int site = 0; site < N_SITES; site++) {
        if (!(scenario->sites & SITE_BIT(site)))
            continue;
        if (scenario->split & SITE_BIT(site)) {
            add_device(runner, scenario, (enum site)site, CHANNELS_ACC);
            add_device(runner, scenario, (enum site)site, CHANNELS_GYRO);
        } else {
            add_device(runner, scenario, (enum site)site, CHANNELS_ACC | CHANNELS_GYRO);
        }
    }
    return 0;
}
