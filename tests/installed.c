/* SPDX-License-Identifier: Apache-2.0 */
/* installed.c -- another program, built by make installcheck with the installed headers and library. */
#include <gradaudit/dataset.h>
#include <gradaudit/gradient.h>
#include <gradaudit/model.h>
#include <gradaudit/status.h>

int
main(void)
{
    ga_status st;
    ga_model *model = ga_model_new(GA_F32, 1, (size_t[]){ 2, 3 }, NULL, &st);
    size_t parameters = model == NULL ? 0 : ga_model_parameters(model);
    ga_model_free(model);
    return parameters != 9;
}
