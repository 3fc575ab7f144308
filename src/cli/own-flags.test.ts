import { describe, expect, it } from 'vitest'

import { assertOwnFits, type OwnFlags } from './own-flags.ts'

const WRONG: readonly (readonly [flags: Partial<OwnFlags>, command: readonly string[], message: RegExp])[] = [
  [{ wait: true }, [], /^--wait makes sense with --ephemeral only/],
  [{}, ['npm', 'test'], /^a command behind `--` makes sense with --ephemeral only/],
  [{ ephemeral: true, wait: true }, ['npm', 'test'], /choose one$/],
  [{ ephemeral: true, json: true }, ['npm', 'test'], /^--json is one object/],
  [{ target: 'aws', ephemeral: true }, [], /are for near regions/],
  [{ target: 'aws' }, ['npm'], /are for near regions/],
]

describe('options about a region of the command', () => {
  it.each(WRONG)('%j with %j is wrong usage', (flags, command, message) => {
    const attempt = (): void => assertOwnFits({ target: 'near', ...flags }, command)
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(expect.objectContaining({ exitCode: 2 }))
  })

  it.each([
    [{}, []],
    [{ json: true }, []],
    [{ ephemeral: true }, []],
    [{ ephemeral: true, wait: true, json: true }, []],
    [{ ephemeral: true }, ['npm', 'test']],
    [{ target: 'aws', json: true }, []],
  ] as const)('%j with %j is right', (flags, command) => {
    expect(() => assertOwnFits({ target: 'near', ...flags }, command)).not.toThrow()
  })
})
