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

static bool is_one_of(struct str word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq_nocase(word, str_from(words[i])))
            return true;
    return false;
}

/* Whether it says that something was cleaned and nothing beside: one word that tells anything else is a reason. */
static bool is_only_cleaned(struct str reason)
{
    static const char *const CLEANED[] = {"cleaned", "clean", "cleanup", "clean-up", "cleaning", "disinfected", "removed", "deleted", "killed", "wiped",
                                          "駆除", "駆除済み", "駆除した", "駆除しました", "削除済み", "削除した", "削除しました", "クリーンアップ済み",
                                          "クリーンアップした", "クリーンアップしました"};
    static const char *const OF_NO_WEIGHT[] = {"we", "i", "it", "they", "all", "everything", "the", "this", "a", "an", "was", "were", "is", "are", "has", "have",
                                               "been", "done", "now", "up", "by", "hand", "and", "ok", "from", "with", "server", "machine", "host", "container",
                                               "system", "box", "malware", "miner", "miners", "virus", "file", "files", "process", "processes"};
    struct str word;
    bool has_cleaned = false;
    for (size_t at = 0; at < reason.n;) {
        size_t end = at;
        while (end < reason.n && !strchr(" \t\n.,;:!", reason.p[end]))
            end++;
        word = str_sub(reason, at, end);
        at = end + 1;
        if (str_ends(word, STR("。")))
            word.n -= strlen("。");
        if (is_one_of(word, CLEANED, ARRAY_SIZE(CLEANED)))
            has_cleaned = true;
        else if (word.n && !is_one_of(word, OF_NO_WEIGHT, ARRAY_SIZE(OF_NO_WEIGHT)))
            return false;
    }
    return has_cleaned;
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
    if (!str_trim(strbuf_str(&text)).n) {
        cmd_error(NAME, "the note is empty");
        return EXIT_USAGE;
    }
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
