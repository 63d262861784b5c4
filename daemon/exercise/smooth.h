// SPDX-License-Identifier: GPL-3.0-or-later
// How smooth a movement is: the spectral arc length of its speed, S. Balasubramanian et al., "On the analysis of
// movement smoothness", J. NeuroEng. Rehabil. 12:112, 2015 (after IEEE Trans. Biomed. Eng. 59, 2012). Always below 0;
// -1.4 for a movement as smooth as can be, the lower the more it stops and starts. Without dimension: neither how far
// nor how fast counts. Internal to the room; RT-safe.
#ifndef POISE_EXERCISE_SMOOTH_H
#define POISE_EXERCISE_SMOOTH_H

// speed[n] at rate_hz. NaN with fewer than 8 samples or when it leads nowhere.
double spectral_arc_length(const float *speed, int n, double rate_hz);

#endif
