// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "base/kthread.h"
#include "source/proc/parse.h"

TEST(stat_takes_any_name)
{
    struct proc_stat st;
    CHECK(proc_parse_stat(
        STR("42 (a) S 9 (b) ) R 7 42 41 34816 42 4194560 1 2 3 4 500 60 0 0 20 0 3 0 777 8192 1\n"), &st));
    CHECK_STR(st.comm, "a) S 9 (b) ");
    CHECK(st.state == 'R');
    CHECK_INT(st.ppid, 7);
    CHECK_INT(st.pgid, 42);
    CHECK_INT(st.sid, 41);
    CHECK_INT(st.tty, 34816);
    CHECK_INT(st.flags, 4194560);
    CHECK_INT(st.utime, 500);
    CHECK_INT(st.stime, 60);
    CHECK_INT(st.threads, 3);
    CHECK_INT(st.start, 777);
    CHECK_INT(st.vsize, 8192);
    CHECK(!proc_parse_stat(STR("42 (a) S 9"), &st));
    CHECK(!proc_parse_stat(STR("42 )a( S 9"), &st));
    CHECK(!proc_parse_stat(STR_NULL, &st));
}

TEST(status_lines)
{
    const struct str text = STR("Name:\tx\nVmSize:\t  3060 kB\nVmS:\t1\nCpus_allowed_list:\t0-3,8\n");
    CHECK_INT(proc_status_number(text, "VmSize"), 3060);
    CHECK_INT(proc_status_number(text, "VmS"), 1);
    CHECK_INT(proc_status_number(text, "VmRSS"), 0);
    CHECK(!proc_status_get(text, "Cpus").p);
    CHECK(!proc_one_cpu(proc_status_get(text, "Cpus_allowed_list")));
    CHECK(proc_one_cpu(STR("7")));
    CHECK(!proc_one_cpu(STR("")));
}

TEST(maps)
{
    struct str text = STR("7f00-7f10 r-xp 00000000 fe:00 12 /tmp/a b (deleted)\n"
                          "garbage\n"
                          "10-5 rw-p 0 0:0 0\n"
                          "1000-3000 rwxp 00000000 00:00 0 \n"
                          "4000-5000 rw-p 00000000 00:0f 4097 /anon_hugepage (deleted)\n"
                          "6000-7000 rw-p 00000000 00:00 0 [heap]\n");
    struct proc_map m;
    CHECK(proc_map_next(&text, &m));
    CHECK(m.x && !m.w && m.inode == 12 && !proc_map_is_anonymous(&m));
    CHECK_STR(m.path, "/tmp/a b (deleted)");
    CHECK(proc_map_next(&text, &m));
    CHECK(m.w && m.x && m.to - m.from == 0x2000 && proc_map_is_anonymous(&m));
    CHECK(proc_map_next(&text, &m) && proc_map_is_anonymous(&m));
    CHECK(proc_map_next(&text, &m) && proc_map_is_anonymous(&m));
    CHECK(!proc_map_next(&text, &m));
}

TEST(sockets)
{
    struct str text = STR(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 582 1 0\n"
        "   1: 0000000000000000FFFF00000200000A:0016 0000000000000000FFFF000008080808:01BB 01 "
        "00000000:00000000 00:00000000 00000000 0 0 583 1 0\n");
    struct proc_socket s;
    CHECK(proc_socket_next(&text, &s));
    CHECK_INT(s.local.port, 8080);
    CHECK(s.local.bytes[0] == 127 && s.local.bytes[3] == 1 && !s.local.v6);
    CHECK_INT(s.state, PROC_SOCKET_LISTEN);
    CHECK_INT(s.inode, 582);
    CHECK(!proc_endpoint_is_open(&s.local));
    CHECK(proc_socket_next(&text, &s));
    CHECK(!s.local.v6 && !s.remote.v6 && s.remote.bytes[0] == 8 && s.remote.port == 443);
    CHECK_INT(s.inode, 583);
    CHECK(!proc_socket_next(&text, &s));
}

TEST(open_addresses)
{
    static const struct {
        struct proc_endpoint e;
        bool open;
    } CASES[] = {
        {{.bytes = {0}}, true},
        {{.bytes = {0}, .v6 = true}, true},
        {{.bytes = {127, 0, 0, 1}}, false},
        {{.bytes = {10, 1, 2, 3}}, false},
        {{.bytes = {172, 31, 0, 1}}, false},
        {{.bytes = {172, 32, 0, 1}}, true},
        {{.bytes = {192, 168, 0, 1}}, false},
        {{.bytes = {169, 254, 0, 1}}, false},
        {{.bytes = {100, 64, 0, 1}}, false},
        {{.bytes = {8, 8, 8, 8}}, true},
        {{.bytes = {[15] = 1}, .v6 = true}, false},
        {{.bytes = {0xfe, 0x80, [15] = 1}, .v6 = true}, false},
        {{.bytes = {0xfd, 0x00, [15] = 1}, .v6 = true}, false},
        {{.bytes = {0x2a, 0x00, [15] = 1}, .v6 = true}, true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        CHECK(proc_endpoint_is_open(&CASES[i].e) == CASES[i].open);
}

TEST(routes_that_discard)
{
    CHECK_INT(proc_blackholes_v4(
                  STR("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                      "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                      "*\t0A0200C0\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
                      "lo\t0B0200C0\t00000000\t0201\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n")),
              2);
    CHECK_INT(
        proc_blackholes_v6(STR("00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
                               "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n"
                               "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 "
                               "00000000000000000000000000000000 00000400 00000001 00000000 00200200 lo\n")),
        1);
}


TEST(kernel_thread_names)
{
    static const struct {
        const char *comm, *argv0;
        bool like;
    } CASES[] = {
        {"kworker/u8:2", "", true},
        {"x", "[kworker/u8:2]", true},
        {"kdevtmpfsi", "/tmp/kdevtmpfsi", true},
        {"kswapd0", "./kswapd0", true},
        {"bash", "/tmp/ksoftirqds", true},
        {"[md]", "", true},
        {"scsi_eh_3", "", true},
        {"ksmd", "ksmd", true},
        {"kdeconnectd", "/usr/lib/kdeconnectd", false},
        {"ksmtuned", "/usr/sbin/ksmtuned", false},
        {"kded5", "kded5", false},
        {"crypto", "crypto", false},
        {"celery", "[celeryd: a@b:MainProcess]", false},
        {"watchdog", "/usr/sbin/watchdog", false},
        {"(sd-pam)", "(sd-pam)", false},
        {"irqbalance", "/usr/sbin/irqbalance", false},
        {"[", "[", false},
        {"[]", "[]", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        if (kthread_like(str_from(CASES[i].comm), str_from(CASES[i].argv0)) != CASES[i].like)
            test_fail(__FILE__, __LINE__, "%s / %s", CASES[i].comm, CASES[i].argv0);
}
