// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that turn one unit into another. (C17 has no M_PI; the simulator has its own, so that nothing it says is true
// can be wrong in the same way as the daemon.)
#ifndef POISE_DSP_UNITS_H
#define POISE_DSP_UNITS_H

#define PI          3.14159265358979323846
#define DEG_PER_RAD 57.29577951308232
#define GRAVITY     9.81 // m/s^2; what "1 g" means in published numbers

#endif
