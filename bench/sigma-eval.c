// SPDX-License-Identifier: Apache-2.0
/*
 * What more Sigma rules cost: `build/src/rule/sigma-eval RULES [ROUNDS]` makes that many rules (no two alike, shaped like SigmaHQ's for
 * CloudTrail and for started programs), and judges made-up events by them. What a source needs to read the fields is not measured.
 * Under callgrind, with --toggle-collect=evaluator_run, only the judging is counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rule/test-sigma-sample.h"

static uint64_t seed = 7;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % n);
}
#define PICK(table) (table[rnd(sizeof(table) / sizeof((table)[0]))])

static const char *const SERVICES[] = {"ec2", "iam", "s3", "sts", "lambda", "rds", "kms", "eks", "ecs", "route53", "cloudtrail", "guardduty", "config", "ssm", "efs", "sso"};
static const char *const VERBS[] = {"Create", "Delete", "Update", "Put", "Describe", "Get", "Attach", "Detach", "Modify", "Stop"};
static const char *const NOUNS[] = {"User", "Role", "Policy", "Bucket", "Trail", "Key", "Function", "Snapshot", "Instance", "Cluster", "Domain", "Route", "Rule", "Group", "Detector", "Session"};
static const char *const TOOLS[] = {"curl", "wget", "nc", "python", "perl", "base64", "crontab", "chattr", "iptables", "ssh", "tar", "xmrig"};

static void add_cloud(struct strbuf *b, unsigned number)
{
    strbuf_printf(b, "title: cloud %u\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection:\n    eventSource: %s.amazonaws.com\n    eventName:\n", number,
                  PICK(SERVICES));
    for (unsigned i = 0, n = 1 + rnd(4); i < n; i++)
        strbuf_printf(b, "      - %s%s%u\n", PICK(VERBS), PICK(NOUNS), rnd(40));
    if (!rnd(5))
        strbuf_printf(b, "    userAgent|contains: %s%u\n", PICK(TOOLS), rnd(50));
    if (!rnd(8))
        strbuf_printf(b, "    requestParameters.policyDocument|contains|all: ['%s:*', '%u']\n", PICK(SERVICES), rnd(1000));
    if (!rnd(4))
        strbuf_printf(b, "  filter:\n    userIdentity.arn|endswith: ':role/%s-%u'\n  condition: selection and not filter\n---\n", PICK(NOUNS), rnd(100));
    else
        strbuf_adds(b, "  condition: selection\n---\n");
}

static void add_process(struct strbuf *b, unsigned number)
{
    strbuf_printf(b, "title: process %u\nlogsource: {product: linux, category: process_creation}\ndetection:\n  selection:\n    Image|endswith: ['/%s%u', '/%s%u']\n", number,
                  PICK(TOOLS), rnd(60), PICK(TOOLS), rnd(60));
    strbuf_printf(b, "    CommandLine|contains: [' -%c%u ', '--%s-%u']\n", 'a' + rnd(26), rnd(30), PICK(VERBS), rnd(40));
    if (!rnd(6))
        strbuf_printf(b, "    ParentCommandLine|re: '%s\\s+-c\\s+.*%u'\n", PICK(TOOLS), rnd(1000));
    strbuf_printf(b, "  filter_user: {User: svc%u}\n  condition: selection and not 1 of filter_*\n---\n", rnd(100));
}

static const char *const EVENTS[] = {
    "evt.type=aws_cloudtrail; json.any[/eventSource]=ec2.amazonaws.com; json.any[/eventName]=DescribeInstance7; json.any[/userAgent]=aws-sdk-go/1.44 (go1.19, linux); "
    "json.any[/userIdentity/arn]=arn:aws:sts::123456789012:assumed-role/ci/x; json.any[/requestParameters/policyDocument]={}",
    "evt.type=aws_cloudtrail; json.any[/eventSource]=s3.amazonaws.com; json.any[/eventName]=GetObject; json.any[/userAgent]=Boto3/1.28 Python/3.11; "
    "json.any[/userIdentity/arn]=arn:aws:iam::123456789012:user/alice",
    "evt.type=aws_cloudtrail; json.any[/eventSource]=sts.amazonaws.com; json.any[/eventName]=AssumeRole; json.any[/userAgent]=ecs.amazonaws.com; "
    "json.any[/userIdentity/arn]=arn:aws:sts::123456789012:assumed-role/Rule-5/x",
    "evt.type=aws_cloudtrail; json.any[/eventSource]=iam.amazonaws.com; json.any[/eventName]=CreateUser12; json.any[/userAgent]=console.amazonaws.com; "
    "json.any[/userIdentity/arn]=arn:aws:iam::123456789012:user/bob",
    "evt.type=execve; evt.res=SUCCESS; proc.exepath=/usr/bin/date; proc.exeline=date +%s; proc.pcmdline=bash /usr/local/bin/poll.sh; user.name=www-data",
    "evt.type=execve; evt.res=SUCCESS; proc.exepath=/usr/bin/curl; proc.exeline=curl -s -o /dev/null https://example.org/health; proc.pcmdline=sh -c poll; user.name=nagios",
};

int main(int argc, char **argv)
{
    enum { KINDS = sizeof(EVENTS) / sizeof(EVENTS[0]) };
    const unsigned rules = argc > 1 ? (unsigned)atoi(argv[1]) : 0, rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
    static struct sample samples[KINDS];
    struct diags diags = {};
    struct strbuf text = {};
    unsigned matches = 0;
    if (!rules) {
        (void)fputs("usage: sigma-eval RULES [ROUNDS]\n", stderr);
        return 2;
    }
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    for (unsigned i = 0; i < rules; i++)
        (i % 2 ? add_process : add_cloud)(&text, i);
    (void)ruleset_load_sigma_memory(rs, "made.yml", strbuf_str(&text), &diags);
    if (ruleset_compile(rs, &diags) < 0 || diags.n)
        return 3;
    for (size_t k = 0; k < KINDS; k++)
        if (!sample_init(&samples[k], EVENTS[k]))
            return 3;
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    for (unsigned i = 0; i < rounds; i++)
        for (size_t k = 0; k < KINDS; k++)
            (void)evaluator_run(ev, &samples[k].event, sigma_sample_count, &matches);
    const struct evaluator_stats s = evaluator_stats(ev);
    printf("%zu rules, %llu events, %llu instructions of programs, %u matches\n", ruleset_count(rs), (unsigned long long)s.events,
           (unsigned long long)s.instructions, matches);
    evaluator_free(ev);
    ruleset_free(rs);
    for (size_t k = 0; k < KINDS; k++)
        sample_done(&samples[k]);
    strbuf_done(&text);
    diags_done(&diags);
    return 0;
}
