import { describe, expect, test } from 'vitest'

import { extractedTypes, extractTypes } from '../../../../../scripts/cloudformation-types.ts'
import { resourceTypes } from './index.ts'
import { isWithin, leavesOf } from './property-path.ts'
import { honouredPaths, type ResourceType } from './resource-type.ts'
import { isPublished, type TypeFacts, typeFacts } from './specification.ts'

function factsOf(type: ResourceType): TypeFacts {
  const facts = typeFacts(type.name)
  if (!facts) throw new Error(`nothing is published about ${type.name}`)
  return facts
}

/** Every path that a type may declare: structures and their leaves. */
function pathsOf(facts: TypeFacts): Set<string> {
  const paths = leavesOf(facts).flatMap(({ path }) => {
    const parts = path.split('.')
    return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
  })
  return new Set(paths)
}

// What AWS changes in place and Neargate does not: its change fails by name.
const STUCK: Readonly<Record<string, readonly string[]>> = {
  // AWS refuses any change of a wait condition.
  'AWS::CloudFormation::WaitCondition': ['Count', 'Handle', 'Timeout'],
  'AWS::EC2::Instance': [
    'IamInstanceProfile',
    'MetadataOptions.HttpPutResponseHopLimit',
    'MetadataOptions.HttpTokens',
  ],
  // ModifyManagedPrefixList has no such member.
  'AWS::EC2::PrefixList': ['AddressFamily'],
  'AWS::EC2::SecurityGroupEgress': ['Description'],
  'AWS::EC2::SecurityGroupIngress': ['Description'],
  // AWS fails such a change too.
  'AWS::EC2::Volume': ['AvailabilityZone', 'Encrypted'],
}

test('the published table is that of the package it is taken from', async () => {
  const { readFile } = await import('node:fs/promises')
  const file = new URL('../../../../../data/cloudformation-types.json', import.meta.url)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(extractTypes(extractedTypes()))
})

describe.each(resourceTypes().map((type) => [type.name, type] as const))('%s', (name, type) => {
  const facts = factsOf(type)

  test('declares only properties and attributes that AWS publishes', () => {
    const known = pathsOf(facts)
    const declared = [
      ...honouredPaths(type),
      ...Object.keys(type.defaults ?? {}),
      ...(type.customName ? [type.customName] : []),
    ]
    expect(declared.filter((path) => !known.has(path))).toEqual([])
    expect(type.attributes.filter((attribute) => !facts.attributes.includes(attribute))).toEqual([])
  })

  test('takes no property twice: an operation has it, or it is accepted with its default alone', () => {
    const honoured = honouredPaths(type)
    expect(Object.keys(type.defaults ?? {}).filter((path) => isWithin(honoured, path))).toEqual([])
    const stepped = type.update.flatMap(({ on }) => on)
    expect(new Set(stepped).size).toBe(stepped.length)
  })

  test('changes in place what AWS changes in place', () => {
    const honoured = honouredPaths(type)
    const stepped = [
      ...type.update.flatMap(({ on, reads = [] }) => [...on, ...reads]),
      ...(type.onRemoval ?? []),
    ]
    const stuck = leavesOf(facts)
      .filter(({ path, replaces }) => replaces === 'no' && isWithin(honoured, path))
      .filter(({ path }) => !isWithin(stepped, path))
    expect(stuck.map(({ path }) => path)).toEqual(STUCK[name] ?? [])
  })

  test('replaces for what AWS replaces for, so that no step is ever asked to change it', () => {
    const on = type.update.flatMap((step) => step.on)
    const replacing = leavesOf(facts).filter(({ path, replaces }) => replaces === 'yes' && isWithin(on, path))
    expect(replacing.map(({ path }) => path)).toEqual([])
  })

  test('sets all that is required when it is made', () => {
    const required = [...facts.properties].filter(([, { isRequired }]) => isRequired).map(([path]) => path)
    const honoured = honouredPaths(type)
    const isTaken = (path: string): boolean =>
      honoured.some((taken) => taken === path || taken.startsWith(`${path}.`))
    expect(required.filter((path) => !isTaken(path))).toEqual([])
  })

  test('is named after the published table', () => {
    expect(isPublished(name)).toBe(name !== 'AWS::CDK::Metadata')
  })
})
