/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c -- measure FILE COMMAND...: runs the command, and writes to FILE its exit status (128 + n for a signal), its processor
   time in milliseconds and its peak memory in KiB. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct rusage used;
    int status;
    if (argc < 3)
        return 99;
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 99;
    FILE *const f = fopen(argv[1], "w");
    if (f == NULL)
        return 99;
    const long seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec, microseconds = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    fprintf(f, "%d %ld %ld\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
            1000 * seconds + microseconds / 1000, used.ru_maxrss);
    return fclose(f) == 0 ? 0 : 99;
}
