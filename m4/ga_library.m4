# SPDX-License-Identifier: Apache-2.0
# GA_LIBRARY(VARIABLE, PKG-CONFIG MODULE, NAME, DEBIAN PACKAGE): sets VARIABLE_CFLAGS and VARIABLE_LIBS, or notes what is missing.
AC_DEFUN([GA_LIBRARY], [
    PKG_CHECK_MODULES([$1], [$2], [], [GA_MISSING([$3], [$4])])
])

# GA_MISSING(NAME, DEBIAN PACKAGE): notes it; GA_REPORT_MISSING names all of them at once and stops.
AC_DEFUN([GA_MISSING], [
    AS_VAR_APPEND([ga_missing], ["
  $1 (Debian package $2)"])
    AS_VAR_APPEND([ga_missing_packages], [" $2"])
])
AC_DEFUN([GA_REPORT_MISSING], [
    AS_IF([test -n "$ga_missing"], [AC_MSG_ERROR([missing:$ga_missing
On Debian: apt-get install$ga_missing_packages])])
])
