# SPDX-License-Identifier: Apache-2.0
# GA_MPI: unless --without-mpi is given, MPI_CFLAGS and MPI_LIBS are those of Open MPI or MPICH, whichever pkg-config knows, and
# HAVE_MPI is defined: then the program shares its work with others that mpirun or srun has started. --with-mpi insists.
AC_DEFUN([GA_MPI], [
    AC_ARG_WITH([mpi], [AS_HELP_STRING([--without-mpi], [no work is shared by the processes of mpirun or srun])], [], [with_mpi=check])
    ga_mpi=no
    AS_IF([test "x$with_mpi" != xno], [
        PKG_CHECK_MODULES([MPI], [ompi-c], [ga_mpi="Open MPI `$PKG_CONFIG --modversion ompi-c`"],
            [PKG_CHECK_MODULES([MPI], [mpich], [ga_mpi="MPICH `$PKG_CONFIG --modversion mpich`"],
                [AS_IF([test "x$with_mpi" = xyes], [AC_MSG_ERROR([--with-mpi: neither Open MPI nor MPICH is there
(Debian package libopenmpi-dev)])])])])])
    AS_IF([test "x$ga_mpi" != xno], [
        AC_DEFINE([HAVE_MPI], [1], [Define to 1 if work may be shared through MPI.])
        AC_DEFINE_UNQUOTED([GA_MPI_LIBRARY], ["$ga_mpi"], [The MPI library, for --version.])])
])
