/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c -- gradaudit convert: a model of any supported format, as a safetensors file */
#include <stdio.h>

#include "cli/command.h"

typedef struct {
    sources in;
    const char *out;
} options;

static ga_code
read_path(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    if (o->out != NULL)
        return ga_fail(st, GA_USAGE, "one %s, not also '%s'", row->value, text);
    *(o->in.model_path == NULL ? &o->in.model_path : &o->out) = text;
    return GA_OK;
}

static const option_row rows[] = { { NULL, 0, "model in and one out", NULL, BY(read_path) }, { 0 } };

static ga_code
check(void *into, ga_status *st)
{
    return ((const options *)into)->out != NULL ? GA_OK : ga_fail(st, GA_USAGE, "which model, and where to?");
}

int
command_convert(int argc, char **argv)
{
    static const option_part parts[] = { { &model_set, offsetof(options, in) }, { NULL, 0 } };
    static const command_line line = {
        rows, check, parts, "IN OUT",
        "Writes a model as a safetensors file: fc1.weight [outputs, inputs], fc1.bias, fc2.weight and so on, prelu1.weight where "
        "PReLU stands behind layer 1, with its activation, "
        "a softmax at its end, and what it does to its inputs before the first layer (gradients are with respect to the result). "
        "IN is a safetensors file with a PyTorch state_dict's names, an ONNX file, a .npz file of NumPy arrays, or a folder of "
        ".npy files. Every weight is the number it was: F16 and BF16 are widened to F32, and mixed types to the widest, which is "
        "exact."
        "\vExample:\n"
        "  gradaudit convert keras.npz model.safetensors --activation relu"
    };
    options o = { 0 };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    if (sources_spare(&o.in, o.out, &st) == GA_OK && sources_read_model(&o.in, &st) == GA_OK &&
        sources_warn(&o.in, false, &st) == GA_OK)
        ga_model_write(o.in.model, o.out, &st);
    sources_free(&o.in);
    return command_end(&st);
}
