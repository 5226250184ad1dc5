/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c -- a fuzz target on the files of its arguments, without libFuzzer, for make check */
#include "fuzz.h"

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        file_bytes bytes;
        ga_status st = { 0 };
        if (file_read(&bytes, argv[i], FILE_CAP, FILE_PLAIN, &st) != GA_OK) {
            fprintf(stderr, "%s\n", st.message);
            return 99;
        }
        fprintf(stderr, "%s\n", argv[i]); /* where it is, should it end the program */
        LLVMFuzzerTestOneInput(bytes.data, bytes.size);
        free(bytes.data);
    }
    printf("%d files\n", argc - 1);
    return argc > 1 ? 0 : 99;
}
