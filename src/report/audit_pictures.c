/* SPDX-License-Identifier: Apache-2.0 */
/* audit_pictures.c -- the images that were affected most, as pictures; see audit_page.h */
#include <math.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_page.h"
#include "report/html.h"

/* A picture of more elements than MOST_CELLS is thinned out, for the size of the page. */
enum { MOST_CELLS = 2500, GREYS = 17, SHADES = 6, ZERO = 2 * SHADES, UNKNOWN, N_SIGNED };

/* Negative, from small to large; positive; 0; unknown. The two hues are told apart by the colour-blind. */
static const char *const signed_colour[N_SIGNED] = { "#c6dcef", "#9bc3e2", "#6aa5d2", "#3d84bd", "#1b629f", "#083f73",
                                                     "#fcd9b5", "#fbb877", "#f2933f", "#d96f13", "#ad5003", "#773400",
                                                     "#fffffb", "#d44ac8" };

/* A grid of rows x cols, every step-th element in each direction. */
typedef struct {
    size_t rows, cols, step_rows, step_cols;
} grid;

static size_t
grid_cells(const grid *g)
{
    return ((g->rows + g->step_rows - 1) / g->step_rows) * ((g->cols + g->step_cols - 1) / g->step_cols);
}

/* The data's rows and columns where they hold the elements, else a strip. */
static grid
grid_of(const audit_view *v)
{
    const json_t *data = json_object_get(v->head, "data");
    const size_t n = v->p->shape.n_elements;
    grid g = { (size_t)amount_integer(data, "rows"), (size_t)amount_integer(data, "columns"), 1, 1 };
    if (g.rows == 0 || g.cols == 0 || g.rows > n || n % g.rows != 0 || n / g.rows != g.cols)
        g = (grid){ 1, n, 1, 1 };
    while (grid_cells(&g) > MOST_CELLS) {
        g.step_cols++;
        g.step_rows = g.rows > 1 ? g.step_cols : 1;
    }
    return g;
}

/* The colour of an element, as an index. */
typedef size_t colour_of(const void *data, size_t element);

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
    by_channel direction; /* of what the network does to its inputs first, else 1 */
} input;

/* The step along the sign, in units of what the element's input can be. */
static double
step_of(const input *in, size_t i)
{
    const json_t *const bounds = json_array_get(in->range.list, i / in->range.run);
    const json_t *const direction = json_array_get(in->direction.list, i / in->direction.run);
    const double span = json_number_value(json_array_get(bounds, 1)) - json_number_value(json_array_get(bounds, 0));
    const double step = span > 0 ? in->eps / span : in->range.list == NULL ? in->eps : 0;
    return direction != NULL ? step * json_number_value(direction) : step;
}

static size_t
grey(const void *data, size_t i)
{
    const input *in = data;
    double x = in->pixel[i] / 255.0;
    if (in->sign != NULL)
        x += in->sign[i] == '+' ? step_of(in, i) : in->sign[i] == '-' ? -step_of(in, i) : 0;
    return (size_t)(fmin(fmax(x, 0), 1) * (GREYS - 1) + 0.5);
}

typedef struct {
    const char *sign;
    const int64_t *decade;
    double low, high; /* of the decades of what is not 0; low > high: all is */
    bool unknown;
} gradient;

static size_t
shade(const void *data, size_t i)
{
    const gradient *g = data;
    if (g->sign[i] != '+' && g->sign[i] != '-')
        return g->sign[i] == '0' ? ZERO : UNKNOWN;
    const double level = floor(((double)g->decade[i] - g->low) / (g->high - g->low + 1) * SHADES);
    return (g->sign[i] == '+' ? SHADES : 0) + (g->low == g->high ? SHADES - 1 : (size_t)fmin(fmax(level, 0), SHADES - 1));
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

/* Runs of one colour in a row, as strokes; all runs of a colour in one path. The most frequent colour is the background. */
static void
draw(FILE *out, const grid *g, colour_of *of, const void *data, size_t n_colours, bool greys)
{
    const size_t cols = (g->cols + g->step_cols - 1) / g->step_cols, rows = (g->rows + g->step_rows - 1) / g->step_rows;
    size_t count[GREYS > N_SIGNED ? GREYS : N_SIGNED] = { 0 }, ground = 0;
    for (size_t k = 0; k < rows * cols; k++)
        count[of(data, k / cols * g->step_rows * g->cols + k % cols * g->step_cols)]++;
    for (size_t c = 0; c < n_colours; c++)
        ground = count[c] > count[ground] ? c : ground;
    fprintf(out, "<svg class=\"tile\" viewBox=\"0 -.5 %zu %zu\" preserveAspectRatio=\"none\"%s>", cols, rows,
            cols > 6 * rows ? " style=\"height:3rem\"" : "");
    for (size_t k = 0; k < n_colours; k++) {
        const size_t c = k == 0 ? ground : k <= ground ? k - 1 : k;
        char colour[8];
        const unsigned level = (unsigned)(c * 255 / (GREYS - 1));
        if (count[c] == 0)
            continue;
        snprintf(colour, sizeof colour, "#%02x%02x%02x", level & 255, level & 255, level & 255);
        fprintf(out, "<path stroke=\"%s\" d=\"", greys ? colour : signed_colour[c]);
        for (size_t y = 0; y < rows; y++) {
            if (c == ground) {
                fprintf(out, "M0 %zuh%zu", y, cols);
                continue;
            }
            for (size_t x = 0; x < cols; x++) {
                size_t run = 0;
                while (x + run < cols && of(data, y * g->step_rows * g->cols + (x + run) * g->step_cols) == c)
                    run++;
                if (run > 0)
                    fprintf(out, "M%zu %zuh%zu", x, y, run);
                x += run;
            }
        }
        fputs("\"/>", out);
    }
    fputs("</svg>", out);
}

static void
input_tile(FILE *out, const audit_view *v, const part_picture *p, const char *sign, double eps, const char *title, const char *says)
{
    const grid g = grid_of(v);
    const size_t n = v->p->shape.n_elements;
    const input in = { p->pixel, sign, eps, by_channel_of(json_object_get(json_object_get(v->head, "data"), "range"), n),
                       by_channel_of(json_object_get(json_object_get(v->head, "model"), "direction"), n) };
    fputs("<figure>", out);
    draw(out, &g, grey, &in, GREYS, true);
    fprintf(out, "<figcaption>%s<br><b>%s</b></figcaption></figure>\n", title, says);
}

static void
gradient_tile(FILE *out, const grid *g, const part_picture *p, size_t which, size_t n, const char *title)
{
    const gradient data = gradient_of(p, which, n);
    fputs("<figure>", out);
    draw(out, g, shade, &data, N_SIGNED, false);
    fprintf(out, "<figcaption>%s<br>", title);
    if (data.low <= data.high) {
        char range[96];
        snprintf(range, sizeof range, data.low < data.high ? "10^%.0f to 10^%.0f" : "10^%.0f", data.low,
                 data.high + (data.low < data.high));
        html_text(out, range);
    } else
        fputs(data.unknown ? "unknown" : "all 0", out);
    fputs("</figcaption></figure>\n", out);
}

static const char *
says(const json_t *picture, const char *key)
{
    const json_t *fools = json_object_get(picture, key);
    return json_is_true(fools) ? "\u2717 errs" : json_is_false(fools) ? "\u2713 right" : "";
}

static void
legend(FILE *out, const audit_view *v)
{
    fputs("<p class=\"legend\">negative <svg class=\"key\" viewBox=\"0 0 13 1\" preserveAspectRatio=\"none\" "
          "role=\"img\"><title>from large negative over 0 to large positive</title>", out);
    for (size_t k = 0; k < 2 * SHADES + 1; k++)
        fprintf(out, "<rect x=\"%zu\" width=\"1\" height=\"1\" fill=\"%s\"/>", k,
                signed_colour[k < SHADES ? SHADES - 1 - k : k == SHADES ? (size_t)ZERO : k - 1]);
    fputs("</svg> positive. White is 0; the darker, the more decades; each picture has a scale of its own, written below it. "
          "Below the attacked images: whether the network errs on them, or is right.", out);
    if (v->p->shape.stable < v->p->shape.n_estimators) {
        fputs(" Stable is ", out);
        html_text(out, v->label[v->p->shape.stable]);
        fputs(".", out);
    }
    fputs("</p>\n", out);
}

void
audit_pictures_html(FILE *out, const audit_view *v)
{
    const grid g = grid_of(v);
    const size_t n = v->p->shape.n_elements;
    const double eps = amount_number(v->options, "eps");
    if (v->p->n_pictures == 0)
        return;
    fprintf(out, "<h2>The most affected image%s</h2>\n", v->p->n_pictures > 1 ? "s" : "");
    legend(out, v);
    for (size_t k = 0; k < v->p->n_pictures; k++) {
        const part_picture *p = v->p->picture + k;
        const json_t *picture = json_array_get(json_object_get(v->report, "pictures"), k);
        const json_t *label = json_object_get(picture, "label");
        const bool stable = p->sign[PICTURE_STABLE] != NULL && p->sign[PICTURE_STABLE][0] != '\0';
        fprintf(out, "<section class=\"picture\"><h3>Image %s", amount_count(p->image).s);
        if (json_is_integer(label))
            fprintf(out, ", label %s", amount_count(amount_integer(picture, "label")).s);
        fputs(": ", out);
        html_text(out, amount_string(picture, "fact"));
        fprintf(out, "</h3>\n<div class=\"tiles%s\">\n", g.cols > 6 * g.rows ? " strips" : "");
        input_tile(out, v, p, NULL, 0, "input", "");
        gradient_tile(out, &g, p, PICTURE_NAIVE, n, "naive");
        if (stable)
            gradient_tile(out, &g, p, PICTURE_STABLE, n, "stable");
        gradient_tile(out, &g, p, PICTURE_EXACT, n, "exact");
        if (eps > 0) {
            input_tile(out, v, p, p->sign[PICTURE_NAIVE], eps, "FGSM, naive", says(picture, "naive_fools"));
            if (stable)
                input_tile(out, v, p, p->sign[PICTURE_STABLE], eps, "FGSM, stable", says(picture, "stable_fools"));
            input_tile(out, v, p, p->sign[PICTURE_EXACT], eps, "FGSM, exact", says(picture, "exact_fools"));
        }
        fputs("</div></section>\n", out);
    }
}
