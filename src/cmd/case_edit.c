// SPDX-License-Identifier: Apache-2.0
/* davy case close and note: what people decide. */
#include <errno.h>
#include <pwd.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/case.h"

/* Who writes: the name behind sudo, else the process's. */
static struct str author(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *p = getpwuid(getuid());
    return str_from(!geteuid() && sudo && *sudo ? sudo : p ? p->pw_name : "?");
}

/* Words that say that it was only cleaned. */
static bool is_only_cleaned(struct str reason)
{
    static const char *const WORDS[] = {"cleaned", "clean", "cleanup", "cleaned up", "disinfected", "malware removed", "removed", "deleted"};
    struct str s = str_trim(reason);
    while (s.n && strchr(".,;! ", s.p[s.n - 1]))
        s.n--;
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (str_eq_nocase(s, str_from(WORDS[i])))
            return true;
    return false;
}

static int fail(const char *program, const struct error *err)
{
    cmd_error(program, "%s", err->text);
    return EXIT_CANNOT;
}

int case_close(const struct case_options *o, char **operands, size_t n)
{
    static const char NAME[] = "davy case close";
    _cleanup_(case_store_closep) struct case_store *s = NULL;
    struct error err = ERROR_NULL;
    if (n != 1 || !o->reason || !str_trim(str_from(o->reason)).n) {
        cmd_error(NAME, "takes one number of a case, and --reason: redeployed, false alarm, authorised by whom …");
        return EXIT_USAGE;
    }
    if (is_only_cleaned(str_from(o->reason))) {
        cmd_error(NAME, "a case is not closed because something was cleaned: whoever was in may have left what nobody found; redeploy from an image "
                        "known to be good, and close it with that, or say why it was no intrusion");
        return EXIT_USAGE;
    }
    const int64_t id = case_number(NAME, operands[0]);
    if (!id)
        return EXIT_USAGE;
    int code = case_open(o, NAME, CASE_STORE_WRITE, &s);
    if (code)
        return code;
    if (case_store_close_case(s, id, str_from(o->reason), author(), o->now_ns, &err) < 0)
        return fail(NAME, &err);
    return EXIT_NOTHING;
}

int case_note(const struct case_options *o, char **operands, size_t n)
{
    static const char NAME[] = "davy case note";
    _cleanup_(case_store_closep) struct case_store *s = NULL;
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct error err = ERROR_NULL;
    if (n < 2) {
        cmd_error(NAME, "takes the number of a case and a text");
        return EXIT_USAGE;
    }
    const int64_t id = case_number(NAME, operands[0]);
    if (!id)
        return EXIT_USAGE;
    for (size_t i = 1; i < n; i++)
        strbuf_printf(&text, "%s%s", i > 1 ? " " : "", operands[i]);
    int code = case_open(o, NAME, CASE_STORE_WRITE, &s);
    if (code)
        return code;
    if (text.n > CASE_TEXT_MAX) {
        cmd_error(NAME, "a note has at most %d bytes", CASE_TEXT_MAX);
        return EXIT_USAGE;
    }
    if (case_store_note(s, id, strbuf_str(&text), author(), o->now_ns, &err) < 0)
        return fail(NAME, &err);
    return EXIT_NOTHING;
}
