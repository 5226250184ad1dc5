/* SPDX-License-Identifier: Apache-2.0 */
/* mnist.c -- the files of MNIST in a folder; see core/dataset.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dataset.h"

#include "io/file.h"

/* The path directory/part-name, or with .gz if there is no such file; the caller's, NULL when memory is out. */
static char *
mnist_path(const char *directory, const char *part, const char *name)
{
    size_t size = strlen(directory) + strlen(part) + strlen(name) + sizeof "/-.gz";
    char *path = malloc(size);

    if (path == NULL)
        return NULL;
    int end = snprintf(path, size, "%s/%s-%s", directory, part, name);
    if (access(path, F_OK) != 0)
        strcpy(path + end, ".gz");
    return path;
}

ga_code
ga_dataset_read_mnist(ga_dataset **ds, const char *directory, const char *part, ga_status *st)
{
    *ds = NULL;
    if (strcmp(part, "train") != 0 && strcmp(part, "t10k") != 0)
        return ga_fail(st, GA_USAGE, "the parts of MNIST are \"train\" and \"t10k\"");
    if (*directory == '\0') /* "" and a name would be a file of the root */
        return file_fail_errno(st, directory, "read", ENOENT);
    char *images = mnist_path(directory, part, "images-idx3-ubyte");
    char *labels = mnist_path(directory, part, "labels-idx1-ubyte");
    ga_code code = images == NULL || labels == NULL ? file_fail(st, GA_NO_MEMORY, directory, "out of memory") :
                                                      ga_dataset_read(ds, images, labels, st);
    free(images);
    free(labels);
    return code;
}
