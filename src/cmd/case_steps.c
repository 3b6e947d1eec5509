// SPDX-License-Identifier: Apache-2.0
/* What to do, in this order (rows 90-93): nothing is run by Davy. */
#include "base/intl.h"
#include "cmd/case.h"

/* An account of a cloud, "aws:123456789012", and no machine: names of machines have no colon, but addresses have several. */
static bool is_account(const struct case_view *v)
{
    const ptrdiff_t colon = str_find(v->host, STR(":"), 0);
    return !v->place.n && colon > 0 && str_find(v->host, STR(":"), (size_t)colon + 1) < 0;
}

static struct str isolate(struct case_loaded *c)
{
    const struct case_view *v = &c->view;
    if (is_account(v))
        return arena_printf(&c->arena, _("in %.*s, switch off the keys and end the sessions of whoever did what the timeline shows; delete neither users "
                                         "nor roles yet: their names join the records"),
                            STR_ARG(v->host));
    if (v->place.n)
        return arena_printf(&c->arena, _("stop what runs in %.*s without ending it (docker pause, podman pause), and take it off its networks; do not "
                                         "remove it: its memory is evidence"),
                            STR_ARG(v->place));
    return arena_printf(&c->arena, _("give %.*s a security group or firewall that lets only you in; do not stop, terminate or reimage it: its memory "
                                     "is evidence, and the disk may go with the instance"),
                        STR_ARG(v->host));
}

static const struct alert_process *worst_process(const struct case_view *v)
{
    const struct case_finding *worst = NULL;
    for (size_t i = 0; i < v->n_findings; i++)
        if (v->findings[i].ties.n_line && (!worst || v->findings[i].priority < worst->priority))
            worst = &v->findings[i];
    return worst ? &worst->ties.line[0] : NULL;
}

static struct str preserve(struct case_loaded *c)
{
    const struct alert_process *p = worst_process(&c->view);
    if (is_account(&c->view))
        return arena_printf(&c->arena, _("the account's logs of all regions, from well before the first finding on, in an account that it cannot reach; keep this "
                                         "case: davy case export %lld --format json"),
                            (long long)c->view.id);
    if (!p)
        return str_from(_("memory first, then files: programs, connections, then a snapshot of the disk; write it to another machine, with SHA-256"));
    return arena_printf(&c->arena, _("what goes first: /proc/%lld/exe (also when deleted), /proc/%lld/maps, fd, environ and the connections; then a "
                                     "snapshot of the disk; write it to another machine, with SHA-256; keep this case: davy case export %lld "
                                     "--format json"),
                        (long long)p->pid, (long long)p->pid, (long long)c->view.id);
}

static struct str redeploy(struct case_loaded *c)
{
    const struct case_view *v = &c->view;
    if (is_account(v))
        return str_from(_("list what was made or changed since the first finding (users, keys, roles, policies, machines, functions, images) in every "
                          "region, and take back what nobody answers for"));
    if (v->image.n)
        return arena_printf(&c->arena, _("start anew beside it, from an image by its digest that davy scan finds clean; look into this one first: "
                                         "davy scan %.*s"),
                            STR_ARG(v->image));
    return str_from(_("start a new machine from an image known to be good, by its digest, with the way in closed; do not clean this one"));
}

static struct str rotate(struct case_loaded *c)
{
    const size_t n = c->view.story.n_risks + c->view.n_credentials;
    if (!n && is_account(&c->view))
        return str_from(_("every key and password of the users and roles in the timeline, and each secret that they could read"));
    if (!n)
        return str_from(_("every password, key and token that was on it or used from it"));
    return arena_printf(&c->arena, intl_plural("revoke what is at risk above (%zu place), and every key and token used from there",
                                               "revoke what is at risk above (%zu places), and every key and token used from there", n),
                        n);
}

void case_steps(struct case_loaded *c)
{
    c->steps[0] = (struct case_view_step){N_("isolate"), isolate(c)};
    c->steps[1] = (struct case_view_step){N_("preserve"), preserve(c)};
    c->steps[2] = (struct case_view_step){N_("redeploy"), redeploy(c)};
    c->steps[3] = (struct case_view_step){N_("rotate"), rotate(c)};
    c->view.steps = c->steps;
    c->view.n_steps = CASE_STEPS;
}
