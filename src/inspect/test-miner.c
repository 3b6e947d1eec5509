// SPDX-License-Identifier: Apache-2.0
/* DAVY TEST IMITATION: configurations in the shape of miners' ones, to pools that do not exist. */
#include "harness/test.h"
#include "inspect/analyzer.h"
#include "inspect/test-look.h"

/* Monero's public donation address: a right checksum, nobody's miner. */
#define ADDRESS                                                                                              \
    "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"

static void look(const char *path, struct str data, struct facts *f)
{
    static const char *const only[] = {"strings", NULL};
    struct inspector *in;
    struct error err = ERROR_NULL;
    CHECK_INT(inspector_new(&(struct inspect_options){.only = only}, &in, &err), 0);
    facts_init(f);
    facts_reset(f, EVENT_FILE, 0);
    facts_str(f, F_FILE_PATH, str_from(path));
    CHECK_INT(inspector_bytes(in, data, f), 0);
    inspector_free(in);
}

static void check(const char *data, const char *kind, const char *pool, const char *algo)
{
    struct facts f;
    look("/opt/x", str_from(data), &f);
    CHECK_STR(facts_get_str(&f, F_MINER_CONFIG), kind);
    const struct value *pools = facts_get(&f, F_MINER_POOLS), *algos = facts_get(&f, F_MINER_ALGOS);
    CHECK_STR(pools->type == VALUE_LIST ? pools->list.v[0].s : STR_NULL, pool);
    CHECK_STR(algos->type == VALUE_LIST ? algos->list.v[0].s : STR_NULL, algo);
    facts_done(&f);
}

TEST(json_of_xmrig)
{
    check(
        "{\"autosave\": true, \"randomx\": {\"mode\": \"auto\"}, \"donate-level\": 1,\n // comment\n"
        " \"pools\": [{\"algo\": \"rx/0\", \"url\": \"stratum+ssl://Pool.Example:443\", \"user\": \"w\",},]}",
        "xmrig", "pool.example:443", "rx/0");
    check("{\"pools\": [{\"url\": \"pool.example:3333\", \"user\": \"" ADDRESS "\"}]}", "xmrig",
          "pool.example:3333", "");
}

TEST(other_json)
{
    check("{\"worker\": {\"pool_address\": \"pool.example:3333\", \"wallet_address\": \"" ADDRESS
          ".rig\", \"coin\": \"monero\"}}",
          "generic-json", "pool.example:3333", "monero");
    /* a database pool with a user is none */
    check("{\"pools\": [{\"host\": \"db.example\", \"port\": 5432, \"user\": \"app\"}], \"algo\": \"lru\"}",
          "", "", "");
    check("{\"pool\": \"db.example:5432\", \"user\": \"app\", \"algo\": \"lru\"}", "", "", "");
    check("{\"pools\": 3, \"algo\": [[[]]]}", "", "", "");
}

/* A document within a text of another: labels, variables, commands of a build history, annotations. */
TEST(json_within_json)
{
    check("{\"config\": {\"Labels\": {\"a\": \"{\\\"pools\\\": [{\\\"url\\\": \\\"pool.example:3333\\\", \\\"user\\\": \\\"" ADDRESS "\\\",}]}\"}}}", "xmrig", "pool.example:3333", "");
    check("{\"history\": [{\"created_by\": \"RUN /bin/sh -c f() { echo; }; echo '{\\\"pool_address\\\": \\\"pool.example:3333\\\", \\\"wallet_address\\\": \\\"" ADDRESS
          "\\\"}' > /x # {\"}]}", "generic-json", "pool.example:3333", "");
    /* twice */
    check("{\"a\": \"{\\\"b\\\": \\\"{\\\\\\\"pool_address\\\\\\\": \\\\\\\"pool.example:3333\\\\\\\", \\\\\\\"wallet_address\\\\\\\": \\\\\\\"" ADDRESS "\\\\\\\"}\\\"}\"}", "generic-json",
          "pool.example:3333", "");
    check("{\"a\": \"{\\\"pools\\\": [{\\\"url\\\": \\\"db.example:5432\\\", \\\"user\\\": \\\"app\\\"}]}\"}", "", "", "");
    check("{\"a\": \"{{{{{{{{{{{{{{{{{{{{\\\"pools\\\": {\"}", "", "", "");
}

/* Who is paid and where, in whatever form: the pool has no word of mining in its name. */
TEST(other_forms)
{
    static const char *const FORMS[] = {
        "algo: rx/0\nurl: pool.example:3333\nuser: " ADDRESS "\n",
        "[pool]\nurl = \"pool.example:3333\"\nuser = \"" ADDRESS "\"\nalgo = \"randomx\"\n",
        "args:\n  - --url=pool.example:3333\n  - --user=" ADDRESS "\n  - --algo=rx/0\n",
        "xmrig:\n  pool: pool.example:3333\n  wallet: \"" ADDRESS "\"\n",
        "stratum+tcp://pool.example:3333 user=" ADDRESS ".1 pass=x\n",
        "algo=RANDOMX\npool=pool.example:3333\nuser=" ADDRESS ".rig\n",
        "package main\nconst pool = \"stratum+tcp://pool.example:3333\"\nconst wallet = \"" ADDRESS "\"\n",
        "runcmd:\n - [ /x, -o, \"pool.example:3333\", -u, \"" ADDRESS "\" ]\n",
        "module.exports={apps:[{script:'/opt/x',args:'-o pool.example:3333 -u " ADDRESS " -p x'}]}\n",
        "<config><pool>stratum+tcp://pool.example:3333</pool><wallet>" ADDRESS "</wallet></config>",
        "[pools]\npool1=stratum+ssl://pool.example:3333\nlogin1=" ADDRESS "/rig\n",
        "export XMRIG_POOL=pool.example:3333 XMRIG_WALLET=" ADDRESS "\n./x\n",
        "ENV POOL=pool.example:3333 WALLET=" ADDRESS "\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        struct facts f;
        look("/opt/x", str_from(FORMS[i]), &f);
        if (!facts_has(&f, F_MINER_CONFIG) || !facts_list(&f, F_MINER_POOLS, "pool.example:3333"))
            test_fail(__FILE__, __LINE__, "not seen: %s", FORMS[i]);
        facts_done(&f);
    }
}

TEST(what_is_no_miners_configuration)
{
    static const char *const FORMS[][2] = {
        {"/x.json", "{\"pools\": [{\"url\": \"db.example:5432\", \"user\": \"app\"}]}"},
        {"/x.json", "{\"pools\": [{\"url\": \"https://api.example:443\", \"user\": \"svc\", \"pass\": \"x\"}], \"threads\": 4}"},
        {"/x.yaml", "database:\n  pool: 5\n  url: db.example:5432\n  user: app\n  algo: lru\n"},
        {"/x.yaml", "wallet: " ADDRESS "\nurl: node.example:18081\n"}, /* a wallet's own node */
        {"/README.md", "Mine at stratum+tcp://pool.example:3333; donations to " ADDRESS "\n"},
        {"/x.conf", "url=redis.example:6379 USER=app POOL=8 MODE=x\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        struct facts f;
        look(FORMS[i][0], str_from(FORMS[i][1]), &f);
        if (facts_has(&f, F_MINER_CONFIG))
            test_fail(__FILE__, __LINE__, "seen: %s", FORMS[i][1]);
        facts_done(&f);
    }
}

TEST(settings_of_other_formats)
{
    check("miner:\n  pool_url: stratum+tcp://pool.example:4444\n  user: someone\n  algo: kawpow\n",
          "generic-config", "pool.example:4444", "kawpow");
    check("[miner]\npool = pool.example:4444\nwallet = " ADDRESS "\n# pool_address\n", "generic-config",
          "pool.example:4444", "");
    /* nanominer's, xmr-stak's, a program's that keeps both in variables */
    check("[RandomX]\nwallet = " ADDRESS "\nrigName = r1\npool1 = pool.example:14433\n", "generic-config",
          "pool.example:14433", "");
    check("\"pool_list\" : [\n\t{\"pool_address\" : \"pool.example:3333\", \"wallet_address\" : \"" ADDRESS
          "\", \"rig_id\" : \"\" },\n],\n\"currency\" : \"monero\",\n",
          "generic-config", "pool.example:3333", "monero");
    check("POOL='pool.example:3333'\nWALLET='" ADDRESS "'\nPopen(['/x', '-o', POOL, '--donate-level', '1'])\n", "generic-config",
          "pool.example:3333", "");
    check("connection_pool = db.example:5432\nuser = " ADDRESS "x\n# --pool\n", "", "", "");
    check("# see --url and --algo\npool_size = 5\nuser = postgres\nserver = db.example:5432\n", "", "", "");
}

TEST(command_lines)
{
    check("#!/bin/sh\nnohup ./x -o pool.example:3333 -u " ADDRESS " -p x &\n", "command-line",
          "pool.example:3333", "");
    check("./x --url=stratum+tcp://10.0.0.9:80 \\\n  --user me --algo=rx/0 --donate-level 1\n",
          "command-line", "10.0.0.9:80", "rx/0");
    check("./x -o \"$POOL\" -u \"$WALLET\" --donate-level=1\n", "command-line", "", "");
    check("{\"config\":{\"Cmd\":[\"/x\",\"-o\",\"pool.example:3333\",\"-u\",\"" ADDRESS
          "\",\"--coin\",\"monero\"]}}",
          "command-line", "pool.example:3333", "monero");
}

TEST(command_lines_of_other_miners)
{
    check("./lolMiner --algo ETCHASH --pool pool.example:1010 --user 0xabc.w1\n", "command-line", "pool.example:1010", "ETCHASH");
    check("SRBMiner-MULTI --algorithm randomx --pool pool.example:300 --wallet " ADDRESS "\n", "command-line", "pool.example:300",
          "randomx");
    check("PhoenixMiner -pool ssl://pool.example:5555 -wal " ADDRESS " -worker r\n", "command-line", "pool.example:5555", "");
    check("miner --algo kawpow --server pool.example --port 6060 --user a.b\n", "command-line", "pool.example:6060", "kawpow");
    check("nheqminer -l pool.example:3357 -u t1V9mnyk5Z5cTNMCkLbaDwSskgJZucTLdgW.w1\n", "command-line", "pool.example:3357", "");
    check("rbd --pool data.example:6789 ls --user admin; iperf --server h --port 5 --user x --algo md5\n", "", "", "");
    check("web -l 0.0.0.0:80 -u www-data # nheqminer\n", "", "", "");
}

/* bzminer's, ethminer's and PhoenixMiner's; pools that pay in another coin */
TEST(pools_under_other_options)
{
    check("bzminer -a kaspa -w kaspa:qpz -p stratum+tcp://pool.example:3112\n", "command-line", "pool.example:3112", "kaspa");
    check("ethminer -U -P stratum1+tcp://0xabc.w@pool.example:4444\n", "command-line", "pool.example:4444", "");
    check("-pool ssl://pool.example:5555 -wal 0xabc.w\n", "command-line", "pool.example:5555", "");
    check("Popen(['/tmp/b', '-o', 'pool.example:3333', '-a', 'rx', '-u', 'XMR:" ADDRESS ".r'])\n", "command-line", "pool.example:3333",
          "rx");
    check("x -algo autolykos -wallet 9hx -pool1 pool.example:3056\n", "command-line", "pool.example:3056", "autolykos");
    check("x -a alph -w 1x -p pool.example:1199\n", "command-line", "pool.example:1199", "alph");
    check("docker run -a stdin -p 127.0.0.1:8080:80 -u 1000 --name x kaspa # --wallet\n", "", "", "");
    check("rsync -w -p 22 a.example:873 # --wallet\n", "", "", "");
}

/* A build that needs no file beside it. */
TEST(configuration_within_a_program)
{
    static const struct {
        struct str data;
        const char *kind, *pool;
    } CASES[] = {
        {STR("\x7f" "ELF\1\0\0{\"cpu\": {\"x\": \"}\"},\n \"donate-level\": 1, \"pools\": [{\"url\": \"pool.example:3333\", \"user\": \"" ADDRESS "\"}]}\0\xff\0"),
         "xmrig", "pool.example:3333"},
        {STR("\x7f" "ELF\1\0\0%s{%d help{\"pools\":[{\"url\":\"pool.example:80\",\"user\":\"" ADDRESS "\"}]}next string\0"), "xmrig",
         "pool.example:80"},
        {STR("\x7f" "ELF\1\0\0{\"pools\": [{\"url\": \"pool.example:3333\0"), "", ""},
        {STR("\x7f" "ELF\1\0\0\"pools\" \"algo\" {{{{{{{{{{{{{{{{{{{{\0"), "", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct facts f;
        look("/bin/x", CASES[i].data, &f);
        CHECK_STR(facts_get_str(&f, F_MINER_CONFIG), CASES[i].kind);
        const struct value *pools = facts_get(&f, F_MINER_POOLS);
        CHECK_STR(pools->type == VALUE_LIST ? pools->list.v[0].s : STR_NULL, CASES[i].pool);
        facts_done(&f);
    }
}

TEST(prose_and_other_programs_are_none)
{
    check("The NTP stratum is 2. Use stratum+tcp://HOST:PORT and --donate-level N, or -o URL -u USER.\n", "",
          "", "");
    check("gcc -o out.bin:3 -u main x.c\ncurl -o /tmp/x --url https://www.example.com:443/ -u me:pw\n", "",
          "", "");
    check("ssh -o ProxyCommand=none -o StrictHostKeyChecking=no host.example:22 --algo x\n", "", "", "");
    check("openssl enc --algo aes --coin none\n", "", "", "");
}

TEST(a_pool_url_in_a_program)
{
    struct facts f;
    look("/bin/x",
         STR("\x7f"
             "ELF\1\0\0stratum+tcp://pool.example:3333\0\xff\xfe\0--donate-level\0usage"),
         &f);
    CHECK_STR(facts_get(&f, F_MINER_POOLS)->list.v[0].s, "pool.example:3333");
    CHECK(!facts_has(&f, F_MINER_CONFIG));
    facts_done(&f);
}
