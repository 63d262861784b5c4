// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the gait out of a signal by its phase: least-mean-squares with cosine and sine of the stride's harmonics as
// references, a notch that follows every stride's own length, about 1 / (2 pi tau) wide. A notch of fixed frequency
// would leak with the steps' jitter. Widrow et al. 1975, "Adaptive noise cancelling: principles and applications",
// Proc. IEEE 63. Internal to the room. RT-safe.
#ifndef POISE_BREATHING_CANCELLER_H
#define POISE_BREATHING_CANCELLER_H

#define STRIDE_HARMONICS 4

struct canceller_reference {
    double of[2 * STRIDE_HARMONICS];
};

struct canceller {
    double weight[2 * STRIDE_HARMONICS];
    int n; // samples since it began: the first ones weigh more, so that it settles within two strides
};

void canceller_reference(struct canceller_reference *reference, double step_turns); // two steps are a stride
void canceller_reset(struct canceller *canceller);
// gain: 2 / (tau · rate), each reference having a power of one half.
float canceller_step(struct canceller *canceller, const struct canceller_reference *reference, double gain, float x);

#endif
