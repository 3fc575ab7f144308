// Owns the published facts of actions: what each is called, the resources it is about, the condition keys it has.
// Source: AWS's Service Authorization Reference (data/aws-authorization/, made by scripts/aws-authorization.ts).

import { isPackaged, packageText } from '../../base/package-files.ts'
import { own } from '../../base/json.ts'
import type { ServiceAddress } from '../protocol/service.ts'
import { ACTIONS, PREFIXES } from './exceptions.ts'

export interface PublishedResource {
  /** `subnet` */
  readonly type: string
  readonly isRequired: boolean
  /** `arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}` */
  readonly arn: string
  readonly keys: readonly string[]
}

export interface PublishedAction {
  /** `ec2`, the part before the colon. */
  readonly prefix: string
  /** `ec2:CreateSubnet` */
  readonly name: string
  readonly keys: readonly string[]
  readonly resources: readonly PublishedResource[]
}

interface Table {
  readonly keys: readonly string[]
  readonly resources: Readonly<Record<string, string>>
  readonly actions: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>
}

const tables = new Map<string, Table | undefined>()
const actions = new Map<string, PublishedAction | undefined>()

/** The action of an operation; undefined when AWS publishes none. */
export function actionOf(service: ServiceAddress, operation: string): PublishedAction | undefined {
  const prefix = own(PREFIXES, service.signingName) ?? service.signingName
  return publishedAction(own(ACTIONS, `${prefix}:${operation}`) ?? `${prefix}:${operation}`)
}

/** The action of a name such as `iam:PassRole`. */
export function publishedAction(name: string): PublishedAction | undefined {
  if (actions.has(name)) return actions.get(name)
  const action = readAction(name)
  actions.set(name, action)
  return action
}

function readAction(name: string): PublishedAction | undefined {
  const [prefix = '', action = ''] = name.split(':')
  const table = tableOf(prefix)
  const row = own(table?.actions, action)
  if (!table || !row) return undefined
  const keysOf = (places: string): string[] =>
    places.split(' ').flatMap((place) => (place === '' ? [] : (table.keys[Number(place)] ?? [])))
  return {
    prefix,
    name,
    keys: keysOf(row[0]),
    resources: Object.entries(row[1]).map(([mark, places]) => {
      const type = mark.replace(/!$/, '')
      return {
        type,
        isRequired: mark !== type,
        arn: own(table.resources, type) ?? '*',
        keys: keysOf(places),
      }
    }),
  }
}

function tableOf(prefix: string): Table | undefined {
  if (!tables.has(prefix)) {
    const file = `data/aws-authorization/${prefix}.json`
    const isThere = /^[a-z0-9-]+$/.test(prefix) && isPackaged(file)
    // Part of the package; a test reads every operation's row.
    tables.set(prefix, isThere ? (JSON.parse(packageText(file)) as Table) : undefined)
  }
  return tables.get(prefix)
}
