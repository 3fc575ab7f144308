import { describe, expect, it, test } from 'vitest'

import { admitsValue, meets, missingVariety, ownLabelSets, type Requirement } from './requirements.ts'

const cores = (operator: Requirement['operator'], ...values: string[]): Requirement => ({
  key: 'eks.amazonaws.com/instance-cpu',
  operator,
  values,
})

test.each<[Requirement, string | undefined, boolean]>([
  [cores('In', '4', '8'), '4', true],
  [cores('In', '4', '8'), undefined, false],
  [cores('NotIn', '4'), undefined, true],
  [cores('NotIn', '4'), '4', false],
  [cores('Exists'), '2', true],
  [cores('DoesNotExist'), '2', false],
  [cores('Gt', '4'), '8', true],
  [cores('Gt', '4'), '4', false],
  [cores('Lt', '4'), '2', true],
  [cores('Gte', '4'), '4', true],
  [cores('Gte', '4'), '2', false],
  [cores('Lte', '4'), '4', true],
  [cores('Lte', '4'), '8', false],
  [cores('Gte', '4'), 'many', false],
])('%j takes %s: %s', (requirement, value, expected) => {
  expect(admitsValue(requirement, value)).toBe(expected)
})

test('labels meet all requirements about the keys that are asked for', () => {
  const requirements = [
    cores('Gt', '4'),
    { key: 'example.com/team', operator: 'In' as const, values: ['red'] },
  ]
  const labels = { 'eks.amazonaws.com/instance-cpu': '8' }
  expect(meets(labels, requirements)).toBe(false)
  expect(meets(labels, requirements, (key) => key.startsWith('eks.'))).toBe(true)
})

test('a pool gives its nodes one of the values that it names, and nothing about the machine', () => {
  const team = { key: 'example.com/team', operator: 'In' as const, values: ['red', 'blue'] }
  expect(ownLabelSets([team, cores('In', '4')])).toEqual([
    { 'example.com/team': 'red' },
    { 'example.com/team': 'blue' },
  ])
})

describe('missingVariety', () => {
  const machines = [{ family: 'c5', size: 'large' }, { family: 'm5', size: 'large' }, { family: 'm5' }]
  const asking = (key: string, minValues?: number): Requirement => ({
    key,
    operator: 'Exists',
    ...(minValues === undefined ? {} : { minValues }),
  })

  it.each<[Requirement[], string[]]>([
    [[asking('family')], []],
    [[asking('family', 2)], []],
    [[asking('family', 3)], ['family']],
    [[asking('family', 2), asking('size', 2)], ['size']],
    [[asking('zone', 2)], []],
  ])('of %j', (requirements, missing) => {
    expect(missingVariety(machines, requirements)).toEqual(missing)
  })
})
