/* SPDX-License-Identifier: Apache-2.0 */
/* audit_tile.c -- see audit_tile.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_tile.h"
#include "report/html.h"
#include "report/png.h"

enum { SHADES = 6, ZERO = 2 * SHADES, UNKNOWN, N_SIGNED };

/* Negative, from small to large; positive; 0; unknown. The colour-blind can tell the two hues apart. */
static const uint8_t signed_colour[N_SIGNED][3] = {
    { 0xc6, 0xdc, 0xef }, { 0x9b, 0xc3, 0xe2 }, { 0x6a, 0xa5, 0xd2 }, { 0x3d, 0x84, 0xbd }, { 0x1b, 0x62, 0x9f },
    { 0x08, 0x3f, 0x73 }, { 0xfc, 0xd9, 0xb5 }, { 0xfb, 0xb8, 0x77 }, { 0xf2, 0x93, 0x3f }, { 0xd9, 0x6f, 0x13 },
    { 0xad, 0x50, 0x03 }, { 0x77, 0x34, 0x00 }, { 0xff, 0xff, 0xfb }, { 0xd4, 0x4a, 0xc8 },
};

/* What is known of each channel: neighbouring elements, as many of each. */
typedef struct {
    const json_t *list; /* or NULL: nothing is */
    size_t run;         /* elements of a channel */
} by_channel;

static by_channel
by_channel_of(const json_t *list, size_t n_elements)
{
    const size_t channels = json_array_size(list);
    const bool fits = channels > 0 && n_elements % channels == 0;
    return fits ? (by_channel){ list, n_elements / channels } : (by_channel){ NULL, n_elements };
}

typedef struct {
    const uint8_t *pixel;
    const char *sign; /* of the gradient that was added; NULL: none was */
    double eps;
    by_channel range;     /* of the data, else 0 to 1 */
    by_channel direction; /* of the network's own steps on its inputs, else 1 */
} input;

/* The step along the sign, relative to the element's input range. */
static double
step_of(const input *in, size_t i)
{
    const json_t *const bounds = json_array_get(in->range.list, i / in->range.run);
    const json_t *const direction = json_array_get(in->direction.list, i / in->direction.run);
    const double span = json_number_value(json_array_get(bounds, 1)) - json_number_value(json_array_get(bounds, 0));
    const double step = span > 0 ? in->eps / span : in->range.list == NULL ? in->eps : 0;
    return direction != NULL ? step * json_number_value(direction) : step;
}

/* An input, its range scaled to 0 to 1. */
static double
level(const input *in, size_t i)
{
    double x = in->pixel[i] / 255.0;
    if (in->sign != NULL)
        x += in->sign[i] == '+' ? step_of(in, i) : in->sign[i] == '-' ? -step_of(in, i) : 0;
    return fmin(fmax(x, 0), 1);
}

/* The position of the input 0, or the end of the range nearer to it, between 0 and 1. */
static double
level_of_zero(const input *in, size_t i)
{
    const json_t *const bounds = json_array_get(in->range.list, i / in->range.run);
    const double low = json_number_value(json_array_get(bounds, 0)), high = json_number_value(json_array_get(bounds, 1));
    return low < high ? fmin(fmax(-low / (high - low), 0), 1) : 0;
}

typedef struct {
    const char *sign;
    const int64_t *decade;
    double low, high; /* decades of non-zero elements; low > high: none */
    bool unknown;
} gradient;

/* From above 0, the least decade, to 1, the greatest; not for 0. */
static double
strength(const gradient *g, size_t i)
{
    return ((double)g->decade[i] - g->low + 1) / (g->high - g->low + 1);
}

static size_t
shade(const gradient *g, size_t i)
{
    if (g->sign[i] != '+' && g->sign[i] != '-')
        return g->sign[i] == '0' ? ZERO : UNKNOWN;
    return (g->sign[i] == '+' ? SHADES : 0) + (size_t)fmin(fmax(ceil(SHADES * strength(g, i)), 1), SHADES) - 1;
}

static gradient
gradient_of(const part_picture *p, size_t which, size_t n)
{
    gradient g = { .sign = p->sign[which], .decade = p->decade[which], .low = INFINITY, .high = -INFINITY };
    for (size_t i = 0; i < n; i++) {
        g.unknown = g.unknown || g.sign[i] == '?';
        if (g.sign[i] != '+' && g.sign[i] != '-')
            continue;
        g.low = fmin(g.low, (double)g.decade[i]);
        g.high = fmax(g.high, (double)g.decade[i]);
    }
    return g;
}

/* The colour of a pixel: of a gradient, of a channel of it. */
static void
input_colour(uint8_t rgb[3], const input *in, const layout *l, size_t row, size_t col)
{
    for (size_t c = 0; c < 3; c++) {
        const double x = level(in, layout_element(l, l->channels > 1 ? c : 0, row, col));
        const double opacity = l->channels == 4 ? level(in, layout_element(l, 3, row, col)) : 1;
        rgb[c] = (uint8_t)(255 * (x * opacity + 1 - opacity) + 0.5);
    }
}

/* A picture of the input, or if that is NULL of a channel of the gradient. Places without an element, ending a strip, are grey.
   False: out of memory. */
static bool
draw_pixels(FILE *out, const layout *l, const input *in, const gradient *g, size_t channel, const char *alt)
{
    const size_t rows = layout_rows(l), cols = layout_cols(l);
    const double shape = fmin(fmax((double)cols / (double)rows, 0.25), 4);
    uint8_t *const rgb = calloc(rows * cols, 3);
    if (rgb == NULL)
        return false;
    for (size_t k = 0; k < rows * cols; k++) {
        const size_t row = k / cols, col = k % cols, i = layout_element(l, channel, row, col);
        if (i >= l->n)
            memset(rgb + 3 * k, 0x80, 3);
        else if (in != NULL)
            input_colour(rgb + 3 * k, in, l, row, col);
        else
            memcpy(rgb + 3 * k, signed_colour[shade(g, i)], 3);
    }
    fprintf(out, "<img class=\"tile\" alt=\"%s\" style=\"aspect-ratio:%.3g\" src=\"", alt, shape);
    const bool done = png_uri(out, rgb, rows, cols);
    fputs("\">", out);
    free(rgb);
    return done;
}

/* Bars that grow from base to end above a foot of height 0 to 1. */
static void
draw_bar(FILE *out, size_t i, double base, double end, const char *style)
{
    fprintf(out, "<rect x=\"%.6g\" y=\"%.4g\" width=\".84\" height=\"%.4g\" %s/>", (double)i + 0.08, 100 * (1 - fmax(base, end)),
            100 * fabs(base - end), style);
}

static void
draw_bars(FILE *out, const layout *l, const input *in, const gradient *g, const char *alt)
{
    fprintf(out, "<svg class=\"tile bars\" viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\"><title>%s</title>",
            l->n, alt);
    for (size_t i = 0; i < l->n; i++) {
        char fill[24] = "class=\"bar\"";
        if (in != NULL) {
            draw_bar(out, i, level_of_zero(in, i), level(in, i), fill);
            continue;
        }
        const size_t colour = shade(g, i);
        const uint8_t *const rgb = signed_colour[colour];
        const double size = colour == ZERO ? 0 : colour == UNKNOWN ? 0.5 : 0.5 * strength(g, i);
        snprintf(fill, sizeof fill, "fill=\"#%02x%02x%02x\"", rgb[0], rgb[1], rgb[2]);
        draw_bar(out, i, colour == UNKNOWN ? 0 : 0.5, 0.5 + (g->sign[i] == '-' ? -size : size), fill);
    }
    fprintf(out, "<path class=\"line weak\" vector-effect=\"non-scaling-stroke\" d=\"M0 %.4gh%zu\"/></svg>",
            100 * (1 - (in != NULL ? level_of_zero(in, 0) : 0.5)), l->n);
}

bool
tile_input(FILE *out, const audit_view *v, const layout *l, const part_picture *p, const char *sign, double eps, const char *title,
           const char *says)
{
    const input in = { p->pixel, sign, eps, by_channel_of(json_object_get(json_object_get(v->head, "data"), "range"), l->n),
                       by_channel_of(json_object_get(json_object_get(v->head, "model"), "direction"), l->n) };
    bool done = true;
    fputs("<figure>", out);
    if (l->kind == LAYOUT_BARS)
        draw_bars(out, l, &in, NULL, title);
    else
        done = draw_pixels(out, l, &in, NULL, 0, title);
    fprintf(out, "<figcaption>%s<br><b>%s</b></figcaption></figure>\n", title, says);
    return done;
}

bool
tile_gradient(FILE *out, const layout *l, const part_picture *p, size_t which, const char *title)
{
    const gradient data = gradient_of(p, which, l->n);
    bool done = true;
    fputs("<figure>", out);
    if (l->kind == LAYOUT_BARS)
        draw_bars(out, l, NULL, &data, title);
    else {
        fputs(l->channels > 1 ? "<div class=\"channels\">" : "<div>", out);
        for (size_t c = 0; c < l->channels; c++)
            done = draw_pixels(out, l, NULL, &data, c, title) && done;
        fputs("</div>", out);
    }
    fprintf(out, "<figcaption>%s<br>", title);
    if (data.low <= data.high) {
        char end[48];
        snprintf(end, sizeof end, "10^%.0f", data.low);
        html_text(out, end);
        snprintf(end, sizeof end, "10^%.0f", data.high + 1);
        fputs(data.low < data.high ? "<br>to&nbsp;" : "", out);
        html_text(out, data.low < data.high ? end : "");
    } else if (data.unknown)
        fputs(which == PICTURE_EXACT ? "undecided" : "NaN", out);
    else
        fputs("all 0", out);
    fputs("</figcaption></figure>\n", out);
    return done;
}

void
tile_key(FILE *out)
{
    fputs("<svg class=\"key\" viewBox=\"0 0 13 1\" preserveAspectRatio=\"none\" role=\"img\"><title>from large negative over 0 to "
          "large positive</title>", out);
    for (size_t k = 0; k < 2 * SHADES + 1; k++) {
        const uint8_t *const rgb = signed_colour[k < SHADES ? SHADES - 1 - k : k == SHADES ? (size_t)ZERO : k - 1];
        fprintf(out, "<rect x=\"%zu\" width=\"1\" height=\"1\" fill=\"#%02x%02x%02x\"/>", k, rgb[0], rgb[1], rgb[2]);
    }
    fputs("</svg>", out);
}
