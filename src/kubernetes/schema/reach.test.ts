import { expect, it } from 'vitest'

import { typeOf } from './fields.ts'
import { reachOf } from './reach.ts'

const names = (type: string, isWanted: Parameters<typeof reachOf>[0]): string[] =>
  reachOf(isWanted)(typeOf(type)).nested.map(({ name }) => name)

it('leads to what is wanted through structs and lists', () => {
  const isPort = ({ name }: { readonly name: string }): boolean => name === 'core/v1.ContainerPort'
  expect(names('core/v1.Pod', isPort)).toEqual(['spec'])
  expect(names('core/v1.PodSpec', isPort).toSorted()).toEqual([
    'containers',
    'ephemeralContainers',
    'initContainers',
  ])
  expect(reachOf(isPort)(typeOf('core/v1.ConfigMap'))).toEqual({ isReached: false, nested: [] })
})

it('reaches a struct that is wanted itself, with nothing below', () => {
  const reach = reachOf(({ name }) => name === 'core/v1.ContainerPort')
  expect(reach(typeOf('core/v1.ContainerPort'))).toEqual({ isReached: true, nested: [] })
})

it('looks into types that contain themselves', () => {
  const reach = reachOf(() => false)
  expect(
    reach(typeOf('apiextensions/v1.CustomResourceDefinitionSpec')).nested.map(({ name }) => name),
  ).toEqual(['versions'])
})
