// SPDX-License-Identifier: GPL-3.0-or-later
// Columns of an HDF5 file that grow row by row: chunked, compressed, with a buffer of one chunk each, so memory does
// not grow with them. Every int is 0 or a negative errno.
#ifndef POISE_POISECTL_EXPORT_H5_H
#define POISE_POISECTL_EXPORT_H5_H

#include <hdf5.h>
#include <stddef.h>

enum h5_kind { H5_FLOAT32, H5_FLOAT64, H5_INT32, H5_TEXT };

struct h5_column {
    hid_t dataset; // 0: not open
    enum h5_kind kind;
    int width; // 1: a vector, else a matrix [rows × width]
    unsigned char *buffer;
    size_t row_bytes, chunk_rows, n_buffered;
    unsigned long long n_rows; // in the file
};

void h5_init(void); // no messages of its own, nothing at exit
__attribute__((warn_unused_result)) int h5_column_open(struct h5_column *column, hid_t group, const char *name,
                                                       enum h5_kind kind, int width, size_t chunk_rows);
// One row of width values of the column's kind; of H5_TEXT a const char * to the text.
__attribute__((warn_unused_result)) int h5_column_put(struct h5_column *column, const void *row);
__attribute__((warn_unused_result)) int h5_column_put_text(struct h5_column *column, const char *text);
__attribute__((warn_unused_result)) int h5_column_put_real(struct h5_column *column, double value); // H5_FLOAT64
// Writes what is buffered, closes and frees; also of one that is not open.
__attribute__((warn_unused_result)) int h5_column_close(struct h5_column *column);

hid_t h5_group(hid_t parent, const char *name); // negative on failure
__attribute__((warn_unused_result)) int h5_attribute_text(hid_t object, const char *name, const char *text);
__attribute__((warn_unused_result)) int h5_attribute_reals(hid_t object, const char *name, const double *values, int n);
int h5_errno(void); // negative errno of the call that has failed just now; set errno to 0 before it

#endif
