// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "log/state.h"
#include "log/who.h"

#define SECOND 1'000'000'000ULL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (1795953600 * SECOND) /* 2026-11-29T12:00:00Z */

static void log_state_freepp(struct log_state **s)
{
    *s = log_state_free(*s);
}

static struct log_now now;

static void act(struct log_state *s, uint64_t t, const char *key, const char *ip, const char *region, const char *action)
{
    struct net net;
    struct log_act a = {.time_ns = t, .provider = STR("aws"), .account = STR("111122223333"), .region = str_from(region), .service = STR("ec2"), .action = str_from(action),
                        .principal = STR("arn:aws:iam::111122223333:user/x"), .key = str_from(key), .agent = STR("aws-cli/2.1 Python/3 Linux/6"), .is_person = true};
    if (ip) {
        CHECK(net_from_str(str_from(ip), &net));
        a.ip = &net;
    }
    log_now_reset(&now);
    log_state_act(s, &a, &now);
}

TEST(first_times)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    act(s, START, "AKIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    CHECK(now.habit.is && now.habit.events == 0 && now.habit.is_new[TRAIT_REGION] && now.habit.is_new[TRAIT_NETWORK]);
    CHECK_CSTR(now.agent, "aws-cli on linux");
    for (unsigned d = 1; d <= 41; d++)
        act(s, START + d * DAY, "AKIA1", "203.0.113.77", "eu-west-1", "DescribeInstances");
    CHECK_INT(now.habit.days, 41);
    CHECK_INT(now.habit.events, 41);
    for (unsigned i = 0; i < TRAIT__N; i++)
        CHECK(!now.habit.is_new[i]);
    act(s, START + 41 * DAY + HOUR, "AKIA1", "198.51.100.1", "ap-southeast-3", "DescribeInstances");
    CHECK(now.habit.is_new[TRAIT_REGION] && now.habit.is_new[TRAIT_NETWORK] && !now.habit.is_new[TRAIT_SERVICE] && now.account.is_new[TRAIT_REGION]);
    CHECK_INT(now.habit.traits[TRAIT_NETWORK], 1);
    /* another key: new to it, not to the account */
    act(s, START + 41 * DAY + HOUR, "AKIA2", "198.51.100.1", "ap-southeast-3", "DescribeInstances");
    CHECK(now.habit.is_new[TRAIT_REGION] && !now.account.is_new[TRAIT_REGION] && now.habit.days == 0);
    CHECK_INT(now.neighbours, 1);
    CHECK(now.has_person);
    /* after a long sleep */
    act(s, START + 141 * DAY, "AKIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    CHECK_INT(now.habit.idle_ns / DAY, 99);
}

TEST(keys_of_sessions_stand_for_their_principal)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    act(s, START, "ASIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    act(s, START + DAY, "ASIA2", "203.0.113.9", "eu-west-1", "DescribeInstances");
    CHECK_INT(now.habit.events, 1);
    CHECK(!now.habit.is_new[TRAIT_REGION]);
}

TEST(two_places_at_once)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    act(s, START, "AKIA1", "203.0.113.9", "eu-west-1", "a");
    act(s, START + MINUTE, "AKIA1", "203.0.113.200", "eu-west-1", "a"); /* the same network */
    CHECK_INT(now.at_once, 1);
    act(s, START + 2 * MINUTE, "AKIA1", "2001:db8::1", "eu-west-1", "a"); /* the other family of one machine */
    CHECK_INT(now.at_once, 1);
    act(s, START + 3 * MINUTE, "AKIA1", "198.51.100.1", "eu-west-1", "a");
    CHECK_INT(now.at_once, 2);
    CHECK(now.has_other && now.other.bytes[0] == 203 && now.other.bytes[3] == 200);
    act(s, START + 30 * MINUTE, "AKIA1", "192.0.2.1", "eu-west-1", "a");
    CHECK_INT(now.at_once, 1);
    CHECK(!now.has_other);
}

static void act_at(struct log_state *s, uint64_t t, const char *ip, const char *country, uint32_t asn, const char *cloud)
{
    struct net net;
    CHECK(net_from_str(str_from(ip), &net));
    const struct log_act a = {.time_ns = t, .provider = STR("aws"), .account = STR("111122223333"), .region = STR("eu-west-1"), .service = STR("s3"), .action = STR("GetObject"),
                              .principal = STR("arn:aws:iam::111122223333:user/x"), .key = STR("AKIA1"), .ip = &net, .country = str_from(country), .asn = asn,
                              .cloud = str_from(cloud), .knows_clouds = true};
    log_now_reset(&now);
    log_state_act(s, &a, &now);
}

TEST(countries)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    act_at(s, START, "203.0.113.9", "DE", 64500, "");
    CHECK(now.habit.is_new[TRAIT_COUNTRY] && now.habit.traits[TRAIT_COUNTRY] == 0 && now.habit.is_new[TRAIT_CLOUD]);
    CHECK_INT(now.countries_at_once, 1);
    act_at(s, START + 20 * DAY, "203.0.113.10", "DE", 64500, "");
    CHECK(!now.habit.is_new[TRAIT_COUNTRY] && !now.habit.is_new[TRAIT_ASN] && !now.habit.is_new[TRAIT_CLOUD]);
    /* elsewhere half an hour later: two countries within the hour, but no two networks at once */
    act_at(s, START + 20 * DAY + 30 * MINUTE, "198.51.100.9", "BR", 64501, "azure");
    CHECK(now.habit.is_new[TRAIT_COUNTRY] && now.habit.is_new[TRAIT_ASN] && now.habit.is_new[TRAIT_CLOUD] && now.habit.traits[TRAIT_COUNTRY] == 1);
    CHECK_INT(now.countries_at_once, 2);
    CHECK_CSTR(now.other_country, "DE");
    CHECK_INT(now.asns_at_once, 1);
    act_at(s, START + 20 * DAY + 35 * MINUTE, "192.0.2.1", "BR", 64502, "azure");
    CHECK_INT(now.countries_at_once, 2);
    CHECK_INT(now.asns_at_once, 2);
    CHECK_INT(now.other_asn, 64501);
    act_at(s, START + 20 * DAY + 36 * MINUTE, "192.0.2.200", "", 0, ""); /* nobody knows: no place */
    CHECK(!now.countries_at_once && !now.asns_at_once && !now.other_country[0]);
    act_at(s, START + 21 * DAY, "198.51.100.9", "BR", 64501, "azure");
    CHECK(now.countries_at_once == 1 && !now.habit.is_new[TRAIT_COUNTRY] && now.habit.traits[TRAIT_COUNTRY] == 2);
}

static void answer(struct log_state *s, uint64_t t, const char *name, const char *a, const char *b)
{
    const struct str places[] = {str_from(a), b ? str_from(b) : STR_NULL};
    log_now_reset(&now);
    log_state_answer(s, t, STR("vpc-1"), str_from(name), STR("A"), places, b ? 2 : 1, &now);
}

TEST(answers_that_contradict_each_other)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    for (unsigned h = 0; h < 24 * 10; h++) {
        answer(s, START + h * HOUR, "login.example.com", "AS64500", NULL);
        CHECK(now.names.is && !now.names.is_elsewhere && !now.names.is_conflict && now.names.places == (h ? 1 : 0));
    }
    const uint64_t t = START + 10 * DAY;
    answer(s, t, "login.example.com", "AS64500", "AS64999"); /* one of two known: a second provider */
    CHECK(!now.names.is_elsewhere && !now.names.is_conflict);
    answer(s, t + MINUTE, "login.example.com", "AS64666", NULL);
    CHECK(now.names.is_elsewhere && !now.names.is_conflict && now.names.days == 10 && now.names.answers == 241);
    CHECK_CSTR(now.names.place, "AS64666");
    answer(s, t + 2 * MINUTE, "login.example.com", "AS64666", NULL); /* it stays there: it moved */
    CHECK(!now.names.is_elsewhere && !now.names.is_conflict);
    answer(s, t + 3 * MINUTE, "login.example.com", "AS64500", NULL);
    CHECK(now.names.is_conflict && !now.names.is_elsewhere);
    answer(s, t + 4 * MINUTE, "login.example.com", "AS64500", NULL); /* told once */
    CHECK(!now.names.is_conflict);
    /* long after, another name, another network: nothing */
    answer(s, t + 4 * MINUTE, "www.example.com", "AS64500", NULL);
    CHECK(!now.names.answers);
    answer(s, t + HOUR, "login.example.com", "AS64777", NULL);
    answer(s, t + 3 * HOUR, "login.example.com", "AS64500", NULL);
    CHECK(!now.names.is_conflict);
}

TEST(spending)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    log_state_spend(s, START, STR("x"), 2, 1.5, &now);
    CHECK(now.spend.usd_per_hour > 2.99 && now.spend.usd_per_hour < 3.01 && now.spend.count == 2);
    log_state_spend(s, START + 2 * MINUTE, STR("x"), 10, 4, &now);
    CHECK(now.spend.usd_per_hour > 42.9 && now.spend.usd_per_hour < 43.1 && now.spend.count == 12);
    log_state_spend(s, START + 2 * MINUTE, STR("y"), 1, 1, &now);
    CHECK_INT(now.spend.count, 1);
    log_state_spend(s, START + 6 * MINUTE, STR("x"), 1, 1, &now); /* the first two are past */
    CHECK_INT(now.spend.count, 11);
    log_state_spend(s, START + 60 * MINUTE, STR("x"), 1, 1, &now);
    CHECK_INT(now.spend.count, 1);
    log_state_spend(s, START + 58 * MINUTE, STR("x"), 1, 1, &now); /* comes late */
    CHECK_INT(now.spend.count, 2);
    log_state_spend(s, START, STR("x"), 7, 1, &now); /* another file */
    CHECK_INT(now.spend.count, 7);
}

TEST(volume_against_the_same_hour)
{
    enum { GB = 1'000'000'000 };
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    log_now_reset(&now);
    /* a backup of 20 GB each night at two, little by day */
    for (unsigned h = 0; h < 24 * 9; h++) {
        const bool is_night = h % 24 == 2;
        for (unsigned i = 0; i < 4; i++)
            log_state_volume(s, START - 12 * HOUR + h * HOUR + i * 10 * MINUTE, STR("10.0.0.5"), STR("internet"), is_night ? 5ULL * GB + i * 1000 : 1'000'000 + i, &now);
        if (h > 24 * 4)
            CHECK(now.volume.is_known && now.volume.z < 3);
    }
    const uint64_t next = START - 12 * HOUR + 9 * DAY;
    log_state_volume(s, next + 2 * HOUR, STR("10.0.0.5"), STR("internet"), 20ULL * GB, &now);
    const double night = now.volume.z;
    log_state_volume(s, next + 14 * HOUR, STR("10.0.0.5"), STR("internet"), 20ULL * GB, &now);
    CHECK(now.volume.z > 100 && now.volume.z > 10 * night);
    CHECK(now.volume.usual < 10'000'000);
    /* a little more than nothing is nothing */
    log_state_volume(s, next + 15 * HOUR, STR("10.0.0.5"), STR("internet"), 90'000'000, &now);
    CHECK(now.volume.z < 2);
    log_state_volume(s, next, STR("10.0.0.6"), STR("internet"), 20ULL * GB, &now); /* nobody knows what this one does */
    CHECK(!now.volume.is_known && now.volume.sender_days == 0 && now.volume.days == 0);
    log_state_volume(s, next + 16 * HOUR, STR("10.0.0.5"), STR("gcp"), 20ULL * GB, &now); /* known to send, but not there */
    CHECK(!now.volume.is_known && now.volume.sender_days == 9 && now.volume.days == 0 && now.volume.bytes > 19e9);
}

TEST(zones)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    log_now_reset(&now);
    log_state_zone(s, START, STR("Z1"), STR("www.example.com."), STR("A"), 3600, STR("203.0.113.1"), &now);
    CHECK(now.zone.is && !now.zone.is_known && !now.zone.is_changed && now.zone.is_new_target);
    log_now_reset(&now);
    log_state_zone(s, START + 5 * DAY, STR("Z1"), STR("new.example.com"), STR("A"), 300, STR("203.0.113.1"), &now);
    CHECK(now.zone.is && !now.zone.is_new_target);
    log_state_zone(s, START + 5 * DAY, STR("Z1"), STR("WWW.example.com"), STR("A"), 60, STR("198.51.100.66"), &now);
    CHECK(now.zone.is_changed && now.zone.is_new_target);
    CHECK_CSTR(now.zone.before, "203.0.113.1");
    CHECK_CSTR(now.zone.after, "198.51.100.66");
    CHECK_CSTR(now.zone.name, "www.example.com");
    CHECK_INT(now.zone.ttl_before, 3600);
    CHECK_INT(now.zone.ttl, 60);
    /* what weighs less does not take its place */
    log_state_zone(s, START + 5 * DAY, STR("Z1"), STR("more.example.com"), STR("A"), 60, STR("203.0.113.1"), &now);
    CHECK_CSTR(now.zone.name, "www.example.com");
    log_now_reset(&now);
    log_state_zone(s, START + 6 * DAY, STR("Z1"), STR("www.example.com"), STR("A"), 0, STR_NULL, &now);
    CHECK(now.zone.is_changed && !now.zone.after[0]);
}

TEST(gaps)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    log_now_reset(&now);
    for (unsigned i = 0; i < 200; i++)
        log_state_stream(s, START + i * MINUTE, STR("cloudtrail/1"), &now);
    CHECK_INT(now.gap.length_ns, MINUTE);
    log_state_stream(s, START + 199 * MINUTE + 6 * HOUR, STR("cloudtrail/1"), &now);
    CHECK_INT(now.gap.length_ns, 6 * HOUR);
    CHECK_INT(now.gap.usual_ns, MINUTE);
    CHECK_INT(now.gap.records, 200);
}

TEST(clients)
{
    static const char *const cases[][2] = {
        {"aws-cli/2.13.5 Python/3.11.4 Linux/5.15 exe/x86_64.ubuntu.22", "aws-cli on linux"},
        {"APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io) terraform-provider-aws/5.1 aws-sdk-go/1.44 (go1.20; linux; amd64)", "terraform on linux"},
        {"[Boto3/1.7.4 Python/3.6 Linux/4.14 Botocore/1.10]", "boto3 on linux"},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "firefox on linux"},
        {"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120", "edg on windows"},
        {"aws-cli/2.0 Linux/6.1-kali exe", "aws-cli on kali"}, {"S3Console/0.4, aws-internal/3", "s3console"}, {"", ""}, {"x", "x"},
    };
    char got[64];
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        log_agent_family(str_from(cases[i][0]), got);
        CHECK_CSTR(got, cases[i][1]);
    }
    char all[512];
    memset(all, 'K', sizeof(all));
    memcpy(all + 400, "windows", 7);
    log_agent_family(str_n(all, sizeof(all)), got);
    CHECK(strlen(got) < sizeof(got));
}

TEST(sizes)
{
    static const struct {
        const char *type;
        unsigned vcpus;
    } cases[] = {{"t3.large", 2}, {"c5.xlarge", 4}, {"p3.16xlarge", 64}, {"c5.24xlarge", 96}, {"m5.metal", 96}, {"c7i.metal-24xl", 96}, {"c7i.metal-48xl", 192}, {"ecs.gn6v-c8g1.2xlarge", 0}, {"x", 0}, {"", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases) - 3; i++)
        CHECK_INT(log_size_vcpus(str_from(cases[i].type)), cases[i].vcpus);
    CHECK_INT(log_size_vcpus(STR("x")), 0);
}

TEST(the_whole_as_bytes)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new(), *t = log_state_new();
    struct strbuf b = {};
    struct error err = ERROR_NULL;
    for (unsigned d = 0; d < 10; d++)
        act(s, START + d * DAY, "AKIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    log_state_zone(s, START, STR("Z1"), STR("www.example.com."), STR("A"), 3600, STR("203.0.113.1"), &now);
    log_state_save(s, &b);
    CHECK(b.n < 16 << 10);
    CHECK_INT(log_state_restore(t, strbuf_str(&b), &err), 0);
    act(t, START + 10 * DAY, "AKIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    CHECK_INT(now.habit.events, 10);
    CHECK(!now.habit.is_new[TRAIT_REGION]);
    log_now_reset(&now);
    log_state_zone(t, START + DAY, STR("Z1"), STR("www.example.com"), STR("A"), 3600, STR("198.51.100.1"), &now);
    CHECK(now.zone.is_changed);
    /* anything else begins anew */
    for (size_t i = 0; i < b.n; i += b.n / 50 + 1)
        CHECK_INT(log_state_restore(t, str_n(b.p, i), &err), -EINVAL);
    strbuf_addc(&b, 'x');
    CHECK_INT(log_state_restore(t, strbuf_str(&b), &err), -EINVAL);
    act(t, START + 10 * DAY, "AKIA1", "203.0.113.9", "eu-west-1", "DescribeInstances");
    CHECK_INT(now.habit.events, 0);
    strbuf_done(&b);
}

TEST(a_flood_makes_it_forget_and_count)
{
    _cleanup_(log_state_freepp) struct log_state *s = log_state_new();
    for (unsigned i = 0; i < 100'000; i++) {
        char key[32];
        snprintf(key, sizeof(key), "AKIA%u", i);
        act(s, START + i * SECOND, key, "203.0.113.9", "eu-west-1", "x");
    }
    CHECK(log_state_forgotten(s) > 50'000);
    CHECK(log_state_bytes() < 32 << 20);
    act(s, START + 100'000 * SECOND, "AKIA99999", "203.0.113.9", "eu-west-1", "x");
    CHECK_INT(now.habit.events, 1);
}

/* Two that come in turn stay; of three the one that was met longest ago goes. */
TEST(who_was_met_lately_is_known)
{
    enum { APART = 1 << 20 };
    struct log_mets *m = log_mets_new();
    bool is_new;
    for (unsigned round = 0; round < 3; round++)
        for (uint64_t who = 1; who < 3 * APART; who += 2 * APART) {
            struct log_met *met = log_mets_find(m, who, &is_new);
            CHECK(is_new == !round && met->digest == who && met->stream == (round ? who : 0));
            met->stream = who;
        }
    CHECK(log_mets_find(m, 1, &is_new)->stream == 1 && !is_new);
    CHECK(!log_mets_find(m, 1 + 4 * APART, &is_new)->stream && is_new);
    CHECK(log_mets_find(m, 1, &is_new)->stream == 1 && !is_new);
    CHECK(!log_mets_find(m, 1 + 2 * APART, &is_new)->stream && is_new);
    CHECK(!log_mets_free(m));
}
