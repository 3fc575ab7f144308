// Owns the records of Parameter Store, and finding a version of a parameter by whatever a request calls it.
import { parseArn } from '../../../base/arn.ts'
import { AwsError } from '../../../base/errors.ts'
import { imageParameters } from '../../../rules/nodes/machine-images.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export type ParameterType = 'String' | 'StringList' | 'SecureString'

export interface ParameterVersion {
  readonly version: number
  readonly type: ParameterType
  /** In base64 and encrypted by KMS for a SecureString. */
  readonly value: string
  readonly description?: string
  readonly allowedPattern?: string
  /** Of the key that encrypts it. */
  readonly keyId?: string
  readonly tier: 'Standard' | 'Advanced'
  readonly dataType: string
  readonly modifiedAtMs: number
  readonly modifiedBy: string
  readonly labels: readonly string[]
}

export interface ParameterRecord {
  /** As given: `plain` or `/a/path`. */
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  /** The newest hundred, oldest first. */
  readonly versions: readonly [ParameterVersion, ...ParameterVersion[]]
}

/** A version of a parameter, and how the request chose it. */
export interface Found {
  readonly name: string
  readonly arn: string
  readonly version: ParameterVersion
  /** `:3` or `:label`; absent when the newest was asked for. */
  readonly selector?: string
}

/** Everything Parameter Store knows. */
export class SsmState {
  readonly deps: ServiceDeps
  readonly parameters: Table<ParameterRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.parameters = new Table(deps.store, 'aws/ssm/parameters')
  }

  /** `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`; the slash of a path is not doubled. */
  arn(name: string): string {
    const path = name.startsWith('/') ? name : `/${name}`
    const account = isPublic(name) ? '' : this.deps.accountId
    return `arn:aws:ssm:${this.deps.region}:${account}:parameter${path}`
  }

  /**
   * The version that a name, an ARN, `NAME:VERSION` or `NAME:LABEL` stands for; undefined when there is no such
   * parameter.
   * @throws AwsError ParameterVersionNotFound
   */
  find(reference: string): Found | undefined {
    const { name, selector } = split(reference)
    const record = this.parameters.get(keyOf(name))
    const versions = record?.versions ?? publicVersions(name, this.deps.clock.now())
    const newest = versions?.at(-1)
    if (!versions || !newest) return undefined
    const found = { name, arn: this.arn(name) }
    if (selector === undefined) return { ...found, version: newest }
    const version = versions.find(
      (each) => String(each.version) === selector || each.labels.includes(selector),
    )
    if (!version) throw versionNotFound(name, selector)
    return { ...found, version, selector: `:${selector}` }
  }

  /** The parameter of that name. @throws AwsError ParameterNotFound */
  need(name: string | undefined): ParameterRecord {
    const record = this.parameters.get(keyOf(split(name ?? '').name))
    if (!record) throw parameterNotFound(name)
    return record
  }

  /** The newest versions of all parameters, in order of name; those of AWS below the path only. */
  under(path: string): Found[] {
    const own = this.parameters.list().map(({ name }) => name)
    const names = isPublic(path) ? [...imageParameters().keys()] : own
    return names.toSorted().flatMap((name) => this.find(name) ?? [])
  }
}

/** What a `Name` of a request consists of. */
function split(reference: string): { readonly name: string; readonly selector?: string } {
  const arn = parseArn(reference)
  const text = arn?.service === 'ssm' ? arn.resource.slice('parameter'.length) : reference
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  return colon < 0 ? { name } : { name, selector: text.slice(colon + 1) }
}

/** Whether a name is of those that AWS publishes. */
export function isPublic(name: string): boolean {
  return name === '/aws/service' || name.startsWith('/aws/service/')
}

function publicVersions(name: string, nowMs: number): readonly ParameterVersion[] | undefined {
  const value = imageParameters().get(name)
  if (value === undefined) return undefined
  return [
    {
      version: 1,
      type: 'String',
      value,
      tier: 'Standard',
      dataType: value.startsWith('ami-') ? 'aws:ec2:image' : 'text',
      modifiedAtMs: nowMs - (nowMs % 86_400_000),
      modifiedBy: 'arn:aws:iam::aws:root',
      labels: [],
    },
  ]
}

/** A name as one part of a key. A parameter is the same one with its leading slash and without, if it has no other. */
export function keyOf(name: string): string {
  const isPlain = name.lastIndexOf('/') === 0
  return encodeURIComponent(isPlain ? name.slice(1) : name)
}

export function parameterNotFound(name: string | undefined): AwsError {
  return new AwsError('ParameterNotFound', `Parameter ${name} not found.`)
}

/** No version of the parameter has that number or label. */
export function versionNotFound(name: string, selector: string): AwsError {
  return new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
  )
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
