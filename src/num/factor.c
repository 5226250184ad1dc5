/* SPDX-License-Identifier: Apache-2.0 */
/* factor.c -- see factor.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "num/decimal.h"
#include "num/factor.h"

int
factor_text(char *text, size_t size, double x)
{
    enum { LONG = 6 };
    char decimal[40], ratio[40];
    double again;
    const bool binary32 = (double)(float)x == x;
    decimal_shortest(decimal, sizeof decimal, x, binary32);
    snprintf(ratio, sizeof ratio, "1/%.0f", round(1 / x));
    const bool reads_back = 1 / x < 1e9 && decimal_read(&again, ratio, binary32) && again == x;
    return snprintf(text, size, "%s", reads_back && strlen(decimal) > LONG && strlen(ratio) < strlen(decimal) ? ratio : decimal);
}
