/* SPDX-License-Identifier: Apache-2.0 */
/* together.c -- see together.h */
#include "audit/plan.h"
#include "cli/team.h"
#include "cli/together.h"
#include "core/call.h"
#include "num/format.h"
#include "run/agree.h"

bool
together_run(ga_code (*run)(void *, ga_team *, ga_status *), void *options, ga_status *st)
{
    ga_team *team;
    if (team_open(&team, st) == GA_OK && run(options, team, st) != GA_OK)
        agree_not(team, st);
    const bool leads = together_leads(team);
    team_close(team);
    if (!leads && call_ended() == GA_OK)
        st->code = GA_OK; /* process 0 has been told, and ends with the status */
    return leads && st->code == GA_OK;
}

bool
together_leads(const ga_team *team)
{
    return team == NULL || team->rank == 0;
}

ga_code
together_refuse(const ga_team *team, const char *option, ga_status *st)
{
    return team == NULL ? GA_OK : ga_fail(st, GA_USAGE, "%s is for one process: start it without mpirun", option);
}

json_t *
together_estimator(const ga_estimator *e)
{
    char name[GA_ESTIMATOR_NAME];
    ga_estimator_name(name, sizeof name, e);
    return json_pack("[s,s,I,I,I,f,f,f]", name, ga_product_name(e), (json_int_t)e->format.bits,
                     (json_int_t)e->format.reference_bits, (json_int_t)e->format.digits, e->gain, e->logit_scale, e->number);
}

ga_code
together_agree(bool *go, ga_team *team, const sources *in, bool blas, json_t *options, ga_status *st)
{
    *go = team == NULL;
    if (*go) {
        json_decref(options);
        return GA_OK;
    }
    json_t *const said = json_object();
    const ga_audit_job job = { .model = in->model, .ds = in->ds };
    json_object_set_new(said, "arithmetic", agree_arithmetic(blas));
    json_object_set_new(said, "options", options);
    json_object_set_new(said, "images", json_pack("[II]", (json_int_t)in->range.first, (json_int_t)in->range.last));
    if (in->ds != NULL && in->ds->target != NULL)
        json_object_set_new(said, "targets", json_string(in->ds->targets_sha256));
    if (plan_head_inputs(said, &job, st))
        return agree(go, team, said, st);
    json_decref(said);
    return st->code;
}

static void
show(void *data, size_t done, size_t pieces)
{
    const together_bar *const b = data;
    progress_update(b->bar, "images", (size_t)((double)b->images * (double)done / (double)pieces), b->images);
}

fold_way
together_way(together_bar *bar, const sources *in, ga_team *team, progress *p, size_t times)
{
    *bar = (together_bar){ p, times * (in->range.last - in->range.first + 1) };
    return (fold_way){ .threads = in->threads, .team = team, .progress = show, .progress_data = bar };
}
