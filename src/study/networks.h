/* SPDX-License-Identifier: Apache-2.0 */
/* networks.h -- the networks that a study's file lists. */
#ifndef STUDY_NETWORKS_H
#define STUDY_NETWORKS_H

#include <stddef.h>

#include <jansson.h>

enum { STUDY_MOST_SEEDS = 16, STUDY_MOST_NETWORKS = 16 };

/* How many, the index-th and its name; the one of a name, or NULL, and its index. */
size_t study_networks(const json_t *json);
const json_t *study_network_at(const json_t *json, size_t index);
const json_t *study_network(const json_t *json, const char *name);
const char *study_network_name(const json_t *json, size_t index);
size_t study_network_index(const json_t *json, const char *name);

/* Where a network's file is, below the data directory; and the folder of its images there, which are files as MNIST has them. */
void study_network_file(char *path, size_t size, const json_t *network);
const char *study_network_data(const json_t *network);

/* The first network with the same images as the index-th. */
size_t study_network_same_data(const json_t *json, size_t index);

#endif
