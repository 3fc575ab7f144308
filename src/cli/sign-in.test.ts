import { describe, expect, it } from 'vitest'

import { signInOptions } from './sign-in.ts'
import { testApp } from './testing/test-app.ts'

describe('signInOptions', () => {
  const optionsOf = (environment: Record<string, string>) => {
    const { app } = testApp({ environment })
    return signInOptions(app, 'eu-west-1', { target: 'aws' })
  }

  it.each([
    [{}, undefined],
    [{ AWS_MAX_ATTEMPTS: '' }, undefined],
    [{ AWS_MAX_ATTEMPTS: '3' }, 3],
  ])('takes the number of attempts from %j', (environment, attempts) => {
    expect(optionsOf(environment).attempts).toBe(attempts)
  })

  it.each(['0', 'many', '1.5'])('refuses %s of them', (text) => {
    expect(() => optionsOf({ AWS_MAX_ATTEMPTS: text })).toThrow(`AWS_MAX_ATTEMPTS is ${text}`)
  })
})
