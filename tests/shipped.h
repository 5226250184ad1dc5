/* SPDX-License-Identifier: Apache-2.0 */
/* shipped.h -- the shipped networks and images, for tests. */
#ifndef GRADAUDIT_SHIPPED_H
#define GRADAUDIT_SHIPPED_H

#include <stdio.h>
#include <stdlib.h>

#include "core/dataset.h"
#include "core/model.h"

#include "io/datadir.h"

static inline void
shipped_path(char *path, size_t size, const char *name)
{
    char *data = datadir(NULL);
    snprintf(path, size, "%s/%s", data != NULL ? data : ".", name);
    free(data);
}

/* E.g. "saturated-sigmoid". Ends the program if it is not there. */
static inline ga_model *
shipped_model(const char *name)
{
    char path[4096], file[128];
    ga_model *m;
    ga_status st = { 0 };
    snprintf(file, sizeof file, "models/%s.safetensors", name);
    shipped_path(path, sizeof path, file);
    if (ga_model_load(&m, path, NULL, &st) != GA_OK) {
        printf("%s\n", st.message);
        exit(99);
    }
    return m;
}

/* The first n images of the test set. */
static inline ga_dataset *
shipped_images(size_t n)
{
    char images[4096], labels[4096];
    ga_dataset *ds;
    ga_status st = { 0 };
    shipped_path(images, sizeof images, "mnist/t10k-images-idx3-ubyte.gz");
    shipped_path(labels, sizeof labels, "mnist/t10k-labels-idx1-ubyte.gz");
    if (ga_dataset_read(&ds, images, labels, &st) != GA_OK) {
        printf("%s\n", st.message);
        exit(99);
    }
    ds->n = n;
    return ds;
}

#endif
