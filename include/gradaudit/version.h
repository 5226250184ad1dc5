/* SPDX-License-Identifier: Apache-2.0 */
/** @file version.h
    Which gradaudit this is. */
#ifndef GRADAUDIT_VERSION_H
#define GRADAUDIT_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define GA_VERSION_MAJOR 0 /**< the first number of the release of these headers */
#define GA_VERSION_MINOR 1 /**< the second number */
#define GA_VERSION_PATCH 0 /**< the third number */
#define GA_VERSION "0.1.0" /**< all three, as text */

/** The version of this interface. Programs that were built for one run with every library of the same, and newer releases of it
    only add to it. */
#define GA_API 1

/** GA_VERSION of the library that is running, "0.1.0"; the caller's header may be of another release. Never NULL. */
const char *ga_version(void);

#ifdef __cplusplus
}
#endif

#endif
