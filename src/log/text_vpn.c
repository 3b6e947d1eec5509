// SPDX-License-Identifier: Apache-2.0
/*
 * https://openvpn.net/community-resources/reference-manual-for-openvpn-2-6/ · https://docs.strongswan.org/docs/latest/config/logging.html
 * 203.0.113.9:51234 TLS Auth Error: Auth Username/Password verification failed for peer
 * 203.0.113.9:51234 [bob] Peer Connection Initiated with [AF_INET]203.0.113.9:51234
 * 05[IKE] IKE_SA rw[1] established between 10.0.0.1[gw.example]...203.0.113.9[bob]
 * Names come from whoever tries; the address stands in front of them, or behind the last word that introduces one.
 */
#include "log/text_vpn.h"

#include "base/cleanup.h"
#include "log/text_server_form.h"

static bool login(struct text *t, struct str user, const char *reason)
{
    t->v[TEXT_ACTION] = VALUE_OF_STR(STR("login"));
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(reason ? STR("failure") : STR("success"));
    text_str(t, TEXT_USER, str_sub(str_trim(user), 0, TEXT_NAME_MAX));
    text_str(t, TEXT_METHOD, STR("vpn"));
    if (reason)
        text_str(t, TEXT_REASON, str_from(reason));
    return true;
}

/* ADDRESS:PORT or NAME/ADDRESS:PORT in front: what is behind, and the name. */
static bool take_peer(struct str *s, struct text *t, struct str *ret_name)
{
    struct str rest = *s, peer;
    *ret_name = STR_NULL;
    if (!str_split(&rest, ' ', &peer))
        return false;
    for (size_t i = peer.n; i; i--)
        if (peer.p[i - 1] == '/') {
            *ret_name = str_sub(peer, 0, i - 1);
            peer = str_sub(peer, i, peer.n);
            break;
        }
    if (!text_endpoint(t, TEXT_IP, TEXT_PORT, peer))
        return false;
    *s = rest;
    return true;
}

bool text_vpn_openvpn(struct str s, struct text *t)
{
    struct str name;
    s = str_trim(s);
    if (!take_peer(&s, t, &name))
        return false;
    if (str_starts(s, STR("TLS Auth Error: Auth Username/Password verification failed")))
        return login(t, name, "wrong-password");
    if (str_starts(s, STR("VERIFY ERROR: ")))
        return login(t, name, "wrong-certificate");
    const ptrdiff_t begun = str_find(s, STR("] Peer Connection Initiated with "), 0);
    if (begun > 0 && s.p[0] == '[')
        return login(t, str_sub(s, 1, (size_t)begun), NULL);
    return false;
}

bool text_vpn_charon(struct str s, struct text *t)
{
    const ptrdiff_t ike = str_find(str_sub(s, 0, 12), STR("[IKE] "), 0);
    if (ike < 0)
        return false;
    s = str_sub(s, (size_t)ike + strlen("[IKE] "), s.n);
    const ptrdiff_t eap = str_find(s, STR(" failed for peer "), 0), between = str_find(s, STR("] established between "), 0);
    if (str_starts(s, STR("EAP method ")) && eap > 0)
        return login(t, str_sub(s, (size_t)eap + strlen(" failed for peer "), s.n), "wrong-password");
    if (!str_starts(s, STR("IKE_SA ")) || between < 0)
        return false;
    const ptrdiff_t dots = str_find(s, STR("]..."), (size_t)between), open = dots > 0 ? str_find(s, STR("["), (size_t)dots) : -1;
    if (open < 0 || s.p[s.n - 1] != ']' || !text_ip(t, TEXT_IP, str_sub(s, (size_t)dots + strlen("]..."), (size_t)open)))
        return false;
    return login(t, str_sub(s, (size_t)open + 1, s.n - 1), NULL);
}

/* 2026-03-02 10:15:30 [us=123456] 203.0.113.9:51234 …, a file of its own. */
bool text_server_openvpn(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char *const BEGINNINGS[] = {"OpenVPN 2.", "MULTI: ", "Initialization Sequence Completed", "UDPv4 link ", "TCPv4_SERVER link ", "TCP connection established with [AF_INET", "SIGTERM[", "SIGUSR1[", "PUSH: Received control message", "net_addr_v4_add: ", "/sbin/ip "};
    struct str name, rest, word;
    if (s.n < 28 || s.p[4] != '-' || s.p[10] != ' ' || !text_time_iso(&s, clock, &r->t.time_ns) || !str_starts(s, STR(" ")))
        return false;
    s = str_trim(s);
    rest = s;
    if (str_starts(s, STR("us=")) && str_split(&rest, ' ', &word))
        s = rest;
    struct str behind = s;
    bool is = take_peer(&behind, &r->t, &name);
    for (size_t i = 0; i < ARRAY_SIZE(BEGINNINGS) && !is; i++)
        is = str_starts(s, str_from(BEGINNINGS[i]));
    if (!is)
        return false;
    const bool is_login = text_vpn_openvpn(s, &r->t);
    text_server_say(r, STR("openvpn"), s);
    if (!is_login && behind.n != s.n)
        text_server_pair(r, STR("client"), str_sub(s, 0, s.n - behind.n - 1));
    return true;
}
