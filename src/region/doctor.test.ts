import { describe, expect, it } from 'vitest'

import { diagnose } from './doctor.ts'
import { chooseRuntime } from './runtime-choice.ts'

const NOWHERE = { DOCKER_HOST: 'unix:///nowhere/engine.sock' }
const ABLE = { platform: 'linux', capabilities: (1n << 40n) - 1n, has: () => true }

describe('a look at the machine', () => {
  it('names what is missing, what to do, and what follows', async () => {
    const findings = await diagnose(NOWHERE, { ...ABLE, platform: 'darwin' })
    expect(findings.map(({ state, what }) => `${state}: ${what}`)).toEqual([
      'missing: container engine: nothing is at unix:///nowhere/engine.sock',
      'missing: networks of pods: network namespaces are Linux only',
      'good: pods run as stand-ins: no image is run, all else is there',
    ])
    expect(findings[0]?.help).toContain('podman system service')
  })

  it('tells who may use the engine and no more what to do', async () => {
    const [, rights] = await diagnose(NOWHERE, { ...ABLE, capabilities: 0n })
    expect(rights?.what).toBe(
      'networks of pods: network namespaces take root, or CAP_NET_ADMIN and CAP_SYS_ADMIN',
    )
    expect(rights?.help).toMatch(/sudo .* npx neargate start, or .* a rootless Podman or Docker/)
    const [, programs] = await diagnose(NOWHERE, { ...ABLE, has: (program) => program !== 'nft' })
    expect(programs?.help).toBe('Install iproute2, util-linux and nftables.')
  })

  it('tells rights from the engine', async () => {
    const [, rights] = await diagnose(NOWHERE, ABLE)
    expect(rights).toEqual({ state: 'good', what: 'networks of pods: this process may make them' })
  })
})

describe('what runs pods', () => {
  it('is stand-ins where they are asked for, whatever there is', async () => {
    expect(await chooseRuntime('standin', {})).toEqual({ engine: undefined, words: 'stand-ins' })
  })

  it('is stand-ins where there is no engine, with the reason', async () => {
    expect(await chooseRuntime('auto', NOWHERE)).toEqual({
      engine: undefined,
      words: 'stand-ins: nothing is at unix:///nowhere/engine.sock',
    })
  })

  it('is an error where an engine is asked for and there is none', async () => {
    await expect(chooseRuntime('engine', NOWHERE)).rejects.toThrow(
      'pods cannot run in a container engine: nothing is at unix:///nowhere/engine.sock',
    )
  })
})
