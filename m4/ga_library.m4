# SPDX-License-Identifier: Apache-2.0
# GA_LIBRARY(VARIABLE, PKG-CONFIG MODULE, NAME): sets VARIABLE_CFLAGS and VARIABLE_LIBS, or notes what is missing.
AC_DEFUN([GA_LIBRARY], [
    PKG_CHECK_MODULES([$1], [$2], [], [GA_MISSING([module:m4_bpatsubst([$2], [ .*])], [$3])])
])

# GA_MISSING(WHAT, NAME): notes NAME, and the packages that packages.txt has for WHAT. GA_REPORT_MISSING names all of them at once and stops.
AC_DEFUN([GA_MISSING], [
    while read -r ga_who ga_what ga_debian_12 ga_debian ga_fedora; do
        AS_IF([test "x$ga_what" = "x$1"], [break])
    done <"$srcdir/packages.txt"
    AS_VAR_APPEND([ga_missing], ["
  $2 (Debian package $ga_debian, Fedora package $ga_fedora)"])
    AS_VAR_APPEND([ga_missing_debian], [" $ga_debian"])
    AS_VAR_APPEND([ga_missing_fedora], [" $ga_fedora"])
])
AC_DEFUN([GA_REPORT_MISSING], [
    AS_IF([test -n "$ga_missing"], [AC_MSG_ERROR([missing:$ga_missing
On Debian: apt-get install$ga_missing_debian
On Fedora, where nobody has tried this: dnf install$ga_missing_fedora])])
])
