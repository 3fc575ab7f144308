// Random selectors against a model that evaluates what was meant before it is text. FUZZ_SEED=n repeats another run.
import { expect, it } from 'vitest'

import {
  formatLabelSelector,
  matchesLabelSelector,
  matchesRequirements,
} from '../../rules/scheduling/label-selector.ts'
import type { KubernetesObject } from '../client/client.ts'
import { selectionOf } from '../registry/selection.ts'
import { seededRandom } from '../schema/testing/sample.ts'
import { podKind } from './pod.ts'
import { parseFieldSelector, parseLabelSelector } from './selector.ts'

const ROUNDS = 2_000
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261127)
const KEYS = ['app', 'tier', 'example.com/team', 'in', 'notin', 'x-y.z_1', 'constructor', 'toString']
const VALUES = ['web', 'api', '', '7', '10', 'in', 'A.b_c-9']

const random = seededRandom(SEED)
const below = (limit: number): number => Math.floor(random() * limit)

function pick<T>(choices: readonly T[]): T {
  return choices[below(choices.length)]!
}

type Attributes = ReadonlyMap<string, string>

/** A condition in words of a selector, and whether it holds. */
interface Term {
  readonly text: string
  readonly holds: (of: Attributes) => boolean
}

const blank = (): string => pick(['', '', ' ', '  '])

function labelTerm(): Term {
  const key = pick(KEYS)
  const value = pick(VALUES)
  const values = Array.from({ length: 1 + below(3) }, () => pick(VALUES))
  const list = `(${blank()}${values.join(`${blank()},${blank()}`)}${blank()})`
  const bound = below(20)
  const number = (of: Attributes): number => (/^\d+$/.test(of.get(key) ?? '') ? Number(of.get(key)) : NaN)
  return pick<Term>([
    { text: `${key}${blank()}=${blank()}${value}`, holds: (of) => of.get(key) === value },
    { text: `${key}${blank()}==${blank()}${value}`, holds: (of) => of.get(key) === value },
    { text: `${key}${blank()}!=${blank()}${value}`, holds: (of) => of.get(key) !== value },
    { text: key, holds: (of) => of.has(key) },
    { text: `!${blank()}${key}`, holds: (of) => !of.has(key) },
    { text: `${key} in ${list}`, holds: (of) => values.some((one) => of.get(key) === one) },
    { text: `${key} notin ${list}`, holds: (of) => values.every((one) => of.get(key) !== one) },
    { text: `${key}${blank()}>${blank()}${bound}`, holds: (of) => number(of) > bound },
    { text: `${key}${blank()}<${blank()}${bound}`, holds: (of) => number(of) < bound },
  ])
}

function attributes(keys: readonly string[], values: readonly string[]): Attributes {
  return new Map(keys.filter(() => random() < 0.5).map((key) => [key, pick(values)]))
}

function terms(make: () => Term): Term[] {
  return Array.from({ length: below(4) }, make)
}

it(`selects by labels as the model does, whatever the order and the blanks (seed ${SEED})`, () => {
  let matched = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = terms(labelTerm)
    const labels = attributes(KEYS, VALUES)
    const text = all.map((term) => term.text).join(`${blank()},${blank()}`)
    const expected = all.every((term) => term.holds(labels))
    const plain = Object.fromEntries(labels)
    const what = `${text} of ${JSON.stringify(plain)}`
    expect(matchesRequirements(parseLabelSelector(text), plain), what).toBe(expected)
    const turned = all
      .toReversed()
      .map((term) => term.text)
      .join(',')
    expect(matchesRequirements(parseLabelSelector(turned), plain), what).toBe(expected)
    matched += Number(expected)
  }
  expect(matched / ROUNDS).toBeGreaterThan(0.1)
  expect(matched / ROUNDS).toBeLessThan(0.9)
})

it(`means the same by a selector object and by its text (seed ${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const
    const selector = {
      matchLabels: Object.fromEntries(attributes(KEYS.slice(0, 3), ['web', 'api'])),
      matchExpressions: Array.from({ length: below(3) }, () => {
        const operator = pick(operators)
        const values = operator.endsWith('In') ? [pick(VALUES.slice(0, 2)), pick(VALUES.slice(0, 2))] : []
        return { key: pick(KEYS), operator, values }
      }),
    }
    const labels = Object.fromEntries(attributes(KEYS, ['web', 'api']))
    const text = formatLabelSelector(selector)
    const asText = text === '<none>' ? '' : text
    const what = `${text} of ${JSON.stringify(labels)}`
    expect(matchesRequirements(parseLabelSelector(asText), labels), what).toBe(
      matchesLabelSelector(selector, labels),
    )
  }
})

it(`selects by fields as the model does, with any characters in values (seed ${SEED})`, () => {
  const keys = ['spec.nodeName', 'status.phase', 'metadata.name']
  const values = ['a', '', 'a,b', 'c=d', 'e\\f', '\\,=', 'Running']
  const escape = (value: string): string => value.replace(/[\\,=]/g, '\\$&')
  const term = (): Term => {
    const [key, value] = [pick(keys), pick(values)]
    return pick<Term>([
      { text: `${key}=${escape(value)}`, holds: (of) => of.get(key) === value },
      { text: `${key}==${escape(value)}`, holds: (of) => of.get(key) === value },
      { text: `${key}!=${escape(value)}`, holds: (of) => of.get(key) !== value },
    ])
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = terms(term)
    const fields = new Map(keys.map((key) => [key, pick(values)]))
    const text = all.map((one) => one.text).join(',')
    const what = `${text} of ${JSON.stringify([...fields])}`
    expect(matchesRequirements(parseFieldSelector(text), Object.fromEntries(fields)), what).toBe(
      all.every((one) => one.holds(fields)),
    )
  }
})

it(`asks an object of a kind for its labels and its fields at once (seed ${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const fields = new Map([
      ['metadata.name', pick(['a', 'b'])],
      ['metadata.namespace', pick(['n', 'm'])],
      ['spec.nodeName', pick(['', 'x', 'y'])],
      ['status.phase', pick(['Pending', 'Running'])],
    ])
    const wanted = [...fields.keys()].filter(() => random() < 0.3)
    const asked = wanted.map((key) => {
      const [value, isEqual] = [pick(['a', 'n', 'x', 'Running', '']), random() < 0.5]
      const holds = (of: Attributes): boolean => (of.get(key) === value) === isEqual
      return { text: `${key}${isEqual ? '=' : '!='}${value}`, holds }
    })
    const labelled = terms(labelTerm)
    const labels = attributes(KEYS, ['web', 'api', '7'])
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: fields.get('metadata.name')!,
        namespace: fields.get('metadata.namespace')!,
        labels: Object.fromEntries(labels),
      },
      spec: { containers: [], nodeName: fields.get('spec.nodeName')! },
      status: { phase: fields.get('status.phase')! },
    }
    const [labelSelector, fieldSelector] = [labelled, asked].map((all) =>
      all.map(({ text }) => text).join(','),
    )
    const selects = selectionOf(podKind, { labelSelector, fieldSelector })
    // Fields are all that a selection reads.
    expect(
      selects(pod as unknown as KubernetesObject),
      `${labelSelector} and ${fieldSelector} of ${JSON.stringify(pod)}`,
    ).toBe(labelled.every((one) => one.holds(labels)) && asked.every((one) => one.holds(fields)))
  }
})
