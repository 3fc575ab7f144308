// Owns the contract of a resource type: how it is made, read, changed and removed through the service it belongs to.
import { createHash } from 'node:crypto'

import { AwsError, isAwsCode } from '../../../../base/errors.ts'
import type { TemplateObject, TemplateValue } from '../template/template.ts'

/** What a provider knows of the resource it works on. */
export interface ProviderContext {
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  readonly region: string
  readonly accountId: string
  /** The same on every attempt to make this resource: names and client tokens are built from it. */
  readonly token: string
  /** An earlier attempt may have made it: what has its name may be its own. */
  readonly isRepeat: boolean
  /** Tags of the stack, and those CloudFormation adds itself, which services accept from it alone. */
  readonly tags: readonly { readonly Key: string; readonly Value: string }[]
  /** Calls a service on behalf of whoever made the stack. */
  call<Output>(service: string, operation: string, input: object): Promise<Output>
}

export interface ResourceState {
  /** `pending` while the service still works on it. */
  readonly state: 'ready' | 'pending'
  readonly attributes: Readonly<Record<string, string>>
}

export const READY: ResourceState = { state: 'ready', attributes: {} }
export const PENDING: ResourceState = { state: 'pending', attributes: {} }

/** One resource type. Everything may be repeated after a crash, so `create` finds what an earlier attempt made. */
export interface ResourceProvider {
  /** @returns the physical id; for most types what Ref gives */
  create(properties: TemplateObject, context: ProviderContext): Promise<string>
  /** How far the resource is, with its attributes. @throws AwsError when it has failed */
  read(physicalId: string, context: ProviderContext, properties: TemplateObject): Promise<ResourceState>
  /** Changes it in place. Without this, or for properties in `replacedBy`, a change makes a new one. */
  update?(change: ResourceChange, context: ProviderContext): Promise<void>
  readonly replacedBy?: readonly string[]
  /** @returns true once it is gone */
  delete(physicalId: string, context: ProviderContext, properties: TemplateObject): Promise<boolean>
}

export interface ResourceChange {
  readonly physicalId: string
  readonly before: TemplateObject
  readonly after: TemplateObject
}

const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * `STACK-LOGICALID-` and 12 letters and digits, as CloudFormation names what has no name of its own ("Name type" in
 * its template reference). Too long for the service, the stack's name gives way first, then the logical id.
 * The end follows from the token, so that a repeated attempt finds the same name.
 */
export function generatedName(context: ProviderContext, maxLength = 64): string {
  const digest = createHash('sha256').update(context.token).digest()
  const random = [...digest.subarray(0, 12)]
    .map((byte) => ALPHANUMERICS[byte % ALPHANUMERICS.length])
    .join('')
  const room = maxLength - random.length - 2
  const logicalId = context.logicalId.slice(0, room - 1)
  return `${context.stackName.slice(0, room - logicalId.length)}-${logicalId}-${random}`
}

/** Runs `action`, taking these error codes for success: what was to be made is there, what was to go has gone. */
export async function tolerating(codes: readonly string[], action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!isAwsCode(error, ...codes)) throw error
  }
}

/** True for a refusal that may pass: something else still holds on to the resource. */
export function isStillInUse(error: unknown): boolean {
  return isAwsCode(
    error,
    'DependencyViolation',
    'DeleteConflict',
    'DeleteConflictException',
    'ResourceInUse',
    'ResourceInUseException',
  )
}

/** A scalar as text; nothing for what is no scalar. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

/** The property as text. @throws AwsError ValidationError when a required one is missing */
export function required(properties: TemplateObject, name: string): string {
  const value = properties[name]
  if (value === undefined || value === null || value === '') {
    throw new AwsError('ValidationError', `Property ${name} cannot be empty.`)
  }
  return text(value)
}

/** The property as text; undefined when it is not there. */
export function optional(properties: TemplateObject, name: string): string | undefined {
  const value = properties[name]
  return value === undefined || value === null ? undefined : text(value)
}

/** The property as a boolean, which templates also write as text. */
export function flag(value: TemplateValue | undefined): boolean | undefined {
  return value === undefined ? undefined : value === true || value === 'true'
}

/** The property as a number, which templates also write as text. */
export function count(value: TemplateValue | undefined): number | undefined {
  return value === undefined || value === null ? undefined : Number(value)
}

/** The property as a list of texts. */
export function texts(value: TemplateValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Tags given as a list or as an object, over those of the stack. */
export function mergeTags(
  given: TemplateValue | undefined,
  context: ProviderContext,
): { Key: string; Value: string }[] {
  const own = new Map(context.tags.map((tag) => [tag.Key, tag.Value]))
  for (const [key, value] of tagEntries(given)) own.set(key, value)
  return [...own].map(([Key, Value]) => ({ Key, Value }))
}

function tagEntries(given: TemplateValue | undefined): [string, string][] {
  if (Array.isArray(given)) {
    return given.map((tag) => {
      const { Key, Value } = tag as { Key?: string; Value?: string }
      return [String(Key), String(Value ?? '')]
    })
  }
  return Object.entries((given ?? {}) as TemplateObject).map(([key, value]) => [key, text(value)])
}

/** Tags as an object, for services that want a map; EKS refuses keys that begin with `aws:`. */
export function tagMap(given: TemplateValue | undefined, context: ProviderContext): Record<string, string> {
  return Object.fromEntries(mergeTags(given, context).map((tag) => [tag.Key, tag.Value]))
}

/** A property object with its first letters in lower case, as EKS spells what CloudFormation capitalizes. */
export function lowerKeys(value: TemplateValue | undefined): TemplateValue | undefined {
  if (Array.isArray(value)) return value.map((item) => lowerKeys(item) ?? null)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      lowerKeys(item) ?? null,
    ]),
  )
}
