import { Command } from 'commander'
import { describe, expect, it } from 'vitest'

import { assertFlagsFit, offerTarget, offerYes, type TargetFlags } from './target-options.ts'

function parse(...args: string[]): TargetFlags {
  const command = offerYes(offerTarget(new Command('up')))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  return command.parse(args, { from: 'user' }).opts<TargetFlags & Record<string, never>>()
}

describe('target options', () => {
  it('are near when nothing is said', () => {
    expect(parse()).toEqual({ target: 'near' })
    expect(() => assertFlagsFit(parse())).not.toThrow()
  })

  it('name an endpoint without its last slash', () => {
    const flags = parse('--target', 'aws', '--endpoint-url', 'http://127.0.0.1:5000/')
    expect(flags).toMatchObject({ target: 'aws', endpointUrl: 'http://127.0.0.1:5000' })
    expect(() => assertFlagsFit(flags)).not.toThrow()
  })

  it('make sense far only', () => {
    expect(() => assertFlagsFit(parse('--profile', 'work', '--yes'))).toThrow(
      expect.objectContaining({
        message: '--profile, --yes makes sense with --target aws only',
        exitCode: 2,
      }),
    )
  })

  it.each([
    ['--target', 'azure'],
    ['--expect-account', '1111'],
    ['--endpoint-url', 'ftp://x'],
    ['--endpoint-url', 'localhost:4566'],
  ])('refuse %s %s', (...args) => {
    expect(() => parse(...args)).toThrow(/invalid/)
  })
})
