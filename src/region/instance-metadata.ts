// Owns what the metadata service of an instance says to whoever asks from its node or a pod on it.
// Source: EC2 user guide, "Access instance metadata for an EC2 instance" (versions 1 and 2, hop limit) and "Instance
// metadata categories".
import { nth, parseCidr } from '../base/cidr.ts'
import { formatTimestamp, type Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'

/** The instance and its interface, as much as its metadata says. */
export interface MetadataInstance {
  readonly id: string
  readonly imageId: string
  readonly instanceType: string
  readonly zone: string
  readonly zoneId: string
  readonly privateIp: string
  readonly privateDnsName: string
  readonly macAddress: string
  readonly vpcId: string
  readonly vpcCidr: string
  readonly subnetId: string
  readonly subnetCidr: string
  readonly securityGroupIds: readonly string[]
  readonly secondaryIps: readonly string[]
  readonly reservationId: string
  readonly interfaceId: string
  readonly launchedAtMs: number
  readonly isSpot?: boolean | undefined
  readonly profileArn?: string | undefined
  /** Base64. */
  readonly userData?: string | undefined
  /** `required`: without a token nothing is said. */
  readonly httpTokens: string
  readonly hopLimit: number
}

export interface MetadataRole {
  readonly name: string
  readonly keys: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  readonly expiration: Date
}

export interface MetadataOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly region: string
  readonly accountId: string
  /** The role of the instance's profile, with fresh keys; undefined when it has none. */
  role(instance: MetadataInstance): Promise<MetadataRole | undefined>
}

export interface MetadataRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Who asks: a pod is one hop further away than its node. */
  readonly isPod: boolean
}

export interface MetadataAnswer {
  readonly status: number
  readonly body: string
}

const TOKEN_HEADER = 'x-aws-ec2-metadata-token'
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds'
const MAX_TTL_SECONDS = 21_600
const HOPS_OF_A_POD = 2
const FORBIDDEN: MetadataAnswer = { status: 403, body: 'Forbidden' }
const NOT_FOUND: MetadataAnswer = { status: 404, body: 'Not Found' }

/** The metadata services of all instances of a region. */
export class InstanceMetadata {
  readonly #options: MetadataOptions
  /** Ends of validity, by instance and token. */
  readonly #tokens = new Map<string, number>()

  constructor(options: MetadataOptions) {
    this.#options = options
  }

  /** @returns undefined where no answer arrives: it would have to go further than the instance's hop limit */
  async answer(request: MetadataRequest, instance: MetadataInstance): Promise<MetadataAnswer | undefined> {
    if (request.isPod && instance.hopLimit < HOPS_OF_A_POD) return undefined
    const path = request.path.replace(/^\/(?:\d{4}-\d{2}-\d{2}|1\.0)\//, '/latest/')
    if (path === '/latest/api/token') return this.#issue(request, instance)
    if (request.method !== 'GET') return { status: 405, body: 'Method Not Allowed' }
    const token = request.headers[TOKEN_HEADER]
    if (token === undefined ? instance.httpTokens === 'required' : !this.#isValid(instance, token)) {
      return { status: 401, body: 'Unauthorized' }
    }
    if (path === '/latest/user-data') return userData(instance)
    if (path === '/latest/dynamic/instance-identity/document') return this.#document(instance)
    const below = /^\/latest\/meta-data\/?(.*)$/.exec(path)?.[1]
    if (below === undefined) return NOT_FOUND
    if (below.startsWith('iam/')) return await this.#iam(below, instance)
    return find(this.#tree(instance), below)
  }

  #issue({ method, headers }: MetadataRequest, { id }: MetadataInstance): MetadataAnswer {
    if (method !== 'PUT') return { status: 405, body: 'Method Not Allowed' }
    // A proxy between would add it: the service is for the instance alone.
    if (headers['x-forwarded-for'] !== undefined) return FORBIDDEN
    const seconds = Number(headers[TTL_HEADER])
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_TTL_SECONDS) {
      return { status: 400, body: 'Bad Request' }
    }
    const now = this.#options.clock.now()
    for (const [key, untilMs] of this.#tokens) if (untilMs <= now) this.#tokens.delete(key)
    const token = Buffer.from(this.#options.ids.hex(80), 'hex').toString('base64')
    this.#tokens.set(`${id}/${token}`, now + seconds * 1000)
    return { status: 200, body: token }
  }

  #isValid({ id }: MetadataInstance, token: string): boolean {
    return (this.#tokens.get(`${id}/${token}`) ?? 0) > this.#options.clock.now()
  }

  #document(instance: MetadataInstance): MetadataAnswer {
    const { accountId, region } = this.#options
    const body = {
      accountId,
      architecture: instanceType(instance.instanceType)?.arch === 'arm64' ? 'arm64' : 'x86_64',
      availabilityZone: instance.zone,
      imageId: instance.imageId,
      instanceId: instance.id,
      instanceType: instance.instanceType,
      pendingTime: new Date(instance.launchedAtMs).toISOString(),
      privateIp: instance.privateIp,
      region,
      version: '2017-09-30',
    }
    return { status: 200, body: JSON.stringify(body, undefined, 2) }
  }

  async #iam(below: string, instance: MetadataInstance): Promise<MetadataAnswer> {
    const { clock } = this.#options
    const role = instance.profileArn === undefined ? undefined : await this.#options.role(instance)
    if (!role) return NOT_FOUND
    const updated = { Code: 'Success', LastUpdated: formatTimestamp(clock.now()) }
    if (below === 'iam/info') {
      return json({ ...updated, InstanceProfileArn: instance.profileArn })
    }
    if (below === 'iam/security-credentials' || below === 'iam/security-credentials/') {
      return { status: 200, body: role.name }
    }
    if (below !== `iam/security-credentials/${role.name}`) return NOT_FOUND
    return json({
      ...updated,
      Type: 'AWS-HMAC',
      AccessKeyId: role.keys.accessKeyId,
      SecretAccessKey: role.keys.secretAccessKey,
      Token: role.keys.sessionToken,
      Expiration: formatTimestamp(role.expiration.getTime()),
    })
  }

  #tree(instance: MetadataInstance): Tree {
    const { region } = this.#options
    const network = {
      'device-number': '0',
      'interface-id': instance.interfaceId,
      'local-hostname': instance.privateDnsName,
      'local-ipv4s': [instance.privateIp, ...instance.secondaryIps].join('\n'),
      mac: instance.macAddress,
      'owner-id': this.#options.accountId,
      'security-group-ids': instance.securityGroupIds.join('\n'),
      'subnet-id': instance.subnetId,
      'subnet-ipv4-cidr-block': instance.subnetCidr,
      'vpc-id': instance.vpcId,
      'vpc-ipv4-cidr-block': instance.vpcCidr,
      'vpc-ipv4-cidr-blocks': instance.vpcCidr,
    }
    return {
      'ami-id': instance.imageId,
      'ami-launch-index': '0',
      hostname: instance.privateDnsName,
      ...(instance.profileArn === undefined ? {} : { iam: { info: '', 'security-credentials': {} } }),
      'instance-action': 'none',
      'instance-id': instance.id,
      'instance-life-cycle': instance.isSpot ? 'spot' : 'on-demand',
      'instance-type': instance.instanceType,
      'local-hostname': instance.privateDnsName,
      'local-ipv4': instance.privateIp,
      mac: instance.macAddress,
      network: { interfaces: { macs: { [instance.macAddress]: network } } },
      placement: {
        'availability-zone': instance.zone,
        'availability-zone-id': instance.zoneId,
        region,
      },
      'reservation-id': instance.reservationId,
      services: { domain: 'amazonaws.com', partition: region.startsWith('cn-') ? 'aws-cn' : 'aws' },
    }
  }
}

/** The resolver of a VPC: two above the first address of its block. */
export function resolverAddress(cidr: string): string {
  return nth(parseCidr(cidr), 2)
}

type Tree = { readonly [name: string]: string | Tree }

// A folder lists what is in it, folders with a slash.
function find(tree: Tree, path: string): MetadataAnswer {
  let found: string | Tree | undefined = tree
  for (const name of path.split('/').filter((each) => each !== '')) {
    if (typeof found === 'string' || found === undefined || !Object.hasOwn(found, name)) return NOT_FOUND
    found = found[name]
  }
  if (found === undefined) return NOT_FOUND
  if (typeof found === 'string') return { status: 200, body: found }
  const lines = Object.entries(found).map(([name, value]) => (typeof value === 'string' ? name : `${name}/`))
  return { status: 200, body: lines.join('\n') }
}

function userData({ userData: given }: MetadataInstance): MetadataAnswer {
  return given === undefined ? NOT_FOUND : { status: 200, body: Buffer.from(given, 'base64').toString() }
}

function json(body: object): MetadataAnswer {
  return { status: 200, body: JSON.stringify(body, undefined, 2) }
}
