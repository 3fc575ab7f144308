// Owns what has to be asked of other services before a stack's source can be read: stored parameters, ids that must exist.
import type { GetRoleResponse } from '@aws-sdk/client-iam'
import type { GetParametersResult } from '@aws-sdk/client-ssm'

import { isRefusal } from '../../../../base/errors.ts'
import { own } from '../../../../base/json.ts'
import type { Principal } from '../../../protocol/service.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation, StackRecord } from '../state.ts'
import { isListType, storedType } from '../template/parameter-type.ts'
import { parseTemplate } from '../template/template.ts'
import { lookUp } from './lookup.ts'
import { chosenValues } from './parameters.ts'
import { bodyOf, refuseTwoTemplates, type SourceInput } from './source-input.ts'
import { fetchText } from './template-url.ts'

/** What the other services have said. */
export interface Prepared {
  /** Values in Parameter Store, by name. */
  readonly stored: ReadonlyMap<string, string>
  /** The template that TemplateURL leads to. */
  readonly templateBody?: string
  /** Why the stack will fail at once: an id that nothing has. */
  readonly fault?: string
}

/**
 * Asks the services that a source depends on. Requests are read in one turn, in which nothing can be asked.
 * @throws AwsError ValidationError for a template that cannot be read, or a parameter that the store does not have
 */
export async function prepareSource(
  cloudformation: CloudFormation,
  input: SourceInput & { readonly StackName?: string | undefined; readonly RoleARN?: string | undefined },
  principal: Principal,
): Promise<Prepared> {
  refuseTwoTemplates(input)
  await checkRole(cloudformation, input.RoleARN)
  const stack: Partial<StackRecord> = lookUp(cloudformation, input.StackName ?? '') ?? {}
  const { TemplateURL: url } = input
  const fetched = url === undefined ? undefined : await fetchText(cloudformation, { url, principal })
  const template = parseTemplate(bodyOf(input, stack, fetched))
  const values = { given: input.Parameters ?? [], previous: stack.parameters ?? [] }
  const chosen = chosenValues(template, values)
  const names = [...chosen].flatMap(([key, value]) =>
    value !== undefined && storedType(template.parameters[key]?.type ?? '') !== undefined ? [value] : [],
  )
  const call: Call = (service, operation, request) =>
    cloudformation.deps.caller.call(service, operation, request, { principal })
  const stored = await fetchStored(call, names)
  const faults: string[] = []
  for (const [key, { type }] of Object.entries(template.parameters)) {
    const value = chosen.get(key)
    const probe = probeOf(type)
    if (value === undefined || !probe) continue
    const actual = storedType(type) === undefined ? value : (stored.get(value) ?? '')
    const ids = isListType(type) ? actual.split(',').map((item) => item.trim()) : [actual]
    for (const id of ids) {
      if (await exists(call, probe, id)) continue
      faults.push(`parameter value ${id} for parameter name ${key} does not exist`)
    }
  }
  const prepared = { stored, ...(fetched === undefined ? {} : { templateBody: fetched }) }
  if (faults.length === 0) return prepared
  return { ...prepared, fault: `Parameter validation failed: ${faults.join(', ')}. ` }
}

// The refusal is the same for one that is not there and for one that CloudFormation may not assume.
async function checkRole({ deps }: CloudFormation, roleArn: string | undefined): Promise<void> {
  if (roleArn === undefined) return
  const RoleName = roleArn.split('/').at(-1)
  try {
    const { Role } = await deps.caller.call<GetRoleResponse>('iam', 'GetRole', { RoleName })
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
    if (Role?.Arn === roleArn && /cloudformation\.amazonaws\.com|"\*"/.test(trust)) return
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  throw validationError(`Role ${roleArn} is invalid or cannot be assumed`)
}

type Call = <Output>(service: string, operation: string, input: object) => Promise<Output>

async function fetchStored(call: Call, names: readonly string[]): Promise<Map<string, string>> {
  const stored = new Map<string, string>()
  // "Maximum number of 10 items" (API_GetParameters).
  for (let at = 0; at < names.length; at += 10) {
    const Names = [...new Set(names.slice(at, at + 10))]
    const { Parameters = [] } = await call<GetParametersResult>('ssm', 'GetParameters', { Names })
    for (const { Name = '', Value = '' } of Parameters) stored.set(Name, Value)
  }
  const missing = names.filter((name) => !stored.has(name))
  if (missing.length > 0) {
    throw validationError(
      `Unable to fetch parameters [${missing.join(', ')}] from parameter store for this account.`,
    )
  }
  return stored
}

/** The operation that refuses, or answers with nothing in `list`, when there is no such id. */
interface Probe {
  readonly operation: string
  readonly ids: string
  readonly list: string
}

const PROBES: Readonly<Record<string, Probe>> = {
  'AWS::EC2::AvailabilityZone::Name': {
    operation: 'DescribeAvailabilityZones',
    ids: 'ZoneNames',
    list: 'AvailabilityZones',
  },
  'AWS::EC2::Image::Id': { operation: 'DescribeImages', ids: 'ImageIds', list: 'Images' },
  'AWS::EC2::Instance::Id': { operation: 'DescribeInstances', ids: 'InstanceIds', list: 'Reservations' },
  'AWS::EC2::KeyPair::KeyName': { operation: 'DescribeKeyPairs', ids: 'KeyNames', list: 'KeyPairs' },
  'AWS::EC2::SecurityGroup::Id': {
    operation: 'DescribeSecurityGroups',
    ids: 'GroupIds',
    list: 'SecurityGroups',
  },
  'AWS::EC2::Subnet::Id': { operation: 'DescribeSubnets', ids: 'SubnetIds', list: 'Subnets' },
  'AWS::EC2::Volume::Id': { operation: 'DescribeVolumes', ids: 'VolumeIds', list: 'Volumes' },
  'AWS::EC2::VPC::Id': { operation: 'DescribeVpcs', ids: 'VpcIds', list: 'Vpcs' },
}

function probeOf(type: string): Probe | undefined {
  const inner = storedType(type) ?? type
  return own(PROBES, /^List<(.+)>$/.exec(inner)?.[1] ?? inner)
}

async function exists(call: Call, { operation, ids, list }: Probe, id: string): Promise<boolean> {
  if (id === '') return false
  try {
    const answer = await call<Record<string, readonly object[] | undefined>>('ec2', operation, {
      [ids]: [id],
    })
    return (answer[list] ?? []).length > 0
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}
