/* SPDX-License-Identifier: Apache-2.0 */
/* networks.c -- see networks.h */
#include <stdio.h>
#include <string.h>

#include "report/amount.h"
#include "study/networks.h"

size_t
study_networks(const json_t *json)
{
    return json_array_size(json_object_get(json, "networks"));
}

const json_t *
study_network_at(const json_t *json, size_t index)
{
    return json_array_get(json_object_get(json, "networks"), index);
}

const char *
study_network_name(const json_t *json, size_t index)
{
    return amount_string(study_network_at(json, index), "name");
}

size_t
study_network_index(const json_t *json, const char *name)
{
    size_t k = 0;
    while (k < study_networks(json) && strcmp(study_network_name(json, k), name) != 0)
        k++;
    return k;
}

const json_t *
study_network(const json_t *json, const char *name)
{
    return study_network_at(json, study_network_index(json, name));
}

void
study_network_file(char *path, size_t size, const json_t *network)
{
    const char *const file = json_string_value(json_object_get(network, "file"));
    if (file != NULL)
        snprintf(path, size, "%s", file);
    else
        snprintf(path, size, "models/%s.safetensors", amount_string(network, "name"));
}

const char *
study_network_data(const json_t *network)
{
    const char *const folder = json_string_value(json_object_get(network, "data"));
    return folder != NULL ? folder : "mnist";
}

size_t
study_network_same_data(const json_t *json, size_t index)
{
    const char *const folder = study_network_data(study_network_at(json, index));
    size_t k = 0;
    while (strcmp(study_network_data(study_network_at(json, k)), folder) != 0)
        k++;
    return k;
}
