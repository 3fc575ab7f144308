import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { RootlessEngine } from '../runtime/engine/find-engine.ts'
import { programAtEngine } from './way-to-engine.ts'

const PROGRAM = { command: 'node', args: ['neargate.js'] }
const USER = { platform: 'linux', capabilities: 0n, has: () => true }
const ENGINE: RootlessEngine = { name: 'podman', version: '5.0', socketPath: '/run/p.sock', pid: 42 }
const ROOTLESS = async (): Promise<{ missing: string; rootless: RootlessEngine }> => ({
  missing: 'is rootless',
  rootless: ENGINE,
})
const ENTERED =
  '--target 42 --user --mount --preserve-credentials --wd=/home/me/shop env DOCKER_HOST=unix:///run/p.sock node neargate.js'
const at = { environment: {}, directory: '/home/me/shop' }

describe('what starts a region', () => {
  it('enters the user namespace of a rootless engine, and keeps its directory and engine', async () => {
    expect(await programAtEngine(PROGRAM, 'auto', { ...at, machine: USER, find: ROOTLESS })).toEqual({
      command: 'nsenter',
      args: ENTERED.split(' '),
    })
  })

  it.each([
    ['where pods are stand-ins', 'standin', USER],
    ['where it may make networks itself', 'auto', { ...USER, capabilities: (1n << 40n) - 1n }],
    ['on another system', 'auto', { ...USER, platform: 'darwin' }],
    ['without the programs that make networks', 'engine', { ...USER, has: () => false }],
  ])('is the program itself %s', async (_, wish, machine) => {
    expect(await programAtEngine(PROGRAM, wish, { ...at, machine, find: ROOTLESS })).toBe(PROGRAM)
  })

  it('is the program itself where no engine is, or one that is not rootless', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'neargate-way-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const socketPath = join(directory, 'engine.sock')
    const environment = { DOCKER_HOST: `unix://${socketPath}` }
    expect(await programAtEngine(PROGRAM, 'auto', { environment, machine: USER })).toBe(PROGRAM)
    const server = createServer((_, response) => response.end('{"Version":"27.0"}'))
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    onTestFinished(() => void server.close())
    expect(await programAtEngine(PROGRAM, 'auto', { environment, machine: USER })).toBe(PROGRAM)
  })
})
