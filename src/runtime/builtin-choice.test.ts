import { describe, expect, it } from 'vitest'

import { isBuiltinPod, standinBuiltins, type BuiltinWish } from './builtin-choice.ts'
import { isRepository, type BuiltinImage } from './standin/builtins.ts'

const CONTROLLER = 'public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0'
const PROXY = 'eks/kube-proxy:v1.35.0'
const SIDECAR = 'example.com/sidecar:1'

const builtins = [builtin('aws-load-balancer-controller', true), builtin('kube-proxy', false)]

function builtin(name: string, isReplaceable: boolean): BuiltinImage {
  return {
    name,
    isReplaceable,
    matches: (image) => isRepository(image, name),
    start: async () => ({ stop: async () => undefined }),
  }
}

describe('isBuiltinPod', () => {
  it.each<[BuiltinWish, readonly string[], readonly string[], boolean]>([
    ['on', [CONTROLLER], [CONTROLLER], true],
    ['off', [CONTROLLER], [], false],
    ['auto', [CONTROLLER], [], true],
    ['auto', [CONTROLLER], [CONTROLLER], false],
    ['auto', [CONTROLLER, SIDECAR], [CONTROLLER], true],
    ['auto', [CONTROLLER, SIDECAR], [CONTROLLER, SIDECAR], false],
    // The network of pods is Neargate's own, whoever is asked.
    ['off', [PROXY], [PROXY], true],
    ['auto', [PROXY], [PROXY], true],
    ['on', [SIDECAR], [], false],
  ])('%s: %j where the engine has %j', async (wish, images, present, expected) => {
    const hasImage = async (image: string): Promise<boolean> => present.includes(image)
    expect(await isBuiltinPod(images, { wish, builtins, hasImage })).toBe(expected)
  })
})

it('without an engine, off leaves only what nobody else can do', () => {
  const names = (wish: BuiltinWish): string[] => standinBuiltins(builtins, wish).map(({ name }) => name)
  expect(names('auto')).toEqual(['aws-load-balancer-controller', 'kube-proxy'])
  expect(names('off')).toEqual(['kube-proxy'])
})
