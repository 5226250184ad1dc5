/* SPDX-License-Identifier: Apache-2.0 */
/* npy.h -- arrays in NumPy's .npy files: "\x93NUMPY", the format's version (1.0, 2.0, 3.0) in two bytes, the header's length in
   two (1.0) or four, a Python dict { 'descr': dtype, 'fortran_order': False, 'shape': (…), } padded with spaces to a newline,
   the numbers. The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#ifndef GRADAUDIT_IO_NPY_H
#define GRADAUDIT_IO_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gradaudit/model.h>

#include "core/status.h"

#include "io/file.h"
#include "num/format.h"

/* '<f4', '<f8', '|u1', '<i8', which we write too; and '<f2', '|i1', '<i2', '<i4', '<u2', '<u4', '|b1', and for bfloat16 '|V2'. */
typedef enum { NPY_F32, NPY_F64, NPY_U8, NPY_I64, NPY_F16, NPY_I8, NPY_I16, NPY_I32, NPY_U16, NPY_U32, NPY_BOOL,
               NPY_BF16 } npy_dtype;

enum {
    NPY_DIMS = 4,             /* the most dimensions we read */
    NPY_HEADER_CAP = 1 << 16, /* the longest header we read */
    NPY_FIRST = NPY_HEADER_CAP + 12, /* the most bytes before the numbers */
    NPY_TEXT = 256,           /* the longest string that is kept, with its end */
    NPY_HEADER = 128,         /* bytes before the numbers in the files we write, of two dimensions */
    NPY_HEADER_ROOM = 1024    /* of up to 32 */
};

/* Of an array that holds a format's numbers: float32 if all are binary32 numbers, else float64. */
static inline npy_dtype
npy_dtype_of(ga_format format)
{
    ga_dtype dtype;
    return format_dtype(&dtype, format) && dtype == GA_F32 ? NPY_F32 : NPY_F64;
}

static inline size_t
npy_dtype_size(npy_dtype dtype)
{
    static const size_t size[] = { [NPY_F32] = 4, [NPY_F64] = 8, [NPY_U8] = 1,  [NPY_I64] = 8, [NPY_F16] = 2, [NPY_I8] = 1,
                                   [NPY_I16] = 2, [NPY_I32] = 4, [NPY_U16] = 2, [NPY_U32] = 4, [NPY_BOOL] = 1, [NPY_BF16] = 2 };
    return size[dtype];
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct npy {
    npy_dtype dtype;
    bool big_endian, fortran; /* how the numbers lie: fortran: the first index runs fastest, else the last */
    bool scalar;          /* one number or string, of any type, without dimensions: only npy_look finds it. The dtype and n = 1 are
                             known of a floating-point number alone */
    bool objects;         /* of npy_look, which refused them */
    char text[NPY_TEXT];  /* a scalar string of printable ASCII; "" for another, or if it is longer than the bytes looked at */
    size_t n_dims;        /* 1 to NPY_DIMS; 0 for a scalar */
    size_t dim[NPY_DIMS]; /* dim[0..n_dims-1], each at least 1 */
    size_t n;             /* their product */
    const void *data;     /* n numbers as they are in the file, aligned for their type */
    file_view file;       /* what they are in, with its digest */
} npy;

/* Reads an array of one of the dtypes above, in either index order and either byte order, from a file of at most FILE_CAP bytes
   (io/file.h). GA_BAD_FILE if it is none, if its size is not exactly what its header promises, and for what we do not take (other
   dtypes, fields, objects, 0 or more than 4 dimensions, empty arrays), with what to do in NumPy; else as file_read. On failure
   *array is NULL. */
ga_code npy_read(npy **array, const char *path, ga_status *st);

/* The same from the bytes of such a file, not mapped, which the array owns from now on, on failure too. name replaces the path in
   messages. */
ga_code npy_parse(npy **array, file_view *file, const char *name, ga_status *st);

/* Tells what a file of size bytes holds, or why it is refused, from its first bytes, NPY_FIRST of them or all. Those stay the
   caller's, and array->data, in them, is not aligned. Nothing to free. */
ga_code npy_look(npy *array, const file_bytes *first, size_t size, const char *name, ga_status *st);

/* GA_BAD_FILE for a scalar. */
ga_code npy_need_array(const npy *array, const char *name, ga_status *st);

/* A file_bound_function (io/file.h): what the header promises, and more; 0 for a header that is refused. */
size_t npy_bound(const uint8_t *bytes, size_t n);

void npy_free(npy *array);

/* *value = element i < n, exactly, counted with the last index fastest, however they lie; false for an int64 that no double equals,
   and *value is then the nearest. NaN stays NaN; every non-zero truth value is 1, as in NumPy. */
bool npy_get(double *value, const npy *array, size_t i);

/* ---- in memory -------------------------------------------------------------------------------------------------- */

/* The bytes before the numbers in the file that numpy.save writes, padded so that the numbers begin at a multiple of 64. type: as
   NumPy spells it, such as "<f4"; at most 32 dimensions. Returns how many there are. */
size_t npy_make_header(char header[NPY_HEADER_ROOM], const char *type, size_t n_dims, const size_t *dim);

/* The file that numpy.save writes of the numbers, with its digest; the caller's to file_unmap. Its header says what numbers->type
   does, which may be what npy_parse refuses. name: what messages call it. GA_USAGE, GA_NO_MEMORY; *file is then empty. */
ga_code npy_save(file_view *file, const ga_array *numbers, const char *name, ga_status *st);

/* The same, read by npy_parse. */
ga_code npy_of_array(npy **array, const ga_array *numbers, const char *name, ga_status *st);

/* The array of that file, whose numbers stay the caller's: nothing to free, and nothing is copied. sha256 (or NULL): the file's. */
ga_code npy_lend(npy *array, char sha256[DIGEST_TEXT], const ga_array *numbers, const char *name, ga_status *st);

/* ---- writing, row by row ---------------------------------------------------------------------------------------- */

/* An array of two dimensions being written to PATH. Until npy_writer_finish its rows go to a partial file,
   .gradaudit-NAME.partial in the same directory, of full size from the beginning; rows that were not put are zeros. The partial
   file survives what ends the program, and can be resumed. It is locked if the file system has locks: of two programs that
   write PATH one is refused. As with out_open a path that is a device is written in place, a symbolic link stays, and its target
   is replaced. */
typedef struct npy_writer npy_writer;

/* Begins an array of rows x cols, both at least 1. Space is reserved if the file system can, so that a full disk is found here.
   With resume the partial file of an earlier writer of the same dtype, rows and cols goes on with the rows it has; GA_USAGE if
   there is none, or it is another array's. Without it an earlier writer's leftovers are removed. GA_USAGE for sizes that are 0 or
   overflow, and while another writer has the file; GA_IO_ERROR, GA_NO_MEMORY. On failure *writer is NULL, and a partial file that
   could be resumed still can. */
ga_code npy_writer_open(npy_writer **writer, const char *path, npy_dtype dtype, size_t rows, size_t cols, bool resume,
                        ga_status *st);

/* Writes rows row..row+n_rows-1 from data[0..n_rows*cols-1]. In any order, from several threads, and again with the same numbers.
   GA_USAGE for rows outside the array; GA_IO_ERROR when writing fails, after which this writer cannot finish. */
ga_code npy_writer_put(npy_writer *writer, size_t row, size_t n_rows, const void *data, ga_status *st);

/* Syncs what was put, for a log of the rows that are done. */
ga_code npy_writer_sync(npy_writer *writer, ga_status *st);

/* Syncs, renames the partial file to its final name, and frees the writer. On failure nothing is lost: the old file of that name is
   kept, and the writer is still to be suspended or discarded. */
ga_code npy_writer_finish(npy_writer *writer, ga_status *st);

/* Syncs the partial file, leaves it to be resumed, and frees the writer, on failure too. */
ga_code npy_writer_suspend(npy_writer *writer, ga_status *st);

/* Removes the partial file and frees the writer, which may be NULL. */
void npy_writer_discard(npy_writer *writer);

#endif
