// Owns how a pod's network namespace is tied to its VPC: a pair of interfaces, with the pod's address as the only one on
// its side and a route to it on the router's, as the VPC CNI does it (amazon-vpc-cni-k8s docs, "cni-proposal").

import { sha256Hex } from '../../base/sha256.ts'
import { CommandError } from './command.ts'
import { GATEWAY, inside, ipIn, type Namespace } from './namespace.ts'

/** A pod's network namespace, by a process that is in it. */
export interface Sandbox {
  /** Whose it is, among those that share the VPC: a cluster's name. */
  readonly owner: string
  readonly id: string
  readonly ip: string
  readonly pid: number
}

export interface AttachedSandbox {
  readonly owner: string
  readonly id: string
  readonly ip: string
}

/** As much of `ip -json link show` as is looked at. */
interface Link {
  readonly ifname: string
  readonly ifalias?: string
}

/** Gives the sandbox its address; one that has it already is left alone. @throws CommandError */
export async function attachSandbox(
  vpc: Namespace,
  sandbox: Sandbox,
  { router }: { readonly router: string },
): Promise<void> {
  const { owner, id, ip, pid } = sandbox
  const pod = { path: `/proc/${pid}/ns/net` }
  const name = interfaceOf(id)
  if (await isAttached(vpc, id)) {
    if (await hasAddress(pod, ip)) return
    await removeInterface(vpc, id)
  }
  await ipIn(vpc, [
    `link add dev ${name} type veth peer name eth0 netns ${pid}`,
    `link set dev ${name} alias owner=${owner},id=${id},ip=${ip}`,
    `link set dev ${name} up`,
    `route replace ${ip}/32 dev ${name} src ${router}`,
  ])
  await inside(
    pod,
    ['ip', '-batch', '-'],
    [
      'link set dev lo up',
      `addr add ${ip}/32 dev eth0`,
      'link set dev eth0 up',
      `route add ${GATEWAY} dev eth0 scope link`,
      `route add default via ${GATEWAY} dev eth0`,
      '',
    ].join('\n'),
  )
}

/** Takes the sandbox's interface away; no error when it has none. @throws CommandError */
export async function detachSandbox(vpc: Namespace, id: string): Promise<void> {
  if (await isAttached(vpc, id)) await removeInterface(vpc, id)
}

// The kernel may have taken it away meanwhile, as the namespace of the pod ended.
async function removeInterface(vpc: Namespace, id: string): Promise<void> {
  try {
    await ipIn(vpc, [`link delete dev ${interfaceOf(id)}`])
  } catch (error) {
    if (await isAttached(vpc, id)) throw error
  }
}

async function isAttached(vpc: Namespace, id: string): Promise<boolean> {
  return (await attachedSandboxes(vpc)).some((each) => each.id === id)
}

/** What is attached now. One whose namespace has gone is not: its interface went with it. @throws CommandError */
export async function attachedSandboxes(vpc: Namespace): Promise<AttachedSandbox[]> {
  const text = await inside(vpc, ['ip', '-json', 'link', 'show', 'type', 'veth'])
  // ip-link(8): an array of interfaces, or nothing at all.
  const links = JSON.parse(text.trim() || '[]') as readonly Link[]
  return links.flatMap(({ ifalias = '' }) => {
    const [, owner, id, ip] = /^owner=(.+),id=(.+),ip=([\d.]+)$/.exec(ifalias) ?? []
    return owner === undefined || id === undefined || ip === undefined ? [] : [{ owner, id, ip }]
  })
}

// IFNAMSIZ leaves 15 characters.
function interfaceOf(id: string): string {
  return `ng${sha256Hex(id, 12)}`
}

async function hasAddress(pod: Pick<Namespace, 'path'>, ip: string): Promise<boolean> {
  try {
    return (await inside(pod, ['ip', '-4', 'addr', 'show', 'dev', 'eth0'])).includes(`inet ${ip}/32 `)
  } catch (error) {
    if (error instanceof CommandError) return false
    throw error
  }
}
