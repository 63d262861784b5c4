// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/summary.h"

#include "dsp/stats.h"
#include "gait/overstride.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define OLD_FRAMES   20000 // a step so long ago says nothing about now
#define NEWEST       5     // the gait is that of most of these
#define FIFTH        5     // share left out at either end of a trimmed mean: 1 / 5
#define SIDE_MIN     6     // steps of each foot for an asymmetry
#define ALTERNATE    0.8   // share of neighbours that must be of different feet for the feet to be believed
#define OUTLIER_LOW  0.6   // of the median: a doubled …
#define OUTLIER_HIGH 1.6   // … or a missed contact
#define CV_MIN       6
#define JOINED       2 // frames by which a step may begin before or after the last one's end

// The steps that count, oldest first.
struct chosen {
    int n;
    bool running;
    const struct step *step[SUMMARY_STEPS];
    const struct step_result *result[SUMMARY_STEPS];
    bool follows[SUMMARY_STEPS]; // began where the one before ended
};

void summary_reset(struct summary *s)
{
    memset(s, 0, sizeof *s);
}

void summary_push(struct summary *s, const struct step *step, const struct step_result *result)
{
    s->step[s->next] = *step;
    s->result[s->next] = *result;
    s->next = (s->next + 1) % SUMMARY_STEPS;
    if (s->n < SUMMARY_STEPS)
        s->n++;
}

static void choose(const struct summary *s, double now_frame, struct chosen *c)
{
    int runs = 0, votes = 0;
    for (int back = 1; back <= s->n && back <= NEWEST; back++, votes++)
        runs += s->step[(s->next + SUMMARY_STEPS - back) % SUMMARY_STEPS].running;
    *c = (struct chosen){.running = 2 * runs > votes};
    double end = NAN;
    for (int back = s->n; back >= 1; back--) {
        int at = (s->next + SUMMARY_STEPS - back) % SUMMARY_STEPS;
        const struct step *step = &s->step[at];
        if (step->running != c->running || now_frame - step->contact_frame > OLD_FRAMES)
            continue;
        c->step[c->n] = step;
        c->result[c->n] = &s->result[at];
        c->follows[c->n] = fabs(step->contact_frame - end) <= JOINED;
        c->n++;
        end = step->next_frame;
    }
}

// Mean without the lowest and the highest fifth; reorders x. NaN for none.
static double trimmed_mean(double *x, int n)
{
    for (int i = 1; i < n; i++) // insertion sort of at most 20
        for (int j = i; j > 0 && x[j - 1] > x[j]; j--) {
            double swap = x[j];
            x[j] = x[j - 1];
            x[j - 1] = swap;
        }
    int out = n / FIFTH;
    double sum = 0;
    for (int i = out; i < n - out; i++)
        sum += x[i];
    return n > 0 ? sum / (n - 2 * out) : NAN;
}

// The float at this offset of each step_result, NaN left out.
static double mean_of(const struct chosen *c, size_t offset)
{
    double x[SUMMARY_STEPS];
    int n = 0;
    for (int i = 0; i < c->n; i++) {
        float value;
        memcpy(&value, (const char *)c->result[i] + offset, sizeof value);
        if (!isnan(value))
            x[n++] = (double)value;
    }
    return trimmed_mean(x, n);
}

static double stride_ms(const struct chosen *c)
{
    double x[SUMMARY_STEPS];
    int n = 0;
    for (int i = 1; i < c->n; i++)
        if (c->follows[i] && !isnan(c->result[i]->step_time_ms) && !isnan(c->result[i - 1]->step_time_ms))
            x[n++] = (double)(c->result[i]->step_time_ms + c->result[i - 1]->step_time_ms);
    return trimmed_mean(x, n);
}

// Marks as NaN what is far from the median; returns how many are left.
static int drop_outliers(double *x, int n)
{
    double finite[SUMMARY_STEPS];
    int m = 0, left = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]))
            finite[m++] = x[i];
    double median = m > 0 ? median_in_place(finite, (size_t)m) : 0;
    for (int i = 0; i < n; i++) {
        if (x[i] < OUTLIER_LOW * median || x[i] > OUTLIER_HIGH * median)
            x[i] = NAN;
        left += !isnan(x[i]);
    }
    return left;
}

static double cv_pct(double *x, int n)
{
    if (drop_outliers(x, n) < CV_MIN)
        return NAN;
    double sum = 0, squared = 0;
    int m = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i])) {
            sum += x[i];
            m++;
        }
    double mean = sum / m;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]))
            squared += (x[i] - mean) * (x[i] - mean);
    return 100 * sqrt(squared / (m - 1)) / mean;
}

// 97.5 % point of Student's t: Cornish and Fisher's expansion, within 0.2 % from 6 degrees of freedom on.
static double student_t(double df)
{
    const double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    return z + (z3 + z) / (4 * df) + (5 * z5 + 16 * z3 + 3 * z) / (96 * df * df) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * df * df * df);
}

// Whether the feet alternate as feet do.
static bool alternating(const int *foot, const bool *follows, int n)
{
    int pairs = 0, differ = 0;
    for (int i = 1; i < n; i++)
        if (follows[i] && foot[i] >= 0 && foot[i - 1] >= 0) {
            pairs++;
            differ += foot[i] != foot[i - 1];
        }
    return differ >= ALTERNATE * pairs;
}

struct asymmetry asymmetry_of(const double *value, const int *foot, const bool *follows, int n)
{
    const struct asymmetry unknown = {NAN, NAN};
    double x[SUMMARY_STEPS], mean[2] = {0, 0};
    int count[2] = {0, 0};
    if (n > SUMMARY_STEPS)
        return unknown;
    memcpy(x, value, (size_t)n * sizeof *x);
    drop_outliers(x, n);
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]) && foot[i] >= 0) {
            mean[foot[i]] += x[i];
            count[foot[i]]++;
        }
    if (count[FOOT_LEFT] < SIDE_MIN || count[FOOT_RIGHT] < SIDE_MIN || !alternating(foot, follows, n))
        return unknown;
    double l = mean[FOOT_LEFT] / count[FOOT_LEFT], r = mean[FOOT_RIGHT] / count[FOOT_RIGHT];
    // An error of one contact's instant makes one step longer and its neighbour shorter. Then neighbours are not
    // independent, and an interval that took them for it would be too narrow.
    double squares = 0, products = 0, weights = 0, neighbours = 0, last = NAN;
    int pairs = 0;
    for (int i = 0; i < n; i++) {
        bool counts = !isnan(x[i]) && foot[i] >= 0;
        double residual = counts ? x[i] - (foot[i] == FOOT_LEFT ? l : r) : NAN;
        if (counts) {
            squares += residual * residual;
            weights += 1.0 / count[foot[i]] / count[foot[i]];
        }
        if (counts && follows[i] && !isnan(last) && foot[i] != foot[i - 1]) {
            products += residual * last;
            pairs++;
            neighbours -= 1.0 / count[foot[i]] / count[foot[i - 1]];
        }
        last = residual;
    }
    // A mean takes in its own values, so two of them take 1 / n each out of the product of neighbours.
    double kept = pairs * (1 - 1.0 / count[FOOT_LEFT] - 1.0 / count[FOOT_RIGHT]);
    int df = count[FOOT_LEFT] + count[FOOT_RIGHT] - 2;
    double own = squares / df, shared = pairs > 0 ? fmax(fmin(products / kept, 0), -own / 2) : 0;
    double variance = own * weights + 2 * shared * neighbours, sum = l + r;
    double freedom = own > 0 ? df * (1 + shared / own) : df; // correlated values tell less about their spread
    // d(2(L - R)/(L + R)) is 4(R dL - L dR)/(L + R)²; L and R are close enough to share the factor.
    return (struct asymmetry){(float)(200 * (l - r) / sum), (float)(200 * student_t(freedom) * sqrt(variance) / sum)};
}

static void fill_asymmetries(const struct chosen *c, struct gait_result *r)
{
    double step[SUMMARY_STEPS] = {0}, contact[SUMMARY_STEPS] = {0};
    int foot[SUMMARY_STEPS] = {0};
    for (int i = 0; i < c->n; i++) {
        step[i] = (double)c->result[i]->step_time_ms;
        contact[i] = (double)c->result[i]->contact_ms;
        foot[i] = c->result[i]->foot;
    }
    struct asymmetry a = asymmetry_of(step, foot, c->follows, c->n);
    r->step_asymmetry_pct = a.pct;
    r->step_asymmetry_ci_pct = a.ci_pct;
    a = (struct asymmetry){NAN, NAN};
    if (c->running) // the trunk does not see toe-off in walking: contact times there are made from the step times
        a = asymmetry_of(contact, foot, c->follows, c->n);
    r->contact_asymmetry_pct = a.pct;
    r->contact_asymmetry_ci_pct = a.ci_pct;
    r->step_time_cv_pct = (float)cv_pct(step, c->n);
}

bool summary_measure(const struct summary *s, const struct summary_input *in, struct gait_result *r)
{
    struct chosen c;
    choose(s, in->now_frame, &c);
    r->vertical_oscillation_mm = (float)mean_of(&c, offsetof(struct step_result, vertical_oscillation_mm));
    r->contact_ms = (float)mean_of(&c, offsetof(struct step_result, contact_ms));
    r->impact_g = (float)mean_of(&c, offsetof(struct step_result, impact_g));
    r->loading_rate_g_s = (float)mean_of(&c, offsetof(struct step_result, loading_rate_g_s));
    r->braking_g = (float)mean_of(&c, offsetof(struct step_result, braking_g));
    r->step_length_m = (float)mean_of(&c, offsetof(struct step_result, step_length_m));
    r->duty_factor = r->contact_ms / (float)stride_ms(&c);
    r->vertical_ratio_pct = 100 * r->vertical_oscillation_mm / 1000 / r->step_length_m;
    fill_asymmetries(&c, r);
    const struct overstride_input over = {.running = c.running,
                                          .speed_m_s = in->speed_m_s,
                                          .leg_length_m = in->leg_length_m,
                                          .step_length_m = (double)r->step_length_m,
                                          .braking_g = (double)r->braking_g,
                                          .impact_g = (double)r->impact_g,
                                          .vertical_oscillation_mm = (double)r->vertical_oscillation_mm};
    r->overstride_index = (float)overstride_index(&over);
    r->shock_attenuation_db = r->eversion_left_deg = r->eversion_right_deg = NAN;
    r->steps = c.n;
    return c.n > 0;
}
