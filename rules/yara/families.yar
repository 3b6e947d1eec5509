// SPDX-License-Identifier: Apache-2.0
// More of known families: what only their programs and scripts hold, in combinations that an article or a clean-up script would
// not need (rules/yara/malware.yar has the first ones; facts only, docs/sources.md).

private rule davy_is_program
{
    meta:
        description = "an ELF program, a Windows program or a script with its interpreter named"
        row = "70"
        source = "the formats' own documentation"
    condition:
        uint32be(0) == 0x7f454c46 or uint16be(0) == 0x4d5a or uint16be(0) == 0x2321
}

rule davy_family_teamtnt_tools : family
{
    meta:
        description = "names that TeamTNT gives to system tools and its key"
        row = "23"
        source = "ATT&CK G0139 v18; published excerpts of its scripts"
    strings:
        $ = "tntrecht" fullword
        $ = "ichdarf" fullword
        $ = "tntcht" fullword
        $ = "wgettnt" fullword
        $ = "TNTwget" fullword
        $ = "/tmp/TeamTNT"
    condition:
        davy_is_program and filesize < 16MB and 2 of them
}

rule davy_family_hildegard : family
{
    meta:
        description = "Hildegard's user beside what it installs"
        row = "23"
        source = "ATT&CK S0601 v18"
    strings:
        $user = "monerodaemon" fullword
        $tmate = "tmate" fullword
        $preload = "/etc/ld.so.preload"
        $scan = "masscan" fullword
    condition:
        davy_is_program and filesize < 16MB and $user and any of ($tmate, $preload, $scan)
}

rule davy_family_outlaw_script : family
{
    meta:
        description = "paths, login probe and steps of Outlaw (Dota)"
        row = "22"
        source = "Elastic Linux_Hacktool_Outlaw; honeypot records"
    strings:
        $unlock = /lockr -ia [^\n]{0,40}\.ssh/
        $probe = "345gs5662d34"
        $dota = /\/var\/tmp\/dota[0-9]?\b/
        $cache = "/var/tmp/.systemcache"
        $home = "/home/eax/up"
        $owner = "mdrfckr"
    condition:
        filesize < 16MB and davy_is_program and 2 of them
}

rule davy_family_demonbot : family
{
    meta:
        description = "a random string of DemonBot beside the file it reads its address from"
        row = "71"
        source = "Radware, 2018; dmknght's published rule (the string only)"
    strings:
        $mark = "PozHlpiND4xPDPuGE6tq"
        $route = "/proc/net/route"
    condition:
        uint32be(0) == 0x7f454c46 and all of them
}

rule davy_family_pacha : family
{
    meta:
        description = "servers of the Pacha group with the path that they give its program under"
        row = "76"
        source = "Intezer"
    strings:
        $path = "/slpr"
        $a = "165.227.140.184"
        $b = "37.228.129.58"
        $c = "45.77.54.157"
        $d = "95.179.142.161"
    condition:
        davy_is_program and filesize < 16MB and $path and any of ($a, $b, $c, $d)
}

rule davy_family_mail_worm : family
{
    meta:
        description = "hidden service of the worm on Exim with what it fetches or drops"
        row = "69"
        source = "stamparm/maltrail elf_generic; public copies of its cron lines"
    strings:
        $host = "an7kmd2wp4xo7hpr"
        $path = "/src/ldm"
        $drop = "/root/.cache/.ntp"
    condition:
        filesize < 16MB and $host and any of ($path, $drop)
}

rule davy_family_qnapcrypt_servers : family
{
    meta:
        description = "note of QNAPCrypt (eCh0raix) with its servers"
        row = "77"
        source = "Anomali; stamparm/maltrail"
    strings:
        $note = "README_FOR_DECRYPT.txt"
        $proxy = "192.99.206.61"
        $onion = "sg3dwqfpnr4sl5hh.onion"
        $program = "/crp_linux_386"
    condition:
        davy_is_program and filesize < 32MB and 2 of them
}

rule davy_family_rokrat : family
{
    meta:
        description = "strings of RokRat"
        row = "78"
        source = "ATT&CK S0240; published analyses (strings only)"
    strings:
        $list = "MAC-SIL-TED-FOO-YIM-LAN-WAN-SEC-BIL-TAB" ascii wide
        $pdb = "T+M\\Result\\DocPrint.pdb" ascii wide
    condition:
        davy_is_program and any of them
}

rule davy_family_xorddos : family
{
    meta:
        description = "the script that starts XorDDoS from cron"
        row = "24 111"
        source = "Microsoft, 19 May 2022; ATT&CK S1074"
    strings:
        $up = /for i in `cat \/proc\/net\/dev[ ]?\|[ ]?grep :/
        $ifconfig = "ifconfig $i up"
        $copy = /cp \/lib\/[a-z.0-9]{3,24} \/lib\/[a-z.0-9]{3,24}/
        $run = "/lib/libudev.so.6"
        $gcc = /\/lib\/libgcc\d?\.so|\/etc\/cron\.hourly\/gcc/
    condition:
        filesize < 4MB and $up and $ifconfig and 2 of ($copy, $run, $gcc)
}
