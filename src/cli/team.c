/* SPDX-License-Identifier: Apache-2.0 */
/* team.c -- see team.h. MPI is started only where a launcher has said that there are several processes. */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/team.h"
#include "core/call.h"

/* Open MPI; PMIx, which srun --mpi=pmix sets; MPICH, and srun --mpi=pmi2. */
static bool
number_of(size_t *number, const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *const text = getenv(*names);
        char *end = NULL;
        const unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
        if (text != NULL && end != text && *end == '\0' && value < INT_MAX) {
            *number = value;
            return true;
        }
    }
    return false;
}

void
team_place(size_t *rank, size_t *size)
{
    static const char *const ranks[] = { "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", NULL };
    static const char *const sizes[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS", NULL };
    if (!number_of(rank, ranks) || !number_of(size, sizes) || *rank >= *size) {
        *rank = 0;
        *size = 1;
    }
}

#ifdef HAVE_MPI

#include <mpi.h>

/* MPI counts in ints. A message ends with a piece of less than MOST bytes. */
enum { MOST = 1 << 30 };

static void
send(ga_team *t, size_t to, const void *bytes, size_t n)
{
    const char *at = bytes;
    size_t piece;
    (void)t;
    do {
        piece = n < MOST ? n : MOST;
        MPI_Send(at, (int)piece, MPI_BYTE, (int)to, 0, MPI_COMM_WORLD);
        at += piece;
        n -= piece;
    } while (piece == MOST);
}

/* Further pieces come from the same process. */
static bool
receive(ga_team *t, size_t *from, void **bytes, size_t *n)
{
    int there = 0, piece = 0, source = MPI_ANY_SOURCE;
    MPI_Message message;
    MPI_Status status;
    (void)t;
    MPI_Improbe(source, 0, MPI_COMM_WORLD, &there, &message, &status);
    if (!there)
        return false;
    *bytes = NULL;
    *n = 0;
    source = status.MPI_SOURCE;
    for (;;) {
        MPI_Get_count(&status, MPI_BYTE, &piece);
        char *const more = realloc(*bytes, *n + (size_t)piece + 1);
        if (more == NULL)
            MPI_Abort(MPI_COMM_WORLD, GA_NO_MEMORY);
        MPI_Mrecv(more + *n, piece, MPI_BYTE, &message, MPI_STATUS_IGNORE);
        *bytes = more;
        *n += (size_t)piece;
        if (piece < MOST)
            break;
        MPI_Mprobe(source, 0, MPI_COMM_WORLD, &message, &status);
    }
    *from = (size_t)source;
    return true;
}

/* A process that was stopped does not wait for others, which may be gone. */
static void
leave(ga_team *t)
{
    if (t->size > 1 && call_ended() == GA_OK)
        MPI_Finalize();
    t->size = 1;
}

ga_code
team_open(ga_team **team, ga_status *st)
{
    static ga_team all = { .send = send, .receive = receive, .leave = leave };
    size_t rank, size;
    int provided, number;
    *team = NULL;
    team_place(&rank, &size);
    if (size < 2)
        return GA_OK;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS || provided < MPI_THREAD_FUNNELED)
        return ga_fail(st, GA_USAGE, "MPI does not start, or has no threads");
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    all.rank = (size_t)number;
    MPI_Comm_size(MPI_COMM_WORLD, &number);
    all.size = (size_t)number;
    if (all.size != size)
        return ga_fail(st, GA_USAGE, "%zu processes were started, of which MPI knows %zu: start them with the mpirun of %s", size,
                       all.size, GA_MPI_LIBRARY);
    *team = &all;
    return GA_OK;
}

void
team_close(ga_team *team)
{
    if (team != NULL)
        team->leave(team);
}

const char *
team_library(void)
{
    return GA_MPI_LIBRARY;
}

#else

ga_code
team_open(ga_team **team, ga_status *st)
{
    size_t rank, size;
    *team = NULL;
    team_place(&rank, &size);
    if (size < 2)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "%zu processes were started, but this gradaudit is built without MPI: start one", size);
}

void
team_close(ga_team *team)
{
    (void)team;
}

const char *
team_library(void)
{
    return "none";
}

#endif
