// Owns the filters of parameters: keys, options, and what matches.
import type { ParameterStringFilter } from '@aws-sdk/client-ssm'

import { AwsError } from '../../../base/errors.ts'
import { keyOf, type Found, type SsmState } from './state.ts'

/** What lists of parameters take. */
export const FILTERS = [
  'ParameterFilters[].Key',
  'ParameterFilters[].Option',
  'ParameterFilters[].Values',
] as const

type Filter = { readonly [K in keyof ParameterStringFilter]?: ParameterStringFilter[K] | undefined }

type Values = (ssm: SsmState, found: Found) => readonly (string | undefined)[]

// API_ParameterStringFilter.
const KEYS: Readonly<Record<string, Values>> = {
  Name: (_ssm, { name }) => [name, name.replace(/^\//, '')],
  Type: (_ssm, { version }) => [version.type],
  KeyId: (_ssm, { version }) => [version.keyId],
  Label: (_ssm, { version }) => version.labels,
  Tier: (_ssm, { version }) => [version.tier],
  DataType: (_ssm, { version }) => [version.dataType],
}

const COMPARE: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  Equals: (value, wanted) => value === wanted,
  BeginsWith: (value, wanted) => value.startsWith(wanted),
  Contains: (value, wanted) => value.includes(wanted),
}

/**
 * Whether a parameter satisfies every filter, by any of its values.
 * @throws AwsError InvalidFilterKey, InvalidFilterOption
 */
export function predicateOf(
  ssm: SsmState,
  filters: readonly Filter[] | undefined,
): (found: Found) => boolean {
  const predicates = (filters ?? []).map((filter) => readFilter(ssm, filter))
  return (found) => predicates.every((matches) => matches(found))
}

function readFilter(ssm: SsmState, filter: Filter): (found: Found) => boolean {
  const { Key: key = '', Values: wanted } = filter
  if (key === 'Path') return readPath(filter)
  const isTag = key.startsWith('tag:')
  const values = isTag ? tagReader(key.slice('tag:'.length)) : KEYS[key]
  if (!values) {
    throw new AwsError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${key}. Valid filter keys include: [Path, Name, Type, KeyId, Tier, DataType, Label].`,
    )
  }
  const option = filter.Option ?? 'Equals'
  const compare = Object.hasOwn(COMPARE, option) ? COMPARE[option] : undefined
  if (!compare) {
    throw new AwsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [BeginsWith, Equals].`,
    )
  }
  return (found) =>
    values(ssm, found).some(
      (value) => value !== undefined && (!wanted?.length || wanted.some((text) => compare(value, text))),
    )
}

function tagReader(tag: string): Values {
  return (ssm, { name }) => [ssm.parameters.get(keyOf(name))?.tags[tag]]
}

// `Path` with `OneLevel` (the default) or `Recursive`.
function readPath({ Option: option = 'OneLevel', Values: paths = [] }: Filter): (found: Found) => boolean {
  if (option !== 'OneLevel' && option !== 'Recursive') {
    throw new AwsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [Recursive, OneLevel].`,
    )
  }
  return ({ name }) =>
    paths.some((path) => {
      const start = path.endsWith('/') ? path : `${path}/`
      const full = name.startsWith('/') ? name : `/${name}`
      return full.startsWith(start) && (option === 'Recursive' || !full.slice(start.length).includes('/'))
    })
}
