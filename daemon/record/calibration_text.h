// SPDX-License-Identifier: GPL-3.0-or-later
// A calibration as JSON, for its file and for its line in the event log: version, "taken" and "tall_taken" (RFC 3339 to
// the nanosecond, null when unknown), "sites" by name. Doubles and floats come back bit for bit, NaN is null. What
// stands in struct calibration for sites outside `sites` is not kept.
// Reading trusts nothing: known sites, ranges, unit quaternions, mounts that are rotations. Not RT-safe, but for
// calibration_is_part.
#ifndef POISE_RECORD_CALIBRATION_TEXT_H
#define POISE_RECORD_CALIBRATION_TEXT_H

#include "frames/calibration.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// A new object; NULL without memory.
json_t *calibration_object(const struct calibration *calibration);

// 0, or -EINVAL and in error a sentence that names the key. besides: keys that may stand beside a calibration's own,
// every other one is an error (NULL-terminated); NULL: what is not known is passed over. On error *calibration is
// unchanged.
__attribute__((warn_unused_result)) int calibration_read(struct calibration *calibration, const json_t *object,
                                                         const char *const *besides, char *error, size_t error_size);

// Everything in part is in whole too, bit for bit: the same stands, no other site or fit. RT-safe.
bool calibration_is_part(const struct calibration *part, const struct calibration *whole);

#endif
