import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from './nearest.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['nginx-fargate', 'nginx-fragate', 1],
    ['replica', 'replicas', 1],
    ['ab', 'ba', 1],
  ])('%s and %s: %s', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})

describe('nearest', () => {
  const names = ['managedNodeGroups', 'nodeGroups', 'metadata', 'iam', 'vpc']

  it.each([
    ['managedNodeGroup', 'managedNodeGroups'],
    ['nodegroups', 'nodeGroups'],
    ['metdata', 'metadata'],
    ['imm', 'iam'],
    ['karpenter', undefined],
    ['x', undefined],
  ])('%s -> %s', (name, found) => {
    expect(nearest(name, names)).toBe(found)
  })
})
