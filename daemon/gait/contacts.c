// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/contacts.h"

#include "dsp/stats.h"
#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define FRAMES 10.0 // of 1 ms per sample

// Symmetric filters, exp(-k^2 / 2 sigma^2) over 2 half + 1 samples; their delay is half samples.
#define EDGE_SIGMA    1.2 // the edge of an impact
#define EDGE_HALF     4
#define SUPPORT_HALF  6 // sigma 2: about 8 Hz
#define SUPPORT_SIGMA 2.0
#define WALK_SIGMA    7.0
#define WALK_HALF     14

// Running. Support in g: 1 standing, 0 in free fall. Brisk walking stays above 0.5, running goes below 0.25.
#define DIP_G           0.45
#define DIP_WALKING_G   0.30  // while the last seconds were walking: an uneven one may dip to 0.4
#define DEEP_G          0.15  // one of these is enough
#define DIP_APART       550.0 // frames: two dips so close are running
#define DIP_NEW         100.0
#define ARM_G           0.45
#define RISE_G          0.70
#define FALL_G          0.85 // of the weight
#define EDGE_FALL_G     0.2  // least fall of the forward force to count as braking's onset
#define EDGE_NEAR       35.0 // frames from the coarse contact
#define EDGE_BACK       14   // samples looked at
#define EDGE_BEFORE     90.0 // frames: long contacts take their weight slowly
#define EDGE_WAIT       4    // samples
#define EDGE_LATE       4.5  // frames by which edge and rise come after contact
#define TAIL            0.09 // of contact: the last tenth of the force lasts longer than a half sine
#define HALF_SINE       1.18 // first guess of contact over the time above FALL_G
#define HALF_SINE_TURNS 12
#define REFRACTORY_RUN  0.6
#define WEIGHED         4     // steps
#define WEIGHED_STEP    600.0 // frames: longer is no step of running

// Walking. Of the common signal, m/s^2.
#define UP_SHARE        0.7
#define FLOOR           0.20 // least peak within a bout
#define START           0.70 // least peak to begin one: weight shifts stay below
#define OF_MEDIAN       0.08
#define HOLD            4    // samples a peak must stand
#define WALK_LATE       42.0 // frames by which the peak comes after contact
#define REFRACTORY_WALK 0.55
#define PAUSE           1500.0 // frames without a contact end a bout
#define UP_MEMORY       150.0  // samples
#define AGREE_MEMORY    500.0
#define YAW_MEMORY      25.0
#define YAW_DOUBT       0.8 // rad/s of turning halve the confidence

static const double default_step[2] = {580, 360}; // walking, running; frames

static void design(struct contacts_kernel *kernel, double sigma, int half)
{
    double total = 0;
    for (int k = -half; k <= half; k++)
        total += exp(-0.5 * k * k / (sigma * sigma));
    for (int k = -half; k <= half; k++) {
        double w = exp(-0.5 * k * k / (sigma * sigma)) / total;
        kernel->smooth[k + half] = (float)w;
        kernel->slope[k + half] = (float)(w * k / (sigma * sigma));
    }
}

void contacts_reset(struct contacts *c)
{
    memset(c, 0, sizeof *c);
    design(&c->edge_kernel, EDGE_SIGMA, EDGE_HALF);
    design(&c->support_kernel, SUPPORT_SIGMA, SUPPORT_HALF);
    design(&c->walk_kernel, WALK_SIGMA, WALK_HALF);
    c->last_contact = c->dip[0] = c->dip[1] = -1e9;
    c->weight = 1;
    c->best_back = -1;
}

static double filtered(const float ring[CONTACTS_RING], uint64_t n, const float *weight, int half)
{
    float sum = 0;
    for (int k = 0; k <= 2 * half; k++)
        sum += weight[k] * ring[(n - 1 - (uint64_t)(2 * half - k)) % CONTACTS_RING];
    return (double)sum;
}

static float back(const float trace[CONTACTS_TRACE], uint64_t n, int by)
{
    return trace[(n - 1 - (uint64_t)by) % CONTACTS_TRACE];
}

static double median_of(const double *x, int n)
{
    double copy[CONTACTS_STEPS];
    memcpy(copy, x, (size_t)n * sizeof *copy);
    return median_in_place(copy, (size_t)n);
}

double contacts_interval(const struct contacts *c)
{
    return c->n_intervals >= 2 ? median_of(c->interval, c->n_intervals < 4 ? c->n_intervals : 4) : 0;
}

// The step's length in frames as far as it is known.
static double step_frames(const struct contacts *c, double step_hz)
{
    if (step_hz > 0)
        return 1000 / step_hz;
    if (c->n_intervals >= 3 && c->now - c->last_contact < 1200)
        return contacts_interval(c);
    return default_step[c->running];
}

// Place of the top of a parabola through three neighbours, in samples from the middle one.
static double vertex(double before, double at, double after)
{
    double bend = before - 2 * at + after;
    return bend < 0 ? 0.5 * (before - after) / bend : 0;
}

// Over a step the ground carries one body weight on average: the mean tells what this sensor calls 1 g.
static void weigh(struct contacts *c, double interval)
{
    uint64_t samples = c->n - c->load_from;
    bool step = c->running && interval < WEIGHED_STEP && samples > 0;
    c->n_weighed = step ? c->n_weighed + (c->n_weighed < WEIGHED) : 0;
    c->weight = step ? c->weight + (c->load / (double)samples - c->weight) / c->n_weighed : 1;
    c->load = 0;
    c->load_from = c->n;
}

static void take_contact(struct contacts *c, double frame, float confidence, struct contacts_found *found)
{
    double interval = frame - c->last_contact;
    weigh(c, interval);
    if (interval < 1200) {
        memmove(c->interval + 1, c->interval, (CONTACTS_STEPS - 1) * sizeof *c->interval);
        c->interval[0] = interval;
        c->n_intervals += c->n_intervals < CONTACTS_STEPS;
    } else {
        c->n_intervals = 0;
    }
    c->last_contact = frame;
    found->contact = true;
    found->contact_frame = frame;
    found->confidence = confidence;
    found->running = c->running;
}

// How well the interval fits those before: 1 when it does, 0.5 when there is nothing to compare with.
static double regularity(const struct contacts *c, double interval, double tolerance)
{
    double usual = contacts_interval(c);
    if (usual == 0)
        return 0.5;
    double off = (interval / usual - 1) / tolerance;
    return fmax(exp(-0.5 * off * off), 0.25);
}

static void watch_mode(struct contacts *c, double step, bool walking)
{
    double support = (double)back(c->support, c->n, 0), at = c->now - FRAMES * SUPPORT_HALF;
    if (support < (walking ? DIP_WALKING_G : DIP_G)) {
        if (at - c->dip[0] > DIP_NEW)
            c->dip[1] = c->dip[0];
        c->dip[0] = at;
    }
    bool recent = at - c->dip[0] < fmax(300, 1.2 * fmin(step, 600));
    c->running = recent && (c->running || support < DEEP_G || c->dip[0] - c->dip[1] < DIP_APART);
}

// The vertical force over a step is a half sine over the contact; its mean over the step is the weight. Where it falls
// through FALL_G of that tells when it ends.
static double toe_off_from_fall(double contact, double fall, double step)
{
    double above = fall - contact, length = HALF_SINE * above;
    for (int i = 0; i < HALF_SINE_TURNS; i++)
        length = above / (1 - asin(fmin(2 * FALL_G * length / (PI * step), 1)) / PI);
    return contact + (1 + TAIL) * length;
}

static void watch_toe_off(struct contacts *c, double step, struct contacts_found *found)
{
    double before = (double)back(c->impact, c->n, 1), now = (double)back(c->impact, c->n, 0);
    double fall = FALL_G * c->weight;
    if (!c->open || !(before >= fall && now < fall))
        return;
    double at = c->now - FRAMES * (EDGE_HALF + (now - fall) / (now - before));
    if (at - c->last_contact < 0.3 * fmin(step, 500))
        return;
    double usual = contacts_interval(c);
    found->toe_off = true;
    found->toe_off_frame = toe_off_from_fall(c->last_contact, at, usual > 0 ? usual : step);
    c->open = false;
}

// The steepest fall of the forward acceleration near the coarse contact; false when there is none to speak of.
static bool refine(const struct contacts *c, double *frame)
{
    int best = -1;
    // No further back than the flight's start: the forward force of the toe-off before it falls as steeply.
    for (int i = 1; i < EDGE_BACK && c->now - FRAMES * (EDGE_HALF + i) - EDGE_LATE >= c->flight_from; i++)
        if (best < 0 || back(c->edge, c->n, i) > back(c->edge, c->n, best))
            best = i;
    if (best < 0)
        return false;
    double later = (double)back(c->edge, c->n, best - 1), at = (double)back(c->edge, c->n, best),
           earlier = (double)back(c->edge, c->n, best + 1);
    if (at < later || at < earlier || at * 2.5 * EDGE_SIGMA < EDGE_FALL_G * GRAVITY)
        return false;
    double edge = c->now - FRAMES * (EDGE_HALF + best - vertex(earlier, at, later)) - EDGE_LATE;
    if (edge - *frame > EDGE_NEAR || *frame - edge > EDGE_BEFORE || edge < c->flight_from)
        return false;
    *frame = edge;
    return true;
}

static void watch_running(struct contacts *c, double step, struct contacts_found *found)
{
    double support_at = c->now - FRAMES * SUPPORT_HALF;
    if ((double)back(c->support, c->n, 0) < ARM_G && (!c->open || support_at - c->last_contact > 0.3 * step)) {
        if (!c->armed)
            c->flight_from = support_at;
        c->armed = true;
    }
    double before = (double)back(c->impact, c->n, 1), now = (double)back(c->impact, c->n, 0);
    if (c->running && c->armed && !c->waiting && before < RISE_G && now >= RISE_G) {
        c->coarse = c->now - FRAMES * (EDGE_HALF + (now - RISE_G) / (now - before));
        if (c->coarse - c->last_contact > REFRACTORY_RUN * fmin(step, 500)) {
            c->waiting = true;
            c->wait_left = EDGE_WAIT;
        }
    }
    if (!c->waiting || c->wait_left-- > 0)
        return;
    double frame = c->coarse - EDGE_LATE;
    float source = refine(c, &frame) ? 1 : 0.7F;
    float confidence = source * (float)regularity(c, frame - c->last_contact, 0.15);
    take_contact(c, frame, confidence, found);
    c->armed = c->waiting = false;
    c->open = true;
    c->best_back = -1;
}

static double usual_peak(const struct contacts *c)
{
    double peak[CONTACTS_STEPS];
    for (int i = 0; i < c->n_peaks; i++)
        peak[i] = (double)c->peak[i];
    return c->n_peaks > 0 ? median_in_place(peak, (size_t)c->n_peaks) : 0;
}

static void take_walking_peak(struct contacts *c, double step, int at, struct contacts_found *found)
{
    double peak = (double)c->best;
    double frame = c->now -
                   FRAMES * (WALK_HALF + at -
                             vertex((double)back(c->beat, c->n, at + 1), peak, (double)back(c->beat, c->n, at - 1))) -
                   WALK_LATE;
    double since = frame - c->last_contact;
    bool first = since > PAUSE;
    if (first)
        c->n_peaks = 0;
    double usual = usual_peak(c), least = first ? START : fmax(FLOOR, OF_MEDIAN * usual);
    if (peak < least || since < fmin(fmax(REFRACTORY_WALK * step, 280), 450))
        return;
    double strength = first ? fmin(1, peak / 2) : fmax(0.2, fmin(1, peak / (0.5 * usual)));
    double turning = c->yaw / YAW_DOUBT;
    double confidence = strength * regularity(c, since, 0.15) / (1 + turning * turning);
    memmove(c->peak + 1, c->peak, (CONTACTS_STEPS - 1) * sizeof *c->peak);
    c->peak[0] = c->best;
    c->n_peaks += c->n_peaks < CONTACTS_STEPS;
    take_contact(c, frame, (float)confidence, found);
    c->open = false; // a walking foot lifts only after the next contact
}

static void watch_walking(struct contacts *c, double step, struct contacts_found *found)
{
    float before = back(c->beat, c->n, 2), at = back(c->beat, c->n, 1), after = back(c->beat, c->n, 0);
    if (c->best_back >= 0)
        c->best_back++;
    if (at > before && at >= after && (c->best_back < 0 || at > c->best)) {
        c->best = at;
        c->best_back = 1;
    }
    if (c->best_back < HOLD)
        return;
    int place = c->best_back;
    c->best_back = -1;
    take_walking_peak(c, step, place, found);
}

// Just after contact both fall of forward and rise of vertical show; a forward axis that points backward disagrees with
// the vertical for long, and is then left out.
static double beat_of(struct contacts *c)
{
    double fall = -WALK_SIGMA * filtered(c->forward, c->n, c->walk_kernel.slope, WALK_HALF);
    double rise = filtered(c->up, c->n, c->walk_kernel.smooth, WALK_HALF) - c->up_mean;
    c->agree += (fall * rise - c->agree) / AGREE_MEMORY;
    c->power_forward += (fall * fall - c->power_forward) / AGREE_MEMORY;
    c->power_up += (rise * rise - c->power_up) / AGREE_MEMORY;
    bool forward = c->agree >= -0.1 * sqrt(c->power_forward * c->power_up);
    return (forward ? fall : 0) + UP_SHARE * rise;
}

bool contacts_step(struct contacts *c, const struct contacts_input *in, struct contacts_found *found)
{
    memset(found, 0, sizeof *found);
    c->now = (double)in->index - 4.5;
    if (c->n == 0) { // as if it had been so for long
        for (int i = 0; i < CONTACTS_RING; i++) {
            c->forward[i] = in->forward;
            c->up[i] = in->up;
        }
        c->n = CONTACTS_RING;
        c->up_mean = (double)in->up;
    }
    c->forward[c->n % CONTACTS_RING] = in->forward;
    c->up[c->n % CONTACTS_RING] = in->up;
    c->n++;
    c->up_mean += ((double)in->up - c->up_mean) / UP_MEMORY;
    c->yaw += (fabs((double)in->yaw_rate) - c->yaw) / YAW_MEMORY;
    uint64_t place = (c->n - 1) % CONTACTS_TRACE;
    c->impact[place] = (float)(filtered(c->up, c->n, c->edge_kernel.smooth, EDGE_HALF) / GRAVITY + 1);
    c->support[place] = (float)(filtered(c->up, c->n, c->support_kernel.smooth, SUPPORT_HALF) / GRAVITY + 1);
    c->load += (double)in->up / GRAVITY + 1;
    c->edge[place] = (float)-filtered(c->forward, c->n, c->edge_kernel.slope, EDGE_HALF);
    c->beat[place] = (float)beat_of(c);

    double step = step_frames(c, in->step_hz);
    watch_mode(c, step, in->walking);
    watch_toe_off(c, step, found);
    watch_running(c, step, found);
    if (!c->running)
        watch_walking(c, step, found);
    return found->contact || found->toe_off;
}
