// SPDX-License-Identifier: Apache-2.0
// Work and bandwidth that are sold without a stratum pool: miners and farmers whose options are their own, and programs that let
// strangers out through this machine's address. Each rule asks for the whole of a command or configuration (what is started and
// who is paid for it), not for names: documentation, dashboards and wallets have the names too. Options are those that the
// programs' own manuals publish. rules/behaviour says where it matters.

rule davy_coin_space : otherminer
{
    meta:
        description = "Plots or a farm for a coin that is mined with disks (Chia, Autonomys)"
        row = "100"
        source = "manuals of chia-blockchain, chia-plotter, bladebit and subspace-farmer"
    strings:
        $plot = /\b(chia plots create|chia_plot(_k34)?|bladebit(_cuda)?)\b[^\n]{0,300}[ \t"',]-(c|p|f)["', \t=]{1,4}(xch1[0-9a-z]{40,80}|(0x)?[0-9a-f]{80,100})\b/
        $farm = /-farmer["' \t]{1,3}farm\b[^\n]{0,400}--reward-address["', \t=]{1,4}[0-9A-Za-z]{40,60}/
        $config = /\bxch_target_address:[ \t]*["']?xch1[0-9a-z]{50,70}/
        $plots = /\bplot_directories:[ \t]*\r?\n[ \t]*-[ \t]*["']?\//
    condition:
        filesize < 1MB and ($plot or $farm or ($config and $plots))
}

rule davy_coin_own_protocol : otherminer
{
    meta:
        description = "Miner without a pool or with a protocol of its own (PacketCrypt, Qubic, Nimiq, Iron Fish, monerod, P2Pool)"
        row = "100"
        source = "manuals of packetcrypt, rqiner, the Qubic client, nimiq's core, ironfish, monerod and p2pool"
    strings:
        $pkt = /\bpacketcrypt[\w.-]{0,40}["', \t]{1,4}ann\b[^\n]{0,200}(-p|--paymentaddr)["', \t=]{1,4}pkt1[0-9a-z]{30,80}/
        $rqiner = /\brqiner[\w.-]{0,40}\b[^\n]{0,200}(-i|--id)["', \t=]{1,4}[A-Z]{55,60}\b/
        $client = /"ClientSettings"[ \t\r\n]{0,16}:/
        $payee = /"(accessToken|payoutId|qubicAddress)"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}"[^"\s]{20,2000}"/
        $work = /"(amountOfThreads|trainer|cpuThreads)"[ \t\r\n]{0,16}:/
        $nimiq = /--(pool|miner)\b[^\n]{0,200}--(wallet-)?address["', \t=]{1,4}NQ[0-9]{2}[ ]?[0-9A-Z]{4}/
        $nimiq2 = /--(wallet-)?address["', \t=]{1,4}NQ[0-9]{2}[ ]?[0-9A-Z]{4}[^\n]{0,200}--(pool|miner)\b/
        $monerod = /\bmonerod\b[^\n]{0,300}--start-mining["', \t=]{1,4}[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $p2pool = /\bp2pool\b[^\n]{0,300}--wallet["', \t=]{1,4}[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $ironfish = /\bironfish["', \t]{1,4}miners:start\b[^\n]{0,200}--(pool|address|publicAddress)["', \t=]{1,4}[0-9A-Za-z.:-]{8}/
    condition:
        filesize < 1MB and ($pkt or $rqiner or ($client and $payee and $work) or $nimiq or $nimiq2 or $ironfish or $monerod or $p2pool)
}

rule davy_coin_sections : otherminer
{
    meta:
        description = "Configuration whose sections are algorithms (nanominer)"
        row = "100"
        source = "nanominer's manual"
    strings:
        $section = /(^|\n)[ \t]*\[(autolykos|ethash|etchash|kawpow|randomx|verushash|firopow|octopus|ubqhash|kheavyhash|kaspa|evrprogpow|cryptonight)[\w-]{0,8}\]/ nocase
        $wallet = /(^|\n)[ \t]*wallet[ \t]*=[ \t]*[0-9A-Za-z:]{20,110}/ nocase
    condition:
        filesize < 64KB and $section and $wallet
}

rule davy_proxyware : proxyware
{
    meta:
        description = "Program that sells this machine's bandwidth is started for an account"
        row = "101"
        source = "manuals of the programs"
    strings:
        $honeygain = /-tou-accept\b[^\n]{0,200}[ \t"',\[]-(email|pass|device)\b/
        $traff = /\bstart["', \t]{1,4}accept\b[^\n]{0,120}--token["', \t=]{1,4}[0-9A-Za-z+\/=_-]{20}/
        $pawns = /[ \t"',]-email["', \t=]{1,4}[^\s"']{3,80}[^\n]{0,200}-accept-tos\b/
        $mysterium = /\bservice\b[^\n]{0,80}--agreed-terms-and-conditions\b/
        $bitping = /\bbitpingd["', \t]{1,4}login\b[^\n]{0,200}--email\b/
        $earnapp = /\bEARNAPP_UUID["']?[ \t]{0,3}[=:][ \t]{0,3}["']?sdk-[a-z]{2,6}-[0-9a-f]{32}\b/
        $repocket = /\bRP_API_KEY["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[0-9A-Za-z-]{16}/
        $repocket_mail = /\bRP_EMAIL["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[^\s"']{1,64}@/
        $p2p = /\bP2P_EMAIL["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[^\s"']{1,64}@/
        $p2p_client = /\b(p2pclient|peer2profit)\b/
        $stream = "packetstream/psclient"
        $stream_id = /\bCID["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[0-9A-Za-z]{3,8}\b/
        $rack = "proxyrack/pop"
        $rack_id = /\b(UUID|api_key)["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[0-9A-F]{32,64}\b/
        $lite = "proxylite/proxyservice"
        $lite_id = /\bUSER_ID["']?[ \t]{0,3}[=:][ \t]{0,3}["']?[0-9]{3,12}\b/
    condition:
        filesize < 1MB and ($honeygain or $traff or $pawns or $mysterium or $bitping or $earnapp or ($repocket and $repocket_mail)
        or ($p2p and $p2p_client) or ($stream and $stream_id) or ($rack and $rack_id) or ($lite and $lite_id))
}
