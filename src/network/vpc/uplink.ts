// Owns the way from a VPC to the networks of this machine: through the network namespace of a container that the engine
// has connected, so that whatever a container reaches, pods reach, and nothing of the machine's own network changes.
import { inside, ipIn, type Namespace } from './namespace.ts'
import { EMPTY_TABLE, wholeTable, type NftTable } from './nft-table.ts'

const INTERFACE = 'uplink'
const FAR_INTERFACE = 'vpc'
// Link-local, so that no block of a VPC or of the engine's networks is like it.
const NEAR_IP = '169.254.2.1'
const FAR_IP = '169.254.2.2'
/** The name of the table of rules, at both ends. */
export const UPLINK_TABLE = 'uplink'

/** What AWS has at addresses that never leave a VPC. */
const NEVER_OUT = ['169.254.0.0/16', '127.0.0.0/8', '224.0.0.0/4']

/**
 * Connects a VPC with the namespace of a process; one that is connected is connected anew.
 * @throws CommandError
 */
export async function connectUplink(vpc: Namespace, pid: number): Promise<void> {
  await disconnectUplink(vpc)
  const upstream = { path: `/proc/${pid}/ns/net` }
  await ipIn(vpc, [
    `link add dev ${INTERFACE} type veth peer name ${FAR_INTERFACE} netns ${pid}`,
    `addr add ${NEAR_IP}/30 dev ${INTERFACE}`,
    `link set dev ${INTERFACE} up`,
    `route replace default via ${FAR_IP} dev ${INTERFACE}`,
  ])
  await inside(
    upstream,
    ['ip', '-batch', '-'],
    [`addr add ${FAR_IP}/30 dev ${FAR_INTERFACE}`, `link set dev ${FAR_INTERFACE} up`, ''].join('\n'),
  )
  await inside(upstream, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
  await inside(upstream, ['nft', '-f', '-'], wholeTable(UPLINK_TABLE, upstreamRules()))
}

/** Takes the way away; no error when there is none. @throws CommandError */
export async function disconnectUplink(vpc: Namespace): Promise<void> {
  if (await isConnected(vpc)) await ipIn(vpc, [`link delete dev ${INTERFACE}`])
}

/** Whether both ends are there: the near one goes with the namespace of the other. */
export async function isConnected(vpc: Namespace): Promise<boolean> {
  return (await inside(vpc, ['ip', '-oneline', 'link', 'show'])).includes(` ${INTERFACE}@`)
}

/**
 * The rules of a VPC for it.
 * @param cidr the VPC's own block, which never leaves it
 * @param blocks whose addresses go out; others are answered by nobody, as without a route
 */
export function uplinkRules(cidr: string, blocks: readonly string[]): NftTable {
  const out = `oifname "${INTERFACE}"`
  const back = `iifname "${INTERFACE}"`
  const lets = blocks.map((block) => `${out} ip saddr ${block} accept`)
  return {
    ...EMPTY_TABLE,
    chains: new Map([
      [
        'forward',
        {
          hook: 'type filter hook forward priority 10',
          rules: [
            `${back} ct state established,related accept`,
            `${back} drop`,
            ...[cidr, ...NEVER_OUT].map((block) => `${out} ip daddr ${block} drop`),
            ...lets,
            `${out} drop`,
          ],
        },
      ],
      ['input', { hook: 'type filter hook input priority 10', rules: [`${back} drop`] }],
      // The region itself has its own ways; an address of the VPC that nobody has stays unreachable.
      ['output', { hook: 'type filter hook output priority 10', rules: [`${out} reject`] }],
      ['hide', { hook: 'type nat hook postrouting priority 100', rules: [`${out} masquerade`] }],
    ]),
  }
}

function upstreamRules(): NftTable {
  return {
    ...EMPTY_TABLE,
    chains: new Map([
      [
        'hide',
        {
          hook: 'type nat hook postrouting priority 100',
          rules: [`iifname "${FAR_INTERFACE}" masquerade`],
        },
      ],
    ]),
  }
}
