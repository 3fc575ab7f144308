// Owns the network namespaces of VPCs on this machine: made, set up, found again and removed by name. One is there as
// long as its mount below /run/netns is (ip-netns(8)): it outlives the region, and needs no process in it. In the user
// namespace of a rootless engine that directory is not to be written, and one of the user's own serves.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { formatIpv4, parseCidr } from '../../base/cidr.ts'
import { runCommand } from './command.ts'
import { isInUserNamespace, isWritable } from './privilege.ts'

const SYSTEM_DIRECTORY = '/run/netns'
// Root of a container may be in a user namespace, too, and have that directory. A rootless Docker has a `/run` of its own in which what was
// there is the machine's still.
const MADE_IN = existsSync(SYSTEM_DIRECTORY) ? SYSTEM_DIRECTORY : '/run'
const DIRECTORY = isInUserNamespace() && !isWritable(MADE_IN) ? userDirectory(process.env) : SYSTEM_DIRECTORY
const PREFIX = 'neargate-'

/** What every pod's default route leads to, as the VPC CNI has it: an address of the router, on no real network. */
export const GATEWAY = '169.254.1.1'

/** The namespace of one VPC. */
export interface Namespace {
  readonly name: string
  /** Where it is mounted. */
  readonly path: string
}

/** The namespace of a VPC of the region whose key is given; it may not be there. */
export function namespaceOf(regionKey: string, vpcId: string): Namespace {
  const name = `${PREFIX}${regionKey}-${vpcId}`
  return { name, path: join(DIRECTORY, name) }
}

/** The namespaces of a region's VPCs that are there. */
export function namespacesOf(regionKey: string): Namespace[] {
  if (!existsSync(DIRECTORY)) return []
  const mine = readdirSync(DIRECTORY).filter((name) => name.startsWith(`${PREFIX}${regionKey}-`))
  return mine.map((name) => ({ name, path: join(DIRECTORY, name) })).filter(({ path }) => isThere(path))
}

/** The address of a VPC's router: the second of its block (VPC user guide, "Subnet sizing for IPv4"). */
export function routerAddress(cidr: string): string {
  return formatIpv4(parseCidr(cidr).first + 1)
}

/** Makes the namespace where it is not there, and sets it up; repeating it changes nothing. @throws CommandError */
export async function ensureNamespace(namespace: Namespace, cidr: string): Promise<void> {
  if (!isThere(namespace.path)) {
    // The name of one that has gone, such as after the end of a mount namespace that it was made in.
    await rm(namespace.path, { force: true })
    await addNamespace(namespace)
  }
  await ipIn(namespace, [
    'link set dev lo up',
    `addr replace ${GATEWAY}/32 dev lo`,
    `addr replace ${routerAddress(cidr)}/32 dev lo`,
  ])
  await disownOthers(namespace, [GATEWAY, routerAddress(cidr)])
  await inside(namespace, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
}

async function addNamespace({ name, path }: Namespace): Promise<void> {
  if (DIRECTORY === SYSTEM_DIRECTORY) return void (await runCommand('ip', ['netns', 'add', name]))
  await mkdir(DIRECTORY, { recursive: true })
  await writeFile(path, '')
  await runCommand('unshare', [`--net=${path}`, 'true'])
}

// What a run that was killed has listened on: a pod of this one may have the address. The router's own stay where they
// are, because the routes to pods go with the address that they name.
async function disownOthers(namespace: Namespace, own: readonly string[]): Promise<void> {
  const text = await inside(namespace, [
    'ip',
    '-4',
    '-oneline',
    'addr',
    'show',
    'dev',
    'lo',
    'scope',
    'global',
  ])
  const others = [...text.matchAll(/ inet ([\d.]+)\/32 /g)].map(([, ip = '']) => ip)
  const foreign = others.filter((ip) => !own.includes(ip))
  if (foreign.length > 0)
    await ipIn(
      namespace,
      foreign.map((ip) => `addr delete ${ip}/32 dev lo`),
    )
}

/** Takes the namespace away, and with it every interface and rule in it; no error when it is not there. */
export async function removeNamespace({ name, path }: Namespace): Promise<void> {
  if (!isThere(path)) return
  if (DIRECTORY === SYSTEM_DIRECTORY) return void (await runCommand('ip', ['netns', 'delete', name]))
  await runCommand('umount', [path])
  await rm(path)
}

/** Carries out lines of `ip`, in order, until one fails. @throws CommandError */
export async function ipIn(namespace: Namespace, lines: readonly string[]): Promise<void> {
  await inside(namespace, ['ip', '-batch', '-'], lines.map((line) => `${line}\n`).join(''))
}

/** Runs a program within a namespace. @returns what it wrote @throws CommandError */
export async function inside(
  { path }: Pick<Namespace, 'path'>,
  [command, ...args]: readonly [string, ...string[]],
  input?: string,
): Promise<string> {
  return await runCommand('nsenter', [`--net=${path}`, command, ...args], input)
}

function userDirectory({ XDG_RUNTIME_DIR, HOME = '/' }: NodeJS.ProcessEnv): string {
  return join(XDG_RUNTIME_DIR ?? join(HOME, '.cache'), 'neargate/netns')
}

// A name in that directory is a namespace only while one is mounted over it.
function isThere(path: string): boolean {
  return existsSync(path) && statSync(path).dev !== statSync(DIRECTORY).dev
}
