// SPDX-License-Identifier: Apache-2.0
/*
 * The rules in rules/secrets/davy.toml, through the inspector. Tokens are right in form, random, and of no
 * account; they are written in two halves so that nobody's scanner takes this file for a leak.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/strbuf.h"
#include "inspect/test-look.h"

static struct inspector *inspector(void)
{
    static const char *const only[] = {"names", "strings", NULL};
    static const char *const rules[] = {DAVY_SOURCE_ROOT "/rules/secrets/davy.toml", NULL};
    struct inspector *in;
    struct error err = ERROR_NULL;
    if (inspector_new(&(struct inspect_options){.only = only, .secret_paths = rules, .secret_own = 1}, &in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return in;
}

/* No value and no note may hold `part`. */
static void check_absent(const struct facts *f, struct str part, const char *id)
{
    for (enum field_id i = 0; i < FIELD__N; i++) {
        _cleanup_(strbuf_done) struct strbuf text = {};
        value_add_text(&text, facts_get(f, i));
        if (str_has(strbuf_str(&text), part))
            test_fail(__FILE__, __LINE__, "%s: %s shows the secret", id, FIELDS[i].name);
    }
    for (size_t i = 0; i < f->n_notes; i++)
        if (str_has(f->notes[i].excerpt, part) || str_has(f->notes[i].value, part))
            test_fail(__FILE__, __LINE__, "%s: a note of %s shows the secret", id,
                      FIELDS[f->notes[i].field].name);
}

static bool has_kind(const struct facts *f, const char *id)
{
    return facts_list(f, F_SECRET_KINDS, id);
}

static void look(struct inspector *in, const char *path, struct str data, struct facts *f)
{
    facts_init(f);
    facts_reset(f, EVENT_FILE, 0);
    facts_str(f, F_FILE_PATH, str_from(path));
    CHECK_INT(inspector_bytes(in, data, f), 0);
}

static const struct {
    const char *id, *path, *text, *secret; /* text holds the secret where it has %s */
} FOUND[] = {
    {"aws-access-key-id", "/a", "aws_access_key_id = %s\n",
     "AKIA"
     "QYLPMN5HHHFPZAM2"},
    {"aws-secret-access-key", "/a", "aws_secret_access_key = %s\n",
     "wJ9rXUtn0FEMI/K7MDEN"
     "bPxRfiCYzQ4sW8kEy3L5"},
    {"gcp-service-account-key-id", "/k.json", "{\"type\":\"service_account\",\"private_key_id\": \"%s\"}",
     "8f3a1c9d7e5b2046f8a1"
     "c3e5d7b9024681ace0f2"},
    {"google-api-key", "/a", "key=%s&x",
     "AIza"
     "SyB7dQ9xLm3vK2pR8tWn5JfHc4GzYqEu1Xo"},
    {"azure-storage-key", "/a", "AccountName=x;AccountKey=%s;",
     "q8Zr3Vn1Xk7Lp5Tm9Wb2Yc4Df6Gh0Js+Ka/Ne3Qu7Ro5Si1Tv9Ux2Vy"
     "4Wz6Ab8Cd0Ef+Gi/Hj3Kl7Mo5Pq1Rsa=="},
    {"alibaba-access-key-id", "/a", "id: %s\n",
     "LTAI5t"
     "Ab3dEf7hJk9mNp2qRs"},
    {"tencent-secret-id", "/a", "id: %s\n",
     "AKID"
     "z8krbsJ5yKBZQpn74WFkmLPx3gnPhESA"},
    {"digitalocean-token", "/a", "%s",
     "dop_v1_"
     "3c9f0a7e5d1b8246f0c9e7a5d3b1082464f2a0c8e6d4b29170f5e3c1a9d7b584"},
    {"github-token", "/a", "t=%s\n",
     "ghp_"
     "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"},
    {"gitlab-token", "/a", "t=%s\n",
     "glpat-"
     "a1B2c3D4e5F6g7H8i9J0"},
    {"npm-token", "/a", "//r/:x=%s\n",
     "npm_"
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXi"},
    {"npmrc-auth", "/root/.npmrc", "//npm.corp.test/:_authToken=%s\n", "k3Jx9Qz7-Lm2wR8vB-t5Yc"},
    {"docker-config-auth", "/root/.docker/config.json", "{\"auths\":{\"r.test\":{\"auth\": \"%s\"}}}",
     "Ym9iOmszSng5UXo3TG0yd1I4dkI="},
    {"slack-token", "/a", "%s\n",
     "xoxb-"
     "210987654321-1098765432109-k3Jx9Qz7Lm2wR8vBt5Yc1Nd4"},
    {"discord-webhook", "/a", "https://discord.com/api/webhooks/112233445566778899/%s",
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXik3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUe"},
    {"telegram-bot-token", "/a", "https://api.telegram.org/bot%s/sendMessage",
     "6482913057"
     ":AAk3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaU"},
    {"stripe-key", "/a", "%s\n",
     "sk_live_"
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4"},
    {"sendgrid-api-key", "/a", "%s\n",
     "SG."
     "k3Jx9Qz7Lm2wR8vBt5Yc1N.d4Pf6Hs0GaUeXik3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6H0"},
    {"huggingface-token", "/a", "%s\n",
     "hf_"
     "kJxQzLmwRvBtYcNdPfHsGaUeXiOqTrWsVy"},
    {"dropbox-token", "/bin/x", "%s\n",
     "sl."
     "Bk3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXik3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2Es4Rd6Tf1Yg3Uh5Ij7Ok9Pl0"
     "Mz-Xn_Cb2Va4Sd6Fg8Hj1Kl3Qw5Er7Ty"},
    {"yandex-oauth-token", "/a", "OAuth %s\n",
     "y0_"
     "AgAAAAk3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXi-Zp8Wq2Es4Rd6Tf"},
    {"storage-oauth-token", "/a", "https://api.pcloud.com/uploadfile?access_token=%s",
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs"},
    {"age-secret-key", "/a", "%s\n",
     "AGE-SECRET-KEY-1"
     "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"},
    {"facebook-page-token", "/app/page.conf", "page: %s\n",
     "EAAC"
     "OX9YIMtCFIPzgNZpBdfdYfkM51ZFfOwBsRhae56YuHqQG0EYn1YGqDVPsFf5"
     "ph5NlzJmEi8CfsMJ83ldul4cSjW24bIKwmGisUsW8p1fgnMTJWhSgqEz52g6siOWP6ASVORCbQYT1t5aLqZHK7q2BM"},
    {"wireguard-private-key", "/etc/wireguard/wg0.conf", "[Interface]\nPrivateKey = %s\n",
     "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="},
    {"host-password-hash", "/etc/shadow", "root:%s:19000:0:99999:7:::\n",
     "$6$k3Jx9Qz7$Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2Es4Rd6Tf1Yg3Uh5Ij7Ok9Pl0MzXnCb2Va4Sd6Fg8Hj1Kl3Qw5Er"},
    {"host-password-hash", "/etc/shadow", "bob:%s:19000:0:99999:7:::\n",
     "$y$j9T$k3Jx9Qz7Lm2wR8vB$t5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2Es4Rd6Tf1Yg3Uh5Ij"},
    {"netrc-password", "/root/.netrc", "machine h login bob password %s\n", "k3Jx9Qz7Lm2w"},
    {"database-url-password", "/app/.env", "DB=postgres://app:%s@db.corp.test/x\n", "k3Jx9Qz7Lm2w"},
    {"url-password", "/root/.git-credentials", "https://bob:%s@git.corp.test/x.git\n", "k3Jx9Qz7Lm2wR8vB"},
    {"http-basic-auth", "/a", "Authorization: Basic %s\n", "Ym9iOmszSng5UXo3TG0yd1I4dkI="},
    {"env-file-secret", "/app/.env", "SESSION_SECRET=%s\n", "k3Jx9Qz7Lm2wR8vB"},
    {"image-env-secret", "/config.json", "{\"config\":{\"Env\":[\"PATH=/bin\",\"DB_PASSWORD=%s\"]}}",
     "k3Jx9Qz7Lm2wR8vB"},
    {"generic-secret-assignment", "/app/app.toml", "api_key: \"%s\"\n", "k3Jx9Qz7Lm2wR8vBt5Yc"},
    {"htpasswd-hash", "/etc/nginx/.htpasswd", "bob:$%s\n", "apr1$k3Jx9Qz7$Lm2wR8vBt5Yc1Nd4Pf6Hs0"},
    {"openshift-token", "/a", "oc login --token=%s\n",
     "sha256~"
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2E"},
    {"azure-resource-key", "/a", "k=%s\n",
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2Es4Rd6Tf1Y"
     "JQQJ99BCACYeBjFXJ3w3AAABACOGk3Jx"},
    {"stripe-key", "/a", "%s\n",
     "rk_test_"
     "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4"},
    {"maven-password", "/root/.m2/settings.xml", "<server><id>n</id><password>%s</password></server>\n", "Xk9mQ2vL8wRt4Zp7"},
    {"properties-password", "/root/.gradle/gradle.properties", "nexusUsername=ci\nnexusPassword=%s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"yaml-password", "/app/application.yml", "spring:\n  datasource:\n    password: %s # of the database\n", "Xk9mQ2vL8wRt4Zp7"},
    {"yaml-password", "/app/compose.yaml", "    environment:\n      - POSTGRES_PASSWORD=%s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"yaml-password", "/app/vars.yml", "ansible_ssh_pass: '%s'\r\n", "Xk9mQ2vL8wRt4Zp7"},
    {"ini-password", "/etc/app.conf", "db_password = %s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"image-history-secret", "/c.json", "{\"history\":[{\"created_by\":\"/bin/sh -c #(nop)  ENV API_TOKEN=%s\"}]}", "Xk9mQ2vL8wRt4Zp7"},
    {"image-history-secret", "/c.json", "{\"history\":[{\"created_by\":\"ENV PATH=/bin\"},{\"created_by\":\"ARG NPM_TOKEN=%s\"}]}", "Xk9mQ2vL8wRt4Zp7"},
    {"image-history-secret", "/c.json", "{\"created_by\": \"|2 X=1 git_password=%s /bin/sh -c make\"}", "Xk9mQ2vL8wRt4Zp7"},
    {"dockerfile-secret", "/src/Dockerfile.prod", "FROM x\nENV DB_PASSWORD %s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"dockerfile-secret", "/src/Containerfile", "ARG NPM_TOKEN=%s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"command-password", "/root/.bash_history", "mysql -u root -p%s shop\n", "Xk9mQ2vL8wRt4Zp7"},
    {"command-password", "/root/.bash_history", "curl -s -u bob:%s https://x.test/\n", "Xk9mQ2vL8wRt4Zp7"},
    {"command-password", "/srv/deploy.sh", "sshpass -p '%s' ssh root@x.test\n", "Xk9mQ2vL8wRt4Zp7"},
    {"command-password", "/srv/deploy.sh", "docker login -u bob --password %s r.test\n", "Xk9mQ2vL8wRt4Zp7"},
    {"environment-dump-secret", "/tmp/environ", "DB_PASSWORD=%s\n", "Xk9mQ2vL8wRt4Zp7"},
    {"env-file-secret", "/app/prod.env", "SESSION_SECRET=%s\n", "k3Jx9Qz7Lm2wR8vB"},
    {"connection-string-password", "/app/x.json", "{\"Db\": \"Server=db;User Id=sa;Password=%s;\"}\n", "Xk9mQ2vL8wRt4Zp7"},
    {"terraform-state-secret", "/i/terraform.tfstate", "{\"username\": \"a\", \"password\": \"%s\"}\n", "Xk9mQ2vL8wRt4Zp7"},
    {"jenkins-credential", "/var/jenkins_home/credentials.xml", "<password>{%s}</password>\n",
     "AQAAABAAAAAQm4K9bW2vQ8pL1xR7tZ5nC3dF6gH0jM="},
    {"openai-api-key", "/a", "%s\n",
     "sk-"
     "k3Jx9Qz7Lm2wR8vBt5YcT3BlbkFJ1Nd4Pf6Hs0GaUeXiZp8W"},
};

TEST(each_kind_is_found_and_never_shown)
{
    struct inspector *in = inspector();
    for (size_t i = 0; i < ARRAY_SIZE(FOUND); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        const char *at = strstr(FOUND[i].text, "%s");
        strbuf_adds(&b, "first line\n");
        strbuf_add(&b, str_n(FOUND[i].text, (size_t)(at - FOUND[i].text)));
        strbuf_adds(&b, FOUND[i].secret);
        strbuf_adds(&b, at + 2);
        struct facts f;
        look(in, FOUND[i].path, strbuf_str(&b), &f);
        if (!has_kind(&f, FOUND[i].id))
            test_fail(__FILE__, __LINE__, "%s does not find %s", FOUND[i].id, b.p);
        check_absent(&f, str_sub(str_from(FOUND[i].secret), 5, 11), FOUND[i].id);
        facts_done(&f);
    }
    inspector_free(in);
}

/* A token by its name, not as some password too; a bare password once. */
TEST(each_is_told_once)
{
    static const struct {
        const char *path, *text, *kind;
    } ONCE[] = {
        {"/app/.env", "GIT_TOKEN=glpat-a1B2c3D4e5F6g7H8" "i9J0\n", "gitlab-token"},
        {"/app/x.yaml", "git_api_token: glpat-a1B2c3D4e5F6g7H8" "i9J0\n", "gitlab-token"},
        {"/app/x.yaml", "admin_password: \"Xk9mQ2vL8wRt4Zp7\"\n", "yaml-password"},
        {"/app/config.ini", "db_password = \"Xk9mQ2vL8wRt4Zp7\"\n", "ini-password"},
        {"/src/Dockerfile", "ENV DB_PASSWORD=\"Xk9mQ2vL8wRt4Zp7\"\n", "dockerfile-secret"},
    };
    struct inspector *in = inspector();
    for (size_t i = 0; i < ARRAY_SIZE(ONCE); i++) {
        struct facts f;
        look(in, ONCE[i].path, str_from(ONCE[i].text), &f);
        if (!has_kind(&f, ONCE[i].kind) || facts_get(&f, F_SECRET_COUNT)->u != 1)
            test_fail(__FILE__, __LINE__, "%s: %u in %s", ONCE[i].kind, (unsigned)facts_get(&f, F_SECRET_COUNT)->u, ONCE[i].text);
        facts_done(&f);
    }
    inspector_free(in);
}

TEST(a_piece_of_a_long_encoding_is_no_token)
{
    static const char token[] = "EAA" "MZx81kQ0aBvR7tPqLw3nYc5JdUe9HgSfTo2XiKm4NbVzAy6CrQ8pWl0Ejh1uGs7IxDt5FkMv3BoRn9ZaYqL2wTcPe6UiJy4HdKgS8xV";
    static const size_t BESIDE[] = {0, 400, 3000};
    struct inspector *in = inspector();
    for (size_t k = 0; k < ARRAY_SIZE(BESIDE); k++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        struct facts f;
        strbuf_adds(&b, "module = '");
        for (size_t i = 0; i < BESIDE[k]; i++)
            strbuf_addc(&b, "AQIDBAUGBwgJ"[i % 12]);
        strbuf_printf(&b, "/%s/';\n", token);
        look(in, "/srv/www/a.js", strbuf_str(&b), &f);
        CHECK_INT(has_kind(&f, "facebook-page-token"), BESIDE[k] < 1000);
        facts_done(&f);
    }
    inspector_free(in);
}

TEST(stand_ins_and_prose_are_none)
{
    static const char *const none[] = {
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/"
        "bPxRfiCYEXAMPLEKEY\n",
        "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        "postgres://user:password@localhost/db mysql://root:$PASS@db.test/x https://user:${TOKEN}@h.test/ "
        "https://a:b@c.test/\n",
        "password = \"changeme\"\napi_key: \"${API_KEY}\"\nsecret: \"{{ secret }}\"\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: see the manual of the program for what stands here, and "
        "for more than that\n"
        "-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE "
        "KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END "
        "PRIVATE KEY-----\n",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0."
        "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P\n",
        "root:*:19000:0:99999:7:::\ndaemon:!:19000::::::\n",
        "<password>${env.CI_PASSWORD}</password><password>{COQLCE6DU6GtcS5P=}</password> Server=db;Password={0};\n",
        "password: ${{ secrets.PASS1 }}\nexistingSecret: release-redis-0\npassword: !vault |\nadmin_password: /run/secrets/db1\n"
        "api_key: *anchor1234\n- name: DB_PASSWORD\n  password: correct-horse-battery-staple\n",
        /* Rising numbers of 16 bits in base64, as search indexes hold them, from two places on. */
        "{\"c\":\"EAAM"
        "ACoALQAuADcABwglCFEJUwlkCWYJaQl6CX8JgAmDCVMRfxKCEoMShRKGElYaZxpqGm0aPSJGImQidSJ2InkipSOnI6kjeSulLNEt1i3fLegt8S30LQUuCi4PLiAuMS4B\","
        "\"d\":\"OjAQ+EAAC"
        "ACoALQAuADcABwglCFEJUwlkCWYJaQl6CX8JgAmDCVMRfxKCEoMShRKGElYaZxpqGm0aPSJGImQidSJ2InkipSOnI6kjeSulLNEt1i3fLegt8S30LQUuCi4PLiAuMS4B\"}",
        "bad.password = \\u30d1\\u30b9\\u30ef\\u30fc\\u30c9\\u304c\\u9055\\u3046\n",
        "<?php define('DB_PASSWORD', 'password_here'); define('AUTH_KEY', 'put your unique phrase here');\n",
        "{\"Env\":[\"GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D\",\"DB_PASSWORD_FILE=/run/secrets/"
        "db\"]}",
    };
    struct inspector *in = inspector();
    for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
        struct facts f;
        look(in, i == 7 ? "/etc/shadow" : i == 8 ? "/root/.m2/settings.xml" : none[i][0] == 'b' ? "/srv/messages_ja.properties" : none[i][0] == '<' ? "/srv/www/wp-config-sample.php" : "/app/config.yaml", str_from(none[i]), &f);
        if (facts_has(&f, F_SECRET_KINDS))
            test_fail(__FILE__, __LINE__, "%.*s found in %s",
                      STR_ARG(facts_get(&f, F_SECRET_KINDS)->list.v[0].s), none[i]);
        facts_done(&f);
    }
    inspector_free(in);
}

/* The base64 of a text; the arena's. */
static struct str base64(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n * 2 + 8);
    return str_n(p, (size_t)EVP_EncodeBlock((unsigned char *)p, (const unsigned char *)s.p, (int)s.n));
}

TEST(a_secret_and_its_encoding_are_one)
{
    _cleanup_(arena_done) struct arena a = {};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    CHECK(key && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    const size_t n_pem = (size_t)BIO_get_mem_data(bio, &pem);
    struct str packed_key = base64(&a, str_n(pem, n_pem));
    struct str password = base64(&a, STR("Xk9mQ2vL8wRt4Zp7")), twice = base64(&a, password);
    struct str token = base64(&a, STR("AKIA5Q7ZKBV3XW2MHRTP"));
    struct str jwt = STR("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkYXZ5LXRlc3QtaW1pdGF0aW9uIn0.Q2vL8wRt4Zp7Xk9mQ2vL8wRt4Zp7Xk9mQ2vL8wRt4Zp");
    const struct {
        const char *path, *before;
        struct str value;
        const char *kind; /* the one that is told */
        const char *via;
    } cases[] = {
        {"/root/.kube/config", "users:\n- user:\n    client-key-data: ", packed_key, "private-key", "base64"},
        {"/root/.kube/config", "users:\n- user:\n    token: ", jwt, "json-web-token", ""},
        {"/root/.kube/config", "users:\n- user:\n    token: ", STR("Xk9mQ2vL8wRt4Zp7Xk9mQ2vL8wRt4Zq8"), "kubeconfig-key", ""},
        {"/srv/db.yaml", "kind: Secret\ndata:\n  password: ", password, "yaml-password", "base64"},
        {"/srv/db.yaml", "kind: Secret\ndata:\n  password: ", twice, "yaml-password", "base64"},
        {"/srv/db.yaml", "kind: Secret\ndata:\n  client_secret: ", token, "aws-access-key-id", "base64"},
        {"/srv/db.yaml", "kind: Secret\nstringData:\n  password: ", STR("Xk9mQ2vL8wRt4Zp7_"), "yaml-password", ""},
    };
    struct inspector *in = inspector();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct facts f;
        look(in, cases[i].path, arena_printf(&a, "%s%.*s\n", cases[i].before, STR_ARG(cases[i].value)), &f);
        const struct value *kinds = facts_get(&f, F_SECRET_KINDS);
        if (kinds->type != VALUE_LIST || kinds->list.n != 1 || !str_is(kinds->list.v[0].s, cases[i].kind) ||
            facts_get(&f, F_SECRET_COUNT)->u != 1)
            test_fail(__FILE__, __LINE__, "case %zu: %u secrets, %zu kinds", i, (unsigned)facts_get(&f, F_SECRET_COUNT)->u,
                      kinds->type == VALUE_LIST ? kinds->list.n : 0);
        size_t notes = 0;
        for (size_t k = 0; k < f.n_notes; k++) {
            if (f.notes[k].field != F_SECRET_KINDS)
                continue;
            notes++;
            CHECK_STR(f.notes[k].via, cases[i].via);
        }
        CHECK_INT(notes, 1);
        facts_done(&f);
    }
    inspector_free(in);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

/* Two secrets are two, however near: what is decoded must be that which the other rule found. */
TEST(a_stand_in_is_one_in_base64_too)
{
    static const struct {
        const char *plain;
        bool is_told;
    } cases[] = {{"changeme", false}, {"changeme123456789", false}, {"your-password-1", false}, {"kv9qZ#2lXp8tWmB9", true}, {"admin-7Qm", true}};
    struct inspector *in = inspector();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena a = {};
        struct facts f;
        struct str packed = base64_encode_unpadded(&a, cases[i].plain, strlen(cases[i].plain));
        look(in, "/srv/db.yaml", arena_printf(&a, "kind: Secret\ndata:\n  password: %.*s%s\n", STR_ARG(packed), &"==="[3 - (4 - packed.n % 4) % 4]), &f);
        if (facts_has(&f, F_SECRET_KINDS) != cases[i].is_told)
            test_fail(__FILE__, __LINE__, "%s in base64", cases[i].plain);
        facts_done(&f);
        arena_done(&a);
    }
    inspector_free(in);
}

TEST(neighbours_of_an_encoding_count)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str token = base64(&a, STR("AKIA5Q7ZKBV3XW2MHRTP"));
    struct inspector *in = inspector();
    struct facts f;
    look(in, "/srv/db.yaml", arena_printf(&a, "data:\n  password: Xk9mQ2vL8wRt4Zp7_\n  key: %.*s\n  api_token: Zp7Xk9mQ2vL8wRt4_\n", STR_ARG(token)), &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 3);
    CHECK(has_kind(&f, "yaml-password") && has_kind(&f, "aws-access-key-id"));
    facts_done(&f);
    inspector_free(in);
}

TEST(private_keys_are_told_by_place)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    CHECK(key && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    size_t n = (size_t)BIO_get_mem_data(bio, &pem);
    struct inspector *in = inspector();
    static const struct {
        const char *path, *kind;
    } places[] = {
        {"/root/.ssh/id_ecdsa", "private-key"},
        {"/etc/ssh/ssh_host_ecdsa_key", "host-private-key"},
        {"/usr/lib/python3/test/keycert.pem", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct facts f;
        look(in, places[i].path, str_n(pem, n), &f);
        CHECK_INT(facts_has(&f, F_SECRET_KINDS), places[i].kind != NULL);
        CHECK(!places[i].kind || has_kind(&f, places[i].kind));
        CHECK(!places[i].kind || facts_get(&f, F_SECRET_COUNT)->u == 1);
        check_absent(&f, str_n(pem + 40, 8), places[i].path);
        facts_done(&f);
    }
    inspector_free(in);
    BIO_free(bio);
    EVP_PKEY_free(key);
}
