/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c -- gradaudit convert: a model of any supported format, as a safetensors file */
#include <stdio.h>

#include "cli/command.h"

typedef struct {
    sources in;
    const char *out;
} convert_options;

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    convert_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->in;
        return 0;
    case ARGP_KEY_ARG:
        if (o->out != NULL)
            usage_error(state, "one model in and one out, not also '%s'", arg);
        *(o->in.model_path == NULL ? &o->in.model_path : &o->out) = arg;
        return 0;
    case ARGP_KEY_END:
        if (o->out == NULL)
            usage_error(state, "which model, and where to?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int
command_convert(int argc, char **argv)
{
    static const struct argp_child children[] = { { &model_argp, 0, NULL, 1 }, { 0 } };
    static const struct argp argp = {
        NULL, parse, "IN OUT",
        "Writes a model as a safetensors file: fc1.weight [outputs, inputs], fc1.bias, fc2.weight and so on, with its activation, "
        "a softmax at its end, and what it does to its inputs before the first layer (gradients are with respect to the result). "
        "IN is a safetensors file with a PyTorch state_dict's names, an ONNX file, a .npz file of NumPy arrays, or a folder of "
        ".npy files. Every weight is the number it was: F16 and BF16 are widened to F32, and mixed types to the widest, which is "
        "exact."
        "\vExample:\n"
        "  gradaudit convert keras.npz model.safetensors --activation relu",
        children, NULL, NULL
    };
    convert_options o = { 0 };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    if (sources_spare(&o.in, o.out, &st) == GA_OK && sources_read_model(&o.in, &st) == GA_OK)
        ga_model_write(o.in.model, o.out, &st);
    sources_free(&o.in);
    return command_end(&st);
}
