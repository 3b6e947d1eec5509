// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "inspect/hostname.h"

/* Generic top-level domains that are common in the wild; each word between blanks. */
static const char GENERIC[] = " com net org info biz name pro edu gov mil int arpa onion top xyz online site "
                              "club shop store tech space website live app dev cloud "
                              "icu work fun host press pw link click download stream win bid loan men party "
                              "racing review science trade webcam date faith "
                              "vip wang xin ltd group life world today email network systems solutions "
                              "services agency digital media news wiki blog page "
                              "zone center team social chat support tools run money finance exchange market "
                              "cash rocks ninja guru red blue pink black "
                              "example test invalid ";

/* Country codes, two letters each (ISO 3166 and the few others that are delegated). */
static const char COUNTRIES[] = " ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi "
                                "bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn "
                                "co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm "
                                "fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm "
                                "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp "
                                "kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh "
                                "mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np "
                                "nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs "
                                "ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td "
                                "tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc "
                                "ve vg vi vn vu wf ws ye yt za zm zw ";

/* Those that file names and members of objects end in as often. */
static const char AMBIGUOUS[] =
    " py sh rs md pl so in io id is it to my me cc ps name info run app test link "
    "date do as am at no re st tf ws ml mm la "
    "zone host page group team tools work live dev media press date work cash "
    "store example invalid int la lc pm pn pr "
    "mk vi si sc sv vc vu cd sm ms mo hm fm cm bs bin ";

/* Those of them that are file name extensions. */
static const char FILES[] = " py sh rs md pl so in ps ml mm la cc pm ws ms vi bs bin ";

static bool is_listed(const char *list, struct str word)
{
    char key[24];
    if (word.n < 2 || word.n > sizeof(key) - 3)
        return false;
    key[0] = ' ';
    for (size_t i = 0; i < word.n; i++)
        key[i + 1] = word.p[i] >= 'A' && word.p[i] <= 'Z' ? (char)(word.p[i] | 0x20) : word.p[i];
    key[word.n + 1] = ' ';
    key[word.n + 2] = 0;
    return strstr(list, key);
}

bool hostname_is(struct str s, enum hostname_context context)
{
    if (s.n < 4 || s.n > 253)
        return false;
    size_t label = 0, dots = 0, last = 0;
    bool letter = false;
    for (size_t i = 0; i <= s.n; i++) {
        char c = i < s.n ? s.p[i] : '.';
        if (c == '.') {
            if (i == label || i - label > 63 || s.p[label] == '-' || s.p[i - 1] == '-')
                return false;
            last = label;
            label = i + 1;
            dots += i < s.n;
            continue;
        }
        if (!is_hostname_char(c))
            return false;
        letter |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    struct str top = str_sub(s, last, s.n);
    if (!dots || !letter)
        return false;
    for (size_t i = 0; i < top.n; i++)
        if (top.p[i] >= '0' && top.p[i] <= '9')
            return false;
    if (!is_listed(GENERIC, top) && !is_listed(COUNTRIES, top))
        return context == HOSTNAME_URL && top.n >= 3 && top.n <= 18 && !str_has(top, STR("_"));
    if (context == HOSTNAME_URL || !is_listed(AMBIGUOUS, top))
        return true;
    if (context == HOSTNAME_PATH && !is_listed(FILES, top))
        return true;
    return context != HOSTNAME_BARE && dots > 1;
}

size_t hostname_cut(struct str s)
{
    const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
    struct str top = dot ? str_sub(s, (size_t)(dot - s.p) + 1, s.n) : STR_NULL;
    if (!top.n || is_listed(GENERIC, top) || is_listed(COUNTRIES, top))
        return s.n;
    for (size_t n = top.n - 1; n >= 2; n--) {
        struct str begin = str_sub(top, 0, n);
        if (is_listed(GENERIC, begin) || is_listed(COUNTRIES, begin))
            return s.n - top.n + n;
    }
    return s.n;
}

bool net_is_public(const struct net *a)
{
    static const char *const reserved[] = {
        "0.0.0.0/8",     "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",   "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/24",  "198.18.0.0/15", "224.0.0.0/3"};
    struct net net;
    if (a->v6)
        return net_from_str(STR("2000::/3"), &net) && net_contains(&net, a);
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
        if (net_from_str(str_from(reserved[i]), &net) && net_contains(&net, a))
            return false;
    return true;
}
