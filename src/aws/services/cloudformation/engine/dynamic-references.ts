// Owns dynamic references: `{{resolve:ssm:NAME}}` in properties, looked up when a resource is made or changed.
import type { GetParameterResult } from '@aws-sdk/client-ssm'

import { isAwsCode } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'
import type { ResourceContext } from '../resources/resource-type.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'

const REFERENCE = /\{\{resolve:([a-z-]+):([^{}]+)\}\}/g

/** True for a value with a dynamic reference in it. */
export function hasDynamicReference(value: TemplateValue | undefined): boolean {
  return value !== undefined && JSON.stringify(value).includes('{{resolve:')
}

type Caller = Pick<ResourceContext, 'call'>

/**
 * The properties with every dynamic reference replaced by what it leads to.
 * @throws AwsError ValidationError for a parameter that the store does not have, and for stores that are not emulated
 */
export async function resolveDynamic(properties: TemplateObject, caller: Caller): Promise<TemplateObject> {
  if (!hasDynamicReference(properties)) return properties
  const known = new Map<string, string>()
  for (const [whole, store = '', rest = ''] of JSON.stringify(properties).matchAll(REFERENCE)) {
    if (!known.has(whole)) known.set(whole, await lookUp(store, rest, caller))
  }
  const replace = (value: TemplateValue): TemplateValue => {
    if (typeof value === 'string') return value.replaceAll(REFERENCE, (whole) => known.get(whole) ?? whole)
    if (Array.isArray(value)) return value.map(replace)
    if (!isTemplateObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(item)]))
  }
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, replace(value)]))
}

async function lookUp(store: string, rest: string, caller: Caller): Promise<string> {
  if (store !== 'ssm' && store !== 'ssm-secure') {
    throw validationError(`Dynamic references to ${store} are not emulated by Neargate.`)
  }
  try {
    const WithDecryption = store === 'ssm-secure'
    const { Parameter } = await caller.call<GetParameterResult>('ssm', 'GetParameter', {
      Name: rest,
      WithDecryption,
    })
    return Parameter?.Value ?? ''
  } catch (error) {
    if (!isAwsCode(error, 'ParameterNotFound', 'ParameterVersionNotFound')) throw error
    throw validationError(`Parameters: [${store}:${rest}] cannot be found.`)
  }
}
