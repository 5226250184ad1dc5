/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_array.c -- the numbers of a TensorProto; see onnx.h */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx.h"
#include "io/wire.h"
#include "num/dtype.h"

/* Where numbers of a type may be: in raw_data, or in one typed field, an int32 for each of 16 bits. */
typedef struct {
    int type;
    bool integers;
    tensor_element element;
    size_t size, stride, n; /* bytes of a number in raw_data, and from one to the next in the typed field, which has n */
    const void *typed;
    unsigned field; /* the typed one */
} home;

static bool
find_home(home *h, const Onnx__TensorProto *t)
{
    const home homes[] = {
        { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, false, ELEMENT_F32, 4, 4, t->n_float_data, t->float_data, WIRE_FLOAT_DATA },
        { ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, false, ELEMENT_F64, 8, 8, t->n_double_data, t->double_data, WIRE_DOUBLE_DATA },
        { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, false, ELEMENT_F16, 2, 4, t->n_int32_data, t->int32_data, WIRE_INT32_DATA },
        { ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, false, ELEMENT_BF16, 2, 4, t->n_int32_data, t->int32_data, WIRE_INT32_DATA },
        { ONNX__TENSOR_PROTO__DATA_TYPE__INT64, true, ELEMENT_F64, 8, 8, t->n_int64_data, t->int64_data, WIRE_INT64_DATA },
        { ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, true, ELEMENT_F64, 1, 1, 0, NULL, WIRE_RAW_DATA },
    };
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        if (t->has_data_type && t->data_type == homes[i].type) {
            *h = homes[i];
            return true;
        }
    return false;
}

static const char *
type_name(const Onnx__TensorProto *t)
{
    const ProtobufCEnumValue *const value =
        protobuf_c_enum_descriptor_get_value(&onnx__tensor_proto__data_type__descriptor, t->has_data_type ? t->data_type : 0);
    return value != NULL ? value->name : "unknown";
}

static ga_code
read_dims(onnx_array *a, const Onnx__TensorProto *t, const tensors_source *source)
{
    if (t->n_dims > ONNX_DIMS)
        return SOURCE_FAULT(source, "tensor '%s': more than %d dimensions", a->name, ONNX_DIMS);
    a->n = 1;
    a->n_dims = t->n_dims;
    for (size_t d = 0; d < t->n_dims; d++) {
        const bool none = t->dims[d] == 0 && t->n_dims == 1; /* what an operator does not need */
        if ((t->dims[d] <= 0 && !none) || (uint64_t)t->dims[d] > SIZE_MAX)
            return SOURCE_FAULT(source, "tensor '%s': a dimension is %" PRId64, a->name, t->dims[d]);
        a->dim[d] = (size_t)t->dims[d];
        if (__builtin_mul_overflow(a->n, a->dim[d], &a->n))
            return SOURCE_FAULT(source, "tensor '%s': the product of its dimensions overflows", a->name);
    }
    return GA_OK;
}

/* Where the tensor's n numbers are. */
static ga_code
find_numbers(onnx_array *a, const home *h, const Onnx__TensorProto *t, const file_bytes *file, const tensors_source *source)
{
    wire_numbers numbers = { 0 };
    size_t bytes, n = h->n;
    if (t->has_raw_data)
        memcpy(&numbers, t->raw_data.data, sizeof numbers); /* as wire_read made it */
    if (numbers.field == WIRE_RAW_DATA && (__builtin_mul_overflow(a->n, h->size, &bytes) || bytes != numbers.size))
        return SOURCE_FAULT(source, "tensor '%s': its %zu bytes of raw_data are not %zu numbers of %zu bytes", a->name,
                            numbers.size, a->n, h->size);
    if (numbers.field == WIRE_INT32_DATA && h->field == WIRE_INT32_DATA && numbers.size >= a->n) {
        a->data = file->data + numbers.at;
        a->packed = numbers.size;
        a->stride = h->size;
        return GA_OK;
    }
    if (t->has_raw_data && numbers.field != WIRE_RAW_DATA)
        n = numbers.field == h->field ? numbers.size / (h->field == WIRE_INT32_DATA ? 1 : h->size) : 0;
    if (numbers.field != WIRE_RAW_DATA && n != a->n)
        return SOURCE_FAULT(source, "tensor '%s': it has %zu numbers of its type, not %zu", a->name, n, a->n);
    for (size_t i = 0; !t->has_raw_data && h->size == 2 && i < a->n; i++)
        if (t->int32_data[i] < 0 || t->int32_data[i] > 0xffff)
            return SOURCE_FAULT(source, "tensor '%s': element %zu has more than 16 bits", a->name, i);
    a->stride = t->has_raw_data ? h->size : h->stride;
    a->data = t->has_raw_data ? file->data + numbers.at : h->typed;
    return GA_OK;
}

/* The path goes into the advice if Python needs no escapes for it. */
static ga_code
refuse_external(const tensors_source *source, const char *name)
{
    const char *path = source->path;
    for (const char *s = path; *s != '\0'; s++)
        if (*s < ' ' || *s > '~' || strchr("'\"\\$`", *s) != NULL || s - path > 100)
            path = "model.onnx";
    return SOURCE_FAULT(source, "tensor '%.60s': its numbers are in another file. With Debian's python3-onnx: "
                                "/usr/bin/python3 -c \"import onnx; onnx.save(onnx.load('%s'), 'whole.onnx')\"", name, path);
}

ga_code
onnx_array_make(onnx_array *a, const Onnx__TensorProto *t, const char *name, const file_bytes *file, const tensors_source *source)
{
    home h;
    *a = (onnx_array){ .name = name };

    if ((t->has_data_location && t->data_location != ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT) || t->n_external_data > 0)
        return refuse_external(source, name);
    if (!find_home(&h, t))
        return SOURCE_FAULT(source, "tensor '%s': its type %s is not FLOAT, DOUBLE, FLOAT16 or BFLOAT16", name, type_name(t));
    if (t->segment != NULL)
        return SOURCE_FAULT(source, "tensor '%s': it is a segment of one", name);
    const ga_code code = read_dims(a, t, source);
    if (code != GA_OK)
        return code;
    if (t->has_raw_data + (t->n_float_data > 0) + (t->n_double_data > 0) + (t->n_int32_data > 0) + (t->n_int64_data > 0) +
            (t->n_string_data > 0) + (t->n_uint64_data > 0) > 1)
        return SOURCE_FAULT(source, "tensor '%s': it has numbers in more than one field", name);
    a->integers = h.integers;
    a->element = h.element;
    return find_numbers(a, &h, t, file, source);
}

ga_code
onnx_array_unpack(onnx_array *a, uint8_t **own, tensors_source *source)
{
    const uint8_t *at = a->data, *const end = at + a->packed;
    *own = NULL;
    if (a->packed == 0)
        return GA_OK;
    const ga_code code = source_take(source, a->n * a->stride); /* no more than twice what the file has */
    if (code != GA_OK)
        return code;
    if ((*own = malloc(a->n * a->stride)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory for %zu bytes", a->n * a->stride);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t v;
        const int n = wire_varint(&v, at, end, WIRE_VARINT_BYTES);
        if (n == WIRE_TRUNCATED)
            return SOURCE_FAULT(source, "tensor '%s': it has %zu numbers of its type, not %zu", a->name, i, a->n);
        if (n < 0 || v > 0xffff)
            return SOURCE_FAULT(source, "tensor '%s': element %zu has more than 16 bits", a->name, i);
        at += n;
        memcpy(*own + i * a->stride, &(uint16_t){ (uint16_t)v }, sizeof(uint16_t));
    }
    if (at != end)
        return SOURCE_FAULT(source, "tensor '%s': it has more than %zu numbers", a->name, a->n);
    a->data = *own;
    a->packed = 0;
    return GA_OK;
}

double
onnx_array_number(const onnx_array *a, size_t i)
{
    uint32_t bits = 0;
    double d;
    float f;
    if (a->element == ELEMENT_F64) {
        memcpy(&d, a->data + i * a->stride, sizeof d);
        return d;
    }
    memcpy(&bits, a->data + i * a->stride, tensor_element_size(a->element));
    if (a->element != ELEMENT_F32)
        bits = a->element == ELEMENT_F16 ? dtype_widen_binary16(bits) : bits << 16;
    memcpy(&f, &bits, sizeof f);
    return f;
}

int64_t
onnx_array_integer(const onnx_array *a, size_t i)
{
    int64_t v;
    if (a->stride == 1)
        return a->data[i] != 0;
    memcpy(&v, a->data + i * a->stride, sizeof v);
    return v;
}

ga_code
onnx_array_finite(onnx_array *a, const tensors_source *source)
{
    for (size_t i = 0; !a->finite && i < a->n; i++) {
        const double x = onnx_array_number(a, i);
        if (!isfinite(x))
            return SOURCE_FAULT(source, "tensor '%s': element %zu is %s", a->name, i, isnan(x) ? "NaN" : "infinite");
    }
    a->finite = true;
    return GA_OK;
}
