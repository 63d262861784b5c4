// SPDX-License-Identifier: GPL-3.0-or-later
// The text forms of IIO attributes: lists and ranges of rates, mount matrices. Pure text in, numbers out.
#ifndef POISE_ACQUIRE_ATTRIBUTE_TEXT_H
#define POISE_ACQUIRE_ATTRIBUTE_TEXT_H

// The rate nearest to wanted_hz in "25 50 100" or "[25 1 1000]" (lowest, step, highest); NaN when text holds none.
double rate_nearest(const char *available, double wanted_hz);

// The lowest rate in it that is not below wanted_hz, else the highest; NaN when text holds none. For chips that a
// trigger reads out: below its rate some samples would come twice.
double rate_at_least(const char *available, double wanted_hz);

// The smallest scale in "0.000598 0.001197 0.004785" that is not more than 3 % below wanted, else the largest, with
// its text as the driver wrote it; NaN when text holds none.
double scale_at_least(const char *available, double wanted, char as_written[32]);

// "1, 0, 0; 0, 1, 0; 0, 0, 1", row by row. 0, or -EINVAL when text is not nine numbers.
__attribute__((warn_unused_result)) int mount_parse(const char *text, double mount[9]);

// Why mount is no rotation, as the end of a sentence ("is all zero"), or NULL when it is one (within 2 %).
const char *mount_fault(const double mount[9]);

#endif
