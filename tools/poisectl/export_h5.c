// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_h5.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEFLATE_LEVEL 4

void h5_init(void)
{
    H5dont_atexit(); // it would try again to write what could not be written
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

int h5_errno(void)
{
    return errno > 0 ? -errno : -EIO;
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t type_of(enum h5_kind kind, bool in_file)
{
    switch (kind) {
    case H5_FLOAT32:
        return H5Tcopy(in_file ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT);
    case H5_FLOAT64:
        return H5Tcopy(in_file ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
    case H5_INT32:
        return H5Tcopy(in_file ? H5T_STD_I32LE : H5T_NATIVE_INT32);
    case H5_TEXT:
        break;
    }
    return text_type();
}

static size_t bytes_of(enum h5_kind kind)
{
    return kind == H5_TEXT ? sizeof(char *) : kind == H5_FLOAT64 ? 8 : 4;
}

int h5_column_open(struct h5_column *column, hid_t group, const char *name, enum h5_kind kind, int width,
                   size_t chunk_rows)
{
    int rank = width > 1 ? 2 : 1;
    hsize_t empty[2] = {0, (hsize_t)width}, limit[2] = {H5S_UNLIMITED, (hsize_t)width};
    hsize_t chunk[2] = {chunk_rows, (hsize_t)width};
    *column = (struct h5_column){.kind = kind, .width = width, .chunk_rows = chunk_rows};
    column->row_bytes = bytes_of(kind) * (size_t)width;
    column->buffer = calloc(chunk_rows, column->row_bytes);
    if (!column->buffer)
        return -ENOMEM;
    errno = 0;
    hid_t space = H5Screate_simple(rank, empty, limit), type = type_of(kind, true);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE), cache = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk(layout, rank, chunk);
    if (kind != H5_TEXT) { // texts lie elsewhere in the file, their references do not compress
        H5Pset_shuffle(layout);
        H5Pset_deflate(layout, DEFLATE_LEVEL);
    }
    // Whole chunks are written, so one is enough; the default is 1 MiB for each of up to thousands of columns.
    H5Pset_chunk_cache(cache, 3, chunk_rows * 16 * (size_t)width, 1.0);
    column->dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, layout, cache);
    H5Pclose(cache);
    H5Pclose(layout);
    H5Tclose(type);
    H5Sclose(space);
    if (column->dataset > 0)
        return 0;
    column->dataset = 0;
    return h5_errno();
}

static void drop_texts(struct h5_column *column)
{
    char **texts = (char **)(void *)column->buffer;
    for (size_t i = 0; column->kind == H5_TEXT && i < column->n_buffered; i++)
        free(texts[i]);
    column->n_buffered = 0;
}

static int flush(struct h5_column *column)
{
    if (column->n_buffered == 0)
        return 0;
    int rank = column->width > 1 ? 2 : 1;
    hsize_t start[2] = {column->n_rows, 0}, count[2] = {column->n_buffered, (hsize_t)column->width};
    hsize_t size[2] = {column->n_rows + column->n_buffered, (hsize_t)column->width};
    errno = 0;
    herr_t rc = H5Dset_extent(column->dataset, size);
    hid_t file_space = H5Dget_space(column->dataset), space = H5Screate_simple(rank, count, NULL);
    hid_t type = type_of(column->kind, false);
    if (rc >= 0)
        rc = H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL);
    if (rc >= 0)
        rc = H5Dwrite(column->dataset, type, space, file_space, H5P_DEFAULT, column->buffer);
    int error = rc >= 0 ? 0 : h5_errno();
    H5Tclose(type);
    H5Sclose(space);
    H5Sclose(file_space);
    column->n_rows += column->n_buffered;
    drop_texts(column);
    return error;
}

int h5_column_put(struct h5_column *column, const void *row)
{
    memcpy(column->buffer + column->n_buffered * column->row_bytes, row, column->row_bytes);
    column->n_buffered++;
    return column->n_buffered == column->chunk_rows ? flush(column) : 0;
}

int h5_column_put_text(struct h5_column *column, const char *text)
{
    char *copy = strdup(text);
    return copy ? h5_column_put(column, &copy) : -ENOMEM;
}

int h5_column_put_real(struct h5_column *column, double value)
{
    return h5_column_put(column, &value);
}

int h5_column_close(struct h5_column *column)
{
    if (column->dataset <= 0) {
        free(column->buffer);
        column->buffer = NULL;
        return 0;
    }
    int rc = flush(column);
    errno = 0;
    if (H5Dclose(column->dataset) < 0 && rc == 0)
        rc = h5_errno();
    free(column->buffer);
    *column = (struct h5_column){0};
    return rc;
}

hid_t h5_group(hid_t parent, const char *name)
{
    errno = 0;
    return H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

int h5_attribute_text(hid_t object, const char *name, const char *text)
{
    errno = 0;
    hid_t space = H5Screate(H5S_SCALAR), type = text_type();
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t rc = attribute > 0 ? H5Awrite(attribute, type, &text) : -1;
    int error = rc >= 0 ? 0 : h5_errno();
    if (attribute > 0)
        H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    return error;
}

int h5_attribute_reals(hid_t object, const char *name, const double *values, int n)
{
    errno = 0;
    hsize_t size = (hsize_t)n;
    hid_t space = n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, NULL);
    hid_t attribute = H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t rc = attribute > 0 ? H5Awrite(attribute, H5T_NATIVE_DOUBLE, values) : -1;
    int error = rc >= 0 ? 0 : h5_errno();
    if (attribute > 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return error;
}
