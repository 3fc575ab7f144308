// Owns which resources a request is about: the ARNs of its action's published types, filled in from its input.
import { parseArn } from '../../base/arn.ts'
import { wildcardMatches } from '../../base/glob.ts'
import { own } from '../../base/json.ts'
import { ABSENT, EC2_TYPES, MEMBERS, RESOURCES } from './exceptions.ts'
import type { InputValues } from './input-values.ts'
import type { PublishedAction, PublishedResource } from './published.ts'

/** One resource of a request. */
export interface Target {
  /** `*` stands for what is not known: the id of a thing that is to be made. */
  readonly arn: string
  /** `subnet`; undefined for an action without resources. */
  readonly type: string | undefined
  /** The condition keys that go with this resource; undefined when they all do. */
  readonly keys: readonly string[] | undefined
}

export interface Place {
  readonly partition: string
  readonly region: string
  readonly accountId: string
}

const VARIABLE = /\$\{(\w+)\}/g

/** The resources of a request, at least one; `*` alone for an action that has none. */
export function targetsOf(action: PublishedAction, values: InputValues, place: Place): readonly Target[] {
  const declared = own(RESOURCES, action.name)
  if (action.name === 'elasticloadbalancing:CreateLoadBalancer') return newLoadBalancer(values, place)
  if (declared !== undefined)
    return filled({ prefix: action.prefix, pattern: declared }, values, place).map(plain)
  if (action.resources.length === 0) return [{ arn: '*', type: undefined, keys: undefined }]
  const byId = action.prefix === 'ec2' ? taggedResources(action, values, place) : []
  if (byId.length > 0) return byId
  const named = namedByArn(action, values)
  if (named.length > 0) return named
  const absent = own(ABSENT, action.prefix) ?? []
  const here = action.resources.filter(({ type }) => !absent.includes(type))
  const targets = here.flatMap((resource) => targetsOfType(action, resource, { values, place }))
  if (targets.length > 0) return targets
  const [first = action.resources[0]] = here
  return [
    {
      arn: fillPlace(first?.arn ?? '*', place).replaceAll(VARIABLE, '*'),
      type: first?.type,
      keys: undefined,
    },
  ]
}

// The data names load balancers of the classic kind here; the others have their kind in their ARN.
function newLoadBalancer(values: InputValues, { partition, region, accountId }: Place): readonly Target[] {
  const [type = 'application'] = values.of(['Type'])
  const [name = '*'] = values.of(['Name', 'LoadBalancerName'])
  const kind = { network: 'net/', gateway: 'gwy/' }[type] ?? 'app/'
  const isClassic = values.of(['LoadBalancerName']).length > 0
  const path = isClassic ? name : `${kind}${name}/*`
  return [plain(`arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/${path}`)]
}

function plain(arn: string): Target {
  return { arn, type: undefined, keys: undefined }
}

function fillPlace(pattern: string, { partition, region, accountId }: Place): string {
  return pattern
    .replace('${Partition}', partition)
    .replace('${Region}', region)
    .replace('${Account}', accountId)
}

/** A pattern of SHOWN or RESOURCES with region and account filled in. */
export function shownArn(pattern: string, place: Place): string {
  return fillPlace(pattern, place)
}

// A member that holds an ARN says by itself which resource is meant.
function namedByArn(action: PublishedAction, values: InputValues): readonly Target[] {
  return values.arns().flatMap((arn) => {
    const [matching] = action.resources
      .filter((resource) => wildcardMatches(resource.arn.replaceAll(VARIABLE, '*'), arn))
      .toSorted((a, b) => b.arn.length - a.arn.length)
    if (matching) return [{ arn, type: matching.type, keys: keysOf(matching) }]
    // IAM's actions on one kind of thing take the ARN of another: the policy that is attached is none of the targets.
    const isOwn = parseArn(arn)?.service === action.prefix && action.prefix !== 'iam'
    return isOwn ? [plain(arn)] : []
  })
}

function keysOf(resource: PublishedResource | undefined): readonly string[] | undefined {
  return resource && resource.keys.length > 0 ? resource.keys : undefined
}

function targetsOfType(
  { prefix }: PublishedAction,
  resource: PublishedResource,
  { values, place }: { values: InputValues; place: Place },
): readonly Target[] {
  const arns = filled({ prefix, pattern: resource.arn }, values, place)
  const found = arns.length > 0 ? arns : resource.isRequired ? [unknownArn(resource.arn, place)] : []
  return found.map((arn) => ({ arn, type: resource.type, keys: keysOf(resource) }))
}

function unknownArn(pattern: string, place: Place): string {
  return fillPlace(pattern, place).replaceAll(VARIABLE, '*')
}

/** The ARNs of a pattern; none when the input gives a value to none of its variables. */
function filled(
  { prefix, pattern }: { prefix: string; pattern: string },
  values: InputValues,
  place: Place,
): readonly string[] {
  const text = fillPlace(pattern, place)
  const variables = [...text.matchAll(VARIABLE)].map(([, name = '']) => name)
  let arns = [text]
  let isKnown = false
  for (const variable of variables) {
    const given = values.of(own(MEMBERS, `${prefix}:${variable}`) ?? [variable, `${variable}s`])
    if (given.length > 0) isKnown = true
    const lead = own(LEADS, prefix)
    const texts = given.length === 0 ? ['*'] : lead ? given.map((value) => value.replace(lead, '')) : given
    arns = arns.flatMap((arn) => texts.map((value) => arn.replace(`\${${variable}}`, () => value)))
  }
  return isKnown ? arns : []
}

/** By service: what names may begin with that their ARNs leave out: of parameters, OIDC providers and aliases of keys. */
const LEADS: Readonly<Record<string, RegExp>> = { ssm: /^\//, iam: /^https?:\/\/|^\//, kms: /^alias\// }

// CreateTags and DeleteTags take ids of every type.
function taggedResources(action: PublishedAction, values: InputValues, place: Place): readonly Target[] {
  if (!/^ec2:(?:Create|Delete)Tags$/.test(action.name)) return []
  return values.of(['Resources']).flatMap((id) => {
    const type = own(EC2_TYPES, id.slice(0, id.indexOf('-')))
    const resource = action.resources.find((each) => each.type === type)
    if (!resource) return []
    const arn = fillPlace(resource.arn, place).replace(/\$\{\w+\}$/, () => id)
    return [{ arn, type, keys: keysOf(resource) }]
  })
}
